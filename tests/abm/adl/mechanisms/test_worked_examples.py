"""The numbers that the literature and the theory print, sections in front of each group."""

import itertools

import numpy as np
import pytest

from abm.adl import mechanisms as rules
from abm.units import Floats
from tests.oracles import theory_prices as prices

# --- section 1.1: five accounts, theta = 1/2 -----------------------------------------------------

CASH = np.array([2.0, 1.0, 0.5, 0.0, 0.0])
PNL = np.array([8.0, 4.0, 0.5, -3.0, -12.0])
ENDOWMENT = np.maximum(PNL, 0.0)
QUEUE_SCORE = np.array([1.0, 2.0, 0.0, -1.0, -1.0])


def test_fixture_deficit_capacity_and_severity() -> None:
    deficit = prices.bad_debt((CASH + PNL).tolist())
    assert (deficit, ENDOWMENT.sum()) == (15.0, 12.5)
    assert 0.5 * deficit == 7.5
    assert rules.matched_severity(deficit, ENDOWMENT.sum()) == pytest.approx(12.5 / 15.0)


@pytest.mark.parametrize(
    ("taken", "expected_x", "expected_equity"),
    [
        (rules.queue(ENDOWMENT, QUEUE_SCORE, 7.5), (3.5, 4.0, 0.0), (6.5, 1.0, 1.0)),
        (rules.wealth_pro_rata(ENDOWMENT, 7.5), (4.8, 2.4, 0.3), (5.2, 2.6, 0.7)),
    ],
    ids=["queue", "pro-rata"],
)
def test_fixture_split(taken: rules.Split, expected_x: tuple, expected_equity: tuple) -> None:
    np.testing.assert_allclose(taken.taken_usd, [*expected_x, 0.0, 0.0], atol=1e-12)
    left = CASH + PNL - taken.taken_usd
    np.testing.assert_allclose(left[:3], expected_equity, atol=1e-12)
    assert taken.unfilled_usd == 0.0


def test_fixture_smart_queue_covers_what_can_be_covered() -> None:
    split = rules.smart_queue(ENDOWMENT, QUEUE_SCORE, 15.0)
    assert split.taken_usd.tolist() == ENDOWMENT.tolist()
    assert split.unfilled_usd == 0.0  # of its own budget, min(D, U); of the deficit 2.5 is left
    assert rules.queue(ENDOWMENT, QUEUE_SCORE, 15.0).unfilled_usd == 2.5


# --- section 2.2, A6: dollar shares of three accounts --------------------------------------------

EQUITY = np.array([1.2613, 5.6214, 0.8397])
LEVERAGE = np.array([1.031, 0.925, 1.548])


def rap_shares(risk: Floats) -> Floats:
    return rules.rap(EQUITY, risk, 0.01).taken_usd / 0.01


def test_share_fixture() -> None:
    np.testing.assert_allclose(rap_shares(np.ones(3)), (0.163, 0.728, 0.109), atol=5e-4)
    np.testing.assert_allclose(
        rap_shares(rules.cvar(LEVERAGE, 0.9)), (0.149, 0.114, 0.737), atol=5e-4
    )
    linear = rap_shares(rules.linear(LEVERAGE))
    np.testing.assert_allclose(linear[:2], (0.164, 0.589), atol=5e-4)
    squared = rap_shares(rules.power(LEVERAGE, 2.0))  # "lambda^2" is g, so r = lambda^3
    np.testing.assert_allclose(squared[[0, 2]], (0.155, 0.348), atol=5e-4)


@pytest.mark.parametrize(
    ("exponent", "account", "printed", "exact"), [(1.0, 2, 0.246, 0.2465), (2.0, 1, 0.498, 0.4973)]
)
def test_two_printed_shares_differ_as_far_as_three_digits_of_leverage_allow(
    exponent: float, account: int, printed: float, exact: float
) -> None:
    assert rap_shares(rules.power(LEVERAGE, exponent))[account] == pytest.approx(exact, abs=5e-5)
    assert abs(exact - printed) >= 0.0005 - 1e-9
    reachable = [
        rap_shares(rules.power(LEVERAGE + 0.0005 * np.array(signs), exponent))[account]
        for signs in itertools.product((-1.0, 1.0), repeat=3)
    ]
    assert min(reachable) < printed + 0.0005
    assert max(reachable) > printed - 0.0005


