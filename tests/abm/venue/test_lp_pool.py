"""abm.venue.lp_pool: fills at the index, the standing haircut, limits on openings and payments."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.kernel import plain
from abm.venue.lp_pool import (
    PoolTerms,
    closing_profit,
    free_pool_usd,
    opening_part,
    opening_share,
    payout_share,
    pool_price,
)
from abm.venue.rulebook import Rulebook


def test_the_spread_is_against_the_net_flow():
    assert pool_price(100.0, 0.001, 5.0) == pytest.approx(100.0 * math.exp(0.001))
    assert pool_price(100.0, 0.001, -5.0) == pytest.approx(100.0 * math.exp(-0.001))
    assert pool_price(100.0, 0.001, 0.0) == 100.0


@pytest.mark.parametrize(
    ("side", "pool", "cap", "share"),
    [
        (80.0, 100.0, 0.9, 1.0),
        (90.0, 100.0, 0.9, 1.0),
        (120.0, 100.0, 0.9, 0.75),  # 90 of 120 are paid
        (-10.0, 100.0, 0.9, 1.0),
        (10.0, 0.0, 0.9, 0.0),
        (500.0, 100.0, math.inf, 1.0),
        (10.0, -5.0, math.inf, 1.0),
    ],
)
def test_profits_beyond_the_cap_are_paid_in_proportion(side, pool, cap, share):
    assert payout_share(side, pool, cap) == pytest.approx(share)


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(0.1, 1.0))
def test_a_side_is_paid_no_more_than_its_cap(side, pool, cap):
    assert side * plain(payout_share)(side, pool, cap) <= max(cap * pool, 0.0) * (1 + 1e-9) or (
        side <= cap * pool * (1 + 1e-9)
    )


def test_only_what_closes_in_profit_is_cut():
    assert closing_profit(2.0, 100.0, -1.0, 110.0) == pytest.approx(10.0)
    assert closing_profit(2.0, 100.0, -5.0, 110.0) == pytest.approx(20.0)  # crosses zero
    assert closing_profit(-2.0, 100.0, 1.0, 90.0) == pytest.approx(10.0)
    assert closing_profit(2.0, 100.0, 1.0, 110.0) == 0.0
    assert closing_profit(2.0, 100.0, -1.0, 90.0) == 0.0
    assert closing_profit(0.0, 0.0, -1.0, 90.0) == 0.0


def test_only_what_opens_is_rationed():
    assert opening_part(0.0, 3.0) == 3.0
    assert opening_part(2.0, 3.0) == 3.0
    assert opening_part(2.0, -1.0) == 0.0
    assert opening_part(2.0, -5.0) == 3.0
    assert opening_share(100.0, 25.0) == 0.25
    assert opening_share(100.0, 250.0) == 1.0
    assert opening_share(100.0, -5.0) == 0.0
    assert opening_share(0.0, -5.0) == 1.0


def test_withdrawals_stop_at_seventy_percent():
    """Profit 49 against a pool of 100: 30 may leave, after which 49 / 70 = 70 %."""
    assert free_pool_usd(100.0, 100.0, 49.0, 0.0, 0.70) == pytest.approx(30.0)
    assert free_pool_usd(100.0, 100.0, 71.0, 0.0, 0.70) == 0.0
    assert free_pool_usd(10.0, 100.0, 49.0, 0.0, 0.70) == 10.0  # the owners have no more
    assert free_pool_usd(100.0, 100.0, -9.0, 80.0, math.inf) == pytest.approx(20.0)


def test_a_pool_moves_no_book_and_has_no_vault_behind_it():
    book = Rulebook(pool=PoolTerms())
    run = book.as_run()
    assert run.impact_temporary == run.impact_permanent == run.mark_weight == 0.0
    assert run.backstop_usd_per_open_interest == run.maker_fee == 0.0
    assert run.taker_fee == book.taker_fee
    assert Rulebook().as_run() == Rulebook()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"usd_per_open_interest": 0.0}, "above 0"),
        ({"spread": 0.6}, "spread is 0.6"),
        ({"reserved": 1.5}, "reserved is 1.5"),
        ({"withdrawals_below": 0.0}, "inf never blocks"),
    ],
)
def test_bad_terms_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        PoolTerms(**change)
