"""Who pays for a liquidation: book, backstop vault, insurance fund, and last of all ADL.

The rungs are those of `abm.venue.waterfall`, in the same order; here they walk over objects. What
ADL leaves stays with the estate, which works it off through the book in later ticks.
"""

from collections.abc import Callable
from dataclasses import dataclass

from abm.reference.accounts import Account, CrossMargin, Margin, hand_over
from abm.reference.collateral import hand_over_collateral
from abm.reference.ledger import Ledger
from abm.reference.markets import Book, Flow
from abm.reference.rules import close_price_of_deficit, fill_share
from abm.reference.venues import Venue
from abm.units import LOT_TOL
from abm.venue.liquidation import BANKRUPT, WAITING


@dataclass(slots=True)
class Inventory:
    """Bankrupt contracts of one book and side.

    Attributes:
        side: +1 the bankrupt side is long, -1 short.
        contracts: not taken by anybody yet.
        cost_usd: Σ contracts * bankruptcy price at the takeover.
        price: mean bankruptcy price.
        deficit_usd: what is left costs against the mark.
    """

    side: int
    contracts: float = 0.0
    cost_usd: float = 0.0
    price: float = 0.0
    deficit_usd: float = 0.0


def absorb(venue: Venue, ledger: Ledger, adl: Callable[[Book, Inventory], float]) -> None:
    """One venue's waterfall of one tick.

    Args:
        venue: where.
        ledger: totals.
        adl: closes winners or charges them; gives the USD of the deficit it covered.
    """
    closing = [(a, m) for a in venue.accounts for m in a.margins if m.closing > 0.0]
    if not closing:
        return
    sort_out_bankrupt(venue, closing)
    solvent = [(a, m) for a, m in closing if m.closing != BANKRUPT]
    fill_solvent(venue, [m for _, m in solvent if m.closing != WAITING], ledger)
    for account, margin in solvent:
        hand_on_solvent(venue, account, margin, ledger)
    for inventory, book in take_over(venue, closing, ledger):
        if venue.rulebook.pool is not None:
            pool_bears(venue, book, inventory, ledger)
            continue
        dispose(venue, book, inventory, ledger, adl)


def pool_bears(venue: Venue, book: Book, inventory: Inventory, ledger: Ledger) -> None:
    """The pool holds what the bankrupt leave; fund and helpers pay, the rest is bad debt."""
    value = inventory.contracts * book.mark_price
    loss = max(0.0, inventory.side * (inventory.cost_usd - value))
    above_floor = max(0.0, venue.fund_usd - book.fund_floor_usd)
    paid = min(loss, above_floor, max(0.0, book.fund_allowance_usd))
    if paid > 0.0:
        venue.pay_into_fund(book, -paid)
        book.fund_allowance_usd -= paid
    drawn = 0.0
    if loss > paid:
        drawn = venue.helpers.pay(venue, loss - paid)
        ledger.help_usd += drawn
    venue.estate.cross.cash_usd += paid + drawn
    ledger.fund_paid_usd += paid
    venue.bad_debt_usd += loss - paid - drawn


def dispose(
    venue: Venue,
    book: Book,
    inventory: Inventory,
    ledger: Ledger,
    adl: Callable[[Book, Inventory], float],
) -> None:
    """Hand bankrupt inventory down the rungs: vault, fund with book, ADL."""
    tolerance = LOT_TOL * book.lot_contracts
    if inventory.contracts <= tolerance:
        return
    inventory.price = inventory.cost_usd / inventory.contracts
    side, price = inventory.side, inventory.price
    taken = venue.vault_takes(book, venue.estate, side, inventory.contracts, price)
    ledger.vault_taken_usd += taken * book.mark_price
    inventory.contracts -= taken
    if venue.rulebook.bankrupt_to_book != "none":
        inventory.contracts -= fund_and_book(venue, book, inventory, ledger)
    if inventory.contracts > tolerance:
        loss = max(0.0, side * (price - book.mark_price))
        inventory.deficit_usd = inventory.contracts * loss
        ledger.deficit_usd += inventory.deficit_usd
        covered = max(0.0, adl(book, inventory))
        ledger.residual_usd += max(0.0, inventory.deficit_usd - covered)


def equity_after_fill(venue: Venue, margin: Margin) -> float:
    """Equity of a margin when its forced share fills at the clearing price, fees paid [USD]."""
    equity = margin.equity_usd
    share = min(1.0, margin.closing)
    fee = venue.rulebook.taker_fee + venue.rulebook.liquidation_fee
    for position in margin.positions:
        if position.qty_contracts != 0.0:
            qty = share * position.qty_contracts
            price = position.book.forced.fill_price
            equity += qty * (price - position.book.mark_price)
            equity -= fee * abs(qty) * price
    return equity


def sort_out_bankrupt(venue: Venue, closing: list[tuple[Account, Margin]]) -> None:
    """Mark the bankrupt margins, and those whose order would make them so: it waits."""
    for _, margin in closing:
        if margin.equity_usd < 0.0:
            margin.closing = BANKRUPT
        elif equity_after_fill(venue, margin) < 0.0:
            margin.closing = WAITING


