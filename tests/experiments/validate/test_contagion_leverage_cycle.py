"""C8: rest without noise, money that adds up, and rules compared by the leverage they have."""

import math

import numpy as np
import pytest

from abm.kernel import plain
from experiments.validate.contagion import leverage_cycle as model
from experiments.validate.contagion.leverage_cycle import Run


@pytest.mark.parametrize("target", [1.0, 4.0, 8.0])
def test_without_noise_a_fixed_leverage_rests(target: float) -> None:
    returns = np.ones(500)
    leverage = model.simulate(np.zeros(500), target, 0.0, 0.01, returns)
    assert leverage == pytest.approx(target)
    assert np.abs(returns).max() < 1e-9


def test_a_limit_on_risk_allows_more_as_risk_fades() -> None:
    """Without noise measured risk goes to nothing and the target to alpha s0^(2b)."""
    alpha = 2.0 * (0.01**2 + model.FLOOR**2) ** 0.5
    leverage = model.simulate(np.zeros(400), alpha, -0.5, 0.01, np.empty(400))
    assert leverage > 2.0


def test_the_first_step_by_hand() -> None:
    """The fund's weight rises by the noise; the price clears what both want to hold."""
    returns = np.empty(1)
    plain(model.simulate)(np.array([1.0]), 1.0, 0.0, 0.01, returns)
    stock = 0.3 / 25.0
    weight = 0.5 * (1.0 + math.sqrt(0.1) * 0.01)
    fund_cash = (1.0 - stock) * 25.0
    price = (0.3 * 0.7 + weight * fund_cash) / (1.0 - 0.3 * stock - weight * (1.0 - stock))
    assert returns[0] == pytest.approx(math.log(price / 25.0))


def test_too_much_debt_ends_the_market() -> None:
    noise = np.random.default_rng(1).standard_normal(2000)
    assert math.isnan(model.outcome(noise, 20.0, 0.0, 0.006).leverage)


def test_plain_and_compiled_agree() -> None:
    noise, one, other = np.random.default_rng(2).standard_normal(600), np.empty(600), np.empty(600)
    leverage = model.simulate(noise, 0.05, -0.5, 0.006, one)
    assert plain(model.simulate)(noise, 0.05, -0.5, 0.006, other) == pytest.approx(leverage)
    assert one == pytest.approx(other)


def fixed(deviations: list[float], leverages: list[float]) -> dict[tuple[float, float], Run]:
    """Runs of one rule with given outcomes at the first targets; the rest ended."""
    ended = Run(math.nan, math.nan)
    runs = {(0.0, target): ended for target in model.TARGETS}
    for target, deviation, leverage in zip(model.TARGETS, deviations, leverages, strict=False):
        runs[0.0, target] = Run(deviation, leverage)
    return runs


def test_stability_ends_at_the_first_loud_or_dead_run() -> None:
    runs = fixed([1.0, 1.2, 1.6, 1.1], [1.0, 1.5, 2.0, 2.5])
    assert model.stable_leverage(runs, 0.0, 1.5) == 1.5
    assert model.stable_leverage(runs, 0.0, 2.0) == 2.5
    assert math.isnan(model.stable_leverage(runs, 0.0, 0.9))


def test_deviations_are_read_between_two_runs() -> None:
    runs = fixed([1.0, 2.0], [1.0, 3.0])
    assert model.deviation_at(runs, 0.0, 2.5) == pytest.approx(1.75)
    assert math.isnan(model.deviation_at(runs, 0.0, 3.5))
