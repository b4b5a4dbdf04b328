"""abm.market.stablecoin: the constraint after every issue, settlement, and what is refused.

The digits of the source are in `tests/literature/test_klagesmundt_minca_2021.py`.
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
