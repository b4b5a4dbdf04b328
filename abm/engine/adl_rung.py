"""The waterfall's last rung: one ADL round of the venue's design on one book, carried out.

The design says who gives how much (`abm.adl.round`); here positions and cash move. Contracts are
closed between each chosen account and the estate, which holds the bankrupt side; cash haircuts go
from the account to the estate. Cost to an account, the same for every design:

    closed contracts:  x s (close price - mark)     cash haircut:  x
    compensation       what the venue pays back of it out of its fees
    burden             (cost - compensation) / equity before the round

and the largest burden is set against the least possible one: max_i x_i / e_i can be no smaller than
the water level M with Σ min(u_i, M e_i) = Σ x, u_i = min(PnL₊, equity₊).
"""

from abm.adl import encoding as code
from abm.adl.close_price import Bankruptcy
from abm.adl.exposure import Candidates
from abm.adl.round import CONTRACTS, Round, run_round
from abm.adl.water_filling import water_fill
from abm.engine.queue import gather_candidates
from abm.engine.world import KEY_TIE, MARKOUT_TICKS, TICK, World
from abm.kernel import kernel
from abm.market import tape as events
from abm.market.ledger import (
    ADL_FILLS,
    ADL_ROUNDS,
    ADL_USD,
    BURDEN,
    BURDEN_BOUND,
    BURDEN_EXCESS,
    TAKEN_USD,
)
from abm.market.tape import log
from abm.market.trades import charge, put_in, trade
from abm.rng import tick_key
from abm.units import Floats
from abm.venue.margin import value_account, value_changed
from abm.venue.waterfall import Inventory


@kernel
def close_winner(
    world: World, book: tuple[int, int], row: int, side: int, contracts: float, price: float
) -> float:
    """Close `contracts` of an account against the estate at `price`; cost at the mark [USD]."""
    v, k = book
    state = world.state
    accounts = state.accounts
    estate = state.venues.estate_row[v]
    fee = world.designs[v, code.AFTERMATH_FEE_RATE] * contracts * price
    if fee != 0.0:
        charge(accounts, row, k, fee)  # before the fill, which may release the margin that pays it
        state.venues.fees_usd[v] += fee
    if side > 0:  # the estate is long, the winner short: the winner buys
        trade(accounts, row, estate, k, contracts, price)
    else:
        trade(accounts, estate, row, k, contracts, price)
    mark = state.markets.mark_price[v, k]
    slot = world.clock[TICK] % int(world.terms[MARKOUT_TICKS] + 1)
    state.ledger.closed_contracts[slot, v, k] -= side * contracts
    state.ledger.closed_value_usd[slot, v, k] -= side * contracts * price
    state.ledger.totals[ADL_USD] += contracts * mark
    state.ledger.adl_usd[v, k] += contracts * mark
    accounts.closed_usd[row] += contracts * mark
    identity = accounts.account_id[row]
    cost = contracts * side * (price - mark)
    log(state.tape, events.ADL_FILL, book, identity, side * contracts, price, cost)
    return float(cost)


@kernel
def compensated_share(world: World, v: int, costs_usd: Floats) -> float:
    """Share of each loss that the venue pays back: the design's, or what its fees suffice for."""
    share = float(world.designs[v, code.AFTERMATH_COMPENSATION])
    wanted = 0.0
    for cost in costs_usd:
        wanted += share * max(0.0, cost)
    if wanted <= 0.0:
        return 0.0
    return float(share * min(1.0, max(0.0, world.state.venues.fees_usd[v]) / wanted))


@kernel
def settle_costs(world: World, v: int, costs_usd: Floats) -> tuple[float, float]:
    """Compensate the accounts of a round and book their costs; (compensation, largest burden)."""
    state = world.state
    begin = state.venues.account_start[v]
    equities = world.buffers.numbers[7]
    share = compensated_share(world, v, costs_usd)
    paid_back = burden = 0.0
    for i in range(costs_usd.size):
        if world.buffers.taken[i] <= 0.0:
            continue
        paid = share * max(0.0, costs_usd[i])
        if paid > 0.0:
            put_in(state.accounts, begin + i, paid)
            state.venues.fees_usd[v] -= paid
        state.accounts.taken_usd[begin + i] += costs_usd[i] - paid
        paid_back += paid
        if equities[i] > 0.0:
            burden = max(burden, (costs_usd[i] - paid) / equities[i])
        value_account(state.accounts, begin + i, state.markets, state.rules)
    return paid_back, burden


