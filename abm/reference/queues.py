"""The deleveraging queue: exposures, scores, places, and what is published of them and when.

A score is the design's rule on one `Exposure`, rounded to float32 by definition. Longs and shorts
queue apart: larger score first, ties by account id (accounts are listed in the order of their ids,
and `sorted` is stable). What is published is shown after the delay; nothing changes in between.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.adl.disclosure import ExactRank, Lights, Nothing, PriceToAdl
from abm.adl.exposure import Exposure
from abm.adl.score import CustomScore, Score
from abm.engine.world import KEY_DISCLOSURE, KEY_TIE
from abm.reference.accounts import Account, Position
from abm.reference.luck import Luck
from abm.reference.markets import Book
from abm.reference.precautions import mark_hedges
from abm.reference.prices_to_adl import bankrupt_side, price_to_adl
from abm.reference.reports import Reporter
from abm.reference.rules import closeness, is_due, score_of
from abm.reference.venues import Snapshot, Venue

LIGHTS = 5
"""Lights of an indicator."""

SAME = 1e-9
"""A share of size this close above a fifth, or a time this close, counts as the same."""


class Holder(NamedTuple):
    """An account with an open position in the book at hand.

    Attributes:
        place: among the venue's accounts.
    """

    place: int
    account: Account
    position: Position


def holders_of(venue: Venue, book: Book) -> list[Holder]:
    """Everybody with an open position in a book, by account id."""
    k = book.k
    return [
        Holder(place, account, account.positions[k])
        for place, account in enumerate(venue.accounts)
        if account.positions[k].qty_contracts != 0.0
    ]


def everybody_of(venue: Venue, book: Book) -> list[Holder]:
    """All accounts of a venue with their position in a book, open or flat, by account id."""
    return [
        Holder(place, account, account.positions[book.k])
        for place, account in enumerate(venue.accounts)
    ]


def queued_of(venue: Venue, book: Book) -> list[Holder]:
    """Whom a round may touch: holders, and everybody if the design charges flat accounts too."""
    if venue.design.capacity.flat_too:
        return everybody_of(venue, book)
    return holders_of(venue, book)


def is_eligible(holder: Holder) -> bool:
    """May ADL touch this position? Not the house's, not one in forced close."""
    return not holder.account.is_house and holder.position.margin.closing == 0.0


def exposure_of(holder: Holder) -> Exposure:
    """One position and its margin, as every score reads it; margins must be valued."""
    position, book = holder.position, holder.position.book
    margin = position.margin if position.qty_contracts != 0.0 else holder.account.cross
    equity, profit = margin.equity_usd, margin.pnl_usd
    return Exposure(
        account_id=holder.account.account_id,
        qty_contracts=position.qty_contracts,
        entry_price=position.entry_price,
        mark_price=book.mark_price,
        previous_mark_price=book.previous_mark_price,
        notional_usd=position.notional_usd,
        pnl_usd=position.pnl_usd,
        wallet_usd=equity - profit,
        equity_usd=equity,
        maintenance_margin_usd=margin.maintenance_usd,
        account_pnl_usd=profit,
        account_notional_usd=margin.notional_usd,
        opening_leverage=position.opening_leverage,
        hedged_share=position.hedged_share,
        snapshot_profit_usd=position.liable_usd,
    )


def scores_of(
    venue: Venue, holders: list[Holder], exposures: list[Exposure], luck: Luck, purpose: int
) -> list[float]:
    """Scores of a book's holders, rounded to float32.

    Args:
        venue: whose design scores.
        holders: of one book, by account id.
        exposures: theirs.
        luck: where lottery numbers come from, if the design draws any.
        purpose: which of its keys.

    Raises:
        ValueError: a score is NaN.
    """
    rule = venue.design.score
    if isinstance(rule, CustomScore):
        scores = [float(rule.function(exposure)) for exposure in exposures]
    else:
        draws = lottery(rule, venue, holders, luck, purpose)
        parameters = venue.parameters
        scores = [score_of(parameters, x, draw) for x, draw in zip(exposures, draws, strict=True)]
    if any(math.isnan(score) for score in scores):
        raise ValueError(f"design {venue.design.id!r} gave a score that is not a number.")
    rounded: list[float] = np.array(scores, np.float32).tolist()
    return rounded


def scored_exposures(
    venue: Venue, holders: list[Holder], exposures: list[Exposure], reporter: Reporter
) -> list[Exposure]:
    """What the score reads: the account's exposure, or its owner's over all venues."""
    rule = venue.design.score
    if not isinstance(rule, Score) or rule.scope != "trader":
        return exposures
    return [
        reporter.across_venues(holder.account, x)
        for holder, x in zip(holders, exposures, strict=True)
    ]


def score_queues(venue: Venue, reporter: Reporter, luck: Luck) -> None:
    """Score every book of a venue as its waterfall finds it; all rounds of the tick use this."""
    venue.queue_scores = {}
    for book in venue.books:
        holders = queued_of(venue, book)
        exposures = [exposure_of(holder) for holder in holders]
        scored = scored_exposures(venue, holders, exposures, reporter)
        scores = scores_of(venue, holders, scored, luck, KEY_TIE)
        for holder, score in zip(holders, scores, strict=True):
            venue.queue_scores[holder.position] = score


