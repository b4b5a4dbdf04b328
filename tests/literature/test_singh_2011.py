"""Singh (2011), "Velocity of pledged collateral": a dollar that is reused at haircut γ.

1 + (1 - γ) + (1 - γ)² + ..., step by step and in the limit 1 / γ.
"""

import pytest

from abm.contagion.amplification import collateral_multiplier


@pytest.mark.parametrize("haircut", [0.02, 0.25, 1.0])
def test_a_chain_step_by_step(haircut: float) -> None:
    pledged, value = 0.0, 1.0
    for reuses in range(30):
        pledged += value
        value *= 1.0 - haircut
        assert collateral_multiplier(haircut, reuses) == pytest.approx(pledged)
    assert collateral_multiplier(haircut) == pytest.approx(1.0 / haircut)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="haircut is 0"):
        collateral_multiplier(0.0)
    with pytest.raises(ValueError, match="reuses is -1"):
        collateral_multiplier(0.5, -1)
