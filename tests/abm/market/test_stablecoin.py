"""abm.market.stablecoin against Klages-Mundt and Minca's numbers, to the last digit given.

Case of the authors' simulation: demand X = L = 100 coins, 400 units of collateral, β = 1.5. With
the collateral at 1 USD the speculator issues freely; below about 0.3751 USD it must buy back.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.market.stablecoin import (
    Stablecoin,
    allowed_coins,
    coin_price,
    issue,
    least_collateral,
    settlement_price,
)

UNITS = 400.0


@pytest.mark.parametrize(
    ("expected_return", "issued"), [(0.05, 2.531512052442892), (0.1, 5.127109637602416)]
)
def test_an_unconstrained_speculator(expected_return, issued):
    found = issue(100.0, 100.0, UNITS * 1.0, 1.5, expected_return)
    assert found == pytest.approx(issued, rel=1e-13)
    assert found == pytest.approx(100.0 * math.expm1(expected_return / 2.0), rel=1e-13)


@pytest.mark.parametrize(
    ("collateral_price", "issued", "price"),
    [
        (0.374, -0.8133388935, 1.0082001),
        (0.37, -4.4061870469, 1.0460928),
        (0.365, -10.4281222056, 1.1164218),
        (0.363, -14.5692201003, 1.1705383),
        (0.3625, -16.6666667, 1.2),
    ],
)
def test_forced_deleveraging_raises_the_price(collateral_price, issued, price):
    found = issue(100.0, 100.0, UNITS * collateral_price, 1.5, 0.05)
    assert found == pytest.approx(issued, abs=5e-8)
    assert coin_price(100.0, 100.0 + found) == pytest.approx(price, abs=5e-8)


def test_the_brink():
    """Feasible down to 0.3623724357 USD per unit of collateral, where the coin is worth sqrt(β)."""
    brink = least_collateral(100.0, 100.0, 1.5) / UNITS
    assert brink == pytest.approx(0.3623724357, abs=5e-11)
    last = issue(100.0, 100.0, UNITS * brink, 1.5, 0.05)
    assert coin_price(100.0, 100.0 + last) == pytest.approx(1.2247449, abs=5e-8)
    assert math.isnan(issue(100.0, 100.0, UNITS * (brink - 1e-9), 1.5, 0.05))


@given(
    st.floats(1.0, 1e9), st.floats(0.05, 2.0), st.floats(1.1, 4.0), st.floats(0.0, 5.0),
    st.floats(0.0, 0.3),
)  # fmt: skip
def test_the_constraint_holds_after_every_issue(demand, supply, beta, excess, expected_return):
    """What is left of the collateral is β per coin at least, and not more than needed is bought."""
    coins = supply * demand
    collateral = (1.0 + excess) * max(0.0, least_collateral(demand, coins, beta)) + 0.01 * demand
    issued = issue(demand, coins, collateral, beta, expected_return)
    after = coins + issued
    left = collateral + issued * coin_price(demand, after)
    assert left >= beta * after * (1.0 - 1e-6)
    more = 1.001 * after
    wants_more = more < math.sqrt(math.exp(expected_return) * demand * coins)
    allows_more = collateral + (more - coins) * demand / more >= beta * more
    assert not (wants_more and allows_more)


@given(st.floats(0.1, 10.0), st.floats(0.0, 10.0))
def test_a_settled_coin_is_worth_its_collateral_and_at_most_one(coins, collateral):
    price = settlement_price(coins, collateral)
    assert price <= 1.0
    assert price * coins <= collateral * (1.0 + 1e-12)
    assert settlement_price(0.0, collateral) == 1.0
    assert coin_price(1.0, 0.0) == math.inf


def test_allowed_coins_is_a_root():
    demand, coins, collateral, beta = 100.0, 80.0, 150.0, 1.5
    root = allowed_coins(demand, coins, collateral, beta)
    left = collateral + (root - coins) * demand / root
    assert left == pytest.approx(beta * root, rel=1e-13)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"demand_per_open_interest": -1.0}, "no issuer"),
        ({"beta": 1.0}, "more collateral than they are worth"),
        ({"collateral_ratio": 1.2}, "deleverages before anything"),
        ({"expected_return": -1.0}, "at least -log"),
    ],
)
def test_what_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        Stablecoin(**changes)
