"""A liquidity pool as an object's business: what it is worth, quotes, refuses, pays and closes.

The pool is the venue's estate account, and the only maker of its venue. See `abm.venue.lp_pool`,
`abm.engine.pooling` and `abm.engine.pool_adl`.
"""

import math
from typing import NamedTuple

from abm.adl.trigger import PoolFactor
from abm.reference.accounts import Account, Position, hand_over
from abm.reference.adl_round import least_burden
from abm.reference.ledger import Close, Ledger
from abm.reference.luck import Luck
from abm.reference.markets import Book
from abm.reference.queues import Holder, exposure_of, holders_of, is_eligible, score_queues
from abm.reference.reports import Reporter
from abm.reference.rules import close_of_winner, opening_part, opening_share, payout_share
from abm.reference.venues import Venue


class Standing(NamedTuple):
    """The pool before open profits, and the profits of both sides [USD]."""

    pool_usd: float
    long_usd: float
    short_usd: float


def open_positions(venue: Venue) -> list[tuple[Account, Position]]:
    """Every open position that is not the pool's."""
    return [
        (account, position)
        for account in venue.accounts
        if account is not venue.estate
        for position in account.positions
        if position.qty_contracts != 0.0
    ]


def standing_of(venue: Venue) -> Standing:
    """How the pool of a venue stands at the marks now."""
    venue.estate.cross.value()
    longs = shorts = 0.0
    for _, position in open_positions(venue):
        if position.qty_contracts > 0.0:
            longs += position.pnl_usd
        else:
            shorts += position.pnl_usd
    return Standing(venue.estate.cross.equity_usd + longs + shorts, longs, shorts)


def open_interest_usd(venue: Venue, side: int, book: Book | None = None) -> float:
    """Open interest of one side, of one book or of all [USD]."""
    total = 0.0
    for _, position in open_positions(venue):
        if side * position.qty_contracts > 0.0 and (book is None or position.book is book):
            total += position.notional_usd
    return total


def quote_pool(venue: Venue) -> None:
    """Quote for every position of each book, and all that may be opened, twice over."""
    terms = venue.rulebook.pool
    assert terms is not None
    may_open = terms.open_interest_limit * max(0.0, standing_of(venue).pool_usd)
    for book, quote in zip(venue.books, venue.estate.quotes, strict=True):
        held = open_interest_usd(venue, 1, book) + open_interest_usd(venue, -1, book)
        quote.bid_usd = quote.ask_usd = 2.0 * (held + may_open)


def ration_openings(venue: Venue) -> None:
    """Cut what orders would open to what the pool lets through; closes always go through."""
    terms = venue.rulebook.pool
    assert terms is not None
    pool_usd = standing_of(venue).pool_usd
    orders = [p for a in venue.accounts for p in a.positions if p.order_contracts != 0.0]
    held = {side: open_interest_usd(venue, side) for side in (1, -1)}
    wanted = {1: 0.0, -1: 0.0}
    for position in orders:
        side = 1 if position.order_contracts > 0.0 else -1
        part = opening_part(position.qty_contracts, position.order_contracts)
        wanted[side] += part * position.book.mark_price
    both = 1.0
    if terms.reserved > 0.0:
        room = pool_usd / terms.reserved - held[1] - held[-1]
        both = opening_share(wanted[1] + wanted[-1], room)
    limit = terms.open_interest_limit * pool_usd
    for position in orders:
        order = position.order_contracts
        side = 1 if order > 0.0 else -1
        share = min(both, opening_share(wanted[side], limit - held[side]))
        refused = opening_part(position.qty_contracts, order) * (1.0 - share)
        position.order_contracts = math.copysign(abs(order) - refused, order)


def set_payouts(venues: list[Venue]) -> None:
    """What of a closing profit each pool pays from now on."""
    for venue in venues:
        if venue.rulebook.pool is not None:
            trigger = venue.design.trigger
            cap = trigger.payout_cap if isinstance(trigger, PoolFactor) else math.inf
            stands = standing_of(venue)
            venue.payouts[1] = payout_share(stands.long_usd, stands.pool_usd, cap)
            venue.payouts[-1] = payout_share(stands.short_usd, stands.pool_usd, cap)


