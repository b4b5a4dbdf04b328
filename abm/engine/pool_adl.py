"""ADL against a pool, in ticks: winners are closed at the mark until their side fits the pool.

    f         profit of a side, losers netted / pool M        (`abm.engine.pooling`)
    on        f > largest, the design's trigger `PoolFactor`
    closes    `abm.adl.pool_close`, book by book, in the order of the design's score (GMX publishes
              none and checks none; the catalog draws it); longs first
    payouts   every close of a side, whatever its reason, is paid min(1, cap / f) of its profit: the
              standing haircut, set after liquidation and again after the closes

What is not paid stays in the pool and counts as the account's cost.
"""

import math

import numpy as np

from abm.adl import encoding as code
from abm.adl.pool_close import pool_close
from abm.engine.adl_rung import least_burden
from abm.engine.failures import credit_venue, remember
from abm.engine.pooling import pool_standing
from abm.engine.precautions import mark_hedges
from abm.engine.queue import gather_candidates, is_eligible, score_queue
from abm.engine.world import KEY_TIE, MARKOUT_TICKS, TICK, World
from abm.kernel import kernel
from abm.market import tape as events
from abm.market.accounting import unrealised_pnl
from abm.market.ledger import (
    ADL_FILLS,
    ADL_ROUNDS,
    ADL_USD,
    BAD_SCORES,
    BURDEN,
    BURDEN_BOUND,
    BURDEN_EXCESS,
    TAKEN_USD,
)
from abm.market.tape import log
from abm.market.trades import charge, trade
from abm.rng import tick_key
from abm.venue.lp_pool import keep_profit, payout_share
from abm.venue.margin import value_account


@kernel
def is_pool_over(world: World, v: int) -> bool:
    """Is the profit of some side too large for the pool of a venue, and no halt in the way?"""
    design = world.designs[v]
    if world.state.rules.pool.is_on[v] == 0.0 or world.guard.waits[v]:
        return False
    if int(design[code.TRIGGER]) != code.TRIGGER_POOL_FACTOR:
        return False
    pool_usd, longs, shorts = pool_standing(world.state, v)
    return bool(pool_usd > 0.0 and max(longs, shorts) / pool_usd > design[code.TRIGGER_ON])


@kernel
def is_any_pool_over(world: World) -> bool:
    """Does some venue close winners against its pool now?"""
    over = False
    for v in range(world.designs.shape[0]):
        over = is_pool_over(world, v) or over
    return over


@kernel
def set_payouts(world: World) -> None:
    """What of a closing profit each pool pays from now on."""
    for v in range(world.designs.shape[0]):
        if world.state.rules.pool.is_on[v] > 0.0:
            cap = world.designs[v, code.TRIGGER_PAYOUT_CAP]
            pool_usd, longs, shorts = pool_standing(world.state, v)
            shares = world.state.venues.payout_share
            shares[v, 0] = payout_share(longs, pool_usd, cap)
            shares[v, 1] = payout_share(shorts, pool_usd, cap)


@kernel
def next_pick(world: World, v: int, k: int, side: int) -> int:
    """Row of the winner with the highest score that was not looked at yet; -1 = none left."""
    state = world.state
    accounts = state.accounts
    best = -1
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        qty = accounts.qty_contracts[row, k]
        if side * qty <= 0.0 or world.buffers.queue_scores[row, k] == -math.inf:
            continue
        pnl = unrealised_pnl(qty, accounts.entry_price[row, k], state.markets.mark_price[v, k])
        if pnl <= 0.0 or not is_eligible(state, row, k):
            continue
        if best < 0 or world.buffers.queue_scores[row, k] > world.buffers.queue_scores[best, k]:
            best = row
    return best


