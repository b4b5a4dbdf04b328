"""The rules of the lab, as plain Python all the way down.

A rule is written once, as a scalar function; the engine compiles it, the twin runs the same text
uncompiled. `plain(rule)` strips the compiler from one function only: what that function calls would
still be compiled. `uncompiled` strips it from everything underneath as well.

What is not a scalar rule (queues, ranks, allocation, waterfall, books, margins) is not imported:
the twin does its own bookkeeping, and that is what it checks.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

from abm.adl import bankruptcy, capacity, close_price, disclosure, pool_close, score, trigger
from abm.agents import arbitrage, liquidity, reactions, trading
from abm.engine import deciding, precautions, reports, schedule
from abm.kernel import plain
from abm.market import accounting, stablecoin
from abm.market import book as impact
from abm.protocols import deleveraging, rebase
from abm.venue import (
    backstop,
    collateral_market,
    forecast,
    funding,
    guards,
    liquidation,
    lp_pool,
    lp_vault,
    margin,
    margin_calls,
    mark,
    oracle,
    staking,
)


def uncompiled[F: Callable[..., Any]](rule: F) -> F:
    """The plain function of a kernel, calling the plain functions of the kernels it calls."""
    function = plain(rule)
    code = function.__code__
    names = dict(function.__globals__)
    for name in code.co_names:
        called = names.get(name)
        if callable(called) and plain(called) is not called:
            names[name] = uncompiled(called)
    copy = FunctionType(code, names, function.__name__, function.__defaults__, function.__closure__)
    return cast(F, copy)


# a position, a book, a venue
average_cost = uncompiled(accounting.average_cost)
unrealised_pnl = uncompiled(accounting.unrealised_pnl)
temporary_impact = uncompiled(impact.temporary_impact)
mean_impact = uncompiled(impact.mean_impact)
fill_share = uncompiled(impact.fill_share)
impact_share = uncompiled(impact.impact_share)
mark_of = uncompiled(impact.mark_of)
keep = uncompiled(mark.keep)
funding_rate = uncompiled(funding.funding_rate)
funding_payment = uncompiled(funding.funding_payment)
liquidation_share = uncompiled(liquidation.liquidation_share)
close_price_of_deficit = uncompiled(margin.close_price_of_deficit)
vault_room = uncompiled(backstop.vault_room)
shed_share = uncompiled(backstop.shed_share)

# whoever stands behind a venue
share_price = uncompiled(lp_vault.share_price)
asks_back = uncompiled(lp_vault.asks_back)
free_equity_usd = uncompiled(lp_vault.free_equity_usd)
inflow_usd = uncompiled(lp_vault.inflow_usd)
slashed = uncompiled(staking.slashed)
yield_usd = uncompiled(staking.yield_usd)
pool_price = uncompiled(lp_pool.pool_price)
payout_share = uncompiled(lp_pool.payout_share)
closing_profit = uncompiled(lp_pool.closing_profit)
opening_part = uncompiled(lp_pool.opening_part)
opening_share = uncompiled(lp_pool.opening_share)
free_pool_usd = uncompiled(lp_pool.free_pool_usd)
close_of_winner = uncompiled(pool_close.pool_close)

# auto-deleveraging
fund_floor = uncompiled(trigger.fund_floor)
inventory_limit = uncompiled(trigger.inventory_limit)
score_of = uncompiled(score.score_of)
capacity_of = uncompiled(capacity.capacity_of)
is_on_a_paying_side = uncompiled(bankruptcy.is_on_a_paying_side)
close_price_of = uncompiled(close_price.close_price_of)
loss_per_contract = uncompiled(bankruptcy.loss_per_contract)
without_dust = uncompiled(reports.without_dust)
is_due = uncompiled(schedule.is_due)
hedged_share = uncompiled(precautions.hedged_share)
margin_factor = uncompiled(trigger.margin_factor)
closeness = uncompiled(disclosure.closeness)

# pre-emption
volatility_factor = uncompiled(guards.volatility_factor)
predicted_factor = uncompiled(guards.predicted_factor)
log_move = uncompiled(guards.log_move)
unproven = uncompiled(guards.unproven)
added_contracts = uncompiled(guards.added_contracts)
admitted = uncompiled(guards.admitted)
share_within = uncompiled(guards.share_within)
room_below = uncompiled(guards.room_below)
call_factor = uncompiled(margin_calls.call_factor)
is_weak = uncompiled(margin_calls.is_weak)
features_of = uncompiled(forecast.features_of)
logistic = uncompiled(forecast.logistic)

# behaviour
looks = uncompiled(deciding.looks)
wants_out = uncompiled(reactions.wants_out)
react = uncompiled(reactions.react)
centred = uncompiled(trading.centred)
directional_order = uncompiled(trading.directional_order)
mend_hedge = uncompiled(trading.mend_hedge)
cut_leg = uncompiled(trading.cut_leg)
is_unhedged = uncompiled(trading.is_unhedged)
price_slope = uncompiled(arbitrage.price_slope)
gap_order_usd = uncompiled(arbitrage.gap_order_usd)
carry_share = uncompiled(arbitrage.carry_share)
quote_usd = uncompiled(liquidity.quote_usd)
quotes = uncompiled(liquidity.quotes)

# oracles, collateral markets, stablecoins, lending protocols
is_during = uncompiled(oracle.is_during)
noise_factor = uncompiled(oracle.noise_factor)
move_of_flow = uncompiled(oracle.move_of_flow)
slippage_cost = uncompiled(oracle.slippage_cost)
own_price = uncompiled(collateral_market.own_price)
mean_fill = uncompiled(collateral_market.mean_fill)
middle_of = uncompiled(collateral_market.middle_of)
share_to_restore = uncompiled(collateral_market.share_to_restore)
shocked = uncompiled(collateral_market.shocked)
coin_price = uncompiled(stablecoin.coin_price)
issue = uncompiled(stablecoin.issue)
settlement_price = uncompiled(stablecoin.settlement_price)
rebase_share = uncompiled(rebase.rebase_share)
is_rebase_due = uncompiled(rebase.is_rebase_due)
unit_price = uncompiled(rebase.unit_price)
debt_ratio = uncompiled(deleveraging.debt_ratio)
falling_threshold = uncompiled(deleveraging.falling_threshold)
in_same_tick = uncompiled(deleveraging.in_same_tick)
repaid = uncompiled(deleveraging.repaid)
