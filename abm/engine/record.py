"""What is recorded of a running world: one row every so many ticks, for the figures over time.

Each column has a name, a unit and a meaning (`SERIES`); together with the outcomes' list it is the
data dictionary. Cumulative columns start at zero. Prices are those of the first venue and
instrument; sums run over all venues and instruments.
"""

from dataclasses import dataclass

from abm.engine.failures import note_failures
from abm.engine.world import DT_S, SERIES_TICKS, TICK, World
from abm.kernel import kernel
from abm.market.ledger import ADL_USD, DEFICIT_USD, LIQUIDATED_USD, MIN_MARK_RATIO, RESIDUAL_USD


@dataclass(frozen=True)
class Measure:
    """A column of a result: name, unit, meaning."""

    name: str
    unit: str
    meaning: str


SERIES = (
    Measure("time_s", "s", "time since the start of the episode"),
    Measure("index_price", "USD", "index price of the first instrument"),
    Measure("mark_price", "USD", "mark price of the first instrument on the first venue"),
    Measure("deficit_usd", "USD", "cumulative deficit that reached ADL"),
    Measure("residual_usd", "USD", "cumulative deficit that ADL did not cover"),
    Measure("adl_usd", "USD", "cumulative notional closed (or cash taken) by ADL"),
    Measure("liquidated_usd", "USD", "cumulative notional of forced closes"),
    Measure("fund_usd", "USD", "insurance funds, all venues"),
    Measure("depth_usd", "USD", "quoted depth, all books"),
    Measure("open_interest_usd", "USD", "long open interest at the mark, all books"),
    Measure("reaction_directional_usd", "USD", "cumulative signed orders that directional traders "
            "sent because of their place in the queue; buys > 0"),
    Measure("reaction_hedger_usd", "USD", "the same, hedgers"),
    Measure("reaction_maker_usd", "USD", "the same, market makers"),
)  # fmt: skip
"""Columns of a recorded row."""


@kernel
def open_interest_usd(world: World) -> float:
    """Long notional at the mark over all books [USD]."""
    accounts, markets = world.state.accounts, world.state.markets
    total = 0.0
    for row in range(accounts.cash_usd.size):
        v = accounts.venue[row]
        for k in range(accounts.qty_contracts.shape[1]):
            total += max(0.0, accounts.qty_contracts[row, k]) * markets.mark_price[v, k]
    return total


@kernel
def write_row(world: World, place: int) -> None:
    """Fill one row of the series."""
    state = world.state
    row = world.series[place]
    totals = state.ledger.totals
    row[0] = world.clock[TICK] * world.terms[DT_S]
    row[1] = state.markets.index_price[0]
    row[2] = state.markets.mark_price[0, 0]
    row[3] = totals[DEFICIT_USD]
    row[4] = totals[RESIDUAL_USD]
    row[5] = totals[ADL_USD]
    row[6] = totals[LIQUIDATED_USD]
    row[7] = state.venues.fund_usd.sum()
    row[8] = state.markets.depth_usd.sum()
    row[9] = open_interest_usd(world)
    row[10] = state.ledger.reaction_usd[0]
    row[11] = state.ledger.reaction_usd[1]
    row[12] = state.ledger.reaction_usd[2]


@kernel
def record(world: World) -> None:
    """Keep lowest marks and first failures; record this tick if its turn has come."""
    note_failures(world)
    state = world.state
    lowest = state.ledger.totals[MIN_MARK_RATIO]
    mark = state.markets.mark_price[0, 0]
    state.ledger.totals[MIN_MARK_RATIO] = min(lowest, mark / state.markets.index_path[0, 0])
    every = int(world.terms[SERIES_TICKS])
    if every > 0 and world.clock[TICK] % every == 0:
        place = world.clock[TICK] // every
        if place < world.series.shape[0]:
            write_row(world, place)
