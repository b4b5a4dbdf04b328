"""Market makers are the book's counterparties: they hold the other side of what they fill.

A net flow is shared among a venue's makers in proportion to what each still quotes; quotes shrink
by what was filled, so a book cannot be used twice in one tick.
"""

from abm.kernel import kernel
from abm.market.columns import Accounts, Markets, Venues
from abm.market.tape import FILL, Tape, log
from abm.market.trades import charge, fill


@kernel
def makers_take(
    accounts: Accounts, markets: Markets, venues: Venues, tape: Tape, book: tuple[int, int],
    deal: tuple[float, float, float],
) -> float:  # fmt: skip
    """Makers of book (v, k) take the other side of a net flow; notional filled [USD].

    `deal` is (contracts they buy, or sell if negative; price; the maker's fee as a share of
    notional, which goes to the venue). The caller asks for no more than the quotes allow.
    """
    v, k = book
    contracts, price, fee = deal
    quoted = markets.bid_usd[v, k] if contracts > 0.0 else markets.ask_usd[v, k]
    if contracts == 0.0 or quoted <= 0.0:
        return 0.0
    notional = abs(contracts) * price
    for m in range(venues.maker_start[v], venues.maker_start[v + 1]):
        row = venues.maker_rows[m]
        if accounts.closing[row, 0] > 0.0:
            continue
        mine = venues.maker_bid_usd[m, k] if contracts > 0.0 else venues.maker_ask_usd[m, k]
        part = mine / quoted
        if part > 0.0:
            fill(accounts, row, k, contracts * part, price)
            charge(accounts, row, k, fee * notional * part)
            paid = fee * notional * part
            log(tape, FILL, book, accounts.account_id[row], contracts * part, price, paid)
            left = max(0.0, mine - notional * part)
            if contracts > 0.0:
                venues.maker_bid_usd[m, k] = left
            else:
                venues.maker_ask_usd[m, k] = left
    venues.fees_usd[v] += fee * notional
    if contracts > 0.0:
        markets.bid_usd[v, k] = max(0.0, quoted - notional)
    else:
        markets.ask_usd[v, k] = max(0.0, quoted - notional)
    return notional
