"""Synthetic studies on which the figures of levers other than the design can be drawn.

Each answer is known: the line where ADL neither damps nor spreads, the median of every pair of
designs, the medians of every variant, and of every line of a sweep.
"""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from analysis.load import Results, load
from tests.analysis.synthetic import DESIGNS, write_results

CUTS = (0.0, 0.25, 0.5, 1.0)
MULTIPLES = (1.0, 2.0, 4.0, 8.0, 16.0)
RETURNED = 0.5
"""Sales per dollar that ADL closes and per share of hedgers who cut [1]."""

NAMES = (
    "stand_alone",
    "clearinghouse",
    "clearinghouse_with_assessments",
    "promises",
    "own_vaults",
    "shared_vaults",
)
FUNDS = (0.004, 0.004, 0.004, 0.004, 0.001, 0.0)
RULES = ("own_book", "median", "redemption")
SHARES = (0.0, 2.0, 4.0, 6.4, 8.0)

type Row = dict[str, float]


def severity(replicate: int) -> float:
    """The shock that all points of a replicate meet, different in each."""
    return 1.0 + 0.1 * ((7 * replicate) % 11)


def neutral_multiple(cut: float) -> float:
    """Impact on B over impact on A at which ADL neither damps nor spreads: 1 / h."""
    return 1.0 / (RETURNED * cut)


def _phase(setting: Mapping[str, object], replicate: int) -> Row:
    cut, multiple = float(str(setting["cut_share"])), float(str(setting["impact_multiple"]))
    trough = 0.9 - 0.01 * severity(replicate)
    if setting["bankrupt_to_book"] == "all":
        return {"min_price_ratio": trough, "min_price_ratio_others": trough}
    wins = 0.04 if cut == 0.0 else 0.01 * np.log2(neutral_multiple(cut) / multiple)
    closed = 1e6 * severity(replicate)
    return {
        "min_price_ratio": trough + 0.02,
        "min_price_ratio_others": trough + float(wins),
        "adl_first_usd": closed,
        "flow_hedger_usd": -RETURNED * cut * closed,
    }


def phase(parent: Path, replicates: int = 9) -> Results:
    """Shares that cut, relative impact, and whether bankrupt positions reach the book.

    The effect on A is 2 pp everywhere; on B it is log2(neutral multiple / multiple) pp.
    """
    levers: dict[str, tuple[object, ...]] = {
        "cut_share": CUTS,
        "impact_multiple": MULTIPLES,
        "bankrupt_to_book": ("all", "none"),
        "latency": ("slow", "fast"),
    }
    return _study(parent, levers, replicates, _phase)


def on_b(first: int, second: int) -> float:
    """Change of B's deficit [USD] per severity, first and second design as places in the list."""
    return 1000.0 * first * (second - 1)


def _matrix(names: tuple[str, ...]) -> Callable[[Mapping[str, object], int], Row]:
    def measured(setting: Mapping[str, object], replicate: int) -> Row:
        first, second = (names.index(name) for name in str(setting["designs"]).split('"')[1::2])
        deficit = (20_000.0 + 5_000.0 * second + on_b(first, second)) * severity(replicate)
        scale = 2.0 if setting["latency"] == "slow" else 40.0
        return {"deficit_others_usd": scale * deficit, "adl_others_usd": 50.0 * deficit}

    return measured


def matrix(
    parent: Path, replicates: int = 9, names: tuple[str, ...] = ("no_adl", "queue", "cross_queue")
) -> Results:
    """Every pair of designs, as JSON text; B's deficit changes by `on_b`, twice when slow."""
    pairs = tuple(f'["{first}", "{second}"]' for first, second in itertools.product(names, names))
    levers: dict[str, tuple[object, ...]] = {"designs": pairs, "latency": ("slow", "fast")}
    return _study(parent, levers, replicates, _matrix(names))


def variant_median(at: int, correlation: float) -> float:
    """Deficit [USD] per severity of the variant at a place of the list."""
    return 1e4 * (1.0 + min(at, 3)) * (1.0 if correlation == 0.0 else 100.0)


def _variant(setting: Mapping[str, object], replicate: int) -> Row:
    at, correlation = NAMES.index(str(setting["name"])), float(str(setting["correlation"]))
    return {
        "deficit_before_adl_usd": variant_median(max(at - 1, 0), correlation) * severity(replicate),
        "help_usd": 0.0,
        "failed_venues": 3.0,
        "min_price_ratio_others": 0.9 - 0.01 * at * severity(replicate),
    }


def variants(parent: Path, replicates: int = 11) -> Results:
    """Variants by name with a fund each, at two correlations; the first two are alike."""
    points = [
        {"name": name, "fund_usd_per_open_interest": fund, "correlation": correlation}
        for name, fund in zip(NAMES, FUNDS, strict=True)
        for correlation in (0.0, 0.9)
    ]
    outcomes = ["deficit_before_adl_usd", "help_usd", "failed_venues", "min_price_ratio_others"]
    return _study(parent, {}, replicates, _variant, points, outcomes)


def swept_median(rule: str, share: float) -> float:
    """Liquidated notional [USD] per severity."""
    return 1e6 * (1.0 + share) * (1 + RULES.index(rule))


def _swept(setting: Mapping[str, object], replicate: int) -> Row:
    rule, share = str(setting["valued_by"]), float(str(setting["share"]))
    return {
        "liquidated_notional_usd": swept_median(rule, share) * severity(replicate),
        "adl_notional_usd": 0.1 * swept_median(rule, share) * severity(replicate),
        "help_usd": 0.0,
    }


def sweep(parent: Path, replicates: int = 11) -> Results:
    """A collateral's rule and the size of a sale."""
    levers: dict[str, tuple[object, ...]] = {"valued_by": RULES, "share": SHARES}
    outcomes = ["liquidated_notional_usd", "adl_notional_usd", "help_usd"]
    return _study(parent, levers, replicates, _swept, None, outcomes)


def few_designs(parent: Path) -> Results:
    """A replay: designs only, two replicates."""
    levers: dict[str, tuple[object, ...]] = {"design": ("pnl_leverage_queue", "pro_rata_notional")}
    return load(write_results(parent, levers=levers, replicates=2, steps=9))


def many_designs(parent: Path) -> Results:
    """As many designs and disclosures as a catalog may hold."""
    names = (*DESIGNS, "a_rule_with_quite_a_long_name", "eleventh_rule", "twelfth_rule")
    levers: dict[str, tuple[object, ...]] = {
        "design": names,
        "disclosure": ("none", "lights_head", "lights_size", "rank"),
        "reacting": (False, True),
    }
    return load(write_results(parent, levers=levers, replicates=7, steps=5))


def large_matrix(parent: Path) -> Results:
    """Five designs on either venue."""
    names = ("no_adl", "binance", "hyperliquid", "contract_pro_rata", "cross_venue_queue")
    return matrix(parent, 7, names)


def _study(
    parent: Path,
    levers: Mapping[str, tuple[object, ...]],
    replicates: int,
    measured: Callable[[Mapping[str, object], int], Row],
    points: list[dict[str, object]] | None = None,
    outcomes: list[str] | None = None,
) -> Results:
    return load(
        write_results(
            parent,
            levers=dict(levers),
            replicates=replicates,
            with_series=False,
            venues=(),
            measured=measured,
            points=points,
            outcomes_first=outcomes or [],
        )
    )
