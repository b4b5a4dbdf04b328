"""The rules behind the 10 October 2025 record, on small cases that need no recorded data."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from abm.adl.mechanisms import min_max_equity, min_max_lots, positions_of
from abm.adl.mechanisms.controllers import dynamic_regret_bound
from experiments.validate.oct10.deficits import repeated
from experiments.validate.oct10.published import Published, shipped
from experiments.validate.oct10.record import Row
from experiments.validate.oct10.severity_path import best_constant, descent, losses
from experiments.validate.oct10.totals import discounted


def program(equity: np.ndarray, capacity: np.ndarray, budget: float) -> tuple[float, float]:
    """Least largest burden by a linear program, and the value of its dual."""
    n = equity.size
    matrix = np.vstack([np.column_stack([np.eye(n), -equity]), np.append(-np.ones(n), 0.0)])
    right = np.append(np.zeros(n), -budget)
    bounds = [*((0.0, c) for c in capacity), (0.0, None)]
    solved = linprog(np.append(np.zeros(n), 1.0), matrix, right, bounds=bounds, method="highs")
    assert solved.status == 0
    dual = right @ solved.ineqlin.marginals + capacity @ solved.upper.marginals[:n]
    return float(solved.fun), float(dual)


def released_rule(equity: np.ndarray, capacity: np.ndarray, budget: float) -> np.ndarray:
    """Equity pro-rata as the release computes it: what caps cut off is shared out again."""
    taken, left = np.zeros_like(capacity), budget
    while left > 1e-12 and (taken < capacity - 1e-12).any():
        weight = np.where(taken < capacity - 1e-12, equity, 0.0)
        more = np.minimum(left * weight / weight.sum(), capacity - taken)
        taken, left = taken + more, left - more.sum()
    return taken


def book(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Heavy-tailed equities, profits of at most that, a budget they can pay."""
    rng = np.random.default_rng(seed)
    equity = rng.pareto(1.2, 12) + 0.1
    capacity = equity * rng.uniform(0.01, 1.0, 12)
    return equity, capacity, float(rng.uniform(0.05, 0.95) * capacity.sum())


@pytest.mark.parametrize("seed", range(20))
def test_the_released_equity_pro_rata_is_the_min_max_optimum(seed: int) -> None:
    """The certificate: primal, dual, the released rule and the project's own agree."""
    equity, capacity, budget = book(seed)
    primal, dual = program(equity, capacity, budget)
    taken = released_rule(equity, capacity, budget)
    assert dual == pytest.approx(primal, rel=1e-7)
    assert taken.sum() == pytest.approx(budget)
    assert (taken / equity).max() == pytest.approx(dual, rel=1e-7)
    assert min_max_equity(capacity, equity, budget).level == pytest.approx(dual, rel=1e-7)
    assert dual <= budget / capacity.sum() + 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_whole_lots_never_undercut_the_bound(seed: int) -> None:
    """What the ILP column promised: its optimum lies above the bound, and below 1."""
    equity, capacity, budget = book(seed)
    lot_usd = np.full(12, capacity.sum() / 200.0)
    positions = positions_of(np.arange(12), capacity // lot_usd, lot_usd, 12)
    budget = min(budget, 0.5 * float((capacity // lot_usd * lot_usd).sum()))
    exact = min_max_lots(positions, equity, budget)
    assert exact.status == "optimal"
    assert program(equity, capacity, budget)[0] <= exact.objective + 1e-9 <= 1.0


def test_a_shortfall_repeats_only_when_it_is_the_same_number() -> None:
    found = repeated(np.array([5.0, 3.0, 5.0 + 1e-9, 4.0, 3.0001]))
    assert found.tolist() == [True, False, True, False, False]


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 10.0)), min_size=1, max_size=12))
def test_no_constant_severity_beats_the_best(path: list[tuple[float, float]]) -> None:
    target, deficit = (np.array(column) for column in zip(*path, strict=True))
    best = best_constant(target, deficit)
    loss = lambda theta: float((deficit * np.abs(theta - target)).sum())
    assert min(loss(theta) for theta in np.append(target, [0.0, 0.5, 1.0])) >= loss(best) - 1e-9


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 10.0)), min_size=2, max_size=12))
def test_tuned_descent_stays_below_its_bound(path: list[tuple[float, float]]) -> None:
    target, deficit = (np.array(column) for column in zip(*path, strict=True))
    loss = float((deficit * np.abs(descent(target, deficit) - target)).sum())
    assert loss <= dynamic_regret_bound(target, deficit) + 1e-9


def test_players_on_a_path_by_hand() -> None:
    """D = 10, 10; needed 2, 12: severities 0.2 and 1 are needed."""
    found = losses(*(np.array(pair) for pair in ([2.0, 12.0], [10.0, 10.0], [5.0, 30.0], [7, 7])))
    assert found["nothing"] == pytest.approx(12.0)
    assert found["everything"] == pytest.approx(8.0)
    assert found["last"] == pytest.approx(2.0 + 8.0)
    assert found["constant"] == pytest.approx(8.0)
    assert found["production"] == pytest.approx(3.0)


def test_discounting_a_constant_leaves_it() -> None:
    horizons = np.array([0.0, 500.0, 5000.0])
    assert discounted(np.full(3, 7.0), horizons, 1000.0) == pytest.approx(7.0)


def test_discounting_soon_keeps_what_is_soon() -> None:
    horizons = np.array([0.0, 500.0, 5000.0])
    values = np.array([1.0, 1.0, 9.0])
    assert discounted(values, horizons, 100.0) < discounted(values, horizons, 10_000.0)


@pytest.mark.parametrize(
    ("printed", "recomputed", "agrees"),
    [
        ("129.7e6", 129_699_802.43, True),
        ("129.7e6", 129_600_000.0, False),
        ("7.06", 7.0595, True),
        ("0.00", 4e-9, True),
        ("3404185.00", 3_404_185.004, True),
        ("3404185.00", 3_404_185.006, False),
    ],
)
def test_agreement_is_to_the_last_printed_digit(
    printed: str, recomputed: float, agrees: bool
) -> None:
    assert Published(Decimal(printed), "here").agrees(recomputed) is agrees


def test_a_row_says_what_it_is() -> None:
    published = shipped(2.004, "file.csv")
    row = lambda value, known: Row("s", "q", value, "USD", published=known)
    assert row(2.0, published).agrees == "yes"
    assert row(2.01, published).agrees == "no"
    assert row(2.0, replace(published, is_about=True)).agrees == "about"
    assert row(2.01, published).difference == pytest.approx(0.01)
    assert row(1.0, None).agrees == "new"
    assert row(float("nan"), published).agrees == "not recomputable"
