"""Caccioli, Bouchaud, Farmer (2012), "Impact-adjusted valuation and the criticality of leverage".

Critical leverage 3 / (2 I): 75, 30, 15 at I = 2, 5, 10 %. Independent check: a position is sold
in small pieces down the square-root law and its debt is compared with what that raised.
"""

import numpy as np
import pytest

from abm.contagion.price_impact import critical_leverage, perp_deficit, square_root_fall


def proceeds(fall: float, pieces: int) -> float:
    """What a position of value 1 raises, sold in equal pieces at the price in each one's middle."""
    middle = (np.arange(pieces) + 0.5) / pieces
    return float((1.0 - fall * np.sqrt(middle)).mean())


@pytest.mark.parametrize(("fall", "leverage"), [(0.02, 75.0), (0.05, 30.0), (0.1, 15.0)])
def test_critical_leverage(fall: float, leverage: float) -> None:
    assert critical_leverage(fall) == pytest.approx(leverage)
    raised = proceeds(fall, 200_000)
    for factor, solvent in ((0.999, True), (1.001, False)):
        debt = 1.0 - 1.0 / (factor * leverage)
        assert (raised >= debt) is solvent


def test_deficit_of_a_liquidated_perpetual() -> None:
    """Average fall (2/3) I against the margin m; zero exactly at leverage λ_c = 1 / m."""
    for fall in (0.01, 0.05, 0.2):
        for margin in (0.005, 0.02, 0.1):
            expected = max(0.0, 1.0 - proceeds(fall, 200_000) - margin)
            assert perp_deficit(fall, margin) == pytest.approx(expected, abs=1e-8)
        assert perp_deficit(fall, 1.0 / critical_leverage(fall)) == pytest.approx(0.0, abs=1e-15)
    assert critical_leverage(0.0) == np.inf


def test_the_arithmetic_of_one_day() -> None:
    """USD 19.1 bn sold into an assumed volume of 150 bn at an assumed 2.5 %, with Y = 1: 0.9 %.

    The order of magnitude 15 % needs the invariance law (`test_kyle_obizhaeva_2023`).
    """
    assert square_root_fall(19.1, 0.025, 150.0, 1.0) == pytest.approx(0.00892, abs=1e-5)
