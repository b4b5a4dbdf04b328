"""Traders decide: who looks at the market this tick, and which orders follow.

A trader looks with probability 1 - exp(-rate dt). Looking, it first reacts to its published place
in the queue, if that is high and the position is in profit; otherwise it trades as its role does.
Decisions read the trader's own accounts, public prices and the visible place, nothing else.
"""

import math

import numpy as np

from abm.agents.reactions import HEDGE, HOLD, LEAVE, react, wants_out
from abm.agents.trading import SPOT, centred, directional_order, mend_hedge
from abm.engine.crossing import decide_across, decide_arbitrageur
from abm.engine.world import (
    DT_S,
    KEY_ATTENTION,
    KEY_BEHAVIOUR,
    REACTING,
    SPOT_FEE,
    TICK,
    World,
)
from abm.kernel import kernel
from abm.market import tape as events
from abm.market.columns import ARBITRAGEUR, DIRECTIONAL, HEDGER, HOUSE, MARKET_MAKER
from abm.market.ledger import REACTION_VOLUME_USD
from abm.market.tape import log
from abm.market.trades import charge
from abm.rng import tick_key, uniform
from abm.venue.margin import isolated_equity


@kernel
def looks(rate_per_s: float, dt_s: float, draw: float) -> bool:
    """Does a trader with this rate of attention look during a tick?

    With probability 1 - exp(-rate dt), which is at most rate dt: most draws need no exponential.
    """
    if draw >= rate_per_s * dt_s:
        return False
    return draw < 1.0 - math.exp(-rate_per_s * dt_s)


@kernel
def scope_equity(world: World, row: int, k: int) -> float:
    """Equity behind a position: the isolated bucket's, or the cross account's [USD].

    A flat isolated position has the cross account behind it, from which its margin will come.
    """
    accounts = world.state.accounts
    if accounts.is_isolated[row, k] and accounts.qty_contracts[row, k] != 0.0:
        v = accounts.venue[row]
        return isolated_equity(accounts, row, k, world.state.markets.mark_price[v, k])
    return float(accounts.equity_usd[row])


@kernel
def scope_notional(world: World, row: int, k: int) -> float:
    """Notional on the same margin: the isolated position's, or the cross account's [USD]."""
    accounts = world.state.accounts
    if accounts.is_isolated[row, k] and accounts.qty_contracts[row, k] != 0.0:
        mark = world.state.markets.mark_price[accounts.venue[row], k]
        return float(abs(accounts.qty_contracts[row, k]) * mark)
    return float(accounts.notional_usd[row])


@kernel
def deposit(world: World, t: int, row: int, k: int, amount_usd: float) -> None:
    """Move cash from the trader's wallet to the margin behind a position."""
    accounts, traders = world.state.accounts, world.traders
    traders.wallet_usd[t] -= amount_usd
    charge(accounts, row, k, -amount_usd)
    where = (accounts.venue[row], k)
    log(world.state.tape, events.DEPOSIT, where, accounts.account_id[row], 0.0, 0.0, amount_usd)


@kernel
def hedge_elsewhere(world: World, t: int, row: int, k: int, contracts: float) -> float:
    """Buy `contracts` on another venue where the trader has an account, else in spot.

    Within initial margin there; spot is bought with the wallet's cash and sold from what is held:
    nobody borrows. Contracts ordered.
    """
    accounts, traders = world.state.accounts, world.traders
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        other = traders.account_rows[j]
        v = accounts.venue[other]
        listed = world.guard.open_interest_limit[v, k] > 0.0
        if v != accounts.venue[row] and accounts.equity_usd[other] > 0.0 and listed:
            limit = world.state.rules.max_leverage[v] / world.state.rules.margin_factor[v]
            room = directional_order(
                accounts.qty_contracts[other, k], accounts.notional_usd[other],
                accounts.equity_usd[other], world.state.markets.mark_price[v, k],
                math.inf if contracts > 0.0 else -math.inf, limit,
            )  # fmt: skip
            ordered = min(contracts, room) if contracts > 0.0 else max(contracts, room)
            accounts.order_contracts[other, k] += ordered
            return ordered
    if contracts > 0.0:
        ordered = min(contracts, affordable_spot(world, t, k))
    else:
        ordered = max(contracts, -max(0.0, traders.spot_units[t, k]))
    traders.spot_order[t, k] += ordered
    return ordered


