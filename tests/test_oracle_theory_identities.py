"""The oracles of the theory against second routes to the same number.

A second route is another oracle, an identity, a trial of every possibility, or a number that
sections 3.1 and 5.3 of the theory print.
"""

import math
import random

import pytest

from tests.oracles import measures
from tests.oracles import theory_lots as lots
from tests.oracles import theory_measures as measure
from tests.oracles import theory_rules as rules
from tests.oracles import theory_severity as severity


def near(values, digits=9):
    return pytest.approx(values, abs=0.5 * 10**-digits)


# --- Rules against each other -------------------------------------------------------------------


def random_book(seed):
    rng = random.Random(seed)
    w = [rng.choice([0.0, rng.uniform(0.1, 10)]) for _ in range(7)]
    w[0] = 1.0
    e = [v + rng.uniform(0.1, 5) for v in w]
    return w, e, rng.uniform(0, 1.2 * sum(w))


@pytest.mark.parametrize("seed", range(20))
def test_every_rule_balances_and_stays_inside_the_endowment(seed):
    w, e, budget = random_book(seed)
    levers = [n / v for n, v in zip(reversed(w), e, strict=True)]
    total = sum(w)
    reaching_all = [
        rules.queue(w, e, budget),
        rules.queue_sharing_ties(w, [1] * 7, budget),
        rules.wealth_pro_rata(w, budget),
        rules.levelling(w, budget),
        rules.equal_dollar(w, budget),
        rules.vector_mirror_descent(w, budget),
        rules.equity_pro_rata(w, e, budget),
        rules.pnl_pro_rata(w, e, budget),
        rules.tiered([[v / 3 for v in w], [2 * v / 3 for v in w]], budget),
    ]
    limited = [
        rules.levered_pro_rata(w, levers, budget),
        rules.capped_pro_rata(w, [0.5] * 7, budget),
    ]
    for taken, unfilled in reaching_all + limited:
        assert all(0 <= x <= v + 1e-9 for x, v in zip(taken, w, strict=True))
        assert sum(taken) + unfilled == near(budget)
    for taken, _ in reaching_all:
        assert sum(taken) == near(min(budget, total))
    assert sum(limited[1][0]) == near(min(budget, total / 2))
    assert rules.smart_queue(w, e, budget)[1] == near(0)


@pytest.mark.parametrize("seed", range(20))
def test_min_max_by_bisection_is_pro_rata_and_agrees_with_the_other_oracle(seed):
    w, e, budget = random_book(seed)
    budget = min(budget, sum(w))
    level, taken = rules.min_max_capacity(w, budget)
    assert level == near(budget / sum(w))
    assert taken == near(rules.wealth_pro_rata(w, budget)[0])
    level, taken = rules.min_max_equity(w, e, budget)
    other_level, other = measures.min_max_burden(w, e, budget)
    assert taken == near(other)
    assert level == near(other_level)
    assert level <= measure.max_pct(rules.wealth_pro_rata(w, budget)[0], e) + 1e-9


def test_ties_go_to_the_first_account_or_are_shared():
    assert rules.queue([4, 6, 2], [1, 1, 9], 7) == ([4, 1, 2], 0)
    taken, _ = rules.queue_sharing_ties([4, 6, 2], [1, 1, 9], 7)
    assert taken == near([2, 3, 2])


def test_scores_that_change_by_nothing_move_twice_the_budget():
    one, _ = rules.queue([9, 9], [1, 1 + 1e-12], 5)
    other, _ = rules.queue([9, 9], [1 + 1e-12, 1], 5)
    assert measure.norm([a - b for a, b in zip(one, other, strict=True)], 1) == 10
    slope = measure.lipschitz([[1, 1 + 1e-12], [1 + 1e-12, 1]], [one, other])
    assert slope > 1e12


def test_a_lottery_is_pro_rata_on_average_only_among_equals():
    assert rules.lottery_expectation([3, 3, 3], 4) == near([4 / 3] * 3)
    assert rules.lottery_expectation([1, 10], 1) == near([0.5, 0.5])
    assert rules.wealth_pro_rata([1, 10], 1)[0] == near([1 / 11, 10 / 11])


