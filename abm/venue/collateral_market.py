"""Collateral with a market of its own on each venue: it can depeg there, and there only.

    own price     p_v = P exp(d_v)            P the redemption value, d_v the venue's discount, log
    discount      d_v <- d_v 2^(-dt / recovery_s) - impact * flow / depth       sales deepen it
    mean fill     p_v exp(-impact flow / (2 depth))        all sales of a tick clear at one price
    valued by     own book: p_v · redemption: P · median of (p_v, P, mean of the other venues' p)

`asset_price` is P, the true value outside the venues; it is written before this. A venue reads a
collateral price once a tick, so what it sells in a waterfall lowers what it counts from the next
tick on: how much is sold is known only when the tick's fills and takeovers are, and a price that
moved between the margin check and the waterfall would let an account that was never checked be
found short.

On 10 October 2025 USDe traded at 0.65 on one venue, which valued it by its own book, and never
below 0.9998 in the pool where it is exchanged; the venue compensated the liquidated and went over
to a value that includes redemption (Binance, announcements of 12 and 14 October 2025).
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.market.columns import Markets
from abm.units import Flags, Floats, Ints
from abm.venue.mark import keep
from abm.words import check_words

OWN_BOOK, REDEMPTION, MEDIAN = range(3)
"""How a venue values a collateral asset."""

VALUATIONS = ("own_book", "redemption", "median")
"""Names of the valuations, by code."""

_SHOCK_ASSET, _SHOCK_VENUE, _SHOCK_SHARE, _SHOCK_AT_S, _SHOCK_OVER_S = range(5)


@dataclass(frozen=True)
class CollateralShock:
    """A sell flow from outside on one venue.

    Attributes:
        venue: name of the venue.
        share: flow as a share of the asset's depth there.
        at_s, over_s: when it starts, and for how long it comes in evenly.
    """

    venue: str = "venue"
    share: float = 1.0
    at_s: float = 0.0
    over_s: float = 60.0

    def __post_init__(self) -> None:
        if not (self.share >= 0.0 and self.at_s >= 0.0 and self.over_s > 0.0):
            raise ValueError("a shock needs a share and at_s of at least 0, and over_s above 0.")


@dataclass(frozen=True)
class CollateralMarket:
    """An asset's markets on the venues; without a finite depth it has none.

    Attributes:
        depth_usd: flow that moves the price by `impact`; one number, or one per venue.
        depth_per_held: the same as a share of what accounts hold there at the start; the smaller
            of the two counts.
        impact: log move per unit of depth, linear.
        recovery_s: half-life of a discount, arbitrage with the redemption value; inf when transfers
            stall.
        valued_by: "own_book", "redemption" or "median" (of own book, redemption, other venues).
        shocks: sales from outside.
    """

    depth_usd: tuple[float, ...] = (np.inf,)
    depth_per_held: float = np.inf
    impact: float = 0.01
    recovery_s: float = 600.0
    valued_by: Literal["own_book", "redemption", "median"] = "redemption"
    shocks: tuple[CollateralShock, ...] = ()

    def __post_init__(self) -> None:
        check_words(self)
        if not self.depth_usd or not min(self.depth_usd) > 0.0 or not self.depth_per_held > 0.0:
            raise ValueError("depth_usd and depth_per_held must be above 0; inf means no market.")
        if not self.impact >= 0.0 or not self.recovery_s > 0.0:
            raise ValueError("a collateral market needs an impact of at least 0, recovery_s above.")
        if self.shocks and not self.is_open:
            raise ValueError("shocks need a market: give a finite depth_usd or depth_per_held.")

    @property
    def is_open(self) -> bool:
        """Has the asset a market of its own?"""
        return min(*self.depth_usd, self.depth_per_held) < math.inf


class AssetMarkets(NamedTuple):
    """Collateral markets of all venues."""

    has_market: Flags  # [C]
    depth_usd: Floats  # [V, C]
    impact: Floats  # [C]
    recovery_s: Floats  # [C]
    valued_by: Ints  # [C]
    discount: Floats  # [V, C] log own price over redemption
    shocks: Floats  # [Z, 5] asset, venue, share, at_s, over_s
    first_value: Floats  # [V, C] what a venue counted per unit at the start [USD]
    share_to_sell: Floats  # [A] scratch: of an account's collateral
    units_to_sell: Floats  # [C] scratch
    sold_usd: Floats  # [1] collateral sold by venues so far
    lowest: Floats  # [1] lowest value / first value over venues and assets; NaN without assets


def asset_market_columns(
    markets_of: tuple[CollateralMarket, ...], venues: tuple[str, ...], held_usd: Floats,
    value: Floats, accounts: int,
) -> AssetMarkets:  # fmt: skip
    """Columns of all collateral markets at t = 0.

    Args:
        markets_of: one per asset.
        venues: names of the venues.
        held_usd: `[V, C]` what accounts hold, at the redemption value.
        value: `[V, C]` what a venue counts per unit [USD].
        accounts: A.

    Raises:
        ValueError: if an asset gives depths for another number of venues.
    """
    shape = held_usd.shape
    depth = np.full(shape, np.inf)
    for c, market in enumerate(markets_of):
        if len(market.depth_usd) not in (1, len(venues)):
            raise ValueError(
                f"depth_usd gives {len(market.depth_usd)} numbers for {len(venues)} venues: give "
                "one, or one per venue."
            )
        depth[:, c] = market.depth_usd
        if market.depth_per_held < np.inf:
            held = np.maximum(held_usd[:, c], 1.0)  # an empty venue still has a market
            depth[:, c] = np.minimum(depth[:, c], market.depth_per_held * held)
    shocks = [
        (float(c), float(venues.index(s.venue)), s.share, s.at_s, s.over_s)
        for c, market in enumerate(markets_of)
        for s in market.shocks
    ]
    return AssetMarkets(
        has_market=np.array([m.is_open for m in markets_of], np.bool_),
        depth_usd=depth,
        impact=np.array([m.impact for m in markets_of], np.float64),
        recovery_s=np.array([m.recovery_s for m in markets_of], np.float64),
        valued_by=np.array([VALUATIONS.index(m.valued_by) for m in markets_of], np.int64),
        discount=np.zeros(shape),
        shocks=np.array(shocks, np.float64).reshape(-1, 5),
        first_value=value.copy(),
        share_to_sell=np.zeros(accounts),
        units_to_sell=np.zeros(shape[1]),
        sold_usd=np.zeros(1),
        lowest=np.full(1, 1.0 if shape[1] else np.nan),
    )


@kernel
def own_price(redemption_usd: float, discount: float) -> float:
    """Price of an asset on a venue's own market [USD per unit]."""
    return redemption_usd * math.exp(discount)


