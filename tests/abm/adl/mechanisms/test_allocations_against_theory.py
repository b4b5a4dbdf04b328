"""Allocation rules against oracles written from the theory by somebody who saw no code of ours."""

from collections.abc import Callable

import numpy as np
import pytest

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.split import Split
from tests.abm.adl.mechanisms.random_books import RandomBook, budget_share, random_books
from tests.oracles import theory_rules as oracle

BOOKS = 2000
Pair = tuple[Callable[[RandomBook], Split], Callable[[RandomBook], oracle.Allocation]]


def profits(book: RandomBook) -> np.ndarray:
    """A PNL column whose winners are capped by equity, with some losers in it."""
    return book.endowment * np.where(book.score < 0.5, 1.7, 0.6) - 0.3


RULES: dict[str, Pair] = {
    "A1 queue": (
        lambda b: rules.queue(b.endowment, b.score, b.budget),
        lambda b: oracle.queue([*b.endowment], [*b.score], b.budget),
    ),
    "A1 queue, ties pro rata": (
        lambda b: rules.queue(b.endowment, b.score, b.budget, "pro_rata"),
        lambda b: oracle.queue_sharing_ties([*b.endowment], [*b.score], b.budget),
    ),
    "A2 smart queue": (
        lambda b: rules.smart_queue(b.endowment, b.score, b.budget),
        lambda b: oracle.smart_queue([*b.endowment], [*b.score], b.budget),
    ),
    "A3 wealth pro-rata": (
        lambda b: rules.wealth_pro_rata(b.endowment, b.budget),
        lambda b: oracle.wealth_pro_rata([*b.endowment], b.budget),
    ),
    "A3 equity pro-rata": (
        lambda b: rules.equity_pro_rata(b.endowment, b.equity - 0.7, b.budget),
        lambda b: oracle.equity_pro_rata([*b.endowment], [*(b.equity - 0.7)], b.budget),
    ),
    "A3 PNL pro-rata": (
        lambda b: rules.pnl_pro_rata(
            np.minimum(np.maximum(profits(b), 0.0), b.equity), profits(b), b.budget
        ),
        lambda b: oracle.pnl_pro_rata([*profits(b)], [*b.equity], b.budget),
    ),
    "A4 levered pro-rata": (
        lambda b: rules.levered_pro_rata(b.endowment, b.leverage, b.budget),
        lambda b: oracle.levered_pro_rata([*b.endowment], [*b.leverage], b.budget),
    ),
    "A5 capped pro-rata": (
        lambda b: rules.capped_pro_rata(b.endowment, b.caps, b.budget),
        lambda b: oracle.capped_pro_rata([*b.endowment], [*b.caps], b.budget),
    ),
    "A6 RAP, linear": (
        lambda b: rules.rap(b.endowment, rules.linear(b.leverage), b.budget, b.caps),
        lambda b: oracle.rap(
            [*b.endowment], oracle.linear_risk([*b.leverage]), b.budget, [*b.caps]
        ),
    ),
    "A6 RAP, power": (
        lambda b: rules.rap(b.endowment, rules.power(b.leverage, 2.5), b.budget),
        lambda b: oracle.rap(
            [*b.endowment], oracle.power_risk([*b.leverage], 2.5), b.budget, [1.0] * b.caps.size
        ),
    ),
    "A6 RAP, CVaR": (
        lambda b: rules.rap(b.endowment, rules.cvar(b.leverage, 0.9), b.budget, b.caps),
        lambda b: oracle.rap(
            [*b.endowment], oracle.cvar_risk([*b.leverage], 0.9), b.budget, [*b.caps]
        ),
    ),
    "A7 greedy": (
        lambda b: rules.knapsack_greedy(b.endowment, b.equity, b.leverage, b.budget),
        lambda b: oracle.greedy_density([*b.endowment], [*b.equity], [*b.leverage], b.budget),
    ),
    "A8 levelling": (
        lambda b: rules.levelling(b.endowment, b.budget),
        lambda b: oracle.levelling([*b.endowment], b.budget),
    ),
    "A8' equal dollar": (
        lambda b: rules.equal_dollar(b.endowment, b.budget),
        lambda b: oracle.equal_dollar([*b.endowment], b.budget),
    ),
    "A12 vector": (
        lambda b: rules.vector_mirror_descent(b.endowment, b.budget),
        lambda b: oracle.vector_mirror_descent([*b.endowment], b.budget),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_rule_is_the_oracle(name: str) -> None:
    ours, theirs = RULES[name]
    for book in random_books(seed=1, count=BOOKS):
        expected, left = theirs(book)
        split = ours(book)
        tolerance = 1e-9 * max(1.0, book.budget)
        np.testing.assert_allclose(split.taken_usd, expected, rtol=0.0, atol=tolerance)
        assert split.unfilled_usd == pytest.approx(left, abs=tolerance), (name, book)


def test_the_books_reach_every_corner() -> None:
    books = list(random_books(seed=1, count=BOOKS))
    total = np.array([book.endowment.sum() for book in books])
    budget = np.array([book.budget for book in books])
    assert (budget == 0.0).mean() > 0.1
    assert (budget > total).mean() > 0.1
    assert ((budget > 0.0) & (budget < total)).mean() > 0.4
    assert sum(total == 0.0) > 10
    assert sum(len(set(book.score)) < book.score.size for book in books) > 300
    assert sum((book.leverage == 0.0).any() for book in books) > 300
    short = [rules.rap(b.endowment, rules.cvar(b.leverage, 0.9), b.budget, b.caps) for b in books]
    assert sum(split.unfilled_usd > 0.0 for split in short) > 500


def test_min_max_levels() -> None:
    for book in random_books(seed=2, count=BOOKS):
        even = rules.min_max_capacity(book.endowment, book.budget)
        level, taken = oracle.min_max_capacity([*book.endowment], book.budget)
        tolerance = 1e-9 * max(1.0, book.budget)
        np.testing.assert_allclose(even.split.taken_usd, taken, rtol=0.0, atol=tolerance)
        if book.endowment.sum() > 0.0:  # without endowments any M does
            assert even.level == pytest.approx(level, abs=1e-9)
        by_equity = rules.min_max_equity(book.endowment, book.equity, book.budget)
        level, taken = oracle.min_max_equity([*book.endowment], [*book.equity], book.budget)
        np.testing.assert_allclose(by_equity.split.taken_usd, taken, rtol=0.0, atol=tolerance)
        assert by_equity.level == pytest.approx(level, rel=1e-9, abs=1e-12)


def test_burden_caps() -> None:
    for book in random_books(seed=3, count=BOOKS):
        cash, floor = book.equity - 1.0, 0.4 * book.score
        columns = book.caps * 1.5, cash, profits(book), floor, book.endowment
        expected = oracle.burden_caps(*([*column] for column in columns))
        np.testing.assert_allclose(rules.burden_caps(*columns), expected, atol=1e-12)


def test_leverage_score_and_what_the_mark_makes_of_it() -> None:
    leverage, reference = np.array([3.0, 5.0, 4.0]), np.array([90.0, 150.0, 60.0])
    expected = [oracle.paper_score(v, 100.0, p) for v, p in zip(leverage, reference, strict=True)]
    assert rules.leverage_score(leverage, 100.0, reference).tolist() == expected
    assert np.argsort(expected).tolist() != np.argsort(leverage).tolist()
    assert rules.leverage_score(leverage, 100.0, 100.0).tolist() == leverage.tolist()
    assert rules.leverage_score(np.array([0.0, 2.0]), 100.0, 0.0).tolist() == [0.0, np.inf]


def test_shortfall_density_and_what_is_left() -> None:
    rng = np.random.default_rng(4)
    for book in random_books(seed=4, count=BOOKS):
        shocks = rng.standard_t(3, int(rng.integers(1, 30))) * 0.3
        density = rules.shortfall_density(book.leverage, shocks)
        expected = oracle.shortfall_density([*book.leverage], [*shocks])
        np.testing.assert_allclose(density, expected, rtol=1e-9, atol=1e-9)
        haircut = book.caps * (book.endowment > 0.0)
        left = rules.expected_shortfall_left(
            haircut * book.endowment, book.endowment, book.equity, density
        )
        assert left == pytest.approx(
            oracle.shortfall_left([*haircut], [*book.equity], expected), rel=1e-9, abs=1e-9
        )


def test_lottery_has_the_expectation_of_all_orders() -> None:
    rng = np.random.default_rng(5)
    endowment, budget = np.array([8.0, 4.0, 0.5, 3.0, 1.0]), 7.5
    draws = np.array([rules.lottery(endowment, budget, rng).taken_usd for _ in range(2000)])
    np.testing.assert_allclose(draws.sum(axis=1), budget, rtol=1e-12)
    inside = (draws > 0.0) & (draws < endowment)
    assert (inside.sum(axis=1) <= 1).all()
    error = draws.std(axis=0) / np.sqrt(len(draws))
    expected = np.array(oracle.lottery_expectation([*endowment], budget))
    assert (np.abs(draws.mean(axis=0) - expected) < 4.0 * error).all()


def test_lottery_is_pro_rata_in_expectation_for_equal_endowments_only() -> None:
    # A16 calls it "ex-ante PR". Over all orders of the accounts, so without sampling error:
    for endowment in ([2.0] * 5, [1.0] * 3):
        even = rules.wealth_pro_rata(np.array(endowment), 2.5).taken_usd
        np.testing.assert_allclose(oracle.lottery_expectation(endowment, 2.5), even)
    endowment = [8.0, 4.0, 0.5, 3.0, 1.0]
    even = rules.wealth_pro_rata(np.array(endowment), 7.5).taken_usd
    assert oracle.lottery_expectation(endowment, 7.5)[0] == pytest.approx(3.475)
    assert even[0] == pytest.approx(3.636, abs=5e-4)


def test_random_ties_stay_behind_higher_scores() -> None:
    rng = np.random.default_rng(6)
    endowment, score = np.ones(5), np.array([0.0, 2.0, 0.0, 0.0, 1.0])
    draws = np.array([rules.queue(endowment, score, 3.0, "random", rng)[0] for _ in range(900)])
    assert (draws[:, [1, 4]] == 1.0).all()
    wins = draws[:, [0, 2, 3]].mean(axis=0)
    assert (np.abs(wins - 1.0 / 3.0) < 4.0 * np.sqrt(2.0 / 9.0 / 900)).all()


def test_tiered_seniority() -> None:
    rng = np.random.default_rng(7)
    for book in random_books(seed=7, count=BOOKS):
        tiers = np.array([book.endowment, book.equity, book.leverage])
        budget = float(tiers.sum()) * budget_share(rng)
        expected, left = oracle.tiered([[*tier] for tier in tiers], budget)
        split = rules.tiered(tiers, budget)
        tolerance = 1e-9 * max(1.0, budget)
        np.testing.assert_allclose(split.taken_usd, expected, rtol=0.0, atol=tolerance)
        assert split.unfilled_usd == pytest.approx(left, abs=tolerance)
        np.testing.assert_allclose(split.taken_by_tier_usd.sum(axis=0), split.taken_usd)
        worth = tiers.sum(axis=1)
        paid = split.taken_by_tier_usd.sum(axis=1)
        for m in range(1, 3):
            assert paid[m] == 0.0 or paid[m - 1] == pytest.approx(worth[m - 1])


def test_a_tier_that_the_rule_cannot_empty_is_left_behind() -> None:
    tiers = np.array([[4.0, 6.0], [1.0, 1.0]])
    half = rules.tiered(
        tiers, 7.0, lambda w, budget: rules.capped_pro_rata(w, np.full(2, 0.5), budget)
    )
    np.testing.assert_allclose(half.taken_by_tier_usd, [[2.0, 3.0], [0.5, 0.5]])
    assert half.unfilled_usd == pytest.approx(1.0)


def test_backstop_auction() -> None:
    rng = np.random.default_rng(8)
    for book in random_books(seed=8, count=BOOKS):
        offered, asked = book.endowment, book.equity * 0.01
        reserve = float(rng.choice([0.0, 0.03, 1e9]))
        bids = [(q if k <= reserve else 0.0, k) for q, k in zip(offered, asked, strict=True)]
        fills, paid, left = oracle.backstop_auction(bids, book.budget)
        own = rules.backstop_auction(offered, asked, book.budget, reserve, "pay_as_bid")
        tolerance = 1e-9 * max(1.0, book.budget)
        np.testing.assert_allclose(own.filled_usd, fills, rtol=0.0, atol=tolerance)
        assert own.cost_usd == pytest.approx(paid, rel=1e-9, abs=tolerance)
        assert own.unfilled_usd == pytest.approx(left, abs=tolerance)
        even = rules.backstop_auction(offered, asked, book.budget, reserve)
        used = even.filled_usd > 0.0
        highest = asked[used].max() if used.any() else 0.0
        assert even.filled_usd.tolist() == own.filled_usd.tolist()
        assert even.premium.tolist() == np.where(used, highest, 0.0).tolist()
        assert even.cost_usd == pytest.approx(highest * even.filled_usd.sum())
        assert even.cost_usd >= own.cost_usd - tolerance


def test_no_adl_takes_nothing() -> None:
    split = rules.no_adl(np.array([3.0, 4.0]), 5.0)
    assert split.taken_usd.tolist() == [0.0, 0.0]
    assert split.unfilled_usd == 5.0
