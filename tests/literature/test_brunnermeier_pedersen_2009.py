"""Brunnermeier, Pedersen (2009), "Market liquidity and funding liquidity": proposition 3.

No numbers are printed. The multiplier is compared with the price found by bisection from the two
equations of the model, customers' demand and the makers' binding margin, before and after a small
change of their capital.
"""

import math

import pytest

from abm.contagion.liquidity import funding_multiplier, quoted_depth

SUPPLY, VALUE, RISK = 30.0, 120.0, 2.0  # customers hold (VALUE - p) / RISK


def margin(price: float, slope: float) -> float:
    return 8.0 + slope * (price - 100.0)


def clearing_price(capital: float, held_before: float, slope: float) -> float:
    """The p with margin(p) x1 = capital + p x0, where x1 = supply - customers' demand."""

    def missing(price: float) -> float:
        held = SUPPLY - (VALUE - price) / RISK
        return margin(price, slope) * held - capital - (price - 100.0) * held_before

    low, high = 90.0, 119.0
    assert missing(low) < 0.0 < missing(high)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if missing(middle) < 0.0 else (low, middle)
    return low


@pytest.mark.parametrize("held_before", [0.0, 1.5])
@pytest.mark.parametrize("slope", [0.0, -0.05])
def test_the_multiplier_is_the_slope_of_the_clearing_price(
    held_before: float, slope: float
) -> None:
    capital = 8.0 * 20.0  # clears at 100 with 20 units held
    price = clearing_price(capital, held_before, slope)
    assert price == pytest.approx(100.0)
    step = 1e-4
    numeric = clearing_price(capital + step, held_before, slope) - clearing_price(
        capital - step, held_before, slope
    )
    found = funding_multiplier(RISK, margin(price, slope), slope, 20.0, held_before)
    assert found == pytest.approx(numeric / (2 * step), rel=1e-6)


def test_the_two_spirals_reinforce_each_other() -> None:
    """Loss spiral x0 > 0, margin spiral m' < 0; together more than the sum of both."""
    plain = funding_multiplier(RISK, 8.0, 0.0, 20.0, 0.0)
    loss = funding_multiplier(RISK, 8.0, 0.0, 20.0, 1.5) - plain
    spiral = funding_multiplier(RISK, 8.0, -0.05, 20.0, 0.0) - plain
    both = funding_multiplier(RISK, 8.0, -0.05, 20.0, 1.5) - plain
    assert loss > 0.0 and spiral > 0.0
    assert both > loss + spiral
    assert math.isinf(funding_multiplier(RISK, 8.0, 0.0, 20.0, 4.0))


def test_capital_lost_on_one_venue_thins_the_others() -> None:
    calm = quoted_depth(1e6, 5e5, 0.2, 0.1, 1.0)
    assert calm == pytest.approx(1e6)
    assert quoted_depth(1e6, 2.5e5, 0.2, 0.1, 1.0) == pytest.approx(5e5)
    assert quoted_depth(1e6, 5e5, 0.2, 0.1, 4.0) == pytest.approx(2.5e5)
    assert quoted_depth(1e6, -1.0, 0.2, 0.1, 1.0) == 0.0
