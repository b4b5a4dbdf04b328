"""Arbitrage: how much to buy where it is cheap and to sell where it is dear.

    prices of two venues   gap g = ln(dear / cheap)
    basis                  gap g = ln(perpetual / spot)
    order                  x = (g - c)₊ / (s_cheap + s_dear)      [USD]
    funding                x = share of the room, (f_dear - f_cheap - c)₊ / cap

c is what a round trip costs; s_v the slope of a book's price in the flow, (λ + γ) / quoted size,
so that under linear impact x closes the gap down to its cost and no further. Capital limits every
order: margin on each venue, cash for spot (Gromb & Vayanos 2002: a gap stays open when
arbitrageurs are poor).
"""

import math

from abm.kernel import kernel

CROSS, BASIS, FUNDING = 0, 1, 2
"""What an arbitrageur watches, by code."""

CARRY_CAP = 0.005
"""Difference of funding rates, per eight hours, at which the whole room is used [1]."""


@kernel
def price_slope(temporary: float, permanent: float, quoted_usd: float) -> float:
    """Log move of a book per USD of flow; inf for an empty one."""
    if quoted_usd <= 0.0:
        return math.inf
    return (temporary + permanent) / quoted_usd


@kernel
def gap_order_usd(gap: float, cost: float, slope_cheap: float, slope_dear: float) -> float:
    """Flow on each side that closes a gap down to its cost [USD]; 0 if it does not pay."""
    slope = slope_cheap + slope_dear
    if gap <= cost or slope <= 0.0 or math.isinf(slope):
        return 0.0
    return (gap - cost) / slope


@kernel
def carry_share(rate_gap: float, cost: float) -> float:
    """Share of its room that a funding arbitrageur uses, in [0, 1]."""
    return min(1.0, max(0.0, (rate_gap - cost) / CARRY_CAP))
