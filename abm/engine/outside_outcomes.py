"""What a run reports of oracles, collateral markets, stablecoins and lending protocols.

A number is NaN where a scenario has none of what it measures; a zero is a true zero.
"""

import math

from abm.engine.record import Measure
from abm.engine.world import World
from abm.venue.feeds import COST_USD, STALE_TICKS

OUTSIDE_MEASURES = (
    Measure("oracle_stale_ticks", "ticks", "venue-ticks in which no source of an oracle answered"),
    Measure("manipulation_cost_usd", "USD", "least cost of the pushes that bent oracles' sources"),
    Measure("lowest_collateral_value", "1", "lowest value that a venue counted per unit of a "
            "collateral asset / its first"),
    Measure("collateral_sold_usd", "USD", "collateral that venues sold on its own markets"),
    Measure("stablecoin_collapses", "coins", "stablecoins whose issuer could no longer deleverage"),
    Measure("protocol_sold_usd", "USD", "collateral that lending protocols sold"),
    Measure("protocol_bad_debt_usd", "USD", "debt to lending protocols that nothing backed"),
)  # fmt: skip
"""Outcomes of what stands around the venues."""


def outside_outcomes(world: World) -> dict[str, float]:
    """The numbers of `OUTSIDE_MEASURES` for a finished run."""
    assets, outside = world.state.asset_markets, world.outside
    protocols, issuers = outside.protocols, outside.issuers
    has_protocol = protocols.instrument.size > 0
    return {
        "oracle_stale_ticks": float(outside.feeds.totals[STALE_TICKS]),
        "manipulation_cost_usd": float(outside.feeds.totals[COST_USD]),
        "lowest_collateral_value": float(assets.lowest[0]),
        "collateral_sold_usd": float(assets.sold_usd[0]) if assets.has_market.any() else math.nan,
        "stablecoin_collapses": float(issuers.has_collapsed.sum())
        if issuers.is_issued.any()
        else math.nan,
        "protocol_sold_usd": float(protocols.sold_usd.sum()) if has_protocol else math.nan,
        "protocol_bad_debt_usd": float(protocols.bad_debt_usd.sum()) if has_protocol else math.nan,
    }
