"""Moments of a run, each defined as the record of 10 October 2025 defines it.

The record's data is a window, 21:15 to 21:27 UTC. A run is cut to the same window once, and every
moment is of that cut.

Per account (n accounts that ADL closed anything of; leverage is the mean over an account's fills):

    quantiles       of leverage and of profit
    Gini            of closed notional
    top 1, top 10   share of closed notional, by count: where the tail index is below one, as here,
                    the share of the k largest has a limit law that does not depend on n [2], while
                    the share of a given fraction tends to one
    top 100         is not few among the hundreds of accounts of a run (the record has n = 19,337),
                    so it is read as the top 0.52 %, the Lorenz curve straight between accounts;
                    a run's is expected to be lower than the record's for want of accounts
    Hill index      of the k = round(p n) largest, p the record's

In time (t_f of each fill): first fill less first liquidation, last less first, time until a half
and nine tenths of the fills, and clusters: fills belong to one cluster when no two neighbours are
more than 5 s apart [1]. The fall is from the mark when the window opens to its lowest in it.

A moment that needs more accounts than there are is NaN: nothing is known, and the fit counts it.
A run whose window holds no ADL knows only that ("event" = 0) and its fall.

[1] the record's waves, arXiv:2512.01112, and the parameter gap_ms=5000 of their data release; its
    merged shocks and the whole seconds of the timeline give the same number of clusters.
[2] LePage, Woodroofe & Zinn (1981), Annals of Probability 9(4), 624-632.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from abm.adl.measures import concentration
from abm.units import Floats
from experiments.calibrate.observe import Observation, Window, clipped
from experiments.validate.oct10.coverage import GAP_MS
from experiments.validate.oct10.published import PUBLISHED

RECORD_ACCOUNTS = int(PUBLISHED["wallets"].value)
"""Accounts that were deleveraged on 10 October 2025."""

LEAST_ACCOUNTS = 20
"""Below this a run has no quantiles."""

CLUSTER_GAP_S = GAP_MS / 1000.0
"""Neighbouring fills that are farther apart belong to different clusters, as in the record."""

TOP_PART = 100 / RECORD_ACCOUNTS
"""Part of the accounts that the record's hundred largest are."""

LEAST_TAIL = 5
"""Below this a tail has no index."""

HILL_SHARE = 1000 / RECORD_ACCOUNTS
"""Share of accounts in the tail that the Hill index is taken over."""


@dataclass(frozen=True)
class Moment:
    """One number of a run.

    Attributes:
        name: for tables.
        unit: "1", "s", ...
        scale: on which it is averaged and compared: as it is, or by its logarithm.
        label: for figures.
        of: the number, of a run that is cut to the window; NaN when it cannot give it.
    """

    name: str
    unit: str
    scale: Literal["linear", "log"]
    label: str
    of: Callable[[Observation], float]

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


def hill(values: Floats, share: float) -> float:
    """Hill's estimate of the tail index from the largest `share` of the values."""
    count = round(share * values.size)
    return concentration.hill(values, count) if count >= LEAST_TAIL else float("nan")


def clusters(time_s: Floats) -> Floats:
    """Fills in each cluster, in order of time."""
    ordered = np.sort(time_s)
    place = np.concatenate([[0], np.cumsum(np.diff(ordered) > CLUSTER_GAP_S)])
    return np.bincount(place).astype(np.float64)


type Rule = Callable[[Observation], float]


def _event(seen: Observation) -> float:
    return float(np.unique(seen.account).size >= LEAST_ACCOUNTS)


def _ratio(seen: Observation) -> float:
    liquidated = float(seen.liquidated_usd.sum())
    return float(seen.notional_usd.sum()) / liquidated if liquidated > 0.0 else float("nan")


def _delay(seen: Observation) -> float:
    forced = np.flatnonzero(seen.liquidated_usd > 0.0)
    if not forced.size:
        return float("nan")
    return float(seen.time_s.min() - (seen.begin_s + seen.dt_s * (forced[0] + 1)))


