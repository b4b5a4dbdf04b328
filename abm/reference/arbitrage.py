"""An arbitrageur as an agent: mends its own legs, then trades the widest gap it watches."""

import math
from typing import NamedTuple

from abm.agents.arbitrage import BASIS, CROSS
from abm.agents.trading import CUT_LEG
from abm.market.columns import ARBITRAGEUR
from abm.reference.accounts import Account
from abm.reference.crossing import mend_legs, room_for
from abm.reference.markets import Book
from abm.reference.rules import carry_share, gap_order_usd, price_slope
from abm.reference.traders import Trader
from abm.reference.venues import Venue


class Place(NamedTuple):
    """Where it may trade one instrument, and what that costs."""

    venue: Venue
    account: Account
    book: Book

    @property
    def fee(self) -> float:
        """Taker fee, share of notional."""
        return self.venue.rulebook.taker_fee


def slope_of(book: Book, sign: float) -> float:
    """Log move per USD bought (sign > 0) or sold."""
    quoted = book.ask_usd if sign > 0.0 else book.bid_usd
    return price_slope(*book.impacts, quoted)


class Arbitrageur(Trader):
    """Buys where a price is low and sells where it is high."""

    role = ARBITRAGEUR

    def act(self) -> None:
        for k in range(len(self.spot_units)):
            if mend_legs(self, k, CUT_LEG):
                continue
            places = self.open_places(k)
            if not places:
                continue
            if self.traits.style == CROSS:
                self.trade_prices(k, places)
            elif self.traits.style == BASIS:
                self.trade_basis(k, places)
            else:
                self.trade_funding(k, places)

    def open_places(self, k: int) -> list[Place]:
        """Accounts with equity that are not in forced close, where there is a book."""
        return [
            Place(venue, account, venue.books[k])
            for venue, account in self.accounts
            if account.positions[k].margin.closing == 0.0
            and account.cross.equity_usd > 0.0
            and venue.rulebook.lists(k)
        ]

    def room(self, place: Place, k: int, sign: float) -> float:
        """Contracts of one sign that it may still order there, >= 0."""
        return sign * room_for(place.venue, place.account, k, sign, self.target_leverage)

    def trade_pair(self, k: int, cheap: Place, dear: Place, contracts: float) -> None:
        """Buy on one account and sell as much on another, as far as both have room."""
        size = min(contracts, self.room(cheap, k, 1.0), self.room(dear, k, -1.0))
        if size > 0.0:
            cheap.account.positions[k].order_contracts += size
            dear.account.positions[k].order_contracts -= size

    def trade_prices(self, k: int, places: list[Place]) -> None:
        """Buy on the cheapest venue and sell on the dearest."""
        cheap = min(places, key=lambda place: place.book.middle)
        dear = max(places, key=lambda place: place.book.middle)
        if cheap is dear:
            return
        gap = math.log(dear.book.middle / cheap.book.middle)
        slopes = slope_of(cheap.book, 1.0), slope_of(dear.book, -1.0)
        order = gap_order_usd(gap, cheap.fee + dear.fee, *slopes) * self.traits.fraction
        self.trade_pair(k, cheap, dear, order / cheap.book.instrument.index_price)

    def trade_basis(self, k: int, places: list[Place]) -> None:
        """Sell a dear perpetual and buy spot, or the reverse from spot that is held."""
        instrument, spot = places[0].book.instrument, self.around.choices.spot
        cheap = min(places, key=lambda place: place.book.middle)
        dear = max(places, key=lambda place: place.book.middle)
        above = math.log(dear.book.middle / instrument.index_price)
        below = math.log(instrument.index_price / cheap.book.middle)
        place, sign = (dear, -1.0) if above >= below else (cheap, 1.0)
        slope = slope_of(place.book, sign)
        spot_slope = spot.impact / instrument.spot_depth_usd
        order = gap_order_usd(max(above, below), place.fee + spot.fee, slope, spot_slope)
        size = min(
            order * self.traits.fraction / instrument.index_price,
            self.room(place, k, sign),
            self.affordable_spot(k) if sign < 0.0 else max(0.0, self.spot_units[k]),
        )
        if size > 0.0:
            place.account.positions[k].order_contracts += sign * size
            self.spot_order[k] -= sign * size

    def trade_funding(self, k: int, places: list[Place]) -> None:
        """Long where funding is low, short where it is high, by a share of the room."""
        low = min(places, key=lambda place: place.book.funding_rate)
        high = max(places, key=lambda place: place.book.funding_rate)
        if low is high:
            return
        gap = high.book.funding_rate - low.book.funding_rate
        share = carry_share(gap, low.fee + high.fee) * self.traits.fraction
        self.trade_pair(k, low, high, share * min(self.room(low, k, 1.0), self.room(high, k, -1.0)))
