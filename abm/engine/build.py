"""From a scenario and a seed to a world: population, accounts, prices, empty ledgers.

All randomness comes from the streams PRICE and POPULATION of (seed, replicate), so two designs, or two
disclosures, at the same replicate start from the same world and meet the same index path.
"""

from typing import NamedTuple

import numpy as np

from abm.adl import encoding as code
from abm.adl.rank import RankBuffers
from abm.agents.population import Drawn, draw_population
from abm.engine.real_book import RealBook, read_book
from abm.engine.record import SERIES
from abm.engine.scenario import Scenario
from abm.engine.tick import open_world
from abm.engine.world import TERMS, Board, RoundBuffers, World
from abm.market.columns import (
    BACKSTOP,
    ESTATE,
    HOUSE,
    MAKER,
    MARKET_MAKER,
    TRADER,
    Accounts,
    Markets,
    Traders,
    Venues,
)
from abm.market.ledger import TOTALS, Ledger
from abm.market.tape import FIELDS, Tape
from abm.record import bind
from abm.rng import Stream, generator, stream_key
from abm.units import SECONDS_PER_YEAR, Codes, Flags, Floats, Ints
from abm.venue.liquidation import Forced
from abm.venue.rulebook import rule_columns
from abm.venue.state import State


class Holdings(NamedTuple):
    """Accounts before they are sorted by venue: ordinary ones only."""

    account_id: Ints  # [B]
    trader: Ints  # [B]
    venue: Ints  # [B]
    kind: Codes  # [B]
    cash_usd: Floats  # [B]
    qty_contracts: Floats  # [B, K]
    entry_price: Floats  # [B, K]
    margin_usd: Floats  # [B, K]
    is_isolated: Flags  # [B, K]
    opening_leverage: Floats  # [B, K]


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
        seed, replicate: all luck.
        series_every_s: record a row of the series this often; 0 records none.
        event_rows: room for this many events; 0 logs none.
    """
    path = scenario.price.path(
        generator(seed, replicate, Stream.PRICE), scenario.ticks, scenario.dt_s
    )
    luck = generator(seed, replicate, Stream.POPULATION)
    rules = rule_columns(scenario.venues, scenario.instruments)
    prices = path[0].copy()
    if isinstance(scenario.population, RealBook):
        holdings, drawn = read_holdings(scenario, luck, prices)
    else:
        holdings, drawn = draw_holdings(scenario, luck, prices)
    share = sum(asset.share for asset in scenario.collateral)
    holdings.cash_usd[:] *= 1.0 - share
    accounts = seat(holdings, scenario, prices, share)
    venues = found_venues(accounts, scenario, prices)
    state = State(
        accounts,
        open_markets(scenario, path),
        venues,
        rules,
        _forced(scenario),
        _ledger(scenario),
        Tape(np.zeros((event_rows, len(FIELDS))), np.zeros(1, np.int64), np.zeros(1, np.int64)),
    )
    world = World(
        state=state,
        traders=seat_traders(accounts, drawn, scenario),
        designs=np.stack([design.parameters() for design in scenario.adl_designs()]),
        board=_board(scenario, accounts),
        buffers=_buffers(scenario, accounts, venues),
        terms_of_step=np.zeros(3),
        lanes=np.zeros((6, scenario.instruments)),
        flows=np.zeros((len(scenario.venues), scenario.instruments, 4)),
        spot_depth_usd=np.zeros(scenario.instruments),
        terms=_terms(scenario, series_every_s),
        keys=np.array(
            [
                stream_key(seed, replicate, stream)
                for stream in (
                    Stream.ATTENTION, Stream.BEHAVIOUR, Stream.TIE_BREAK, Stream.DISCLOSURE,
                )
            ]
        ),
        clock=np.zeros(4, np.int64),
        series=_series(scenario, series_every_s),
        first_fund_usd=venues.fund_usd.copy(),
        first_vault_usd=np.zeros(accounts.cash_usd.size),
    )  # fmt: skip
    _open(world, scenario)
    return world


def _open(world: World, scenario: Scenario) -> None:
    """Value everything once, quote, and remember who starts with what."""
    open_world(bind(world))
    interest = np.maximum(world.state.accounts.qty_contracts, 0.0).sum(axis=0)
    interest *= world.state.markets.index_price
    world.spot_depth_usd[:] = scenario.spot.depth_per_open_interest * np.maximum(interest, 1.0)
    world.traders.initial_usd[:] = wealth_by_trader(world)


def wealth_by_trader(world: World) -> Floats:
    """Equity on all venues (isolated margins and collateral included), wallet and spot [USD], `[T]`.

    Equity below zero counts as zero: the account is the venue's problem, not the trader's.
    """
    accounts, markets, traders = world.state.accounts, world.state.markets, world.traders
    mark = markets.mark_price[accounts.venue]
    pnl = accounts.qty_contracts * (mark - accounts.entry_price)
    isolated = np.where(accounts.is_isolated, np.maximum(accounts.margin_usd + pnl, 0.0), 0.0)
    cross = np.where(accounts.is_isolated, 0.0, pnl).sum(axis=1) + accounts.cash_usd
    full_value = markets.collateral_value / (1.0 - markets.collateral_haircut)
    cross = cross + accounts.collateral @ full_value
    owned = np.maximum(cross, 0.0) + isolated.sum(axis=1)
    wealth = np.bincount(accounts.trader, weights=owned, minlength=traders.trader_id.size)
    return wealth + traders.wallet_usd + traders.spot_units @ markets.index_price


def draw_holdings(
    scenario: Scenario, luck: np.random.Generator, prices: Floats
) -> tuple[Holdings, Drawn]:
    """Accounts of a drawn population, positions on their books included."""
    population = scenario.population
    assert not isinstance(population, RealBook)
    venues, instruments = len(scenario.venues), scenario.instruments
    cap = 0.9 * min(book.max_leverage for book in scenario.venues)
    drawn = draw_population(population, luck, scenario.traders, venues, instruments, cap)
    traders = scenario.traders
    second = drawn.second_account if venues > 1 else np.zeros(traders, np.bool_)
    again = np.flatnonzero(second)
    owner = np.concatenate([np.arange(traders), again])
    count = owner.size
    qty = np.zeros((count, instruments))
    entry = np.zeros((count, instruments))
    rows = np.arange(traders)
    price = prices[drawn.instrument]
    size = drawn.side * drawn.equity_usd * drawn.leverage / price
    held = size != 0.0
    qty[rows, drawn.instrument] = size
    paid = price * np.exp(-drawn.side * drawn.gain)
    entry[rows[held], drawn.instrument[held]] = paid[held]
    unrealised = size * (price - paid)
    equity = drawn.equity_usd.copy()
    moved = np.where(second, 0.2 * equity, 0.0)
    cash = np.concatenate([equity - moved - unrealised, moved[again]])
    isolated = np.zeros((count, instruments), np.bool_)
    isolated[rows[drawn.isolated], drawn.instrument[drawn.isolated]] = True
    margin = np.zeros((count, instruments))
    set_aside = np.where(drawn.isolated, cash[:traders], 0.0)
    margin[rows, drawn.instrument] = set_aside
    cash[:traders] -= set_aside
    opening = np.zeros((count, instruments))
    opening[rows, drawn.instrument] = drawn.leverage
    return (
        Holdings(
            account_id=np.arange(count),
            trader=owner,
            venue=np.concatenate([drawn.home, (drawn.home[again] + 1) % venues]),
            kind=np.where(drawn.role[owner] == MARKET_MAKER, MAKER, TRADER).astype(np.int8),
            cash_usd=cash,
            qty_contracts=qty,
            entry_price=entry,
            margin_usd=margin,
            is_isolated=isolated,
            opening_leverage=opening,
        ),
        drawn,
    )


def read_holdings(
    scenario: Scenario, luck: np.random.Generator, prices: Floats
) -> tuple[Holdings, Drawn]:
    """Accounts of a real book, plus makers who take the side that the book leaves open."""
    book = scenario.population
    assert isinstance(book, RealBook)
    venues, instruments = len(scenario.venues), scenario.instruments
    rows = read_book(book.path, venues, instruments)
    ids, first, position = np.unique(rows.account_id, return_index=True, return_inverse=True)
    owners, owner = np.unique(rows.trader_id[first], return_inverse=True)
    makers = book.behaviour.makers * venues
    drawn = draw_population(
        book.behaviour,
        luck,
        max(owners.size + makers, 4 * venues * instruments + makers),
        venues,
        instruments,
        1.0,
    )
    keep = np.concatenate([np.arange(owners.size), np.arange(makers) + drawn.role.size - makers])
    drawn = Drawn(*(column[keep] for column in drawn))
    drawn.role[: owners.size] = 0
    count = ids.size + makers
    qty, entry, margin, opening = (np.zeros((count, instruments)) for _ in range(4))
    isolated = np.zeros((count, instruments), np.bool_)
    qty[position, rows.instrument] = rows.qty_contracts
    entry[position, rows.instrument] = rows.entry_price
    margin[position, rows.instrument] = rows.margin_usd
    isolated[position, rows.instrument] = rows.is_isolated
    venue = np.concatenate([rows.venue[first], np.arange(makers) % venues])
    interest = np.abs(qty * prices).sum() / 2.0
    cash = np.full(count, book.behaviour.maker_usd_per_open_interest * interest / makers)
    cash[: ids.size] = rows.cash_usd[first]
    for v in range(venues):
        mine = np.flatnonzero(venue[ids.size :] == v) + ids.size
        for k in range(instruments):
            open_side = qty[venue == v, k].sum()
            qty[mine, k] = -open_side / mine.size
            entry[mine, k] = prices[k] if open_side != 0.0 else 0.0
    notional = np.abs(qty) * prices
    backing = np.where(isolated, margin, cash[:, None])
    np.divide(notional, backing, out=opening, where=backing > 0.0)
    return (
        Holdings(
            account_id=np.concatenate([ids, ids.max() + 1 + np.arange(makers)]),
            trader=np.concatenate([owner, owners.size + np.arange(makers)]),
            venue=venue,
            kind=np.repeat(np.array([TRADER, MAKER], np.int8), [ids.size, makers]),
            cash_usd=cash,
            qty_contracts=qty,
            entry_price=entry,
            margin_usd=margin,
            is_isolated=isolated,
            opening_leverage=opening,
        ),
        drawn,
    )


def seat(
    holdings: Holdings, scenario: Scenario, prices: Floats, collateral_share: float
) -> Accounts:
    """Add each venue's house accounts and sort all rows by (venue, id)."""
    venues, instruments = len(scenario.venues), scenario.instruments
    first_free = int(holdings.account_id.max()) + 1
    house_venue = np.repeat(np.arange(venues), 2)
    house_kind = np.tile(np.array([ESTATE, BACKSTOP], np.int8), venues)
    house_cash = np.zeros(2 * venues)
    for v, book in enumerate(scenario.venues):
        interest = _open_interest(holdings, prices, v)
        house_cash[2 * v + 1] = book.backstop_usd_per_open_interest * interest
    venue = np.concatenate([holdings.venue, house_venue])
    identity = np.concatenate([holdings.account_id, first_free + np.arange(2 * venues)])
    order = np.lexsort((identity, venue))
    count = order.size
    house = int(holdings.trader.max()) + 1

    def column(own: Floats | Codes | Ints, house_part: Floats | Codes | Ints) -> np.ndarray:
        return np.concatenate([own, house_part])[order]

    blank = np.zeros((2 * venues, instruments))
    cash = column(holdings.cash_usd, house_cash)
    owned = np.concatenate([holdings.cash_usd, 0.0 * house_cash])[order]
    collateral = np.zeros((count, len(scenario.collateral)))
    for c, asset in enumerate(scenario.collateral):
        unit = prices[asset.instrument] if asset.instrument >= 0 else 1.0
        collateral[:, c] = owned / (1.0 - collateral_share) * asset.share / unit
    return Accounts(
        account_id=identity[order],
        trader=column(holdings.trader, np.full(2 * venues, house)),
        venue=venue[order],
        kind=column(holdings.kind, house_kind),
        cash_usd=cash,
        collateral=collateral,
        qty_contracts=column(holdings.qty_contracts, blank),
        entry_price=column(holdings.entry_price, blank),
        margin_usd=column(holdings.margin_usd, blank),
        is_isolated=column(holdings.is_isolated, blank.astype(np.bool_)),
        has_isolated=column(holdings.is_isolated.any(axis=1), np.zeros(2 * venues, np.bool_)),
        opening_leverage=column(holdings.opening_leverage, blank),
        equity_usd=np.zeros(count),
        maintenance_usd=np.zeros(count),
        notional_usd=np.zeros(count),
        closing=np.zeros((count, 1 + instruments)),
        order_contracts=np.zeros((count, instruments)),
        visible=np.full((count, instruments), np.nan),
        taken_usd=np.zeros(count),
        closed_usd=np.zeros(count),
    )


