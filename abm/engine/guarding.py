"""The guards at work: once a tick, after the waterfall, before anybody trades.

    look-out        a forecast's features, at the requirements of this tick's liquidations
    margin factor   of the rule, times that of the ADL design; from the next liquidations on
    halt            the mark now against every mark inside the window; opening marks count, marks
                    of before a halt do not; the halt begins with this tick's matching
    calls           opened, ended, and their factors for the next liquidations, at whose
                    requirements accounts are valued first

Forced closes that wait do so from the next tick on: this tick's have been carried out.
"""

import math

import numpy as np

from abm.engine.outlook import look_out, volatility_ratio
from abm.engine.precautions import raised_factor
from abm.engine.scenario import Scenario
from abm.engine.world import DT_S, TICK, World
from abm.kernel import kernel
from abm.market.columns import BACKSTOP, ESTATE, Accounts
from abm.units import SECONDS_PER_YEAR, Floats
from abm.venue.forecast import FEATURES, logistic
from abm.venue.guarding import (
    HALTED_S,
    LARGEST_FACTOR,
    MARGIN_CALLS,
    TOTALS,
    Guarding,
    counted_equity,
)
from abm.venue.guards import (
    FLAT,
    MARGIN_RULES,
    PREDICTIVE,
    VOLATILITY,
    log_move,
    predicted_factor,
    ticks_of,
    volatility_factor,
)
from abm.venue.margin import bucket_maintenance, value_account
from abm.venue.margin_calls import call_factor, is_weak


def open_guards(scenario: Scenario, accounts: Accounts, prices: Floats) -> Guarding:
    """Guards before the first tick.

    Args:
        scenario: all choices.
        accounts: as they open.
        prices: first index of each instrument `[K]`, which is also every first mark.
    """
    guards = [book.guards for book in scenario.venues]
    venues, shape = len(guards), accounts.closing.shape
    windows = [ticks_of(g.halt_window_s, scenario.dt_s) for g in guards]
    longest = max(
        w if math.isfinite(g.halt_move) else 1 for g, w in zip(guards, windows, strict=True)
    )
    marks = np.zeros((longest + 1, venues, prices.size))
    marks[0] = prices
    limit = np.full((venues, prices.size), np.inf)
    for v, guard in enumerate(guards):
        for k in range(prices.size):
            if not scenario.venues[v].lists(k):
                limit[v, k] = 0.0
        if math.isfinite(guard.open_interest_cap):
            longs = np.maximum(accounts.qty_contracts[accounts.venue == v], 0.0).sum(axis=0)
            limit[v] = guard.open_interest_cap * longs
    totals = np.zeros(TOTALS)
    totals[LARGEST_FACTOR] = 1.0
    return Guarding(
        margin_rule=np.array([MARGIN_RULES.index(g.margin_rule) for g in guards]),
        calm_variance_per_s=np.array(
            [g.calm_volatility_per_year**2 / SECONDS_PER_YEAR for g in guards]
        ),
        exponent=np.array([g.exponent for g in guards], np.float64),
        slope=np.array([g.slope for g in guards], np.float64),
        largest_factor=np.array([g.largest_factor for g in guards], np.float64),
        intercept=np.array([g.forecast.intercept for g in guards], np.float64),
        coefficients=np.array([g.forecast.weights() for g in guards], np.float64),
        halt_move=np.array([g.halt_move for g in guards], np.float64),
        halt_window_ticks=np.array(windows),
        halt_ticks=np.array([ticks_of(g.halt_s, scenario.dt_s) for g in guards]),
        halt_liquidations=np.array([g.halt_liquidations for g in guards], np.bool_),
        open_interest_limit=limit,
        pnl_weight_initial=np.array([g.pnl_weight_initial for g in guards], np.float64),
        pnl_weight_maintenance=np.array([g.pnl_weight_maintenance for g in guards], np.float64),
        call_below=np.array([g.call_below for g in guards], np.float64),
        call_grace_s=np.array([g.call_grace_s for g in guards], np.float64),
        call_rise_per_s=np.array([g.call_rise_per_s for g in guards], np.float64),
        is_strict=np.array([g.is_strict for g in guards], np.bool_),
        marks=marks,
        counted_from=np.zeros(venues, np.int64),
        reopens=np.zeros(venues, np.int64),
        waits=np.zeros(venues, np.bool_),
        called_s=np.full(shape, np.nan),
        call_factor=np.ones(shape),
        features=np.full((venues, len(FEATURES)), np.nan),
        bankruptcies=np.zeros(venues),
        totals=totals,
    )


