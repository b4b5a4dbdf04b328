"""Before ADL starts: hedges of a trader, profits that stay liable, margins that are raised.

As `abm.engine.precautions`, over objects.
"""

from abm.adl.capacity import Capacity
from abm.adl.score import CustomScore
from abm.adl.trigger import EarlyMargin
from abm.engine.precautions import MOVE
from abm.reference.accounts import Account, IsolatedMargin, Position
from abm.reference.reports import Reporter
from abm.reference.rules import hedged_share, is_due, margin_factor
from abm.reference.venues import Venue


def mark_hedges(venues: list[Venue], reporter: Reporter) -> None:
    """Hedged share of every open position, if some venue's score may read it."""
    if not any(
        isinstance(venue.design.score, CustomScore) or venue.design.score.spares_hedges
        for venue in venues
    ):
        return
    for venue in venues:
        for account in venue.accounts:
            for position in account.positions:
                position.hedged_share = _hedged(account, position, reporter)


def _hedged(account: Account, position: Position, reporter: Reporter) -> float:
    """What the owner's spot and other accounts offset of a position."""
    if position.qty_contracts == 0.0:
        return 0.0
    others = reporter.contracts_elsewhere(account, position.book.k)
    return hedged_share(position.qty_contracts, others)


def freeze_profits(venue: Venue) -> None:
    """Take the liability snapshot; the one before becomes what is liable."""
    for account in venue.accounts:
        for position in account.positions:
            position.liable_usd, position.frozen_usd = position.frozen_usd, position.pnl_usd


def threatened_usd(venue: Venue) -> float:
    """Deficits if every mark moved by `MOVE` against each account [USD]."""
    total = 0.0
    for account in venue.accounts:
        if account.is_house:
            continue
        cross = account.cross
        total += max(0.0, MOVE * cross.notional_usd - cross.equity_usd)
        for position in account.positions:
            margin = position.margin
            if isinstance(margin, IsolatedMargin) and position.qty_contracts != 0.0:
                total += max(0.0, MOVE * position.notional_usd - margin.equity_usd)
    return total


def open_snapshots(venue: Venue) -> None:
    """What is liable at the start: the profits that the book opened with."""
    if venue.design.capacity.numeraire == "snapshot_usd":
        freeze_profits(venue)
        freeze_profits(venue)


def take_precautions(venue: Venue, tick: int, dt_s: float) -> None:
    """Freeze liabilities, where the design does so."""
    capacity: Capacity = venue.design.capacity
    if capacity.numeraire == "snapshot_usd" and is_due(tick, dt_s, capacity.snapshot_s):
        freeze_profits(venue)


def raised_factor(venue: Venue) -> float:
    """Factor by which the design raises margin requirements now."""
    if not isinstance(venue.design.trigger, EarlyMargin):
        return 1.0
    return margin_factor(venue.parameters, threatened_usd(venue), venue.fund_usd)
