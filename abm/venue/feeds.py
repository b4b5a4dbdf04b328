"""Reading the oracles: once a tick, after the index has moved and before the marks are set.

All sources are read from the same moment, the index and the books' middles as the tick begins, so
the order of venues does not matter and no oracle reads another. Forced flow inside the tick moves a
book's mark at once and its oracle a tick later. When no source answers, a venue keeps the price it
had, and the tick is counted.

Shapes: S sources of the venue with most; H ticks of history, 1 + the longest delay.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.market.book import LINEAR, impact_share, mean_impact, temporary_impact
from abm.market.columns import Markets
from abm.rng import tick_key, uniform
from abm.units import Flags, Floats, Ints, Words
from abm.venue.oracle import (
    BOOK,
    SPOT,
    Oracle,
    is_during,
    move_of_flow,
    noise_factor,
    slippage_cost,
)
from abm.venue.rulebook import Rulebook, Rules

STALE_TICKS, COST_USD = range(2)
"""Places in `Feeds.totals`: venue-ticks without any source; what pushing sources has cost."""

SEATS = 1000
"""Room for sources per venue, and for instruments per source, in a draw's identity."""


class Feeds(NamedTuple):
    """Every venue's oracle as columns; no sources at all where each takes the spot index."""

    kind: Ints  # [V, S] SPOT, BOOK, -1 = no such source
    book: Ints  # [V, S] venue whose book is read
    weight: Floats  # [V, S]
    delay_ticks: Ints  # [V, S]
    delay_s: Floats  # [V, S]
    error: Floats  # [V, S]
    stuck_s: Floats  # [V, S, 2] from, until
    fails_s: Floats  # [V, S, 2]
    push_s: Floats  # [V, S, 2]
    push_usd: Floats  # [V, S]
    push_instrument: Ints  # [V, S]
    takes_median: Flags  # [V]
    history: Floats  # [H, 1 + V, K] spot, then books, a ring by tick
    last: Floats  # [V, S, K] last reading
    pushed: Floats  # [V, S] log move of a bent source
    price: Floats  # [V, K] oracle price of the last tick that had one
    answers: Floats  # [2, S] scratch: values and weights
    totals: Floats  # [2]
    key: Words  # [1]


def feed_columns(
    rulebooks: tuple[Rulebook, ...], prices: Floats, dt_s: float, key: np.uint64
) -> Feeds:
    """Columns of all oracles at t = 0.

    Args:
        rulebooks: one per venue.
        prices: `[K]` index at the start.
        dt_s: length of a tick.
        key: of the stream that errors are drawn from.
    """
    oracles = [book.oracle for book in rulebooks]
    names = [book.name for book in rulebooks]
    plain = all(oracle == Oracle() for oracle in oracles)
    most = 0 if plain else max(len(oracle.sources) for oracle in oracles)
    shape = (len(oracles), most)
    kind, book, delay, instrument = (np.full(shape, -1, np.int64) for _ in range(4))
    weight, late, error, push = (np.zeros(shape) for _ in range(4))
    stuck, fails, pushing = (np.full((*shape, 2), np.inf) for _ in range(3))
    for v, oracle in enumerate(oracles if most else []):
        for s, source in enumerate(oracle.sources):
            kind[v, s] = SPOT if source.kind == "spot" else BOOK
            book[v, s] = names.index(source.venue) if source.kind == "book" else v
            weight[v, s], error[v, s] = source.weight, source.error
            delay[v, s], late[v, s] = round(source.delay_s / dt_s), source.delay_s
            stuck[v, s] = source.stuck_from_s, source.stuck_until_s
            fails[v, s] = source.fails_from_s, source.fails_until_s
            pushing[v, s] = source.push_from_s, source.push_until_s
            push[v, s], instrument[v, s] = source.push_usd, source.push_instrument
    slots = 1 + (max(0, int(delay.max())) if most else 0)
    rows = 1 + len(oracles) if most else 0
    return Feeds(
        kind=kind, book=book, weight=weight, delay_ticks=delay, delay_s=late, error=error,
        stuck_s=stuck, fails_s=fails, push_s=pushing, push_usd=push, push_instrument=instrument,
        takes_median=np.array([oracle.rule == "median" for oracle in oracles]),
        history=np.tile(prices, (slots, rows, 1)),
        last=np.tile(prices, (*shape, 1)),
        pushed=np.zeros(shape),
        price=np.tile(prices, (len(oracles), 1)),
        answers=np.zeros((2, most)),
        totals=np.zeros(2),
        key=np.array([key], np.uint64),
    )  # fmt: skip


@kernel
def weighted_mean(values: Floats, weights: Floats) -> float:
    """Σ w x / Σ w over positive weights; NaN when there is none: `[S]`, `[S]`."""
    total = 0.0
    weight = 0.0
    for s in range(values.size):
        if weights[s] > 0.0:
            total += weights[s] * values[s]
            weight += weights[s]
    return total / weight if weight > 0.0 else math.nan


@kernel
def weighted_median(values: Floats, weights: Floats) -> float:
    """Weighted median over positive weights; NaN when there is none: `[S]`, `[S]`.

    Mean of the least value with half of the weight at or below it and of the least with more than
    half: one value unless a value ends exactly at half.
    """
    weight = 0.0
    for s in range(values.size):
        weight += max(0.0, weights[s])
    if weight <= 0.0:
        return math.nan
    lower = math.inf
    upper = math.inf
    for s in range(values.size):
        if weights[s] > 0.0:
            below = 0.0
            for other in range(values.size):
                if weights[other] > 0.0 and values[other] <= values[s]:
                    below += weights[other]
            if 2.0 * below >= weight:
                lower = min(lower, values[s])
            if 2.0 * below > weight:
                upper = min(upper, values[s])
    return 0.5 * lower + 0.5 * upper


