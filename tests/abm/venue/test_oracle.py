"""abm.venue.oracle and feeds: joins, breakdown, and what bending a source costs."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abm.market.book import LINEAR, SQUARE_ROOT, mean_impact
from abm.venue.feeds import weighted_mean, weighted_median
from abm.venue.oracle import (
    Oracle,
    Source,
    cost_to_move,
    flow_to_move,
    is_during,
    move_of_flow,
    noise_factor,
    slippage_cost,
)

PRICES = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=9)


@given(PRICES)
def test_the_median_of_equal_sources(prices):
    values = np.array(prices)
    expected = statistics.median(prices)
    assert weighted_median(values, np.ones(values.size)) == pytest.approx(expected, rel=1e-12)


@given(PRICES, st.data())
def test_whole_weights_are_repetitions(prices, data):
    weights = [data.draw(st.integers(1, 4)) for _ in prices]
    repeated = [p for p, w in zip(prices, weights, strict=True) for _ in range(w)]
    values, heavy = np.array(prices), np.array(weights, np.float64)
    assert weighted_median(values, heavy) == pytest.approx(statistics.median(repeated), rel=1e-12)
    assert weighted_mean(values, heavy) == pytest.approx(statistics.fmean(repeated), rel=1e-12)


@pytest.mark.parametrize("k", range(1, 10))
def test_the_breakdown_of_a_median_of_k(k):
    """ceil(k / 2) - 1 bent sources leave it between honest prices; ceil(k / 2) take it anywhere."""
    honest = 100.0 + np.arange(k)
    breakdown = math.ceil(k / 2)
    for sign in (-1.0, 1.0):
        values = honest.copy()
        values[: breakdown - 1] = 100.0 + sign * 1e9
        assert 100.0 <= weighted_median(values, np.ones(k)) <= 100.0 + k
        values[:breakdown] = 100.0 + sign * 1e9
        assert abs(weighted_median(values, np.ones(k)) - 100.0) > 1e8


@given(st.floats(-1e6, 1e6), st.floats(0.05, 0.95))
def test_one_bent_source_moves_a_mean_by_its_weight(push, weight):
    values = np.array([100.0 + push, 100.0])
    found = weighted_mean(values, np.array([weight, 1.0 - weight]))
    assert found == pytest.approx(100.0 + weight * push, abs=1e-8)


def test_a_silent_source_leaves_its_weight_to_the_others():
    values, weights = np.array([90.0, 100.0, 130.0]), np.array([0.0, 3.0, 1.0])
    assert weighted_mean(values, weights) == pytest.approx(107.5)
    assert weighted_median(values, weights) == 100.0
    assert math.isnan(weighted_mean(values, np.zeros(3)))
    assert math.isnan(weighted_median(values, np.zeros(3)))


def test_the_square_root_law_by_hand():
    """Y σ = 2 %, volume 100 M USD: 1 % costs a quarter of the volume, 25 M, and slips 2/3 %."""
    flow = flow_to_move(SQUARE_ROOT, 0.02, 0.01, 100e6)
    assert flow == pytest.approx(25e6)
    assert cost_to_move(SQUARE_ROOT, 0.02, 0.01, 100e6) == pytest.approx(25e6 * 0.02 / 3.0)
    assert flow_to_move(LINEAR, 0.02, 0.01, 100e6) == pytest.approx(50e6)
    assert cost_to_move(LINEAR, 0.02, 0.01, 100e6) == pytest.approx(50e6 * 0.005)


@given(
    st.sampled_from([LINEAR, SQUARE_ROOT]), st.floats(1e-4, 1.0), st.floats(1e-5, 0.5),
    st.floats(1.0, 1e9),
)  # fmt: skip
def test_cost_inverts_impact(form, impact, move, depth):
    flow = flow_to_move(form, impact, move, depth)
    assert move_of_flow(form, impact, flow, depth) == pytest.approx(move, rel=1e-9)
    share = flow / depth
    assume(share > 1e-12)
    slippage = slippage_cost(form, flow, move) / flow
    assert slippage == pytest.approx(mean_impact(form, impact, 0.0, share), rel=1e-9)


def test_nothing_moves_for_nothing_and_the_immovable_never():
    assert flow_to_move(LINEAR, 0.01, 0.0, 1e6) == 0.0
    assert flow_to_move(LINEAR, 0.0, 0.01, 1e6) == math.inf
    assert cost_to_move(SQUARE_ROOT, 0.02, 0.02, 1e6) == 8.0 * cost_to_move(
        SQUARE_ROOT, 0.02, 0.01, 1e6
    )


def test_errors_are_log_normal_with_the_stated_deviation():
    draws = np.random.default_rng(1).random((20_000, 2))
    logs = np.log([noise_factor(0.03, float(a), float(b)) for a, b in draws])
    assert abs(logs.mean()) < 4.0 * 0.03 / math.sqrt(20_000)
    assert logs.std() == pytest.approx(0.03, rel=0.03)
    assert noise_factor(0.0, 0.5, 0.5) == 1.0
    assert is_during(1.0, 1.0, 2.0) and not is_during(2.0, 1.0, 2.0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weight": 0.0}, "above 0"),
        ({"delay_s": math.inf}, "finite delay"),
        ({"error": -0.1}, "error of at least 0"),
        ({"kind": "book"}, "name a venue"),
        ({"venue": "alpha"}, "name a venue"),
        ({"fails_from_s": 9.0, "fails_until_s": 3.0}, "fails_until_s is before"),
        ({"push_instrument": -1}, "count from 0"),
    ],
)
def test_what_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        Source(**changes)


def test_an_oracle_needs_a_source():
    with pytest.raises(ValueError, match="at least one"):
        Oracle(sources=())
