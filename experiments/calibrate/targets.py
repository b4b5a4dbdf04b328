"""The published moments of 10 October 2025 that a run is compared with: value, interval, source.

    interval    95 %: sampling error where the record is a sample of many accounts, the range of two
                reconstructions where they disagree, none where one event is all there is
    sampling    its standard error on the moment's scale; None for the single event, for which the
                model's own spread between replicates has to stand in
    discrepancy how far off a model of this kind may be without being called wrong, on the moment's
                scale: a choice, named as such, so that a moment known to 1 % does not outweigh all

Standard error of log q_p of n accounts: sqrt(p (1 - p) / n) d log q / dp, the slope from the two
neighbouring published quantiles. Of log(Hill index) of k accounts: 1 / sqrt(k). The clock moments
of the burst are counts of fills in whole seconds; 34,983 fills at 100 moments.

Every number of the event comes from `experiments.validate.oct10.published`, or where the simulator
itself is told it (the clock, the falls) from `abm.market.prices.october_2025`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from abm.engine.scenario import Scenario
from abm.market.prices.october_2025 import MOMENTS as CLOCK
from abm.market.prices.october_2025 import VENUE_FALLS
from experiments.calibrate.moments import MOMENTS, RECORD_ACCOUNTS
from experiments.calibrate.observe import Window
from experiments.validate.oct10.published import PER_USER, PUBLISHED, Published

HILL_ACCOUNTS = 1000
"""Accounts in the tail that the record's Hill index is taken over."""

LEVELS = {0.05: "p5", 0.25: "p25", 0.5: "p50", 0.75: "p75", 0.9: "p90", 0.95: "p95"}
"""Published quantiles of leverage by probability level."""

DATA_WINDOW_AFTER_S = (1500.0, 2220.0)
"""The reconstructions read fills from 21:15:00 to 21:27:00 UTC: seconds after 20:50:00."""


@dataclass(frozen=True)
class Target:
    """A published moment.

    Attributes:
        value: as published, or computed from published counts.
        low, high: 95 % interval; NaN where one event is all there is.
        sampling: standard error on the moment's scale, 0 where there is no doubt; None when
            unknown.
        discrepancy: tolerated distance on the moment's scale.
        source: where it stands.
    """

    value: float
    low: float
    high: float
    sampling: float | None
    discrepancy: float
    source: str


def _number(published: Published) -> float:
    return float(published.value)


def _event(value: float, discrepancy: float, source: str) -> Target:
    """A number of the one event: no interval."""
    return Target(value, math.nan, math.nan, None, discrepancy, source)


def _printed(published: Published, discrepancy: float, per: float = 1.0) -> Target:
    """The same for a number as it was printed, in units of `per`."""
    return _event(_number(published) / per, discrepancy, published.source)


def _log(published: Published, error: float, discrepancy: float) -> Target:
    """A number with a standard error of its logarithm."""
    value = _number(published)
    ends = (value * math.exp(-1.96 * error), value * math.exp(1.96 * error))
    return Target(value, *ends, error, discrepancy, published.source)


def _leverage(level: float) -> Target:
    """A quantile of leverage with its standard error."""
    levels = sorted(LEVELS)
    place = levels.index(level)
    below, above = levels[place - 1], levels[place + 1]
    lower, upper = (_number(PER_USER[f"leverage_{LEVELS[end]}"]) for end in (below, above))
    slope = math.log(upper / lower) / (above - below)
    error = slope * math.sqrt(level * (1.0 - level) / RECORD_ACCOUNTS)
    return _log(PER_USER[f"leverage_{LEVELS[level]}"], error, 0.15)


def _range(one: Published, other: Published, discrepancy: float) -> Target:
    """Two reconstructions that disagree: the middle, and the range as the interval."""
    low, high = sorted((_number(one), _number(other)))
    source = f"{one.source}; {other.source}"
    return Target((low + high) / 2.0, low, high, (high - low) / 3.92, discrepancy, source)


def _ratio(part: str, whole: str, discrepancy: float) -> Target:
    """A ratio of two published numbers."""
    value = _number(PUBLISHED[part]) / _number(PUBLISHED[whole])
    return _event(value, discrepancy, PUBLISHED[part].source)


def _between(first: str, second: str, discrepancy: float) -> Target:
    """Time between two moments of the clock [s]."""
    value = CLOCK[second].after_s - CLOCK[first].after_s
    return _event(value, discrepancy, f"{CLOCK[second].source}")


TARGETS: Mapping[str, Target] = {
    "event": Target(1.0, math.nan, math.nan, 0.0, 0.05, "ADL happened"),
    "leverage_p25": _leverage(0.25),
    "leverage_p50": _leverage(0.5),
    "leverage_p75": _leverage(0.75),
    "leverage_p90": _leverage(0.9),
    "gini": _printed(PER_USER["notional_gini"], 0.03),
    "hill": _log(PER_USER["notional_hill_1000"], 1.0 / math.sqrt(HILL_ACCOUNTS), 0.1),
    "top_1": _printed(PER_USER["notional_top_1"], 0.05),
    "top_10": _printed(PER_USER["notional_top_10"], 0.1),
    "top_100": _printed(PER_USER["notional_top_100"], 0.2),
    "adl_to_liquidation": _ratio("adl_notional_usd", "liquidation_notional_usd", 0.1),
    "first_adl_delay_s": _between("first_liquidation", "first_adl", 15.0),
    "duration_s": _between("first_adl", "last_adl", 0.25),
    "half_s": _printed(PUBLISHED["half_of_fills_s"], 20.0),
    "ninety_s": _printed(PUBLISHED["ninety_percent_of_fills_s"], 40.0),
    "biggest_cluster": _ratio("fills_of_first_moment", "fills", 0.1),
    "clusters": _printed(PUBLISHED["clusters"], 0.35),
    "backstop_share": _event(
        _number(PUBLISHED["backstop_vault_1"]) + _number(PUBLISHED["backstop_vault_2"]),
        0.1,
        PUBLISHED["backstop_vault_1"].source,
    ),
    "profitable_share": _range(
        PUBLISHED["profitable_fills_1"], PUBLISHED["profitable_fills_2"], 0.02
    ),
    "profit_p50": _printed(PER_USER["pnl_percent_p50"], 0.1, per=100.0),
    "venue_fall": _event(VENUE_FALLS["BTC"][0], 0.02, f"{VENUE_FALLS['BTC'][1]}"),
}
"""What is known of the event, by name of the moment."""

assert tuple(TARGETS) == tuple(moment.name for moment in MOMENTS)


def window_of(scenario: Scenario) -> Window:
    """The record's window on the clock of a scenario whose crash starts at 20:50:00 UTC.

    Raises:
        ValueError: the price process has no start of the crash, or the run ends too early.
    """
    start_s = getattr(scenario.price, "start_s", None)
    if start_s is None:
        raise ValueError(
            f"price is {scenario.price.kind!r}: calibration needs a crash that starts at a known "
            'time, e.g. kind = "regime_crash"'
        )
    window = Window(*(start_s + after_s for after_s in DATA_WINDOW_AFTER_S))
    if window.end_s > scenario.ticks * scenario.dt_s:
        raise ValueError(
            f"the run lasts {scenario.ticks * scenario.dt_s:g} s, the record's window ends at "
            f"{window.end_s:g} s: raise ticks"
        )
    return window
