"""Borel (1942), Tanner (1961): the total of a branching process with Poisson children.

Mean 1 / (1 - R) and variance R / (1 - R)³ against the sums over the law itself, and against
simulated generations: R = 0.6 gives 2.5 and 9.375.
"""

import numpy as np
import pytest

from abm.contagion.reproduction import (
    progeny_mean,
    progeny_probability,
    progeny_variance,
    simulated_progeny,
)


@pytest.mark.parametrize("number", [0.0, 0.3, 0.6])
def test_moments_of_the_law(number: float) -> None:
    total = np.arange(1, 3000)
    law = progeny_probability(number, total)
    assert law.sum() == pytest.approx(1.0)
    mean = (law * total).sum()
    assert mean == pytest.approx(progeny_mean(number))
    assert (law * (total - mean) ** 2).sum() == pytest.approx(progeny_variance(number))


def test_the_digits() -> None:
    assert progeny_mean(0.6) == pytest.approx(2.5)
    assert progeny_variance(0.6) == pytest.approx(9.375)
    assert progeny_probability(0.6, np.array([1])) == pytest.approx([np.exp(-0.6)])


def test_simulated_generations() -> None:
    """40,000 cascades: the mean within four standard errors; so the shares of small totals."""
    count = 40_000
    found = simulated_progeny(0.6, count, np.random.default_rng(1961))
    assert found.mean() == pytest.approx(2.5, abs=4 * np.sqrt(9.375 / count))
    for total in (1, 2, 3, 4):
        share = float(progeny_probability(0.6, np.array([total]))[0])
        noise = np.sqrt(share * (1 - share) / count)
        assert (found == total).mean() == pytest.approx(share, abs=4 * noise)


@pytest.mark.parametrize("number", [-0.1, 1.0, 1.2])
def test_critical_and_beyond_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"give one in \[0, 1\)"):
        progeny_mean(number)
