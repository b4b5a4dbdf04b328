"""abm.venue.margin against published prices and a blind oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.venue.funding import funding_payment, funding_rate
from abm.venue.margin import (
    bankruptcy_price,
    close_price_of_deficit,
    liquidation_price,
    maintenance_margin,
)
from abm.venue.rulebook import MarginTier, Rulebook, rule_columns
from tests.oracles import margin as oracle

# arXiv:2512.01112, section on liquidation, p0 = 1, maintenance 0.1: (q, cash, side, price).
# E is printed as 1.0010; the formula gives (1 + 10/99) / 1.1 = 1.0009, asserted to its digits here.
PUBLISHED = {
    "A": (1.0, 2.0, 1, 0.0),
    "B": (1.0, 2.0 / 3.0, 1, 0.3704),
    "C": (4.0, 8.0 / 3.0, -1, 1.5152),
    "D": (1.0, 2.0 / 19.0, 1, 0.9942),
    "E": (1.0, 10.0 / 99.0, -1, 1.0009),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_liquidation_prices(name):
    qty, cash, side, expected = PUBLISHED[name]
    assert liquidation_price(1.0, side * qty, cash, 0.1) == pytest.approx(expected, abs=5e-5)


@given(
    st.floats(0.1, 1e3), st.floats(1.0, 1e5), st.floats(0.0, 1e6), st.sampled_from((1, -1)),
    st.floats(0.001, 0.4),
)  # fmt: skip
def test_prices_agree_with_the_oracle(qty, entry, cash, side, rate):
    found = liquidation_price(entry, side * qty, cash, rate)
    assert found == pytest.approx(oracle.liquidation_price(side, qty, entry, cash, rate), rel=1e-12)
    found = bankruptcy_price(entry, side * qty, cash)
    assert found == pytest.approx(oracle.bankruptcy_price(side, qty, entry, cash), rel=1e-12)


def test_a_flat_account_has_no_such_prices():
    assert np.isnan(liquidation_price(1.0, 0.0, 1.0, 0.1))
    assert np.isnan(bankruptcy_price(1.0, 0.0, 1.0))


@given(st.floats(0.0, 1e9))
def test_tiers_agree_with_the_oracle_and_are_continuous(notional):
    tiers = (MarginTier(0.0, 0.01), MarginTier(1e5, 0.02), MarginTier(1e6, 0.05))
    rules = rule_columns((Rulebook(tiers=tiers), Rulebook()), 1)
    pairs = [(tier.above_usd, tier.rate) for tier in tiers]
    expected = oracle.marginal_maintenance_margin_usd(notional, pairs)
    assert maintenance_margin(rules, 0, notional) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_deficit_spread_over_positions_leaves_zero():
    """DYdX v4: closing each position at its price realises exactly the account's equity."""
    qty, mark, share = np.array([3.0, -2.0]), np.array([50.0, 200.0]), np.array([0.25, 0.75])
    equity = -40.0
    left = equity
    for q, p, s in zip(qty, mark, share, strict=True):
        left += q * (close_price_of_deficit(p, q, equity, s) - p)
    assert left == pytest.approx(0.0, abs=1e-12)


@given(st.floats(-1e4, 1e4), st.floats(1.0, 1e5), st.floats(-0.04, 0.04))
def test_funding_agrees_with_the_oracle(qty, mark, rate):
    expected = oracle.funding_payment_usd(qty, mark, rate)
    assert funding_payment(qty, mark, rate, 28_800.0) == pytest.approx(expected, abs=1e-9)


def test_funding_rate_is_capped():
    assert funding_rate(0.001, 1.0, 0.04) == 0.001
    assert funding_rate(0.5, 1.0, 0.04) == 0.04
    assert funding_rate(-0.5, 1.0, 0.04) == -0.04


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"max_leverage": -3.0}, "max_leverage"),
        ({"taker_fee": -0.1}, "taker_fee"),
        ({"step_share": 1.5}, "step_share"),
        ({"tiers": ()}, "tiers"),
        ({"tiers": (MarginTier(5.0, 0.1),)}, "above_usd = 0"),
        ({"tiers": (MarginTier(0.0, 0.1), MarginTier(0.0, 0.2))}, "rising"),
        ({"lot_contracts": (0.0,)}, "lot_contracts"),
    ],
)
def test_a_bad_rulebook_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Rulebook(**change)


def test_bad_tiers_and_lots_are_refused():
    with pytest.raises(ValueError, match="above_usd"):
        MarginTier(-1.0, 0.1)
    with pytest.raises(ValueError, match="rate"):
        MarginTier(0.0, 1.0)
    with pytest.raises(ValueError, match="lots for 1"):
        rule_columns((Rulebook(lot_contracts=(1.0, 2.0)),), 1)
