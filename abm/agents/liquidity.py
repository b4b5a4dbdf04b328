"""Market makers: how much they quote, given equity, volatility and inventory.

Each quotes on every instrument

    quote = L_q e / K * min(1, σ0 / σ)             thinner when volatility rises
    bid   = min(quote, L_i e / K - inventory)₊      no more inventory than it can carry
    ask   = min(quote, L_i e / K + inventory)₊

with inventory q p in USD. A maker high in the queue stops adding to its position by the fraction of
its reaction: publishing the queue can thin the book. Depth proportional to makers' capital and
inverse to volatility: Brunnermeier & Pedersen (2009), margin-constrained liquidity.
"""

import math

from abm.kernel import kernel


@kernel
def quote_usd(
    equity_usd: float, quote_leverage: float, variance_per_s: float, calm_variance_per_s: float
) -> float:
    """Size quoted on each side of one book before inventory limits [USD]."""
    if equity_usd <= 0.0:
        return 0.0
    thinning = 1.0
    if variance_per_s > calm_variance_per_s:
        thinning = math.sqrt(calm_variance_per_s / variance_per_s)
    return quote_leverage * equity_usd * thinning


@kernel
def quotes(quote: float, inventory_usd: float, limit_usd: float) -> tuple[float, float]:
    """(bid, ask) sizes within the inventory limit [USD]."""
    bid = max(0.0, min(quote, limit_usd - inventory_usd))
    ask = max(0.0, min(quote, limit_usd + inventory_usd))
    return bid, ask
