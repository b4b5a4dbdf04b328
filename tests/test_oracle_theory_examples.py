"""The oracles of the theory against every number its sections 1.1, 1.2, 2.2 and finding T-c print.

Where the text claims an optimum, it is also searched for.  Section numbers are those of the theory,
see tests/oracles.  Second routes to the same numbers: test_oracle_theory_identities.py.
"""

import itertools
import random

import pytest

from tests.oracles import impact
from tests.oracles import theory_measures as measure
from tests.oracles import theory_prices as prices
from tests.oracles import theory_rules as rules
from tests.oracles import theory_severity as severity

FREE = prices.Costs()


def near(values, digits=9):
    return pytest.approx(values, abs=0.5 * 10**-digits)


# --- 1.1: five accounts -------------------------------------------------------------------------

CASH, PNL = [2, 1, 0.5, 0, 0], [8, 4, 0.5, -3, -12]
ENDOWMENT = [max(0.0, p) for p in PNL]


def after(x):
    return [c + p - t for c, p, t in zip(CASH, PNL, x, strict=True)][:3]


def test_fixture_has_the_printed_deficit_capacity_and_budget():
    equity = [c + p for c, p in zip(CASH, PNL, strict=True)]
    deficit = prices.bad_debt(equity)
    assert (deficit, sum(ENDOWMENT), 0.5 * deficit) == (15, 12.5, 7.5)
    assert severity.match(12.5, 15) == (12.5 / 15, 12.5)


def test_fixture_queue():
    taken, unfilled = rules.queue(ENDOWMENT, [1, 2, 0, 0, 0], 7.5)
    assert taken[:3] == near([3.5, 4, 0])
    assert after(taken) == near([6.5, 1, 1])
    assert unfilled == 0


def test_fixture_pro_rata():
    taken, _ = rules.wealth_pro_rata(ENDOWMENT, 7.5)
    assert taken[:3] == near([4.8, 2.4, 0.3])
    assert after(taken) == near([5.2, 2.6, 0.7])


# --- 1.2: five positions at p0 = 1, mu = 0.1 ----------------------------------------------------

POSITIONS = {
    "A": (1, 1, 2),
    "B": (1, 1, 2 / 3),
    "C": (-1, 4, 8 / 3),
    "D": (1, 1, 2 / 19),
    "E": (-1, 1, 10 / 99),
}


@pytest.mark.parametrize(
    ("name", "printed"), [("A", 0), ("B", 0.3704), ("C", 1.5152), ("D", 0.9942)]
)
def test_liquidation_prices(name, printed):
    side, qty, cash = POSITIONS[name]
    assert prices.liquidation_price(side, qty, 1, cash, 0, 0.1) == near(printed, 4)


def test_liquidation_price_of_e_is_printed_to_three_decimals_only():
    price = prices.liquidation_price(-1, 1, 1, 10 / 99, 0, 0.1)
    assert price == near(1.000918, 6)
    assert price == near(1.001, 3)
    assert price != near(1.0010, 4)


@pytest.mark.parametrize("name", "BCDE")
def test_at_its_liquidation_price_equity_is_the_requirement(name):
    side, qty, cash = POSITIONS[name]
    price = prices.liquidation_price(side, qty, 1, cash, 0, 0.1)
    assert cash + side * qty * (price - 1) == near(0.1 * price * qty)


@pytest.mark.parametrize("name", "BCDE")
def test_bankruptcy_price_from_the_mark_agrees_if_cash_is_current_equity(name):
    side, qty, cash = POSITIONS[name]
    equity = cash + side * qty * (0.94 - 1)
    opening = prices.bankruptcy_price(side, qty, 1, cash, 0)
    assert prices.bankruptcy_price_from_mark(side, qty, 0.94, equity) == near(opening)


def test_bankruptcy_price_of_d_is_not_what_opening_cash_at_the_mark_gives():
    assert prices.bankruptcy_price(1, 1, 1, 2 / 19, 0) == near(0.8947, 4)
    assert prices.bankruptcy_price_from_mark(1, 1, 0.94, 2 / 19) == near(0.8347, 4)


def test_greedy_slice_solves_the_printed_quadratic_if_the_cost_is_fixed():
    for side, alpha, fixed in itertools.product((1, -1), (0.0, 0.05, 0.5), (0.0, 0.02)):
        costs = prices.Costs(fixed_usd=fixed)
        ours = prices.greedy_slice(side, 10, 3, 2.5, 0.1, alpha, costs)
        assert ours == near(impact.partial_liquidation_qty(10, 3, 2.5, 0.1, alpha, fixed), 8)


def test_greedy_slice_with_proportional_costs_is_larger_and_just_suffices():
    costs = prices.Costs(mark_rate=0.002, execution_rate=0.001)
    size = prices.greedy_slice(1, 10, 3, 2.5, 0.1, 0.05, costs)
    assert size > prices.greedy_slice(1, 10, 3, 2.5, 0.1, 0.05, FREE)
    left = prices.equity_after_slice(1, 10, 0.05, size, 2.5, costs)
    assert left == near(0.1 * 10 * (3 - size))


