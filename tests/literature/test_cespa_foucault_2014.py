"""Cespa, Foucault (2014), "Illiquidity contagion and liquidity crashes": the multiplier.

A shock to the illiquidity of one asset returns through the other: 1 + f'g' + (f'g')² + ..., which
is compared with the loop iterated by hand.
"""

import math

import pytest

from abm.contagion.liquidity import cross_learning_multiplier


@pytest.mark.parametrize(("slope_a", "slope_b"), [(0.0, 0.9), (0.5, 0.5), (0.9, 0.9), (1.5, 0.4)])
def test_the_loop(slope_a: float, slope_b: float) -> None:
    illiquidity_a = 0.0
    for _ in range(2000):
        illiquidity_a = 1.0 + slope_a * (slope_b * illiquidity_a)
    assert cross_learning_multiplier(slope_a, slope_b) == pytest.approx(illiquidity_a)


def test_a_crash_where_the_loop_does_not_end() -> None:
    assert math.isinf(cross_learning_multiplier(1.25, 0.8))
