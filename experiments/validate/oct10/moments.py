"""Moments of the episode that a model of it should meet, each with its interval where it has one.

    Gini, top k, Hill   of amounts above 0, as `abm.adl.measures.concentration` has them
    top percent         share of the largest n / 100
    quantiles           of amounts, leverage and profit in percent; Spearman's rank correlations

    data                targets = moments(Path(data)); targets["notional_gini"].value

95 % intervals treat the accounts as draws from a population: quantiles by order statistics, Hill
by the gamma law of its sum (2 k alpha / alpha_k is chi-squared with 2 k degrees of freedom), means
and correlations by a bootstrap over accounts. Gini and top shares have none: with a tail index
below 1 the mean is infinite and the bootstrap of a share of the sum does not converge. Totals and
durations are of the one episode and have none either.
Without the per-user table its moments are the typed ones of `published`, marked so; the rest always
comes from the data release. Source: [Hill1975]; [Efron1993]; `accounts` for the table.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2, rankdata

from abm.adl.measures import concentration
from abm.units import Floats
from experiments.validate.intervals import ENDS
from experiments.validate.oct10.accounts import find_accounts, read_accounts
from experiments.validate.oct10.coverage import clusters
from experiments.validate.oct10.files import Episode, floats, load
from experiments.validate.oct10.published import PER_USER, PUBLISHED, Published

RESAMPLES = 200
"""Resamples of the bootstrap over accounts."""

SEED = 20251010
"""Of the bootstrap: same data, same intervals."""

AMOUNTS = {"notional": "adl_notional", "pnl": "closed_pnl", "cash": "account_value_realtime"}
TOP = {"top_1": 1, "top_10": 10, "top_100": 100}
QUANTILES = {
    "p5": 0.05,
    "p10": 0.1,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
}
HILL = (50, 100, 500, 1000)
CORRELATIONS = {
    "spearman_cash_pnl": ("account_value_realtime", "closed_pnl"),
    "spearman_cash_leverage": ("account_value_realtime", "leverage_realtime"),
    "spearman_pnl_percent_leverage": ("pnl_percent", "leverage_realtime"),
}


@dataclass(frozen=True)
class Moment:
    """One target.

    Attributes:
        value: of the moment.
        low: lower end of the 95 % interval; NaN where there is none.
        high: upper end.
        unit: "1", "USD", "s", "%", ...
        origin: "data" when computed here from files, "published" when typed.
        published: the typed value to compare with, if there is one.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = "1"
    origin: str = "data"
    published: Published | None = None


def moments(data: Path) -> Mapping[str, Moment]:
    """Every target by name.

    Args:
        data: folder with the released files; the per-user table in it is used when it is there.

    Raises:
        ValueError: a file is missing or is not what it should be; one sentence says what to do.
    """
    return moments_of(load(data))


def moments_of(episode: Episode) -> dict[str, Moment]:
    """Every target of an episode that has been read."""
    file = find_accounts(episode.folder)
    per_user = account_moments(read_accounts(file)) if file else typed_moments()
    return {**event_moments(episode), **reaction_moments(episode.reactions), **per_user}


def account_moments(accounts: pd.DataFrame) -> dict[str, Moment]:
    """Concentration, tails, quantiles and correlations over deleveraged accounts."""
    found: dict[str, Moment] = {}
    for name, column in AMOUNTS.items():
        values = floats(accounts, column)
        found |= {f"{name}_{key}": moment for key, moment in _amount(values[values > 0.0]).items()}
    for name, column, unit in (
        ("leverage", "leverage_realtime", "1"),
        ("pnl_percent", "pnl_percent", "%"),
    ):
        values = floats(accounts, column)
        for key in QUANTILES:
            found[f"{name}_{key}"] = quantile(values, QUANTILES[key], unit)
    rng = np.random.default_rng(SEED)
    for name, (first, second) in CORRELATIONS.items():
        pairs = np.column_stack((floats(accounts, first), floats(accounts, second)))
        found[name] = bootstrap(pairs, spearman, rng)
    return {name: _compared(name, moment) for name, moment in found.items()}


def typed_moments() -> dict[str, Moment]:
    """Moments of the per-user table when it is not at hand; Hill's interval needs k only."""
    found = {}
    for name, published in PER_USER.items():
        value = float(published.value)
        low, high = _hill_ends(value, int(name.rsplit("_", 1)[1])) if "hill" in name else _NONE
        found[name] = Moment(value, low, high, _unit(name), "published", published)
    return found


def _unit(name: str) -> str:
    """Unit of a moment of accounts."""
    of, _, kind = name.rpartition("_")
    if kind not in QUANTILES:
        return "1"
    return {"leverage": "1", "pnl_percent": "%"}.get(of, "USD")


