"""ADL of a solvent vault's inventory: what the vault holds beyond its limit is closed.

    share      1 - S E / N of each position, S the rulebook's `backstop_sheds_above`
    round      the venue's design, with the mark as bankruptcy price and no deficit; what winners
               pay more than the mark is the vault's
    rest       what nobody takes goes back to the vault

The vault sheds before the waterfall hands it anything new. A design that takes cash has nothing to
take, since there is no deficit.
"""

from abm.engine.adl_rung import adl_rung
from abm.engine.world import World
from abm.kernel import kernel
from abm.market.tape import BACKSTOP_FILL, TAKEOVER, log
from abm.units import LOT_TOL
from abm.venue.backstop import pass_on, pay_over, shed_share
from abm.venue.margin import value_account
from abm.venue.state import State
from abm.venue.waterfall import Inventory


@kernel
def share_to_shed(state: State, v: int) -> float:
    """Share of the vault's inventory that goes into ADL now; 0 for one in forced close."""
    vault = state.venues.backstop_row[v]
    if vault < 0 or state.accounts.closing[vault, 0] > 0.0:
        return 0.0
    equity, notional = state.accounts.equity_usd[vault], state.accounts.notional_usd[vault]
    return shed_share(equity, notional, state.rules.backstop_sheds_above[v])


@kernel
def is_any_vault_overloaded(state: State) -> bool:
    """Does the vault of some venue hold more than it may?"""
    overloaded = False
    for v in range(state.venues.backstop_row.size):
        overloaded = overloaded or share_to_shed(state, v) > 0.0
    return overloaded


@kernel
def shed_inventory(world: World, v: int) -> None:
    """Deleverage what the vault of a venue holds beyond its limit."""
    state = world.state
    accounts, markets, venues = state.accounts, state.markets, state.venues
    share = share_to_shed(state, v)
    if share <= 0.0:
        return
    vault, estate = venues.backstop_row[v], venues.estate_row[v]
    identity = accounts.account_id[vault]
    for k in range(markets.index_price.size):
        contracts = share * accounts.qty_contracts[vault, k]
        if abs(contracts) <= LOT_TOL * state.rules.lot_contracts[v, k]:
            continue
        mark = markets.mark_price[v, k]
        held = accounts.qty_contracts[estate, k]
        side = 1 if contracts > 0.0 else -1
        pass_on(accounts, markets, vault, estate, (v, k), contracts)
        log(state.tape, TAKEOVER, (v, k), identity, -contracts, mark, 0.0)
        gained = adl_rung(world, (v, k), Inventory(side, abs(contracts), mark, 0.0))
        pay_over(accounts, estate, vault, gained)
        rest = accounts.qty_contracts[estate, k] - held
        if side * rest > 0.0:
            pass_on(accounts, markets, estate, vault, (v, k), rest)
            log(state.tape, BACKSTOP_FILL, (v, k), identity, rest, mark, 0.0)
    value_account(accounts, vault, markets, state.rules)
