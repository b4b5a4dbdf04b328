"""Severity rules and controllers against oracles written from the theory, without our code."""

import numpy as np
import pytest

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.controllers import (
    dynamic_regret_bound,
    lagged_budget,
    levered_fixed_point,
    needed_severity,
    path_length,
    tracking_loss,
    tuned_step,
)
from abm.adl.mechanisms.severity import learned_slopes, severity_cap, upper_quantile
from tests.abm.adl.mechanisms.random_books import random_books
from tests.oracles import theory_prices as prices
from tests.oracles import theory_severity as oracle

PATHS = 400


def test_matched_and_fixed() -> None:
    for book in random_books(seed=1, count=2000):
        capacity = float(book.endowment.sum())
        theta, budget = oracle.match(capacity, book.budget)
        assert rules.matched_severity(book.budget, capacity) == theta
        taken = rules.smart_queue(book.endowment, book.score, book.budget).taken_usd
        assert taken.sum() == pytest.approx(budget)
    assert rules.fixed_severity(0.3) == oracle.fixed(0.3, 9.0, 10.0)[0]
    assert rules.matched_severity(5.0, 0.0) == 0.0
    assert rules.matched_severity(0.0, 0.0) == 1.0


def test_interpolated() -> None:
    for weight in (0.0, 0.25, 1.0):
        expected = oracle.interpolated(weight, 0.8, 0.2)
        assert rules.interpolated_severity(0.8, 0.2, weight) == pytest.approx(expected)


def test_extreme_value_and_its_quantile() -> None:
    for book in random_books(seed=2, count=1000, accounts=40):
        for k in (1, 2, 3, 7, 10, 100):
            values = [*book.endowment]
            assert upper_quantile(book.endowment, 1 / k) == oracle.upper_quantile(values, k)
            theta = rules.extreme_value_severity(book.endowment, 0.4, 1 / k)
            assert theta == pytest.approx(oracle.extreme_value(values, 0.4, k), rel=1e-12)


def test_backoff_and_its_cap() -> None:
    rng = np.random.default_rng(3)
    for _ in range(PATHS):
        rounds, window = int(rng.integers(0, 20)), int(rng.integers(1, 6))
        shocks = rng.random(rounds) < 0.4
        top, deficit = rng.pareto(1.2, rounds) + 0.1, rng.pareto(1.2, rounds) + 0.1
        ratio = float(rng.uniform(0.1, 9.0))
        caps = [oracle.backoff_cap(ratio, v, d) for v, d in zip(top, deficit, strict=True)]
        expected = oracle.backoff(0.7, 0.6, [*shocks], window, caps)
        ours = [severity_cap(v, d, ratio) for v, d in zip(top, deficit, strict=True)]
        path = np.minimum(rules.backoff_severity(shocks, 0.7, 0.6, window), ours)
        np.testing.assert_allclose(path, expected, rtol=1e-12)
    assert severity_cap(1.0, 1e9, np.inf) == 1.0
    assert severity_cap(1.0, 0.0, 2.0) == 1.0


def test_backoff_as_published_never_moves() -> None:
    path = rules.backoff_severity_as_published(7, 0.4, 0.5)
    assert path.tolist() == oracle.backoff_v1(0.4, 0.5, 7) == [0.4] * 7
    meant = rules.backoff_severity(np.ones(7, np.bool_), 0.4, 0.5, 2)
    assert meant.tolist() == pytest.approx([0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1])


def test_no_wait() -> None:
    rng = np.random.default_rng(4)
    for _ in range(2000):
        theta, deficit = float(rng.random()), float(rng.choice([0.0, rng.random(), 5.0]))
        premium = float(rng.choice([0.0, rng.random() * 6.0, deficit]))
        expected = oracle.no_wait(theta, deficit, premium)
        assert rules.no_wait_severity(theta, deficit, premium) == pytest.approx(expected)


