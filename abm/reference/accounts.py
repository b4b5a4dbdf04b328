"""Accounts as objects: positions, and the margins that stand behind them.

An account has one cross margin (cash, other collateral, all positions that are not isolated) and
one margin for each isolated position. A margin is what is valued, liquidated and bankrupted:

    cross      e = cash + collateral after haircut + Σ unrealised PnL     as last valued
    isolated   e = cash set aside + unrealised PnL                        at the mark now

As on the engine's columns, the cross margin is valued at fixed moments of a tick, and whoever reads
it in between reads that value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from abm.market.columns import BACKSTOP, ESTATE
from abm.reference.markets import Asset, Book
from abm.reference.rules import average_cost, unrealised_pnl


class Owner(Protocol):
    """What an account needs to know of the trader behind it."""

    role: int
    target_leverage: float

    @property
    def spot_units(self) -> Sequence[float]:
        """Units held in spot, by instrument."""

    @property
    def accounts(self) -> Sequence[tuple[object, "Account"]]:
        """Its accounts, each with its venue."""


@dataclass(eq=False, slots=True)
class Position:
    """A position in one book, open or flat.

    Attributes:
        margin: the margin it belongs to.
        opening_leverage: notional / margin when it was opened.
        order_contracts: signed order sent to the book this tick.
        visible: published place in the queue as its owner sees it; NaN = nothing.
        hedged_share: of the position, offset by its owner's others and spot.
        frozen_usd: its profit when the venue took its last liability snapshot.
        liable_usd: the same of the snapshot before.
    """

    book: Book
    margin: "Margin"
    qty_contracts: float
    entry_price: float
    opening_leverage: float
    order_contracts: float = 0.0
    visible: float = math.nan
    hedged_share: float = 0.0
    frozen_usd: float = 0.0
    liable_usd: float = 0.0

    @property
    def notional_usd(self) -> float:
        """|q| mark [USD]."""
        return abs(self.qty_contracts) * self.book.mark_price

    @property
    def pnl_usd(self) -> float:
        """Unrealised profit at the mark [USD]."""
        return unrealised_pnl(self.qty_contracts, self.entry_price, self.book.mark_price)

    @property
    def is_isolated(self) -> bool:
        """Whether the position has a margin of its own."""
        return isinstance(self.margin, IsolatedMargin)

    def fill(self, traded: float, price: float) -> None:
        """Trade signed contracts at a price; realised profit goes to the margin."""
        before = self.qty_contracts
        self.qty_contracts, self.entry_price, realised = average_cost(
            before, self.entry_price, traded, price
        )
        self.margin.settle(before, traded, realised)

    def charge(self, amount_usd: float) -> None:
        """Take a cost from the margin behind the position (pay, if negative)."""
        self.margin.cash_usd -= amount_usd


@dataclass(eq=False, slots=True)
class CrossMargin:
    """The margin that an account's positions share.

    Attributes:
        cash_usd: deposits and realised profit.
        units: units of each collateral asset.
        closing: share in forced close; 2 = bankrupt.
        equity_usd, maintenance_usd, notional_usd, pnl_usd: as last valued.
    """

    cash_usd: float
    units: list[float]
    assets: list[Asset]
    positions: list[Position] = field(default_factory=list)
    closing: float = 0.0
    equity_usd: float = 0.0
    maintenance_usd: float = 0.0
    notional_usd: float = 0.0
    pnl_usd: float = 0.0

    def collateral_usd(self) -> float:
        """Collateral other than cash, after haircuts [USD]."""
        total = 0.0
        for units, asset in zip(self.units, self.assets, strict=True):
            total += units * asset.value_usd
        return total

    def value(self) -> None:
        """Value the margin at the marks now."""
        equity = self.cash_usd + self.collateral_usd()
        maintenance = notional = profit = 0.0
        for position in self.positions:
            if position.qty_contracts != 0.0:
                pnl, size = position.pnl_usd, position.notional_usd
                equity += pnl
                profit += pnl
                maintenance += position.book.maintenance_margin(size)
                notional += size
        self.equity_usd, self.maintenance_usd = equity, maintenance
        self.notional_usd, self.pnl_usd = notional, profit

    def settle(self, before: float, traded: float, realised_usd: float) -> None:
        """Take in the realised profit of a trade."""
        del before, traded
        self.cash_usd += realised_usd


@dataclass(eq=False, slots=True)
class IsolatedMargin:
    """The margin of one position; what a close releases goes to the cross margin."""

    cash_usd: float
    cross: CrossMargin
    positions: list[Position] = field(default_factory=list)
    closing: float = 0.0

    @property
    def position(self) -> Position:
        """The position it belongs to."""
        return self.positions[0]

    @property
    def pnl_usd(self) -> float:
        return self.position.pnl_usd

    @property
    def equity_usd(self) -> float:
        return self.cash_usd + self.position.pnl_usd

    @property
    def notional_usd(self) -> float:
        return self.position.notional_usd

    @property
    def maintenance_usd(self) -> float:
        return self.position.book.maintenance_margin(self.position.notional_usd)

    def settle(self, before: float, traded: float, realised_usd: float) -> None:
        """Take in the realised profit and release margin in proportion to what was closed."""
        margin = self.cash_usd + realised_usd
        after = self.position.qty_contracts
        kept = 0.0
        if before * traded >= 0.0:
            kept = 1.0
        elif after * before > 0.0:
            kept = min(1.0, after / before)
        self.cash_usd = margin * kept
        self.cross.cash_usd += margin - margin * kept


type Margin = CrossMargin | IsolatedMargin


@dataclass(slots=True)
class Quote:
    """What a maker still buys and sells of one book this tick [USD]."""

    bid_usd: float
    ask_usd: float


@dataclass(eq=False, slots=True)
class Account:
    """A trader's account at one venue.

    Attributes:
        account_id: persistent; decides ties and keys random draws.
        row: place among the accounts of all venues.
        kind: ordinary, maker's, backstop vault, estate (see `abm.market.columns`).
        margins: the cross margin, then those of isolated positions.
        positions: one per instrument, open or flat.
        quotes: one per instrument; makers only.
        taken_usd: cost of ADL at the mark of its round, summed over rounds.
        closed_usd: notional closed by ADL, summed over rounds.
        first_equity_usd: cross equity at the start.
    """

    account_id: int
    row: int
    kind: int
    owner: Owner
    cross: CrossMargin
    margins: list[Margin]
    positions: list[Position]
    quotes: list[Quote] = field(default_factory=list)
    taken_usd: float = 0.0
    closed_usd: float = 0.0
    first_equity_usd: float = 0.0

    @property
    def is_house(self) -> bool:
        """Whether the account is the venue's own: vault or estate."""
        return self.kind in (BACKSTOP, ESTATE)


def trade(buyer: Position, seller: Position, contracts: float, price: float) -> None:
    """`seller` gives `contracts` (>= 0) to `buyer` at `price`."""
    buyer.fill(contracts, price)
    seller.fill(-contracts, price)


def hand_over(
    giver: Position, receiver: Position, side: int, contracts: float, price: float
) -> None:
    """`receiver` takes `contracts` (>= 0) off `giver`; `side` is +1 when longs are handed over."""
    if side > 0:
        trade(receiver, giver, contracts, price)
    else:
        trade(giver, receiver, contracts, price)