@kernel
def push_source(
    feeds: Feeds, markets: Markets, rules: Rules, source: tuple[int, int], spot_impact: float,
    spot_depth_usd: Floats,
) -> None:  # fmt: skip
    """Bend a source by what the impact of its push implies; the cost is counted."""
    v, s = source
    k = feeds.push_instrument[v, s]
    flow = abs(feeds.push_usd[v, s])
    sign = 1.0 if feeds.push_usd[v, s] > 0.0 else -1.0
    if feeds.kind[v, s] == SPOT:
        move = move_of_flow(LINEAR, spot_impact, flow, spot_depth_usd[k])
        cost = slippage_cost(LINEAR, flow, move)
    else:
        b = feeds.book[v, s]
        quoted = markets.ask_usd[b, k] if sign > 0.0 else markets.bid_usd[b, k]
        share = impact_share(flow, quoted)
        form, lasting = rules.impact_form[b], rules.impact_permanent[b] * share
        move = temporary_impact(form, rules.impact_temporary[b], share) + lasting
        mean = mean_impact(form, rules.impact_temporary[b], rules.impact_permanent[b], share)
        cost = min(flow, quoted) * mean
    feeds.pushed[v, s] = sign * move
    feeds.totals[COST_USD] += cost


@kernel
def remember(feeds: Feeds, markets: Markets, tick: int) -> None:
    """Write this tick's index and middles of the books into the history."""
    slot = tick % feeds.history.shape[0]
    for k in range(markets.index_price.size):
        index = markets.index_price[k]
        feeds.history[slot, 0, k] = index
        for v in range(markets.mark_price.shape[0]):
            premium = markets.transient[v, k] + markets.permanent[v, k]
            feeds.history[slot, 1 + v, k] = index * math.exp(premium)


@kernel
def read_source(feeds: Feeds, source: tuple[int, int], k: int, tick: int, now_s: float) -> None:
    """One source's reading of one instrument into `answers`; weight 0 when it does not answer."""
    v, s = source
    feeds.answers[1, s] = feeds.weight[v, s]
    if is_during(now_s, feeds.fails_s[v, s, 0], feeds.fails_s[v, s, 1]):
        feeds.answers[1, s] = 0.0
    if not is_during(now_s, feeds.stuck_s[v, s, 0], feeds.stuck_s[v, s, 1]):
        slot = (tick - feeds.delay_ticks[v, s]) % feeds.history.shape[0]
        row = 0 if feeds.kind[v, s] == SPOT else 1 + feeds.book[v, s]
        value = feeds.history[slot, row, k]
        if feeds.error[v, s] > 0.0:
            key = tick_key(feeds.key[0], tick)
            identity = 2 * ((v * SEATS + s) * SEATS + k)
            draws = uniform(key, identity), uniform(key, identity + 1)
            value *= noise_factor(feeds.error[v, s], draws[0], draws[1])
        seen_s = now_s - feeds.delay_s[v, s]
        if k == feeds.push_instrument[v, s] and is_during(
            seen_s, feeds.push_s[v, s, 0], feeds.push_s[v, s, 1]
        ):
            value *= math.exp(feeds.pushed[v, s])
        feeds.last[v, s, k] = value
    feeds.answers[0, s] = feeds.last[v, s, k]


@kernel
def is_first_tick_of(from_s: float, until_s: float, tick: int, dt_s: float) -> bool:
    """Is `tick` the first of the run inside [from, until)?"""
    now_s = tick * dt_s
    return is_during(now_s, from_s, until_s) and (tick == 1 or now_s - dt_s < from_s)


@kernel
def join_sources(feeds: Feeds, v: int, k: int, tick: int, now_s: float) -> float:
    """One venue's oracle price of one instrument; NaN when no source answers."""
    feeds.answers[1, :] = 0.0
    for s in range(feeds.kind.shape[1]):
        if feeds.kind[v, s] >= 0:
            read_source(feeds, (v, s), k, tick, now_s)
    if feeds.takes_median[v]:
        return weighted_median(feeds.answers[0], feeds.answers[1])
    return weighted_mean(feeds.answers[0], feeds.answers[1])


@kernel
def read_oracles(
    feeds: Feeds, markets: Markets, rules: Rules, clock: tuple[int, float], spot_impact: float,
    spot_depth_usd: Floats,
) -> None:  # fmt: skip
    """Set every venue's `oracle_price` at `clock = (tick, dt_s)`; `spot_depth_usd`: `[K]`.

    Not to be called where every venue takes the spot index: there are no sources then.
    """
    tick, dt_s = clock
    remember(feeds, markets, tick)
    for v in range(feeds.kind.shape[0]):
        for s in range(feeds.kind.shape[1]):
            if feeds.push_usd[v, s] != 0.0 and is_first_tick_of(
                feeds.push_s[v, s, 0], feeds.push_s[v, s, 1], tick, dt_s
            ):
                push_source(feeds, markets, rules, (v, s), spot_impact, spot_depth_usd)
        stale = False
        for k in range(markets.index_price.size):
            price = join_sources(feeds, v, k, tick, tick * dt_s)
            if math.isnan(price):
                stale = True
            else:
                feeds.price[v, k] = price
            markets.oracle_price[v, k] = feeds.price[v, k]
        if stale:
            feeds.totals[STALE_TICKS] += 1.0
