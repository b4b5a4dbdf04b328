"""Gai and Kapadia (2010), "Contagion in financial networks": robust yet fragile.

Benchmark: Poisson graph, claims 20 % of assets spread evenly, capital 4 %, a random bank fails,
contagion is more than 5 % failing. Reference frequencies and extents are from an independent
simulation of 1,000 draws of 1,000 banks; the published figure peaks near 0.8 at z of 3 to 4.
Tolerance: four standard deviations of the difference of two binomial frequencies.
"""

import math

import numpy as np
import pytest

from abm.contagion.generators import erdos_renyi, even_exposures
from abm.contagion.thresholds import cascade_sizes, contagion_window, fatal_degree

BANKS, DRAWS, REFERENCE_DRAWS = 1000, 120, 1000


def simulate(z: float, draws: int, capital: float = 0.04) -> tuple[float, float]:
    """Frequency of contagion, and mean extent when there is contagion."""
    generator = np.random.default_rng(2010)
    shares = np.empty(draws)
    for draw in range(draws):
        exposures = even_exposures(erdos_renyi(BANKS, z, generator), 0.2)
        first = generator.integers(BANKS, size=1)
        shares[draw] = cascade_sizes(exposures, np.full(BANKS, capital), first)[0] / BANKS
    wide = shares > 0.05
    return float(wide.mean()), float(shares[wide].mean()) if wide.any() else math.nan


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("z", "frequency", "extent"), [(1.0, 0.081, 0.11), (3.0, 0.803, 0.94), (5.0, 0.514, 0.993)]
)
def test_frequency_and_extent(z: float, frequency: float, extent: float) -> None:
    found, wide = simulate(z, DRAWS)
    noise = math.sqrt(frequency * (1 - frequency) * (1 / DRAWS + 1 / REFERENCE_DRAWS))
    assert found == pytest.approx(frequency, abs=4 * noise)
    assert wide == pytest.approx(extent, abs=0.05 if z == 1.0 else 0.01)


@pytest.mark.compiled
def test_beyond_the_window_nothing_spreads() -> None:
    assert simulate(8.0, 40)[0] == 0.0


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("capital", "inside", "outside", "last"),
    [(0.03, 9.0, 12.0, 9.0969866), (0.05, 3.0, 6.0, 3.8630689)],
)
def test_capital_moves_the_end_of_the_window(
    capital: float, inside: float, outside: float, last: float
) -> None:
    """Contagion up to z of about 11 with 3 % and about 5 with 5 %; a single hit spreads to `last`.

    Beyond `last` nobody falls to one debtor, but banks hit twice still do, hence the difference.
    """
    assert simulate(inside, 40, capital)[0] > 0.15
    assert simulate(outside, 40, capital)[0] == 0.0
    assert contagion_window(fatal_degree(0.2, capital))[1] == pytest.approx(last, abs=5e-8)


def test_one_default_kills_up_to_four_claims() -> None:
    """Strictly: five even claims of 4 % do not exceed a capital of 4 %."""
    assert [fatal_degree(0.2, c) for c in (0.03, 0.04, 0.05)] == [6, 4, 3]
