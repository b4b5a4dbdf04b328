"""abm.protocols: how far and in which order borrowers are taken down; debt is conserved."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.protocols.borrowers import run_lending
from abm.protocols.deleveraging import (
    debt_ratio,
    falling_threshold,
    in_same_tick,
    repaid,
    repaid_to_target,
    tick_of,
)
from abm.protocols.lending import LendingProtocol, protocol_columns
from abm.protocols.rebase import Rebase

PRICES = np.array([100.0])


def test_f_of_x_by_hand():
    """Debt 90 against 100 with τ = 0.8 and 5 %: (90 - 80) / (1 - 0.84) = 62.5; 27.5 / 34.375."""
    assert repaid_to_target(90.0, 100.0, 0.8, 0.05) == pytest.approx(62.5)
    assert debt_ratio(90.0 - 62.5, 100.0 - 1.05 * 62.5) == pytest.approx(0.8)


@given(st.floats(0.05, 0.9), st.floats(0.0, 0.1), st.floats(0.0, 1.5), st.floats(1.0, 1e9))
def test_repaying_returns_to_the_target_or_sells_everything(target, bonus, ratio, value):
    debt = ratio * value
    paid = repaid(debt, value, target, bonus, math.inf)
    left = value - (1.0 + bonus) * paid
    assert 0.0 <= paid <= debt
    assert left >= -1e-9 * value
    if ratio <= target:
        assert paid == 0.0
    elif left > 1e-6 * value:
        assert debt - paid == pytest.approx(target * left, rel=1e-6, abs=1e-6 * value)
    assert repaid(debt, value, target, bonus, 0.5 * paid) == 0.5 * paid


def test_ticks_and_ratios():
    assert tick_of(1.0, 0.0015) == 0
    assert tick_of(1.0015**3 * 1.0001, 0.0015) == 3
    assert in_same_tick(0.8, 0.8001, 0.01) and not in_same_tick(0.8, 0.7, 0.01)
    assert not in_same_tick(0.8, 0.8, 0.0)
    assert debt_ratio(0.0, 0.0) == 0.0 and debt_ratio(1.0, 0.0) == math.inf
    assert falling_threshold(0.8, 0.01, 10.0) == pytest.approx(0.72)
    assert falling_threshold(0.8, 0.01, 1000.0) == 0.0


def test_the_highest_ratio_is_taken_first_and_means_may_run_out():
    """Debts of 25 at ratios .55, .65, .75, .85; an index at 70 % puts three above 0.8."""
    choice = LendingProtocol(
        borrowers=4, lowest_ratio=0.5, highest_ratio=0.9, debt_per_open_interest=0.1, bonus=0.05
    )
    everyone = protocol_columns((choice,), 1000.0, PRICES)
    run_lending(everyone, 0.7 * PRICES, 2.0, 2.0)
    ratios = everyone.debt_usd[:2] / (everyone.units[:2] * 0.7)
    np.testing.assert_allclose(ratios, [0.55 / 0.7, 0.7], rtol=1e-12)
    assert everyone.debt_usd[3] == everyone.units[3] == 0.0  # 0.85 / 0.7 is beyond 1 / 1.05
    poor = protocol_columns((replace(choice, repaid_per_s=0.05),), 1000.0, PRICES)
    repaid_usd = run_lending(poor, 0.7 * PRICES, 2.0, 2.0)
    assert repaid_usd == pytest.approx(0.05 * 100.0 * 2.0)
    assert poor.debt_usd[3] == pytest.approx(25.0 - repaid_usd)
    np.testing.assert_allclose(poor.debt_usd[:3], 25.0)


def test_a_tick_shares_what_is_taken():
    choice = LendingProtocol(
        borrowers=5, lowest_ratio=0.79, highest_ratio=0.795, tick_width=0.1, repaid_per_s=0.1
    )
    protocols = protocol_columns((choice,), 1000.0, PRICES)
    before = protocols.debt_usd.copy()
    run_lending(protocols, 0.95 * PRICES, 1.0, 1.0)
    np.testing.assert_allclose(protocols.debt_usd / before, 0.9, rtol=1e-12)


def test_a_rebase_deleverages_borrowers_whose_price_has_not_moved_since():
    """Index 10 % down: ratios up to 0.79 / 0.9 < 0.9 hold, until units shrink by 7 %."""
    choice = LendingProtocol(threshold=0.9, target=0.8, rebase=Rebase(every_s=60.0, first_s=60.0))
    protocols = protocol_columns((choice,), 1000.0, PRICES)
    low = 0.9 * PRICES
    for tick in range(1, 60):
        assert run_lending(protocols, low, float(tick), 1.0) == 0.0
    units = protocols.units.copy()
    assert run_lending(protocols, low, 60.0, 1.0) > 0.0
    share = -0.077 + 0.154 / (1.0 + 2.0**4.5)
    assert protocols.supply_scale[0] == pytest.approx(1.0 + share)
    calm = protocols.debt_usd == protocols.debt_usd.max()
    assert calm.any() and not calm.all()
    np.testing.assert_allclose(protocols.units[calm], units[calm] * (1.0 + share), rtol=1e-12)
    assert protocols.flow_usd[0] == protocols.sold_usd[0]


@given(
    st.lists(st.floats(0.3, 1.2), min_size=1, max_size=30),
    st.sampled_from([0.0, 1e-6, 0.0015, 0.05]),
    st.sampled_from([math.inf, 0.01]),
    st.sampled_from([0.0, 20.0]),
)  # fmt: skip
def test_debt_is_repaid_owed_or_written_off(path, width, means, every_s):
    choice = LendingProtocol(
        tick_width=width, repaid_per_s=means, rebase=Rebase(every_s=every_s, first_s=10.0)
    )
    protocols = protocol_columns((choice, replace(choice, bonus=0.0)), 1000.0, PRICES)
    for tick, level in enumerate(path, start=1):
        run_lending(protocols, level * PRICES, 5.0 * tick, 5.0)
        total = protocols.debt_usd.sum() + protocols.lender_usd.sum() + protocols.bad_debt_usd.sum()
        assert total == pytest.approx(200.0, rel=1e-12)
        assert (protocols.units >= 0.0).all() and (protocols.debt_usd >= 0.0).all()
        assert protocols.sold_usd[0] >= protocols.lender_usd[0] * 1.05 * (1.0 - 1e-12)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"borrowers": 0}, "at least one borrower"),
        ({"lowest_ratio": 0.9}, "must rise"),
        ({"target": 0.9}, "up to threshold"),
        ({"bonus": 0.5}, "raises the debt ratio"),
        ({"repaid_per_s": -1.0}, "0 or more"),
        ({"tick_width": 1e-9}, "or more"),
    ],
)
def test_what_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        LendingProtocol(**changes)