def test_caps_bind_and_the_shortfall_is_returned():
    caps = rules.burden_caps([1, 1, 0.5], [2, 0, 1], [8, 4, 1], [6, 0, 0], [8, 4, 0])
    assert caps == [0.5, 1, 0]
    taken, unfilled = rules.capped_pro_rata([8, 4, 0], caps, 7)
    assert (taken, unfilled) == (near([4, 3, 0]), near(0))
    assert rules.capped_pro_rata([8, 4, 0], caps, 9) == ([4, 4, 0], 1)
    assert rules.rap([5, 5], [0, 1], 7, [1, 1]) == ([0, 5], 2)


def test_capped_pro_rata_is_the_walk_over_sorted_caps():
    w, caps, budget = [3, 5, 2, 4], [0.2, 0.9, 0.5, 0.5], 5.0
    covered, open_, previous = 0.0, sum(w), 0.0
    for k in sorted(range(4), key=lambda k: caps[k]):
        step = (caps[k] - previous) * open_
        if covered + step >= budget:
            break
        covered, open_, previous = covered + step, open_ - w[k], caps[k]
    eta = previous + (budget - covered) / open_
    expected = [v * min(eta, b) for v, b in zip(w, caps, strict=True)]
    assert rules.capped_pro_rata(w, caps, budget)[0] == near(expected)


def test_vector_mirror_descent_takes_the_square_and_punishes_staying_whole():
    assert rules.vector_mirror_descent([1, 2, 3], 1.4)[0] == near([0.1, 0.4, 0.9])

    def gain(rule):
        return measure.sybil_gain(lambda w: rule(w, 8)[0], 10, [5, 5], [1] * 30)

    assert gain(rules.vector_mirror_descent) > 1
    assert gain(rules.wealth_pro_rata) == near(0)
    assert gain(rules.equal_dollar) < 0


def test_tiers_are_exhausted_in_order_and_the_cheapest_backstop_first():
    assert rules.tiered([[1, 3], [4, 4]], 6) == (near([2, 4]), near(0))
    assert rules.backstop_auction([(5, 0.02), (3, 0.01)], 10) == ([5, 3], near(0.13), 2)
    assert rules.paper_score(5, 90, 90) == 5


# --- Whole lots ---------------------------------------------------------------------------------


def test_integer_min_max_lies_above_the_continuous_one():
    holdings = [(0, 3, 2.0), (0, 2, 5.0), (1, 4, 3.0)]
    equity = [20.0, 12.0]
    level, optima = lots.min_max_lots(holdings, equity, 11)
    continuous, _ = rules.min_max_equity([16, 12], equity, 11)
    assert (level, optima) == (near(0.45), [[2, 1, 1]])
    assert level > continuous == near(11 / 32)
    assert lots.min_max_lots(holdings, equity, 29) == (math.inf, [])


def test_fixed_point_rounding_keeps_scale_one_if_rounding_up_suffices():
    taken, scale = lots.fixed_point_rounding([(0, 5, 2.0), (1, 5, 3.0)], [10, 15], 10)
    assert (taken, scale) == ([4, 6], 1)
    taken, scale = lots.fixed_point_rounding([(0, 5, 2.0), (1, 5, 3.0)], [10, 15], 11)
    assert (taken, scale) == ([6, 9], 1)


def test_fixed_point_rounding_scales_up_if_some_hold_less_than_a_lot():
    taken, scale = lots.fixed_point_rounding([(0, 0.9, 10.0), (1, 5, 1.0)], [9, 5], 4)
    assert taken == [0, 4]
    assert scale == near(2.1, 4)
    assert lots.fixed_point_rounding([(0, 0.9, 10.0)], [9], 4) == ([0], 64)


def test_integer_contracts_depend_on_the_lot():
    qty = [0.9, 2.5, 6.0]
    assert lots.integer_contracts(qty, 10, 80, 1) == ([0, 2, 6], 0)
    assert lots.integer_contracts(qty, 10, 90, 1) == ([0, 2, 6], 1)
    closed, left = lots.integer_contracts(qty, 10, 90, 0.1)
    assert (closed, left) == (near([0.9, 2.4, 5.7]), 0)
    assert lots.coin_budgets([30, -5, 10], 8) == [6, 0, 2]


# --- Severity -----------------------------------------------------------------------------------


def test_backoff_as_meant_and_as_first_implemented():
    shocks = [True, True, False, False, True]
    assert severity.backoff(0.8, 0.5, shocks, 2, [1] * 5) == near([0.8, 0.4, 0.2, 0.4, 0.8])
    assert severity.backoff_v1(0.8, 0.5, 4) == [0.8] * 4
    cap = severity.backoff_cap(0.25, 10, 4)
    assert cap * 4 / (10 - cap * 4) == near(0.25)