def test_greedy_slice_is_nothing_for_the_healthy_and_everything_for_the_lost():
    assert prices.greedy_slice(1, 10, 3, 3.0, 0.1, 0.05, FREE) == 0
    assert prices.greedy_slice(1, 10, 3, -1.0, 0.1, 0.05, FREE) == 3


def test_bad_debt_of_a_full_close_is_the_negative_equity():
    for side in (1, -1):
        equity = 4 + side * 2 * (100 - side * 3 - 100)
        bankruptcy = prices.bankruptcy_price(side, 2, 100, 4, 0)
        execution = prices.execution_price(side, 100 - side * 3, 0.5, 2)
        after_ = prices.equity_after_slice(side, 100 - side * 3, 0.5, 2, equity, FREE)
        debt = prices.bad_debt_of_slice(side, bankruptcy, execution, 2)
        assert debt == near(prices.bad_debt([after_])) == near(3)
        assert prices.needed_budget([execution], [bankruptcy], [2]) == near(3)


def test_needed_budget_counts_a_surplus_as_need():
    assert prices.bad_debt_of_slice(1, 90, 95, 2) == 0
    assert prices.needed_budget([95], [90], [2]) == 10
    assert prices.needed_budget([100 - 0.5 * 4], [100], [4]) == prices.needed_budget_of_impact(
        0.5, 4
    )


def test_fund_pays_what_it_has_and_earns_its_shares():
    shares = prices.FundShares(liquidation=0.5, trading=0.25, funding=0.1, fee_rate=0.001)
    rounds = [
        prices.Round(4, 8000, -0.01, [100, 50], deficit=130),
        prices.Round(0, 0, 0, [], deficit=1),
    ]
    funds, residuals = prices.fund_path(100, rounds, shares)
    assert funds == near([100, 4.15, 3.15])
    assert residuals == [30, 0]


def test_newsvendor_fund_is_the_cheapest_and_zero_if_cash_is_dear():
    losses = [random.Random(7).paretovariate(1.5) for _ in range(40)]
    for rate, penalty in ((0.3, 1), (0.1, 2), (0.05, 0.06)):
        best = severity.newsvendor_fund(losses, rate, penalty)
        costs = [severity.fund_cost(k, losses, rate, penalty) for k in [0, *losses]]
        assert severity.fund_cost(best, losses, rate, penalty) == near(min(costs))
    assert severity.newsvendor_fund(losses, 2, 2) == 0
    assert severity.newsvendor_fund(list(range(1, 11)), 0.3, 1) == 7


# --- 2.2, A6: three accounts --------------------------------------------------------------------

EQUITY, LEVERAGE = [1.2613, 5.6214, 0.8397], [1.031, 0.925, 1.548]


def rap_shares(risk):
    budget = 0.01
    return [x / budget for x in rules.rap(EQUITY, risk, budget, [1, 1, 1])[0]]


def test_share_fixture():
    assert rap_shares([1, 1, 1]) == near([0.163, 0.728, 0.109], 3)
    assert rap_shares(rules.linear_risk(LEVERAGE))[:2] == near([0.164, 0.589], 3)
    assert rap_shares(rules.cvar_risk(LEVERAGE, 0.9)) == near([0.149, 0.114, 0.737], 3)
    assert rap_shares(rules.power_risk(LEVERAGE, 1)) == rap_shares(rules.linear_risk(LEVERAGE))


def test_share_fixture_labelled_lambda_squared_is_the_square_of_g_not_of_r():
    shares = rap_shares(rules.power_risk(LEVERAGE, 2))
    assert [shares[0], shares[2]] == near([0.155, 0.348], 3)


@pytest.mark.parametrize(
    ("exponent", "account", "printed", "exact"), [(1, 2, 0.246, 0.2465), (2, 1, 0.498, 0.4973)]
)
def test_two_printed_shares_are_off_in_the_last_digit_as_rounded_inputs_allow(
    exponent, account, printed, exact
):
    shares = rap_shares(rules.power_risk(LEVERAGE, exponent))
    assert shares[account] == near(exact, 4)
    assert shares[account] != near(printed, 3)
    reachable = []
    for signs in itertools.product((-1, 1), repeat=3):
        lam = [v + s * 0.0005 for v, s in zip(LEVERAGE, signs, strict=True)]
        reachable.append(rap_shares(rules.power_risk(lam, exponent))[account])
    assert min(reachable) < printed + 0.0005
    assert max(reachable) > printed - 0.0005


# --- 2.2 and V9: risk-adjusted pro-rata is not the minimiser ------------------------------------

SMALL, SMALL_EQUITY, DENSITY = [1, 10], [20, 11], [1, 2]


def fractions(taken):
    return [x / w for x, w in zip(taken, SMALL, strict=True)]


