"""Aumann and Maschler (1985), Game theoretic analysis of a bankruptcy problem from the Talmud."""

import numpy as np
import pytest

from abm.contagion import divide

CLAIMS = np.array([100.0, 200.0, 300.0])


@pytest.mark.parametrize(
    ("rule", "estate", "awards"),
    [
        # Mishnah Ketubot 93a, their table I
        ("talmud", 100, (100 / 3, 100 / 3, 100 / 3)),
        ("talmud", 200, (50, 75, 75)),
        ("talmud", 300, (50, 100, 150)),
        ("equal_awards", 200, (200 / 3, 200 / 3, 200 / 3)),
        ("equal_losses", 200, (0, 50, 150)),
        ("proportional", 200, (100 / 3, 200 / 3, 100)),
        ("priority", 200, (100, 100, 0)),
    ],
)
def test_three_wives(rule: str, estate: float, awards: tuple[float, ...]) -> None:
    np.testing.assert_allclose(divide(rule, estate, CLAIMS), awards, rtol=1e-14)


def test_contested_garment() -> None:
    """Mishnah Baba Metzia 2a: one claims all of it, one half of it; 3/4 and 1/4."""
    np.testing.assert_allclose(divide("talmud", 1.0, np.array([1.0, 0.5])), [0.75, 0.25])


@pytest.mark.parametrize("estate", [0.0, 70.0, 150.0, 299.0, 301.0, 450.0, 600.0])
def test_the_talmud_is_consistent_with_the_contested_garment(estate: float) -> None:
    """Their theorem A: every two of the three divide what the two got as the garment is divided."""
    awards = divide("talmud", estate, CLAIMS)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        pair = awards[[i, j]]
        again = divide("talmud", float(pair.sum()), CLAIMS[[i, j]])
        np.testing.assert_allclose(again, pair, atol=1e-10)


def test_the_proportional_rule_is_not() -> None:
    """A rule is also what it violates: proportional division of the garment is 2/3 and 1/3."""
    awards = divide("proportional", 1.0, np.array([1.0, 0.5]))
    assert abs(awards[0] - 0.75) > 0.05