def _open_interest(holdings: Holdings, prices: Floats, v: int) -> float:
    """Long notional on one venue at the start [USD]."""
    longs = np.maximum(holdings.qty_contracts[holdings.venue == v], 0.0)
    return float((longs * prices).sum())


def found_venues(accounts: Accounts, scenario: Scenario, prices: Floats) -> Venues:
    """Row ranges, makers, house rows and funds of the venues."""
    venues = len(scenario.venues)
    start = np.searchsorted(accounts.venue, np.arange(venues + 1))
    makers = np.flatnonzero(accounts.kind == MAKER)
    longs = np.maximum(accounts.qty_contracts, 0.0) @ prices
    interest = np.bincount(accounts.venue, weights=longs, minlength=venues)
    fund = np.array(
        [book.fund_usd_per_open_interest * interest[v] for v, book in enumerate(scenario.venues)]
    )
    has_vault = np.array([b.backstop_usd_per_open_interest > 0.0 for b in scenario.venues])
    return Venues(
        account_start=start.astype(np.int64),
        maker_start=np.searchsorted(accounts.venue[makers], np.arange(venues + 1)).astype(np.int64),
        maker_rows=makers.astype(np.int64),
        maker_bid_usd=np.zeros((makers.size, scenario.instruments)),
        maker_ask_usd=np.zeros((makers.size, scenario.instruments)),
        estate_row=np.flatnonzero(accounts.kind == ESTATE).astype(np.int64),
        backstop_row=np.where(has_vault, np.flatnonzero(accounts.kind == BACKSTOP), -1),
        fund_usd=fund,
        fund_peak_usd=fund.copy(),
        fund_low_usd=fund.copy(),
        adl_on=np.zeros(venues, np.bool_),
        fees_usd=np.zeros(venues),
    )