@kernel
def affordable_spot(world: World, t: int, k: int) -> float:
    """Units of spot that the trader's wallet pays for, fee included."""
    price = world.state.markets.index_price[k] * (1.0 + world.terms[SPOT_FEE])
    return float(max(0.0, world.traders.wallet_usd[t]) / price)


@kernel
def react_to_place(world: World, t: int, row: int, k: int) -> bool:
    """Carry out the trader's reaction to its place in the queue; True if it reacted."""
    accounts, traders, markets = world.state.accounts, world.traders, world.state.markets
    qty = accounts.qty_contracts[row, k]
    mark = markets.mark_price[accounts.venue[row], k]
    pnl = qty * (mark - accounts.entry_price[row, k])
    if not wants_out(accounts.visible[row, k], traders.threshold[t], pnl):
        return False
    reaction = traders.reaction[t]
    equity = scope_equity(world, row, k)
    if reaction == HOLD or equity <= 0.0:
        return False
    leverage = abs(qty) * mark / equity
    order, paid_in, elsewhere = react(
        reaction, qty, equity, leverage, traders.target_leverage[t], traders.fraction[t],
        traders.wallet_usd[t],
    )  # fmt: skip
    if reaction == HEDGE and hedged_already(world, t, k):
        return True
    accounts.order_contracts[row, k] += order
    if paid_in > 0.0:
        deposit(world, t, row, k, paid_in)
    if elsewhere != 0.0:
        elsewhere = hedge_elsewhere(world, t, row, k, elsewhere)
    if reaction == LEAVE:
        traders.left[t] = True  # the rest is wound up in the ticks to come
    role = traders.role[t]
    world.state.ledger.reaction_usd[role] += order * mark
    world.state.ledger.totals[REACTION_VOLUME_USD] += (abs(order) + abs(elsewhere)) * mark
    return True


@kernel
def hedged_already(world: World, t: int, k: int) -> bool:
    """Is a directional trader's net position over all venues and spot already reduced by half?"""
    accounts, traders = world.state.accounts, world.traders
    net = traders.spot_units[t, k]
    gross = abs(net)
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        qty = accounts.qty_contracts[traders.account_rows[j], k]
        net += qty
        gross += abs(qty)
    return bool(abs(net) < 0.5 * gross)


@kernel
def decide_directional(world: World, t: int, noise_key: np.uint64) -> None:
    """A directional trader that looks: react, else follow trend and noise."""
    accounts, traders, markets = world.state.accounts, world.traders, world.state.markets
    instruments = accounts.qty_contracts.shape[1]
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        row = traders.account_rows[j]
        for k in range(instruments):
            bucket = 1 + k if accounts.is_isolated[row, k] else 0
            if accounts.closing[row, bucket] > 0.0:
                continue
            if world.terms[REACTING] > 0.0 and react_to_place(world, t, row, k):
                continue
            if traders.trend[t] == 0.0 and traders.noise[t] == 0.0:
                continue
            move = math.log(markets.index_price[k] / markets.slow_index[k])
            draw = uniform(noise_key, accounts.account_id[row] * instruments + k)
            impulse = traders.trend[t] * move + traders.noise[t] * centred(draw)
            accounts.order_contracts[row, k] += directional_order(
                accounts.qty_contracts[row, k], scope_notional(world, row, k),
                scope_equity(world, row, k), markets.mark_price[accounts.venue[row], k], impulse,
                traders.target_leverage[t],
            )  # fmt: skip


