"""Orders that have nothing to do with the queue: trend, contrarian, noise; and a hedger's upkeep.

directional   Δq = e (τ ln(p / p̄) + ν z) / p,  p̄ a slow average, z uniform with unit variance;
              never through zero, never beyond the trader's target leverage
hedger        Σ q + spot should be zero; what is off is sold (bought) in spot, so a leg that ADL
              closed comes back to the market as a spot sale; a hedger across venues cuts the
              leg that is too large, or opens again the one that is too small
"""

from abm.kernel import kernel

HEDGE_TOLERANCE = 0.02
"""A hedger mends its hedge when it is off by more than this share of the spot leg [1]."""

SPOT, HOLD_LEG, CUT_LEG, REOPEN_LEG = range(4)
"""How a hedger mends its hedge: in spot, not at all, on the leg left open, on the closed one."""

UNIT_VARIANCE = 3.4641016151377544
"""sqrt(12): scales a uniform on (-1/2, 1/2) to unit variance."""


@kernel
def centred(draw: float) -> float:
    """A uniform draw in (0, 1) as a number with mean 0 and variance 1."""
    return UNIT_VARIANCE * (draw - 0.5)


@kernel
def directional_order(
    qty_contracts: float,
    notional_usd: float,
    equity_usd: float,
    price: float,
    impulse: float,
    max_leverage: float,
) -> float:
    """Order of a directional trader; `impulse` = τ ln(p / p̄) + ν z [share of equity].

    `notional_usd` is that of all positions on the same margin.
    """
    if equity_usd <= 0.0:
        return 0.0
    order = equity_usd * impulse / price
    if qty_contracts * order < 0.0:
        return order if abs(order) < abs(qty_contracts) else -qty_contracts
    room = (max_leverage * equity_usd - notional_usd) / price
    if room <= 0.0:
        return 0.0
    return min(order, room) if order > 0.0 else max(order, -room)


@kernel
def mend_hedge(perp_contracts: float, spot_units: float) -> float:
    """Spot order of a hedger that brings perp + spot back to zero, outside a tolerance."""
    imbalance = perp_contracts + spot_units
    if abs(imbalance) <= HEDGE_TOLERANCE * abs(spot_units):
        return 0.0
    return -imbalance


@kernel
def is_unhedged(net_contracts: float, largest_leg: float, tolerance: float) -> bool:
    """Is a hedge over several accounts off by more than a share of its largest leg?"""
    return abs(net_contracts) > tolerance * largest_leg


@kernel
def cut_leg(qty_contracts: float, net_contracts: float) -> float:
    """Order on a leg of the same sign as the imbalance that removes it, never through zero."""
    if qty_contracts * net_contracts <= 0.0:
        return 0.0
    return -net_contracts if abs(net_contracts) < abs(qty_contracts) else -qty_contracts