def is_over(venue: Venue) -> bool:
    """Is the profit of a side too large for the pool, and no halt in the way?"""
    trigger = venue.design.trigger
    if venue.rulebook.pool is None or not isinstance(trigger, PoolFactor) or venue.desk.waits:
        return False
    stands = standing_of(venue)
    if stands.pool_usd <= 0.0:
        return False
    return max(stands.long_usd, stands.short_usd) / stands.pool_usd > trigger.largest


def cap_pool(venue: Venue, reporter: Reporter, luck: Luck, ledger: Ledger) -> None:
    """Close winners of both sides down to what the pool bears, longs first, book by book."""
    score_queues(venue, reporter, luck)
    for side in (1, -1):
        for book in venue.books:
            close_side(venue, book, side, luck.tick, ledger)


def winners_of(venue: Venue, book: Book, side: int) -> list[Holder]:
    """Who may be closed on one side of a book, highest score first, ties by account id."""
    winners = [
        holder
        for holder in holders_of(venue, book)
        if side * holder.position.qty_contracts > 0.0
        and holder.position.pnl_usd > 0.0
        and is_eligible(holder)
        and venue.queue_scores[holder.position] != -math.inf
    ]
    return sorted(winners, key=lambda holder: -venue.queue_scores[holder.position])


def close_side(venue: Venue, book: Book, side: int, tick: int, ledger: Ledger) -> None:
    """One round on one side of one book."""
    trigger = venue.design.trigger
    assert isinstance(trigger, PoolFactor)
    stands = standing_of(venue)
    pool_usd = stands.pool_usd
    side_usd = stands.long_usd if side > 0 else stands.short_usd
    holders = holders_of(venue, book)
    exposures = [exposure_of(holder) for holder in holders]
    before = {h.account: x for h, x in zip(holders, exposures, strict=True)}
    closes, cost, burden = 0, 0.0, 0.0
    for holder in winners_of(venue, book, side):
        if pool_usd <= 0.0 or side_usd / pool_usd <= trigger.largest:
            break
        position = holder.position
        size, profit = abs(position.qty_contracts), position.pnl_usd
        limits = (trigger.after, trigger.payout_cap)
        contracts, paid = close_of_winner(
            (size, profit), side_usd, pool_usd, limits, book.lot_contracts
        )
        if contracts <= 0.0:
            continue
        gain = contracts * (profit / size)
        cut = (1.0 - paid) * gain
        close_winner(venue, holder, contracts, cut)
        ledger.closes.append(Close(tick, book, side * contracts, book.mark_price))
        ledger.adl_usd += contracts * book.mark_price
        book.adl_usd += contracts * book.mark_price
        ledger.adl_fills += 1
        side_usd, pool_usd = side_usd - gain, pool_usd - paid * gain
        closes, cost = closes + 1, cost + cut
        equity = before[holder.account].equity_usd
        if equity > 0.0:
            burden = max(burden, cut / equity)
    if closes > 0:
        bound = least_burden(holders, exposures, cost)
        ledger.adl_rounds += 1
        ledger.taken_usd += cost
        ledger.burden = max(ledger.burden, burden)
        ledger.burden_bound = max(ledger.burden_bound, bound)
        ledger.burden_excess = max(ledger.burden_excess, burden - bound)


def close_winner(venue: Venue, holder: Holder, contracts: float, cut_usd: float) -> None:
    """Close contracts of a winner against the pool at the mark; a cut of the profit stays."""
    account, position = holder.account, holder.position
    mark = position.book.mark_price
    side = 1 if position.qty_contracts > 0.0 else -1
    venue.keep_profit(position, cut_usd)
    fee = venue.design.aftermath.fee_rate * contracts * mark
    position.charge(fee)
    venue.fees_usd += fee
    hand_over(position, venue.estate.positions[position.book.k], side, contracts, mark)
    account.closed_usd += contracts * mark
    account.taken_usd += cut_usd
    account.cross.value()
