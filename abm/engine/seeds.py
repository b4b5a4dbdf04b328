"""The two moments of a tick at which the world around the venues acts.

    read_prices     after the index has moved: issuers price their coins, venues read their oracles
                    and set their marks anew, vaults are priced, venues value collateral
    run_protocols   before orders meet: rebases, borrowers deleveraged, their collateral sold in
                    spot, which presses the index as spot orders do

Spot is pressed by the scenario's impact per unit of spot depth, and shows in the index from the
next tick on. What repayers of loans bring in is cash from outside.
"""

from abm.engine.serving import price_vaults
from abm.engine.world import DT_S, SPOT_IMPACT, TICK, World
from abm.kernel import kernel
from abm.market.ledger import EXTERNAL_USD
from abm.protocols.borrowers import run_lending
from abm.protocols.issuers import run_issuers
from abm.units import Floats
from abm.venue.collateral_market import value_collateral
from abm.venue.feeds import read_oracles
from abm.venue.mark import mark_books


@kernel
def press_index(world: World, bought_usd: Floats, sign: float) -> None:
    """Press every index by a spot flow: `[K]`, times `sign`."""
    for k in range(bought_usd.size):
        if bought_usd[k] != 0.0:
            share = sign * bought_usd[k] / world.spot_depth_usd[k]
            world.state.markets.index_pressure[k] += world.terms[SPOT_IMPACT] * share


@kernel
def read_prices(world: World) -> None:
    """Coins and oracles at this tick's index, the marks once more, vaults, then collateral."""
    markets, outside = world.state.markets, world.outside
    tick, dt_s = world.clock[TICK], world.terms[DT_S]
    run_issuers(outside.issuers, markets.index_price, markets.asset_price)
    press_index(world, outside.issuers.flow_usd, 1.0)
    if outside.feeds.kind.shape[1] > 0:
        impact, depth = world.terms[SPOT_IMPACT], world.spot_depth_usd
        read_oracles(outside.feeds, markets, world.state.rules, (tick, dt_s), impact, depth)
        mark_books(markets, world.state.rules)
    price_vaults(world)
    value_collateral(world.state.asset_markets, markets, tick * dt_s, dt_s)


@kernel
def run_protocols(world: World) -> None:
    """One tick of the lending protocols; their sales press the index."""
    protocols, dt_s = world.outside.protocols, world.terms[DT_S]
    now_s = world.clock[TICK] * dt_s
    repaid = run_lending(protocols, world.state.markets.index_price, now_s, dt_s)
    world.state.ledger.totals[EXTERNAL_USD] += repaid
    press_index(world, protocols.flow_usd, -1.0)
