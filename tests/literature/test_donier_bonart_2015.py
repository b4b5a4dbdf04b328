"""Donier, Bonart (2015), "A million metaorder analysis of market impact on the Bitcoin".

The square-root law over four decades of size: the slope of log impact on log size is 1/2, and the
quantity that moves the price by ε is the inverse function.
"""

import math

import numpy as np
import pytest

from abm.contagion.price_impact import SquareRootImpact, quantity_for_fall, square_root_fall


def test_four_decades() -> None:
    sizes = [10.0**k for k in range(-4, 1)]
    falls = [square_root_fall(size, 0.03, 1.0, 0.9) for size in sizes]
    slope = np.polyfit(np.log(sizes), np.log(falls), 1)[0]
    assert slope == pytest.approx(0.5)
    assert falls[-1] == pytest.approx(0.027)
    for size, fall in zip(sizes, falls, strict=True):
        assert quantity_for_fall(fall, 0.03, 1.0, 0.9) == pytest.approx(size)


def test_the_choice_is_the_same_law() -> None:
    prices = SquareRootImpact(0.03, 1.0, 0.9).prices(np.array([0.0, 0.25, 1.0]))
    assert prices == pytest.approx([1.0, 1.0 - 0.0135, 1.0 - 0.027])
    assert SquareRootImpact(1.0, 1.0).prices(np.array([4.0]))[0] == 0.0
    assert math.isclose(square_root_fall(0.0, 0.03, 1.0, 0.9), 0.0)