def seat_traders(accounts: Accounts, drawn: Drawn, scenario: Scenario) -> Traders:
    """Trader columns: the drawn ones, and one house trader who owns vaults and estates."""
    population = scenario.population
    behaviour = population.behaviour if isinstance(population, RealBook) else population
    count = drawn.role.size + 1
    rows = np.argsort(accounts.trader, kind="stable").astype(np.int64)
    start = np.searchsorted(accounts.trader[rows], np.arange(count + 1)).astype(np.int64)
    spot = np.zeros((count, scenario.instruments))
    held = np.zeros((count, scenario.instruments))
    np.add.at(held, accounts.trader, accounts.qty_contracts)
    hedgers = np.flatnonzero(drawn.role == 1)
    spot[hedgers] = -held[hedgers]

    def padded(values: Floats | Codes, last: float) -> np.ndarray:
        return np.concatenate([values, np.array([last], values.dtype)])

    return Traders(
        trader_id=np.arange(count),
        role=padded(drawn.role, HOUSE),
        account_start=start,
        account_rows=rows,
        wallet_usd=padded(behaviour.wallet_per_cash * drawn.equity_usd, 0.0),
        spot_units=spot,
        spot_order=np.zeros((count, scenario.instruments)),
        target_leverage=padded(drawn.leverage, 1.0),
        attention_per_s=padded(drawn.attention_per_s, 0.0),
        reaction=padded(drawn.reaction, 0),
        threshold=padded(drawn.threshold, 1.0),
        fraction=np.full(count, behaviour.fraction),
        trend=padded(drawn.trend, 0.0),
        noise=np.full(count, behaviour.noise),
        initial_usd=np.zeros(count),
        left=np.zeros(count, np.bool_),
        overridden=np.zeros(count, np.bool_),
    )


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
        collateral_value=unit * (1.0 - haircut),
        collateral_haircut=haircut,
        collateral_instrument=instrument,
    )


