"""Orders meet: voluntary flow against the makers' quotes, and spot flow against the spot market.

Each book clears once per tick. Buys and sells cross with each other, the makers take the rest as
far as they quote, the side in excess is rationed; everybody trades at one price, the mean price of
the net flow's impact. Spot orders fill at the index; their net flow presses the index.

The price of a book moves the index too, by `index_pass_through` of its permanent impact.
"""

import math

from abm.agents.liquidity import quote_usd, quotes
from abm.agents.reactions import HOLD
from abm.engine.order_gate import admit_orders
from abm.engine.pooling import calm_pool, quote_pool, ration_openings
from abm.engine.world import (
    CALM_VARIANCE,
    COUPLING_S,
    DT_S,
    INVENTORY_LEVERAGE,
    QUOTE_LEVERAGE,
    REACTING,
    SPOT_FEE,
    SPOT_IMPACT,
    World,
)
from abm.kernel import kernel
from abm.market import tape as events
from abm.market.book import fill_share, impact_share, mean_impact, temporary_impact
from abm.market.ledger import EXTERNAL_USD
from abm.market.makers import makers_take
from abm.market.tape import log
from abm.market.trades import charge, fill, post_margin
from abm.venue.liquidation import sum_quotes
from abm.venue.lp_pool import cut_payout, pool_price
from abm.venue.mark import keep


@kernel
def capital_behind(world: World, t: int) -> float:
    """Equity that a maker quotes from on one venue: an equal part of what it has on all [USD].

    A loss on one venue so thins the books of the others.
    """
    traders = world.traders
    begin, end = traders.account_start[t], traders.account_start[t + 1]
    total = 0.0
    for j in range(begin, end):
        total += world.state.accounts.equity_usd[traders.account_rows[j]]
    return float(total / (end - begin))


@kernel
def quote(world: World) -> None:
    """Every maker quotes on every instrument of its venue."""
    state, traders, terms = world.state, world.traders, world.terms
    accounts, markets, venues = state.accounts, state.markets, state.venues
    instruments = markets.index_price.size
    for v in range(venues.estate_row.size):
        if state.rules.pool.is_on[v] > 0.0:
            quote_pool(state, v)
            continue
        for m in range(venues.maker_start[v], venues.maker_start[v + 1]):
            row = venues.maker_rows[m]
            t = accounts.trader[row]
            equity = capital_behind(world, t) / instruments
            for k in range(instruments):
                size = quote_usd(
                    equity, terms[QUOTE_LEVERAGE], markets.variance_per_s[k], terms[CALM_VARIANCE]
                )
                inventory = accounts.qty_contracts[row, k] * markets.mark_price[v, k]
                limit = terms[INVENTORY_LEVERAGE] * max(0.0, equity)
                bid, ask = quotes(size, inventory, limit)
                withdraws = (
                    terms[REACTING] > 0.0
                    and traders.reaction[t] != HOLD
                    and accounts.visible[row, k] >= traders.threshold[t]
                )
                if withdraws and inventory > 0.0:
                    bid *= 1.0 - traders.fraction[t]
                elif withdraws:
                    ask *= 1.0 - traders.fraction[t]
                venues.maker_bid_usd[m, k] = bid
                venues.maker_ask_usd[m, k] = ask


@kernel
def sum_orders(world: World, v: int) -> None:
    """Voluntary buys and sells of each book of a venue [contracts]."""
    accounts = world.state.accounts
    world.flows[v, :, 0] = 0.0
    world.flows[v, :, 1] = 0.0
    begin, end = world.state.venues.account_start[v], world.state.venues.account_start[v + 1]
    for row in range(begin, end):
        for k in range(accounts.qty_contracts.shape[1]):
            order = accounts.order_contracts[row, k]
            if order > 0.0:
                world.flows[v, k, 0] += order
            elif order < 0.0:
                world.flows[v, k, 1] -= order


@kernel
def clear_book(world: World, v: int, k: int) -> float:
    """Clearing price of one book; writes both sides' fill shares and moves the premium."""
    markets, rules = world.state.markets, world.state.rules
    buys, sells = world.flows[v, k, 0], world.flows[v, k, 1]
    middle = markets.index_price[k] * math.exp(markets.transient[v, k] + markets.permanent[v, k])
    if buys == 0.0 and sells == 0.0:
        return float(middle)
    buy_share = fill_share(buys, sells, markets.ask_usd[v, k] / middle)
    sell_share = fill_share(sells, buys, markets.bid_usd[v, k] / middle)
    world.flows[v, k, 2] = buy_share
    world.flows[v, k, 3] = sell_share
    net = buys - sells
    sign = 1.0 if net > 0.0 else -1.0
    quoted = markets.ask_usd[v, k] if net > 0.0 else markets.bid_usd[v, k]
    share = impact_share(abs(net) * middle, quoted)
    temporary, permanent = rules.impact_temporary[v], rules.impact_permanent[v]
    form = rules.impact_form[v]
    markets.transient[v, k] += sign * temporary_impact(form, temporary, share)
    markets.permanent[v, k] += sign * permanent * share
    if rules.pool.is_on[v] > 0.0:
        return float(pool_price(markets.oracle_price[v, k], rules.pool.spread[v], net))
    return float(middle * math.exp(sign * mean_impact(form, temporary, permanent, share)))


