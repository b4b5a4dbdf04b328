"""C5: the first period by hand, both readings, and the formula from its covariance matrix."""

import math

import numpy as np
import pytest

from experiments.validate.claim import Settings
from experiments.validate.contagion import fire_sale_correlation as model


@pytest.mark.parametrize("feedback", [0.0, 0.25, 1.0])
def test_the_formula_is_the_covariance_of_the_sum(feedback: float) -> None:
    mix = np.eye(2) + feedback
    covariance = mix @ mix.T
    tied = covariance[0, 1] / covariance[0, 0]
    assert model.correlation(feedback) == pytest.approx(tied)
    assert model.volatility_ratio(feedback) == pytest.approx(math.sqrt(covariance[0, 0]))


def test_the_digits_of_the_table() -> None:
    seen = [model.correlation(c) for c in (0.1, 0.25, 0.5, 1.0)]
    assert seen == pytest.approx([0.1803279, 0.3846154, 0.6, 0.8], abs=1e-7)


@pytest.mark.parametrize("own", [False, True])
def test_the_first_period_by_hand(own: bool) -> None:
    """With c = 0.2 and e = (2 %, -1 %) orders move both by 0.2 %, or 0.2 % / (1 - 0.4)."""
    shocks = np.array([[[0.02, -0.01]]])
    impact = 0.2 * 0.01 / (0.6 if own else 1.0)
    made = model.simulate(0.2, shocks, own)[0, 0]
    assert made == pytest.approx([0.02 + impact, -0.01 + impact])


def test_orders_that_answer_their_own_effect_answer_all_of_the_move() -> None:
    """The impact is c times the whole move of both assets, own impact included."""
    made = model.simulate(0.3, np.array([[[0.01, 0.004]]]), own=True)[0, 0]
    impact = made - np.array([0.01, 0.004])
    assert impact == pytest.approx(0.3 * made.sum())


def test_c5_is_refuted_by_another_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model.run(Settings(), np.random.default_rng(1)).verdict == "holds"
    monkeypatch.setattr(model, "correlation", lambda c: 2.0 * c / (1.0 + 2.0 * c))
    assert model.run(Settings(), np.random.default_rng(1)).verdict == "refuted"
