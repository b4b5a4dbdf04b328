"""abm.venue.lp_vault: prices of shares, who asks back, what may be paid, vaults in vaults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.kernel import plain
from abm.venue.lp_vault import (
    LARGEST_HELD,
    Vault,
    asks_back,
    check_holdings,
    free_equity_usd,
    inflow_usd,
    settle_prices,
    share_price,
    vault_rules,
)

USD = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value_usd", "shares", "price"),
    [(150.0, 100.0, 1.5), (0.0, 100.0, 0.0), (-20.0, 100.0, 0.0), (0.0, 0.0, 0.7), (9.0, 0.0, 0.7)],
)
def test_price_of_a_share(value_usd, shares, price):
    """Never below zero; with nobody left it stays what it was (0.7 here)."""
    assert share_price(value_usd, shares, 0.7) == price


def test_a_depositor_bears_a_fall_up_to_its_threshold():
    assert not asks_back(0.90, 1.0, 0.10)
    assert asks_back(0.89, 1.0, 0.10)
    assert asks_back(0.0, 1.0, 0.99)
    assert not asks_back(0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("equity", "notional", "leverage", "cash", "free"),
    [
        (100.0, 150.0, 3.0, 120.0, 50.0),  # E - N / L
        (100.0, 150.0, 3.0, 20.0, 20.0),  # profits on paper are not paid
        (100.0, 400.0, 3.0, 100.0, 0.0),  # beyond its leverage already
        (100.0, 0.0, 0.0, 100.0, 100.0),
        (100.0, 1.0, 0.0, 100.0, 0.0),
        (-5.0, 0.0, 3.0, -5.0, 0.0),
    ],
)
def test_free_equity(equity, notional, leverage, cash, free):
    assert free_equity_usd(equity, notional, leverage, cash) == pytest.approx(free)


@given(USD, st.floats(0.0, 1e6), st.floats(0.1, 50.0), USD)
def test_a_payment_leaves_the_vault_within_its_leverage(equity, notional, leverage, cash):
    free = plain(free_equity_usd)(equity, notional, leverage, cash)
    assert 0.0 <= free <= max(0.0, cash)
    if free > 0.0:
        assert notional <= leverage * (equity - free) * (1.0 + 1e-9) + 1e-6


def test_deposits_follow_a_gain_and_shun_the_dead():
    assert inflow_usd(1000.0, 1.1, 1.0, 0.01, 2.0) == pytest.approx(2.0)
    assert inflow_usd(1000.0, 0.9, 1.0, 0.01, 2.0) == 0.0
    assert inflow_usd(0.0, 0.0, 0.0, 0.01, 2.0) == 0.0


def test_vaults_that_hold_each_other_are_worth_what_elliott_golub_jackson_say():
    """V = (I - C)^-1 e with C_ab the part of b that a holds; Σ over outsiders = Σ e."""
    luck = np.random.default_rng(5)
    for _ in range(50):
        count = int(luck.integers(2, 5))
        parts = luck.uniform(0.0, 1.0, (count, count))
        np.fill_diagonal(parts, 0.0)
        parts *= luck.uniform(0.1, 0.9, count) / np.maximum(parts.sum(axis=0), 1e-12)
        own = luck.uniform(1.0, 100.0, count)
        shares = luck.uniform(10.0, 50.0, count)
        price = np.ones(count)
        settle_prices(own, shares, parts * shares, price)
        worth = np.linalg.solve(np.eye(count) - parts, own)
        np.testing.assert_allclose(price * shares, worth, rtol=1e-12)
        outsiders = (1.0 - parts.sum(axis=0)) * worth
        assert outsiders.sum() == pytest.approx(own.sum())


def test_a_vault_below_zero_drags_nobody_below_its_tokens():
    """One owes 50; who holds 60 % of it and 10 USD is worth 10, not 10 - 0.6 * 50."""
    price = np.ones(2)
    held = np.array([[0.0, 60.0], [0.0, 0.0]])
    settle_prices(np.array([10.0, -50.0]), np.array([20.0, 100.0]), held, price)
    np.testing.assert_allclose(price, [0.5, 0.0])


def test_a_loss_goes_round_a_cycle():
    """A loss of 30 at one of two that hold half of each other costs it 40, and the other 20.

    Outsiders have half of both and lose (40 + 20) / 2 = 30, no more than there is to lose.
    """
    held = np.array([[0.0, 100.0], [100.0, 0.0]])
    shares = np.full(2, 200.0)
    price = np.ones(2)
    settle_prices(np.array([100.0, 100.0]), shares, held, price)
    np.testing.assert_allclose(price, 1.0)
    settle_prices(np.array([70.0, 100.0]), shares, held, price)
    np.testing.assert_allclose((1.0 - price) * shares, [40.0, 20.0])


def test_a_venue_without_terms_has_no_depositors():
    rules = vault_rules((None, Vault(lockup_s=5.0, queue="first_come")))
    assert rules.is_on.tolist() == [0.0, 1.0]
    assert rules.lockup_s[1] == 5.0
    assert rules.queue.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"depositors": 0}, "at least one"),
        ({"queue": "lottery"}, "pro_rata, first_come"),
        ({"owned": 1.5}, "owned is 1.5"),
        ({"threshold_low": 0.5}, "swap the two"),
        ({"lockup_s": -1.0}, "lockup_s"),
        ({"memory_s": 0.0}, "memory_s"),
        ({"holds": (("beta", 0.99),)}, "at most 0.98"),
        ({"holds": (("beta", 0.1), ("beta", 0.2))}, "twice"),
    ],
)
def test_bad_terms_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Vault(**change)


def test_bad_holdings_are_refused():
    names = ("alpha", "beta", "gamma")
    with pytest.raises(ValueError, match="has no vault of depositors"):
        check_holdings(names, (Vault(holds=(("beta", 0.1),)), None, None))
    with pytest.raises(ValueError, match="has no vault of depositors"):
        check_holdings(names, (Vault(holds=(("delta", 0.1),)), None, None))
    with pytest.raises(ValueError, match="holds itself"):
        check_holdings(names, (Vault(holds=(("alpha", 0.1),)), None, None))
    most = Vault(holds=(("gamma", LARGEST_HELD),))
    with pytest.raises(ValueError, match=r"leave at least 0\.02 of it to others"):
        check_holdings(names, (most, most, Vault()))
    check_holdings(names, (most, None, Vault()))