def test_counterexample_rap_leaves_more_than_pro_rata():
    rap, _ = rules.rap(SMALL, DENSITY, 1, [1, 1])
    even, _ = rules.wealth_pro_rata(SMALL, 1)
    best, _ = rules.greedy_density(SMALL, SMALL_EQUITY, DENSITY, 1)
    left = [
        rules.shortfall_left(fractions(taken), SMALL_EQUITY, DENSITY) for taken in (rap, even, best)
    ]
    assert left[:2] == near([38.95, 38.18], 2)
    assert best == [1, 0]
    assert left[2] == near(22)


def test_counterexample_needs_haircuts_that_scale_the_whole_equity():
    rap, _ = rules.rap(SMALL, DENSITY, 1, [1, 1])
    even, _ = rules.wealth_pro_rata(SMALL, 1)
    left = [rules.shortfall_left_of_cash(x, SMALL_EQUITY, DENSITY) for x in (rap, even)]
    assert left == near([42 - 41 / 21, 42 - 21 / 11])
    assert left[0] < left[1]


def test_rap_never_leaves_more_than_pro_rata_if_dollars_leave_equity_one_by_one():
    rng = random.Random(11)
    for _ in range(100):
        w = [rng.uniform(0.1, 5) for _ in range(5)]
        equity = [v + rng.uniform(0, 50) for v in w]
        rho = [rng.uniform(0.1, 5) for _ in range(5)]
        budget = rng.uniform(0, 0.02) * sum(w)
        rap, even = rules.rap(w, rho, budget, [1] * 5)[0], rules.wealth_pro_rata(w, budget)[0]
        left = [rules.shortfall_left_of_cash(x, equity, rho) for x in (rap, even)]
        assert max(x / v for x, v in zip(rap, w, strict=True)) < 1
        assert left[0] <= left[1] + 1e-9


def test_greedy_density_is_the_fractional_knapsack():
    rng = random.Random(3)
    for _ in range(30):
        n = 4
        w, e, rho = ([rng.uniform(0.1, 5) for _ in range(n)] for _ in range(3))
        budget = rng.uniform(0, sum(w))
        best, _ = rules.greedy_density(w, e, rho, budget)
        others = [
            rules.queue(w, list(order), budget)[0] for order in itertools.permutations(range(n))
        ]
        others.append(rules.rap(w, rho, budget, [1] * n)[0])

        def left(x, w=w, e=e, rho=rho):
            return rules.shortfall_left([a / b for a, b in zip(x, w, strict=True)], e, rho)

        assert left(best) <= min(left(x) for x in others) + 1e-9


def test_shortfall_density_is_the_expected_loss_beyond_equity():
    shocks = [-0.5, -0.2, 0.1]
    equity, leverage = 8.0, 4.0
    losses = [max(0.0, -(equity + leverage * equity * z)) for z in shocks]
    (density,) = rules.shortfall_density([leverage], shocks)
    assert equity * density == near(sum(losses) / 3)
    assert rules.shortfall_density([0.0], shocks) == [0]


def test_death_spiral_example():
    w, risk = [60, 40], rules.linear_risk([2, 6])
    first, _ = rules.rap(w, risk, 40, [1, 1])
    second, _ = rules.rap(w, risk, 30, [1, 1])
    assert rules.wealth_pro_rata(w, 40)[0] == near([24, 16])
    assert first == near([5.7, 34.3], 1)
    assert second == near([4.3, 25.7], 1)
    carried = [a - x for a, x in zip(w, first, strict=True)]
    assert rules.rap(carried, risk, 30, [1, 1])[0] == near([24.3, 5.7], 1)
    assert rules.wealth_pro_rata([0, 24], 30) == ([0, 24], 6)


# --- T-c: who minimises the top survivor --------------------------------------------------------


def test_top_survivor_of_queue_pro_rata_and_level():
    w = [10, 10, 1]
    tops = [
        measure.top_survivor(w, taken)
        for taken, _ in (
            rules.queue(w, w, 10),
            rules.wealth_pro_rata(w, 10),
            rules.levelling(w, 10),
        )
    ]
    assert tops == near([10, 5.24, 5.0], 2)


def test_levelling_has_the_smallest_top_survivor_of_all_rules():
    rng = random.Random(5)
    for _ in range(50):
        w = [rng.paretovariate(1.2) for _ in range(6)]
        budget = rng.uniform(0, sum(w))
        floor = measure.top_survivor(w, rules.levelling(w, budget)[0])
        for rule in (rules.wealth_pro_rata, rules.equal_dollar, rules.vector_mirror_descent):
            assert floor <= measure.top_survivor(w, rule(w, budget)[0]) + 1e-9
        assert floor <= measure.top_survivor(w, rules.queue(w, w, budget)[0]) + 1e-9


def test_top_survivor_gap_of_pro_rata_and_queue_carries_no_severity():
    w, deficit = [10, 3, 2], 8
    for theta in (0.25, 0.5, 0.875):
        budget = theta * deficit
        assert budget <= w[0] - w[1]
        by_rule = [
            measure.ptsr_paper(w, rule, theta, deficit)
            for rule in (rules.wealth_pro_rata(w, budget)[0], rules.queue(w, w, budget)[0])
        ]
        assert by_rule[0] - by_rule[1] == near(1 - 10 / 15)
