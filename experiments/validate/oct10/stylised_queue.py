"""The stylised queue of the first paper: where its 653.55 million come from.

Per coin and 5 s cluster the budget is the realised profit of the fills (not above capacity), and

    overshoot = sum (budget - deficit)+,   residual = sum (deficit - budget)+.

The deficit here is not that of liquidated accounts: it sums the rows of *deleveraged* accounts with
negative equity. So the overshoot is nearly all of the profit that ADL realised. A queue that asks
for min(deficit, capacity) has no overshoot and leaves (deficit - capacity)+.
Source: data release, src/oss_adl/queue_overshoot.py; [Chitra2025] v1 appendix H.
"""

import numpy as np

from experiments.validate.claim import Table
from experiments.validate.oct10.files import Episode, floats
from experiments.validate.oct10.published import PUBLISHED
from experiments.validate.oct10.record import Part, Row

SHARES_SHOWN = 3
"""Coins whose share of the overshoot is a row of its own; the table has all."""

SECTION = "stylised queue"


def stylised_queue(episode: Episode) -> Part:
    """Totals over shocks, and the coins behind them."""
    shocks = episode.shocks
    deficit, budget = floats(shocks, "deficit_usd"), floats(shocks, "budget_queue_usd")
    capacity = floats(shocks, "total_capacity_usd")
    over = np.maximum(budget - deficit, 0.0)
    by_coin = shocks.assign(over=over).groupby("coin")["over"].sum()
    by_coin = by_coin.sort_values(ascending=False)
    share = by_coin / by_coin.sum()
    rows = [
        Row(SECTION, "overshoot", float(over.sum()), "USD", "", PUBLISHED["queue_overshoot"]),
        Row(
            SECTION,
            "residual",
            float(np.maximum(deficit - budget, 0.0).sum()),
            "USD",
            "",
            PUBLISHED["queue_residual"],
        ),
        Row(SECTION, "budget", float(budget.sum()), "USD"),
        Row(
            SECTION,
            "deficit",
            float(deficit.sum()),
            "USD",
            "equals the negative equity of deleveraged, not of liquidated accounts",
            PUBLISHED["negative_equity_rows"],
        ),
        Row(SECTION, "capacity", float(capacity.sum()), "USD", "summed over shocks"),
        Row(SECTION, "shocks", float(len(shocks)), "shocks"),
        Row(SECTION, "shocks with a deficit", float(np.sum(deficit > 0.0)), "shocks"),
        Row(SECTION, "coins", float(by_coin.size), "coins", "", PUBLISHED["tickers"]),
        Row(
            SECTION,
            "residual if no more were asked for",
            float(np.maximum(deficit - capacity, 0.0).sum()),
            "USD",
            "overshoot 0 by construction",
        ),
        *(
            Row(SECTION, f"share of the overshoot in {coin}", float(part), "1")
            for coin, part in share.head(SHARES_SHOWN).items()
        ),
    ]
    columns: Table = {
        "coin": [str(coin) for coin in by_coin.index],
        "overshoot_usd": by_coin.to_numpy(dtype=np.float64),
        "share": share.to_numpy(dtype=np.float64),
    }
    return Part(rows=tuple(rows), tables={"oct10_queue_coins": columns})
