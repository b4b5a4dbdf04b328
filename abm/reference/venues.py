"""A venue as an object: its accounts, books, makers' quotes, fund, fees, vault and estate."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from abm.adl.design import AdlDesign
from abm.adl.trigger import Fund, PoolDrawdown
from abm.reference.accounts import Account, Position, hand_over
from abm.reference.desk import Desk
from abm.reference.markets import Asset, Book
from abm.reference.rules import (
    closing_profit,
    fund_floor,
    funding_payment,
    funding_rate,
    inventory_limit,
    shed_share,
    slashed,
    vault_room,
)
from abm.units import Ints
from abm.venue.rulebook import Rulebook
from abm.venue.staking import order_code


@dataclass(slots=True)
class Snapshot:
    """What a venue publishes at one time: a place in [0, 1] per open position, 1 = first."""

    taken_s: float
    places: dict[Position, float] = field(default_factory=dict)


class Helpers(Protocol):
    """Who pays for a venue when its own fund has nothing left."""

    def would_pay(self, venue: "Venue") -> float:
        """What they would pay now [USD]."""

    def pay(self, venue: "Venue", amount_usd: float) -> float:
        """Draw on them; USD drawn."""


@dataclass(eq=False)
class Venue:
    """One venue.

    Attributes:
        assets: collateral assets as the venue counts them.
        accounts: in the order of their ids.
        makers: accounts of the market makers, in the same order.
        vault: the backstop vault's account; None if the venue has none.
        liquidation_style: code of the rulebook's style.
        liquidation_terms: its numbers, as the rule takes them.
        parameters: the design's vector, as Python numbers.
        account_ids: `[N]` of `accounts`.
        queue_scores: of every position, as this tick's waterfall found them.
        bore: what its waterfall and its pool's ADL have added to the ledger so far, by outcome.
        failed_s: when a deficit first reached its ADL, or its pool had bad debt.
        lowest_ratio: lowest mark / first index price of its books.
        helpers: who pays when the fund has nothing left.
        partners: venues whose vaults share one capital with this one's, itself included.
        board: what was published and is not old enough to be shown, oldest first.
        inventory_limit_usd: largest notional that the design lets the vault hold.
        stakers_usd, slashed_usd: what of the fund is stakers', and what they have lost of it.
        payouts: share of a closing profit that the venue's pool pays, by side.
        haircut_usd, bad_debt_usd: profits not paid, and what the bankrupt have cost the pool.
        desk: the venue's guards and what they remember.
    """

    rulebook: Rulebook
    design: AdlDesign
    books: list[Book]
    assets: list[Asset]
    accounts: list[Account]
    makers: list[Account]
    estate: Account
    vault: Account | None
    liquidation_style: int
    fund_usd: float
    fund_peak_usd: float
    fund_drawdown_usd: float
    fees_usd: float
    liquidation_terms: Any = field(init=False)
    parameters: Any = field(init=False)
    account_ids: Ints = field(init=False)
    queue_scores: dict[Position, float] = field(init=False, default_factory=dict)
    inventory_limit_usd: float = field(init=False, default=math.inf)
    helpers: Helpers = field(init=False)
    partners: list["Venue"] = field(init=False, default_factory=list)
    bore: dict[str, float] = field(init=False, default_factory=dict)
    failed_s: float = field(init=False, default=math.inf)
    lowest_ratio: float = field(init=False, default=1.0)
    board: deque[Snapshot] = field(init=False, default_factory=deque)
    stakers_usd: float = field(init=False, default=0.0)
    slashed_usd: float = field(init=False, default=0.0)
    payouts: dict[int, float] = field(init=False, default_factory=lambda: {1: 1.0, -1: 1.0})
    haircut_usd: float = field(init=False, default=0.0)
    bad_debt_usd: float = field(init=False, default=0.0)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        rules = self.rulebook
        self.liquidation_terms = (rules.step_share, rules.step_above_usd, rules.target_ratio)
        self.parameters = self.design.parameters().tolist()
        self.account_ids = np.array([account.account_id for account in self.accounts])
        self.desk = Desk(rules.guards, self.books, self.accounts)

    def credit(self, before: dict[str, float], now: dict[str, float]) -> None:
        """Book what the ledger's sums have gained as this venue's."""
        for name, usd in now.items():
            self.bore[name] = self.bore.get(name, 0.0) + usd - before[name]

    def value_accounts(self) -> None:
        """Value every account's cross margin at the marks now."""
        for account in self.accounts:
            account.cross.value()

    def accrue_funding(self, dt_s: float) -> None:
        """Charge one tick of funding on every open position."""
        rules = self.rulebook
        for book in self.books:
            rate = funding_rate(book.premium, rules.funding_sensitivity, rules.funding_cap)
            book.funding_rate = rate
            if rate == 0.0:
                continue
            for account in self.accounts:
                position = account.positions[book.k]
                if position.qty_contracts != 0.0:
                    payment = funding_payment(position.qty_contracts, book.mark_price, rate, dt_s)
                    position.charge(payment)

    def limit_inventory(self) -> None:
        """What the design lets the vault hold: a share of the fund and of the vault's equity."""
        backing = self.fund_usd
        if self.vault is not None:
            backing += max(0.0, self.vault.cross.equity_usd)
        self.inventory_limit_usd = inventory_limit(self.parameters, backing)

    @property
    def share_to_shed(self) -> float:
        """Share of the vault's inventory beyond its limit; 0 for a vault in forced close."""
        if self.vault is None or self.vault.cross.closing > 0.0:
            return 0.0
        margin, limit = self.vault.cross, self.rulebook.backstop_sheds_above
        return shed_share(margin.equity_usd, margin.notional_usd, limit)

    def sum_quotes(self) -> None:
        """What the makers quote on each book; a maker in forced close quotes nothing."""
        for book in self.books:
            book.bid_usd = book.ask_usd = 0.0
            for maker in self.makers:
                if maker.cross.closing == 0.0:
                    book.bid_usd += maker.quotes[book.k].bid_usd
                    book.ask_usd += maker.quotes[book.k].ask_usd
            book.depth_usd = 0.5 * (book.bid_usd + book.ask_usd)

    def makers_take(self, book: Book, contracts: float, price: float) -> None:
        """Makers buy `contracts` (sell, if negative) in proportion to what each still quotes."""
        buying = contracts > 0.0
        quoted = book.bid_usd if buying else book.ask_usd
        if contracts == 0.0 or quoted <= 0.0:
            return
        notional = abs(contracts) * price
        fee = self.rulebook.maker_fee * notional
        for maker in self.makers:
            quote = maker.quotes[book.k]
            mine = quote.bid_usd if buying else quote.ask_usd
            if maker.cross.closing > 0.0 or mine <= 0.0:
                continue
            part = mine / quoted
            position = maker.positions[book.k]
            position.fill(contracts * part, price)
            position.charge(fee * part)
            if buying:
                quote.bid_usd = max(0.0, mine - notional * part)
            else:
                quote.ask_usd = max(0.0, mine - notional * part)
        self.fees_usd += fee
        if buying:
            book.bid_usd = max(0.0, quoted - notional)
        else:
            book.ask_usd = max(0.0, quoted - notional)

    def limit_fund(self) -> None:
        """How far each book may draw on the fund now; keeps the trigger's memory."""
        by_book = isinstance(self.design.trigger, PoolDrawdown) and not self.design.trigger.alone
        for book in self.books:
            fund = Fund(
                self.fund_usd, self.fund_peak_usd, book.fund_pnl_usd, book.fund_pnl_peak_usd
            )
            floor, book.adl_on = fund_floor(self.parameters, fund, book.adl_on)
            if math.isinf(floor):  # ADL never draws on the fund, liquidation fills do
                floor = 0.0
            book.fund_floor_usd = 0.0 if by_book else floor
            book.fund_allowance_usd = self.fund_usd - floor if by_book else math.inf

    def pay_into_fund(self, book: Book, amount_usd: float) -> None:
        """Add to the fund on account of a book (draw, if negative); keep peaks, largest fall."""
        before = self.fund_usd
        self.slash(before - max(0.0, before + amount_usd))
        self.fund_usd = max(0.0, self.fund_usd + amount_usd)
        book.fund_pnl_usd += self.fund_usd - before
        book.fund_pnl_peak_usd = max(book.fund_pnl_peak_usd, book.fund_pnl_usd)
        self.fund_peak_usd = max(self.fund_peak_usd, self.fund_usd)
        fall = self.fund_peak_usd - self.fund_usd
        self.fund_drawdown_usd = max(self.fund_drawdown_usd, fall)

    def slash(self, paid_usd: float) -> None:
        """Take from the stakers their part of what the fund is about to pay."""
        if self.rulebook.staking is not None:
            order = order_code(self.rulebook.staking)
            cut = slashed(order, paid_usd, self.stakers_usd, self.fund_usd)
            self.stakers_usd -= cut
            self.slashed_usd += cut

    def pay_stakers(self, amount_usd: float) -> None:
        """Take a stake out of the fund (put one in, if negative); its peak moves along."""
        self.fund_usd = max(0.0, self.fund_usd - amount_usd)
        self.stakers_usd = max(0.0, self.stakers_usd - amount_usd)
        self.fund_peak_usd = max(self.fund_peak_usd - amount_usd, self.fund_usd)

    def cut_payout(self, position: Position, traded: float, price: float) -> None:
        """Before a trade, keep back for the pool what of its profit is not paid."""
        qty = position.qty_contracts
        share = self.payouts[1 if qty > 0.0 else -1]
        if share < 1.0:
            profit = closing_profit(qty, position.entry_price, traded, price)
            self.keep_profit(position, profit * (1.0 - share))

    def keep_profit(self, position: Position, cut_usd: float) -> None:
        """Move the unpaid part of a profit to the pool."""
        position.charge(cut_usd)
        self.estate.cross.cash_usd += cut_usd
        self.haircut_usd += cut_usd

    def pay_for_another(self, amount_usd: float) -> None:
        """Draw on the fund for another venue; no book is charged."""
        self.fund_usd = max(0.0, self.fund_usd - amount_usd)
        fall = self.fund_peak_usd - self.fund_usd
        self.fund_drawdown_usd = max(self.fund_drawdown_usd, fall)

    def vault_takes(
        self, book: Book, giver: Account, side: int, contracts: float, price: float
    ) -> float:
        """The vault takes up to `contracts` off `giver`, as far as its leverage allows.

        Args:
            book: where.
            giver: whose position.
            side: +1 when longs are handed over, -1 when shorts are.
            contracts: offered, > 0.
            price: USD per contract.

        Returns:
            contracts taken.
        """
        vault = self.vault
        if vault is None or vault.cross.closing > 0.0 or contracts <= 0.0:
            return 0.0
        equity, notional = self.vault_capital()
        loss = side * (price - book.mark_price)
        leverage = self.rulebook.backstop_leverage
        room = vault_room(equity, notional, leverage, book.mark_price, loss)
        net = sum(p.qty_contracts * p.book.mark_price for p in vault.positions)
        allowed = max(0.0, self.inventory_limit_usd - side * net)
        taken = min(contracts, room, allowed / book.mark_price)
        if taken <= 0.0:
            return 0.0
        hand_over(giver.positions[book.k], vault.positions[book.k], side, taken, price)
        vault.cross.value()
        if self.partners:
            level_vaults(self.partners)
        return taken

    def vault_capital(self) -> tuple[float, float]:
        """Equity and notional that count for the vault: its own, or its partners' too [USD]."""
        equity = notional = 0.0
        for venue in self.partners or [self]:
            if venue.vault is not None:
                venue.vault.cross.value()
                equity += venue.vault.cross.equity_usd
                notional += venue.vault.cross.notional_usd
        return equity, notional

    @property
    def kept_from_book_usd(self) -> float:
        """Notional of bankrupt accounts that never reaches the book."""
        if self.rulebook.bankrupt_to_book == "none":
            return math.inf
        if self.vault is None or self.rulebook.bankrupt_to_book == "all":
            return 0.0
        equity, notional = self.vault_capital()
        return max(0.0, self.rulebook.backstop_leverage * equity - notional)


def level_vaults(venues: list[Venue]) -> None:
    """Share one capital out again: in proportion to what each vault carries, else equally."""
    vaults: list[Account] = [venue.vault for venue in venues if venue.vault is not None]
    if not vaults:
        return
    for vault in vaults:
        vault.cross.value()
    equity = sum(vault.cross.equity_usd for vault in vaults)
    notional = sum(vault.cross.notional_usd for vault in vaults)
    *others, hub = vaults
    for vault in others:
        share = vault.cross.notional_usd / notional if notional > 0.0 else 1.0 / len(vaults)
        part = share * equity - vault.cross.equity_usd
        hub.cross.cash_usd -= part
        vault.cross.cash_usd += part
    for vault in vaults:
        vault.cross.value()
