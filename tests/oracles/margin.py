"""Margin arithmetic: when a position is liquidated, when it is bankrupt, what it must hold.

Sides are +1 long, -1 short; prices are USD per contract; c is cash including funding.
"""

from fractions import Fraction
from itertools import pairwise


def bankruptcy_price(side: int, qty: float, entry_price: float, cash_usd: float) -> float:
    """Price of zero equity of a single position.

    theory 1.2, as of 2026-11-20: "Implement p_bk = p_open - b (c+Γ)/q", "floored at 0"; qty is
    unsigned.
    """
    return max(0.0, entry_price - side * cash_usd / qty)


def liquidation_price(
    side: int, qty: float, entry_price: float, cash_usd: float, maintenance_rate: float
) -> float:
    """Price at which equity equals μ p q, for a single position and one rate.

    theory 1.2, as of 2026-11-20: "long (p_open-(c+Γ)/q)/(1-mu), short (p_open+(c+Γ)/q)/(1+mu)".

    Reading: floored at 0 like the bankruptcy price (the fixture prints 0 where the formula is
    negative).
    """
    return max(0.0, (entry_price - side * cash_usd / qty) / (1 - side * maintenance_rate))


def maintenance_deductions_usd(tiers: list[tuple[float, float]]) -> list[float]:
    """The constant of each tier that keeps the requirement continuous.

    Tiers are (lower notional bound, rate), ascending from bound 0.  General practice of venues'
    tier tables, where the constant is printed as "maintenance amount"; designs gives no table.
    """
    deductions = [Fraction(0)]
    for (_, below), (bound, rate) in pairwise(tiers):
        step = Fraction(bound) * (Fraction(rate) - Fraction(below))
        deductions.append(deductions[-1] + step)
    return [float(deduction) for deduction in deductions]


def maintenance_margin_usd(notional_usd: float, tiers: list[tuple[float, float]]) -> float:
    """Notional * rate - deduction of the tier the notional falls in.

    Reading: tiers are marginal, so at a bound either tier gives the same.
    """
    margin = 0.0
    for (bound, rate), deduction in zip(tiers, maintenance_deductions_usd(tiers), strict=True):
        if notional_usd >= bound:
            margin = notional_usd * rate - deduction
    return margin


def marginal_maintenance_margin_usd(notional_usd: float, tiers: list[tuple[float, float]]) -> float:
    """The same requirement without deductions: each slice of notional at its own rate."""
    margin = 0.0
    for k, (bound, rate) in enumerate(tiers):
        upper = tiers[k + 1][0] if k + 1 < len(tiers) else notional_usd
        margin += rate * max(0.0, min(notional_usd, upper) - bound)
    return margin


def equity_usd(wallet_usd: float, positions: list[dict]) -> float:
    """Equity e = W + sum u, u = q(M-E) (designs 0, as of 2026-11-20)."""
    equity = wallet_usd
    for position in positions:
        gain = position["mark_price"] - position["entry_price"]
        equity += position["qty_contracts"] * gain
    return equity


def dydx_close_prices(positions: list[dict], net_collateral_usd: float) -> list[float]:
    """Bankruptcy price of each position of one account, the deficit spread by maintenance margin.

    dYdX v4, designs 3.5, as of 2026-11-20 [C]: "Quote for closing Δ: -ΔNNV - TNC |ΔMMR|/TMMR, i.e.
    the deficit is spread over a multi-position account in proportion to MMR, not notional".

    Closing all of position j is Δ = -q_j, so the account's quote balance moves by q_j O_j - TNC
    MMR_j/TMMR, and the price is that per contract: P_j = O_j - (TNC/q_j) (MMR_j/TMMR).  A position
    carries qty_contracts, oracle_price, maintenance_margin_usd.

    Reading: no floor at 0; MMR is linear in size, so a partial close has the same price.
    """
    total_margin = 0.0
    for position in positions:
        total_margin += position["maintenance_margin_usd"]
    prices = []
    for position in positions:
        share = position["maintenance_margin_usd"] / total_margin
        quote = position["qty_contracts"] * position["oracle_price"] - net_collateral_usd * share
        prices.append(quote / position["qty_contracts"])
    return prices


def funding_payment_usd(qty_contracts: float, mark_price: float, funding_rate: float) -> float:
    """What the account pays for one funding interval; negative when it receives.

    theory 1.1, as of 2026-11-20: "Γ = sum b_i q_i γ_s p_s"; "sign: γ > 0 => shorts pay longs
    (opposite to venues)".

    Reading: the venues' sign, longs pay when the rate is positive, so the payment is +q p rate
    with q signed (Γ is a receipt in the paper, with γ of the opposite sign); valued at the mark.
    """
    return qty_contracts * mark_price * funding_rate
