"""One tick, from prices to the record: the order of events, written once.

    prices -> funding -> liquidation (to the least-loss fixed point) -> scores -> waterfall: book,
    vault, fund, ADL -> pools' ADL -> disclosure -> precautions, guards -> decisions -> protocols
    -> matching, spot, arbitrage -> quotes -> depositors and stakers -> record

`PHASES` is that list; `tick` is the same list compiled into one kernel, `run_ticks` the loop over a
whole run. A design with a score that numba cannot compile is run phase by phase from Python
(`abm.engine.stepwise`), with the same bits.
"""

import math

from abm.adl import encoding as code
from abm.adl.trigger import Fund, fund_floor, inventory_limit, is_by_book
from abm.engine.adl_rung import adl_rung
from abm.engine.deciding import decide
from abm.engine.failures import credit_venue, remember
from abm.engine.guarding import guard_venues
from abm.engine.matching import match, requote
from abm.engine.pool_adl import cap_pools, set_payouts
from abm.engine.precautions import freeze_profits, mark_hedges, take_precautions
from abm.engine.queue import disclose, has_bankrupt, score_queue
from abm.engine.record import record, write_row
from abm.engine.reports import take_report
from abm.engine.seeds import read_prices, run_protocols
from abm.engine.serving import serve_backers
from abm.engine.shedding import is_any_vault_overloaded, share_to_shed, shed_inventory
from abm.engine.world import DT_S, KEY_TIE, MARKOUT_TICKS, ROUNDS, TICK, World
from abm.kernel import kernel
from abm.market.ledger import BAD_SCORES, MARKOUT_USD, UNSETTLED_TICKS
from abm.rng import tick_key
from abm.venue.backstop import level_vaults
from abm.venue.collateral_sale import sell_collateral
from abm.venue.funding import accrue_funding
from abm.venue.insurance_fund import ALLOWANCE, FLOOR
from abm.venue.liquidation import liquidate
from abm.venue.margin import value_accounts, value_changed
from abm.venue.mark import advance_prices, mark_books
from abm.venue.waterfall import waterfall

absorb = waterfall(adl_rung)
"""The venue's waterfall with ADL as its last rung."""


@kernel
def begin(world: World) -> None:
    """Advance the clock and the prices."""
    world.clock[TICK] += 1
    state = world.state
    tick = world.clock[TICK]
    state.tape.clock[0] = tick
    advance_prices(state.markets, state.rules, tick, world.terms[DT_S])
    read_prices(world)
    mark_out(world)
    accrue_funding(state.accounts, state.markets, state.rules, state.tape, world.terms[DT_S])


@kernel
def mark_out(world: World) -> None:
    """Value the ADL closes of `MARKOUT_TICKS` ago at today's mark and clear their place.

    What deleveraged accounts gave up by the horizon: Σ signed contracts (mark - close price) [USD].
    """
    state = world.state
    ledger = state.ledger
    slot = (world.clock[TICK] + 1) % int(world.terms[MARKOUT_TICKS] + 1)
    for v in range(ledger.closed_contracts.shape[1]):
        for k in range(ledger.closed_contracts.shape[2]):
            closed = ledger.closed_contracts[slot, v, k]
            if closed != 0.0:
                value = closed * state.markets.mark_price[v, k]
                ledger.totals[MARKOUT_USD] += value - ledger.closed_value_usd[slot, v, k]
                ledger.closed_contracts[slot, v, k] = 0.0
                ledger.closed_value_usd[slot, v, k] = 0.0


@kernel
def settle_margins(world: World) -> None:
    """Liquidate to the fixed point; an unsettled cascade is counted."""
    state = world.state
    if state.venues.vaults_pooled[0]:
        level_vaults(state.accounts, state.markets, state.venues, state.rules)
    rounds = liquidate(
        state.accounts, state.markets, state.venues, state.rules, state.forced,
        world.terms_of_step, world.guard,
    )  # fmt: skip
    world.clock[ROUNDS] = rounds
    if rounds < 0:
        state.ledger.totals[UNSETTLED_TICKS] += 1.0
    set_payouts(world)


@kernel
def is_waterfall_due(world: World) -> bool:
    """Is anybody in forced close, or a vault overloaded?"""
    return bool(world.clock[ROUNDS] != 0) or is_any_vault_overloaded(world.state)


