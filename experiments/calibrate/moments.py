"""Moments of a run, each defined as the record of 10 October 2025 defines it.

Per account (n accounts that ADL closed anything of; leverage is the mean over an account's fills):

    quantiles       of leverage and of profit
    Gini            Σ_i (2 i - n - 1) x_(i) / (n Σ x) of closed notional
    top 1, top 10   share of closed notional, by count: where the tail index is below one, as here,
                    the share of the k largest has a limit law that does not depend on n [2], while
                    the share of a given fraction tends to one
    top 100         is not few among the hundreds of accounts of a run (the record has n = 19,337),
                    so it is read as the top 0.52 %, the Lorenz curve straight between accounts;
                    a run's is expected to be lower than the record's for want of accounts
    Hill index      1 / mean log(x_(i) / x_(k+1)) over the k = round(p n) largest, p the record's

In time (t_f of each fill): first fill after the first liquidation of the record's window, last
minus first, time until a half and nine tenths of the fills, and clusters: fills belong to one
cluster when no two neighbours are 5 s apart or more [1].

A moment that needs more accounts than there are is NaN: nothing is known, and the fit counts it.

[1] the record's waves, arXiv:2512.01112; from timestamps in whole seconds here.
[2] LePage, Woodroofe & Zinn (1981), Annals of Probability 9(4), 624-632.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from abm.units import Floats
from experiments.calibrate.observe import Observation

RECORD_ACCOUNTS = 19_337
"""Accounts that were deleveraged on 10 October 2025 (canonical table of HyperReplay)."""

LEAST_ACCOUNTS = 20
"""Below this a run has no quantiles."""

CLUSTER_GAP_S = 5.0
"""Fills at least this far apart belong to different clusters."""

HILL_SHARE = 1000 / RECORD_ACCOUNTS
"""Share of accounts in the tail that the Hill index is taken over."""


class Window(NamedTuple):
    """The record's clock time in seconds of the run: data begins and ends there."""

    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Moment:
    """One number of a run.

    Attributes:
        name: for tables.
        unit: "1", "s", ...
        scale: on which it is averaged and compared: as it is, or by its logarithm.
        label: for figures.
        of: the number, NaN when the run cannot give it.
    """

    name: str
    unit: str
    scale: Literal["linear", "log"]
    label: str
    of: Callable[[Observation, Window], float]

    def scaled(self, value: float) -> float:
        """A value on the moment's scale; NaN where there is none."""
        if self.scale == "linear":
            return value
        return float(np.log(value)) if value > 0.0 else float("nan")

    def unscaled(self, value: float) -> float:
        """Back from the moment's scale."""
        return value if self.scale == "linear" else float(np.exp(value))


def per_account(seen: Observation) -> tuple[Floats, Floats, Floats]:
    """Closed notional, mean leverage and mean profit of each deleveraged account, each `[n]`."""
    _, place = np.unique(seen.account, return_inverse=True)
    fills = np.maximum(np.bincount(place), 1) if place.size else np.zeros(0)
    notional = np.bincount(place, weights=seen.notional_usd)
    leverage = np.bincount(place, weights=seen.leverage) / fills
    profit = np.bincount(place, weights=seen.profit) / fills
    return notional, leverage, profit


def gini(values: Floats) -> float:
    """Gini coefficient of positive values."""
    n = values.size
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float((ranks * np.sort(values)).sum() / (n * values.sum()))


def top_share(values: Floats, count: float) -> float:
    """Share of the sum that the `count` largest values hold, interpolated between values."""
    held = np.concatenate([[0.0], np.cumsum(np.sort(values)[::-1])])
    return float(np.interp(count, np.arange(values.size + 1), held) / held[-1])


def top_fraction(values: Floats, share: float) -> float:
    """Share of the sum that the largest `share` of the values hold."""
    return top_share(values, share * values.size)


def hill(values: Floats, share: float) -> float:
    """Hill's estimate of the tail index from the largest `share` of the values."""
    k = round(share * values.size)
    if k < 5:
        return float("nan")
    largest = np.sort(values)[::-1][: k + 1]
    mean = float(np.log(largest[:k] / largest[k]).mean())
    return 1.0 / mean if mean > 0.0 else float("nan")


def clusters(time_s: Floats) -> Floats:
    """Fills in each cluster, in order of time."""
    ordered = np.sort(time_s)
    place = np.concatenate([[0], np.cumsum(np.diff(ordered) >= CLUSTER_GAP_S)])
    return np.bincount(place).astype(np.float64)


def in_window(seen: Observation, window: Window) -> Floats:
    """Liquidated notional of the ticks in the window, zero elsewhere `[N]`."""
    time_s = seen.dt_s * np.arange(1, seen.liquidated_usd.size + 1)
    inside = (time_s >= window.begin_s) & (time_s <= window.end_s)
    return np.where(inside, seen.liquidated_usd, 0.0)


