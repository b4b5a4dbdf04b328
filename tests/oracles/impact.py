"""Temporary impact in closed form, and the smallest liquidation that restores maintenance.

Impact moves the price against the order: down for a sale (side +1, a long being closed), up for a
purchase. The marginal price is that of the last contract; the average price is what the whole
order trades at.
"""

import math


def linear_marginal_price(side: int, price: float, alpha: float, qty: float) -> float:
    """Price of the last contract under p ∓ α dq: the density whose average theory 1.2 prints."""
    return price - side * alpha * qty


def linear_average_price(side: int, price: float, alpha: float, qty: float) -> float:
    """Price of the whole order.

    theory 1.2, as of 2026-11-20: "linear impact p_exec = p_t ∓ (alpha/2) dq (minus when selling)".
    """
    return price - side * alpha / 2 * qty


def linear_cost_usd(alpha: float, qty: float) -> float:
    """Cost against the mark: |p - p_exec| dq = (α/2) dq²."""
    return alpha / 2 * qty * qty


def square_root_marginal_price(
    side: int, price: float, coefficient: float, volatility: float, volume: float, qty: float
) -> float:
    """Price of the last contract: p (1 ∓ Y σ sqrt(Q/V)).

    The square-root law of market impact, general knowledge; theory 1.2 has linear impact only.

    Reading: σ and V over the same horizon, V in contracts, and the law is the impact at the end of
    the order.
    """
    return price * (1 - side * coefficient * volatility * math.sqrt(qty / volume))


def square_root_average_price(
    side: int, price: float, coefficient: float, volatility: float, volume: float, qty: float
) -> float:
    """Average over the order of the marginal price: two thirds of the final impact.

    (1/Q) ∫_0^Q sqrt(z/V) dz = (2/3) sqrt(Q/V).
    """
    return price * (1 - side * 2 / 3 * coefficient * volatility * math.sqrt(qty / volume))


def square_root_cost_usd(
    price: float, coefficient: float, volatility: float, volume: float, qty: float
) -> float:
    """Cost against the mark: (2/3) p Y σ Q^(3/2)/V^(1/2)."""
    return 2 / 3 * price * coefficient * volatility * qty**1.5 / math.sqrt(volume)


def partial_liquidation_qty(
    price: float,
    qty: float,
    equity_usd: float,
    maintenance_rate: float,
    alpha: float,
    cost_usd: float = 0.0,
) -> float:
    """Smallest dq after which equity covers the maintenance requirement of what is left.

    theory 1.2, as of 2026-11-20: "Greedy size: smallest dq with e~ >= mu p_t (q-dq); with linear
    impact solve (alpha/2) dq² - mu p_t dq + (mu p_t q - e + tau) = 0, cap at q."

    The smaller root, written so that α = 0 needs no case: dq = 2C/(μp + sqrt((μp)² - 2αC)), C the
    constant.

    Reading: `cost_usd` is fixed, and not charged when nothing need be closed; if no size suffices
    (no real root), everything is closed.
    """
    relief = maintenance_rate * price  # USD of requirement freed per contract closed
    if equity_usd >= relief * qty:
        return 0.0
    gap = relief * qty - equity_usd + cost_usd
    discriminant = relief * relief - 2 * alpha * gap
    if discriminant < 0:
        return qty
    return min(qty, 2 * gap / (relief + math.sqrt(discriminant)))