def lottery(
    rule: Score, venue: Venue, holders: list[Holder], luck: Luck, purpose: int
) -> list[float]:
    """Lottery numbers of holders: none, one per account id, or a scan from a random start.

    Scan: the holders of one side stand in a circle by account id; a random one gets 1, and each
    next one 1 / (n + 1) less.
    """
    if rule.profit == "draw":
        numbers = luck.column(purpose, venue.account_ids)
        return [numbers[holder.place] for holder in holders]
    draws = [0.0] * len(holders)
    if rule.profit == "scan":
        start = luck.column(purpose, np.zeros(1, np.int64))[0]
        for side in (1.0, -1.0):
            circle = [i for i, h in enumerate(holders) if h.position.qty_contracts * side > 0.0]
            first = int(start * len(circle))
            for turn, i in enumerate(circle[first:] + circle[:first]):
                draws[i] = 1.0 - turn / (len(circle) + 1.0)
    return draws


def disclose(venues: list[Venue], reporter: Reporter, luck: Luck, dt_s: float) -> None:
    """Publish what is due and show what is old enough, each venue by its own clock.

    Args:
        venues: all of them.
        reporter: what venues know of positions elsewhere.
        luck: lottery numbers and the clock.
        dt_s: length of a tick.
    """
    due = [venue for venue in venues if is_publication_due(venue, luck.tick, dt_s)]
    if due:
        mark_hedges(venues, reporter)
    now_s = luck.tick * dt_s
    for venue in venues:
        shown = venue.design.disclosure
        if isinstance(shown, Nothing):
            continue
        if venue in due:
            snapshot = Snapshot(now_s)
            for book in venue.books:
                snapshot.places.update(places_of(venue, book, reporter, luck))
            venue.board.append(snapshot)
        latest = None
        while venue.board and venue.board[0].taken_s <= now_s - shown.delay_s + SAME:
            latest = venue.board.popleft()
        if latest is not None:
            show(venue, latest)


def is_publication_due(venue: Venue, tick: int, dt_s: float) -> bool:
    """Does a venue publish at the end of this tick?"""
    shown = venue.design.disclosure
    return not isinstance(shown, Nothing) and is_due(tick, dt_s, shown.refresh_s)


def show(venue: Venue, snapshot: Snapshot) -> None:
    """Let every trader see the places of a snapshot; who was flat then sees nothing."""
    for account in venue.accounts:
        for position in account.positions:
            position.visible = snapshot.places.get(position, math.nan)


def places_of(venue: Venue, book: Book, reporter: Reporter, luck: Luck) -> dict[Position, float]:
    """Published places of one book's holders."""
    shown = venue.design.disclosure
    if isinstance(shown, Nothing):
        return {}
    holders = holders_of(venue, book)
    exposures = [exposure_of(holder) for holder in holders]
    scored = scored_exposures(venue, holders, exposures, reporter)
    scores = scores_of(venue, holders, scored, luck, KEY_DISCLOSURE)
    if isinstance(shown, PriceToAdl):
        return near_prices(venue, holders, exposures, scores)
    ranked = sorted(zip(scores, holders, strict=True), key=lambda entry: -entry[0])
    queue = [holder.position for _, holder in ranked]
    longs = [position for position in queue if position.qty_contracts > 0.0]
    shorts = [position for position in queue if position.qty_contracts < 0.0]
    return {**light(longs, shown), **light(shorts, shown)}


def near_prices(
    venue: Venue, holders: list[Holder], exposures: list[Exposure], scores: list[float]
) -> dict[Position, float]:
    """How near each holder's price to ADL is; whoever cannot be deleveraged sees 0."""
    places = {holder.position: 0.0 for holder in holders}
    entries = [
        (score, holder.position, x)
        for score, holder, x in zip(scores, holders, exposures, strict=True)
        if is_eligible(holder) and x.equity_usd > 0.0
    ]
    for side in (1, -1):
        others = bankrupt_side([x for _, _, x in entries], side)
        queue = [entry for entry in entries if entry[2].qty_contracts * side > 0.0]
        ahead = 0.0
        for _, position, x in sorted(queue, key=lambda entry: -entry[0]):
            price = price_to_adl(ahead, others, side, venue.fund_usd)
            places[position] = closeness(price, x.mark_price)
            ahead += abs(x.qty_contracts)
    return places


def light(queue: list[Position], shown: Lights | ExactRank) -> dict[Position, float]:
    """What one side of a book is shown, first in the queue first."""
    count = len(queue)
    if isinstance(shown, ExactRank):
        return {position: (count - i) / count for i, position in enumerate(queue)}
    if shown.by == "head":
        return {
            position: math.ceil(LIGHTS * (count - i) / count) / LIGHTS
            for i, position in enumerate(queue)
        }
    total = cumulated = 0.0
    for position in queue:
        total += abs(position.qty_contracts)
    lights = {}
    for position in queue:
        cumulated += abs(position.qty_contracts)
        fifth = math.ceil(LIGHTS * cumulated / total - SAME)
        lights[position] = (LIGHTS + 1 - min(max(fifth, 1), LIGHTS)) / LIGHTS
    return lights
