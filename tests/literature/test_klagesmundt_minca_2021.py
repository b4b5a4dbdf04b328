"""Klages-Mundt, Minca (2021), "(In)stability for the blockchain": deleveraging spirals.

X = L = 100 coins, 400 units of ether as collateral, β = 1.5. Digits of the authors' simulation
code, reproduced to 13 digits; below ether at 0.36237 that code finds no solution.
"""

import math

import pytest

from abm.contagion.stablecoin import (
    coin_price,
    depeg_loss,
    forced_mint,
    issuer_mint,
    least_collateral,
    unconstrained_mint,
)

X = L = 100.0
ETHER, BETA = 400.0, 1.5


@pytest.mark.parametrize(
    ("log_return", "minted"), [(0.05, 2.531512052442892), (0.1, 5.127109637602416)]
)
def test_unconstrained(log_return: float, minted: float) -> None:
    found = unconstrained_mint(math.exp(log_return), X, L)
    assert found == pytest.approx(minted, abs=1e-12)
    # the objective r z + r X Δ / (L + Δ) - Δ is at its maximum: the slope r X L / (L + Δ)² - 1 is 0
    assert math.exp(log_return) * X * L / (L + found) ** 2 == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("ether_price", "minted", "coin"),
    [
        (0.374, -0.8133388935, 1.0082001),
        (0.37, -4.4061870469, 1.0460928),
        (0.365, -10.4281222056, 1.1164218),
        (0.363, -14.5692201003, 1.1705383),
        (0.3625, -16.6666667, 1.2),
    ],
)
def test_forced_deleveraging(ether_price: float, minted: float, coin: float) -> None:
    found = forced_mint(ETHER * ether_price, BETA, X, L)
    assert found == pytest.approx(minted, abs=5e-8)
    assert coin_price(X, L, found) == pytest.approx(coin, abs=5e-8)
    # collateral after trading at the coin's price, over coins, is exactly β
    after = ETHER * ether_price + found * coin_price(X, L, found)
    assert after / (L + found) == pytest.approx(BETA)
    assert issuer_mint(ETHER * ether_price, BETA, math.exp(0.1), X, L) == found


def test_the_brink() -> None:
    least = least_collateral(BETA, X, L)
    assert least / ETHER == pytest.approx(0.3623724357, abs=1e-10)
    at_brink = forced_mint(least * (1 + 1e-15), BETA, X, L)
    assert coin_price(X, L, at_brink) == pytest.approx(math.sqrt(1.5), abs=1e-6)
    assert math.isnan(forced_mint(least * (1 - 1e-12), BETA, X, L))
    assert math.isnan(issuer_mint(least - 1.0, BETA, 1.1, X, L))


def test_with_ample_collateral_nothing_binds() -> None:
    assert issuer_mint(1e4, BETA, math.exp(0.05), X, L) == pytest.approx(2.531512052442892)
    assert depeg_loss(50.0, 0.65) == pytest.approx(17.5)
    assert math.isnan(coin_price(X, L, -L))