def reaction_moments(reactions: pd.DataFrame) -> dict[str, Moment]:
    """Whether, how soon and how far deleveraged accounts traded back."""
    latency_s = floats(reactions, "median_latency_ms") / 1000.0
    rng = np.random.default_rng(SEED)
    columns = {"traded_again_ever": np.isfinite(latency_s).astype(np.float64)}
    for window in (5, 60, 300):
        share = floats(reactions, f"share_any_nonadl_fill_{window}000ms")
        columns[f"traded_again_{window}s"] = (share > 0.0).astype(np.float64)
        columns[f"undo_mean_{window}s"] = floats(reactions, f"mean_undo_frac_{window}000ms")
    found = {name: bootstrap(column, _mean, rng) for name, column in columns.items()}
    known = latency_s[np.isfinite(latency_s)]
    return {**found, "traded_again_latency_p50": quantile(known, 0.5, "s")}


def event_moments(episode: Episode) -> dict[str, Moment]:
    """Size, duration and burst shape of the episode; no interval, it is one event."""
    found = clusters(episode)
    start, end = (found[name].to_numpy(dtype=np.float64) for name in ("t_start_ms", "t_end_ms"))
    profit = np.sort(floats(found, "closed_profit_usd"))[::-1]
    fills = np.sort(episode.loser("n_rows"))[::-1]
    typed = {name: float(PUBLISHED[name].value) for name in _TYPED}
    return {
        "adl_duration": Moment(float(end.max() - start.min()) / 1000.0, unit="s"),
        "clusters": Moment(float(len(found)), unit="clusters"),
        "cluster_duration_p50": Moment(float(np.median(end - start)) / 1000.0, unit="s"),
        "cluster_gap_p50": Moment(float(np.median(start[1:] - end[:-1])) / 1000.0, unit="s"),
        "largest_cluster_of_profit": Moment(float(profit[0] / profit.sum())),
        "three_clusters_of_profit": Moment(float(profit[:3].sum() / profit.sum())),
        "largest_wave_of_fills": Moment(float(fills[0] / fills.sum())),
        "half_of_profit_after": Moment(_half_after(found), unit="s"),
        "adl_over_liquidations": Moment(
            typed["adl_notional_usd"] / typed["liquidation_notional_usd"], origin="published"
        ),
        "share_against_backstop": Moment(
            typed["backstop_vault_1"] + typed["backstop_vault_2"], origin="published"
        ),
        "shared_stamps": Moment(typed["shared_stamps"] / typed["adl_stamps"], origin="published"),
    }


_TYPED = (
    "adl_notional_usd",
    "liquidation_notional_usd",
    "backstop_vault_1",
    "backstop_vault_2",
    "shared_stamps",
    "adl_stamps",
)
_NONE = (math.nan, math.nan)


def hill(values: Floats, k: int) -> Moment:
    """Tail index from the k largest of positive values `[n]`, n > k.

    Raises:
        ValueError: there are too few values.
    """
    index = concentration.hill(values, k)
    return Moment(index, *_hill_ends(index, k))


def quantile(values: Floats, share: float, unit: str) -> Moment:
    """A quantile of `[n]` with its interval by order statistics (normal limit of the binomial)."""
    ordered = np.sort(values)
    half = 1.96 * math.sqrt(values.size * share * (1.0 - share))
    low = max(math.floor(values.size * share - half) - 1, 0)
    high = min(math.ceil(values.size * share + half), values.size - 1)
    return Moment(
        float(np.quantile(ordered, share)), float(ordered[low]), float(ordered[high]), unit
    )


def spearman(pairs: Floats) -> float:
    """Rank correlation of the columns of `[n, 2]`, ties with their mean rank."""
    first, second = (rankdata(pairs[:, column]) for column in (0, 1))
    return float(np.corrcoef(first, second)[0, 1])


def bootstrap(
    values: Floats, statistic: Callable[[Floats], float], rng: np.random.Generator
) -> Moment:
    """A statistic of accounts (rows) with its percentile interval."""
    n = len(values)
    samples = [statistic(values[rng.integers(n, size=n)]) for _ in range(RESAMPLES)]
    low, high = np.quantile(samples, ENDS)
    return Moment(statistic(values), float(low), float(high))


def _amount(values: Floats) -> dict[str, Moment]:
    """Moments of one amount, positive values only."""
    top_share = concentration.top_count_share
    found = {"gini": Moment(concentration.gini(values))}
    found |= {name: Moment(top_share(values, count)) for name, count in TOP.items()}
    found["top_percent"] = Moment(concentration.top_share(values, 0.01))
    found |= {name: quantile(values, QUANTILES[name], "USD") for name in ("p50", "p90", "p99")}
    return found | {f"hill_{k}": hill(values, k) for k in HILL if values.size > k}


def _hill_ends(index: float, k: int) -> tuple[float, float]:
    low, high = chi2.ppf(ENDS, 2 * k) / (2 * k)
    return float(index * low), float(index * high)


def _mean(values: Floats) -> float:
    return float(values.mean())


def _half_after(found: pd.DataFrame) -> float:
    """Seconds from the first ADL until the clusters so far hold half of the realised profit."""
    held = np.cumsum(floats(found, "closed_profit_usd"))
    middle = int(np.searchsorted(held, 0.5 * held[-1]))
    start = found["t_start_ms"].to_numpy(dtype=np.float64)
    return float(start[middle] - start[0]) / 1000.0


def _compared(name: str, moment: Moment) -> Moment:
    """The moment beside its typed value."""
    return Moment(moment.value, moment.low, moment.high, moment.unit, "data", PER_USER.get(name))
