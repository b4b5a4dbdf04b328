"""Amplification, reach, and the guards of valuations and linear fire sales."""

import numpy as np
import pytest

from abm.contagion.amplification import amplification, reach
from abm.contagion.leverage_targeting import LeverageTargeters
from abm.contagion.valuation import (
    EisenbergNoe,
    ExAnteBlackCox,
    ExAnteMerton,
    Furfine,
    LinearDebtRank,
    network_equity,
)


def test_losses_after_per_losses_before() -> None:
    assert amplification(np.array([2.0, 0.0]), np.array([3.0, 2.0])) == pytest.approx(2.5)
    assert np.isnan(amplification(np.zeros(2), np.zeros(2)))


def test_reach_counts_bystanders_only() -> None:
    before = np.array([2.0, 0.0, 0.0, 0.0])
    after = np.array([2.0, 1.0, 0.01, 0.0])
    assert reach(before, after) == pytest.approx(2 / 3)
    assert reach(before, after, smallest=0.1) == pytest.approx(1 / 3)
    assert np.isnan(reach(np.ones(2), np.ones(2)))


class Doubling:
    """A claim worth more than its face: no valuation, the equities never settle."""

    def value(self, equity_usd: np.ndarray) -> np.ndarray:
        return 1.0 + np.abs(equity_usd)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: EisenbergNoe(np.array([-1.0])), "obligations_usd"),
        (lambda: Furfine(1.5), "recovery is 1.5"),
        (lambda: LinearDebtRank(np.array([0.0])), "initial_equity_usd"),
        (lambda: ExAnteMerton(np.array([0.0]), 0.2, 1.0), "external_assets_usd"),
        (lambda: ExAnteMerton(np.ones(1), 0.0, 1.0), "volatility and horizon_years"),
        (lambda: ExAnteBlackCox(np.ones(1), 0.2, 1.0, recovery=-0.1), "recovery is -0.1"),
        (lambda: network_equity(np.ones(2), np.zeros((3, 3)), Furfine(0.0)), r"give \[N, N\]"),
        (lambda: network_equity(np.ones(1), -np.ones((1, 1)), Furfine(0.0)), "negative"),
        (
            lambda: LeverageTargeters(np.ones((2, 1)), np.ones(2), np.ones(3), np.ones(1)),
            "columns have sizes",
        ),
        (
            lambda: LeverageTargeters(np.ones((1, 1)), np.ones(1), -np.ones(1), np.ones(1)),
            "at least 0",
        ),
    ],
)
def test_what_is_refused(make, says) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_a_valuation_that_never_settles_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.contagion.valuation.MAX_ROUNDS", 20)
    with pytest.raises(ArithmeticError, match="still move"):
        network_equity(np.ones(2), [[0.0, 1.0], [1.0, 0.0]], Doubling())