@kernel
def score_queues(world: World) -> None:
    """Rank the accounts of every venue that will run ADL; a user's scores are there already.

    A NaN score is counted and reported as an error after the run.
    """
    if not is_waterfall_due(world):
        return
    key = tick_key(world.keys[KEY_TIE], world.clock[TICK])
    mark_hedges(world)
    for v in range(world.designs.shape[0]):
        if has_bankrupt(world.state, v) or share_to_shed(world.state, v) > 0.0:
            for k in range(world.state.markets.index_price.size):
                if not score_queue(world, v, k, key):
                    world.state.ledger.totals[BAD_SCORES] += 1.0


@kernel
def run_waterfall(world: World) -> None:
    """Book, vault, fund, ADL on every venue, then value again whoever it touched."""
    if not is_waterfall_due(world):
        return
    state = world.state
    for v in range(world.designs.shape[0]):
        if world.guard.waits[v]:
            continue
        set_fund_limits(world, v)
        state.venues.inventory_limit_usd[v] = house_limit(world, v)
        remember(state.ledger)
        shed_inventory(world, v)
        absorb(state, v, world.fund_limits, world.lanes, world)
        credit_venue(state.ledger, v)
        sell_collateral(state, v)
    value_changed(state.accounts, state.markets, state.venues, state.rules)


@kernel
def set_fund_limits(world: World, v: int) -> None:
    """How far each book of a venue may draw on the fund in this tick."""
    venues = world.state.venues
    for k in range(world.fund_limits.shape[1]):
        fund = Fund(
            venues.fund_usd[v],
            venues.fund_peak_usd[v],
            venues.fund_pnl_usd[v, k],
            venues.fund_pnl_peak_usd[v, k],
        )
        floor, is_on = fund_floor(world.designs[v], fund, venues.adl_on[v, k])
        venues.adl_on[v, k] = is_on
        if math.isinf(floor):  # ADL never draws on the fund, liquidation fills do (rung 4)
            floor = 0.0
        by_book = is_by_book(world.designs[v])
        world.fund_limits[FLOOR, k] = 0.0 if by_book else floor
        world.fund_limits[ALLOWANCE, k] = venues.fund_usd[v] - floor if by_book else math.inf


@kernel
def house_limit(world: World, v: int) -> float:
    """Largest notional that the design lets the venue's vault hold [USD]; inf = no limit.

    A limit is a share of what stands behind it: the insurance fund and the vault's equity.
    """
    state = world.state
    backing = state.venues.fund_usd[v]
    vault = state.venues.backstop_row[v]
    if vault >= 0:
        backing += max(0.0, state.accounts.equity_usd[vault])
    return inventory_limit(world.designs[v], backing)


@kernel
def publish_queue(world: World) -> None:
    """Publish what is due; a NaN score is counted and reported as an error after the run."""
    if not disclose(world):
        world.state.ledger.totals[BAD_SCORES] += 1.0


PHASES = (
    begin,
    settle_margins,
    score_queues,
    run_waterfall,
    cap_pools,
    publish_queue,
    take_precautions,
    guard_venues,
    decide,
    run_protocols,
    match,
    requote,
    serve_backers,
    record,
)
"""The order of events in a tick."""


@kernel
def tick(world: World) -> None:
    """One tick of one world: `PHASES`, fused."""
    begin(world)
    settle_margins(world)
    score_queues(world)
    run_waterfall(world)
    cap_pools(world)
    publish_queue(world)
    take_precautions(world)
    guard_venues(world)
    decide(world)
    run_protocols(world)
    match(world)
    requote(world)
    serve_backers(world)
    record(world)


@kernel
def open_world(world: World) -> None:
    """Value everything at the first prices and let the makers quote for the first tick."""
    state = world.state
    mark_books(state.markets, state.rules)
    state.markets.previous_mark_price[:, :] = state.markets.mark_price
    value_accounts(state.accounts, state.markets, state.rules)
    requote(world)
    for v in range(world.designs.shape[0]):
        if int(world.designs[v, code.CAPACITY]) == code.CAPACITY_SNAPSHOT_USD:
            freeze_profits(world, v)
            freeze_profits(world, v)
    take_report(world)
    world.first_vault_usd[:] = state.accounts.equity_usd
    if world.series.shape[0] > 0:
        write_row(world, 0)


@kernel
def run_ticks(world: World, ticks: int) -> None:
    """`ticks` ticks of one world without coming back to Python."""
    for _ in range(ticks):
        tick(world)
