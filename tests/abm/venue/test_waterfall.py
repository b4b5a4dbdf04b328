"""Small cases of liquidation and waterfall by hand: one tick, a few accounts, known answers."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.world import World
from abm.market.columns import TRADER
from abm.venue.backstop import vault_room
from abm.venue.liquidation import BANKRUPT, WAITING, liquidate, liquidation_share
from abm.venue.rulebook import FULL, STEP, TO_TARGET, MarginTier
from abm.venue.waterfall import sort_out_bankrupt
from tests.abm.engine.worlds import harsh

TERMS = np.array([0.2, 100_000.0, 1.5])


def test_shares_of_the_three_styles():
    assert liquidation_share(FULL, 5.0, 10.0, 1e6, TERMS) == 1.0
    assert liquidation_share(STEP, 5.0, 10.0, 1e6, TERMS) == 0.2
    assert liquidation_share(STEP, 5.0, 10.0, 1e4, TERMS) == 1.0
    assert liquidation_share(STEP, -5.0, 10.0, 1e6, TERMS) == 1.0
    assert liquidation_share(TO_TARGET, 6.0, 10.0, 1e6, TERMS) == pytest.approx(0.6)


def test_to_target_leaves_the_account_at_its_target():
    """After closing the share, equity / maintenance is the target ratio (no slippage)."""
    equity, maintenance = 6.0, 10.0
    share = liquidation_share(TO_TARGET, equity, maintenance, 1e6, TERMS)
    assert equity / (maintenance * (1.0 - share)) == pytest.approx(1.5)


def test_the_vault_takes_as_much_as_its_leverage_allows_after_the_loss():
    equity, notional, leverage, mark, loss = 100.0, 50.0, 3.0, 10.0, 2.0
    room = vault_room(equity, notional, leverage, mark, loss)
    assert notional + room * mark == pytest.approx(leverage * (equity - room * loss))
    assert vault_room(10.0, 50.0, 3.0, 10.0, 0.0) == 0.0


def small_world(**rules) -> World:
    """Longs of 10 and 10 contracts against a rich short; makers quote 500 USD on each side."""
    venue = replace(
        harsh().venues[0],
        liquidation_style="full",
        tiers=(MarginTier(0.0, 0.05),),
        mark_weight=1.0,
        mark_band=1.0,
        taker_fee=0.0,
        maker_fee=0.0,
        **rules,
    )
    world = build_world(harsh(venues=(venue,)), 1, 0)
    accounts = world.state.accounts
    accounts.qty_contracts[:] = 0.0
    accounts.is_isolated[:] = False
    accounts.has_isolated[:] = False
    accounts.margin_usd[:] = 0.0
    rows = np.flatnonzero(accounts.kind == TRADER)[:3]
    accounts.qty_contracts[rows, 0] = [10.0, 10.0, -20.0]
    accounts.entry_price[rows, 0] = 100.0
    accounts.cash_usd[rows] = [30.0, 55.0, 1e5]  # 30 < 50 = 5 % of 1,000: the first is liquidated
    makers = world.state.venues.maker_rows
    accounts.cash_usd[makers] = 1e4
    world.state.venues.maker_bid_usd[:] = 500.0
    world.state.venues.maker_ask_usd[:] = 500.0
    return world


def run_liquidation(world: World) -> tuple[int, np.ndarray]:
    state = world.state
    rounds = liquidate(
        state.accounts, state.markets, state.venues, state.rules, state.forced, np.zeros(3),
        world.guard,
    )  # fmt: skip
    rows = np.flatnonzero(state.accounts.kind == TRADER)[:3]
    return rounds, state.accounts.closing[rows, 0]


def test_the_cascade_stops_at_the_least_fixed_point():
    """With {1} sold the price falls by 0.37 % and the second, at 51.3 over 49.8, stands.

    Were both sold it would fall by 0.55 % and the second would fail, 49.5 under 49.7: {1, 2} is a
    larger fixed point, and the iteration must not jump to it.
    """
    impact = 0.0055
    world = small_world(impact_temporary=0.0, impact_permanent=impact)
    rounds, closing = run_liquidation(world)
    assert rounds == 1
    assert closing.tolist() == [1.0, 0.0, 0.0]
    alone = 100.0 * np.exp(-impact * 1000.0 / 1500.0)
    both = 100.0 * np.exp(-impact * 1500.0 / 1500.0)
    assert world.state.markets.mark_price[0, 0] == pytest.approx(alone)
    assert 55.0 + 10.0 * (alone - 100.0) > 0.05 * 10.0 * alone
    assert 55.0 + 10.0 * (both - 100.0) < 0.05 * 10.0 * both


def test_the_cascade_takes_the_second_when_the_price_falls_far_enough():
    world = small_world(impact_temporary=0.0, impact_permanent=0.02)
    rounds, closing = run_liquidation(world)
    assert rounds == 2
    assert closing.tolist() == [1.0, 1.0, 0.0]
    fall = 0.02 * 1500.0 / 1500.0  # the flow of 2,000 USD is capped by the quotes of 1,500
    assert world.state.markets.mark_price[0, 0] == pytest.approx(100.0 * np.exp(-fall))


def test_a_cascade_that_hits_the_limit_says_so():
    world = small_world(impact_temporary=0.0, impact_permanent=0.02, max_rounds=1)
    rounds, _ = run_liquidation(world)
    assert rounds == -1


def test_forced_flow_only_deepens_the_move():
    """More impact, never a higher mark."""
    marks = []
    for impact in (0.0, 0.005, 0.02, 0.05):
        world = small_world(impact_temporary=0.0, impact_permanent=impact)
        run_liquidation(world)
        marks.append(world.state.markets.mark_price[0, 0])
    assert marks == sorted(marks, reverse=True)
    assert marks[0] == 100.0


@pytest.mark.parametrize(("cash", "expected"), [(30.0, 1.0), (-5.0, BANKRUPT), (0.05, WAITING)])
def test_solvent_waiting_and_bankrupt(cash, expected):
    """Equity at the mark decides bankruptcy; at the clearing price, whether the order can fill."""
    world = small_world(impact_temporary=0.001, impact_permanent=0.0)
    state = world.state
    row = np.flatnonzero(state.accounts.kind == TRADER)[0]
    state.accounts.cash_usd[row] = cash
    state.rules.mark_weight[:] = 0.0  # the mark stays at the index; the book does not
    run_liquidation(world)
    assert sort_out_bankrupt(state, 0, world.lanes[0:2])
    assert state.accounts.closing[row, 0] == expected
