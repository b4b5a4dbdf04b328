"""C11: what one order does to the engine's book, by the book's own formula."""

import math

import numpy as np
import pytest

from experiments.validate.contagion import meta_orders
from experiments.validate.contagion.meta_orders import CASES, Case

pytestmark = pytest.mark.compiled


def test_an_order_of_the_square_root_form_moves_the_price_by_the_root() -> None:
    """By 0.0016 sqrt(0.5); what else was traded in that tick moves it a little."""
    move = meta_orders.impact(CASES[0], 0.5, 3)
    assert move == pytest.approx(0.0016 * math.sqrt(0.5), rel=0.05)


def test_the_linear_form_is_linear() -> None:
    """(lambda + gamma (1 - 0.05)) x: the index takes a part of gamma and shows it a tick later."""
    case = CASES[2]
    moves = [meta_orders.impact(case, share, 3) for share in (0.1, 0.2)]
    assert moves[1] / moves[0] == pytest.approx(2.0, rel=1e-3)
    assert moves[0] == pytest.approx(0.1 * (0.0016 + 0.0008 * 0.95), rel=0.01)


def test_no_order_no_impact() -> None:
    assert meta_orders.impact(CASES[1], 0.0, 3) == 0.0


def test_slices_add_up() -> None:
    steady = next(case for case in CASES if not case.slices)
    assert meta_orders.slices_of(steady, 0.4) == pytest.approx(np.full(20, 0.02))
    assert meta_orders.slices_of(Case("few", "linear", True, 4), 0.4).sum() == pytest.approx(0.4)


def test_every_case_of_the_square_root_is_in_the_verdict() -> None:
    """Slices too: of one tick alone the engine's own formula would be checked against itself."""
    assert {case.slices for case in meta_orders.CLAIMED} == {1, meta_orders.FEW, 0}
    assert {case.slices for case in meta_orders.FIXED_TIME} == {1, meta_orders.FEW}
    assert len(meta_orders.CLAIMED) == len(CASES) - 1
