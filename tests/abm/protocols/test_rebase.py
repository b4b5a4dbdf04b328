"""abm.protocols.rebase: Ampleforth's curve, its limits, its clock."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.protocols.rebase import (
    Rebase,
    is_rebase_due,
    rebase_curve,
    rebase_share,
    unit_price,
)

RULE = Rebase()


def ampleforth(deviation):
    return rebase_share(deviation, RULE.band, RULE.growth, RULE.most_above, RULE.most_below)


def test_at_half_the_target_nearly_the_whole_limit_goes():
    """δ = -0.5: 2^22.5 in the denominator leaves -7.7 % but for 7e-8 of it."""
    assert ampleforth(-0.5) == pytest.approx(-0.077, abs=1e-7)
    assert ampleforth(-0.5) > -0.077
    assert ampleforth(2.0) == pytest.approx(0.05, abs=1e-12)


def test_by_hand():
    """δ = -0.1: -0.077 + 0.154 / (1 + 2^4.5); δ = 0.1: -0.05 + 0.1 / (1 + 2^-4.5)."""
    assert ampleforth(-0.1) == pytest.approx(-0.077 + 0.154 / (1.0 + 2.0**4.5), rel=1e-13)
    assert ampleforth(0.1) == pytest.approx(-0.05 + 0.1 / (1.0 + 2.0**-4.5), rel=1e-13)


def test_inside_the_band_nothing_happens():
    assert ampleforth(0.0249) == 0.0
    assert ampleforth(-0.0249) == 0.0
    assert ampleforth(-0.025) < 0.0


@given(st.floats(-1.0, 50.0), st.floats(-1.0, 50.0))
def test_supply_follows_the_price_within_its_limits(one, other):
    low, high = sorted((one, other))
    assert ampleforth(low) <= ampleforth(high)
    assert ampleforth(low) >= -0.077 and ampleforth(high) <= 0.05
    assert ampleforth(low) == 0.0 or ampleforth(low) * low > 0.0


@given(st.floats(1.0, 90.0), st.floats(0.01, 0.5))
def test_the_curve_passes_through_zero(growth, limit):
    assert rebase_curve(0.0, growth, -limit, limit) == pytest.approx(0.0, abs=1e-15)
    assert rebase_curve(-1e6, growth, -limit, limit) == -limit


def test_a_rebase_comes_once_per_interval():
    due = [is_rebase_due(2.0 * t, 2.0, 10.0, 30.0) for t in range(1, 50)]
    assert [2.0 * (t + 1) for t, is_due in enumerate(due) if is_due] == [10.0, 40.0, 70.0]
    assert not is_rebase_due(10.0, 2.0, 10.0, 0.0)


@given(st.floats(0.1, 10.0), st.floats(-0.07, 0.05))
def test_a_rebase_does_not_move_the_market_price_at_once(scale, share):
    """The fair price rises by 1 / (1 + share), the gap takes it back."""
    before = unit_price(90.0, 100.0, scale, 1.0)
    after = unit_price(90.0, 100.0, scale * (1.0 + share), math.exp(math.log1p(share)))
    assert after == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize(
    "changes", [{"every_s": -1.0}, {"growth": 0.0}, {"most_below": 1.0}, {"repricing_s": 0.0}]
)
def test_what_is_refused(changes):
    with pytest.raises(ValueError, match=r"must be|shares"):
        Rebase(**changes)