def test_ex_ante_budget_and_learned_slopes() -> None:
    rng = np.random.default_rng(5)
    for _ in range(PATHS):
        slopes, qty = rng.uniform(0.0, 2.0, 12), rng.uniform(0.0, 5.0, 12)
        steps = oracle.falling_steps(0.8, 12)
        estimates, budgets = oracle.ex_ante(0.3, slopes.tolist(), qty.tolist(), steps, (0.0, 2.0))
        ours = learned_slopes(slopes, 0.3, 0.8, 2.0)
        np.testing.assert_allclose(ours, estimates, rtol=1e-12)
        announced = [rules.exante_budget(a, q) for a, q in zip(ours, qty, strict=True)]
        np.testing.assert_allclose(announced, budgets, rtol=1e-12)
        needed = [prices.needed_budget_of_impact(a, q) for a, q in zip(slopes, qty, strict=True)]
        seen = [rules.exante_budget(a, q) for a, q in zip(slopes, qty, strict=True)]
        np.testing.assert_allclose(seen, needed, rtol=1e-12)


def test_newsvendor_fund() -> None:
    rng = np.random.default_rng(6)
    for _ in range(PATHS):
        losses = np.round(rng.pareto(1.1, int(rng.integers(1, 25))), int(rng.integers(0, 5)))
        holding, penalty = float(rng.integers(0, 12)) / 10, float(rng.integers(1, 12)) / 10
        ours = rules.newsvendor_fund(losses, holding, penalty)
        if holding > 0.0:  # without a holding cost every larger fund is as good
            assert ours == oracle.newsvendor_fund([*losses], holding, penalty)
        cost = oracle.fund_cost(ours, [*losses], holding, penalty)
        others = [oracle.fund_cost(k, [*losses], holding, penalty) for k in [0.0, *losses]]
        assert cost <= min(others) + 1e-12


def severity_paths(seed: int):
    """Deficits, needed budgets and largest endowments of T rounds, some without deficit."""
    rng = np.random.default_rng(seed)
    for _ in range(PATHS):
        rounds = int(rng.integers(1, 25))
        deficit = rng.pareto(1.3, rounds) * (rng.random(rounds) < 0.8)
        yield rng, deficit, deficit * rng.uniform(0.0, 1.4, rounds), rng.pareto(1.3, rounds)


@pytest.mark.parametrize("step", [rules.ConstantStep(0.3), rules.RootStep(0.3)])
def test_severity_gradient(step: rules.ConstantStep | rules.RootStep) -> None:
    for _, deficit, needed, _ in severity_paths(seed=7):
        wanted = oracle.needed_severity(
            needed.tolist(), deficit.tolist()
        )  # NaN in rounds without deficit
        if (deficit > 0.0).all():
            assert needed_severity(needed, deficit).tolist() == wanted
        steps = [step.at(t) for t in range(1, deficit.size + 1)]
        for cap in (1.0, 0.4):
            path = rules.SeverityGradient(step, first=0.2).run(
                np.array(wanted), deficit, np.full(deficit.size, cap)
            )
            expected = oracle.gradient_path(0.2, wanted, deficit.tolist(), steps, cap)
            np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-15)
        known = np.where(deficit > 0.0, wanted, 0.0)  # without a deficit any severity costs nothing
        losses = tracking_loss(path, known, deficit)
        np.testing.assert_allclose(losses, oracle.severity_losses(path, wanted, deficit.tolist()))


def test_tuned_step_keeps_the_published_regret_bound() -> None:
    worst = 0.0
    for _, deficit, needed, _ in severity_paths(seed=8):
        some = deficit > 0.0
        if not some.any():
            continue
        deficit, wanted = deficit[some], needed_severity(needed[some], deficit[some])
        step = tuned_step(wanted, deficit)
        assert step.rate == pytest.approx(oracle.tuned_step(path_length(wanted), [*deficit]))
        path = rules.SeverityGradient(step, first=0.5).run(wanted, deficit, np.ones(deficit.size))
        regret = tracking_loss(path, wanted, deficit).sum()
        worst = max(worst, regret / dynamic_regret_bound(wanted, deficit))
    assert 0.1 < worst <= 1.0


@pytest.mark.parametrize("normalised", [False, True])
def test_surrogate_descent(normalised: bool) -> None:
    prices_ = (0.3, 0.2, 5.0)
    surrogate, step = rules.Surrogate(*prices_), rules.RootStep(0.05)
    for rng, deficit, _, top in severity_paths(seed=9):
        descent = rules.SurrogateDescent(
            surrogate, step, first=0.1, gradient="deficit" if normalised else "usd"
        )
        cap = float(rng.uniform(0.1, 1.0))
        path = descent.run(deficit, top, np.full(deficit.size, cap))
        steps = [step.at(t) for t in range(1, deficit.size + 1)]
        expected = oracle.surrogate_path(
            0.1, deficit.tolist(), top.tolist(), prices_, steps, normalised, cap
        )
        np.testing.assert_allclose(path, expected, rtol=1e-12)
        assert (np.diff(path) >= 0.0).all()  # it can only climb to the cap
        for theta in (0.0, 0.3, 1.0, 1.6):
            book = theta, float(deficit[0]), float(top[0])
            assert surrogate.loss(*book) == pytest.approx(oracle.surrogate(*book, prices_))
            slope = oracle.surrogate_slope(*book, prices_, normalised=False)
            assert surrogate.slope(*book) == pytest.approx(slope)