def test_quantile_severity_counts_who_exceeds_it():
    assert severity.upper_quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10) == 9
    assert severity.upper_quantile([1, 2, 3, 4], 100) == 4
    assert severity.extreme_value([1, 2, 3, 4], 0.1, 2) == near(0.05)
    assert severity.interpolated(0.25, 0.4, 0.8) == near(0.5)
    assert severity.fixed(0.5, 3, 10) == (0.5, 3)


@pytest.mark.parametrize("seed", range(20))
def test_tuned_gradient_descent_keeps_its_regret_bound(seed):
    rng = random.Random(seed)
    deficits = [rng.choice([0, rng.paretovariate(1.1)]) for _ in range(40)] + [1]
    wanted = severity.needed_severity([d * rng.uniform(0, 1.5) for d in deficits], deficits)
    variation = measure.path_variation(wanted)
    step = severity.tuned_step(variation, deficits)
    path = severity.gradient_path(0.0, wanted, deficits, [step] * 41)
    dynamic = measure.dynamic_regret(path, wanted, deficits)
    assert dynamic == near(sum(severity.severity_losses(path, wanted, deficits)))
    assert dynamic <= measure.instance_bound(variation, deficits)
    assert measure.static_regret(path, wanted, deficits) <= dynamic


def test_static_comparator_beats_a_grid():
    rng = random.Random(1)
    deficits, wanted = [rng.random() for _ in range(9)], [rng.random() for _ in range(9)]
    best = -measure.static_regret([0.0] * 9, wanted, deficits)
    best += measure.severity_loss([0.0] * 9, wanted, deficits)
    grid = [measure.severity_loss([k / 500] * 9, wanted, deficits) for k in range(501)]
    assert best <= min(grid) <= best + 0.02


def test_surrogate_slope_is_the_difference_quotient():
    for theta, deficit, largest in ((0.3, 5, 4), (0.9, 5, 4), (1.2, 5, 20)):
        args = (deficit, largest, (0.7, 0.2, 0.05))
        rise = severity.surrogate(theta + 1e-6, *args) - severity.surrogate(theta - 1e-6, *args)
        assert severity.surrogate_slope(theta, *args, False) == near(rise / 2e-6, 5)
        assert 5 * severity.surrogate_slope(theta, *args, True) == near(rise / 2e-6, 5)


@pytest.mark.parametrize("normalised", [True, False])
def test_the_surrogate_only_ever_climbs_to_the_cap(normalised):
    rng = random.Random(2)
    deficits = [rng.uniform(0, 3) for _ in range(200)]
    largest = [rng.uniform(0, 3) for _ in range(200)]
    steps = severity.falling_steps(0.05, 200)
    prices_ = (0.5, 0.5, 2.0)
    path = severity.surrogate_path(0.1, deficits, largest, prices_, steps, normalised, 0.9)
    assert path == sorted(path)
    assert path[-1] == 0.9
    assert severity.lagged_budgets([0.1, 0.2], [5, 9])[1:] == [1.0]


def test_ex_ante_budgets_err_by_the_slope_error():
    slopes = [0.2, 0.4, 0.4, 0.1]
    estimates, budgets = severity.ex_ante(0.3, slopes, [1, 2, 3, 4], [0.1] * 4, (0, 0.35))
    assert estimates == near([0.3, 0.2, 0.3, 0.35])
    assert budgets == near([0.3, 0.8, 2.7, 5.6])


def test_no_wait_raises_the_severity_to_the_premium_or_says_what_is_missing():
    assert severity.no_wait(0.2, 10, 5) == (0.5, 0)
    assert severity.no_wait(0.8, 10, 5) == (0.8, 0)
    assert severity.no_wait(0.2, 10, 12) == (1, 2)


# --- Measures -----------------------------------------------------------------------------------

# H - B of production, wave by wave, as printed in section 5.3.
OVERSHOOTS = [-1852005.85, -1212741.22, -658249.98, -74485.17, 939.21, 9839008.74, -28769.67]
OVERSHOOTS += [-550660.52, 829200.18, 2505.65, 32864909.56, 5591529.28, 234200.58, 16998.87]
OVERSHOOTS += [17209.29, 9076.77]


