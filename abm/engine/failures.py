"""Which venue bore what, and when it failed first.

A venue *fails* when a deficit reaches its ADL: book, vault, fund and all help are used up; one with
a pool, which bears deficits itself, when its pool is left with bad debt. What a
tick's waterfall, or ADL against its pool, adds to the totals is the venue's where it happened.
"""

import math

from abm.engine.world import DT_S, TICK, World
from abm.kernel import kernel
from abm.market.ledger import DEFICIT_USD, Ledger
from abm.units import USD_TOL


@kernel
def credit_venue(ledger: Ledger, v: int) -> None:
    """Book what the totals have gained since `remember` on venue `v`."""
    for name in range(ledger.totals.size):
        ledger.by_venue[v, name] += ledger.totals[name] - ledger.before[name]


@kernel
def remember(ledger: Ledger) -> None:
    """Note the totals before a venue's waterfall."""
    ledger.before[:] = ledger.totals


@kernel
def note_failures(world: World) -> None:
    """Keep each venue's first failure and the lowest mark of each book."""
    state = world.state
    ledger, markets = state.ledger, state.markets
    for v in range(ledger.failed_s.size):
        failed = ledger.by_venue[v, DEFICIT_USD] > 0.0 or state.venues.bad_debt_usd[v] > USD_TOL
        if math.isinf(ledger.failed_s[v]) and failed:
            ledger.failed_s[v] = world.clock[TICK] * world.terms[DT_S]
        for k in range(markets.index_price.size):
            ratio = markets.mark_price[v, k] / markets.index_path[0, k]
            ledger.lowest_ratio[v, k] = min(ledger.lowest_ratio[v, k], ratio)
