"""The insurance fund: cash that pays for bankrupt orders, never negative, never below its floor.

The limits come from the ADL design's trigger: most designs let the fund run dry, a drawdown trigger
stops it at a share of its rolling peak (OKX) or gives each book an allowance of its own (Bybit).
"""

from abm.kernel import kernel
from abm.market.columns import Venues
from abm.units import Floats
from abm.venue.staking import slashed

FLOOR, ALLOWANCE = 0, 1
"""Rows of the limits `[2, K]`: no draw below FLOOR; no book draws more than its ALLOWANCE."""


@kernel
def payable(venues: Venues, v: int, limits: Floats, k: int) -> float:
    """What the fund of venue `v` may still pay for book `k` [USD]."""
    above_floor = max(0.0, venues.fund_usd[v] - limits[FLOOR, k])
    return float(min(above_floor, max(0.0, limits[ALLOWANCE, k])))


@kernel
def pay_for_another(venues: Venues, v: int, amount_usd: float) -> None:
    """Draw on the fund for another venue: no book of its own has brought or cost it anything."""
    venues.fund_usd[v] = max(0.0, venues.fund_usd[v] - amount_usd)
    fall = venues.fund_peak_usd[v] - venues.fund_usd[v]
    venues.fund_drawdown_usd[v] = max(venues.fund_drawdown_usd[v], fall)


@kernel
def pay_into_fund(venues: Venues, book: tuple[int, int], amount_usd: float) -> None:
    """Add to the fund on account of a book (draw, if negative); keep its peaks and largest fall."""
    v, k = book
    balance = max(0.0, venues.fund_usd[v] + amount_usd)
    slash(venues, v, venues.fund_usd[v] - balance)
    venues.fund_pnl_usd[v, k] += balance - venues.fund_usd[v]
    venues.fund_pnl_peak_usd[v, k] = max(venues.fund_pnl_peak_usd[v, k], venues.fund_pnl_usd[v, k])
    venues.fund_usd[v] = balance
    venues.fund_peak_usd[v] = max(venues.fund_peak_usd[v], balance)
    fall = venues.fund_peak_usd[v] - balance
    venues.fund_drawdown_usd[v] = max(venues.fund_drawdown_usd[v], fall)


@kernel
def slash(venues: Venues, v: int, paid_usd: float) -> None:
    """Take from the stakes their part of what the fund pays; a payment comes before it."""
    order = venues.slashing_order[v]
    cut = slashed(order, paid_usd, venues.stakers_usd[v], venues.fund_usd[v])
    venues.stakers_usd[v] -= cut
    venues.slashed_usd[v] += cut


@kernel
def pay_stakers(venues: Venues, v: int, amount_usd: float) -> None:
    """Take a stake out of the fund (put one in, if negative); its peak moves along."""
    venues.fund_usd[v] = max(0.0, venues.fund_usd[v] - amount_usd)
    venues.stakers_usd[v] = max(0.0, venues.stakers_usd[v] - amount_usd)
    venues.fund_peak_usd[v] = max(venues.fund_peak_usd[v] - amount_usd, venues.fund_usd[v])