# --- findings T-c, T-f and T-h -------------------------------------------------------------------


def test_top_survivor_of_queue_pro_rata_and_levelling() -> None:
    w = np.array([10.0, 10.0, 1.0])
    left = [
        (w - split.taken_usd).max()
        for split in (
            rules.queue(w, w, 10.0),
            rules.wealth_pro_rata(w, 10.0),
            rules.levelling(w, 10.0),
        )
    ]
    assert left == pytest.approx([10.0, 11.0 / 2.1, 5.0])


def test_rap_can_leave_a_larger_next_deficit_than_pro_rata() -> None:
    w, equity, rho = np.array([1.0, 10.0]), np.array([20.0, 11.0]), np.array([1.0, 2.0])
    splits = (
        rules.rap(w, rho, 1.0),
        rules.wealth_pro_rata(w, 1.0),
        rules.knapsack_greedy(w, equity, rho, 1.0),
    )
    left = [rules.expected_shortfall_left(split.taken_usd, w, equity, rho) for split in splits]
    assert left == pytest.approx([38.95, 38.18, 22.0], abs=5e-3)
    # measured on the dollars that leave, sum (e - x) rho, RAP is the better of the two
    by_dollar = [float((equity - split.taken_usd) @ rho) for split in splits]
    assert by_dollar[0] == pytest.approx(42.0 - 41.0 / 21.0)
    assert by_dollar[0] < by_dollar[1]


def test_death_spiral() -> None:
    w, risk = np.array([60.0, 40.0]), rules.linear(np.array([2.0, 6.0]))
    even = rules.wealth_pro_rata(w, 40.0)
    first = rules.rap(w, risk, 40.0)
    assert even.taken_usd.tolist() == pytest.approx([24.0, 16.0])
    assert first.taken_usd.tolist() == pytest.approx([5.7, 34.3], abs=0.05)
    assert rules.rap(w, risk, 30.0).taken_usd.tolist() == pytest.approx([4.3, 25.7], abs=0.05)
    # with equity carried over, under pro-rata the first account has left with its 36
    carried = rules.rap(w - first.taken_usd, risk, 30.0)
    assert carried.taken_usd.tolist() == pytest.approx([24.3, 5.7], abs=0.05)
    assert rules.wealth_pro_rata(np.array([0.0, 24.0]), 30.0).unfilled_usd == pytest.approx(6.0)


# --- section 4 -----------------------------------------------------------------------------------


def test_v5_survivor_gap_of_pro_rata_and_queue() -> None:
    w = np.array([10.0, 3.0, 2.0])
    for deficit, theta in ((8.0, 0.25), (8.0, 0.875), (14.0, 0.5)):
        budget = theta * deficit
        assert budget <= w[0] - w[1]
        tops = [
            (w - split.taken_usd).max()
            for split in (rules.wealth_pro_rata(w, budget), rules.queue(w, w, budget))
        ]
        assert tops[0] - tops[1] == pytest.approx(budget * (1.0 - w[0] / w.sum()))


def paid_when_split(rule, parts: int) -> float:
    """What an account of 10 pays in all when it is split, beside 30 accounts of 1; B = 8."""
    w = np.concatenate([np.full(parts, 10.0 / parts), np.ones(30)])
    return float(rule(w, 8.0).taken_usd[:parts].sum())


