"""Seating: accounts and traders in their rows, venues with their house accounts and funds.

Rows are sorted by (venue, id), so that a venue's row order is its id order. Every venue gets two
house accounts, the bankruptcy estate and the backstop vault, with the highest ids; one trader owns
them all.
"""

import numpy as np
from numpy.typing import NDArray

from abm.agents.population import Drawn
from abm.engine.holdings import Holdings
from abm.engine.scenario import Scenario
from abm.market.columns import (
    ARBITRAGEUR,
    BACKSTOP,
    ESTATE,
    HEDGER,
    HOUSE,
    MAKER,
    Accounts,
    Traders,
    Venues,
)
from abm.units import Floats
from abm.venue.staking import order_code


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
        house_cash[2 * v + 1] = book.as_run().backstop_usd_per_open_interest * interest
        if book.pool is not None:
            house_cash[2 * v] = book.pool.usd_per_open_interest * interest
    venue = np.concatenate([holdings.venue, house_venue])
    identity = np.concatenate([holdings.account_id, first_free + np.arange(2 * venues)])
    order = np.lexsort((identity, venue))
    count = order.size
    house = int(holdings.trader.max()) + 1

    def column[N: np.generic](own: NDArray[N], house_part: NDArray[N]) -> NDArray[N]:
        return np.concatenate([own, house_part])[order]

    blank = np.zeros((2 * venues, instruments))
    cash = column(holdings.cash_usd, house_cash)
    owned = np.maximum(column(holdings.cash_usd, 0.0 * house_cash), 0.0)
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
        in_closing=np.zeros(count, np.bool_),
        order_contracts=np.zeros((count, instruments)),
        visible=np.full((count, instruments), np.nan),
        taken_usd=np.zeros(count),
        closed_usd=np.zeros(count),
        hedged_share=np.zeros((count, instruments)),
        liable_usd=np.zeros((count, instruments)),
        frozen_usd=np.zeros((count, instruments)),
    )


def _open_interest(holdings: Holdings, prices: Floats, v: int) -> float:
    """Long notional on one venue at the start [USD]."""
    longs = np.maximum(holdings.qty_contracts[holdings.venue == v], 0.0)
    return float((longs * prices).sum())


def found_venues(accounts: Accounts, scenario: Scenario, prices: Floats) -> Venues:
    """Row ranges, makers, house rows and funds of the venues."""
    venues = len(scenario.venues)
    start = np.searchsorted(accounts.venue, np.arange(venues + 1))
    has_pool = np.array([book.pool is not None for book in scenario.venues])[accounts.venue]
    makers = np.flatnonzero(accounts.kind == np.where(has_pool, ESTATE, MAKER))  # who quotes
    longs = np.maximum(accounts.qty_contracts, 0.0) @ prices
    interest = np.bincount(accounts.venue, weights=longs, minlength=venues)
    fund = np.array(
        [book.fund_usd_per_open_interest * interest[v] for v, book in enumerate(scenario.venues)]
    )
    has_vault = np.array([b.as_run().backstop_usd_per_open_interest > 0.0 for b in scenario.venues])
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
        fund_drawdown_usd=np.zeros(venues),
        inventory_limit_usd=np.full(venues, np.inf),
        fund_pnl_usd=np.zeros((venues, scenario.instruments)),
        fund_pnl_peak_usd=np.zeros((venues, scenario.instruments)),
        adl_on=np.zeros((venues, scenario.instruments), np.bool_),
        fees_usd=np.zeros(venues),
        stakers_usd=np.zeros(venues),
        slashed_usd=np.zeros(venues),
        slashing_order=np.array([order_code(b.staking) for b in scenario.venues], np.int64),
        payout_share=np.ones((venues, 2)),
        haircut_usd=np.zeros(venues),
        bad_debt_usd=np.zeros(venues),
        vaults_pooled=np.full(1, scenario.resolution.pooled_backstops),
    )


def seat_traders(accounts: Accounts, drawn: Drawn, scenario: Scenario) -> Traders:
    """Trader columns: the drawn ones, and one house trader who owns vaults and estates."""
    behaviour = scenario.behaviour
    count = drawn.role.size + 1
    rows = np.argsort(accounts.trader, kind="stable").astype(np.int64)
    start = np.searchsorted(accounts.trader[rows], np.arange(count + 1)).astype(np.int64)
    spot = np.zeros((count, scenario.instruments))
    held = np.zeros((count, scenario.instruments))
    np.add.at(held, accounts.trader, accounts.qty_contracts)
    hedgers = np.flatnonzero(drawn.role == HEDGER)
    spot[hedgers] = -held[hedgers]

    def padded[N: np.generic](values: NDArray[N], last: float) -> NDArray[N]:
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
        fraction=padded(
            np.where(drawn.role == ARBITRAGEUR, drawn.pace, behaviour.fraction), behaviour.fraction
        ),
        trend=padded(drawn.trend, 0.0),
        noise=np.full(count, behaviour.noise),
        initial_usd=np.zeros(count),
        left=np.zeros(count, np.bool_),
        overridden=np.zeros(count, np.bool_),
        style=padded(drawn.style, 0),
    )
