"""Kyle, Obizhaeva (2023), "Large bets and stock market crashes": the price impact of a bet.

Predicted declines 1 - exp(-impact) of the authors' talk on the crashes (Pisa, 18 October 2012),
with the inputs printed beside them. The talk rounds its inputs (λ / 2 to 2.89, σ to 0.01 %), so
the formula gives its percentages to 0.08 points, and 7.21 and 0.70 to the last digit. In the
journal's version the numbers may differ: it was not read.

Invariance itself: with business time W = (PV σ)^(2/3) bets a day, impact in units of σ / √W depends
on the bet's size in units of V / W.
"""

import math

import pytest

from abm.contagion.price_impact import KYLE_OBIZHAEVA_COST, invariant_impact


def test_the_benchmark_stock() -> None:
    """Twice 2.89 basis points; in Econometrica (2016) it is twice 2.50."""
    assert pytest.approx(2 * 2.89e-4) == KYLE_OBIZHAEVA_COST
    assert invariant_impact(0.01, 40e6, 0.02) == pytest.approx(5.78e-4)
    assert invariant_impact(0.01, 40e6, 0.02, 2 * 2.50e-4) == pytest.approx(5.00e-4)


@pytest.mark.parametrize(
    ("sold", "volume", "dollars_of_2005", "volatility", "percent", "rounding"),
    [
        pytest.param(1.181e9, 488.98e6, 9.42, 0.0200, 49.22, 0.08, id="1929-october"),
        pytest.param(4.348e9, 488.98e6, 9.42, 0.0200, 91.75, 0.08, id="1929-three-months"),
        pytest.param(13.75e9, 20.57e9, 1.54, 0.0135, 19.12, 0.08, id="1987-insurers"),
        pytest.param(309.6e6, 13.52e9, 1.54, 0.0863, 7.21, 0.005, id="1987-soros"),
        pytest.param(50e9, 180.49e9, 1.469 * 0.92, 0.0110, 12.37, 0.08, id="2008-kerviel"),
        pytest.param(75e3 * 58.2e3, 293e9, 0.90, 0.0107, 0.70, 0.005, id="2010-flash-crash"),
    ],
)
def test_crashes(
    sold: float,
    volume: float,
    dollars_of_2005: float,
    volatility: float,
    percent: float,
    rounding: float,
) -> None:
    """Kerviel's volatility is 1.10 % in the talk's table; its formula has 0.0011, a misprint."""
    impact = invariant_impact(sold / volume, volume * dollars_of_2005, volatility)
    assert 100.0 * -math.expm1(-impact) == pytest.approx(percent, abs=rounding)


def test_the_crash_day_in_order_of_magnitude() -> None:
    """USD 19.1 bn of an assumed 150 bn a day at an assumed 2.5 %: about 15 %."""
    assert invariant_impact(19.1 / 150.0, 150e9, 0.025) == pytest.approx(0.154, abs=5e-4)


@pytest.mark.parametrize(("volume", "volatility"), [(1e6, 0.05), (40e6, 0.02), (9e9, 0.01)])
def test_invariance(volume: float, volatility: float) -> None:
    """In business time a bet of the same relative size has the same relative impact everywhere."""
    bets = (volume * volatility) ** (2 / 3)
    share = 3.0 / bets  # three times the typical bet
    relative = invariant_impact(share, volume, volatility) * bets**0.5 / volatility
    reference = (40e6 * 0.02) ** (2 / 3)
    expected = invariant_impact(3.0 / reference, 40e6, 0.02) * reference**0.5 / 0.02
    assert relative == pytest.approx(expected)
