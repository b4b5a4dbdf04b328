"""Depositors and stakers are served once per tick: prices, requests, payments, new deposits.

    vault    price of a share -> who asks back -> who is paid, as far as free equity goes -> inflow
    fund     yield out of the tick's fees -> who asks -> who is paid, the unstaking period over

Prices are taken from the accounts as the tick leaves them, and once more at the next tick's marks,
before anybody is margined: an account elsewhere that has posted a vault's shares is valued at them,
or at what they fetch on its venue's own market (`abm.venue.collateral_market`).
What the others ask back is seen in the same tick, before anybody is paid.
"""

import math

from abm.engine.pooling import pool_standing, side_notional_usd
from abm.engine.world import DT_S, TICK, World
from abm.kernel import kernel
from abm.market import tape as events
from abm.market.tape import log
from abm.market.trades import put_in
from abm.venue.insurance_fund import pay_stakers
from abm.venue.lp_pool import free_pool_usd
from abm.venue.lp_vault import (
    FIRST_COME,
    asks_back,
    free_equity_usd,
    inflow_usd,
    settle_prices,
)
from abm.venue.margin import value_account
from abm.venue.mark import keep
from abm.venue.staking import yield_usd

DUE_TOL_S = 1e-9
"""A payment this close to its time is due [s]."""


@kernel
def price_vaults(world: World) -> None:
    """Value vaults at the marks now; price their shares, and redeem the assets that are such."""
    state, vaults = world.state, world.backers.vaults
    owned = False
    for v in range(vaults.row.size):
        row = vaults.row[v]
        if row >= 0:
            value_account(state.accounts, row, state.markets, state.rules)
            vaults.equity_usd[v] = state.accounts.equity_usd[row]
            owned = True
    if not owned:
        return
    settle_prices(vaults.equity_usd, vaults.outstanding, vaults.held, vaults.price_usd)
    markets = state.markets
    for c in range(markets.asset_price.size):
        v = world.backers.asset_vault[c]
        if v >= 0:
            markets.asset_price[c] = vaults.price_usd[v]


@kernel
def remember_price(world: World, v: int) -> None:
    """Highest, lowest and average price of a vault's share."""
    vaults = world.backers.vaults
    price = vaults.price_usd[v]
    kept = keep(world.state.rules.vault.memory_s[v], world.terms[DT_S])
    vaults.peak_usd[v] = max(vaults.peak_usd[v], price)
    vaults.lowest_usd[v] = min(vaults.lowest_usd[v], price)
    vaults.slow_usd[v] = kept * vaults.slow_usd[v] + (1.0 - kept) * price


@kernel
def waiting_shares(world: World, v: int) -> float:
    """Shares of a vault that wait for payment."""
    vaults = world.backers.vaults
    total = 0.0
    for i in range(vaults.shares.shape[1]):
        if vaults.due_s[v, i] < math.inf:
            total += vaults.shares[v, i]
    return total


@kernel
def hear_requests(world: World, v: int, now_s: float) -> None:
    """Who asks its deposit back: first for the vault's loss, then because others do."""
    vaults, rules = world.backers.vaults, world.state.rules.vault
    due_s = now_s + rules.lockup_s[v]
    price, peak = vaults.price_usd[v], vaults.peak_usd[v]
    for i in range(vaults.shares.shape[1]):
        stays = vaults.shares[v, i] > 0.0 and vaults.due_s[v, i] == math.inf
        if stays and asks_back(price, peak, vaults.threshold[v, i]):
            vaults.due_s[v, i] = due_s
    waiting = waiting_shares(world, v)
    if waiting > rules.run_above[v] * vaults.outstanding[v]:
        for i in range(vaults.shares.shape[1]):
            stays = vaults.shares[v, i] > 0.0 and vaults.due_s[v, i] == math.inf
            if stays and vaults.is_strategic[v, i]:
                vaults.due_s[v, i] = due_s


@kernel
def note_run(world: World, v: int, now_s: float) -> None:
    """The time when half of the depositors who started with shares had asked them back."""
    vaults = world.backers.vaults
    if vaults.first_shares[v] <= 0.0:  # all depositors start with equal shares, or none has any
        return
    asked = 0
    there = 0
    for i in range(vaults.shares.shape[1]):
        if vaults.threshold[v, i] < math.inf:
            there += 1
            if vaults.shares[v, i] <= 0.0 or vaults.due_s[v, i] < math.inf:
                asked += 1
    if math.isnan(vaults.run_s[v]) and 0 < there <= 2 * asked:
        vaults.run_s[v] = now_s


@kernel
def free_usd(world: World, v: int) -> float:
    """What a vault may pay out now [USD]; nothing while it is in forced close."""
    state = world.state
    row = world.backers.vaults.row[v]
    if state.accounts.closing[row, 0] > 0.0:
        return 0.0
    equity = float(state.accounts.equity_usd[row])
    if state.rules.pool.is_on[v] > 0.0:
        pool_usd, longs, shorts = pool_standing(state, v)
        held = side_notional_usd(state, v, -1, 1) + side_notional_usd(state, v, -1, -1)
        reserve = state.rules.pool.reserved[v] * held
        below = state.rules.pool.withdrawals_below[v]
        return free_pool_usd(equity, pool_usd, max(longs, shorts), reserve, below)
    return free_equity_usd(
        equity,
        state.accounts.notional_usd[row],
        state.rules.backstop_leverage[v],
        state.accounts.cash_usd[row],
    )


