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

Sources: [US] = per-user table adl_by_user_REALTIME.csv of github.com/ConejoCapital/HyperReplay,
recomputed (19,337 accounts); [T] = github.com/ConejoCapital/HyperMultiAssetedADL,
analysis_scripts/cascade_timing_results.json; [R] = HyperReplay and HyperMultiAssetedADL, canonical
tables. As of 2026-11-20.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from abm.engine.scenario import Scenario
from abm.market.prices.october_2025 import MOMENTS as CLOCK
from abm.market.prices.october_2025 import VENUE_FALLS
from experiments.calibrate.moments import MOMENTS, RECORD_ACCOUNTS, Window

ADL_USD = 2_103_111_430.86
LIQUIDATED_USD = 5_511_042_925.0
FILLS = 34_983
FILLS_OF_FIRST_MOMENT = 11_279  # 21:16:04.831, the biggest moment and cluster
QUANTILES = {0.05: 0.006, 0.25: 0.16, 0.5: 0.43, 0.75: 0.99, 0.9: 3.24, 0.95: 6.50}
"""Per-account mean leverage by probability level [US]."""

DATA_WINDOW_AFTER_S = (1500.0, 2220.0)
"""The reconstructions read fills from 21:15:00 to 21:27:00 UTC: seconds after 20:50:00."""


@dataclass(frozen=True)
class Target:
    """A published moment.

    Attributes:
        value: as published, or computed from published counts.
        low, high: 95 % interval; NaN where one event is all there is.
        sampling: standard error on the moment's scale; None when unknown.
        discrepancy: tolerated distance on the moment's scale.
        source: where it stands.
    """

    value: float
    low: float
    high: float
    sampling: float | None
    discrepancy: float
    source: str


def _event(value: float, discrepancy: float, source: str) -> Target:
    """A number of the one event: no interval."""
    return Target(value, math.nan, math.nan, None, discrepancy, source)


def _log(value: float, error: float, discrepancy: float, source: str) -> Target:
    """A number with a standard error of its logarithm."""
    ends = (value * math.exp(-1.96 * error), value * math.exp(1.96 * error))
    return Target(value, *ends, error, discrepancy, source)


def _leverage(level: float) -> Target:
    """A quantile of leverage with its standard error."""
    levels = sorted(QUANTILES)
    place = levels.index(level)
    below, above = levels[place - 1], levels[place + 1]
    slope = math.log(QUANTILES[above] / QUANTILES[below]) / (above - below)
    error = slope * math.sqrt(level * (1.0 - level) / RECORD_ACCOUNTS)
    return _log(QUANTILES[level], error, 0.15, "[US] per-user mean leverage")


def _range(low: float, high: float, discrepancy: float, source: str) -> Target:
    """Two reconstructions that disagree: the middle, and the range as the interval."""
    return Target((low + high) / 2.0, low, high, (high - low) / 3.92, discrepancy, source)


TARGETS: Mapping[str, Target] = {
    "event": _event(1.0, 0.05, "ADL happened"),
    "leverage_p25": _leverage(0.25),
    "leverage_p50": _leverage(0.5),
    "leverage_p75": _leverage(0.75),
    "leverage_p90": _leverage(0.9),
    "gini": _event(0.982, 0.03, "[US] ADL notional"),
    "hill": _log(0.754, 1.0 / math.sqrt(1000), 0.1, "[US] ADL notional, k = 1000"),
    "top_1": _event(0.157, 0.05, "[US] ADL notional, largest account"),
    "top_10": _event(0.458, 0.1, "[US] ADL notional, ten largest"),
    "top_100": _event(0.776, 0.2, "[US] ADL notional, hundred largest"),
    "adl_to_liquidation": _event(ADL_USD / LIQUIDATED_USD, 0.1, "[R] notional of both"),
    "first_adl_delay_s": _event(
        CLOCK["first_adl"].after_s - CLOCK["first_liquidation"].after_s, 15.0, "[R] first of both"
    ),
    "duration_s": _event(
        CLOCK["last_adl"].after_s - CLOCK["first_adl"].after_s, 0.25, "[R] first and last ADL fill"
    ),
    "half_s": _event(70.0, 20.0, "[T] fills by second"),
    "ninety_s": _event(222.0, 40.0, "[T] fills by second"),
    "biggest_cluster": _event(FILLS_OF_FIRST_MOMENT / FILLS, 0.1, "[T] fills by second"),
    "clusters": _event(36.0, 0.35, "[T] fills by second; 35 from milliseconds"),
    "backstop_share": _event(0.951, 0.1, "[R] losers by address: two HLP liquidator vaults"),
    "profitable_share": _range(0.945, 0.994, 0.02, "[R] two reconstructions"),
    "profit_p50": _event(0.47, 0.1, "[US] per-user PnL / notional"),
    "venue_fall": _event(VENUE_FALLS["BTC"][0], 0.02, "HyperAnalyzeADL, BTC on Hyperliquid"),
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
