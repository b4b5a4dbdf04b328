"""Allocation kernels on one large book, against reading it and sorting it; the catalog on many.

    pro-rata         x = min(1, B / sum c) c        against reading c once
    water-filling    x = min(c, tau w)              against reading c and w once
    levelling        x = (c - L)+                   against reading c once
    queue            scores to order to amounts     against one `np.argsort` of the scores

Reading a column once is its sum: compiled, in eight fixed lanes, and numpy's own for comparison.
Columns are warm: every contender runs once before it is timed. The rules write a column of answers
on top. The queue runs as `allocate` runs it in a round, from scores and positions. Then the whole
catalog plays thousands of random books, and every round is checked (`properties`).
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from abm.adl.allocation import Claim, allocate
from abm.adl.catalog import CATALOG, design
from abm.adl.exposure import Candidates
from abm.adl.water_filling import level_fill, pro_rata, water_fill
from abm.kernel import kernel
from abm.units import Floats, Floats32
from experiments.bench.clock import interleaved, median_ratio, repeat, seconds
from experiments.bench.properties import CHECKS, check_design, random_books

CANDIDATES = 100_000
"""Candidates of the book, all on the paying side."""

BOOKS = 10_000
"""Random books that every design of the catalog plays."""

CALLS = 10
"""Calls per round and contender."""

MOST = {"pro-rata": 2.0, "water-filling": 5.0, "queue": 1.0}
"""Most that a rule may cost, in terms of its reference."""


@kernel
def read(column: Floats) -> float:
    """Sum of a column in eight fixed lanes."""
    a = b = c = d = e = f = g = h = 0.0
    whole = column.size // 8 * 8
    for i in range(0, whole, 8):
        a += column[i]
        b += column[i + 1]
        c += column[i + 2]
        d += column[i + 3]
        e += column[i + 4]
        f += column[i + 5]
        g += column[i + 6]
        h += column[i + 7]
    for i in range(whole, column.size):
        a += column[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@kernel
def read_both(first: Floats, second: Floats) -> float:
    """The same for two columns, one after the other."""
    return read(first) + read(second)


def draw_book(count: int) -> tuple[Candidates, Floats32]:
    """Shorts in profit with heavy-tailed sizes, and their scores return x leverage."""
    luck = np.random.default_rng(0)
    qty = -np.exp(2.0 * luck.standard_normal(count))
    mark = np.full(count, 100.0)
    entry = mark * (1.0 + 0.3 * luck.random(count))
    notional_usd = np.abs(qty) * mark
    pnl_usd = qty * (mark - entry)
    wallet_usd = notional_usd * luck.uniform(0.02, 0.5, count)
    equity_usd = wallet_usd + pnl_usd
    leverage = notional_usd / equity_usd
    candidates = Candidates(
        account_id=np.arange(count),
        qty_contracts=qty,
        entry_price=entry,
        mark_price=mark,
        previous_mark_price=mark,
        notional_usd=notional_usd,
        pnl_usd=pnl_usd,
        wallet_usd=wallet_usd,
        equity_usd=equity_usd,
        maintenance_margin_usd=0.01 * notional_usd,
        account_pnl_usd=pnl_usd,
        account_notional_usd=notional_usd,
        opening_leverage=leverage,
        hedged_share=np.zeros(count),
        snapshot_profit_usd=pnl_usd,
        eligible=np.ones(count, np.bool_),
    )
    return candidates, ((entry / mark - 1.0) * leverage).astype(np.float32)


def contenders(
    count: int,
) -> tuple[dict[str, Callable[[], object]], list[tuple[str, float, str, str]]]:
    """Every rule and reference by name, and rows (rule, share of capacity, its name, reference)."""
    candidates, scores = draw_book(count)
    capacity = candidates.pnl_usd.copy()
    weights = capacity * (candidates.account_notional_usd / candidates.equity_usd) ** 2
    taken, wide = np.empty(count), scores.astype(np.float64)
    queue, total = design("bitmex").parameters(), float(capacity.sum())
    works: dict[str, Callable[[], object]] = {
        "reading c": lambda: read(capacity),
        "reading c, w": lambda: read_both(capacity, weights),
        "np.sum c": lambda: capacity.sum(),
        "np.sum c, w": lambda: (capacity.sum(), weights.sum()),
        "argsort f32": lambda: np.argsort(scores),
        "argsort f64": lambda: np.argsort(wide),
    }
    rows: list[tuple[str, float, str, str]] = []

    def add(rule: str, share: float, work: Callable[[float], object], *references: str) -> None:
        name = f"{rule} {share}"
        works[name] = partial(work, total * share)
        rows.extend((rule, share, name, reference) for reference in references)

    def walk(budget: float) -> float:
        claim = Claim(budget, 1, 0.0, np.uint64(1))
        return allocate(queue, candidates, scores, capacity, claim, taken)

    def fill_out(budget: float) -> float:
        return water_fill(weights, capacity, budget, taken)

    one, two = ("reading c", "np.sum c"), ("reading c, w", "np.sum c, w")
    add("pro-rata", 0.3, lambda budget: pro_rata(capacity, budget, taken), *one)
    for share in (0.01, 0.3, 0.9):
        add("water-filling", share, fill_out, *two)
    add("levelling", 0.3, lambda budget: level_fill(capacity, budget, taken), one[0])
    add("queue", 0.01, walk, "argsort f32")
    add("queue", 1.0, walk, "argsort f32", "argsort f64")
    return works, rows


def _warm(work: Callable[[], object]) -> Callable[[], object]:
    """The repeated work, after one call that brings its columns into the caches."""
    work()
    return lambda: repeat(work, CALLS)


def measure_kernels(count: int, rounds: int) -> list[dict[str, Any]]:
    """Nanoseconds per candidate of every rule and its reference, and the ratio of the two."""
    works, rows = contenders(count)
    times = interleaved(rounds, {name: partial(_warm, work) for name, work in works.items()})
    cost = {name: median(t) / CALLS / count * 1e9 for name, t in times.items()}
    return [
        {
            "rule": rule,
            "share": share,
            "ns": cost[name],
            "reference": reference,
            "ns_reference": cost[reference],
            "ratio": median_ratio(times[name], times[reference]),
            "most": MOST.get(rule),
        }
        for rule, share, name, reference in rows
    ]


def measure_catalog(count: int) -> dict[str, float]:
    """Seconds for the whole catalog on random books, and how many rounds broke a rule."""
    books = random_books(count, seed=1)
    compiling = seconds(lambda: check_design(CATALOG[0].parameters(), random_books(1, seed=0)))
    found = np.zeros(len(CHECKS), np.int64)

    def play() -> None:
        for entry in CATALOG:
            found[:] += check_design(entry.parameters(), books)

    taken_s = seconds(play)
    return {
        "designs": len(CATALOG),
        "books": count,
        "rounds": len(CATALOG) * count,
        "compiling_s": compiling,
        "playing_s": taken_s,
        "us_per_round": taken_s / (len(CATALOG) * count) * 1e6,
        "violations": float(found.sum()),
    }


def measure_designs(*, quick: bool = False) -> dict[str, Any]:
    """Kernels on one book of 100,000 candidates; the catalog on 10,000 books (quick: a tenth)."""
    shrink = 10 if quick else 1
    return {
        "kernels": measure_kernels(CANDIDATES // shrink, 5 if quick else 31),
        "catalog": measure_catalog(BOOKS // shrink),
    }