@kernel
def close_at_pool(
    world: World, book: tuple[int, int], row: int, contracts: float, cut_usd: float
) -> None:
    """Close contracts of a winner against the pool at the mark; `cut_usd` of its profit stays."""
    v, k = book
    state = world.state
    accounts = state.accounts
    pool = state.venues.estate_row[v]
    mark = state.markets.mark_price[v, k]
    side = 1.0 if accounts.qty_contracts[row, k] > 0.0 else -1.0
    keep_profit(accounts, state.venues, state.tape, (row, k), cut_usd)
    fee = world.designs[v, code.AFTERMATH_FEE_RATE] * contracts * mark
    if fee != 0.0:
        charge(accounts, row, k, fee)
        state.venues.fees_usd[v] += fee
    if side > 0.0:
        trade(accounts, pool, row, k, contracts, mark)
    else:
        trade(accounts, row, pool, k, contracts, mark)
    slot = world.clock[TICK] % int(world.terms[MARKOUT_TICKS] + 1)
    state.ledger.closed_contracts[slot, v, k] += side * contracts
    state.ledger.closed_value_usd[slot, v, k] += side * contracts * mark
    state.ledger.totals[ADL_USD] += contracts * mark
    state.ledger.adl_usd[v, k] += contracts * mark
    state.ledger.totals[ADL_FILLS] += 1.0
    accounts.closed_usd[row] += contracts * mark
    accounts.taken_usd[row] += cut_usd
    value_account(accounts, row, state.markets, state.rules)
    identity = accounts.account_id[row]
    log(state.tape, events.ADL_FILL, book, identity, -side * contracts, mark, cut_usd)


@kernel
def close_side(world: World, v: int, k: int, side: int) -> None:
    """One round: winners of one side of one book, until the side fits or none is left."""
    state = world.state
    accounts, design = state.accounts, world.designs[v]
    totals = state.ledger.totals
    begin = state.venues.account_start[v]
    limits = (design[code.TRIGGER_OFF], design[code.TRIGGER_PAYOUT_CAP])
    pool_usd, longs, shorts = pool_standing(state, v)
    side_usd = longs if side > 0 else shorts
    candidates = gather_candidates(world, v, k)
    closes, cost, burden = 0, 0.0, 0.0
    while pool_usd > 0.0 and side_usd / pool_usd > design[code.TRIGGER_ON]:
        row = next_pick(world, v, k, side)
        if row < 0:
            break
        world.buffers.queue_scores[row, k] = -math.inf
        size, profit = abs(accounts.qty_contracts[row, k]), candidates.pnl_usd[row - begin]
        lot = state.rules.lot_contracts[v, k]
        contracts, paid = pool_close((size, profit), side_usd, pool_usd, limits, lot)
        if contracts <= 0.0:
            continue
        gain = contracts * (profit / size)
        cut = (1.0 - paid) * gain
        close_at_pool(world, (v, k), row, contracts, cut)
        side_usd, pool_usd = side_usd - gain, pool_usd - paid * gain
        closes, cost = closes + 1, cost + cut
        if candidates.equity_usd[row - begin] > 0.0:
            burden = max(burden, cut / candidates.equity_usd[row - begin])
    if closes > 0:
        bound = least_burden(world, candidates, cost)
        totals[ADL_ROUNDS] += 1.0
        totals[TAKEN_USD] += cost
        totals[BURDEN] = max(totals[BURDEN], burden)
        totals[BURDEN_BOUND] = max(totals[BURDEN_BOUND], bound)
        totals[BURDEN_EXCESS] = max(totals[BURDEN_EXCESS], burden - bound)


@kernel
def cap_pool(world: World, v: int, key: np.uint64) -> None:
    """Score the books of a venue and close both sides down to what its pool bears."""
    books = world.state.markets.index_price.size
    for k in range(books):
        if not score_queue(world, v, k, key):
            world.state.ledger.totals[BAD_SCORES] += 1.0
    for side in (1, -1):
        for k in range(books):
            close_side(world, v, k, side)


@kernel
def cap_pools(world: World) -> None:
    """Deleverage wherever a side has won too much for its pool, then set the payouts again."""
    if is_any_pool_over(world):
        mark_hedges(world)
        key = tick_key(world.keys[KEY_TIE], world.clock[TICK])
        for v in range(world.designs.shape[0]):
            if is_pool_over(world, v):
                remember(world.state.ledger)
                cap_pool(world, v, key)
                credit_venue(world.state.ledger, v)
    set_payouts(world)
