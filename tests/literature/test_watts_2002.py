"""Watts (2002), "A simple model of global cascades on random networks": the cascade window.

Equation (5) on a Poisson graph: vulnerable are degrees up to K* - 1 = J*; the window's ends solve
z P(Poi(z) <= J* - 1) = 1. Roots to seven digits from an independent root finder; J* = 4 is Watts's
threshold φ = 0.18, whose published window closes near 5.76.
"""

import math

import pytest
from scipy.stats import poisson

from abm.contagion.thresholds import contagion_window, poisson_resilience


@pytest.mark.parametrize(
    ("fatal", "window"),
    [
        (3, (1.1141416, 3.8630689)),
        (4, (1.0207039, 5.7646771)),
        (5, (1.0037312, 7.4770802)),
        (6, (1.0005964, 9.0969866)),
    ],
)
def test_ends_of_the_window(fatal: int, window: tuple[float, float]) -> None:
    found = contagion_window(fatal)
    assert found == pytest.approx(window, abs=5e-8)
    for z in found:
        assert z * poisson.cdf(fatal - 1, z) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("fatal", [0, 1, 2])
def test_no_window_where_too_few_are_vulnerable(fatal: int) -> None:
    """The maximum of z e^-z (1 + z) is 0.84, at the golden ratio; that of z e^-z is 1 / e."""
    assert all(math.isnan(z) for z in contagion_window(fatal))
    assert min(poisson_resilience(0.01 * z, fatal) for z in range(1, 2000)) > 0.0
