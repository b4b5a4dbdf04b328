"""Oracles as objects: sources that remember, and venues that join what they say.

A reading is one source of one venue's oracle; the desk keeps the whole history of the index and of
the books' middles, asks every reading once a tick and sets the books' oracle prices.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from abm.market.book import LINEAR
from abm.reference.markets import Book, Instrument
from abm.reference.rules import (
    impact_share,
    is_during,
    mean_impact,
    move_of_flow,
    noise_factor,
    slippage_cost,
    temporary_impact,
)
from abm.reference.venues import Venue
from abm.rng import fill_uniform, tick_key
from abm.units import Floats
from abm.venue.feeds import SEATS
from abm.venue.oracle import Oracle, Source


@dataclass(slots=True)
class Reading:
    """One source of one venue's oracle.

    Attributes:
        place: venue and source, which key its errors.
        market: whose prices it reads: None for spot, else a venue's books.
        last: last value by instrument.
        pushed: log move of a bent source.
    """

    source: Source
    place: tuple[int, int]
    market: Venue | None
    last: list[float]
    pushed: float = 0.0


@dataclass(slots=True)
class Moment:
    """Prices at one tick: the index, and the middle of every book."""

    index: list[float]
    middle: dict[Book, float]


@dataclass
class OracleDesk:
    """All oracles of a model.

    Attributes:
        readings: by venue.
        history: one moment per tick so far.
        latest: by venue and instrument, the last price that any source stood behind.
        key: of the errors' stream.
    """

    venues: list[Venue]
    instruments: list[Instrument]
    dt_s: float
    spot_impact: float
    key: np.uint64
    stale_ticks: int = 0
    cost_usd: float = 0.0
    readings: list[list[Reading]] = field(init=False)
    history: list[Moment] = field(init=False)
    latest: list[list[float]] = field(init=False)

    def __post_init__(self) -> None:
        by_name = {venue.rulebook.name: venue for venue in self.venues}
        first = [instrument.index_price for instrument in self.instruments]
        self.readings = []
        for v, venue in enumerate(self.venues):
            own = []
            for s, source in enumerate(venue.rulebook.oracle.sources):
                market = {"spot": None, "own_book": venue}.get(source.kind)
                if source.kind == "book":
                    market = by_name[source.venue]
                own.append(Reading(source, (v, s), market, list(first)))
            self.readings.append(own)
        books = [book for venue in self.venues for book in venue.books]
        self.history = [Moment(first, {book: first[book.k] for book in books})]
        self.latest = [list(first) for _ in self.venues]

    @property
    def is_needed(self) -> bool:
        """Does any venue take something else than the spot index?"""
        return any(venue.rulebook.oracle != Oracle() for venue in self.venues)

    def read(self) -> None:
        """Set every book's oracle price, and its mark."""
        if not self.is_needed:
            return
        tick = len(self.history)
        middle = {book: book.middle for venue in self.venues for book in venue.books}
        self.history.append(Moment([i.index_price for i in self.instruments], middle))
        for venue, readings, latest in zip(self.venues, self.readings, self.latest, strict=True):
            for reading in readings:
                self.push(reading, tick)
            silent = False
            for book in venue.books:
                answers = [(self.ask(r, book.k, tick), r.source.weight) for r in readings]
                heard = [(price, weight) for price, weight in answers if not math.isnan(price)]
                if heard:
                    median = venue.rulebook.oracle.rule == "median"
                    latest[book.k] = weighted_median(heard) if median else weighted_mean(heard)
                else:
                    silent = True
                book.oracle_price = latest[book.k]
                book.set_mark()
            self.stale_ticks += silent

    def push(self, reading: Reading, tick: int) -> None:
        """Bend a source at the first tick of its window, and count the cost."""
        source, now_s = reading.source, tick * self.dt_s
        if source.push_usd == 0.0 or not is_during(now_s, source.push_from_s, source.push_until_s):
            return
        if tick > 1 and now_s - self.dt_s >= source.push_from_s:
            return
        flow, buys, k = abs(source.push_usd), source.push_usd > 0.0, source.push_instrument
        if reading.market is None:
            move = move_of_flow(LINEAR, self.spot_impact, flow, self.instruments[k].spot_depth_usd)
            self.cost_usd += slippage_cost(LINEAR, flow, move)
        else:
            book = reading.market.books[k]
            rules, quoted = book.rulebook, book.ask_usd if buys else book.bid_usd
            share = impact_share(flow, quoted)
            move = temporary_impact(book.impact_form, rules.impact_temporary, share)
            move += rules.impact_permanent * share
            self.cost_usd += min(flow, quoted) * mean_impact(
                book.impact_form, rules.impact_temporary, rules.impact_permanent, share
            )
        reading.pushed = move if buys else -move

    def ask(self, reading: Reading, k: int, tick: int) -> float:
        """What a source says of one instrument; NaN when it does not answer."""
        source, now_s = reading.source, tick * self.dt_s
        if not is_during(now_s, source.stuck_from_s, source.stuck_until_s):
            moment = self.history[max(0, tick - round(source.delay_s / self.dt_s))]
            market = reading.market
            value = moment.index[k] if market is None else moment.middle[market.books[k]]
            value *= self.error(reading, k, tick)
            bent = is_during(now_s - source.delay_s, source.push_from_s, source.push_until_s)
            if bent and k == source.push_instrument:
                value *= math.exp(reading.pushed)
            reading.last[k] = value
        if is_during(now_s, source.fails_from_s, source.fails_until_s):
            return math.nan
        return reading.last[k]

    def error(self, reading: Reading, k: int, tick: int) -> float:
        """Factor of a source's error at a tick."""
        if reading.source.error == 0.0:
            return 1.0
        v, s = reading.place
        identity = 2 * ((v * SEATS + s) * SEATS + k)
        draws: Floats = np.empty(2)
        fill_uniform(np.uint64(tick_key(self.key, tick)), np.array([identity, identity + 1]), draws)
        return noise_factor(reading.source.error, float(draws[0]), float(draws[1]))


def weighted_mean(heard: Sequence[tuple[float, float]]) -> float:
    """Σ w p / Σ w over (price, weight)."""
    return sum(p * w for p, w in heard) / sum(w for _, w in heard)


def weighted_median(heard: Sequence[tuple[float, float]]) -> float:
    """The price at which half of the weight is reached; between two, their mean."""
    ordered = sorted(heard)
    half = sum(weight for _, weight in ordered) / 2.0
    reached = 0.0
    for place, (price, weight) in enumerate(ordered):
        reached += weight
        if reached == half:
            return (price + ordered[place + 1][0]) / 2.0
        if reached > half:
            return price
    raise AssertionError("weights are positive, so half of them is reached")