@kernel
def carry_out(
    world: World, book: tuple[int, int], inventory: Inventory, done: Round
) -> tuple[float, float, float]:
    """Move positions and cash as the round decided; (cost, compensation, largest burden)."""
    v, k = book
    state = world.state
    accounts = state.accounts
    begin = state.venues.account_start[v]
    estate = state.venues.estate_row[v]
    costs = world.buffers.signal[: state.venues.account_start[v + 1] - begin]
    total = 0.0
    for i in range(costs.size):
        amount = world.buffers.taken[i]
        costs[i] = 0.0
        if amount <= 0.0:
            continue
        row = begin + i
        if done.numeraire == CONTRACTS:
            cost = close_winner(world, book, row, inventory.side, amount, done.close_price)
        else:
            charge(accounts, row, k, amount)
            put_in(accounts, estate, amount)
            cost = amount
            state.ledger.totals[ADL_USD] += amount
            state.ledger.adl_usd[v, k] += amount
            identity = accounts.account_id[row]
            log(state.tape, events.ADL_CASH, book, identity, 0.0, float("nan"), amount)
        costs[i] = cost
        state.ledger.totals[ADL_FILLS] += 1.0
        total += cost
    paid_back, burden = settle_costs(world, v, costs)
    return total, paid_back, burden


@kernel
def least_burden(world: World, candidates: Candidates, total_usd: float) -> float:
    """Least possible max_i x_i / e_i when accounts in profit pay `total_usd` together [1]."""
    n = candidates.qty_contracts.size
    caps = world.buffers.signal[:n]
    weights = world.buffers.numbers[14, :n]
    paid = world.buffers.numbers[15, :n]
    for i in range(n):
        equity = max(0.0, candidates.equity_usd[i]) if candidates.eligible[i] else 0.0
        caps[i] = min(max(0.0, candidates.pnl_usd[i]), equity)
        weights[i] = equity
    water_fill(weights, caps, total_usd, paid)
    burden = 0.0
    for i in range(n):
        if weights[i] > 0.0:
            burden = max(burden, paid[i] / weights[i])
    return burden


@kernel
def adl_rung(world: World, book: tuple[int, int], inventory: Inventory) -> float:
    """Run the venue's ADL design on what nobody took; USD of the deficit it covered."""
    v, k = book
    state = world.state
    totals = state.ledger.totals
    begin, end = state.venues.account_start[v], state.venues.account_start[v + 1]
    value_changed(state.accounts, state.markets, state.venues, state.rules)
    candidates = gather_candidates(world, v, k)
    key = tick_key(world.keys[KEY_TIE], world.clock[TICK])
    n = end - begin
    for i in range(n):
        world.buffers.scores[i] = world.buffers.queue_scores[begin + i, k]
    bankruptcy = Bankruptcy(
        inventory.side,
        inventory.contracts,
        inventory.deficit_usd,
        inventory.price,
        state.markets.mark_price[v, k],
        state.markets.previous_mark_price[v, k],
        state.rules.lot_contracts[v, k],
    )
    taken = world.buffers.taken[:n]
    done = run_round(world.designs[v], candidates, world.buffers.scores[:n], bankruptcy, key, taken)
    if done.filled <= 0.0:
        return 0.0
    total, paid_back, burden = carry_out(world, book, inventory, done)
    bound = least_burden(world, candidates, total - paid_back)
    totals[ADL_ROUNDS] += 1.0
    totals[TAKEN_USD] += total - paid_back
    totals[BURDEN] = max(totals[BURDEN], burden)
    totals[BURDEN_BOUND] = max(totals[BURDEN_BOUND], bound)
    totals[BURDEN_EXCESS] = max(totals[BURDEN_EXCESS], burden - bound)
    return total
