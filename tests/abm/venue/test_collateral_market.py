"""abm.venue.collateral_market: prices, valuations, sales; rules by hand."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.venue.collateral_market import (
    MEDIAN,
    OWN_BOOK,
    REDEMPTION,
    CollateralMarket,
    CollateralShock,
    asset_market_columns,
    mean_fill,
    middle_of,
    move_discounts,
    own_price,
    share_to_restore,
    shocked,
    valued,
)

PRICE = st.floats(0.01, 100.0)


@given(PRICE, PRICE, PRICE)
def test_the_median_of_three(first, second, third):
    assert middle_of(first, second, third) == statistics.median([first, second, third])
    assert valued(MEDIAN, first, second, third) == middle_of(first, second, third)
    assert valued(OWN_BOOK, first, second, third) == first
    assert valued(REDEMPTION, first, second, third) == second


def test_one_book_at_sixty_five_cents():
    """USDe on 10 October 2025: the venue's own book says 0.65, redemption and the pool say one."""
    own = own_price(1.0, math.log(0.65))
    assert valued(OWN_BOOK, own, 1.0, 0.9999) == pytest.approx(0.65)
    assert valued(MEDIAN, own, 1.0, 0.9999) == 0.9999


@given(PRICE, st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_a_sale_fills_half_way_of_its_move(price, impact, share):
    after = price * math.exp(-impact * share)
    assert mean_fill(price, impact, share) == pytest.approx(math.sqrt(price * after), rel=1e-12)


def test_ten_per_cent_of_what_is_held_by_hand():
    """Depth a tenth of 1,000 USD held, impact 10 %: selling 100 USD costs 5 %, the price 10 %."""
    choice = CollateralMarket(depth_per_held=0.1, impact=0.1)
    assets = asset_market_columns((choice,), ("alpha",), np.array([[1000.0]]), np.array([[1.0]]), 1)
    assert assets.depth_usd[0, 0] == 100.0
    share = 100.0 / assets.depth_usd[0, 0]
    assert mean_fill(1.0, choice.impact, share) == pytest.approx(math.exp(-0.05))


@pytest.mark.parametrize(
    ("cash", "value", "share"),
    [(-50.0, 200.0, 0.25), (-50.0, 20.0, 1.0), (10.0, 200.0, 0.0), (-1.0, 0.0, 0.0)],
)
def test_only_as_much_is_sold_as_cash_lacks(cash, value, share):
    assert share_to_restore(cash, value) == share


@given(st.floats(0.0, 100.0), st.floats(1.0, 100.0), st.floats(0.5, 30.0))
def test_all_of_a_shock_comes_in(at_s, over_s, dt_s):
    ticks = math.ceil((at_s + over_s) / dt_s) + 1
    flow = sum(shocked(2.0, dt_s * t, dt_s, at_s, over_s) for t in range(1, ticks + 1))
    assert flow == pytest.approx(2.0, rel=1e-9)


def test_discounts_halve_unless_transfers_stall():
    shock = CollateralShock("beta", share=3.0, at_s=0.0, over_s=10.0)
    choices = (
        CollateralMarket(depth_usd=(50.0,), recovery_s=20.0),
        CollateralMarket(depth_usd=(50.0, 70.0), impact=0.1, recovery_s=math.inf, shocks=(shock,)),
        CollateralMarket(),
    )
    ones = np.ones((2, 3))
    assets = asset_market_columns(choices, ("alpha", "beta"), ones, ones, 1)
    assert assets.depth_usd.tolist() == [[50.0, 50.0, math.inf], [50.0, 70.0, math.inf]]
    assets.discount[:, 0] = -0.4
    for tick in range(1, 3):
        move_discounts(assets, 10.0 * tick, 10.0)
    np.testing.assert_allclose(assets.discount, [[-0.2, 0.0, 0.0], [-0.2, -0.3, 0.0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"depth_usd": ()}, "above 0"),
        ({"depth_per_held": 0.0}, "above 0"),
        ({"recovery_s": 0.0}, "recovery_s above"),
        ({"shocks": (CollateralShock(),)}, "need a market"),
    ],
)
def test_what_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        CollateralMarket(**changes)


def test_a_shock_takes_time():
    with pytest.raises(ValueError, match="over_s above 0"):
        CollateralShock(over_s=0.0)
    ones = np.ones((3, 1))
    with pytest.raises(ValueError, match="one per venue"):
        asset_market_columns(
            (CollateralMarket(depth_usd=(1.0, 2.0)),), ("a", "b", "c"), ones, ones, 1
        )
