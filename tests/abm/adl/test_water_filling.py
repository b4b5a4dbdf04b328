"""Slot 5's kernels against bisection, the literature's numbers, and limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.adl.allocation import fill_queue, fill_queue_sharing_ties
from abm.adl.water_filling import (
    BLOCK,
    LANES,
    SAMPLED,
    level_fill,
    pro_rata,
    round_to_lots,
    total_of,
    water_fill,
)
from abm.reference import allocation as twin
from tests.strategies import QUICK

amounts = st.lists(st.sampled_from([0.0, 0.1, 1.0, 2.5, 7.0, 1e6]), max_size=10)


def fill(weights, capacity, budget):
    taken = np.full(len(capacity), -1.0)
    filled = water_fill(np.asarray(weights, float), np.asarray(capacity, float), budget, taken)
    return filled, taken


def bisect(amount_at, budget):
    """Rate at which an increasing total reaches the budget."""
    low, high = 0.0, 1e12
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if amount_at(middle).sum() < budget else (low, middle)
    return amount_at(high)


@QUICK
@given(amounts, st.data())
def test_water_filling_is_exact_and_bounded(capacity, data):
    n = len(capacity)
    weights = data.draw(
        st.lists(st.sampled_from([0.0, 1e-9, 1.0, 3.0, 1e9]), min_size=n, max_size=n)
    )
    budget = data.draw(st.sampled_from([0.0, 0.05, 1.0, 9.0, 1e5, 1e9]))
    filled, taken = fill(weights, capacity, budget)
    payable = sum(c for c, w in zip(capacity, weights, strict=True) if w > 0.0)
    assert total_of(taken) == pytest.approx(min(budget, payable), rel=1e-12)
    assert filled == pytest.approx(min(budget, payable), rel=1e-12)
    assert filled <= budget
    assert (taken >= 0.0).all() and (taken <= np.array(capacity)).all()
    assert (taken[np.array(weights) == 0.0] == 0.0).all()


@QUICK
@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=8), st.floats(0.01, 300.0), st.data())
def test_water_filling_is_the_bisection(capacity, budget, data):
    n = len(capacity)
    weights = np.array(data.draw(st.lists(st.floats(0.1, 10.0), min_size=n, max_size=n)))
    capacity = np.array(capacity)
    _, taken = fill(weights, capacity, budget)
    expected = bisect(lambda rate: np.minimum(capacity, rate * weights), budget)
    np.testing.assert_allclose(taken, expected, rtol=1e-9, atol=1e-9)


def test_pro_rata_is_exact_and_weights_of_any_size_work():
    capacity = np.array([8.0, 4.0, 0.5])
    np.testing.assert_allclose(fill(capacity, capacity, 7.5)[1], [4.8, 2.4, 0.3], rtol=1e-15)
    tiny = np.array([1e-300, 2e-300])
    np.testing.assert_allclose(fill(tiny, [9.0, 9.0], 3.0)[1], [1.0, 2.0])
    filled, taken = fill([1e300, 1e-300], [2.0, 5.0], 4.0)
    assert filled == 4.0
    np.testing.assert_allclose(taken, [2.0, 2.0], rtol=1e-15)


def test_large_book_meets_the_budget_to_1e_12():
    generator = np.random.default_rng(0)
    capacity = np.exp(3.0 * generator.standard_normal(3000))
    weights = capacity * np.exp(2.0 * generator.standard_normal(3000))
    budget = 0.4 * capacity.sum()
    _, taken = fill(weights, capacity, budget)
    assert abs(total_of(taken) / budget - 1.0) < 1e-12


@pytest.mark.compiled
@pytest.mark.parametrize("n", [0, 1, LANES - 1, LANES, LANES + 1, BLOCK - 1, BLOCK, 3 * BLOCK + 7])
def test_totals_are_exact_to_1e_14(n):
    generator = np.random.default_rng(n)
    values = generator.standard_normal(n) * 10.0 ** generator.integers(-6, 6, n)
    assert abs(total_of(values) - math.fsum(values)) <= 1e-14 * math.fsum(np.abs(values))


LARGE = 8 * SAMPLED + 5
SHARES = (1e-6, 0.1, 0.5, 0.9, 0.99999, 1.0, 2.0)
assert SHARES


@pytest.mark.compiled
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("spread", [0.3, 3.0])
@pytest.mark.parametrize("kind", ["capacity", "one", "risk", "steep", "sorted", "some zero"])
def test_large_books_agree_with_the_sorting_twin(kind, spread, share):
    """Books that start from a sample, whose guess may be far off on either side."""
    generator = np.random.default_rng(7)
    capacity = np.exp(spread * generator.standard_normal(LARGE))
    draw = generator.random(LARGE)
    weights = {
        "capacity": capacity,
        "one": np.ones(LARGE),
        "risk": capacity * draw**2,
        "steep": draw**50,
        "sorted": np.sort(capacity),
        "some zero": np.where(draw < 0.5, 0.0, draw),
    }[kind]
    budget = share * capacity[weights > 0.0].sum()
    filled, taken = fill(weights, capacity, budget)
    expected = np.array(twin.water_fill(capacity.tolist(), weights.tolist(), budget))
    np.testing.assert_allclose(taken, expected, rtol=1e-9, atol=1e-12 * expected.max())
    assert math.fsum(taken) == pytest.approx(filled, rel=1e-12)
    assert filled == pytest.approx(min(share, 1.0) * budget / share, rel=1e-12)
    assert (taken <= capacity).all() and (taken >= 0.0).all()


@pytest.mark.compiled
@pytest.mark.parametrize("share", SHARES)
def test_large_books_share_and_level_exactly(share):
    capacity = np.exp(2.0 * np.random.default_rng(8).standard_normal(LARGE))
    budget = share * capacity.sum()
    for rule, expected in (
        (pro_rata, capacity * min(1.0, share)),
        (level_fill, np.array(twin.level_fill(capacity.tolist(), budget))),
    ):
        taken = np.full(LARGE, -1.0)
        filled = rule(capacity, budget, taken)
        np.testing.assert_allclose(taken, expected, rtol=1e-9, atol=1e-9)
        assert math.fsum(taken) == pytest.approx(min(budget, capacity.sum()), rel=1e-12)
        assert filled == pytest.approx(min(budget, capacity.sum()), rel=1e-12)
        assert filled <= budget
        assert (taken <= capacity).all() and (taken >= 0.0).all()


EXTREME = (
    ([1.7e308, 1.7e308, 1.7e308], [1.0, 1.0, 1.0], 1.5, [0.5, 0.5, 0.5]),
    ([5e-324, 5e-324], [1.0, 1.0], 0.5, [0.25, 0.25]),
    ([1.7e308, 1.0, 5e-324], [1.0, 1.0, 1.0], 2.25, [1.0, 1.0, 0.25]),
    ([1e200, 0.0, 1e-200], [1.0, 1.0, 0.0], 9.0, [1.0, 0.0, 0.0]),
)
assert EXTREME


@pytest.mark.parametrize(("weights", "capacity", "budget", "expected"), EXTREME)
def test_weights_out_of_the_range_of_sums(weights, capacity, budget, expected):
    filled, taken = fill(weights, capacity, budget)
    np.testing.assert_allclose(taken, expected, rtol=1e-15)
    assert filled == pytest.approx(sum(expected), rel=1e-15)


@pytest.mark.parametrize("weight", [np.inf, np.nan])
def test_a_weight_that_is_no_number_is_an_error(weight):
    with pytest.raises(ValueError, match="a weight is not finite"):
        fill([1.0, weight], [1.0, 1.0], 1.0)


def test_risk_weighted_shares_of_the_literature():
    # (e, lambda) of three accounts; dollar shares with linear g (power 2) and quadratic (power 3).
    equity = np.array([1.2613, 5.6214, 0.8397])
    leverage = np.array([1.031, 0.925, 1.548])
    shares = {0: (0.163, 0.728, 0.109), 2: (0.164, 0.589, 0.246), 3: (0.155, 0.498, 0.348)}
    for power, expected in shares.items():
        _, taken = fill(equity * leverage**power, equity, 0.1)
        np.testing.assert_allclose(
            taken / taken.sum(), expected, atol=1e-3
        )  # leverage has 3 digits


@QUICK
@given(st.permutations(range(6)), st.floats(0.5, 90.0))
def test_steep_weights_tend_to_the_queue(places, budget):
    capacity = np.array([3.0, 20.0, 7.0, 11.0, 2.0, 30.0])
    score = 1.2 ** np.array(places, float)
    _, taken = fill(score**150, capacity, budget)
    queued = np.zeros(6)
    fill_queue(np.argsort(-score), capacity, budget, 0.0, np.inf, queued)
    np.testing.assert_allclose(taken, queued, atol=1e-9)


@QUICK
@given(amounts, st.sampled_from([0.0, 0.05, 1.0, 9.0, 1e5, 1e9]))
def test_levelling(capacity, budget):
    column = np.array(capacity)
    taken = np.full(column.size, -1.0)
    filled = level_fill(column, budget, taken)
    assert filled == pytest.approx(min(budget, column.sum()), rel=1e-12)
    assert filled <= budget
    assert (taken >= 0.0).all() and (taken <= column).all()
    left = (column - taken)[taken > 0.0]
    if left.size and budget < column.sum():
        np.testing.assert_allclose(left, left[0], atol=1e-9 * column.max())
        assert (column[taken == 0.0] <= left[0] + 1e-9 * column.max()).all()


def test_queue_of_the_literature():
    # PNL = (8, 4, .5), budget 7.5, queue order (2, 1): x = (3.5, 4, 0).
    taken = np.zeros(3)
    assert (
        fill_queue(np.array([1, 0, 2]), np.array([8.0, 4.0, 0.5]), 7.5, 0.0, np.inf, taken) == 7.5
    )
    assert taken.tolist() == [3.5, 4.0, 0.0]


def test_queue_counts_visits_of_the_skipped():
    capacity = np.array([0.0, 0.0, 5.0, 5.0])
    for visits, expected in ((2, [0, 0, 0, 0]), (3, [0, 0, 5, 0]), (4, [0, 0, 5, 3])):
        taken = np.zeros(4)
        fill_queue(np.arange(4), capacity, 8.0, 0.0, visits, taken)
        assert taken.tolist() == expected


def test_queue_takes_whole_lots():
    taken = np.zeros(3)
    filled = fill_queue(np.arange(3), np.array([0.3, 0.25, 9.0]), 1.06, 0.1, np.inf, taken)
    np.testing.assert_allclose(taken, [0.3, 0.2, 0.5], rtol=1e-12)
    assert filled == pytest.approx(1.0)


def test_equals_share_a_tie():
    scores = np.array([5, 2, 2, 1], np.float32)
    capacity = np.array([4.0, 6.0, 2.0, 9.0])
    for budget, expected in ((4.0, [4, 0, 0, 0]), (8.0, [4, 3, 1, 0]), (99.0, [4, 6, 2, 9])):
        taken = np.zeros(4)
        filled = fill_queue_sharing_ties(np.arange(4), scores, capacity, budget, taken)
        assert taken.tolist() == expected
        assert filled == min(budget, 21.0)


def lots(taken, capacity, budget, lot=1.0, seed=None):
    column = np.array(taken, float)
    ids = np.arange(column.size)
    key = np.uint64(seed or 0)
    filled = round_to_lots(
        np.array(capacity, float), budget, lot, ids, key, seed is not None, column
    )
    return filled, column.tolist()


def test_largest_remainder():
    assert lots([3.4, 3.3, 3.3], [9, 9, 9], 10.0) == (10.0, [4.0, 3.0, 3.0])
    assert lots([2.5, 2.5, 5.0], [9, 9, 9], 10.0) == (10.0, [3.0, 2.0, 5.0])  # tie: smaller id
    winners = {tuple(lots([2.5, 2.5, 5.0], [9, 9, 9], 10.0, seed=seed)[1]) for seed in range(30)}
    assert winners == {(3.0, 2.0, 5.0), (2.0, 3.0, 5.0)}


def test_lots_never_exceed_capacity():
    filled, taken = lots([0.3, 0.3, 0.3], [0.3, 0.3, 0.3], 0.9, lot=0.1)
    assert taken == [0.3, 0.3, 0.3]
    assert filled == pytest.approx(0.9)
    filled, taken = lots([1.6, 1.4], [1.7, 9.0], 3.0)  # the larger remainder has no room for a lot
    assert taken == [1.0, 2.0]
    assert filled == 3.0
    assert lots([0.0, 0.0], [1.0, 1.0], 0.0) == (0.0, [0.0, 0.0])
