"""Traders as Mesa agents: what each looks at, and what it does.

A trader looks at the market with probability 1 - exp(-rate dt) per tick. Looking, it first reacts
to its published place in the queue, if that is high and the position is in profit; otherwise it
trades as its kind does. Makers only quote; the house works off what vault and estate hold.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import mesa  # type: ignore[import-untyped]

from abm.agents.reactions import HEDGE, HOLD, LEAVE
from abm.agents.trading import SPOT
from abm.engine.scenario import Scenario
from abm.market.columns import (
    BACKSTOP,
    DIRECTIONAL,
    HEDGER,
    HOUSE,
    MARKET_MAKER,
)
from abm.reference.accounts import Account, Position
from abm.reference.crossing import mend_legs
from abm.reference.ledger import Ledger
from abm.reference.markets import Instrument
from abm.reference.rules import (
    centred,
    directional_order,
    looks,
    mend_hedge,
    quote_usd,
    quotes,
    react,
    wants_out,
)
from abm.reference.venues import Venue
from abm.units import SECONDS_PER_YEAR


class Surroundings(Protocol):
    """What a trader reads of its model."""

    choices: Scenario
    instruments: list[Instrument]
    ledger: Ledger
    attention: Sequence[float]
    noise: Sequence[float]


class Traits(NamedTuple):
    """One trader's parameters; see `abm.market.columns.Traders`."""

    target_leverage: float
    attention_per_s: float
    reaction: int
    threshold: float
    fraction: float
    trend: float
    noise: float
    style: int


