"""Who is liquidated, how much of it, and how far that moves the price: the least fixed point.

Forced orders move the books, marks follow, more margins fall below their requirement: both are
solved together by going round until no share grows. Shares and flows only grow, so the iteration
climbs to the smallest cascade that is consistent with itself.
"""

import math

from abm.market.columns import BACKSTOP, ESTATE
from abm.reference.accounts import Account
from abm.reference.rules import liquidation_share
from abm.reference.venues import Venue
from abm.venue.liquidation import SETTLED


def liquidate(venues: list[Venue]) -> int:
    """Iterate to the fixed point; rounds needed, negative when the cap was hit first."""
    for venue in venues:
        for account in venue.accounts:
            for margin in account.margins:
                margin.closing = 0.0
        for book in venue.books:
            book.begin_forced()
        venue.value_accounts()
        venue.sum_quotes()
    room = {id(venue): venue.kept_from_book_usd for venue in venues}
    cap = max(venue.rulebook.max_rounds for venue in venues)
    rounds = 0
    while flag_accounts(venues):
        if rounds == cap:
            for venue in venues:
                venue.sum_quotes()  # makers flagged last quote no more
            return -rounds
        rounds += 1
        gather_all(venues, room)
        for venue in venues:
            venue.sum_quotes()
            for book in venue.books:
                book.move_forced()
            venue.value_accounts()
    return rounds


def flag_accounts(venues: list[Venue]) -> bool:
    """Flag whoever is below the requirement; True if any share grew."""
    grew = False
    for venue in venues:
        if venue.desk.waits:
            continue
        for account in venue.accounts:
            if account.kind != ESTATE and flag(account, venue):
                grew = True
    return grew


def flag(account: Account, venue: Venue) -> bool:
    """Raise `closing` of an account's margins where equity is too low; True if any grew.

    The vault is closed when its equity is negative, everybody else below the requirement.
    """
    grew = False
    for margin in account.margins:
        needed = margin.maintenance_usd
        if needed <= 0.0:
            continue
        equity = margin.equity_usd
        if account.kind != BACKSTOP:
            equity, needed = venue.desk.tested(margin)
        if equity >= (0.0 if account.kind == BACKSTOP else needed):
            continue
        style, terms = venue.liquidation_style, venue.liquidation_terms
        share = liquidation_share(style, equity, needed, margin.notional_usd, terms)
        if share > margin.closing + SETTLED:
            margin.closing = share
            grew = True
    return grew


def gather_all(venues: list[Venue], room: dict[int, float]) -> None:
    """Sum the forced orders of all venues; vaults with one capital have one room together."""
    shared = math.inf
    for venue in venues:
        own = room[id(venue)]
        if venue.partners and 0.0 < own < math.inf:
            shared = gather_forced(venue, min(shared, own))
        else:
            gather_forced(venue, own)


def gather_forced(venue: Venue, room_usd: float) -> float:
    """Sum the forced orders of each book [contracts]; what is left of the room [USD].

    Bankrupt margins that are kept from the book are left out, by id, as far as the room goes.
    """
    for book in venue.books:
        book.forced.flow.buys = book.forced.flow.sells = 0.0
    for account in venue.accounts:
        for margin in account.margins:
            share = min(1.0, margin.closing)
            if share <= 0.0:
                continue
            if margin.equity_usd < 0.0 and margin.notional_usd <= room_usd:
                room_usd -= margin.notional_usd
                continue
            for position in margin.positions:
                position.book.forced.flow.add(-share * position.qty_contracts)
    return room_usd
