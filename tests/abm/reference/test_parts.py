"""The twin's own parts: allocation by sorting, rules without a compiler, the world at its start."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.adl import water_filling
from abm.adl.score import score_of
from abm.engine.build import build_world
from abm.engine.tick import run_ticks
from abm.kernel import plain
from abm.record import bind
from abm.reference import ReferenceModel, rules
from abm.reference.allocation import level_fill, round_to_lots, water_fill
from abm.reference.traders import DirectionalTrader, Hedger, House, MarketMaker
from tests.abm.reference.scenarios import crash

AMOUNTS = st.floats(0.0, 1e6).map(lambda x: 0.0 if x < 1e-3 else x)
BOOKS = st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=12)


def assert_same(found, taken):
    scale = max(1.0, float(np.abs(taken).max()))
    np.testing.assert_allclose(found, taken, rtol=1e-9, atol=1e-9 * scale)


@settings(max_examples=60, deadline=None)
@given(BOOKS, st.floats(0.0, 1.2))
def test_water_filling_by_breakpoints_is_the_kernels(book, share):
    capacity, weights = (list(column) for column in zip(*book, strict=True))
    budget = share * sum(capacity)
    taken = np.zeros(len(capacity))
    water_filling.water_fill(np.array(weights), np.array(capacity), budget, taken)
    assert_same(water_fill(capacity, weights, budget), taken)


@settings(max_examples=60, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=12), st.floats(0.0, 1.2))
def test_levelling_by_sorting_is_the_kernels(capacity, share):
    budget = share * sum(capacity)
    taken = np.zeros(len(capacity))
    water_filling.level_fill(np.array(capacity), budget, taken)
    assert_same(level_fill(capacity, budget), taken)


def test_lots_go_to_the_largest_remainders_and_ties_to_the_first():
    rounded = round_to_lots([1.6, 2.5, 2.5, 0.4], [9.0] * 4, [0, 1, 2, 3], 7.0, 1.0)
    assert rounded == [2.0, 3.0, 2.0, 0.0]
    rounded = round_to_lots([1.6, 2.5, 2.5, 0.4], [9.0] * 4, [0, 2, 1, 3], 7.0, 1.0)
    assert rounded == [2.0, 2.0, 3.0, 0.0]


def test_rules_are_plain_all_the_way_down():
    """A rule's callees are stripped as well; its text is the same."""
    bare = rules.score_of
    assert bare.__code__ is plain(score_of).__code__
    callee = bare.__globals__["score_by"].__globals__["_profit_term"]
    assert plain(callee) is callee
    assert plain(score_of).__globals__ is not bare.__globals__


def test_one_agent_per_trader():
    scenario = crash()
    world = build_world(scenario, 3, 0)
    model = ReferenceModel.from_world(world, scenario)
    kinds = [type(trader) for trader in model.agents.to_list()]
    assert len(kinds) == scenario.traders + 1
    assert set(kinds) == {DirectionalTrader, Hedger, MarketMaker, House}
    assert sum(len(trader.accounts) for trader in model.agents.to_list()) == len(model.accounts)


def test_a_world_that_has_run_is_refused():
    scenario = crash()
    world = build_world(scenario, 3, 0)
    run_ticks(bind(world), 1)
    with pytest.raises(ValueError, match="fresh from build_world"):
        ReferenceModel.from_world(world, scenario)
