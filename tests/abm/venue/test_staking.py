"""abm.venue.staking: whose money of the fund pays, and that the two parts are always the fund."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.engine.build import build_world
from abm.kernel import plain
from abm.record import bind
from abm.venue.insurance_fund import pay_into_fund, pay_stakers
from abm.venue.staking import PRO_RATA, STAKERS_FIRST, VENUE_FIRST, Staking, slashed, yield_usd
from tests.abm.engine.worlds import POOR, harsh

ORDERS = (STAKERS_FIRST, VENUE_FIRST, PRO_RATA)


@pytest.mark.parametrize(
    ("order", "amount", "expected"),
    [
        (STAKERS_FIRST, 30.0, 30.0),
        (STAKERS_FIRST, 70.0, 40.0),
        (VENUE_FIRST, 30.0, 0.0),
        (VENUE_FIRST, 70.0, 10.0),
        (PRO_RATA, 30.0, 12.0),
        (PRO_RATA, 100.0, 40.0),
        (STAKERS_FIRST, -5.0, 0.0),
    ],
)
def test_a_fund_of_100_of_which_40_are_staked(order, amount, expected):
    assert slashed(order, amount, 40.0, 100.0) == pytest.approx(expected)


@given(st.sampled_from(ORDERS), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1e-6, 1e9))
def test_neither_part_pays_more_than_it_has(order, staked, paid, fund):
    stakers, amount = staked * fund, paid * fund
    cut = plain(slashed)(order, amount, stakers, fund)
    assert 0.0 <= cut <= stakers
    assert amount - cut <= (fund - stakers) * (1.0 + 1e-9) + 1e-9 * fund


def test_yield_is_a_share_of_new_fees():
    assert yield_usd(120.0, 100.0, 0.1, 5.0) == pytest.approx(2.0)
    assert yield_usd(90.0, 100.0, 0.1, 5.0) == 0.0  # the venue paid compensation
    assert yield_usd(120.0, 100.0, 0.1, 0.0) == 0.0


def test_the_fund_is_its_two_parts():
    """A draw, a fee, a payout to stakers: the peak moves with the payout, which is no drawdown."""
    staked = replace(POOR, fund_usd_per_open_interest=0.01, staking=Staking(share=0.4))
    venues = build_world(harsh(venues=(staked,)), 3, 0).state.venues
    handle, fund = bind(venues), float(venues.fund_usd[0])
    assert venues.stakers_usd[0] == pytest.approx(0.4 * fund)
    pay_into_fund(handle, (0, 0), -0.1 * fund)
    assert venues.stakers_usd[0] == pytest.approx(0.3 * fund)
    assert venues.slashed_usd[0] == pytest.approx(0.1 * fund)
    assert venues.fund_drawdown_usd[0] == pytest.approx(0.1 * fund)
    pay_into_fund(handle, (0, 0), 0.05 * fund)  # a fee: the venue's
    assert venues.stakers_usd[0] == pytest.approx(0.3 * fund)
    pay_stakers(handle, 0, 0.2 * fund)
    assert venues.stakers_usd[0] == pytest.approx(0.1 * fund)
    assert venues.fund_usd[0] == pytest.approx(0.75 * fund)
    assert venues.fund_peak_usd[0] == pytest.approx(0.8 * fund)
    assert venues.fund_drawdown_usd[0] == pytest.approx(0.1 * fund)
    pay_into_fund(handle, (0, 0), -2.0 * fund)  # more than there is
    assert venues.fund_usd[0] == 0.0
    assert venues.stakers_usd[0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stakers": 0}, "at least one"),
        ({"order": "nobody"}, "stakers_first, venue_first, pro_rata"),
        ({"fee_share": 2.0}, "fee_share is 2.0"),
        ({"threshold_low": 0.9}, "swap the two"),
        ({"unstaking_s": -1.0}, "0 seconds or more"),
    ],
)
def test_bad_terms_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Staking(**change)


def test_owners_of_nothing_are_refused():
    with pytest.raises(ValueError, match="staking needs a fund"):
        replace(POOR, fund_usd_per_open_interest=0.0, staking=Staking())
