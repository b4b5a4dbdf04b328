"""What designs do before ADL: hedges seen, profits frozen, margins raised; what that changes."""

import numpy as np
import pytest

from abm.adl import encoding as code
from abm.engine.build import build_world
from abm.engine.precautions import hedged_share, mark_hedges, take_precautions
from abm.engine.run import simulate
from abm.engine.schedule import is_due
from abm.engine.stepwise import step_by_phases
from abm.kernel import plain
from abm.market.columns import HEDGER
from tests.abm.engine.worlds import harsh


@pytest.mark.parametrize(
    ("qty", "others", "share"),
    [(4.0, -1.0, 0.25), (4.0, -9.0, 1.0), (4.0, 3.0, 0.0), (-4.0, 1.0, 0.25), (-4.0, -3.0, 0.0)],
)
def test_hedged_share(qty, others, share):
    assert hedged_share(qty, others) == share


def test_what_is_due():
    assert [is_due(t, 2.0, 5.0) for t in range(1, 8)] == [0, 0, 1, 0, 1, 0, 0]
    assert all(is_due(t, 2.0, 1.0) for t in range(1, 4))


def test_hedges_are_the_offset_of_all_other_holdings_of_the_trader():
    world = build_world(harsh(design="hedge_aware"), 3, 0)
    accounts, traders = world.state.accounts, world.traders
    mark_hedges(world)
    hedgers = np.flatnonzero(traders.role[accounts.trader] == HEDGER)
    assert (accounts.hedged_share[hedgers] > 0.0).any()
    for row in range(accounts.trader.size):
        t = accounts.trader[row]
        for k, qty in enumerate(accounts.qty_contracts[row]):
            own = accounts.trader == t
            others = accounts.qty_contracts[own, k].sum() - qty + traders.spot_units[t, k]
            expected = 0.0 if qty == 0.0 else np.clip(-others * np.sign(qty) / abs(qty), 0.0, 1.0)
            assert accounts.hedged_share[row, k] == pytest.approx(expected, abs=1e-12)


def test_other_designs_leave_the_columns_alone():
    world = build_world(harsh(design="bitmex"), 3, 0)
    plain(mark_hedges)(world)
    plain(take_precautions)(world)
    assert not world.state.accounts.hedged_share.any()
    assert not world.state.accounts.frozen_usd.any()
    assert world.state.rules.margin_factor.tolist() == [1.0]


def test_liable_is_the_profit_of_the_snapshot_before_the_last():
    """Snapshots every 300 s at 2 s a tick: the opening profit until tick 300, then that of 150."""
    scenario = harsh(design="liability_snapshot", ticks=320)
    world = build_world(scenario, 4, 0)
    accounts = world.state.accounts
    opening = accounts.liable_usd.copy()
    assert (opening > 0.0).any()
    step_by_phases(world, scenario, 149)
    np.testing.assert_array_equal(accounts.liable_usd, opening)
    step_by_phases(world, scenario, 1)
    frozen = accounts.frozen_usd.copy()
    np.testing.assert_array_equal(accounts.liable_usd, opening)
    assert (frozen != opening).any()
    step_by_phases(world, scenario, 150)
    np.testing.assert_array_equal(accounts.liable_usd, frozen)


def test_margins_are_raised_before_the_fund_is_gone():
    scenario = harsh(design="early_margin", disclosure="none")
    world = build_world(scenario, 1, 0)
    factors = []
    for _ in range(scenario.ticks):
        step_by_phases(world, scenario, 1)
        factors.append(float(world.state.rules.margin_factor[0]))
    assert min(factors) == 1.0
    assert max(factors) == world.designs[0, code.TRIGGER_RAISE]
    usual = simulate(harsh(design="bitmex", disclosure="none"), 1, 0).outcomes
    raised = simulate(scenario, 1, 0).outcomes
    assert raised["liquidated_notional_usd"] > usual["liquidated_notional_usd"]


def test_compensation_comes_out_of_fees():
    paid = simulate(harsh(design="compensated_queue", disclosure="none"), 1, 0).outcomes
    usual = simulate(harsh(design="bitmex", disclosure="none"), 1, 0).outcomes
    assert paid["adl_notional_usd"] > 0.0
    assert paid["fees_usd"] < usual["fees_usd"]