def test_published_overshoot_is_the_net_of_two_sides():
    nothing = [0.0] * 16
    assert measure.overshoot(OVERSHOOTS, nothing) == pytest.approx(45028665.72, abs=0.05)
    assert measure.overshoot_only(OVERSHOOTS, nothing) == pytest.approx(49405578.12, abs=0.05)
    assert measure.undershoot_only(OVERSHOOTS, nothing) == pytest.approx(4376912.41, abs=0.05)
    assert measure.tracking(OVERSHOOTS, nothing) == pytest.approx(53782490.53, abs=0.05)


def test_published_ratio_of_wave_13_exceeds_one():
    w, x = [82175755, 40e6], [0, 38449033.21]
    assert measure.rd_nse(w, x, 11831912) == near(1.48, 2)
    assert math.isnan(measure.ptsr_code(w, x, 11831912))
    assert math.isnan(measure.pmr_code(w, x, 11831912, 10925707))


def test_printed_and_coded_ratio_move_against_each_other():
    w, deficit = [10, 5], 12
    low, high = (rules.wealth_pro_rata(w, theta * deficit)[0] for theta in (0.25, 0.5))
    assert measure.ptsr_paper(w, low, 0.25, deficit) == near(8 / 3)
    assert measure.ptsr_paper(w, high, 0.5, deficit) == near(1)
    assert measure.ptsr_code(w, low, deficit) == near(8 / 9)
    assert measure.ptsr_code(w, high, deficit) == near(1)
    assert measure.pmr_paper(w, high, 0.5, 4) == near(3)
    assert measure.pmr_code(w, high, deficit, 4) == near(3)


def test_fairness_regret_punishes_being_fairer_and_excess_does_not():
    assert measure.fairness_regret([10, 10], [0.1, 0.4], [0.2, 0.2]) == near(3)
    assert measure.excess_burden([10, 10], [0.1, 0.4], [0.2, 0.2]) == near(2)
    assert measure.max_pct([1, 5, 2], [4, 0, 1]) == 1


def test_discounting_keeps_a_constant_and_prefers_the_near():
    assert measure.discounted([0, 0.5, 1, 2, 5], [3] * 5, 1) == near(3)
    near_, far = (measure.discounted([0, 1, 2], x, 1) for x in ([1, 0, 0], [0, 0, 1]))
    assert near_ == near(4 * far)


def test_order_measures():
    assert measure.inversion_rate([10, 5, 1], [4, 5, 1]) == 0.5
    assert measure.rank_stability([1, 2, 3], [5, 7, 9]) == near(1)
    assert measure.rank_stability([1, 2, 3], [9, 7, 5]) == near(-1)
    assert math.isnan(measure.rank_stability([1, 1], [1, 2]))
    assert measure.rank_entropy([[1, 2, 3], [1, 3, 2]]) == near([0, math.log(2), math.log(2)])


def test_undo_counts_opposite_trades_inside_the_window():
    trades = [(0, 9), (3, 2), (4, -5), (5, 1), (6, 8)]
    assert measure.undo_fraction(0, -10, trades, 5) == near(0.3)
    assert measure.undo_fraction(0, -10, trades, 6) == 1


def test_markout_is_a_transfer_between_the_sides():
    assert measure.markout_transfer([(1, 2, 100, 103), (-1, 2, 100, 103)]) == 0
    assert measure.markout_transfer([(-1, 2, 100, 90)]) == 20


def test_inequality_measures_at_known_points():
    rng = random.Random(4)
    values = [rng.paretovariate(1.1) for _ in range(30)]
    assert measure.gini(values) == near(measures.gini(values))
    assert measure.lorenz_top([5, 1, 3, 1], 1) == 0.5
    assert measure.atkinson([1, 4], 1) == near(1 - 2 / 2.5)
    assert measure.atkinson([1, 4], 2) == near(1 - 1.6 / 2.5)
    assert measure.atkinson([0, 4], 1) == 1
    assert measure.kolm([3, 3], 0.7) == near(0)
    assert measure.kolm([0, 2], 1) == near(math.log(math.cosh(1)))
    assert measure.jain([1, 0, 0, 0]) == 0.25
    assert measure.herfindahl([1, 1, 2]) == near(0.375)


def test_majorisation_orders_equal_totals_only():
    assert measure.majorises([3, 1, 0], [2, 1, 1])
    assert not measure.majorises([2, 1, 1], [3, 1, 0])
    assert not measure.majorises([5, 0, 0], [1, 1, 1])
    assert measure.submajorises([5, 0, 0], [1, 1, 1])
