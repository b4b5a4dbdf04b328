"""What is measured in a world is what was put into it, and what the world then does."""

import math

import numpy as np
import pytest

from abm.agents.trading import CUT_LEG, HOLD_LEG, REOPEN_LEG
from abm.contagion import UnHedging
from abm.engine.build import build_world
from abm.engine.unhedging import (
    hedge_sales,
    impact_per_usd,
    liquidated_usd,
    longs_of,
    maintenance_usd,
    unhedging_of,
)
from abm.engine.world import World
from abm.market.columns import MARKET_MAKER
from abm.model import MarketModel
from abm.venue.margin import maintenance_margin
from experiments.validate.contagion.branching import (
    FIRST_PRICE,
    REACH,
    SHOCK,
    lined_up,
    returning,
    spread_longs,
)
from tests.abm.reference.scenarios import two_venues

JUMP = 1e-5
"""Above the margin of the small positions, below that of the large ones."""


def prepared(cut: float, eta: float, loops: tuple[float, float]) -> tuple[MarketModel, UnHedging]:
    """A model lined up, and its un-hedging by construction."""
    model = MarketModel(lined_up(cut, 4000, 60), rng=3)
    world = model.world
    accounts = world.state.accounts
    role = world.traders.role[accounts.trader]
    accounts.cash_usd[role != MARKET_MAKER] = 1e9
    luck = np.random.default_rng(6)
    interest, etas = np.array([spread_longs(world, v, eta, luck) for v in range(2)]).T
    density = interest / REACH
    slope = np.array(loops) / density
    world.state.rules.impact_permanent[:] = slope * world.state.markets.depth_usd[:, 0]
    hedges = np.zeros((2, 2))
    for v in range(2):
        hedges[v, 1 - v] = returning(world, v)
    return model, UnHedging(np.eye(2), slope, etas, hedges, density)


