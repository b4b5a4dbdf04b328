"""What every allocation rule must keep, on random books: balance, bounds, units, names, order."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from tests.abm.adl.mechanisms.random_books import RandomBook, random_books
from tests.strategies import QUICK

Rule = Callable[[RandomBook], Split]

RULES: dict[str, Rule] = {
    "queue": lambda b: rules.queue(b.endowment, b.score, b.budget),
    "queue, ties shared": lambda b: rules.queue(b.endowment, b.score, b.budget, "pro_rata"),
    "lottery": lambda b: rules.lottery(b.endowment, b.budget, np.random.default_rng(0)),
    "wealth_pro_rata": lambda b: rules.wealth_pro_rata(b.endowment, b.budget),
    "equity_pro_rata": lambda b: rules.equity_pro_rata(b.endowment, b.equity, b.budget),
    "pnl_pro_rata": lambda b: rules.pnl_pro_rata(b.endowment, b.equity, b.budget),
    "capped_pro_rata": lambda b: rules.capped_pro_rata(b.endowment, b.caps, b.budget),
    "levered_pro_rata": lambda b: rules.levered_pro_rata(b.endowment, b.leverage, b.budget),
    "rap": lambda b: rules.rap(b.endowment, rules.linear(b.leverage), b.budget),
    "rap, capped": lambda b: rules.rap(b.endowment, rules.cvar(b.leverage, 1.0), b.budget, b.caps),
    "knapsack_greedy": lambda b: rules.knapsack_greedy(b.endowment, b.equity, b.leverage, b.budget),
    "levelling": lambda b: rules.levelling(b.endowment, b.budget),
    "equal_dollar": lambda b: rules.equal_dollar(b.endowment, b.budget),
    "min_max_capacity": lambda b: rules.min_max_capacity(b.endowment, b.budget).split,
    "min_max_equity": lambda b: rules.min_max_equity(b.endowment, b.equity, b.budget).split,
    "vector_mirror_descent": lambda b: rules.vector_mirror_descent(b.endowment, b.budget),
    "tiered": lambda b: Split(
        *rules.tiered(np.array([b.endowment / 4, b.endowment]), b.budget)[:2]
    ),
    "no_adl": lambda b: rules.no_adl(b.endowment, b.budget),
}

REACH: dict[str, Callable[[RandomBook], Floats]] = {
    "equity_pro_rata": lambda b: b.endowment * (b.equity > 0.0),
    "pnl_pro_rata": lambda b: b.endowment * (b.equity > 0.0),
    "min_max_equity": lambda b: b.endowment * (b.equity > 0.0),
    "capped_pro_rata": lambda b: b.endowment * b.caps,
    "levered_pro_rata": lambda b: b.endowment * (b.leverage > 0.0),
    "rap": lambda b: b.endowment * (b.leverage > 0.0),
    "rap, capped": lambda b: b.endowment * b.caps * (b.leverage > 1.0),
    "tiered": lambda b: 1.25 * b.endowment,
    "no_adl": lambda b: 0.0 * b.endowment,
}
"""The most that a rule may take, where it is not the endowment."""


@pytest.mark.parametrize("name", RULES)
def test_balance_and_bounds(name: str) -> None:
    for book in random_books(seed=11, count=600):
        taken, unfilled = RULES[name](book)
        reach = REACH.get(name, lambda b: b.endowment)(book)
        tolerance = 1e-12 * max(1.0, float(book.endowment.sum()))
        assert taken.sum() == pytest.approx(min(book.budget, reach.sum()), rel=1e-9, abs=tolerance)
        assert taken.sum() + unfilled == pytest.approx(book.budget, rel=1e-9, abs=tolerance)
        assert (taken >= 0.0).all()
        assert (taken <= reach * (1.0 + 1e-12)).all()
        assert unfilled >= 0.0


@pytest.mark.parametrize("name", RULES)
def test_an_empty_book_leaves_the_budget(name: str) -> None:
    none = np.array([])
    taken, unfilled = RULES[name](RandomBook(none, none, none, none, none, 3.0))
    assert taken.shape == (0,)
    assert unfilled == 3.0


@pytest.mark.parametrize("name", RULES)
def test_the_unit_of_account_does_not_matter(name: str) -> None:
    for book in random_books(seed=12, count=200):
        base = RULES[name](book)
        for factor in (2.0**30, 2.0**-20, 3.7):
            scaled = book._replace(
                endowment=book.endowment * factor,
                equity=book.equity * factor,
                budget=book.budget * factor,
            )
            taken, unfilled = RULES[name](scaled)
            total = float(book.endowment.sum())
            np.testing.assert_allclose(taken / factor, base[0], rtol=1e-9, atol=1e-12 * total)
            assert unfilled / factor == pytest.approx(base[1], rel=1e-9, abs=1e-12 * total)


@pytest.mark.parametrize("name", [name for name in RULES if name != "lottery"])
def test_names_do_not_matter(name: str) -> None:
    rng = np.random.default_rng(13)
    for book in random_books(seed=13, count=300):
        n = book.endowment.size
        if name in ("queue", "knapsack_greedy"):  # ties go by id: only without ties
            book = book._replace(score=rng.permutation(n) + 0.5, equity=np.arange(1.0, n + 1.0))
            book = book._replace(leverage=book.leverage + 0.1 * rng.random(n))
        order = rng.permutation(n)
        base = RULES[name](book).taken_usd
        columns = (column[order] for column in book[:-1])
        shuffled = RULES[name](RandomBook(*columns, book.budget)).taken_usd
        np.testing.assert_allclose(
            shuffled, base[order], rtol=1e-9, atol=1e-12 * float(book.endowment.sum())
        )


@pytest.mark.parametrize("name", RULES)
def test_a_larger_budget_takes_from_nobody_less(name: str) -> None:
    for book in random_books(seed=14, count=200):
        before = RULES[name](book).taken_usd
        after = RULES[name](book._replace(budget=book.budget * 1.3 + 0.1)).taken_usd
        assert (after >= before - 1e-9 * max(1.0, book.budget)).all()


@pytest.mark.parametrize("name", ["wealth_pro_rata", "levelling", "equal_dollar", "min_max_equity"])
def test_a_smooth_rule_does_not_jump(name: str) -> None:
    for book in random_books(seed=15, count=200):
        if not book.budget < 0.99 * book.endowment[book.equity > 0.0].sum():
            continue  # at the end of the reach M has nothing to hold on to
        near = book._replace(endowment=book.endowment * (1.0 + 1e-9))
        moved = np.abs(RULES[name](near).taken_usd - RULES[name](book).taken_usd)
        assert moved.sum() <= 1e-7 * book.endowment.sum()


def test_queues_are_vertices_and_respect_the_order() -> None:
    for book in random_books(seed=16, count=1000):
        taken = rules.queue(book.endowment, book.score, book.budget).taken_usd
        assert ((taken > 0.0) & (taken < book.endowment)).sum() <= 1
        order = sorted(range(taken.size), key=lambda i: (-book.score[i], i))
        for first, second in itertools.pairwise(order):
            assert taken[second] == 0.0 or taken[first] == book.endowment[first]


def test_a_queue_sees_scores_that_float32_would_merge() -> None:
    score = np.array([1.0, 1.0 + 1e-12, 1.0 + 2e-12])
    assert len(set(score.astype(np.float32))) == 1
    assert rules.queue(np.ones(3), score, 1.0).taken_usd.tolist() == [0.0, 0.0, 1.0]
    huge = np.array([1e300, -np.inf, np.inf])
    assert rules.queue(np.ones(3), huge, 2.0).taken_usd.tolist() == [1.0, 0.0, 1.0]


def test_capped_with_slack_caps_is_min_max_is_pro_rata() -> None:
    slack = 0
    for book in random_books(seed=17, count=800):
        total = float(book.endowment.sum())
        if total == 0.0 or book.budget / total > book.caps.min():
            continue
        slack += 1
        capped = rules.capped_pro_rata(book.endowment, book.caps, book.budget)
        even = rules.min_max_capacity(book.endowment, book.budget)
        np.testing.assert_allclose(capped.taken_usd, even.split.taken_usd, rtol=1e-9)
        assert even.level == pytest.approx(book.budget / total)
        np.testing.assert_allclose(capped.taken_usd, book.endowment * book.budget / total)
    assert slack > 150


def test_equity_min_max_with_slack_endowments_is_the_budget_over_equity() -> None:
    slack = 0
    for book in random_books(seed=18, count=800):
        equity = book.endowment * 3.0 + 1.0
        level = book.budget / equity.sum()
        if (level * equity <= book.endowment).all():
            slack += 1
            found = rules.min_max_equity(book.endowment, equity, book.budget)
            assert found.level == pytest.approx(level)
    assert slack > 100


def test_levered_pro_rata_balances_where_the_printed_formula_does_not() -> None:
    w, leverage = np.array([4.0, 4.0]), np.array([1.0, 3.0])
    split = rules.levered_pro_rata(w, leverage, 6.0)
    np.testing.assert_allclose(split.taken_usd, [2.0, 4.0])
    np.testing.assert_allclose(rules.levered_pro_rata(w, leverage, 4.0).taken_usd, [1.0, 3.0])


def test_heterogeneous_caps_break_monotonicity() -> None:
    # A5: a large uncapped account may end below a small capped one
    w, caps = np.array([10.0, 9.0]), np.array([1.0, 0.1])
    left = w - rules.capped_pro_rata(w, caps, 9.0).taken_usd
    assert left[0] < left[1]


amounts = st.lists(st.floats(0.0, 1e12), max_size=12)


@QUICK
@given(amounts, st.floats(0.0, 1e13))
def test_pro_rata_of_any_amounts(values: list[float], budget: float) -> None:
    w = np.array(values)
    for rule in (rules.wealth_pro_rata, rules.equal_dollar, rules.levelling):
        taken, unfilled = rule(w, budget)
        assert ((taken >= 0.0) & (taken <= w)).all()
        assert taken.sum() + unfilled == pytest.approx(budget, rel=1e-9)
