"""What a design needs to know before ADL starts: hedges, liabilities of the past, margins to raise.

    hedged share     what the trader's other accounts and its spot offset of a position / position
    liable profit    unrealised profit of the snapshot before the last; one is taken every
                     `snapshot_s`, so that it is between one and two times as old
    margin factor    see `abm.adl.trigger.margin_factor`; the losses in sight are the deficits if
                     every mark moved by `MOVE` against each account

Only designs that read them pay for them: the others leave the columns as they are. The margin
factor itself is written in one place, with the guards' (`abm.engine.guarding.set_margins`).
"""

from abm.adl import encoding as code
from abm.adl.trigger import margin_factor
from abm.engine.reports import WHOLE, contracts_elsewhere, take_report
from abm.engine.schedule import is_due
from abm.engine.world import DT_S, TICK, World
from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.market.columns import BACKSTOP, ESTATE
from abm.venue.margin import isolated_equity

MOVE = 0.05
"""Move of the marks in which losses are looked for [1]."""


@kernel
def hedged_share(qty_contracts: float, others_contracts: float) -> float:
    """Share of a position that holdings elsewhere offset, in [0, 1]."""
    offset = -others_contracts if qty_contracts > 0.0 else others_contracts
    share = max(0.0, offset / abs(qty_contracts))
    return 1.0 if share > 1.0 - WHOLE else share


@kernel
def mark_hedges(world: World) -> None:
    """Hedged share of every open position, if some venue's score may read it."""
    needed = False
    for v in range(world.designs.shape[0]):
        spares = world.designs[v, code.SCORE_SPARES_HEDGES] > 0.0
        needed = needed or spares or world.designs[v, code.SCORE_PROFIT] == code.PROFIT_CUSTOM
    if not needed:
        return
    accounts = world.state.accounts
    qty = accounts.qty_contracts
    for row in range(qty.shape[0]):
        for k in range(qty.shape[1]):
            accounts.hedged_share[row, k] = 0.0
            if qty[row, k] != 0.0:
                others = contracts_elsewhere(world, row, k)
                accounts.hedged_share[row, k] = hedged_share(qty[row, k], others)


@kernel
def freeze_profits(world: World, v: int) -> None:
    """Take the liability snapshot of a venue; the one before becomes what is liable."""
    state = world.state
    accounts = state.accounts
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        for k in range(accounts.qty_contracts.shape[1]):
            accounts.liable_usd[row, k] = accounts.frozen_usd[row, k]
            accounts.frozen_usd[row, k] = unrealised_pnl(
                accounts.qty_contracts[row, k],
                accounts.entry_price[row, k],
                state.markets.mark_price[v, k],
            )


@kernel
def threatened_usd(world: World, v: int) -> float:
    """Deficits of a venue's accounts if every mark moved by `MOVE` against each of them [USD]."""
    state = world.state
    accounts = state.accounts
    total = 0.0
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        if accounts.kind[row] == BACKSTOP or accounts.kind[row] == ESTATE:
            continue
        total += max(0.0, MOVE * accounts.notional_usd[row] - accounts.equity_usd[row])
        for k in range(accounts.qty_contracts.shape[1]):
            if accounts.is_isolated[row, k] and accounts.qty_contracts[row, k] != 0.0:
                mark = state.markets.mark_price[v, k]
                notional = abs(accounts.qty_contracts[row, k]) * mark
                total += max(0.0, MOVE * notional - isolated_equity(accounts, row, k, mark))
    return total


@kernel
def raised_factor(world: World, v: int) -> float:
    """Factor by which a venue's ADL design raises its margin requirements now [1]."""
    if world.designs[v, code.TRIGGER_RAISE] <= 1.0:
        return 1.0
    fund = world.state.venues.fund_usd[v]
    return float(margin_factor(world.designs[v], threatened_usd(world, v), fund))


@kernel
def take_precautions(world: World) -> None:
    """Report exposures and freeze liabilities, where asked for."""
    take_report(world)
    tick, dt_s = world.clock[TICK], world.terms[DT_S]
    for v in range(world.designs.shape[0]):
        design = world.designs[v]
        takes_snapshots = int(design[code.CAPACITY]) == code.CAPACITY_SNAPSHOT_USD
        if takes_snapshots and is_due(tick, dt_s, design[code.CAPACITY_SNAPSHOT_S]):
            freeze_profits(world, v)
