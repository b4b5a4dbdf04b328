"""abm.agents: every reaction, order and quote does what its formula says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.agents.liquidity import quote_usd, quotes
from abm.agents.reactions import (
    ADD_COLLATERAL,
    CUT_LEVERAGE,
    HEDGE,
    HOLD,
    LEAVE,
    TAKE_PROFIT,
    react,
    wants_out,
)
from abm.agents.trading import centred, directional_order, mend_hedge

CALM = 1e-9


def test_a_short_who_takes_profit_buys():
    order, deposit, elsewhere = react(TAKE_PROFIT, -10.0, 100.0, 2.0, 2.0, 0.5, 0.0)
    assert (order, deposit, elsewhere) == (5.0, 0.0, 0.0)


def test_the_other_reactions():
    assert react(HOLD, -10.0, 100.0, 2.0, 2.0, 0.5, 50.0) == (0.0, 0.0, 0.0)
    assert react(LEAVE, -10.0, 100.0, 2.0, 2.0, 0.5, 50.0) == (10.0, 0.0, 0.0)
    assert react(HEDGE, -10.0, 100.0, 2.0, 2.0, 0.5, 50.0) == (0.0, 0.0, 5.0)
    assert react(CUT_LEVERAGE, -10.0, 100.0, 2.0, 2.0, 0.5, 50.0) == (5.0, 0.0, 0.0)
    assert react(CUT_LEVERAGE, -10.0, 100.0, 0.9, 2.0, 0.5, 50.0) == (0.0, 0.0, 0.0)
    assert react(ADD_COLLATERAL, -10.0, 100.0, 2.0, 2.0, 1.0, 50.0) == (0.0, 50.0, 0.0)


@given(st.floats(1.0, 1e6), st.floats(0.01, 0.9), st.floats(0.1, 30.0))
def test_collateral_brings_leverage_down_by_the_fraction(equity, fraction, leverage):
    _, deposit, _ = react(ADD_COLLATERAL, 1.0, equity, leverage, 1.0, fraction, np.inf)
    assert leverage * equity / (equity + deposit) == pytest.approx((1 - fraction) * leverage)


def test_only_winners_who_see_a_high_place_react():
    assert wants_out(0.9, 0.8, 1.0)
    assert not wants_out(0.7, 0.8, 1.0)
    assert not wants_out(0.9, 0.8, -1.0)
    assert not wants_out(float("nan"), 0.0, 1.0)


@given(st.floats(-50, 50), st.floats(0.0, 1e4), st.floats(-1.0, 1.0), st.floats(0.1, 20))
def test_orders_never_flip_a_position_or_pass_the_target(qty, equity, impulse, cap):
    price = 100.0
    order = directional_order(qty, abs(qty) * price, equity, price, impulse, cap)
    after = qty + order
    assert after * qty >= 0.0
    if qty * order > 0.0 or qty == 0.0:
        assert abs(after) * price <= max(cap * equity, abs(qty) * price) * (1 + 1e-12)


def test_hedges_are_mended_outside_the_tolerance():
    assert mend_hedge(-10.0, 10.0) == 0.0
    assert mend_hedge(-10.0, 10.1) == 0.0
    assert mend_hedge(-4.0, 10.0) == -6.0


def test_centred_has_unit_variance():
    draws = (np.arange(100_000) + 0.5) / 100_000
    values = np.array([centred(u) for u in draws[::100]])
    assert values.mean() == pytest.approx(0.0, abs=1e-2)
    assert values.std() == pytest.approx(1.0, rel=1e-2)


def test_quotes_thin_with_volatility_and_inventory():
    assert quote_usd(100.0, 0.2, CALM, CALM) == pytest.approx(20.0)
    assert quote_usd(100.0, 0.2, 4 * CALM, CALM) == pytest.approx(10.0)
    assert quote_usd(-1.0, 0.2, CALM, CALM) == 0.0
    assert quotes(20.0, 0.0, 300.0) == (20.0, 20.0)
    assert quotes(20.0, 290.0, 300.0) == (10.0, 20.0)
    assert quotes(20.0, -400.0, 300.0) == (20.0, 0.0)
