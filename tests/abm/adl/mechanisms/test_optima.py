"""Rules that claim to be best, against a linear programme or against everybody else."""

import numpy as np
import pytest
from scipy.optimize import linprog

from abm.adl import mechanisms as rules
from abm.units import Floats
from tests.abm.adl.mechanisms.random_books import RandomBook, random_books


def feasible_books(seed: int, count: int):
    """Books whose budget is below the endowments, equity above them where the tail is heavy."""
    for book in random_books(seed, count):
        if 0.0 < book.budget < book.endowment.sum():
            yield book


def least(cost: Floats, rows: Floats, limits: Floats, book: RandomBook) -> float:
    """Smallest cost.(x, M) s.t. rows (x, M) <= limits, sum x = B, 0 <= x <= w, M >= 0."""
    n = book.endowment.size
    total = np.append(np.ones(n), 0.0)[None, :]
    result = linprog(
        cost,
        A_ub=rows,
        b_ub=limits,
        A_eq=total,
        b_eq=[book.budget],
        bounds=[*((0.0, w) for w in book.endowment), (0.0, None)],
    )
    assert result.status == 0
    return float(result.fun)


def test_levelling_leaves_the_smallest_maximum() -> None:
    checked = 0
    for book in feasible_books(seed=21, count=250):
        n = book.endowment.size
        taken = rules.levelling(book.endowment, book.budget).taken_usd
        rows = np.hstack([-np.eye(n), -np.ones((n, 1))])  # w - x <= M
        best = least(np.append(np.zeros(n), 1.0), rows, -book.endowment, book)
        assert (book.endowment - taken).max() == pytest.approx(best, rel=1e-7, abs=1e-9)
        checked += 1
    assert checked > 80


def test_greedy_leaves_the_smallest_next_deficit() -> None:
    """T-f, refined: RAP is strictly worse unless it happens to be the greedy split itself.

    RAP takes from everybody at risk, so the two agree only once it has wiped out all but one. In
    books as small and as unequal as these that is not rare.
    """
    strictly = same = 0
    for book in feasible_books(seed=22, count=400):
        w, equity, rho = book.endowment, book.equity, book.leverage
        n = w.size
        at_risk = np.divide(equity * rho, w, out=np.zeros(n), where=w > 0.0)
        gain = least(np.append(-at_risk, 0.0), np.zeros((1, n + 1)), np.zeros(1), book)
        taken = rules.knapsack_greedy(w, equity, rho, book.budget).taken_usd
        left = rules.expected_shortfall_left(taken, w, equity, rho)
        assert left == pytest.approx(float(equity @ rho) + gain, rel=1e-7, abs=1e-9)
        other = rules.rap(w, rho, book.budget)
        if other.unfilled_usd > 0.0 or len(set(at_risk)) < n:
            continue
        left_by_rap = rules.expected_shortfall_left(other.taken_usd, w, equity, rho)
        if np.abs(other.taken_usd - taken).max() <= 1e-9 * book.budget:
            same += 1
            assert left == pytest.approx(left_by_rap, rel=1e-6)
            assert ((w - taken > 1e-9 * book.budget) & (rho > 0.0)).sum() <= 1
        else:
            strictly += 1
            assert left < left_by_rap
    assert strictly > 50 and same > 10  # both branches were looked at


def test_the_queue_by_density_minimises_what_dollars_leave() -> None:
    for book in feasible_books(seed=23, count=200):
        n = book.endowment.size
        gain = least(np.append(-book.leverage, 0.0), np.zeros((1, n + 1)), np.zeros(1), book)
        taken = rules.queue(book.endowment, book.leverage, book.budget).taken_usd
        assert -float(taken @ book.leverage) == pytest.approx(gain, rel=1e-7, abs=1e-9)


def test_rap_beats_pro_rata_by_the_dollar_and_not_by_the_haircut() -> None:
    """V9: never worse in sum (e - x) rho, with or without w = e; often worse in sum (1-h) e rho."""
    reversed_ = checked = 0
    for book in feasible_books(seed=24, count=1200):
        w, equity, rho = book.endowment, book.equity, book.leverage
        risky, even = rules.rap(w, rho, book.budget), rules.wealth_pro_rata(w, book.budget)
        if risky.unfilled_usd > 0.0:
            continue
        checked += 1
        assert risky.taken_usd @ rho >= even.taken_usd @ rho * (1.0 - 1e-9)
        left = [
            rules.expected_shortfall_left(split.taken_usd, w, e, rho)
            for e in (w, equity)
            for split in (risky, even)
        ]
        assert left[0] <= left[1] * (1.0 + 1e-9) + 1e-12
        reversed_ += left[2] > left[3] * (1.0 + 1e-9)
    assert checked > 300
    assert reversed_ > 20


def test_min_max_levels_are_the_programmes() -> None:
    for book in feasible_books(seed=25, count=250):
        n = book.endowment.size
        cost = np.append(np.zeros(n), 1.0)
        rows = np.hstack([np.eye(n), -book.endowment[:, None]])  # x <= M w
        found = rules.min_max_capacity(book.endowment, book.budget)
        assert found.level == pytest.approx(least(cost, rows, np.zeros(n), book), rel=1e-7)
        equity = book.equity + 0.1
        rows = np.hstack([np.eye(n), -equity[:, None]])  # x <= M e
        found = rules.min_max_equity(book.endowment, equity, book.budget)
        assert found.level == pytest.approx(least(cost, rows, np.zeros(n), book), rel=1e-7)


def random_split(rng: np.random.Generator, w: Floats, budget: float) -> Floats:
    """A feasible split of another rule's shape."""
    return rules.rap(w, rng.exponential(size=w.size), budget).taken_usd


@pytest.mark.parametrize("power", [1.3, 2.0, 4.0])
def test_pro_rata_minimises_the_endowment_weighted_convex_cost(power: float) -> None:
    """V7; unweighted, the sum of phi(h), the minimiser of h^2 is the vector rule instead."""
    rng = np.random.default_rng(26)
    beaten = 0
    for _ in range(300):
        w = rng.pareto(1.2, 5) + 0.1
        budget = 0.3 * float(w.sum())
        even = rules.wealth_pro_rata(w, budget).taken_usd / w
        vector = rules.vector_mirror_descent(w, budget).taken_usd / w
        other = random_split(rng, w, budget) / w
        assert w @ even**power <= w @ other**power * (1.0 + 1e-9)
        assert (vector**2).sum() <= (other**2).sum() * (1.0 + 1e-9)
        assert (vector**2).sum() <= (even**2).sum() * (1.0 + 1e-9)
        beaten += (vector**2).sum() < 0.9 * (even**2).sum()
    assert beaten > 100
