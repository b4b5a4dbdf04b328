"""Battiston, Puliga, Kaushik, Tasca, Caldarelli (2012), "DebtRank: too central to fail?".

The digits are those printed in the README (2016) of the R package NetworkRiskMeasures for its
example of three banks.
"""

import numpy as np
import pytest

from abm.contagion.distress import (
    debtrank,
    loss_of_each_default,
    relative_leverage,
    systemic_loss,
)

EXPOSURES = [[0.0, 1.0, 0.0], [10.0, 0.0, 3.0], [3.0, 2.0, 0.0]]
EQUITY = np.array([2.0, 5.0, 2.0])
WEIGHTS = np.array([10.0, 100.0, 30.0])


def test_additional_stress_of_each_default() -> None:
    losses = loss_of_each_default(relative_leverage(EXPOSURES, EQUITY), WEIGHTS, single_hit=True)
    assert losses == pytest.approx([0.9285714286, 0.25, 0.6642857143], abs=1e-10)


def test_ten_percent_of_everybody() -> None:
    shock = np.full(3, 0.1)
    end = debtrank(relative_leverage(EXPOSURES, EQUITY), shock)
    assert end.distress == pytest.approx([0.15, 0.26, 0.30])
    assert systemic_loss(end.distress, shock, WEIGHTS) == pytest.approx(0.160714, abs=1e-6)


def test_a_cycle_is_walked_once() -> None:
    """The known gap of the single hit: what returns along the cycle 0 -> 1 -> 0 is not passed on.

    Both rules agree on the first two rounds; then the single hit has nobody left to pass it on.
    """
    leverage = relative_leverage([[0.0, 0.5], [0.5, 0.0]], np.ones(2))
    shock = np.array([0.4, 0.0])
    assert debtrank(leverage, shock).distress == pytest.approx([0.4 + 0.1, 0.2])
