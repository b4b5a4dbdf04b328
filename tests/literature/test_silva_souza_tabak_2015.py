"""Silva, Souza, Tabak (2015): impact susceptibility and fluidity.

Digits: tests of the R package NetworkRiskMeasures, for the three banks of Battiston's example: a
can pull down b and c, b can pull down c, so c is reached by two edges and one path of two.
"""

import numpy as np
import pytest

from abm.contagion.distress import relative_leverage
from abm.contagion.susceptibility import impact_fluidity, impact_susceptibility
from tests.literature.test_battiston_2012 import EQUITY, EXPOSURES


def test_three_banks() -> None:
    leverage = relative_leverage(EXPOSURES, EQUITY)
    assert impact_susceptibility(leverage) == pytest.approx([0.0, 1.0, 1.25])
    assert impact_fluidity(leverage) == pytest.approx(0.75)


def test_a_cycle_does_not_count_the_way_home() -> None:
    leverage = relative_leverage([[0.0, 1.0], [1.0, 0.0]], np.ones(2))
    assert impact_susceptibility(leverage) == pytest.approx(np.sinh([1.0, 1.0]))
