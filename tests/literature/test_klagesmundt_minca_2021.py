"""Klages-Mundt, Minca (2021), "(In)stability for the blockchain": deleveraging spirals.

X = L = 100 coins, 400 units of ether as collateral, β = 1.5. Digits of the authors' simulation
code: 13 of what a free speculator issues, those that are given of forced buying back; with ether
below 0.36237 that code finds no solution. Checked on the kernel that the engine runs.
"""

import math

import pytest

from abm.market.stablecoin import (
    allowed_coins,
    coin_price,
    issue,
    least_collateral,
    wanted_coins,
)

X = L = 100.0
ETHER, BETA = 400.0, 1.5


@pytest.mark.parametrize(
    ("log_return", "minted"), [(0.05, 2.531512052442892), (0.1, 5.127109637602416)]
)
@pytest.mark.parametrize("ether_price", [1.0, 25.0])
def test_unconstrained(log_return: float, minted: float, ether_price: float) -> None:
    found = issue(X, L, ETHER * ether_price, BETA, log_return)
    assert found == pytest.approx(minted, rel=1e-13)
    assert wanted_coins(X, L, log_return) - L == found
    # the objective r z + r X Δ / (L + Δ) - Δ is at its maximum: the slope r X L / (L + Δ)² - 1 is 0
    assert math.exp(log_return) * X * L / (L + found) ** 2 == pytest.approx(1.0)


@pytest.mark.parametrize("log_return", [0.05, 0.1])
@pytest.mark.parametrize(
    ("ether_price", "minted", "coin"),
    [
        (0.374, -0.8133388935, 1.0082001),
        (0.37, -4.4061870469, 1.0460928),
        (0.365, -10.4281222056, 1.1164218),
        (0.363, -14.5692201003, 1.1705383),
        (0.3625, -16.6666666667, 1.2),  # -100 / 6, of which 7 decimals are given
    ],
)
def test_forced_deleveraging(
    ether_price: float, minted: float, coin: float, log_return: float
) -> None:
    """The constraint decides, whatever the return that is expected."""
    found = issue(X, L, ETHER * ether_price, BETA, log_return)
    assert found == pytest.approx(minted, abs=5.1e-11)
    assert coin_price(X, L + found) == pytest.approx(coin, abs=5e-8)
    # collateral after trading at the coin's price, over coins, is exactly β
    after = ETHER * ether_price + found * coin_price(X, L + found)
    assert after / (L + found) == pytest.approx(BETA)
    assert allowed_coins(X, L, ETHER * ether_price, BETA) - L == found


def test_the_brink() -> None:
    """Feasible down to 0.3623724357 USD per ether, where the coin trades at sqrt(β)."""
    least = least_collateral(X, L, BETA)
    assert least / ETHER == pytest.approx(0.3623724357, abs=5e-11)
    last = issue(X, L, least, BETA, 0.1)
    assert coin_price(X, L + last) == pytest.approx(1.2247449, abs=5e-8)
    assert math.isnan(issue(X, L, least * (1 - 1e-12), BETA, 0.1))
    assert math.isnan(allowed_coins(X, L, least - 1.0, BETA))
    assert math.isnan(allowed_coins(X, L, -1e6, BETA))


def test_without_coins() -> None:
    """Nobody can buy what is not there, and a speculator without coins issues none."""
    assert coin_price(X, 0.0) == math.inf
    assert issue(X, 0.0, ETHER, BETA, 0.1) == 0.0
    assert least_collateral(X, 0.0, BETA) == -X