class Trader(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A decision maker with accounts on one or more venues, a wallet and spot holdings.

    Attributes:
        trader_id: persistent; keys the random draws. Also the place among the traders.
        accounts: with the venue of each, in the order of their rows.
        wallet_usd: cash off the venues.
        spot_units, spot_order: by instrument.
        initial_usd: wealth at the start.
        left: has left the market for good.
    """

    role: int

    def __init__(
        self,
        model: mesa.Model,
        trader_id: int,
        traits: Traits,
        wallet_usd: float,
        spot_units: list[float],
    ) -> None:
        super().__init__(model)
        self.around: Surroundings = model
        self.trader_id = trader_id
        self.traits = traits
        self.target_leverage = traits.target_leverage
        self.accounts: list[tuple[Venue, Account]] = []
        self.wallet_usd = wallet_usd
        self.spot_units = spot_units
        self.spot_order = [0.0] * len(spot_units)
        self.initial_usd = 0.0
        self.left = False

    def decide(self) -> None:
        """Look, and if so act: orders into the positions' `order_contracts` and `spot_order`."""
        if self.left:
            self.wind_up()
            return
        draw = self.around.attention[self.trader_id]
        if looks(self.traits.attention_per_s, self.around.choices.dt_s, draw):
            self.act()

    def act(self) -> None:
        """What this kind of trader does when it looks."""

    def wind_up(self) -> None:
        """Having left, sell what is still held, tick by tick, until nothing is."""
        for _, account in self.accounts:
            for position in account.positions:
                if position.margin.closing == 0.0:
                    position.order_contracts = -position.qty_contracts
        self.spot_order = [-units for units in self.spot_units]

    def react_to_place(self, venue: Venue, position: Position) -> bool:
        """Carry out the trader's reaction to its place in the queue; True if it reacted."""
        traits, ledger = self.traits, self.around.ledger
        if not wants_out(position.visible, traits.threshold, position.pnl_usd):
            return False
        equity = position.margin.equity_usd
        if traits.reaction == HOLD or equity <= 0.0:
            return False
        leverage = position.notional_usd / equity
        order, paid_in, elsewhere = react(
            traits.reaction, position.qty_contracts, equity, leverage, self.target_leverage,
            traits.fraction, self.wallet_usd,
        )  # fmt: skip
        k, mark = position.book.k, position.book.mark_price
        if traits.reaction == HEDGE and self.is_hedged(k):
            return True
        position.order_contracts += order
        if paid_in > 0.0:
            self.wallet_usd -= paid_in
            position.charge(-paid_in)
        if elsewhere != 0.0:
            elsewhere = self.hedge_elsewhere(venue, k, elsewhere)
        if traits.reaction == LEAVE:
            self.left = True
        ledger.reaction_usd[self.role] += order * mark
        ledger.reaction_volume_usd += (abs(order) + abs(elsewhere)) * mark
        return True

    def is_hedged(self, k: int) -> bool:
        """Is the net position over all venues and spot already below half of the gross?"""
        net = self.spot_units[k]
        gross = abs(net)
        for _, account in self.accounts:
            net += account.positions[k].qty_contracts
            gross += abs(account.positions[k].qty_contracts)
        return abs(net) < 0.5 * gross

    def hedge_elsewhere(self, venue: Venue, k: int, contracts: float) -> float:
        """Buy contracts on another venue where the trader has equity, else in spot.

        Within initial margin there; spot is bought with the wallet's cash and sold from what is
        held: nobody borrows. Contracts ordered.
        """
        for other, account in self.accounts:
            if other is not venue and account.cross.equity_usd > 0.0 and other.rulebook.lists(k):
                position, margin = account.positions[k], account.cross
                room = directional_order(
                    position.qty_contracts, margin.notional_usd, margin.equity_usd,
                    position.book.mark_price, math.inf if contracts > 0.0 else -math.inf,
                    other.rulebook.max_leverage / position.book.margin_factor,
                )  # fmt: skip
                ordered = min(contracts, room) if contracts > 0.0 else max(contracts, room)
                position.order_contracts += ordered
                return ordered
        if contracts > 0.0:
            ordered = min(contracts, self.affordable_spot(k))
        else:
            ordered = max(contracts, -max(0.0, self.spot_units[k]))
        self.spot_order[k] += ordered
        return ordered

    def affordable_spot(self, k: int) -> float:
        """Units of spot that the wallet pays for, fee included."""
        price = self.around.instruments[k].index_price * (1.0 + self.around.choices.spot.fee)
        return max(0.0, self.wallet_usd) / price

    def taken_usd(self) -> float:
        """Cost of ADL to all accounts of the trader [USD]."""
        return sum(account.taken_usd for _, account in self.accounts)

    def wealth_usd(self) -> float:
        """Equity on all venues, collateral in full, wallet and spot; no account below zero."""
        owned = 0.0
        for _, account in self.accounts:
            cross = account.cross.cash_usd
            for units, asset in zip(account.cross.units, account.cross.assets, strict=True):
                cross += units * asset.price_usd
            for position in account.positions:
                if position.is_isolated:
                    owned += max(0.0, position.margin.equity_usd)
                else:
                    cross += position.pnl_usd
            owned += max(0.0, cross)
        for units, instrument in zip(self.spot_units, self.around.instruments, strict=True):
            owned += units * instrument.index_price
        return owned + self.wallet_usd


class DirectionalTrader(Trader):
    """Follows (or fades) the trend, with noise; never beyond its target leverage."""

    role = DIRECTIONAL

    def act(self) -> None:
        for venue, account in self.accounts:
            for position in account.positions:
                if position.margin.closing > 0.0:
                    continue
                if self.around.choices.reacting and self.react_to_place(venue, position):
                    continue
                if self.traits.trend != 0.0 or self.traits.noise != 0.0:
                    self.follow(account, position)

    def follow(self, account: Account, position: Position) -> None:
        """Send an order for the trend of the index and a random one."""
        k = position.book.k
        instrument = position.book.instrument
        move = math.log(instrument.index_price / instrument.slow_index)
        draw = self.around.noise[account.row * len(account.positions) + k]
        impulse = self.traits.trend * move + self.traits.noise * centred(draw)
        margin = account.cross if position.qty_contracts == 0.0 else position.margin
        position.order_contracts += directional_order(
            position.qty_contracts,
            margin.notional_usd,
            margin.equity_usd,
            position.book.mark_price,
            impulse,
            self.target_leverage,
        )


class Hedger(Trader):
    """Holds spot against a short perpetual and keeps the sum at zero."""

    role = HEDGER

    def act(self) -> None:
        if self.traits.style != SPOT:
            self.act_across()
            return
        for k, spot in enumerate(self.spot_units):
            perp = 0.0
            for venue, account in self.accounts:
                position = account.positions[k]
                if self.around.choices.reacting and position.margin.closing == 0.0:
                    self.react_to_place(venue, position)
                perp += position.qty_contracts
            if perp != 0.0 or spot != 0.0:
                self.spot_order[k] += min(mend_hedge(perp, spot), self.affordable_spot(k))

    def act_across(self) -> None:
        """React on every account, then mend the legs on several venues."""
        for k in range(len(self.spot_units)):
            for venue, account in self.accounts:
                position = account.positions[k]
                if self.around.choices.reacting and position.margin.closing == 0.0:
                    self.react_to_place(venue, position)
        for k in range(len(self.spot_units)):
            mend_legs(self, k, self.traits.style)


class MarketMaker(Trader):
    """Quotes on every instrument of its venue and takes what the book fills."""

    role = MARKET_MAKER

    def decide(self) -> None:
        """Makers send no orders."""

    def quote(self) -> None:
        """Quote for the next tick; a maker high in the queue stops adding to its position."""
        choices, traits = self.around.choices, self.traits
        calm = choices.makers.calm_volatility_per_year**2 / SECONDS_PER_YEAR
        for _, account in self.accounts:
            if not account.quotes:  # a pool quotes there
                continue
            pool = sum(other.cross.equity_usd for _, other in self.accounts)
            equity = pool / len(self.accounts) / len(account.positions)
            limit = choices.makers.inventory_leverage * max(0.0, equity)
            for position, quote in zip(account.positions, account.quotes, strict=True):
                book = position.book
                size = quote_usd(
                    equity, choices.makers.quote_leverage, book.instrument.variance_per_s, calm
                )
                inventory = position.qty_contracts * book.mark_price
                quote.bid_usd, quote.ask_usd = quotes(size, inventory, limit)
                if (
                    choices.reacting
                    and traits.reaction != HOLD
                    and position.visible >= traits.threshold
                ):
                    if inventory > 0.0:
                        quote.bid_usd *= 1.0 - traits.fraction
                    else:
                        quote.ask_usd *= 1.0 - traits.fraction


class House(Trader):
    """Owns the vaults and estates, and works their inventory off through the books."""

    role = HOUSE

    def decide(self) -> None:
        """Try to sell a share of the inventory each second."""
        for venue, account in self.accounts:
            if account.kind == BACKSTOP and account.cross.closing > 0.0:
                continue
            share = min(1.0, venue.rulebook.house_unwind_per_s * self.around.choices.dt_s)
            for position in account.positions:
                position.order_contracts = -share * position.qty_contracts
