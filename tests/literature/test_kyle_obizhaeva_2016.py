"""Kyle, Obizhaeva (2016), "Market microstructure invariance": the price impact of a bet.

The constant is quoted second hand; what is checked is the benchmark itself, 1 % of the volume of a
USD 40 million stock at 2 % a day costs 5.78 basis points, and the invariance: with business time
W = (PV σ)^(2/3) bets a day, impact in units of σ / √W depends on the bet's size in units of V / W.
"""

import pytest

from abm.contagion.price_impact import invariant_impact


def test_the_benchmark_stock() -> None:
    assert invariant_impact(0.01, 40e6, 0.02) == pytest.approx(5.78e-4)


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
