"""Orders meet: books once per tick at one price, spot at the index, arbitrage between venues."""

from collections.abc import Iterable

from abm.engine.scenario import Scenario
from abm.reference.accounts import Account, IsolatedMargin, Position
from abm.reference.ledger import Ledger
from abm.reference.markets import Book, Flow, Instrument
from abm.reference.rules import fill_share, keep
from abm.reference.traders import Trader
from abm.reference.venues import Venue


def match_book(venue: Venue, book: Book, ledger: Ledger) -> None:
    """Buys and sells cross, the makers take the rest, the side in excess is rationed."""
    orders = [
        (account, account.positions[book.k])
        for account in venue.accounts
        if account.positions[book.k].order_contracts != 0.0
    ]
    if not orders:
        return
    flow = Flow()
    for _, position in orders:
        flow.add(position.order_contracts)
    middle = book.middle
    buy_share = fill_share(flow.buys, flow.sells, book.ask_usd / middle)
    sell_share = fill_share(flow.sells, flow.buys, book.bid_usd / middle)
    price = book.move(flow.buys - flow.sells)
    net = 0.0
    for account, position in orders:
        before = position.qty_contracts
        order = position.order_contracts
        filled = order * (buy_share if order > 0.0 else sell_share)
        if filled != 0.0:
            fill_order(venue, account, position, filled, price)
            ledger.flow_usd[account.owner.role] += filled * price
        net += position.qty_contracts - before
        position.order_contracts = 0.0
    venue.makers_take(book, -net, price)


def fill_order(
    venue: Venue, account: Account, position: Position, filled: float, price: float
) -> None:
    """Fill one voluntary order: margin first, then the trade and its fee."""
    notional = abs(filled) * price
    if position.qty_contracts * filled >= 0.0:
        leverage = max(1.0, account.owner.target_leverage)
        position.opening_leverage = leverage
        if isinstance(position.margin, IsolatedMargin):
            posted = min(max(0.0, account.cross.cash_usd), notional / leverage)
            account.cross.cash_usd -= posted
            position.margin.cash_usd += posted
    venue.cut_payout(position, filled, price)
    fee = venue.rulebook.taker_fee * notional
    position.charge(fee)
    venue.fees_usd += fee
    position.fill(filled, price)


def match_spot(
    traders: Iterable[Trader], instruments: list[Instrument], choices: Scenario, ledger: Ledger
) -> None:
    """Fill spot orders at the index, outside the venues, and press the index by their net flow."""
    owners = list(traders)
    for k, instrument in enumerate(instruments):
        price, net = instrument.index_price, 0.0
        for trader in owners:
            order = trader.spot_order[k]
            if order != 0.0:
                cost = order * price + abs(order) * price * choices.spot.fee
                trader.wallet_usd -= cost
                trader.spot_units[k] += order
                trader.spot_order[k] = 0.0
                ledger.external_usd -= cost
                net += order
        if net != 0.0:
            share = net * price / instrument.spot_depth_usd
            instrument.pressure += choices.spot.impact * share


def arbitrage(venues: list[Venue], instruments: list[Instrument], choices: Scenario) -> None:
    """Arbitrage draws the premia of venues together; books press the index."""
    drawn = 1.0 - keep(choices.venue_coupling_s, choices.dt_s)
    for k, instrument in enumerate(instruments):
        books = [venue.books[k] for venue in venues]
        mean = 0.0
        for book in books:
            moved = book.permanent - book.forced.start_permanent
            passed = book.rulebook.index_pass_through * moved
            book.permanent -= passed
            instrument.pressure += passed / len(books)
            mean += book.premium
        mean /= len(books)
        for book in books:
            book.permanent += drawn * (mean - book.premium)
    for venue in venues:
        if venue.rulebook.pool is not None:  # it trades at the index
            for book in venue.books:
                book.transient = book.permanent = 0.0
