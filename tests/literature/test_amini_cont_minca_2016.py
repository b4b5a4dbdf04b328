"""Amini, Cont, Minca (2016), "Resilience to contagion in financial networks".

Resilience 1 - z P(Poi(z) <= 3) at z = 5.7 and 5.8 (independent digits); the measure of one large
random network must come close to it.
"""

import numpy as np
import pytest

from abm.contagion.generators import erdos_renyi, even_exposures
from abm.contagion.thresholds import network_resilience, poisson_resilience


def test_poisson_digits() -> None:
    assert poisson_resilience(5.7, 4) == pytest.approx(-0.0262740, abs=5e-8)
    assert poisson_resilience(5.8, 4) == pytest.approx(0.0142153, abs=5e-8)


def test_a_large_network_has_the_resilience_of_its_law() -> None:
    """20,000 banks: sampling error of the mean of (creditors x contagious claims), four sigma."""
    count, z = 20_000, 3.0
    links = erdos_renyi(count, z, np.random.default_rng(11))
    found = network_resilience(even_exposures(links, 0.2), np.full(count, 0.04))
    assert found == pytest.approx(poisson_resilience(z, 4), abs=4 * 4.0 / np.sqrt(count))


def test_counted_by_hand() -> None:
    """0 lent 2 to 1; 1 lent 1 to 2; 2 lent 1 to 0; capitals 1, 2, 0.5: claims of 0 and 2 are fatal.

    Each has one creditor, so the sum is 2 of 3 claims.
    """
    exposures = [[0.0, 2.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert network_resilience(exposures, np.array([1.0, 2.0, 0.5])) == pytest.approx(1 / 3)
    assert np.isnan(network_resilience(np.zeros((2, 2)), np.ones(2)))
