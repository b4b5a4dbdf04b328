"""Donier, Bonart (2015), "A million metaorder analysis of market impact on the Bitcoin".

A unit test of the formula I = Y σ √(Q / V) with numbers by hand; the paper's measurements are not
reproduced here, for its orders are not public.
"""

import math

import numpy as np
import pytest

from abm.contagion.price_impact import SquareRootImpact, quantity_for_fall, square_root_fall


@pytest.mark.parametrize(
    ("quantity", "volatility", "volume", "coefficient", "fall"),
    [
        (0.0, 0.03, 1.0, 0.9, 0.0),
        (0.01, 0.03, 1.0, 0.9, 0.0027),  # 0.9 · 3 % · 1/10
        (1.0, 0.03, 1.0, 0.9, 0.027),
        (9.0, 0.02, 400.0, 1.5, 0.0045),  # 1.5 · 2 % · 3/20
        (50.0, 0.04, 200.0, 1.0, 0.02),  # half the volatility for a quarter of the volume
    ],
)
def test_the_formula_by_hand(
    quantity: float, volatility: float, volume: float, coefficient: float, fall: float
) -> None:
    found = square_root_fall(quantity, volatility, volume, coefficient)
    assert found == pytest.approx(fall, rel=1e-12)
    back = quantity_for_fall(fall, volatility, volume, coefficient)
    assert back == pytest.approx(quantity, rel=1e-12)
    price = SquareRootImpact(volatility, volume, coefficient).prices(np.array([quantity]))
    assert price == pytest.approx([1.0 - fall], rel=1e-12)


def test_the_price_ends_at_zero() -> None:
    assert SquareRootImpact(1.0, 1.0).prices(np.array([4.0]))[0] == 0.0
    assert math.isclose(square_root_fall(4.0, 1.0, 1.0, 1.0), 2.0)
