"""MDIC: its gradient against differences, its constraints, and what is promised of them."""

import numpy as np
import pytest

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.controllers import weighted_taken
from abm.adl.mechanisms.dual_controller import CONSTRAINTS, Round


def lagrangian(controller, theta, weights, prices, round_):
    taken = weighted_taken(round_.endowment_usd, weights, theta * round_.deficit_usd)
    haircut = taken / round_.endowment_usd
    return controller.loss(theta, haircut, round_) + float(
        prices @ controller.constraints(theta, haircut, round_)
    )


def test_gradient_is_the_slope_of_the_lagrangian() -> None:
    rng = np.random.default_rng(1)
    controller = rules.DualController(churn=3.0)
    saturated = 0
    for _ in range(200):
        n = int(rng.integers(2, 6))
        round_ = Round(rng.uniform(0.3, 4.0, n), float(rng.uniform(1.0, 6.0)), 1.0, 0.2)
        weights, theta = rng.dirichlet(np.ones(n)), float(rng.uniform(0.2, 0.9))
        prices = rng.uniform(0.0, 2.0, 3)
        slope_theta, slope_weights = controller._gradient(theta, weights, prices, round_)
        step = 1e-7
        moved = [lagrangian(controller, theta + s * step, weights, prices, round_) for s in (1, -1)]
        assert slope_theta == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=1e-3, abs=1e-4)
        for j in range(n):
            towards = np.eye(n)[j] * step
            moved = [
                lagrangian(controller, theta, weights + s * towards, prices, round_)
                for s in (1, -1)
            ]
            numeric = (moved[0] - moved[1]) / (2 * step)
            assert slope_weights[j] == pytest.approx(numeric, rel=1e-3, abs=1e-4)
        taken = weighted_taken(round_.endowment_usd, weights, theta * round_.deficit_usd)
        saturated += (taken == round_.endowment_usd).any()
    assert 20 < saturated < 180


def test_constraints_by_hand() -> None:
    controller = rules.DualController(churn=2.0, lost_value=0.1, haircut_cap=0.25)
    round_ = Round(np.array([1.0, 3.0]), 2.0, 1.0, 0.5)
    values = controller.constraints(0.5, np.array([0.5, 0.1]), round_)
    kept = 0.25 * np.exp(-1.0) + 0.75 * np.exp(-0.2)
    assert dict(zip(CONSTRAINTS, values, strict=True)) == pytest.approx(
        {"retention": 0.9 - kept, "fund": 0.5 - 0.25, "cap": 0.5 - 0.25}
    )
    assert controller.loss(0.7, np.array([0.5, 0.1]), round_) == pytest.approx(0.2 + 0.1 * 0.5)


def stationary(rounds: int) -> tuple[Round, ...]:
    return (Round(np.array([5.0, 3.0, 2.0, 2.0]), 4.0, 3.2, 1.2),) * rounds


def test_average_violation_vanishes_and_prices_find_the_binding_constraint() -> None:
    # theta* = 0.8 is feasible; pro-rata takes h = 0.27, and the fund pays 0.3 >= 1 - theta
    controller = rules.DualController(churn=1.0, lost_value=0.5)
    worst = [
        np.maximum(controller.run(stationary(rounds)).violation.mean(axis=0), 0.0).max()
        for rounds in (50, 800)
    ]
    assert worst[1] <= max(0.5 * worst[0], 1e-3)
    path = controller.run(stationary(800))
    assert path.theta[-100:].mean() == pytest.approx(0.8, abs=0.05)
    tight = rules.DualController(churn=1.0, lost_value=0.5, haircut_cap=0.2)
    bound = tight.run(stationary(3000))
    # the cap now forbids theta* = 0.8: pro-rata at h = 0.2 raises 2.4 = 0.6 D
    assert bound.theta[-500:].mean() < 0.75
    assert bound.prices[-1, 2] > 0.1
    assert max(bound.violation[-1500:, 2].mean(), 0.0) < 0.05


def test_every_round_balances_and_starts_even() -> None:
    path = rules.DualController().run(stationary(30))
    w, deficit = np.array([5.0, 3.0, 2.0, 2.0]), 4.0
    np.testing.assert_allclose(path.taken_usd.sum(axis=1), path.theta * deficit)
    assert (path.taken_usd <= w).all()
    np.testing.assert_allclose(path.taken_usd[0], rules.wealth_pro_rata(w, 2.0).taken_usd)
    assert path.theta[0] == 0.5
    assert (path.prices[0] == 0.0).all()
    assert (path.prices >= 0.0).all()


def test_steps_shrink_with_the_root_of_the_round() -> None:
    controller = rules.DualController(churn=1.0, haircut_cap=0.1, theta_rate=0.2, price_rate=0.3)
    path = controller.run(stationary(12))
    root = np.sqrt(np.arange(1.0, 12.0))[:, None]
    prices = np.maximum(path.prices[:-1] + 0.3 / root * path.violation[:-1], 0.0)
    np.testing.assert_allclose(path.prices[1:], prices, rtol=1e-12)
    assert (prices > 0.0).any()
    slope, _ = controller._gradient(0.5, np.full(4, 0.25), np.zeros(3), stationary(1)[0])
    assert path.theta[1] == pytest.approx(0.5 - 0.2 * slope)


def test_units_do_not_matter() -> None:
    one = rules.DualController().run(stationary(40))
    round_ = stationary(1)[0]
    scaled = Round(round_.endowment_usd * 1e6, *(value * 1e6 for value in round_[1:]))
    other = rules.DualController().run((scaled,) * 40)
    np.testing.assert_allclose(other.theta, one.theta, rtol=1e-9)
    np.testing.assert_allclose(other.taken_usd, one.taken_usd * 1e6, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"endowment_usd": np.array([1.0, 0.0])}, "endowment_usd"),
        ({"endowment_usd": np.array([1.0, np.nan])}, "endowment_usd"),
        ({"endowment_usd": np.ones(3)}, "one length"),
        ({"deficit_usd": 0.0}, "deficit_usd"),
        ({"needed_usd": np.nan}, "needed_usd"),
        ({"fund_usd": -1.0}, "fund_usd"),
    ],
)
def test_rejects_a_round(change: dict, message: str) -> None:
    good = Round(np.ones(2), 1.0, 0.5, 0.1)
    with pytest.raises(ValueError, match=message):
        rules.DualController().run((good, good._replace(**change)))


def test_rejects_no_rounds_and_bad_parameters() -> None:
    with pytest.raises(ValueError, match="rounds is empty"):
        rules.DualController().run(())
    for wrong in ({"mixing": 0.0}, {"first": 1.2}, {"churn": np.nan}, {"price_rate": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            rules.DualController(**wrong)
