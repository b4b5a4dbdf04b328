"""The scalar rules of pre-emption: worked digits, limits, and what a choice refuses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.venue.forecast import FEATURES, Features, Forecast, Sight, features_of, logistic, part
from abm.venue.guards import (
    Guards,
    added_contracts,
    admitted,
    log_move,
    predicted_factor,
    room_below,
    share_within,
    ticks_of,
    unproven,
    volatility_factor,
)
from abm.venue.margin_calls import call_factor, is_weak, kamino_bonus, kamino_threshold

contracts = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("ratio", "exponent", "factor"),
    [(0.5, 1.0, 1.0), (1.0, 1.0, 1.0), (1.5, 1.0, 1.5), (4.0, 0.5, 2.0), (9.0, 1.0, 3.0)],
)
def test_volatility_rule(ratio, exponent, factor):
    assert volatility_factor(ratio, exponent, 3.0) == pytest.approx(factor)


def test_predictive_rule():
    assert predicted_factor(0.0, 2.0, 3.0) == 1.0
    assert predicted_factor(0.25, 2.0, 3.0) == 1.5
    assert predicted_factor(0.9, 4.0, 3.0) == 3.0


def test_logistic():
    assert logistic(0.0) == 0.5
    assert logistic(math.log(3.0)) == pytest.approx(0.75)
    assert logistic(-800.0) == 0.0
    assert logistic(800.0) == 1.0


@given(st.floats(-700.0, 700.0))
def test_logistic_is_odd_about_one_half(score):
    assert logistic(score) + logistic(-score) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("days", "per_day", "expected"),
    [(0.0, 0.01, 1.0), (10.0, 0.01, 0.9), (2.5, 0.02, 0.95), (60.0, 0.02, 0.0)],
)
def test_kamino_threshold(days, per_day, expected):
    """100 bps a day: after ten days a loan is closed from an LTV of 90 %."""
    assert kamino_threshold(days, per_day) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("days", "ltv", "expected"),
    [
        (0.0, 0.8, 0.005),  # 50 bps at once
        (10.0, 0.8, 0.015),  # 50 + 10 * 10 bps
        (100.0, 0.8, 0.05),  # never above the reserve's largest, 500 bps
        (100.0, 0.97, 0.03),  # nor above what is left of the collateral
        (0.0, 1.2, 0.0),  # nothing is left
    ],
)
def test_kamino_bonus(days, ltv, expected):
    assert kamino_bonus(days, 0.001, 0.05, ltv) == pytest.approx(expected, abs=1e-15)


def test_a_call_rises_after_its_grace_and_stops_where_it_reaches_everybody():
    found = [call_factor(s, 60.0, 0.01, 1.5) for s in (0.0, 60.0, 80.0, 110.0, 900.0)]
    assert found == pytest.approx([1.0, 1.0, 1.2, 1.5, 1.5])


@given(st.floats(1.01, 1.99), st.floats(1.01, 1.99))
def test_calls_reach_the_most_leveraged_first(first, second):
    """A bucket with e = x m is closed after g + (x - 1) / r: the smaller x, the sooner."""

    def closed_s(ratio):
        return 30.0 + (ratio - 1.0) / 0.005

    low, high = sorted((first, second))
    just_after = closed_s(low) + 1e-6
    assert call_factor(just_after, 30.0, 0.005, 2.0) > low
    if high > low + 1e-6:
        assert call_factor(just_after, 30.0, 0.005, 2.0) < high


def test_the_call_is_kaminos_line_to_first_order():
    """1 / (1 - a d) and 1 + a d differ by (a d)² at most, up to a tenth."""
    for fall in (0.001, 0.01, 0.1):
        ours = call_factor(fall, 0.0, 1.0, 2.0)
        assert 0.0 <= 1.0 / kamino_threshold(1.0, fall) - ours <= 1.2 * fall * fall


def test_who_is_weak():
    assert is_weak(14.0, 10.0, 1.5)
    assert not is_weak(15.0, 10.0, 1.5)
    assert not is_weak(-1.0, 0.0, 1.5)  # flat


def test_unproven_profit():
    assert unproven(100.0, 0.75) == 25.0
    assert unproven(-100.0, 0.75) == 0.0
    assert unproven(100.0, 1.0) == 0.0


def test_a_move_has_a_size_and_no_sign():
    assert log_move(90.0, 100.0) == pytest.approx(0.105360516)
    assert log_move(100.0, 90.0) == pytest.approx(0.105360516)


@pytest.mark.parametrize(
    ("qty", "order", "added"),
    [(5.0, 3.0, 3.0), (5.0, -3.0, 0.0), (5.0, -8.0, 3.0), (0.0, -2.0, 2.0), (-5.0, 5.0, 0.0)],
)
def test_added_contracts(qty, order, added):
    assert added_contracts(qty, order) == added


@given(contracts, contracts, st.floats(0.0, 1.0))
def test_what_is_admitted(qty, order, share):
    """It never turns round or grows, what closes stays, and what it adds is the share."""
    kept = admitted(qty, order, share)
    scale = max(1.0, abs(qty), abs(order))
    assert kept * order >= -1e-9 * scale
    assert abs(kept) <= abs(order)
    closing = abs(order) - added_contracts(qty, order)
    assert abs(kept) >= closing - 1e-9 * scale
    added = share * added_contracts(qty, order)
    assert added_contracts(qty, kept) == pytest.approx(added, abs=1e-9 * scale)


@given(contracts, contracts)
def test_nothing_admitted_leaves_what_closes_to_the_last_bit(qty, order):
    """An order through zero ends at zero, not beside it: no position of 1e-16 contracts."""
    kept = admitted(qty, order, 0.0)
    if qty * order >= 0.0:
        assert kept == 0.0
    else:
        assert kept in (order, -qty)
    assert admitted(qty, order, 1.0) == order


def test_room_for_less_than_a_lot_is_none():
    assert room_below(3602.8, 3602.8 - 5e-13, 1e-5) == 0.0
    assert room_below(3602.8, 3610.0, 1e-5) == 0.0
    assert room_below(12.0, 10.0, 2.0) == 2.0
    assert room_below(12.0, 10.0, 2.5) == 0.0


@given(st.floats(0.0, 1e9), st.floats(-1e9, 1e9))
def test_a_share_fits_into_the_room(wanted, room):
    share = share_within(wanted, room)
    assert 0.0 <= share <= 1.0
    assert wanted * share <= max(room, 0.0) + 1e-6 or wanted <= 0.0


def test_ticks():
    assert [ticks_of(s, 2.0) for s in (0.5, 2.0, 7.0, 60.0)] == [1, 1, 4, 30]


SEEN = Sight(
    volatility=math.e - 1.0,
    trend=-0.02,
    near_long_usd=30.0,
    near_short_usd=10.0,
    gross_usd=200.0,
    equity_usd=50.0,
    near_accounts=3.0,
    open_accounts=12.0,
    threatened_usd=4.0,
    fund_usd=1.0,
    depth_usd=50.0,
    premium=0.01,
    forced=0.5,
)


def test_features_of_a_venue_by_hand():
    """A falling price against longs near liquidation is adverse: (0.05 - 0.15) * -0.02."""
    expected = (1.0, -0.02, 0.002, 0.8, 0.25, 0.2, 0.02, 0.2, 0.2, 0.01, 0.5)
    assert features_of(SEEN) == pytest.approx(Features(*expected))


def test_features_of_an_empty_venue():
    empty = features_of(Sight(0.0, 0.0, *(0.0,) * 7, 5.0, 0.0, 0.0, 0.0))
    assert empty == Features(*(0.0,) * 7, 1.0, *(0.0,) * 3)


@given(st.floats(0.0, 1e12), st.floats(0.0, 1e12))
def test_a_part_is_a_share(piece, rest):
    assert 0.0 <= part(piece, rest) <= 1.0


def test_weights_stand_where_the_features_do():
    fit = Forecast(("cover", "trend"), (-2.0, 3.0), 0.5)
    weights = dict(zip(FEATURES, fit.weights(), strict=True))
    assert (weights.pop("cover"), weights.pop("trend")) == (-2.0, 3.0)
    assert set(weights.values()) == {0.0}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"features": ("moon",), "coefficients": (1.0,)}, "'moon' is unknown"),
        ({"features": ("trend", "trend"), "coefficients": (1.0, 2.0)}, "named twice"),
        ({"features": ("trend",)}, "give one per feature"),
        ({"features": ("trend",), "coefficients": (math.nan,)}, "finite"),
        ({"horizon_s": 0.0}, "horizon_s is 0"),
    ],
)
def test_forecasts_that_are_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Forecast(**wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"margin_rule": "wild"}, "choose from flat"),
        ({"margin_rule": "predictive"}, "adlab forecast"),
        ({"largest_factor": 0.5}, "largest_factor is 0.5"),
        ({"halt_move": 0.0}, "halt_move is 0"),
        ({"halt_s": -1.0}, "halt_s is -1"),
        ({"open_interest_cap": -0.1}, "open_interest_cap"),
        ({"pnl_weight_initial": 1.2}, "between 0 and 1"),
        ({"call_below": 1.0}, "call_below is 1"),
        ({"call_rise_per_s": math.nan}, "call_rise_per_s is nan"),
    ],
)
def test_guards_that_are_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Guards(**wrong)
