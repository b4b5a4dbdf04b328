"""The vector programme: its projection, its closed form, its gradient, its minimum."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.vector import gradient, objective, project
from tests.abm.adl.mechanisms.random_books import random_books

FULL = rules.Programme(
    gain=1.0, churn_rate=5.0, ridge=0.05, spread=0.3, target=0.4, over=4.0, short=3.0
)


def bisected(haircut, endowment, budget):
    """The theory's h = clip(h~ - tau w, 0, 1), tau by bisection."""
    low, high = -1e6, 1e6
    for _ in range(200):
        middle = 0.5 * (low + high)
        enough = endowment @ np.clip(haircut - middle * endowment, 0.0, 1.0) >= budget
        low, high = (middle, high) if enough else (low, middle)
    return np.clip(haircut - low * endowment, 0.0, 1.0)


def test_projection_is_the_bisection_and_the_nearest_point() -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        n = int(rng.integers(1, 7))
        w, start = rng.uniform(0.1, 3.0, n), rng.normal(0.5, 1.0, n)
        budget = float(w.sum() * rng.choice([0.0, rng.uniform(), 1.0]))
        near = project(start, w, budget)
        assert w @ near == pytest.approx(budget, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(near, bisected(start, w, budget), atol=1e-8)
        for _ in range(5):  # obtuse angle: (start - near).(other - near) <= 0
            other = rules.rap(w, rng.exponential(size=n), budget).taken_usd / w
            assert (start - near) @ (other - near) <= 1e-8


def test_projection_leaves_accounts_without_endowment_alone() -> None:
    near = project(np.array([0.3, 2.0, 0.5]), np.array([0.0, 0.0, 2.0]), 0.4)
    np.testing.assert_allclose(near, [0.3, 1.0, 0.2])
    with pytest.raises(ValueError, match="at most the endowments"):
        project(np.zeros(2), np.ones(2), 2.1)


def test_as_shipped_is_the_projection_of_nothing() -> None:
    for book in random_books(seed=2, count=600):
        if not 0.0 < book.budget <= book.endowment.sum():
            continue
        split = rules.vector_mirror_descent(book.endowment, book.budget)
        haircut = project(np.zeros(book.endowment.size), book.endowment, book.budget)
        np.testing.assert_allclose(
            split.taken_usd, haircut * book.endowment, rtol=1e-9, atol=1e-9 * book.budget
        )


@pytest.mark.parametrize("haircut", [[0.1, 0.1, 0.1], [0.9, 0.8, 0.7], [0.35, 0.6, 0.2]])
def test_gradient_is_the_slope_of_the_objective(haircut: list[float]) -> None:
    w = np.array([0.4, 1.1, 0.7])
    at = np.array(haircut)
    numeric = approx_fprime(at, lambda h: objective(h, w, FULL), 1e-7)
    np.testing.assert_allclose(gradient(at, w, FULL), numeric, atol=1e-5)


def test_the_programme_under_a_budget_reaches_the_minimum() -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        w = rng.uniform(0.2, 3.0, 4)
        deficit = 0.5 * float(w.sum())
        budget = 0.8 * deficit
        found = rules.vector_program(w, deficit, FULL, budget)
        share = w / deficit
        best = minimize(
            objective,
            np.full(4, budget / w.sum()),
            (share, FULL),
            bounds=[(0.0, 1.0)] * 4,
            tol=1e-12,
            constraints={"type": "eq", "fun": lambda h, s=share: s @ h - 0.8},
        )
        assert best.success
        assert found.objective == pytest.approx(best.fun, abs=2e-3)
        assert found.objective >= best.fun - 1e-6
        assert found.split.taken_usd.sum() == pytest.approx(budget)
        assert found.split.unfilled_usd == 0.0
        assert found.objective == pytest.approx(objective(found.haircut, share, FULL))


def test_without_a_budget_the_penalties_choose_the_severity() -> None:
    w, deficit = np.array([2.0, 1.0, 0.5]), 1.5
    found = rules.vector_program(w, deficit, FULL)
    share = w / deficit
    best = min(  # penalties have a kink at the deficit: start on both sides of it
        minimize(objective, np.full(3, h), (share, FULL), bounds=[(0.0, 1.0)] * 3).fun
        for h in (0.2, 0.5, 0.9)
    )
    assert found.objective <= best + 2e-3
    strict = rules.Programme(gain=0.0, ridge=0.0, over=10.0, short=10.0, short_linear=1.0)
    met = rules.vector_program(w, deficit, strict)
    assert met.split.taken_usd.sum() == pytest.approx(deficit, rel=1e-3)


def test_ridge_alone_is_the_rule_as_shipped_and_spread_alone_the_nearest_to_the_target() -> None:
    w, deficit = np.array([3.0, 1.0, 0.4, 0.0]), 2.0
    ridge = rules.vector_program(w, deficit, rules.Programme(gain=0.0, ridge=1.0), 2.0)
    shipped = rules.vector_mirror_descent(w, 2.0).taken_usd
    np.testing.assert_allclose(ridge.split.taken_usd, shipped, atol=1e-2)
    only = rules.Programme(gain=0.0, ridge=0.0, spread=1.0, target=0.6)
    spread = rules.vector_program(w, deficit, only, 2.0)
    np.testing.assert_allclose(spread.haircut, project(np.full(4, 0.6), w, 2.0), atol=1e-2)


def test_a_budget_out_of_reach_is_reported() -> None:
    found = rules.vector_program(np.array([1.0, 2.0]), 5.0, rules.Programme(), 4.0)
    np.testing.assert_allclose(found.split.taken_usd, [1.0, 2.0])
    assert found.split.unfilled_usd == pytest.approx(1.0)


@pytest.mark.parametrize(
    "wrong", [{"gain": -1.0}, {"ridge": np.nan}, {"target": 1.1}, {"over": np.inf}]
)
def test_programme_rejects(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        rules.Programme(**wrong)