@kernel
def decide_hedger(world: World, t: int) -> None:
    """A hedger that looks: react, then bring perp + spot back to zero."""
    accounts, traders = world.state.accounts, world.traders
    for k in range(accounts.qty_contracts.shape[1]):
        perp = 0.0
        for j in range(traders.account_start[t], traders.account_start[t + 1]):
            row = traders.account_rows[j]
            bucket = 1 + k if accounts.is_isolated[row, k] else 0
            if world.terms[REACTING] > 0.0 and accounts.closing[row, bucket] == 0.0:
                react_to_place(world, t, row, k)
            perp += accounts.qty_contracts[row, k]
        if perp != 0.0 or traders.spot_units[t, k] != 0.0:
            order = mend_hedge(perp, traders.spot_units[t, k])
            traders.spot_order[t, k] += min(order, affordable_spot(world, t, k))


@kernel
def decide_cross_hedger(world: World, t: int) -> None:
    """A hedger across venues that looks: react, then mend its legs."""
    accounts, traders = world.state.accounts, world.traders
    if world.terms[REACTING] > 0.0:
        for k in range(accounts.qty_contracts.shape[1]):
            for j in range(traders.account_start[t], traders.account_start[t + 1]):
                row = traders.account_rows[j]
                bucket = 1 + k if accounts.is_isolated[row, k] else 0
                if accounts.closing[row, bucket] == 0.0:
                    react_to_place(world, t, row, k)
    decide_across(world, t)


@kernel
def wind_up(world: World, t: int) -> None:
    """A trader that has left sells what it still holds, tick by tick, until it holds nothing."""
    accounts, traders = world.state.accounts, world.traders
    for k in range(accounts.qty_contracts.shape[1]):
        for j in range(traders.account_start[t], traders.account_start[t + 1]):
            row = traders.account_rows[j]
            bucket = 1 + k if accounts.is_isolated[row, k] else 0
            if accounts.closing[row, bucket] == 0.0:
                accounts.order_contracts[row, k] = -accounts.qty_contracts[row, k]
        traders.spot_order[t, k] = -traders.spot_units[t, k]


@kernel
def decide_house(world: World, v: int) -> None:
    """Estate and vault work off their inventory through the book, a share of it each second."""
    accounts, venues = world.state.accounts, world.state.venues
    share = min(1.0, world.state.rules.house_unwind_per_s[v] * world.terms[DT_S])
    for k in range(accounts.qty_contracts.shape[1]):
        row = venues.estate_row[v]
        accounts.order_contracts[row, k] = -share * accounts.qty_contracts[row, k]
        row = venues.backstop_row[v]
        if row >= 0 and accounts.closing[row, 0] == 0.0:
            accounts.order_contracts[row, k] = -share * accounts.qty_contracts[row, k]


@kernel
def decide(world: World) -> None:
    """One tick of decisions: orders into `order_contracts` and `spot_order`."""
    traders = world.traders
    tick = world.clock[TICK]
    dt_s = world.terms[DT_S]
    attention = tick_key(world.keys[KEY_ATTENTION], tick)
    noise = tick_key(world.keys[KEY_BEHAVIOUR], tick)
    for t in range(traders.trader_id.size):
        role = traders.role[t]
        if role in (MARKET_MAKER, HOUSE) or traders.overridden[t]:
            continue
        if traders.left[t]:
            wind_up(world, t)
            continue
        draw = uniform(attention, traders.trader_id[t])
        if looks(traders.attention_per_s[t], dt_s, draw):
            if role == DIRECTIONAL:
                decide_directional(world, t, noise)
            elif role == ARBITRAGEUR:
                decide_arbitrageur(world, t)
            elif role == HEDGER and traders.style[t] != SPOT:
                decide_cross_hedger(world, t)
            elif role == HEDGER:
                decide_hedger(world, t)
    for v in range(world.designs.shape[0]):
        decide_house(world, v)
