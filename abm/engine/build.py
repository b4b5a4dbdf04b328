"""From a scenario and a seed to a world: population, accounts, prices, empty ledgers.

All randomness comes from the streams PRICE and POPULATION of (seed, replicate), so two designs, or
two disclosures, at the same replicate start from the same world and meet the same index path.
"""

import numpy as np

from abm.engine.backing import found_backers
from abm.engine.guarding import open_guards
from abm.engine.holdings import draw_holdings, open_at_pools, read_holdings
from abm.engine.opening import (
    blank_board,
    empty_ledger,
    empty_series,
    no_forced_orders,
    open_collateral,
    open_markets,
    open_seeds,
    round_buffers,
    scenario_terms,
)
from abm.engine.real_book import RealBook
from abm.engine.reports import open_reports
from abm.engine.scenario import Scenario
from abm.engine.seating import found_venues, seat, seat_traders
from abm.engine.tick import open_world
from abm.engine.world import World
from abm.market.columns import Accounts
from abm.market.tape import FIELDS, Tape
from abm.record import bind
from abm.rng import Stream, generator, stream_key
from abm.units import Floats, Words
from abm.venue.resolution import found_backing
from abm.venue.rulebook import rule_columns
from abm.venue.state import State

TICK_STREAMS = (
    Stream.ATTENTION,
    Stream.BEHAVIOUR,
    Stream.TIE_BREAK,
    Stream.DISCLOSURE,
    Stream.REPORT,
)
"""Streams that the tick draws from, in the order of `World.keys`."""


def build_world(
    scenario: Scenario,
    seed: int,
    replicate: int,
    *,
    series_every_s: float = 0.0,
    event_rows: int = 0,
) -> World:
    """The world of (scenario, seed, replicate) at t = 0.

    Args:
        scenario: all choices.
        seed: root of all luck.
        replicate: which luck; equal for every design that is compared.
        series_every_s: record a row of the series this often; 0 records none.
        event_rows: room for this many events; 0 logs none.
    """
    path = scenario.price.path(
        generator(seed, replicate, Stream.PRICE), scenario.ticks, scenario.dt_s
    )
    luck = generator(seed, replicate, Stream.POPULATION)
    prices = path[0].copy()
    is_real = isinstance(scenario.population, RealBook)
    holdings, drawn = (read_holdings if is_real else draw_holdings)(scenario, luck, prices)
    holdings = open_at_pools(holdings, scenario, prices)
    share = sum(asset.share for asset in scenario.collateral)
    holdings.cash_usd[holdings.cash_usd > 0.0] *= 1.0 - share
    accounts = seat(holdings, scenario, prices, share)
    state = found_state(scenario, accounts, path, event_rows)
    world = World(
        state=state,
        traders=seat_traders(accounts, drawn, scenario),
        designs=np.stack([design.parameters() for design in scenario.adl_designs()]),
        board=blank_board(scenario, accounts),
        buffers=round_buffers(accounts, len(scenario.venues)),
        terms_of_step=np.zeros(3),
        lanes=np.zeros((6, scenario.instruments)),
        fund_limits=np.zeros((2, scenario.instruments)),
        flows=np.zeros((len(scenario.venues), scenario.instruments, 4)),
        spot_depth_usd=np.zeros(scenario.instruments),
        terms=scenario_terms(scenario, series_every_s),
        keys=tick_keys(seed, replicate),
        clock=np.zeros(4, np.int64),
        series=empty_series(scenario, series_every_s),
        first_vault_usd=np.zeros(accounts.cash_usd.size),
        backers=found_backers(accounts, state.venues, scenario, seed, replicate),
        reports=open_reports(
            scenario.exposure_report,
            scenario.dt_s,
            (accounts.cash_usd.size, drawn.role.size + 1, scenario.instruments),
        ),
        guard=open_guards(scenario, accounts, path[0]),
        outside=open_seeds(scenario, accounts, prices, (seed, replicate)),
    )
    _open(world, scenario)
    return world


def found_state(scenario: Scenario, accounts: Accounts, path: Floats, event_rows: int) -> State:
    """Markets, venues, rules and empty ledgers around the accounts at t = 0."""
    prices = path[0].copy()
    venues = found_venues(accounts, scenario, prices)
    names = tuple(book.name for book in scenario.venues)
    interest_usd = float((np.maximum(accounts.qty_contracts, 0.0) @ prices).sum())
    backing = found_backing(scenario.resolution, names, venues.fund_usd, interest_usd)
    venues.fund_peak_usd[:] = venues.fund_usd
    markets = open_markets(scenario, path)
    return State(
        accounts,
        markets,
        venues,
        rule_columns(scenario.venues, scenario.instruments),
        no_forced_orders(scenario),
        empty_ledger(scenario),
        Tape(np.zeros((event_rows, len(FIELDS))), np.zeros(1, np.int64), np.zeros(1, np.int64)),
        backing,
        open_collateral(scenario, accounts, markets),
    )


def tick_keys(seed: int, replicate: int) -> Words:
    """Keys of the streams that the tick draws from, `[5]`."""
    return np.array([stream_key(seed, replicate, stream) for stream in TICK_STREAMS])


def _open(world: World, scenario: Scenario) -> None:
    """Value everything once, quote, and remember who starts with what."""
    open_world(bind(world))
    interest = np.maximum(world.state.accounts.qty_contracts, 0.0).sum(axis=0)
    interest *= world.state.markets.index_price
    world.spot_depth_usd[:] = scenario.spot.depth_per_open_interest * np.maximum(interest, 1.0)
    world.traders.initial_usd[:] = wealth_by_trader(world)


def wealth_by_trader(world: World) -> Floats:
    """Equity on all venues, collateral in full, wallet and spot: `[T]` [USD].

    Equity below zero counts as zero: the account is the venue's problem, not the trader's.
    """
    accounts, markets, traders = world.state.accounts, world.state.markets, world.traders
    mark = markets.mark_price[accounts.venue]
    pnl = accounts.qty_contracts * (mark - accounts.entry_price)
    isolated = np.where(accounts.is_isolated, np.maximum(accounts.margin_usd + pnl, 0.0), 0.0)
    cross = np.where(accounts.is_isolated, 0.0, pnl).sum(axis=1) + accounts.cash_usd
    cross = cross + accounts.collateral @ markets.asset_price
    owned = np.maximum(cross, 0.0) + isolated.sum(axis=1)
    wealth = np.bincount(accounts.trader, weights=owned, minlength=traders.trader_id.size)
    return wealth + traders.wallet_usd + traders.spot_units @ markets.index_price
