"""Cont, Wagalath (2013), "Running for the exit": correlation out of distressed selling.

Two uncorrelated assets, equal in everything. Independent check: with returns (I + c 11') ξ, noise
plus the fund's selling, the covariance is a product of matrices.
"""

import numpy as np
import pytest

from abm.contagion.leverage_targeting import endogenous_correlation, volatility_factor


@pytest.mark.parametrize(
    ("intensity", "correlation"),
    [(0.0, 0.0), (0.1, 0.1803279), (0.25, 0.3846154), (0.5, 0.6), (1.0, 0.8)],
)
def test_correlation(intensity: float, correlation: float) -> None:
    assert endogenous_correlation(intensity) == pytest.approx(correlation, abs=5e-8)


@pytest.mark.parametrize("intensity", [0.0, 0.1, 0.25, 1.0])
def test_by_the_covariance_of_the_feedback(intensity: float) -> None:
    """Each asset moves by its own noise, and by c times the fund's return, which is their sum."""
    loading = np.eye(2) + intensity * np.ones((2, 2))
    covariance = loading @ loading.T
    found = covariance[0, 1] / covariance[0, 0]
    assert endogenous_correlation(intensity) == pytest.approx(found)
    assert volatility_factor(intensity) == pytest.approx(np.sqrt(covariance[0, 0]))
