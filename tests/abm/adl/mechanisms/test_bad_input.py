"""NaN, infinity, negative amounts, wrong lengths: an error with a sentence, never a number."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm.adl import mechanisms as rules
from abm.adl.mechanisms.controllers import (
    levered_fixed_point,
    needed_severity,
    tuned_step,
    weighted_taken,
)
from abm.adl.mechanisms.severity import learned_slopes, severity_cap

W = np.array([3.0, 2.0, 1.0])

TAKING: dict[str, Callable[[Any, Any], Any]] = {
    "queue": lambda w, b: rules.queue(w, W, b),
    "smart_queue": lambda w, b: rules.smart_queue(w, W, b),
    "lottery": lambda w, b: rules.lottery(w, b, np.random.default_rng(0)),
    "no_adl": rules.no_adl,
    "wealth_pro_rata": rules.wealth_pro_rata,
    "equal_dollar": rules.equal_dollar,
    "levelling": rules.levelling,
    "capped_pro_rata": lambda w, b: rules.capped_pro_rata(w, np.ones(3), b),
    "equity_pro_rata": lambda w, b: rules.equity_pro_rata(w, W, b),
    "pnl_pro_rata": lambda w, b: rules.pnl_pro_rata(w, W, b),
    "levered_pro_rata": lambda w, b: rules.levered_pro_rata(w, W, b),
    "rap": lambda w, b: rules.rap(w, W, b),
    "knapsack_greedy": lambda w, b: rules.knapsack_greedy(w, W, W, b),
    "min_max_capacity": rules.min_max_capacity,
    "min_max_equity": lambda w, b: rules.min_max_equity(w, W, b),
    "vector_mirror_descent": rules.vector_mirror_descent,
    "vector_program": lambda w, b: rules.vector_program(w, 2.0, rules.Programme(), b),
    "tiered": lambda w, b: rules.tiered(np.array([w]), b),
    "integer_contracts": lambda w, b: rules.integer_contracts(w, 1.0, b),
    "fixed_point_rounding": lambda w, b: rules.fixed_point_rounding(
        rules.Positions(np.array([0]), np.array([2.0]), np.array([1.0])), w, b
    ),
    "backstop_auction": lambda w, b: rules.backstop_auction(w, W, b, 9.0),
    "weighted_taken": lambda w, b: weighted_taken(w, np.ones(3), b),
}


@pytest.mark.parametrize("name", TAKING)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_a_number_that_is_none(name: str, wrong: float) -> None:
    rule = TAKING[name]
    rule(W, 1.0)
    with pytest.raises(ValueError, match=r"finite|at least 0"):
        rule(np.array([1.0, wrong, 2.0]), 1.0)
    with pytest.raises(ValueError, match="finite"):
        rule(W, wrong)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rules.queue(W, np.array([1.0, np.nan, 0.0]), 1.0), "score is NaN"),
        (lambda: rules.queue(W, W[:2], 1.0), "one per account"),
        (lambda: rules.queue(W, W[:, None], 1.0), "one per account"),
        (lambda: rules.queue(W, W, 1.0, "name"), "choose one of"),
        (lambda: rules.queue(W, W, 1.0, "random"), "both or neither"),
        (lambda: rules.queue(W, W, 1.0, rng=np.random.default_rng()), "both or neither"),
        (lambda: rules.queue(W[:, None], W[:, None], 1.0), "dimensions"),
        (lambda: rules.capped_pro_rata(W, np.array([0.1, 1.1, 0.0]), 1.0), "at most 1"),
        (lambda: rules.capped_pro_rata(W, np.array([0.1, np.nan, 0.0]), 1.0), "caps"),
        (lambda: rules.equity_pro_rata(W, np.array([0.1, np.nan, 0.0]), 1.0), "equity_usd"),
        (lambda: rules.rap(W, -W, 1.0), "risk_weight"),
        (lambda: rules.rap(W, np.array([1.0, np.inf, 1.0]), 1.0), "risk_weight"),
        (lambda: rules.power(W, -1.0), "exponent"),
        (lambda: rules.power(W, np.nan), "exponent"),
        (lambda: rules.cvar(W, np.nan), "threshold"),
        (lambda: rules.shortfall_density(W, np.array([])), "shocks is empty"),
        (lambda: rules.shortfall_density(W, np.array([np.nan])), "shocks"),
        (lambda: rules.burden_caps(W, W, W, np.array([0.0, np.nan, 0.0]), W), "equity_floor"),
        (lambda: rules.leverage_score(W, 0.0, 1.0), "mark_price"),
        (lambda: rules.leverage_score(W, 1.0, np.nan), "reference_price"),
        (lambda: rules.tiered(W, 1.0), "row per tier"),
        (lambda: rules.backstop_auction(W, W, 1.0, 1.0, "own"), "pricing"),
        (lambda: rules.backstop_auction(W, W, 1.0, np.nan), "reserve_premium"),
        (lambda: rules.integer_contracts(W, 0.0, 1.0), "a lot costs 0"),
        (lambda: rules.integer_contracts(W, 1.0, 1.0, 0.0), "a lot costs 0"),
        (lambda: rules.positions_of(np.array([0.5]), W[:1], W[:1], 2), "whole row"),
        (lambda: rules.positions_of(np.array([2]), W[:1], W[:1], 2), "outside"),
        (lambda: rules.positions_of(np.array([-1]), W[:1], W[:1], 2), "outside"),
        (lambda: rules.positions_of(np.array([0, 1]), W[:1], W[:1], 2), "one owner"),
        (lambda: rules.positions_of(np.array([0]), W[:1], W[:1] * 0.0, 2), "leave positions out"),
        (lambda: rules.min_max_lots(LOT, np.array([np.nan]), 1.0), "equity_usd"),
        (lambda: rules.vector_program(W, 0.0, rules.Programme()), "above 0"),
        (lambda: rules.vector_program(W, 1.0, rules.Programme(), steps=0), "above 0"),
    ],
)
def test_allocation_rejects(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


LOT = rules.Positions(np.array([0]), np.array([2.0]), np.array([1.0]))
DESCENT = rules.SurrogateDescent(rules.Surrogate(1.0, 0.0, 1.0), rules.RootStep(0.1), 0.0)
NAN = np.array([1.0, np.nan])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rules.matched_severity(np.nan, 1.0), "deficit_usd"),
        (lambda: rules.matched_severity(1.0, -1.0), "capacity_usd"),
        (lambda: rules.fixed_severity(1.1), "theta"),
        (lambda: rules.interpolated_severity(0.1, np.nan, 0.5), "high"),
        (lambda: rules.extreme_value_severity(np.array([]), 1.0, 0.1), "empty"),
        (lambda: rules.extreme_value_severity(NAN, 1.0, 0.1), "endowment_usd"),
        (lambda: rules.extreme_value_severity(W, np.nan, 0.1), "per_usd"),
        (lambda: rules.extreme_value_severity(W, 1.0, 2.0), "upper_share"),
        (lambda: severity_cap(1.0, 1.0, 0.0), "ratio"),
        (lambda: severity_cap(np.nan, 1.0, 1.0), "top_endowment_usd"),
        (lambda: rules.backoff_severity(np.ones(2, np.bool_), 0.5, 1.0, 2), "factor"),
        (lambda: rules.backoff_severity(np.ones(2, np.bool_), 0.5, 0.5, 0), "memory_rounds"),
        (lambda: rules.backoff_severity_as_published(2, 1.5, 0.5), "theta_first"),
        (lambda: rules.no_wait_severity(0.5, np.nan, 1.0), "deficit_usd"),
        (lambda: rules.no_wait_severity(1.5, 1.0, 1.0), "theta"),
        (lambda: rules.exante_budget(-1.0, 1.0), "slope"),
        (lambda: rules.exante_budget(1.0, np.inf), "qty_contracts"),
        (lambda: learned_slopes(W, 3.0, 1.0, 2.0), "first"),
        (lambda: learned_slopes(NAN, 1.0, 1.0, 2.0), "slope"),
        (lambda: rules.newsvendor_fund(np.array([]), 0.1, 1.0), "empty"),
        (lambda: rules.newsvendor_fund(NAN, 0.1, 1.0), "deficit_usd"),
        (lambda: rules.newsvendor_fund(W, 0.1, 0.0), "costs"),
        (lambda: needed_severity(W, np.array([1.0, 0.0, 1.0])), "without deficit"),
        (lambda: needed_severity(NAN, np.ones(2)), "needed_usd"),
        (lambda: tuned_step(np.zeros(2), np.zeros(2)), "in every round"),
        (lambda: rules.SeverityGradient(DESCENT.step).run(NAN, np.ones(2), np.ones(2)), "needed"),
        (lambda: rules.SeverityGradient(DESCENT.step).run(W[:2], NAN, np.ones(2)), "deficit_usd"),
        (lambda: DESCENT.run(NAN, np.ones(2), np.ones(2)), "deficit_usd"),
        (lambda: DESCENT.run(np.ones(2), NAN, np.ones(2)), "top_usd"),
        (lambda: rules.SurrogateDescent(DESCENT.surrogate, DESCENT.step, 0.0, "USD"), "gradient"),
        (lambda: levered_fixed_point(W, W, 0.0), "deficit_usd"),
        (lambda: levered_fixed_point(W, W * np.nan, 1.0), "leverage"),
    ],
)
def test_severity_rejects(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_product_that_overflows_is_not_a_split() -> None:
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="less range"):
        rules.rap(np.array([1e200, 1.0]), np.array([1e200, 1.0]), 1.0)


@pytest.mark.parametrize("name", TAKING)
def test_nothing_to_take_is_no_error(name: str) -> None:
    outcome = TAKING[name](np.zeros(3), 1.0)
    split = getattr(outcome, "split", outcome)
    taken = split if isinstance(split, np.ndarray) else split[0]
    assert taken.tolist() == [0.0, 0.0, 0.0]
    if not isinstance(split, np.ndarray) and name != "smart_queue":  # its budget is 0
        assert split.unfilled_usd == 1.0
