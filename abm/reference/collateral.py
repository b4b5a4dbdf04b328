"""Collateral markets as objects: one per venue and asset, and the sales that move them.

Prices are those of `abm.venue.collateral_market`: the redemption value times a discount of the
venue's own, which sales deepen and arbitrage closes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from abm.reference.accounts import Account, CrossMargin
from abm.reference.ledger import Ledger
from abm.reference.markets import Asset
from abm.reference.rules import keep, mean_fill, middle_of, own_price, share_to_restore, shocked
from abm.reference.venues import Venue
from abm.venue.collateral_market import CollateralMarket


@dataclass
class AssetMarket:
    """One asset's market on one venue.

    Attributes:
        asset: as the venue counts it.
        choice: the scenario's terms.
        venue_name: which shocks hit it.
        discount: log own price over redemption.
        first_value: what the venue counted per unit at the start.
    """

    asset: Asset
    choice: CollateralMarket
    venue_name: str
    depth_usd: float
    first_value: float
    discount: float = 0.0

    @property
    def price(self) -> float:
        """Price on the venue's own market."""
        return own_price(self.asset.price_usd, self.discount)

    def advance(self, now_s: float, dt_s: float) -> None:
        """Let arbitrage close the discount; take in the shocks of this tick."""
        self.discount *= keep(self.choice.recovery_s, dt_s)
        for shock in self.choice.shocks:
            if shock.venue == self.venue_name:
                flow = shocked(shock.share, now_s, dt_s, shock.at_s, shock.over_s)
                self.discount -= self.choice.impact * flow

    def value(self, others: Sequence["AssetMarket"]) -> None:
        """Set what the venue counts per unit; `others` are the markets of the other venues."""
        price = self.asset.price_usd
        if self.choice.valued_by == "own_book":
            price = self.price
        elif self.choice.valued_by == "median":
            elsewhere = sum(other.price for other in others) / len(others)
            price = middle_of(self.price, price, elsewhere)
        self.asset.value_usd = price * (1.0 - self.asset.haircut)

    def sell(self, units: float) -> float:
        """Sell `units`; the mean price they fetch."""
        price = self.price
        flow = units * price / self.depth_usd
        self.discount -= self.choice.impact * flow
        return mean_fill(price, self.choice.impact, flow)


@dataclass
class CollateralDesk:
    """All collateral markets of a model.

    Attributes:
        markets: by asset, then by venue.
        lowest: lowest value / first value so far; NaN without assets.
    """

    markets: list[list[AssetMarket]]
    lowest: float = math.nan
    sold_usd: float = 0.0

    def __post_init__(self) -> None:
        if self.markets:
            self.lowest = 1.0

    def value(self, now_s: float, dt_s: float) -> None:
        """Move all discounts, then let every venue value every asset."""
        for venues in self.markets:
            for market in venues:
                if market.choice.is_open:
                    market.advance(now_s, dt_s)
            for market in venues:
                market.value([other for other in venues if other is not market])
                ratio = market.asset.value_usd / market.first_value
                self.lowest = min(self.lowest, ratio)

    def sell(self, venue: Venue, ledger: Ledger) -> None:
        """What a venue sells after its waterfall: of the estate, and of whoever owes cash."""
        place = self.place_of(venue)
        if place < 0:
            return
        open_markets = {
            c: row[place] for c, row in enumerate(self.markets) if row[0].choice.is_open
        }
        shares = {a: self.share_to_sell(venue, a, open_markets) for a in venue.accounts}
        for c, market in open_markets.items():
            orders = [(a.cross, share * a.cross.units[c]) for a, share in shares.items()]
            units = math.fsum(sold for _, sold in orders)
            if units <= 0.0:
                continue
            paid = market.sell(units)
            self.sold_usd += units * paid
            for margin, sold in orders:
                margin.units[c] -= sold
                margin.cash_usd += sold * paid
                ledger.external_usd += sold * paid

    def place_of(self, venue: Venue) -> int:
        """Number of a venue among the markets; -1 when no asset exists."""
        for markets in self.markets:
            return [market.asset for market in markets].index(venue.assets[0])
        return -1

    def share_to_sell(
        self, venue: Venue, account: Account, open_markets: dict[int, AssetMarket]
    ) -> float:
        """Share of an account's marketed collateral that must be sold now."""
        if account is venue.estate:
            return 1.0
        if account.cross.closing == 0.0:
            return 0.0
        owned = sum(account.cross.units[c] * market.price for c, market in open_markets.items())
        return share_to_restore(account.cross.cash_usd, owned)


def hand_over_collateral(margin: CrossMargin, estate: CrossMargin) -> None:
    """The estate takes a bankrupt account's marketed collateral at the venue's value."""
    for c, asset in enumerate(margin.assets):
        if asset.has_market:
            value = margin.units[c] * asset.value_usd
            estate.units[c] += margin.units[c]
            margin.units[c] = 0.0
            estate.cash_usd -= value
            margin.cash_usd += value