@kernel
def mean_fill(price: float, impact: float, share: float) -> float:
    """Mean price of a sale of `share` of the depth [USD per unit]."""
    return price * math.exp(-0.5 * impact * share)


@kernel
def middle_of(first: float, second: float, third: float) -> float:
    """Median of three."""
    return max(min(first, second), min(max(first, second), third))


@kernel
def valued(kind: int, own: float, redemption: float, elsewhere: float) -> float:
    """What a venue takes an asset to be worth, before its haircut [USD per unit]."""
    if kind == OWN_BOOK:
        return own
    if kind == MEDIAN:
        return middle_of(own, redemption, elsewhere)
    return redemption


@kernel
def share_to_restore(cash_usd: float, value_usd: float) -> float:
    """Share of collateral worth `value_usd` that brings cash below zero back to zero, in [0, 1]."""
    if cash_usd >= 0.0 or value_usd <= 0.0:
        return 0.0
    return min(1.0, -cash_usd / value_usd)


@kernel
def shocked(share: float, now_s: float, dt_s: float, at_s: float, over_s: float) -> float:
    """Part of a shock's flow that comes in during the tick that ends at `now_s`."""
    begin = max(now_s - dt_s, at_s)
    end = min(now_s, at_s + over_s)
    return share * max(0.0, end - begin) / over_s


@kernel
def move_discounts(assets: AssetMarkets, now_s: float, dt_s: float) -> None:
    """Arbitrage closes every discount; shocks from outside open them."""
    for c in range(assets.has_market.size):
        if assets.has_market[c]:
            kept = keep(assets.recovery_s[c], dt_s)
            for v in range(assets.discount.shape[0]):
                assets.discount[v, c] *= kept
    for z in range(assets.shocks.shape[0]):
        shock = assets.shocks[z]
        c, v = int(shock[_SHOCK_ASSET]), int(shock[_SHOCK_VENUE])
        flow = shocked(shock[_SHOCK_SHARE], now_s, dt_s, shock[_SHOCK_AT_S], shock[_SHOCK_OVER_S])
        assets.discount[v, c] -= assets.impact[c] * flow


@kernel
def value_collateral(assets: AssetMarkets, markets: Markets, now_s: float, dt_s: float) -> None:
    """Set what every venue counts per unit of every asset; `asset_price` has been set."""
    venues = markets.mark_price.shape[0]
    move_discounts(assets, now_s, dt_s)
    for c in range(assets.has_market.size):
        redemption = markets.asset_price[c]
        kept = 1.0 - markets.collateral_haircut[c]
        total = 0.0
        for v in range(venues):
            total += own_price(redemption, assets.discount[v, c])
        for v in range(venues):
            own = own_price(redemption, assets.discount[v, c])
            elsewhere = (total - own) / (venues - 1) if venues > 1 else redemption
            price = valued(assets.valued_by[c], own, redemption, elsewhere)
            markets.collateral_value[v, c] = price * kept
            ratio = markets.collateral_value[v, c] / assets.first_value[v, c]
            assets.lowest[0] = min(assets.lowest[0], ratio)