@kernel
def fill_order(world: World, row: int, k: int, price: float) -> None:
    """Fill one voluntary order at the clearing price: margin first, then the trade and its fee."""
    state = world.state
    accounts = state.accounts
    v = accounts.venue[row]
    order = accounts.order_contracts[row, k]
    filled = order * (world.flows[v, k, 2] if order > 0.0 else world.flows[v, k, 3])
    if filled == 0.0:
        return
    notional = abs(filled) * price
    t = accounts.trader[row]
    if accounts.qty_contracts[row, k] * filled >= 0.0:
        leverage = max(1.0, world.traders.target_leverage[t])
        accounts.opening_leverage[row, k] = leverage
        if accounts.is_isolated[row, k]:
            cash = max(0.0, accounts.cash_usd[row])
            post_margin(accounts, row, k, min(cash, notional / leverage))
    cut_payout(accounts, state.venues, state.tape, row, k, (filled, price))
    fee = state.rules.taker_fee[v] * notional
    charge(accounts, row, k, fee)  # before the fill, which may release the margin that pays it
    fill(accounts, row, k, filled, price)
    state.venues.fees_usd[v] += fee
    state.ledger.flow_usd[world.traders.role[t]] += filled * price
    log(state.tape, events.FILL, (v, k), accounts.account_id[row], filled, price, fee)


@kernel
def match_venue(world: World, v: int) -> None:
    """Clear every book of a venue: orders against each other, the rest against the makers."""
    state = world.state
    accounts, venues, markets = state.accounts, state.venues, state.markets
    if state.rules.pool.is_on[v] > 0.0:
        ration_openings(state, v)
    sum_orders(world, v)
    for k in range(markets.index_price.size):
        if world.flows[v, k, 0] == 0.0 and world.flows[v, k, 1] == 0.0:
            continue
        price = clear_book(world, v, k)
        net = 0.0
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            if accounts.order_contracts[row, k] != 0.0:
                before = accounts.qty_contracts[row, k]
                fill_order(world, row, k, price)
                net += accounts.qty_contracts[row, k] - before
                accounts.order_contracts[row, k] = 0.0
        deal = (-net, price, state.rules.maker_fee[v])
        makers_take(accounts, markets, venues, state.tape, (v, k), deal)


@kernel
def match_spot(world: World) -> None:
    """Fill spot orders at the index, outside the venues, and press the index by their net flow."""
    traders, markets = world.traders, world.state.markets
    for k in range(markets.index_price.size):
        price = markets.index_price[k]
        net = 0.0
        for t in range(traders.trader_id.size):
            order = traders.spot_order[t, k]
            if order != 0.0:
                cost = order * price + abs(order) * price * world.terms[SPOT_FEE]
                traders.wallet_usd[t] -= cost
                traders.spot_units[t, k] += order
                traders.spot_order[t, k] = 0.0
                world.state.ledger.totals[EXTERNAL_USD] -= cost
                net += order
                log(
                    world.state.tape, events.SPOT, (-1, k), traders.trader_id[t], order, price, cost
                )
        if net != 0.0:
            share = net * price / world.spot_depth_usd[k]
            markets.index_pressure[k] += world.terms[SPOT_IMPACT] * share


@kernel
def arbitrage(world: World) -> None:
    """Arbitrage between venues draws their premia together; books press the index."""
    markets, rules, forced = world.state.markets, world.state.rules, world.state.forced
    venues = markets.mark_price.shape[0]
    drawn = 1.0 - keep(world.terms[COUPLING_S], world.terms[DT_S])
    for k in range(markets.index_price.size):
        mean = 0.0
        for v in range(venues):
            moved = markets.permanent[v, k] - forced.start_permanent[v, k]
            passed = rules.index_pass_through[v] * moved
            markets.permanent[v, k] -= passed
            markets.index_pressure[k] += passed / venues
            mean += markets.transient[v, k] + markets.permanent[v, k]
        mean /= venues
        for v in range(venues):
            premium = markets.transient[v, k] + markets.permanent[v, k]
            markets.permanent[v, k] += drawn * (mean - premium)


@kernel
def match(world: World) -> None:
    """Quotes, books, spot, arbitrage: the trading half of a tick."""
    for v in range(world.designs.shape[0]):
        if admit_orders(world, v):
            match_venue(world, v)
    match_spot(world)
    arbitrage(world)
    for v in range(world.designs.shape[0]):
        if world.state.rules.pool.is_on[v] > 0.0:
            calm_pool(world.state, v)


@kernel
def requote(world: World) -> None:
    """Makers quote for the next tick and the books add up what they quote."""
    quote(world)
    sum_quotes(world.state.accounts, world.state.markets, world.state.venues)
