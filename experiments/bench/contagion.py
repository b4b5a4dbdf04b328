"""Clearing and DebtRank on sparse networks, against the readable twin over networkx dictionaries.

    mild        outside assets that leave about one node in four short
    severe      that leave about two in three short
    in place    what a running model pays per tick: new weights and outside assets written into the
                network, then `clear_in_place`
    clear       everything: checks, both clearing vectors in waves, equity, payments by claim

    spreading   equity of half the claims held: nearly everybody defaults
    damped      equity of 1.5 times the claims held: nobody defaults, distress runs on for long
    in place    new exposures written into relative leverage, then `differential_debtrank`
    from network    relative leverage built anew as well

All contenders get the same network and the same tolerance, one after another within a round; before
the clock starts their payments are compared. The twin's graph is built outside the clock.
"""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from abm.contagion import (
    Edges,
    Network,
    Terms,
    claims_of,
    clear,
    clear_in_place,
    differential_debtrank,
    new_state,
    reference,
    relative_leverage,
    to_networkx,
)
from abm.units import Floats
from experiments.bench.clock import interleaved, median_ratio, repeat

NODES = 10_000
"""Institutions of the large network."""

DEGREE = 8
"""Claims on each institution, on average."""

TOLERANCE = 1e-10
"""Of payments, relative to the largest liability, for all contenders."""

CASH = {"mild": 0.9, "severe": 0.2}
"""Outside assets, as a share of liabilities: most that a node draws, uniformly from 0."""

EQUITY = {"spreading": 0.5, "damped": 1.5}
"""Equity, as a share of the claims held."""

SHOCKED = 100
"""One institution in so many loses half of its equity at first."""

CALLS = {"networkx": 1, "in place": 20, "clear": 5, "from network": 5}
"""Calls per round of each contender."""

LEAST_RATIO = 300.0
"""Least that the kernel should gain on the twin."""

MOST_MS = 2.0
"""Most that either should take in place on the large network, whose stress is mild [ms]."""


class Market(NamedTuple):
    """A network, its outside assets, and the same as a graph."""

    network: Network
    outside_assets: Floats
    graph: Any


def draw_market(nodes: int, cash: float) -> Market:
    """Log-normal claims between random nodes; outside assets up to `cash` of the liabilities."""
    luck = np.random.default_rng(0)
    pairs = np.unique(luck.integers(0, nodes * nodes, nodes * DEGREE))
    debtor, creditor = pairs // nodes, pairs % nodes
    kept = debtor != creditor
    weights = luck.lognormal(0.0, 1.0, int(kept.sum()))
    edges = Edges(debtor[kept], creditor[kept], weights)
    network = Network.of([str(i) for i in range(nodes)], edges)
    outside = network.liabilities() * luck.uniform(0.0, cash, nodes)
    network = Network.of(network.names, edges, {"outside_assets": outside})
    return Market(network, outside, to_networkx(network))


def clearing_contenders(market: Market) -> dict[str, Callable[[], Any]]:
    """Each way to clear, as a call that gives the payments `[N]`."""
    network, outside, graph = market
    claims, state = claims_of(network), new_state(len(network), network.weights.size)
    terms = Terms(alpha=1.0, beta=1.0, tolerance=TOLERANCE, in_waves=False, max_rounds=100_000)
    weights, assets = network.weights.copy(), outside.copy()

    def tick() -> Floats:
        network.weights[:] = weights
        outside[:] = assets
        clear_in_place(claims, outside, terms, state)
        return state.payments

    return {
        "networkx": lambda: list(reference.clearing_payments(graph, tolerance=TOLERANCE).values()),
        "in place": tick,
        "clear": lambda: clear(network, outside, tolerance=TOLERANCE).payments,
    }


def _times(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call of every contender in every round, after one call that is compared."""
    answers = {name: np.asarray(work()).copy() for name, work in works.items()}
    expected = answers["networkx"]
    for name, answer in answers.items():
        worst = float(np.abs(answer - expected).max())
        if worst > 1e-6 * float(expected.max()):
            raise ValueError(f"{name} and networkx differ by {worst}: one of the two is wrong")

    def repeated(name: str) -> Callable[[], Callable[[], object]]:
        return lambda: lambda: repeat(works[name], CALLS[name])

    found = interleaved(rounds, {name: repeated(name) for name in works})
    return {name: [t / CALLS[name] for t in times] for name, times in found.items()}


def measure_clearing(nodes: int, cash: str, rounds: int) -> dict[str, float]:
    """Milliseconds of every contender, and what the kernel gains on the twin [1]."""
    market = draw_market(nodes, CASH[cash])
    short = float(clear(market.network, market.outside_assets).defaulted.mean())
    times = _times(clearing_contenders(market), rounds)
    label = f"clearing, {nodes:,} nodes, {cash}"
    return {
        f"{label}: share short": short,
        **{f"{label}: {name} [ms]": median(t) * 1e3 for name, t in times.items()},
        f"{label}: networkx / in place": median_ratio(times["networkx"], times["in place"]),
        f"{label}: networkx / clear": median_ratio(times["networkx"], times["clear"]),
    }


def debtrank_contenders(market: Market, equity: Floats) -> dict[str, Callable[[], Any]]:
    """Each way to spread distress, as a call that gives the distress `[N]`."""
    network, _, graph = market
    shock = np.zeros(len(network))
    shock[: max(1, len(network) // SHOCKED)] = 0.5
    given = dict(zip(network.names, shock.tolist(), strict=True))
    for name, usd in zip(network.names, equity.tolist(), strict=True):
        graph.nodes[name]["equity"] = usd
    leverage = relative_leverage(network, equity)
    creditor_equity = np.repeat(equity, np.diff(leverage.indptr))

    def tick() -> Floats:
        np.divide(network.weights[network.incoming], creditor_equity, out=leverage.data)
        return differential_debtrank(leverage, shock, TOLERANCE).distress

    return {
        "networkx": lambda: list(
            reference.differential_debtrank(graph, given, tolerance=TOLERANCE).values()
        ),
        "in place": tick,
        "from network": lambda: (
            differential_debtrank(relative_leverage(network, equity), shock, TOLERANCE).distress
        ),
    }


def measure_debtrank(nodes: int, equity: str, rounds: int) -> dict[str, float]:
    """Milliseconds of every contender, and what the kernel gains on the twin [1]."""
    market = draw_market(nodes, CASH["mild"])
    works = debtrank_contenders(market, EQUITY[equity] * market.network.claims_held() + 1.0)
    failed = float((works["in place"]() >= 1.0).mean())
    times = _times(works, rounds)
    label = f"DebtRank, {nodes:,} nodes, {equity}"
    return {
        f"{label}: share in default": failed,
        **{f"{label}: {name} [ms]": median(t) * 1e3 for name, t in times.items()},
        f"{label}: networkx / in place": median_ratio(times["networkx"], times["in place"]),
        f"{label}: networkx / from network": median_ratio(times["networkx"], times["from network"]),
    }


def measure_contagion(*, quick: bool = False) -> dict[str, float]:
    """Both kinds of stress and of equity on 1,000 and 10,000 nodes (quick: 1,000 only)."""
    found: dict[str, float] = {}
    for nodes in (NODES // 10,) if quick else (NODES // 10, NODES):
        for cash in CASH:
            found |= measure_clearing(nodes, cash, 3 if quick else 7)
        for equity in EQUITY:
            found |= measure_debtrank(nodes, equity, 3 if quick else 7)
    return found
