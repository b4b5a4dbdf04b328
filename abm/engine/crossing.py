"""Orders that join venues: cross-venue hedgers mend a broken hedge, arbitrageurs trade gaps.

Both act through their own accounts, within the margin that each venue asks for; cash does not
travel between venues. An arbitrageur first brings its own legs back into balance, then trades the
widest gap it watches. Prices it compares are the books' middles, and costs are both sides' taker
fees (with spot: its fee too).
"""

import math

from abm.agents.arbitrage import (
    BASIS,
    CROSS,
    carry_share,
    gap_order_usd,
    price_slope,
)
from abm.agents.trading import (
    CUT_LEG,
    HOLD_LEG,
    cut_leg,
    directional_order,
    is_unhedged,
)
from abm.engine.world import LEG_TOLERANCE, SPOT_FEE, SPOT_IMPACT, World
from abm.kernel import kernel


@kernel
def is_closing(world: World, row: int, k: int) -> bool:
    """Is the margin behind a position in forced close?"""
    accounts = world.state.accounts
    bucket = 1 + k if accounts.is_isolated[row, k] else 0
    return bool(accounts.closing[row, bucket] > 0.0)


@kernel
def room_for(world: World, row: int, k: int, sign: float, max_leverage: float) -> float:
    """Contracts of one sign that an account may still order, signed: closing, or within margin."""
    accounts = world.state.accounts
    if is_closing(world, row, k) or accounts.equity_usd[row] <= 0.0:
        return 0.0
    mark = world.state.markets.mark_price[accounts.venue[row], k]
    qty = accounts.qty_contracts[row, k]
    freed = -qty if qty * sign < 0.0 else 0.0  # what closes needs no margin
    notional = accounts.notional_usd[row] - abs(freed) * mark
    opened = directional_order(
        0.0, notional, accounts.equity_usd[row], mark, sign * math.inf, max_leverage
    )
    return float(freed + opened)


@kernel
def own_room(world: World, t: int, row: int, k: int, sign: float) -> float:
    """Contracts of one sign within the trader's own leverage and the venue's, signed."""
    limit = venue_leverage(world, world.state.accounts.venue[row])
    return room_for(world, row, k, sign, min(limit, world.traders.target_leverage[t]))


@kernel
def venue_leverage(world: World, v: int) -> float:
    """Largest leverage for new positions on a venue, margins raised."""
    return float(world.state.rules.max_leverage[v] / world.state.rules.margin_factor[v])


@kernel
def mend_legs(world: World, t: int, k: int, style: int) -> bool:
    """Bring a trader's net position back to zero, by one order on one account; True if it was off.

    `CUT_LEG` orders on the largest leg of the imbalance's own sign, spot included, `REOPEN_LEG` on
    the account with the smallest position, within initial margin.
    """
    accounts, traders = world.state.accounts, world.traders
    net = traders.spot_units[t, k]
    largest = abs(net)
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        qty = accounts.qty_contracts[traders.account_rows[j], k]
        net += qty
        largest = max(largest, abs(qty))
    if not is_unhedged(net, largest, world.terms[LEG_TOLERANCE]):
        return False
    if style == HOLD_LEG:
        return True
    chosen, best = -1, -1.0
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        row = traders.account_rows[j]
        qty = accounts.qty_contracts[row, k]
        if style == CUT_LEG:
            fitness = abs(qty) if qty * net > 0.0 else -1.0
        else:
            fitness = 1.0 / (1.0 + abs(qty))
        if fitness > best:
            chosen, best = row, fitness
    spot = traders.spot_units[t, k]
    if style == CUT_LEG and spot * net > 0.0 and abs(spot) > best:
        traders.spot_order[t, k] += cut_leg(spot, net)
        return True
    if chosen < 0 or is_closing(world, chosen, k):
        return True
    if style == CUT_LEG:
        accounts.order_contracts[chosen, k] += cut_leg(accounts.qty_contracts[chosen, k], net)
    else:
        limit = venue_leverage(world, accounts.venue[chosen])
        room = room_for(world, chosen, k, -net, limit)
        order = max(-net, room) if net > 0.0 else min(-net, room)
        accounts.order_contracts[chosen, k] += order
    return True


@kernel
def decide_across(world: World, t: int) -> None:
    """A cross-venue hedger that looks: mend what is off, in its own way."""
    for k in range(world.state.markets.index_price.size):
        mend_legs(world, t, k, world.traders.style[t])


@kernel
def middle_of(world: World, v: int, k: int) -> float:
    """Price in the middle of a book [USD]."""
    markets = world.state.markets
    premium = markets.transient[v, k] + markets.permanent[v, k]
    return float(markets.index_price[k] * math.exp(premium))


@kernel
def slope_of(world: World, v: int, k: int, sign: float) -> float:
    """Log move of a book per USD bought (sign > 0) or sold."""
    markets, rules = world.state.markets, world.state.rules
    quoted = markets.ask_usd[v, k] if sign > 0.0 else markets.bid_usd[v, k]
    return price_slope(rules.impact_temporary[v], rules.impact_permanent[v], quoted)