def fill_solvent(venue: Venue, margins: list[Margin], ledger: Ledger) -> None:
    """Rung 1: the solvent forced orders fill through the book, rationed by the makers' quotes."""
    rules = venue.rulebook
    for book in venue.books:
        price = book.forced.fill_price
        orders = [
            (position, -margin.closing * position.qty_contracts)
            for margin in margins
            for position in margin.positions
            if position.book is book and position.qty_contracts != 0.0
        ]
        flow = Flow()
        for _, order in orders:
            flow.add(order)
        sell_share = fill_share(flow.sells, flow.buys, book.bid_usd / price)
        buy_share = fill_share(flow.buys, flow.sells, book.ask_usd / price)
        for position, order in orders:
            filled = order * (sell_share if order < 0.0 else buy_share)
            notional = abs(filled) * price
            venue.cut_payout(position, filled, price)
            position.charge((rules.taker_fee + rules.liquidation_fee) * notional)
            position.fill(filled, price)
            venue.fees_usd += rules.taker_fee * notional
            venue.pay_into_fund(book, rules.liquidation_fee * notional)
            ledger.liquidated_usd += notional
        net = flow.sells * sell_share - flow.buys * buy_share
        venue.makers_take(book, net, price)


def hand_on_solvent(venue: Venue, account: Account, margin: Margin, ledger: Ledger) -> None:
    """Rung 1, second half: what the book left of a weak but solvent margin goes to the vault."""
    if account is venue.vault or venue.vault is None:
        return
    account.cross.value()
    needed, equity = margin.maintenance_usd, margin.equity_usd
    weak = needed > 0.0 and 0.0 <= equity < venue.rulebook.backstop_below * needed
    if not weak:
        return
    for position in margin.positions:
        if position.qty_contracts != 0.0:
            side = 1 if position.qty_contracts > 0.0 else -1
            book = position.book
            size = abs(position.qty_contracts)
            taken = venue.vault_takes(book, account, side, size, book.mark_price)
            ledger.vault_taken_usd += taken * book.mark_price
            ledger.liquidated_usd += taken * book.mark_price
    flat = all(position.qty_contracts == 0.0 for position in margin.positions)
    if flat and venue.rulebook.backstop_keeps_margin:
        left = max(0.0, min(equity, account.cross.cash_usd))
        account.cross.cash_usd -= left
        venue.vault.cross.cash_usd += left


def take_over(
    venue: Venue, closing: list[tuple[Account, Margin]], ledger: Ledger
) -> list[tuple[Inventory, Book]]:
    """Rung 2: the estate takes every bankrupt margin at prices that leave it with zero.

    The (negative) equity is spread over positions in proportion to their maintenance margin.

    Returns:
        bankrupt longs and shorts of each book, in the order in which they are disposed of.
    """
    lanes = [(Inventory(side), book) for book in venue.books for side in (1, -1)]
    for account, margin in closing:
        if margin.closing != BANKRUPT:
            continue
        account.cross.value()
        equity, needed = margin.equity_usd, margin.maintenance_usd
        for position in margin.positions:
            qty, book = position.qty_contracts, position.book
            if qty == 0.0:
                continue
            mark = book.mark_price
            share = book.maintenance_margin(abs(qty) * mark) / needed
            price = close_price_of_deficit(mark, qty, equity, share)
            side = 1 if qty > 0.0 else -1
            hand_over(position, venue.estate.positions[book.k], side, abs(qty), price)
            inventory, _ = lanes[2 * book.k + (0 if side > 0 else 1)]
            inventory.contracts += abs(qty)
            inventory.cost_usd += abs(qty) * price
            ledger.liquidated_usd += abs(qty) * mark
        if isinstance(margin, CrossMargin):
            close_books(margin, venue.estate.cross, ledger)
    return lanes


def close_books(margin: CrossMargin, estate: CrossMargin, ledger: Ledger) -> None:
    """Sell a bankrupt account's other collateral; its rounding remainder goes to the estate."""
    hand_over_collateral(margin, estate)
    proceeds = margin.collateral_usd()
    if proceeds != 0.0:
        margin.units = [0.0] * len(margin.units)
        margin.cash_usd += proceeds
        ledger.external_usd += proceeds
    remainder = margin.cash_usd
    margin.cash_usd -= remainder
    estate.cash_usd += remainder


def fund_and_book(venue: Venue, book: Book, inventory: Inventory, ledger: Ledger) -> float:
    """Rung 4: the estate sells to the makers as far as the fund pays the loss; contracts sold."""
    side, price = inventory.side, book.forced.fill_price
    loss = side * (inventory.price - price)
    quoted = book.bid_usd if side > 0 else book.ask_usd
    sold = min(inventory.contracts, quoted / price)
    own, helped = venue.fund_usd, 0.0
    if loss > 0.0:
        above_floor = max(0.0, venue.fund_usd - book.fund_floor_usd)
        own = min(above_floor, max(0.0, book.fund_allowance_usd))
        helped = venue.helpers.would_pay(venue)
        sold = min(sold, (own + helped) / loss)
    if sold <= 0.0:
        return 0.0
    venue.estate.positions[book.k].fill(-side * sold, price)
    venue.makers_take(book, side * sold, price)
    paid = min(loss * sold, own)
    venue.pay_into_fund(book, -paid)
    book.fund_allowance_usd -= paid
    if helped > 0.0:
        drawn = venue.helpers.pay(venue, loss * sold - paid)
        ledger.help_usd += drawn
        venue.estate.cross.cash_usd += drawn
    venue.estate.cross.cash_usd += paid
    ledger.fund_paid_usd += max(0.0, paid)
    return sold
