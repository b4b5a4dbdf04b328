"""C9: walking down a book whose depth grows with distance, against its integral."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.validate.contagion import critical_leverage as model


@given(st.floats(0.001, 0.5), st.floats(0.05, 1.0))
def test_proceeds_are_the_integral_of_the_path(impact: float, quantity: float) -> None:
    """int_0^q (1 - I sqrt(x)) dx = q - (2/3) I q^(3/2)."""
    exact = quantity - 2.0 / 3.0 * impact * quantity**1.5
    assert model.proceeds(impact, 20_000, quantity) == pytest.approx(exact, abs=1e-5 * impact)


@pytest.mark.parametrize(("impact", "leverage"), [(0.02, 75.0), (0.05, 30.0), (0.10, 15.0)])
def test_the_digits_of_the_table(impact: float, leverage: float) -> None:
    assert model.critical(impact, 100_000) == pytest.approx(leverage, rel=1e-8)


def test_a_tenth_of_a_percent_above_the_critical_leverage_leaves_a_deficit() -> None:
    brought = model.proceeds(0.1, 50_000)
    assert brought < 1.0 - 1.0 / (1.001 * 15.0)
    assert brought > 1.0 - 1.0 / (0.999 * 15.0)


def test_a_quarter_of_the_book_moves_the_price_by_half() -> None:
    assert 1.0 - model._last_price(0.1, 100_000, 0.25) == pytest.approx(0.05, abs=1e-5)
