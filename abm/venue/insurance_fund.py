"""The insurance fund: cash that pays for bankrupt orders, never negative, never below its floor.

The floor comes from the ADL design's trigger: most designs let the fund run dry, a drawdown trigger
(Bybit) stops it at a share of its rolling peak.
"""

from abm.kernel import kernel
from abm.market.columns import Venues


@kernel
def payable(venues: Venues, v: int, floor_usd: float) -> float:
    """What the fund of venue `v` may still pay [USD]."""
    return float(max(0.0, venues.fund_usd[v] - floor_usd))


@kernel
def pay_into_fund(venues: Venues, book: tuple[int, int], amount_usd: float) -> None:
    """Add to the fund on account of a book (draw, if negative); keep its peaks and largest fall."""
    v, k = book
    balance = max(0.0, venues.fund_usd[v] + amount_usd)
    venues.fund_pnl_usd[v, k] += balance - venues.fund_usd[v]
    venues.fund_pnl_peak_usd[v, k] = max(venues.fund_pnl_peak_usd[v, k], venues.fund_pnl_usd[v, k])
    venues.fund_usd[v] = balance
    venues.fund_peak_usd[v] = max(venues.fund_peak_usd[v], balance)
    fall = venues.fund_peak_usd[v] - balance
    venues.fund_drawdown_usd[v] = max(venues.fund_drawdown_usd[v], fall)