def test_backtracking_shortens_a_step_that_overshoots() -> None:
    # theta above 1 is the only place where the surrogate rises: a cap above 1 lets it go there.
    descent = rules.SurrogateDescent(rules.Surrogate(1.0, 0.0, 10.0), rules.ConstantStep(1.0), 0.9)
    path = descent.run(np.full(4, 1.0), np.zeros(4), np.full(4, 3.0))
    losses = [descent.surrogate.loss(theta, 1.0, 0.0) for theta in path]
    assert losses == sorted(losses, reverse=True)
    assert path.max() < 1.9  # the full step would have gone there
    assert path[-1] == pytest.approx(1.05, abs=0.05)  # f' = 0 at 1 + 1 / 20


def test_lagged_budgets() -> None:
    for _, deficit, _, _ in severity_paths(seed=10):
        theta = np.linspace(0.1, 0.9, deficit.size)
        # the first round is published before any deficit is known: unknown, not its own deficit
        np.testing.assert_array_equal(
            lagged_budget(theta, deficit), oracle.lagged_budgets([*theta], [*deficit])
        )


def test_levered_fixed_point_is_one_and_starts_the_descent() -> None:
    inside = 0
    for book in random_books(seed=11, count=1000):
        deficit = max(book.budget, 1e-3)
        theta = levered_fixed_point(book.endowment, book.leverage, deficit)
        raised = book.endowment @ np.minimum(1.0, theta * book.leverage)
        if 0.0 < theta < 1.0:
            inside += 1
            assert raised == pytest.approx(theta * deficit, rel=1e-9)
            taken = rules.levered_pro_rata(book.endowment, book.leverage, theta * deficit)[0]
            haircut = np.minimum(1.0, theta * book.leverage) * book.endowment
            np.testing.assert_allclose(taken, haircut, rtol=1e-6, atol=1e-9)
        elif theta == 1.0:
            assert raised >= deficit * (1.0 - 1e-9)
        else:
            assert book.endowment @ book.leverage <= deficit
    assert inside > 200
    cold = rules.SurrogateDescent(rules.Surrogate(1.0, 0.0, 1.0), rules.RootStep(0.1), 0.0)
    first_book = (np.array([4.0, 2.0]), np.array([0.5, 3.0]))
    warm = rules.WarmStartedDescent(cold).run(np.full(3, 5.0), np.ones(3), np.ones(3), first_book)
    assert warm[0] == levered_fixed_point(*first_book, 5.0) > 0.0


def test_entropic_weights() -> None:
    rng = np.random.default_rng(12)
    endowment, budget = rng.pareto(1.2, (6, 4)) + 0.1, rng.uniform(0.1, 0.3, 6)
    price = rng.normal(size=(6, 4))
    taken = rules.EntropicWeights(rules.RootStep(0.7)).run(endowment, budget, price)
    weights = np.ones(4)
    for t in range(6):  # rap with r = v is the water-filling of v w
        expected = rules.rap(endowment[t], weights, budget[t]).taken_usd
        np.testing.assert_allclose(taken[t], expected, rtol=1e-12)
        weights = weights * np.exp(-0.7 / np.sqrt(t + 1) * price[t])
    np.testing.assert_allclose(taken[0], rules.wealth_pro_rata(endowment[0], budget[0]).taken_usd)


def test_entropic_weights_survive_prices_of_any_size() -> None:
    price = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e3], [0.0, 0.0, 0.0]])
    taken = rules.EntropicWeights(rules.ConstantStep(1.0)).run(
        np.ones((3, 3)), np.full(3, 0.5), price
    )
    np.testing.assert_allclose(taken[1], [0.0, 0.5, 0.0], atol=1e-12)
    assert np.isfinite(taken).all()