def _forced(scenario: Scenario) -> Forced:
    shape = (len(scenario.venues), scenario.instruments)
    return Forced(*(np.zeros(shape) for _ in Forced._fields))


def _ledger(scenario: Scenario) -> Ledger:
    horizon = round(scenario.markout_s / scenario.dt_s)
    shape = (horizon + 1, len(scenario.venues), scenario.instruments)
    return Ledger(np.zeros(TOTALS), np.zeros(4), np.zeros(4), np.zeros(shape), np.zeros(shape))


def _board(scenario: Scenario, accounts: Accounts) -> Board:
    """Room for as many snapshots as are older than the delay but not yet shown."""
    parameters = scenario.adl_designs()[0].parameters()
    refresh = max(scenario.dt_s, parameters[code.DISCLOSURE_REFRESH_S])
    slots = 1 + int(np.ceil(parameters[code.DISCLOSURE_DELAY_S] / refresh))
    shape = (slots, *accounts.qty_contracts.shape)
    return Board(np.full(shape, np.nan), np.full(slots, np.inf), np.full(1, -np.inf))


def _buffers(scenario: Scenario, accounts: Accounts, venues: Venues) -> RoundBuffers:
    rows = int(np.diff(venues.account_start).max())
    custom = any(d.parameters()[code.SCORE_PROFIT] == code.PROFIT_CUSTOM
                 for d in scenario.adl_designs())  # fmt: skip
    return RoundBuffers(
        numbers=np.zeros((14, rows)),
        scores=np.zeros(rows, np.float32),
        custom=np.zeros(
            (accounts.cash_usd.size if custom else 0, scenario.instruments), np.float32
        ),
        taken=np.zeros(rows),
        signal=np.zeros(rows),
        ranks=RankBuffers(
            np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros((4, 2048), np.int64)
        ),
    )


def _terms(scenario: Scenario, series_every_s: float) -> Floats:
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
        ]
    )
    assert terms.size == TERMS
    return terms


def series_ticks(scenario: Scenario, series_every_s: float) -> int:
    """Ticks between two recorded rows; 0 = none."""
    return max(1, round(series_every_s / scenario.dt_s)) if series_every_s > 0.0 else 0


def _series(scenario: Scenario, series_every_s: float) -> Floats:
    every = series_ticks(scenario, series_every_s)
    rows = scenario.ticks // every + 1 if every else 0
    return np.zeros((rows, len(SERIES)))
