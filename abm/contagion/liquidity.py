"""Market makers' funding: how a loss of their capital moves the price they quote.

Makers with capital W1 = b + p x0 + η hold x1 with margin m(p) per unit, fully used: m x1 = W1.
Customers with risk aversion γ take the rest, so x1 grows with p at the rate 2 / (γ σ²). Then

    ∂p / ∂η = 1 / (2 m / (γ σ²) + m'(p) x1 - x0)

A loss spiral (x0 > 0: they lose when the price falls) and a margin spiral (m' x1 < 0: margins rise
when it falls) both lower the denominator and amplify each other: together they add more than the
sum of both. Two assets whose makers learn from each other's price (slopes f', g') have the
illiquidity multiplier 1 / (1 - f' g').

    depth of a venue = min(most, share x capital / (margin x σ))

Sources: Brunnermeier, Pedersen, "Market liquidity and funding liquidity", RFS 22 (2009) 2201,
proposition 3; Cespa, Foucault, "Illiquidity contagion and liquidity crashes", RFS 27 (2014) 1615.
"""

import math

from abm.kernel import kernel


@kernel
def funding_multiplier(
    risk: float, margin: float, margin_slope: float, held: float, held_before: float
) -> float:
    """∂p / ∂η: price change per USD of the makers' capital; inf where the price has no hold.

    Args:
        risk: γ σ² / 2 > 0, price concession per unit that customers must absorb.
        margin: m > 0, per unit.
        margin_slope: m'(p); negative if margins rise when the price falls.
        held: x1, units after the shock.
        held_before: x0, units before, on which the makers gain or lose.
    """
    denominator = margin / risk + margin_slope * held - held_before
    return 1.0 / denominator if denominator > 0.0 else math.inf


@kernel
def cross_learning_multiplier(slope_a: float, slope_b: float) -> float:
    """1 / (1 - f' g'): what a shock to liquidity grows to between two assets; inf at f' g' >= 1."""
    product = slope_a * slope_b
    return 1.0 / (1.0 - product) if product < 1.0 else math.inf


@kernel
def quoted_depth(
    most_usd: float, capital_usd: float, capital_share: float, margin: float, volatility: float
) -> float:
    """min(most, share capital / (margin σ)): what a maker quotes on one venue [USD].

    Args:
        most_usd: depth in calm times.
        capital_usd: the maker's equity on all venues; none, no depth.
        capital_share: of it that stands behind this venue's quotes.
        margin: per notional [1], > 0.
        volatility: σ in units of its calm level [1], > 0.
    """
    if capital_usd <= 0.0:
        return 0.0
    return min(most_usd, capital_share * capital_usd / (margin * volatility))