@kernel
def outermost(world: World, t: int, k: int, by_funding: bool) -> tuple[int, int, float, float]:
    """(row of the lowest, row of the highest, lowest, highest) price or funding rate it can trade.

    Accounts in forced close, without equity or without a book are passed over; -1 if none is left.
    """
    accounts, traders = world.state.accounts, world.traders
    low, high = -1, -1
    lowest, highest = math.inf, -math.inf
    for j in range(traders.account_start[t], traders.account_start[t + 1]):
        row = traders.account_rows[j]
        v = accounts.venue[row]
        barred = is_closing(world, row, k) or accounts.equity_usd[row] <= 0.0
        if barred or world.guard.open_interest_limit[v, k] == 0.0:
            continue
        value = world.state.markets.funding_rate[v, k] if by_funding else middle_of(world, v, k)
        if value < lowest:
            low, lowest = row, value
        if value > highest:
            high, highest = row, value
    return low, high, lowest, highest


@kernel
def trade_pair(world: World, k: int, cheap: int, dear: int, contracts: float) -> None:
    """Buy on one account and sell as much on another, as far as both have room."""
    accounts = world.state.accounts
    t = accounts.trader[cheap]
    bought = min(contracts, own_room(world, t, cheap, k, 1.0))
    size = min(bought, -own_room(world, t, dear, k, -1.0))
    if size > 0.0:
        accounts.order_contracts[cheap, k] += size
        accounts.order_contracts[dear, k] -= size


@kernel
def trade_prices(world: World, t: int, k: int) -> None:
    """Buy on the cheapest venue and sell on the dearest."""
    accounts, rules = world.state.accounts, world.state.rules
    cheap, dear, lowest, highest = outermost(world, t, k, False)
    if cheap < 0 or cheap == dear:
        return
    v, u = accounts.venue[cheap], accounts.venue[dear]
    cost = rules.taker_fee[v] + rules.taker_fee[u]
    gap = math.log(highest / lowest)
    slopes = slope_of(world, v, k, 1.0), slope_of(world, u, k, -1.0)
    order = gap_order_usd(gap, cost, slopes[0], slopes[1]) * world.traders.fraction[t]
    trade_pair(world, k, cheap, dear, order / world.state.markets.index_price[k])


@kernel
def trade_basis(world: World, t: int, k: int) -> None:
    """Sell a dear perpetual and buy spot, or the reverse from spot that is held."""
    accounts, traders = world.state.accounts, world.traders
    index = world.state.markets.index_price[k]
    cheap, dear, lowest, highest = outermost(world, t, k, False)
    if cheap < 0:
        return
    above, below = math.log(highest / index), math.log(index / lowest)
    row = dear if above >= below else cheap
    sign = -1.0 if above >= below else 1.0  # of the order on the perpetual
    v = accounts.venue[row]
    cost = world.state.rules.taker_fee[v] + world.terms[SPOT_FEE]
    spot_slope = world.terms[SPOT_IMPACT] / world.spot_depth_usd[k]
    order = gap_order_usd(max(above, below), cost, slope_of(world, v, k, sign), spot_slope)
    size = order * traders.fraction[t] / index
    size = min(size, sign * own_room(world, t, row, k, sign))
    if sign < 0.0:
        price = index * (1.0 + world.terms[SPOT_FEE])
        size = min(size, max(0.0, traders.wallet_usd[t]) / price)
    else:
        size = min(size, max(0.0, traders.spot_units[t, k]))
    if size > 0.0:
        accounts.order_contracts[row, k] += sign * size
        traders.spot_order[t, k] -= sign * size


@kernel
def trade_funding(world: World, t: int, k: int) -> None:
    """Long where funding is low, short where it is high, by a share of the room."""
    accounts, rules = world.state.accounts, world.state.rules
    low, high, lowest, highest = outermost(world, t, k, True)
    if low < 0 or low == high:
        return
    v, u = accounts.venue[low], accounts.venue[high]
    cost = rules.taker_fee[v] + rules.taker_fee[u]
    share = carry_share(highest - lowest, cost) * world.traders.fraction[t]
    room = min(own_room(world, t, low, k, 1.0), -own_room(world, t, high, k, -1.0))
    trade_pair(world, k, low, high, share * room)


@kernel
def decide_arbitrageur(world: World, t: int) -> None:
    """An arbitrageur that looks: mend its legs, else trade the gap it watches."""
    style = world.traders.style[t]
    for k in range(world.state.markets.index_price.size):
        if mend_legs(world, t, k, CUT_LEG):
            continue
        if style == CROSS:
            trade_prices(world, t, k)
        elif style == BASIS:
            trade_basis(world, t, k)
        else:
            trade_funding(world, t, k)