def _event(seen: Observation, _: Window) -> float:
    return float(np.unique(seen.account).size >= LEAST_ACCOUNTS)


def _ratio(seen: Observation, window: Window) -> float:
    inside = (seen.time_s >= window.begin_s) & (seen.time_s <= window.end_s)
    liquidated = in_window(seen, window).sum()
    return float(seen.notional_usd[inside].sum() / liquidated) if liquidated > 0.0 else np.nan


def _delay(seen: Observation, window: Window) -> float:
    forced = np.flatnonzero(in_window(seen, window) > 0.0)
    if not forced.size:
        return float("nan")
    return float(seen.time_s.min() - seen.dt_s * (forced[0] + 1))


def _duration(seen: Observation, _: Window) -> float:
    return float(np.ptp(seen.time_s) + seen.dt_s)


def _backstop(seen: Observation, _: Window) -> float:
    return float(np.average(seen.backstop, weights=seen.notional_usd))


def _known(rule: Callable[[Observation, Window], float]) -> Callable[[Observation, Window], float]:
    """NaN unless enough accounts were deleveraged."""
    return lambda seen, window: rule(seen, window) if _event(seen, window) else float("nan")


def _leverage(level: float) -> Callable[[Observation, Window], float]:
    return _known(lambda seen, _: float(np.quantile(per_account(seen)[1], level)))


def _top(count: int) -> Callable[[Observation, Window], float]:
    return _known(lambda seen, _: top_share(per_account(seen)[0], count))


def _done(share: float) -> Callable[[Observation, Window], float]:
    return _known(
        lambda seen, _: (
            float(np.quantile(seen.time_s, share, method="inverted_cdf")) - float(seen.time_s.min())
        )
    )


def _of_clusters(rule: Callable[[Floats], float]) -> Callable[[Observation, Window], float]:
    return _known(lambda seen, _: rule(clusters(seen.time_s)))


MOMENTS = (
    Moment("event", "1", "linear", "runs with ADL", _event),
    Moment("leverage_p25", "1", "log", "leverage, 25 %", _leverage(0.25)),
    Moment("leverage_p50", "1", "log", "leverage, median", _leverage(0.5)),
    Moment("leverage_p75", "1", "log", "leverage, 75 %", _leverage(0.75)),
    Moment("leverage_p90", "1", "log", "leverage, 90 %", _leverage(0.9)),
    Moment("gini", "1", "linear", "Gini of notional",
           _known(lambda seen, _: gini(per_account(seen)[0]))),
    Moment("hill", "1", "log", "Hill index, top 5.2 %",
           _known(lambda seen, _: hill(per_account(seen)[0], HILL_SHARE))),
    Moment("top_1", "1", "linear", "share of the largest", _top(1)),
    Moment("top_10", "1", "linear", "share of the ten largest", _top(10)),
    Moment("top_100", "1", "linear", "share of top 0.52 %",
           _known(lambda seen, _: top_fraction(per_account(seen)[0], 100 / RECORD_ACCOUNTS))),
    Moment("adl_to_liquidation", "1", "log", "ADL / liquidation", _known(_ratio)),
    Moment("first_adl_delay_s", "s", "linear", "first ADL after [s]", _known(_delay)),
    Moment("duration_s", "s", "log", "first to last ADL [s]", _known(_duration)),
    Moment("half_s", "s", "linear", "half of the fills within [s]", _done(0.5)),
    Moment("ninety_s", "s", "linear", "90 % of the fills within [s]", _done(0.9)),
    Moment("biggest_cluster", "1", "linear", "biggest cluster's fills",
           _of_clusters(lambda sizes: float(sizes.max() / sizes.sum()))),
    Moment("clusters", "1", "log", "clusters 5 s apart", _of_clusters(lambda s: float(s.size))),
    Moment("backstop_share", "1", "linear", "against the backstop", _known(_backstop)),
    Moment("profitable_share", "1", "linear", "fills in profit",
           _known(lambda seen, _: float((seen.profit > 0.0).mean()))),
    Moment("profit_p50", "1", "linear", "profit, median",
           _known(lambda seen, _: float(np.median(per_account(seen)[2])))),
    Moment("venue_fall", "1", "linear", "fall of the BTC mark",
           lambda seen, _: float(1.0 - seen.lowest_mark[0])),
)  # fmt: skip
"""Every moment, in the order of the report."""


def moments_of(seen: Observation, window: Window) -> Floats:
    """All moments of a run `[M]`, NaN where unknown."""
    return np.array([moment.of(seen, window) for moment in MOMENTS])