@pytest.mark.parametrize(
    ("cut", "eta", "loops"),
    [
        (0.0, 0.0, (0.5, 0.5)),
        (0.5, 0.5, (0.5, 0.5)),
        (1.0, 1.0, (0.6, 0.3)),
        (1.0, 0.5, (0.2, 1.4)),
    ],
)
def test_the_measured_matrix_is_the_one_by_construction(
    cut: float, eta: float, loops: tuple[float, float]
) -> None:
    model, built = prepared(cut, eta, loops)
    found = unhedging_of(model.world, move=REACH, jump=JUMP)
    np.testing.assert_allclose(found.density_usd, built.density_usd, rtol=5e-3)
    np.testing.assert_allclose(found.offbook_share, built.offbook_share, rtol=5e-3, atol=1e-6)
    np.testing.assert_allclose(found.impact, built.impact, rtol=1e-9)
    np.testing.assert_allclose(found.hedge_sales, built.hedge_sales, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(
        found.reproduction_matrix, built.reproduction_matrix, rtol=0.01, atol=1e-6
    )


def test_part_of_the_move_finds_the_same_density() -> None:
    model, built = prepared(1.0, 0.5, (0.5, 0.5))
    half = unhedging_of(model.world, move=0.5 * REACH, jump=JUMP)
    np.testing.assert_allclose(half.density_usd, built.density_usd, rtol=0.1)
    wide = unhedging_of(model.world, move=2.0 * REACH, jump=JUMP)
    np.testing.assert_allclose(wide.density_usd, 0.5 * built.density_usd, rtol=5e-3)


def test_the_world_falls_by_what_was_measured() -> None:
    model, _ = prepared(1.0, 0.5, (0.5, 0.5))
    markets = model.world.state.markets
    expected = unhedging_of(model.world, move=REACH, jump=JUMP).total_drop(np.full(2, SHOCK))
    markets.index_path[1:] *= math.exp(-SHOCK)
    model.run()
    fallen = -np.log(markets.mark_price[:, 0] / FIRST_PRICE)
    np.testing.assert_allclose(fallen, expected, rtol=0.08)
    assert (fallen > 1.3 * SHOCK).all()


def test_a_jump_beyond_the_margin_bankrupts_everybody() -> None:
    model, _ = prepared(0.0, 0.5, (0.5, 0.5))
    assert (unhedging_of(model.world, move=REACH, jump=0.5).offbook_share == 1.0).all()
    model.world.state.markets.variance_per_s[:] = 0.0  # no jumps: nobody is bankrupt at once
    calm = unhedging_of(model.world, move=REACH)
    assert (calm.offbook_share == 0.0).all()


def test_bankrupt_orders_in_the_book_are_not_off_it() -> None:
    model, _ = prepared(0.0, 0.5, (0.5, 0.5))
    model.world.state.rules.bankrupt_to_book[0] = 0
    share = unhedging_of(model.world, move=REACH, jump=JUMP).offbook_share
    assert share[0] == 0.0
    assert share[1] > 0.4


def test_hedgers_who_open_again_sell_where_they_were_closed() -> None:
    model, built = prepared(1.0, 0.5, (0.5, 0.5))
    style = model.world.traders.style
    style[style == CUT_LEG] = REOPEN_LEG
    back = hedge_sales(model.world, 0)
    np.testing.assert_allclose(np.diag(back), built.hedge_sales.sum(axis=1), rtol=1e-9)
    assert back[0, 1] == back[1, 0] == 0.0
    style[style == REOPEN_LEG] = HOLD_LEG
    assert not hedge_sales(model.world, 0).any()


def _wide() -> World:
    return build_world(two_venues(ticks=10), 4, 0)


def test_requirements_are_those_of_the_venue() -> None:
    world = _wide()
    usd = np.array([0.0, 10.0, 1e5, 3e8])
    for v in range(2):
        found = maintenance_usd(world, np.full(4, v), usd)
        expected = [maintenance_margin(world.state.rules, v, x) if x else 0.0 for x in usd]
        np.testing.assert_allclose(found, expected)


def test_slack_now_is_equity_less_maintenance() -> None:
    """With several instruments, isolated positions and collateral."""
    world = _wide()
    accounts = world.state.accounts
    longs = longs_of(world, 0)
    rows = np.flatnonzero((accounts.qty_contracts[:, 0] > 0.0) & (accounts.kind < 2))
    cross = ~accounts.is_isolated[rows, 0]
    assert 0 < cross.sum() < cross.size
    value = longs.qty_contracts * longs.mark_price
    equity = (longs.free_usd + value)[cross]
    np.testing.assert_allclose(equity, accounts.equity_usd[rows][cross])
    needed = (longs.others_usd + maintenance_usd(world, longs.venue, value))[cross]
    np.testing.assert_allclose(needed, accounts.maintenance_usd[rows][cross])


def test_a_larger_move_liquidates_more() -> None:
    world = _wide()
    sold = [liquidated_usd(world, 0, move, 0.0)[0].sum() for move in (0.01, 0.05, 0.2, 2.0)]
    assert sold == sorted(sold)
    assert sold[0] < sold[-1]


def test_a_square_root_book_is_taken_by_its_secant() -> None:
    world = _wide()
    rules, depth = world.state.rules, world.state.markets.depth_usd[:, 0]
    rules.impact_form[:] = 1
    rules.impact_permanent[:] = 0.0
    found = impact_per_usd(world, 0, 0.25 * depth)
    np.testing.assert_allclose(found, 2.0 * rules.mark_weight * rules.impact_temporary / depth)
    whole = impact_per_usd(world, 0, np.zeros(2))
    np.testing.assert_allclose(whole, rules.mark_weight * rules.impact_temporary / depth)
    depth[0] = 0.0
    assert impact_per_usd(world, 0, np.ones(2))[0] == math.inf


def test_what_is_refused() -> None:
    world = _wide()
    with pytest.raises(ValueError, match="move is 0"):
        unhedging_of(world, move=0.0)
    with pytest.raises(ValueError, match="jump is -1"):
        unhedging_of(world, jump=-1.0)
    with pytest.raises(ValueError, match="instrument is 2: the world has 0 to 1"):
        unhedging_of(world, instrument=2)