@kernel
def redeem(world: World, v: int, i: int, share: float) -> float:
    """Pay `share` of what depositor `i` asked back, at the price now; USD paid."""
    vaults, row = world.backers.vaults, world.backers.vaults.row[v]
    burnt = vaults.shares[v, i] * min(1.0, share)
    paid = burnt * vaults.price_usd[v]
    put_in(world.state.accounts, row, -paid)
    vaults.outside_usd[v] += paid
    vaults.withdrawn_usd[v] += paid
    vaults.shares[v, i] -= burnt
    if share >= 1.0:
        vaults.shares[v, i] = 0.0
        vaults.due_s[v, i] = math.inf
    identity = world.state.accounts.account_id[row]
    log(world.state.tape, events.WITHDRAWAL, (v, -1), identity, 0.0, vaults.price_usd[v], paid)
    return float(paid)


@kernel
def next_due(world: World, v: int, now_s: float) -> int:
    """Depositor who asked first of those due, ties by place; -1 = none."""
    vaults = world.backers.vaults
    first = -1
    for i in range(vaults.shares.shape[1]):
        is_due = vaults.due_s[v, i] <= now_s + DUE_TOL_S
        if is_due and (first < 0 or vaults.due_s[v, i] < vaults.due_s[v, first]):
            first = i
    return first


@kernel
def pay_depositors(world: World, v: int, now_s: float) -> None:
    """Pay whom the lock-up has passed, out of the free equity: all alike, or first come."""
    vaults = world.backers.vaults
    price = vaults.price_usd[v]
    owed = 0.0
    for i in range(vaults.shares.shape[1]):
        if vaults.due_s[v, i] <= now_s + DUE_TOL_S:
            owed += vaults.shares[v, i] * price
    if owed <= 0.0:
        return
    free = free_usd(world, v)
    if free <= 0.0:
        return
    if world.state.rules.vault.queue[v] == FIRST_COME:
        row = next_due(world, v, now_s)
        while row >= 0 and free > 0.0:
            share = free / (vaults.shares[v, row] * price)
            free -= redeem(world, v, row, share)
            row = next_due(world, v, now_s) if share >= 1.0 else -1
        return
    for i in range(vaults.shares.shape[1]):
        if vaults.due_s[v, i] <= now_s + DUE_TOL_S:
            redeem(world, v, i, free / owed)


@kernel
def take_deposits(world: World, v: int) -> None:
    """New deposits follow the return; they go to those who stay, in proportion to their shares."""
    vaults, rules = world.backers.vaults, world.state.rules.vault
    price = vaults.price_usd[v]
    staying = 0.0
    for i in range(vaults.shares.shape[1]):
        if vaults.due_s[v, i] == math.inf:
            staying += vaults.shares[v, i]
    paid = inflow_usd(
        price * vaults.outstanding[v],
        price,
        vaults.slow_usd[v],
        rules.chase_per_s[v],
        world.terms[DT_S],
    )
    if paid <= 0.0 or staying <= 0.0:
        return
    for i in range(vaults.shares.shape[1]):
        if vaults.due_s[v, i] == math.inf:
            vaults.shares[v, i] *= 1.0 + paid / (price * staying)
    row = vaults.row[v]
    put_in(world.state.accounts, row, paid)
    vaults.outside_usd[v] -= paid
    identity = world.state.accounts.account_id[row]
    log(world.state.tape, events.WITHDRAWAL, (v, -1), identity, 0.0, price, -paid)


@kernel
def serve_vault(world: World, v: int, now_s: float) -> None:
    """One tick of one vault's depositors."""
    state, vaults = world.state, world.backers.vaults
    remember_price(world, v)
    hear_requests(world, v, now_s)
    pay_depositors(world, v, now_s)
    note_run(world, v, now_s)
    take_deposits(world, v)
    total = 0.0
    for i in range(vaults.shares.shape[1]):
        total += vaults.shares[v, i]
    vaults.outstanding[v] = total + vaults.other_shares[v]
    value_account(state.accounts, vaults.row[v], state.markets, state.rules)


@kernel
def serve_stakers(world: World, v: int, now_s: float) -> None:
    """One tick of one fund's stakers: yield, requests, payments."""
    venues, stakers = world.state.venues, world.backers.stakers
    total = 0.0
    for i in range(stakers.shares.shape[1]):
        total += stakers.shares[v, i]
    if total <= 0.0:
        return
    rules = world.state.rules.staking
    earned = yield_usd(venues.fees_usd[v], stakers.seen_usd[v], rules.fee_share[v], total)
    venues.fees_usd[v] -= earned
    pay_stakers(venues, v, -earned)
    stakers.seen_usd[v] = venues.fees_usd[v]
    value = venues.stakers_usd[v] / total
    stakers.peak_usd[v] = max(stakers.peak_usd[v], value)
    for i in range(stakers.shares.shape[1]):
        if stakers.shares[v, i] <= 0.0:
            continue
        is_waiting = stakers.due_s[v, i] < math.inf
        if not is_waiting and asks_back(value, stakers.peak_usd[v], stakers.threshold[v, i]):
            stakers.due_s[v, i] = now_s + rules.unstaking_s[v]
        if stakers.due_s[v, i] <= now_s + DUE_TOL_S:
            paid = stakers.shares[v, i] * value
            pay_stakers(venues, v, paid)
            stakers.unstaked_usd[v] += paid
            stakers.shares[v, i] = 0.0
            stakers.due_s[v, i] = math.inf
            log(world.state.tape, events.UNSTAKE, (v, -1), -1, 0.0, value, paid)


@kernel
def serve_backers(world: World) -> None:
    """Depositors and stakers of every venue."""
    now_s = world.clock[TICK] * world.terms[DT_S]
    price_vaults(world)
    for v in range(world.backers.vaults.row.size):
        if world.backers.vaults.row[v] >= 0:
            serve_vault(world, v, now_s)
        serve_stakers(world, v, now_s)
