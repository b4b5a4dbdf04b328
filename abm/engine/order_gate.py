"""Which voluntary orders a venue lets through to its books.

    halted          none: they are cancelled, and the venue's books do not clear in this tick
    PnL weight      where it is below 1, what an account's orders add to its positions may not
                    exceed L / f (e - (1 - w_i) unrealised profit) - notional, L the rulebook's
                    largest leverage and f the margin factor; all orders on one margin are cut alike
    open interest   what buys add, and what sells add, may each not exceed what the cap leaves

While a venue is halted its makers' quotes are indicative: they serve forced closes, and arbitrage
keeps drawing its premium to that of other venues, as if quotes followed theirs. Spot stays open.

Where a pool is the counterparty, what passes is cut further to its limits (`abm.engine.pooling`).

What an order closes always passes. Both sides are within the cap's room R on their own, and only
one side trades with the makers: open interest grows by no more than what the other side adds. Room
for less than a lot is none.
"""

import math

from abm.engine.deciding import scope_equity, scope_notional
from abm.engine.world import TICK, World
from abm.kernel import kernel
from abm.venue.guarding import REFUSED_USD, unproven_profit
from abm.venue.guards import added_contracts, admitted, room_below, share_within


@kernel
def admit_orders(world: World, v: int) -> bool:
    """Cancel or cut a venue's orders as its guards say; False if it is halted."""
    guard = world.guard
    if world.clock[TICK] < guard.reopens[v]:
        cancel_orders(world, v)
        return False
    if guard.pnl_weight_initial[v] < 1.0:
        start = world.state.venues.account_start
        for row in range(start[v], start[v + 1]):
            keep_within_margin(world, v, row)
    for k in range(guard.open_interest_limit.shape[1]):
        if not math.isinf(guard.open_interest_limit[v, k]):
            keep_below_cap(world, v, k)
    return True


@kernel
def cut(world: World, row: int, k: int, share: float) -> None:
    """Let through only a share of what one order adds to its position."""
    accounts = world.state.accounts
    order = accounts.order_contracts[row, k]
    if order == 0.0 or share >= 1.0:
        return
    kept = admitted(accounts.qty_contracts[row, k], order, share)
    accounts.order_contracts[row, k] = kept
    mark = world.state.markets.mark_price[accounts.venue[row], k]
    world.guard.totals[REFUSED_USD] += abs(order - kept) * mark


@kernel
def cancel_orders(world: World, v: int) -> None:
    """Cancel every order of a venue."""
    accounts, start = world.state.accounts, world.state.venues.account_start
    for row in range(start[v], start[v + 1]):
        for k in range(accounts.order_contracts.shape[1]):
            size = abs(accounts.order_contracts[row, k])
            if size > 0.0:
                world.guard.totals[REFUSED_USD] += size * world.state.markets.mark_price[v, k]
                accounts.order_contracts[row, k] = 0.0


@kernel
def bucket_of(world: World, row: int, k: int) -> int:
    """The margin behind an order: an open isolated position's own, else the cross margin."""
    accounts = world.state.accounts
    isolated = accounts.is_isolated[row, k] and accounts.qty_contracts[row, k] != 0.0
    return 1 + k if isolated else 0


@kernel
def keep_within_margin(world: World, v: int, row: int) -> None:
    """Cut what an account's orders add to what its discounted equity allows, margin by margin."""
    accounts, marks = world.state.accounts, world.state.markets.mark_price[v]
    limit = world.state.rules.max_leverage[v] / world.state.rules.margin_factor[v]
    weight = world.guard.pnl_weight_initial[v]
    for bucket in range(1 + marks.size):
        wanted = 0.0
        place = -1
        for k in range(marks.size):
            order = accounts.order_contracts[row, k]
            if order != 0.0 and bucket_of(world, row, k) == bucket:
                wanted += added_contracts(accounts.qty_contracts[row, k], order) * marks[k]
                place = k
        if wanted <= 0.0:
            continue
        unproven_usd = unproven_profit(accounts, row, bucket, marks, weight)
        equity = scope_equity(world, row, place) - unproven_usd
        share = share_within(wanted, limit * equity - scope_notional(world, row, place))
        for k in range(marks.size):
            if bucket_of(world, row, k) == bucket:
                cut(world, row, k, share)


@kernel
def keep_below_cap(world: World, v: int, k: int) -> None:
    """Ration what the orders of a book add, so that its open interest stays below the cap."""
    accounts, start = world.state.accounts, world.state.venues.account_start
    open_interest = buys = sells = 0.0
    for row in range(start[v], start[v + 1]):
        qty, order = accounts.qty_contracts[row, k], accounts.order_contracts[row, k]
        open_interest += max(0.0, qty)
        if order > 0.0:
            buys += added_contracts(qty, order)
        elif order < 0.0:
            sells += added_contracts(qty, order)
    lot = world.state.rules.lot_contracts[v, k]
    room = room_below(world.guard.open_interest_limit[v, k], open_interest, lot)
    buy_share, sell_share = share_within(buys, room), share_within(sells, room)
    for row in range(start[v], start[v + 1]):
        share = buy_share if accounts.order_contracts[row, k] > 0.0 else sell_share
        cut(world, row, k, share)
