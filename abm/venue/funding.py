"""Funding: the cash that ties a perpetual to its index.

    rate per 8 h   f = clip(sensitivity * premium, -cap, cap)
    payment        q * mark * f * dt / 8 h, from longs to shorts when f > 0

With open interest net zero the payments sum to zero. Source: Hyperliquid docs, "funding" (premium
plus clamped interest; the interest of 0.01 % per 8 h is left out), as of 2025-10.
"""

from abm.kernel import kernel
from abm.market.columns import Accounts, Markets
from abm.market.tape import FUNDING, Tape, log
from abm.market.trades import charge
from abm.venue.rulebook import Rules

EIGHT_HOURS_S = 28_800.0
"""The interval for which funding rates are quoted [s]."""


@kernel
def funding_rate(premium: float, sensitivity: float, cap: float) -> float:
    """Rate per eight hours for a log premium of the mark over the index [1]."""
    return min(max(sensitivity * premium, -cap), cap)


@kernel
def funding_payment(qty_contracts: float, mark_price: float, rate: float, dt_s: float) -> float:
    """What a position pays over `dt_s` (receives, if negative) [USD]."""
    return qty_contracts * mark_price * rate * (dt_s / EIGHT_HOURS_S)


@kernel
def accrue_funding(
    accounts: Accounts, markets: Markets, rules: Rules, tape: Tape, dt_s: float
) -> None:
    """Charge one tick of funding on every open position."""
    for k in range(markets.index_price.size):
        for v in range(markets.mark_price.shape[0]):
            markets.funding_rate[v, k] = funding_rate(
                markets.transient[v, k] + markets.permanent[v, k],
                rules.funding_sensitivity[v],
                rules.funding_cap[v],
            )
        for row in range(accounts.cash_usd.size):
            qty = accounts.qty_contracts[row, k]
            v = accounts.venue[row]
            rate = markets.funding_rate[v, k]
            if qty != 0.0 and rate != 0.0:
                payment = funding_payment(qty, markets.mark_price[v, k], rate, dt_s)
                charge(accounts, row, k, payment)
                log(tape, FUNDING, (v, k), accounts.account_id[row], 0.0, rate, payment)