def _duration(seen: Observation) -> float:
    return float(np.ptp(seen.time_s) + seen.dt_s)


def _backstop(seen: Observation) -> float:
    return float(np.average(seen.backstop, weights=seen.notional_usd))


def _fall(seen: Observation) -> float:
    marks = seen.mark_price[:, 0]
    return float(1.0 - marks.min() / marks[0])


def _known(rule: Rule) -> Rule:
    """NaN unless enough accounts were deleveraged."""
    return lambda seen: rule(seen) if _event(seen) else float("nan")


def _leverage(level: float) -> Rule:
    return _known(lambda seen: float(np.quantile(per_account(seen)[1], level)))


def _notional(rule: Callable[[Floats], float]) -> Rule:
    """Of closed notional by account."""
    return _known(lambda seen: rule(per_account(seen)[0]))


def _top(count: int) -> Rule:
    return _notional(lambda notional: concentration.top_count_share(notional, count))


def _done(share: float) -> Rule:
    return _known(
        lambda seen: (
            float(np.quantile(seen.time_s, share, method="inverted_cdf")) - float(seen.time_s.min())
        )
    )


def _of_clusters(rule: Callable[[Floats], float]) -> Rule:
    return _known(lambda seen: rule(clusters(seen.time_s)))


MOMENTS = (
    Moment("event", "1", "linear", "runs with ADL", _event),
    Moment("leverage_p25", "1", "log", "leverage, 25 %", _leverage(0.25)),
    Moment("leverage_p50", "1", "log", "leverage, median", _leverage(0.5)),
    Moment("leverage_p75", "1", "log", "leverage, 75 %", _leverage(0.75)),
    Moment("leverage_p90", "1", "log", "leverage, 90 %", _leverage(0.9)),
    Moment("gini", "1", "linear", "Gini of notional", _notional(concentration.gini)),
    Moment("hill", "1", "log", "Hill index, top 5.2 %",
           _notional(lambda notional: hill(notional, HILL_SHARE))),
    Moment("top_1", "1", "linear", "share of the largest", _top(1)),
    Moment("top_10", "1", "linear", "share of the ten largest", _top(10)),
    Moment("top_100", "1", "linear", "share of top 0.52 %",
           _notional(lambda notional: concentration.top_part_share(notional, TOP_PART))),
    Moment("adl_to_liquidation", "1", "log", "ADL / liquidation", _known(_ratio)),
    Moment("first_adl_delay_s", "s", "linear", "first ADL after [s]", _known(_delay)),
    Moment("duration_s", "s", "log", "first to last ADL [s]", _known(_duration)),
    Moment("half_s", "s", "linear", "half of the fills within [s]", _done(0.5)),
    Moment("ninety_s", "s", "linear", "90 % of the fills within [s]", _done(0.9)),
    Moment("biggest_cluster", "1", "linear", "biggest cluster's fills",
           _of_clusters(lambda sizes: float(sizes.max() / sizes.sum()))),
    Moment("clusters", "1", "log", "clusters over 5 s apart",
           _of_clusters(lambda s: float(s.size))),
    Moment("backstop_share", "1", "linear", "against the backstop", _known(_backstop)),
    Moment("profitable_share", "1", "linear", "fills in profit",
           _known(lambda seen: float((seen.profit > 0.0).mean()))),
    Moment("profit_p50", "1", "linear", "profit, median",
           _known(lambda seen: float(np.median(per_account(seen)[2])))),
    Moment("venue_fall", "1", "linear", "fall of the BTC mark", _fall),
)  # fmt: skip
"""Every moment, in the order of the report."""


def moments_of(seen: Observation, window: Window) -> Floats:
    """All moments of the part of a run that lies in the window `[M]`, NaN where unknown."""
    cut = clipped(seen, window)
    return np.array([moment.of(cut) for moment in MOMENTS])
