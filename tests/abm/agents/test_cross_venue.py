"""Who trades on several venues: legs that fit, books that clear, orders that close a gap."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.agents import arbitrage, trading
from abm.agents.cross_venue import CrossVenue
from abm.agents.population import Population, draw_population
from abm.engine.build import build_world
from abm.engine.presets import TWO_VENUES
from abm.kernel import plain
from abm.market.columns import ARBITRAGEUR, HEDGER, MARKET_MAKER

ACROSS = CrossVenue(hedger_share=0.5, arbitrageurs=5, arbitrage_mix=(0.6, 0.4, 0.0))


@pytest.mark.parametrize("venues", [2, 3])
@pytest.mark.parametrize("winning_side", ["short", "long"])
@pytest.mark.parametrize("leg_open_interest", [0.0, 0.3, 0.95])
def test_every_book_clears_with_legs(venues, winning_side, leg_open_interest):
    across = replace(ACROSS, leg_open_interest=leg_open_interest)
    population = Population(winning_side=winning_side, cross_venue=across)
    drawn = draw_population(population, np.random.default_rng(1), 400, venues, 2, 36.0)
    size = drawn.side * drawn.equity_usd * drawn.leverage
    for v in range(venues):
        for k in range(2):
            of_k = drawn.instrument == k
            net = size[(drawn.home == v) & of_k].sum()
            net -= size[((drawn.home + 1) % venues == v) & of_k & drawn.has_leg].sum()
            assert net == pytest.approx(0.0, abs=1e-9 * np.abs(size).sum())
    assert (drawn.has_leg <= (drawn.role == HEDGER)).all()
    assert drawn.has_leg.any()


def test_a_leg_has_half_of_the_equity_behind_it():
    scenario = replace(TWO_VENUES, population=Population(cross_venue=ACROSS), collateral=())
    world = build_world(scenario, 3, 0)
    accounts, traders = world.state.accounts, world.traders
    legs = np.flatnonzero((traders.role == HEDGER) & (traders.style != trading.SPOT))
    assert legs.size > 0
    for t in legs:
        rows = traders.account_rows[traders.account_start[t] : traders.account_start[t + 1]]
        assert rows.size == 2
        assert accounts.qty_contracts[rows].sum(axis=0) == pytest.approx([0.0, 0.0])
        assert (traders.spot_units[t] == 0.0).all()
        leverage = accounts.notional_usd[rows] / accounts.equity_usd[rows]
        assert leverage == pytest.approx([ACROSS.leg_leverage] * 2, rel=1e-9)
        assert set(accounts.venue[rows]) == {0, 1}


def test_one_venue_has_no_legs():
    population = Population(cross_venue=ACROSS)
    drawn = draw_population(population, np.random.default_rng(1), 200, 1, 1, 36.0)
    assert not drawn.has_leg.any()


def test_shares_of_arbitrageurs_and_their_pace():
    drawn = draw_population(
        Population(cross_venue=ACROSS), np.random.default_rng(1), 400, 2, 1, 36.0
    )
    gaps = drawn.role == ARBITRAGEUR
    assert drawn.style[gaps].tolist() == [arbitrage.CROSS] * 3 + [arbitrage.BASIS] * 2
    assert drawn.pace[gaps] == pytest.approx([1 / 3] * 3 + [1 / 2] * 2)
    assert drawn.everywhere[gaps].all()


def test_pooled_makers_are_as_many_as_on_one_venue_and_as_rich_together():
    pooled = Population(cross_venue=CrossVenue(pooled_makers=True))
    alone = Population()
    drawn = draw_population(pooled, np.random.default_rng(1), 400, 2, 1, 36.0)
    apart = draw_population(alone, np.random.default_rng(1), 400, 2, 1, 36.0)
    makers, others = drawn.role == MARKET_MAKER, apart.role == MARKET_MAKER
    assert makers.sum() == pooled.makers
    assert others.sum() == 2 * alone.makers

    def share(found, who):
        winners = (found.side == -1.0) & (found.role != MARKET_MAKER)
        return found.equity_usd[who].sum() / (found.equity_usd * found.leverage)[winners].sum()

    assert share(drawn, makers) == pytest.approx(share(apart, others))


@given(
    gap=st.floats(0.0, 0.5),
    cost=st.floats(0.0, 0.01),
    cheap=st.floats(1e-9, 1e-3),
    dear=st.floats(1e-9, 1e-3),
)
def test_an_arbitrage_closes_the_gap_down_to_its_cost(gap, cost, cheap, dear):
    order = plain(arbitrage.gap_order_usd)(gap, cost, cheap, dear)
    left = gap - order * (cheap + dear)
    assert left == pytest.approx(min(gap, cost), abs=1e-12)


def test_an_empty_book_or_a_gap_below_its_cost_is_left_alone():
    order = plain(arbitrage.gap_order_usd)
    assert order(0.1, 0.0, plain(arbitrage.price_slope)(0.01, 0.01, 0.0), 1e-6) == 0.0
    assert order(0.001, 0.002, 1e-6, 1e-6) == 0.0
    assert plain(arbitrage.price_slope)(0.02, 0.01, 300.0) == pytest.approx(1e-4)
    assert plain(arbitrage.carry_share)(0.01, 0.001) == 1.0
    assert plain(arbitrage.carry_share)(0.0035, 0.001) == pytest.approx(0.5)
    assert plain(arbitrage.carry_share)(0.0, 0.001) == 0.0


@given(qty=st.floats(-1e6, 1e6), net=st.floats(-1e6, 1e6))
def test_a_cut_never_goes_through_zero(qty, net):
    order = plain(trading.cut_leg)(qty, net)
    assert order == 0.0 or math.copysign(1.0, order) == -math.copysign(1.0, qty)
    assert abs(order) <= min(abs(qty), abs(net))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hedger_share": 1.2}, "hedger_share"),
        ({"leg_open_interest": 1.0}, "leg_open_interest"),
        ({"leg_leverage": 0.0}, "leg_leverage"),
        ({"cut_share": 0.7, "reopen_share": 0.7}, "exceed 1"),
        ({"cut_share": -0.1}, "cut_share"),
        ({"arbitrage_mix": (1.0,)}, "arbitrage_mix"),
        ({"arbitrageurs": -1}, "arbitrageurs"),
    ],
)
def test_bad_choices_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        replace(ACROSS, **change)
