"""Kyle (1985), "Continuous auctions and insider trading": σ_v = 2, σ_u = 5.

λ = 0.2, β = 2.5, profit 5. Independent check: best reply and competitive pricing iterated on a grid
of slopes, without the formula.
"""

import pytest

from abm.contagion.price_impact import KyleMarket


def test_the_auction() -> None:
    market = KyleMarket(value_deviation=2.0, noise_deviation=5.0)
    assert market.price_impact == pytest.approx(0.2)
    assert market.aggressiveness == pytest.approx(2.5)
    assert market.informed_profit == pytest.approx(5.0)


def test_it_is_an_equilibrium() -> None:
    """Best reply β = 1 / (2 λ); efficient price λ = β σ_v² / (β² σ_v² + σ_u²); damped iteration."""
    impact = 1.0
    for _ in range(5000):
        reply = 1.0 / (2.0 * impact)
        efficient = reply * 4.0 / (reply**2 * 4.0 + 25.0)
        impact = 0.5 * (impact + efficient)
    market = KyleMarket(2.0, 5.0)
    assert market.price_impact == pytest.approx(impact)
    assert market.informed_profit == pytest.approx((1 - impact * reply) * reply * 4.0)


def test_noise_is_needed() -> None:
    with pytest.raises(ValueError, match="noise_deviation is 0"):
        KyleMarket(1.0, 0.0)
