"""Pools in whole worlds: whose ADL it is, when it waits, what a still price does, who pays."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world, wealth_by_trader
from abm.engine.pooling import pool_standing
from abm.engine.run import run_world, simulate
from abm.market import ledger as book_of
from abm.market.tape import KIND_NAMES
from abm.record import bind
from abm.venue.guards import Guards
from abm.venue.lp_pool import PoolTerms
from tests.abm.engine.test_backers import VIOLENT, pooled
from tests.abm.engine.worlds import ANXIOUS, POOR, harsh

STILL = replace(VIOLENT, volatility_per_year=0.0, jumps_per_year=0.0)
TWO_PRICES = replace(VIOLENT, initial_price=(100.0, 5.0), correlation=0.7)
TINY_POOL = PoolTerms(usd_per_open_interest=0.01, open_interest_limit=50.0)


def test_a_pool_owes_nothing_that_it_never_sold():
    """Traders own what they would without a pool; the pool has its money and owes no profit."""
    people = replace(ANXIOUS, isolated_share=0.3)
    world = build_world(pooled(TINY_POOL, population=people), 3, 0)
    pool_usd, longs, shorts = pool_standing(bind(world.state), 0)
    quantities, marks = world.state.accounts.qty_contracts, world.state.markets.mark_price[0]
    assert pool_usd == pytest.approx(0.01 * (quantities.clip(min=0.0) @ marks).sum())
    assert (longs, shorts) == (0.0, 0.0)
    book = build_world(harsh(population=people), 3, 0)
    owned, owned_there = wealth_by_trader(world)[:-1], wealth_by_trader(book)[:-1]  # not the house
    np.testing.assert_allclose(owned, owned_there, rtol=1e-12)
    assert (book.state.accounts.entry_price != world.state.accounts.entry_price).any()


def test_a_still_price_closes_nobody_and_cuts_no_payout():
    won = replace(ANXIOUS, winning_gain_mean=0.2, losing_gain_sigma=0.0)
    scenario = pooled(TINY_POOL, price=STILL, population=won, ticks=30)
    found = simulate(scenario, 3, 0, check=True).outcomes
    assert found["adl_rounds"] == found["pool_haircut_usd"] == found["pool_bad_debt_usd"] == 0.0
    assert found["payoff_pool_usd"] >= 0.0


def beside_a_book(**changes: object):
    """A pool, and a venue with a book, on two instruments."""
    pool = replace(pooled().venues[0], name="pool")
    book = replace(POOR, name="book", fund_usd_per_open_interest=0.05)
    chosen = {"venues": (pool, book), "designs": ("gmx_v2", "no_adl"), "price": TWO_PRICES}
    return pooled(**{**chosen, "traders": 160, **changes})


def test_adl_against_a_pool_is_its_venues_and_its_books():
    scenario = beside_a_book()
    world = build_world(scenario, 4, 0)
    run_world(world, scenario)
    ledger = world.state.ledger
    closed = ledger.totals[book_of.ADL_USD]
    assert closed > 0.0
    np.testing.assert_allclose(ledger.adl_usd.sum(), closed, rtol=1e-12)
    by_venue = ledger.by_venue[:, book_of.ADL_USD]
    np.testing.assert_allclose(by_venue, ledger.adl_usd.sum(axis=1), rtol=1e-9)
    assert ledger.adl_usd[0].sum() > 0.0
    assert ledger.by_venue[0, book_of.TAKEN_USD] > 0.0


def test_adl_against_a_pool_waits_while_forced_closes_do():
    """A halt until the end: nothing is closed after the tick in which it began."""
    fills = KIND_NAMES.index("adl_fill")
    for waits in (False, True):
        halts = Guards(halt_move=0.005, halt_window_s=60.0, halt_s=4000.0, halt_liquidations=waits)
        venue = replace(pooled().venues[0], guards=halts)
        run = simulate(pooled(venues=(venue,)), 4, 0, events=True)
        began_s = 120.0 - run.outcomes["halted_s"] + 2.0
        ticks = run.events["tick"][run.events["kind"] == fills]
        assert (2.0 * ticks > began_s).any() != waits