@kernel
def own_factor(world: World, v: int) -> float:
    """The margin rule's factor on a venue's requirements [1]."""
    guard = world.guard
    if guard.margin_rule[v] == FLAT:
        return 1.0
    if guard.margin_rule[v] == VOLATILITY:
        ratio = volatility_ratio(world, v)
        return volatility_factor(ratio, guard.exponent[v], guard.largest_factor[v])
    score = guard.intercept[v]
    for place in range(guard.coefficients.shape[1]):
        score += guard.coefficients[v, place] * guard.features[v, place]
    return predicted_factor(logistic(score), guard.slope[v], guard.largest_factor[v])


@kernel
def set_margins(world: World, v: int) -> None:
    """Margin factor of a venue: the rule's times the one of its ADL design."""
    factors = world.state.rules.margin_factor
    factors[v] = raised_factor(world, v) * own_factor(world, v)
    totals = world.guard.totals
    totals[LARGEST_FACTOR] = max(totals[LARGEST_FACTOR], factors[v])


@kernel
def largest_move(world: World, v: int) -> float:
    """Largest log move of a venue's marks from any mark inside the window to now [1]."""
    guard, mark_price = world.guard, world.state.markets.mark_price
    tick, kept = world.clock[TICK], world.guard.marks.shape[0]
    back = min(guard.halt_window_ticks[v], tick - guard.counted_from[v])
    found = 0.0
    for j in range(1, back + 1):
        for k in range(mark_price.shape[1]):
            past = guard.marks[(tick - j) % kept, v, k]
            found = max(found, log_move(mark_price[v, k], past))
    return found


@kernel
def halt(world: World, v: int) -> None:
    """Remember this tick's marks, begin a halt if they moved too far, count its time."""
    guard, tick = world.guard, world.clock[TICK]
    if math.isinf(guard.halt_move[v]):
        return
    for k in range(guard.marks.shape[2]):
        guard.marks[tick % guard.marks.shape[0], v, k] = world.state.markets.mark_price[v, k]
    if tick >= guard.reopens[v] and largest_move(world, v) > guard.halt_move[v]:
        guard.reopens[v] = tick + guard.halt_ticks[v]
        guard.counted_from[v] = guard.reopens[v]
    if tick < guard.reopens[v]:
        guard.totals[HALTED_S] += world.terms[DT_S]
    guard.waits[v] = guard.halt_liquidations[v] and tick + 1 < guard.reopens[v]


@kernel
def require_again(world: World, v: int) -> None:
    """Value a venue's cross accounts again: isolated positions read the margin factor directly."""
    state = world.state
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        value_account(state.accounts, row, state.markets, state.rules)


@kernel
def call_margins(world: World, v: int) -> None:
    """Open and end a venue's margin calls, and set the factor of each; the margins are set."""
    guard, accounts = world.guard, world.state.accounts
    rules, prices = world.state.rules, world.state.markets.mark_price
    require_again(world, v)
    now_s = world.clock[TICK] * world.terms[DT_S]
    below, grace_s, rise = guard.call_below[v], guard.call_grace_s[v], guard.call_rise_per_s[v]
    start = world.state.venues.account_start
    for row in range(start[v], start[v + 1]):
        if accounts.kind[row] == BACKSTOP or accounts.kind[row] == ESTATE:
            continue
        for bucket in range(guard.called_s.shape[1]):
            needed = bucket_maintenance(accounts, row, bucket, prices, rules)
            if bucket > 0 and not accounts.is_isolated[row, bucket - 1]:
                needed = 0.0
            if is_weak(counted_equity(accounts, row, bucket, prices, guard), needed, below):
                if math.isnan(guard.called_s[row, bucket]):
                    guard.called_s[row, bucket] = now_s
                    guard.totals[MARGIN_CALLS] += 1.0
                since_s = now_s - guard.called_s[row, bucket]
                guard.call_factor[row, bucket] = call_factor(since_s, grace_s, rise, below)
            else:
                guard.called_s[row, bucket] = np.nan
                guard.call_factor[row, bucket] = 1.0


@kernel
def guard_venues(world: World) -> None:
    """Every venue's guards for this tick; venues without any are left alone."""
    guard = world.guard
    for v in range(guard.margin_rule.size):
        if guard.margin_rule[v] == PREDICTIVE:
            look_out(world, v)
        set_margins(world, v)
        if guard.call_below[v] > 0.0:
            call_margins(world, v)
        halt(world, v)
