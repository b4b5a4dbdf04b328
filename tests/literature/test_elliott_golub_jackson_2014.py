"""Elliott, Golub, Jackson (2014), "Financial networks and contagion".

Two firms (section I); six European countries (section V): BIS consolidated claims at the end of
2011 in USD million, one third of each country's debt held by the others, GDP of 2008 and 2011
with Portugal's of 2011 as the unit. Matrix and GDP are those of a published replication
(P. Veeraraghavan, 2017), the 3 digits of the dependency matrix and the waves those of an
independent computation; here they are recomputed by a power series and by loops.
"""

import numpy as np
import pytest

from abm.contagion.cross_holdings import (
    cascade,
    dependency_matrix,
    even_shares,
    shares_from_claims,
)
from abm.contagion.generators import erdos_renyi
from tests.oracles.distress import dependency_by_series, failure_waves

COUNTRIES = ("FR", "DE", "GR", "IT", "PT", "ES")
CLAIMS = np.array(
    [  # of the column's country on the row's
        [0, 174862, 1960, 40311, 6679, 27015],
        [198304, 0, 2663, 227813, 2271, 54178],
        [39458, 32977, 0, 2302, 8077, 1001],
        [329550, 133954, 444, 0, 2108, 29938],
        [21817, 30208, 51, 3188, 0, 78005],
        [115162, 146096, 292, 26939, 21620, 0],
    ],
    dtype=float,
).T
GDP_2008 = np.array([11.98745, 15.27615, 1.468619, 9.65272, 1.058577, 6.698745])
GDP_2011 = np.array([11.61506276, 14.88284519, 1.267782427, 9.20083682, 1.0, 6.251046025])


def europe(theta: float) -> list[list[str]]:
    dependency = dependency_matrix(shares_from_claims(CLAIMS, 1 / 3))
    threshold = theta * dependency @ GDP_2008
    waves = cascade(dependency, GDP_2011, threshold, threshold / 2).waves
    loops = failure_waves(dependency, list(GDP_2011), list(threshold), list(threshold / 2))
    assert [list(wave) for wave in waves] == loops
    return [[COUNTRIES[i] for i in wave] for wave in waves]


def test_two_firms_that_own_half_of_each_other() -> None:
    dependency = dependency_matrix(np.array([[0.0, 0.5], [0.5, 0.0]]))
    assert dependency == pytest.approx(np.array([[2 / 3, 1 / 3], [1 / 3, 2 / 3]]))


def test_european_dependencies() -> None:
    dependency = dependency_matrix(shares_from_claims(CLAIMS, 1 / 3))
    assert np.diagonal(dependency) == pytest.approx(
        [0.711, 0.713, 0.667, 0.693, 0.671, 0.680], abs=5.1e-4
    )
    assert dependency[0] == pytest.approx([0.711, 0.128, 0.133, 0.171, 0.072, 0.115], abs=5.1e-4)
    assert dependency[1] == pytest.approx([0.178, 0.713, 0.126, 0.106, 0.092, 0.139], abs=5.1e-4)
    series = dependency_by_series(shares_from_claims(CLAIMS, 1 / 3).tolist(), 60)
    assert dependency == pytest.approx(np.array(series), abs=1e-12)


@pytest.mark.parametrize(
    ("theta", "waves"),
    [
        (0.90, [["GR"]]),
        (0.93, [["GR"]]),
        (0.935, [["GR"], ["PT"], ["ES"], ["FR"], ["DE", "IT"]]),
        (0.94, [["GR"], ["PT", "ES"], ["FR", "DE"], ["IT"]]),
    ],
)
def test_european_waves(theta: float, waves: list[list[str]]) -> None:
    assert europe(theta) == waves


def share_failing(degree: float, cross_held: float, repetitions: int) -> float:
    """100 organisations, one loses its asset, θ = 0.93, a failure costs half its first value."""
    generator = np.random.default_rng(2014)
    failing = []
    for _ in range(repetitions):
        links = erdos_renyi(100, degree, generator).toarray()
        dependency = dependency_matrix(even_shares(links, cross_held))
        first = dependency @ np.ones(100)
        assets = np.ones(100)
        assets[generator.integers(100)] = 0.0
        failing.append(cascade(dependency, assets, 0.93 * first, first / 2).failed.mean())
    return float(np.mean(failing))


def test_diversification_has_a_hump() -> None:
    """Section IV: few links carry nothing, many links share the loss. Signs, 20 networks each."""
    thin, medium, dense = (share_failing(d, 0.5, 20) for d in (0.5, 3.0, 8.0))
    assert medium > 0.3 > 0.1 > max(thin, dense)


def test_integration_spreads() -> None:
    """Section IV: at c = 0.3 the same networks fail far less than at c = 0.5."""
    assert share_failing(3.0, 0.3, 20) < 0.15 < share_failing(3.0, 0.5, 20)
