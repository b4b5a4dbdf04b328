"""Empty books, ledgers and scratch of a world that is about to start."""

import numpy as np

from abm.adl import encoding as code
from abm.adl.rank import RankBuffers
from abm.engine.outside import Outside, open_asset_markets, open_outside
from abm.engine.record import SERIES
from abm.engine.scenario import Scenario
from abm.engine.world import TERMS, Board, RoundBuffers
from abm.market.columns import ROLE_NAMES, Accounts, Markets
from abm.market.ledger import BURDEN_EXCESS, MIN_MARK_RATIO, TOTALS, Ledger
from abm.units import SECONDS_PER_YEAR, Floats
from abm.venue.collateral_market import AssetMarkets
from abm.venue.liquidation import Forced


def open_markets(scenario: Scenario, path: Floats) -> Markets:
    """Prices and books before the first tick."""
    shape = (len(scenario.venues), scenario.instruments)
    calm = scenario.makers.calm_volatility_per_year**2 / SECONDS_PER_YEAR
    instrument = np.array([a.instrument for a in scenario.collateral], np.int64)
    haircut = np.array([a.haircut for a in scenario.collateral], np.float64)
    unit = np.array([path[0, k] if k >= 0 else 1.0 for k in instrument], np.float64)
    return Markets(
        index_path=np.ascontiguousarray(path),
        index_pressure=np.zeros(shape[1]),
        index_price=path[0].copy(),
        oracle_price=np.tile(path[0], (shape[0], 1)),
        slow_index=path[0].copy(),
        variance_per_s=np.full(shape[1], calm),
        mark_price=np.tile(path[0], (shape[0], 1)),
        previous_mark_price=np.tile(path[0], (shape[0], 1)),
        transient=np.zeros(shape),
        permanent=np.zeros(shape),
        bid_usd=np.zeros(shape),
        ask_usd=np.zeros(shape),
        depth_usd=np.zeros(shape),
        funding_rate=np.zeros(shape),
        asset_price=unit,
        collateral_value=np.tile(unit * (1.0 - haircut), (shape[0], 1)),
        collateral_haircut=haircut,
        collateral_instrument=instrument,
    )


def no_forced_orders(scenario: Scenario) -> Forced:
    """Forced orders before the first tick."""
    shape = (len(scenario.venues), scenario.instruments)
    return Forced(*(np.zeros(shape[: 1 if name == "kept_usd" else 2]) for name in Forced._fields))


def empty_ledger(scenario: Scenario) -> Ledger:
    """Totals at zero and a ring of ADL closes as long as the markout horizon."""
    horizon = round(scenario.markout_s / scenario.dt_s)
    shape = (horizon + 1, len(scenario.venues), scenario.instruments)
    totals = np.zeros(TOTALS)
    totals[MIN_MARK_RATIO] = 1.0
    totals[BURDEN_EXCESS] = -np.inf  # a maximum over rounds
    roles, venues = len(ROLE_NAMES), len(scenario.venues)
    return Ledger(
        totals=totals,
        reaction_usd=np.zeros(roles),
        flow_usd=np.zeros(roles),
        closed_contracts=np.zeros(shape),
        closed_value_usd=np.zeros(shape),
        by_venue=np.zeros((venues, TOTALS)),
        before=np.zeros(TOTALS),
        failed_s=np.full(venues, np.inf),
        lowest_ratio=np.ones((venues, scenario.instruments)),
        adl_usd=np.zeros((venues, scenario.instruments)),
    )


def blank_board(scenario: Scenario, accounts: Accounts) -> Board:
    """Room for as many snapshots as are older than a venue's delay but not yet shown."""
    slots = 1
    for design in scenario.adl_designs():
        parameters = design.parameters()
        ticks = max(1, int(parameters[code.DISCLOSURE_REFRESH_S] / scenario.dt_s))  # at least
        late = parameters[code.DISCLOSURE_DELAY_S] / (ticks * scenario.dt_s)
        slots = max(slots, 1 + int(np.ceil(late)))
    venues = len(scenario.venues)
    return Board(
        snapshots=np.full((slots, *accounts.qty_contracts.shape), np.nan),
        published_s=np.full((venues, slots), np.inf),
        visible_s=np.full(venues, -np.inf),
        taken=np.zeros(venues, np.int64),
    )


def round_buffers(accounts: Accounts, venues: int) -> RoundBuffers:
    """Scratch for the largest venue."""
    rows = int(np.bincount(accounts.venue, minlength=venues).max())
    return RoundBuffers(
        numbers=np.zeros((16, rows)),
        scores=np.zeros(rows, np.float32),
        queue_scores=np.full(accounts.qty_contracts.shape, -np.inf, np.float32),
        taken=np.zeros(rows),
        signal=np.zeros(rows),
        ranks=RankBuffers(
            np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros((4, 2048), np.uint32)
        ),
    )


def scenario_terms(scenario: Scenario, series_every_s: float) -> Floats:
    """The scenario's numbers in the order of `abm.engine.world`."""
    terms = np.array(
        [
            scenario.dt_s,
            float(scenario.reacting),
            scenario.spot.impact,
            scenario.spot.fee,
            scenario.makers.quote_leverage,
            scenario.makers.inventory_leverage,
            scenario.makers.calm_volatility_per_year**2 / SECONDS_PER_YEAR,
            float(round(scenario.markout_s / scenario.dt_s)),
            scenario.venue_coupling_s,
            float(series_ticks(scenario, series_every_s)),
            scenario.behaviour.cross_venue.leg_tolerance,
        ]
    )
    assert terms.size == TERMS
    return terms


def series_ticks(scenario: Scenario, series_every_s: float) -> int:
    """Ticks between two recorded rows; 0 = none."""
    return max(1, round(series_every_s / scenario.dt_s)) if series_every_s > 0.0 else 0


def empty_series(scenario: Scenario, series_every_s: float) -> Floats:
    """Rows for the recorded series, none if nothing is recorded."""
    every = series_ticks(scenario, series_every_s)
    rows = scenario.ticks // every + 1 if every else 0
    return np.zeros((rows, len(SERIES)))


def open_collateral(scenario: Scenario, accounts: Accounts, markets: Markets) -> AssetMarkets:
    """Collateral markets before the first tick."""
    choices = tuple(asset.market for asset in scenario.collateral)
    return open_asset_markets(choices, scenario.venues, accounts, markets)


def open_seeds(
    scenario: Scenario, accounts: Accounts, prices: Floats, luck: tuple[int, int]
) -> Outside:
    """Oracles, issuers and protocols before the first tick; `luck` is (seed, replicate)."""
    issuers = tuple(asset.issuer for asset in scenario.collateral)
    holdings = (accounts, prices)
    return open_outside(scenario.venues, scenario.dt_s, issuers, scenario.protocols, holdings, luck)