def test_v8_splitting_an_account_pays_against_some_rules() -> None:
    table = {
        rule: [paid_when_split(rule, parts) for parts in (1, 2, 5, 10, 20)]
        for rule in (
            rules.wealth_pro_rata,
            rules.equal_dollar,
            rules.levelling,
            rules.vector_mirror_descent,
        )
    }
    assert table[rules.wealth_pro_rata] == pytest.approx([2.0] * 5)
    assert table[rules.equal_dollar] == pytest.approx(
        [8 / 31, 2 * 8 / 32, 5 * 8 / 35, 10 * 8 / 40, 20 * 8 / 50]
    )
    # parts of 2 are first cut to 1, which takes 5; the other 3 are shared by 35 accounts
    assert table[rules.levelling] == pytest.approx([8.0, 8.0, 5 + 3 * 5 / 35, 2.0, 0.0])
    vector = table[rules.vector_mirror_descent]
    assert vector[0] == pytest.approx(8.0 * 100 / 130)
    assert all(a > b for a, b in itertools.pairwise(vector))


def test_v20_a_fixed_queue_has_linear_fairness_regret() -> None:
    rounds, large, fairness = 40, 7.0, 1.5
    regret = 0.0
    for t in range(rounds):  # the account at the head of the queue is small in every other round
        w = np.array([1.0, large] if t % 2 == 0 else [large, 1.0])
        best = rules.min_max_capacity(w, 1.0).level
        taken = rules.queue(w, np.array([2.0, 1.0]), 1.0).taken_usd
        regret += fairness * (float((taken / w).max()) - best)
    # of the two terms 1 and 1 / M per round pair, less 1 / (1 + M) in each
    expected = rounds / 2 * fairness * (1.0 + 1.0 / large - 2.0 / (1.0 + large))
    assert regret == pytest.approx(expected)


def test_v24_a_queue_jumps_by_twice_the_budget() -> None:
    w = np.array([5.0, 5.0, 1.0])
    for budget in (1.0, 4.0, 5.0):
        before = rules.queue(w, np.array([1.0, 1.0 + 1e-15, 0.0]), budget).taken_usd
        after = rules.queue(w, np.array([1.0 + 1e-15, 1.0, 0.0]), budget).taken_usd
        assert np.abs(before - after).sum() == 2.0 * budget


def test_v25_every_queue_has_a_larger_maximum_than_pro_rata() -> None:
    w = np.array([3.0, 5.0, 2.0])
    for order in itertools.permutations(range(3)):
        taken = rules.queue(w, np.array(order, float), 4.0).taken_usd
        assert (taken / w).max() > rules.min_max_capacity(w, 4.0).level == pytest.approx(0.4)


def test_v26_a_queue_churns_through_slopes_and_pro_rata_does_not() -> None:
    # 2 T unit accounts; the head of the queue of round t is the t-th account
    rounds, slopes = 9, np.tile([1.0, 4.0], 9)
    mean = {"queue": [], "pro-rata": []}
    for t in range(rounds):
        score = -np.abs(np.arange(18.0) - t)
        mean["queue"].append(float(rules.queue(np.ones(18), score, 1.0).taken_usd @ slopes))
        mean["pro-rata"].append(float(rules.wealth_pro_rata(np.ones(18), 1.0).taken_usd @ slopes))
    assert np.abs(np.diff(mean["queue"])).sum() == (rounds - 1) * 3.0
    assert np.abs(np.diff(mean["pro-rata"])).sum() == pytest.approx(0.0, abs=1e-12)


def test_v27_rap_burdens_an_account_less_iff_its_weight_is_below_the_mean() -> None:
    rng = np.random.default_rng(27)
    for _ in range(300):
        equity, leverage = rng.pareto(1.2, 6) + 0.1, rng.lognormal(0.0, 0.5, 6)
        risk = rules.linear(leverage)
        budget = 0.02 * float(equity.sum())
        risky = rules.rap(equity, risk, budget).taken_usd
        if (risky == equity).any():
            continue
        even = rules.wealth_pro_rata(equity, budget).taken_usd
        mean = float(equity @ risk / equity.sum())
        assert ((risky <= even) == (risk <= mean)).all()
