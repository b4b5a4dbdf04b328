"""abm.market.book and abm.market.accounting: closed forms and identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.market.accounting import average_cost
from abm.market.book import (
    LINEAR,
    SQUARE_ROOT,
    fill_share,
    mark_of,
    mean_impact,
    temporary_impact,
)

SHARES = st.floats(1e-6, 1.0)


@given(SHARES, st.floats(0.0, 0.1), st.floats(0.0, 0.1))
def test_mean_linear_impact_is_half_of_the_last(share, temporary, permanent):
    last = temporary_impact(LINEAR, temporary, share) + permanent * share
    assert mean_impact(LINEAR, temporary, permanent, share) == pytest.approx(0.5 * last)


@given(SHARES, st.floats(1e-6, 0.1))
def test_mean_square_root_impact_is_the_integral(share, temporary):
    """The mean of λ sqrt(x) over the flow, by quadrature."""
    x = (np.arange(20_000) + 0.5) / 20_000 * share
    expected = (temporary * np.sqrt(x)).mean()
    assert mean_impact(SQUARE_ROOT, temporary, 0.0, share) == pytest.approx(expected, rel=1e-5)
    assert temporary_impact(SQUARE_ROOT, temporary, share) == pytest.approx(
        temporary * np.sqrt(share)
    )


def test_fill_share():
    assert fill_share(0.0, 5.0, 5.0) == 1.0
    assert fill_share(10.0, 4.0, 1.0) == 0.5
    assert fill_share(10.0, 0.0, 0.0) == 0.0
    assert fill_share(10.0, 20.0, 0.0) == 1.0


def test_the_mark_is_banded():
    assert mark_of(100.0, 0.5, 1.0, 0.1) == pytest.approx(100.0 * np.exp(0.1))
    assert mark_of(100.0, -0.05, 0.5, 0.1) == pytest.approx(100.0 * np.exp(-0.025))


TRADES = st.lists(st.tuples(st.floats(-10, 10), st.floats(1.0, 100.0)), min_size=1, max_size=12)


@given(TRADES)
def test_average_cost_keeps_cash_plus_basis(trades):
    """Cash realised minus cost basis equals minus what was paid, after any sequence of trades."""
    qty = entry = cash = paid = 0.0
    for traded, price in trades:
        qty, entry, realised = average_cost(qty, entry, traded, price)
        cash += realised
        paid += traded * price
    assert cash - qty * entry == pytest.approx(-paid, abs=1e-6)


def test_average_cost_by_hand():
    assert average_cost(0.0, 0.0, 2.0, 10.0) == (2.0, 10.0, 0.0)
    assert average_cost(2.0, 10.0, 2.0, 20.0) == (4.0, 15.0, 0.0)
    assert average_cost(4.0, 15.0, -1.0, 25.0) == (3.0, 15.0, 10.0)
    assert average_cost(3.0, 15.0, -5.0, 25.0) == (-2.0, 25.0, 30.0)
    assert average_cost(-2.0, 25.0, 2.0, 20.0) == (0.0, 0.0, 10.0)
    assert average_cost(0.0, 0.0, 0.0, 20.0) == (0.0, 0.0, 0.0)
