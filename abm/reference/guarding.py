"""The guards of a venue at work, over objects: margin factors, halts, calls, and the order gate.

As `abm.engine.guarding`, `abm.engine.outlook` and `abm.engine.order_gate`.
"""

import math

from abm.reference.accounts import Account, IsolatedMargin, Margin, Position
from abm.reference.markets import Book, Instrument
from abm.reference.precautions import raised_factor, threatened_usd
from abm.reference.rules import (
    added_contracts,
    admitted,
    features_of,
    logistic,
    predicted_factor,
    room_below,
    share_within,
    volatility_factor,
)
from abm.reference.venues import Venue
from abm.units import SECONDS_PER_YEAR
from abm.venue.forecast import NEAR, Sight
from abm.venue.liquidation import BANKRUPT


def guard_venue(venue: Venue, tick: int, dt_s: float) -> None:
    """One venue's guards for this tick."""
    desk = venue.desk
    if desk.guards.margin_rule == "predictive":
        desk.features = tuple(features_of(look_out(venue)))
        desk.bankruptcies += sum(m.closing == BANKRUPT for a in venue.accounts for m in a.margins)
    factor = raised_factor(venue) * own_factor(venue)
    desk.largest_factor = max(desk.largest_factor, factor)
    for book in venue.books:
        book.margin_factor = factor
    if desk.guards.call_below > 0.0:
        for account in venue.accounts:
            account.cross.value()
        desk.call(tick * dt_s)
    if math.isfinite(desk.guards.halt_move):
        desk.halt(tick, dt_s)


def wildest(venue: Venue) -> Instrument:
    """The instrument whose running variance is largest, the first of equals."""
    return max((book.instrument for book in venue.books), key=lambda i: i.variance_per_s)


def volatility_ratio(venue: Venue) -> float:
    """σ / calm σ of the wildest instrument."""
    calm = venue.desk.guards.calm_volatility_per_year**2 / SECONDS_PER_YEAR
    return math.sqrt(wildest(venue).variance_per_s / calm)


def own_factor(venue: Venue) -> float:
    """The margin rule's factor on the venue's requirements."""
    desk, guards = venue.desk, venue.desk.guards
    if guards.margin_rule == "volatility":
        return volatility_factor(volatility_ratio(venue), guards.exponent, guards.largest_factor)
    if guards.margin_rule == "predictive":
        forecast = guards.forecast
        score = forecast.intercept
        for weight, feature in zip(forecast.weights(), desk.features, strict=True):
            score += weight * feature
        return predicted_factor(logistic(score), guards.slope, guards.largest_factor)
    return 1.0


def look_out(venue: Venue) -> Sight:
    """What the venue sees of its own danger."""
    instrument = wildest(venue)
    open_margins = [
        margin
        for account in venue.accounts
        if not account.is_house
        for margin in account.margins
        if margin.notional_usd > 0.0
    ]
    near = [
        margin
        for margin in open_margins
        if margin.equity_usd - margin.maintenance_usd < NEAR * margin.notional_usd
    ]
    sizes = [p.qty_contracts * p.book.mark_price for m in near for p in m.positions]
    return Sight(
        volatility=volatility_ratio(venue),
        trend=math.log(instrument.index_price / instrument.slow_index),
        near_long_usd=sum(max(0.0, size) for size in sizes),
        near_short_usd=sum(max(0.0, -size) for size in sizes),
        gross_usd=sum(margin.notional_usd for margin in open_margins),
        equity_usd=sum(margin.equity_usd for margin in open_margins),
        near_accounts=float(len(near)),
        open_accounts=float(len(open_margins)),
        threatened_usd=threatened_usd(venue),
        fund_usd=venue.fund_usd,
        depth_usd=sum(book.depth_usd for book in venue.books),
        premium=max(abs(book.premium) for book in venue.books),
        forced=max(book.forced.share for book in venue.books),
    )


def admit_orders(venue: Venue, tick: int) -> bool:
    """Cancel or cut the venue's orders as its guards say; False if it is halted."""
    desk = venue.desk
    if tick < desk.reopens:
        for account in venue.accounts:
            for position in account.positions:
                desk.refuse(position.order_contracts, position.book)
                position.order_contracts = 0.0
        return False
    if desk.guards.pnl_weight_initial < 1.0:
        for account in venue.accounts:
            keep_within_margin(venue, account)
    for book in venue.books:
        if math.isfinite(desk.guards.open_interest_cap) or not venue.rulebook.lists(book.k):
            keep_below_cap(venue, book)
    return True


def cut(venue: Venue, position: Position, share: float) -> None:
    """Let through only a share of what an order adds to its position."""
    order = position.order_contracts
    position.order_contracts = admitted(position.qty_contracts, order, share)
    venue.desk.refuse(order - position.order_contracts, position.book)


def keep_within_margin(venue: Venue, account: Account) -> None:
    """Cut what an account's orders add to what its discounted equity allows, margin by margin."""
    behind: dict[Margin, list[Position]] = {}
    for position in account.positions:
        is_open = position.qty_contracts != 0.0
        own = is_open and isinstance(position.margin, IsolatedMargin)
        behind.setdefault(position.margin if own else account.cross, []).append(position)
    desk = venue.desk
    for margin, positions in behind.items():
        wanted = sum(
            added_contracts(p.qty_contracts, p.order_contracts) * p.book.mark_price
            for p in positions
        )
        limit = venue.rulebook.max_leverage / positions[0].book.margin_factor
        equity = margin.equity_usd - desk.unproven_usd(margin, desk.guards.pnl_weight_initial)
        share = share_within(wanted, limit * equity - margin.notional_usd)
        for position in positions:
            cut(venue, position, share)


def keep_below_cap(venue: Venue, book: Book) -> None:
    """Ration what the orders of a book add, so that its open interest stays below the cap."""
    desk = venue.desk
    positions = [account.positions[book.k] for account in venue.accounts]
    limit = 0.0
    if venue.rulebook.lists(book.k):
        limit = desk.guards.open_interest_cap * desk.first_interest[book.k]
    room = room_below(limit, desk.open_interest(book), book.lot_contracts)
    for side in (1.0, -1.0):
        orders = [p for p in positions if side * p.order_contracts > 0.0]
        wanted = sum(added_contracts(p.qty_contracts, p.order_contracts) for p in orders)
        share = share_within(wanted, room)
        for position in orders:
            cut(venue, position, share)
