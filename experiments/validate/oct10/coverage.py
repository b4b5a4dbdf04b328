"""Which ADL the 16 waves leave out, as far as the released files show.

The released waves are clusters of fills with gaps of at most 5 s; those without a reconstructed
deficit were dropped. The stylised queue's shocks cover every coin with the same rule per coin, so
merging shocks whose gap is at most 5 s gives all clusters of the episode back: a gap within a coin
is never longer than 5 s, hence no cluster can break inside a shock. The size shown is the shock's
queue budget: realised profit of its ADL fills, shrunk for accounts that the stylised model has
churned, so late clusters are understated. Notional per cluster is not released.
"""

import numpy as np
import pandas as pd

from abm.units import Flags, Floats, Ints
from experiments.validate.oct10.files import Episode, floats
from experiments.validate.oct10.published import PUBLISHED
from experiments.validate.oct10.record import Part, Row

GAP_MS = 5000
"""Longest gap within a wave [ms]: a longer one starts another. Parameter gap_ms of the release."""

SECTION = "coverage"


def clusters(episode: Episode) -> pd.DataFrame:
    """All clusters of the episode, one row each: start, end, shocks, profit, whether kept."""
    shocks = pd.DataFrame(
        {
            "t_start_ms": _milliseconds(episode.shocks["t_start"]),
            "t_end_ms": _milliseconds(episode.shocks["t_end"]),
            "closed_profit_usd": floats(episode.shocks, "budget_queue_usd"),
        }
    ).sort_values("t_start_ms", kind="stable")
    reach = np.maximum.accumulate(shocks["t_end_ms"].to_numpy())
    start = shocks["t_start_ms"].to_numpy()
    opens = np.concatenate(([True], start[1:] - reach[:-1] > GAP_MS))
    found = shocks.groupby(np.cumsum(opens)).agg(
        t_start_ms=("t_start_ms", "min"),
        t_end_ms=("t_end_ms", "max"),
        shocks=("t_start_ms", "size"),
        closed_profit_usd=("closed_profit_usd", "sum"),
    )
    kept = set(zip(*_bounds(episode), strict=True))
    both = zip(found["t_start_ms"], found["t_end_ms"], strict=True)
    found["kept"] = [(int(a), int(b)) in kept for a, b in both]
    return found.rename_axis("cluster").reset_index()


def coverage(episode: Episode) -> Part:
    """Clusters, fills and profit outside the released waves."""
    found = clusters(episode)
    kept = found["kept"].to_numpy(dtype=np.bool_)
    profit = floats(found, "closed_profit_usd")
    same_number = found.loc[kept, "cluster"].tolist() == episode.waves
    fills, all_fills = episode.loser("n_rows").sum(), float(PUBLISHED["fills"].value)
    largest = np.sort(profit[~kept])[::-1]
    rows = (
        Row(
            SECTION,
            "clusters with gaps of at most 5 s",
            float(len(found)),
            "clusters",
            "the papers count the clusters with a reconstructed deficit only",
            PUBLISHED["rounds"],
        ),
        Row(
            SECTION,
            "clusters by an independent timeline",
            float(len(found)),
            "clusters",
            "fills by whole second, neighbours 5 s apart or more; milliseconds are at hand here",
            PUBLISHED["clusters"],
        ),
        Row(
            SECTION,
            "released waves found again among them",
            float(kept.sum()),
            "waves",
            f"same start and end; {'also' if same_number else 'not'} the same numbers",
        ),
        Row(
            SECTION,
            "ADL fills within the released waves",
            float(fills),
            "fills",
            f"of {all_fills:,.0f} in the canonical table",
        ),
        Row(SECTION, "share of ADL fills left out", float(1.0 - fills / all_fills), "1"),
        Row(
            SECTION,
            "realised profit left out",
            float(profit[~kept].sum()),
            "USD",
            "queue budget of the stylised shocks in the other clusters",
        ),
        Row(SECTION, "share of realised profit left out", _share(profit, kept), "1"),
        Row(
            SECTION,
            "of it in the two largest clusters",
            float(largest[:2].sum() / largest.sum()),
            "1",
        ),
    )
    table = {name: found[name].to_numpy() for name in found.columns}
    return Part(rows=rows, tables={"oct10_coverage": table})


def _share(profit: Floats, kept: Flags) -> float:
    return float(profit[~kept].sum() / profit.sum())


def _bounds(episode: Episode) -> tuple[list[int], list[int]]:
    """Start and end of the released waves [ms]."""
    return (
        [int(t) for t in episode.loser("t_start_ms")],
        [int(t) for t in episode.loser("t_end_ms")],
    )


def _milliseconds(stamps: "pd.Series[str]") -> Ints:
    """Milliseconds since 1970 of ISO time stamps."""
    times = pd.to_datetime(stamps, format="ISO8601", utc=True)
    since = (times - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(milliseconds=1)
    return np.asarray(since, dtype=np.int64)
