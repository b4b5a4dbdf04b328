"""Caccioli, Shrestha, Moore, Farmer (2014), "Stability analysis of financial contagion".

Random bipartite graphs, leverage = assets / equity, 80 % of assets invested evenly in μ assets on
average, α = 1.0536, a random bank fails. The reference frequencies are for 10,000 banks; here
small markets of 1,000 give the signs: a window in diversification, a critical leverage between 8
and 10, and the kernel against plain loops.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array

from abm.contagion.layers import spectral_radius
from abm.contagion.portfolios import offspring_matrix, overlap_cascade
from tests.oracles.distress import overlap_failures


def market(
    banks: int, degree: float, leverage: float, generator: np.random.Generator
) -> tuple[csr_array, np.ndarray]:
    """Holdings in units of a bank's assets, and equity."""
    held = generator.random((banks, banks)) < degree / banks
    holdings = 0.8 * held / np.maximum(1, held.sum(axis=1))[:, None]
    return csr_array(holdings), np.full(banks, 1.0 / leverage)


def frequency(banks: int, degree: float, leverage: float, draws: int) -> float:
    """How often more than 5 % fail."""
    generator = np.random.default_rng(2014)
    wide = 0
    for _ in range(draws):
        holdings, equity = market(banks, degree, leverage, generator)
        first = generator.integers(banks, size=1)
        wide += int(overlap_cascade(holdings, equity, first).failed.mean() > 0.05)
    return wide / draws


@pytest.mark.compiled
def test_a_window_of_diversification() -> None:
    """Reference at leverage 20: 0.945 at μ = 3, 0 at μ = 8."""
    assert frequency(1000, 3.0, 20.0, 40) > 0.7
    assert frequency(1000, 8.0, 20.0, 20) <= 0.1


@pytest.mark.compiled
def test_a_critical_leverage() -> None:
    """Reference: at leverage 8 there is no cascade at any μ; at 20 most at μ = 2."""
    assert frequency(1000, 2.0, 8.0, 30) == 0.0
    assert frequency(1000, 2.0, 20.0, 30) > 0.5


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("leverage", "degree", "least", "most"),
    [(10.0, 2.0, 0.01, 0.25), (10.0, 3.0, 0.0, 0.0), (12.0, 2.0, 0.2, 1.0), (12.0, 3.0, 0.1, 1.0)],
)
def test_just_above_the_critical_leverage(
    leverage: float, degree: float, least: float, most: float
) -> None:
    """Reference: at leverage 10 cascades at μ = 2 alone (0.03), at 12 for μ from 1.5 to 3."""
    assert least <= frequency(1000, degree, leverage, 40) <= most


def test_against_loops() -> None:
    generator = np.random.default_rng(5)
    sizes = set()
    for _ in range(40):
        holdings, equity = market(12, 2.5, 15.0, generator)
        expected = overlap_failures(holdings.toarray().tolist(), list(equity), {0}, 1.0536)
        found = overlap_cascade(holdings, equity, np.array([0]))
        assert set(np.flatnonzero(found.failed)) == expected
        sizes.add(len(expected))
    assert len(sizes) > 4


def test_offspring_are_those_who_fail_in_the_first_round() -> None:
    generator = np.random.default_rng(6)
    holdings, equity = market(15, 2.5, 20.0, generator)
    children = offspring_matrix(holdings, equity).toarray()
    assert children.any()
    dense = holdings.toarray()
    supply = np.maximum(dense.sum(axis=0), 1e-300)
    for j in range(15):
        fall = 1.0 - np.exp(-1.0536 * dense[j] / supply)
        fatal = dense @ fall >= equity
        fatal[j] = False
        assert (children[:, j] == fatal).all()


def test_the_leading_eigenvalue_tells_fragile_from_stable() -> None:
    generator = np.random.default_rng(8)
    fragile = spectral_radius(offspring_matrix(*market(600, 3.0, 20.0, generator)))
    stable = spectral_radius(offspring_matrix(*market(600, 8.0, 8.0, generator)))
    assert fragile > 1.0 > stable
