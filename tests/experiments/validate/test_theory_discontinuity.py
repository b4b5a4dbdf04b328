"""V24 to V26: ingredients against the blind oracles, and verdicts that turn with the rule."""

import itertools

import numpy as np
import pytest

from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import discontinuity
from tests.oracles import theory_rules

QUICK = Settings()


def found(experiment: object, seed: int = 1) -> Finding:
    return experiment(QUICK, np.random.default_rng(seed))  # type: ignore[operator,no-any-return]


def sharing(capacity: Floats, _score: Floats, budget: float) -> Split:
    """A "queue" that is pro-rata."""
    return wealth_pro_rata(capacity, budget)


def oracle_queue(capacity: Floats, score: Floats, budget: float) -> Split:
    taken, unfilled = theory_rules.queue(list(capacity), list(score), budget)
    return Split(np.array(taken), unfilled)


@pytest.mark.parametrize("delta", [0.1, 1e-12])
def test_the_whole_budget_moves_under_the_oracles_queue_too(delta: float) -> None:
    rng = np.random.default_rng(5)
    assert discontinuity.swap_jump(oracle_queue, rng, delta) == pytest.approx(1.0)
    assert discontinuity.swap_jump(sharing, rng, delta) == pytest.approx(0.0)


def test_v24_is_refuted_for_a_rule_without_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(discontinuity.queue_jump).verdict == "holds"
    monkeypatch.setattr(discontinuity, "queue", discontinuity.rap)
    assert found(discontinuity.queue_jump).verdict == "refuted"


def test_the_noise_of_scores_moves_the_accounts_at_the_cut() -> None:
    """The formula of the expected jump lies in the interval of the measured one."""
    finding = found(discontinuity.queue_jump)
    expected = finding.measurements[2]
    assert expected.low <= expected.predicted <= expected.high
    exponent = finding.measurements[3]
    assert exponent.low <= 1.0 <= exponent.high


@pytest.mark.parametrize("seed", range(5))
def test_the_linear_programme_finds_the_oracles_min_max(seed: int) -> None:
    rng = np.random.default_rng(seed)
    capacity = rng.pareto(1.5, 6) + 0.1
    budget = 0.4 * float(capacity.sum())
    level, _ = theory_rules.min_max_capacity(list(capacity), budget)
    assert discontinuity._min_max(capacity, budget) == pytest.approx(level)


def test_v25_is_refuted_when_queues_share(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(discontinuity.min_max_is_pro_rata).verdict == "holds"
    monkeypatch.setattr(discontinuity, "queue", sharing)
    assert found(discontinuity.min_max_is_pro_rata).verdict == "refuted"


def test_the_optimal_set_of_another_norm_is_not_a_point() -> None:
    """The width is able to see several optima: above the min-max level there are many."""
    capacity = np.array([1.0, 2.0, 3.0])
    assert discontinuity._width(capacity, 3.0, 0.5) == pytest.approx(0.0, abs=1e-6)
    assert discontinuity._width(capacity, 3.0, 0.8) > 0.5


@pytest.mark.parametrize("rounds", [2, 7, 20])
def test_the_variation_is_that_of_the_oracles_queue(rounds: int) -> None:
    slopes = np.random.default_rng(rounds).uniform(0.2, 1.0, 2 * rounds)
    left, effective = [1.0] * (2 * rounds), []
    for _ in range(rounds):
        taken, _unfilled = theory_rules.queue(left, [-float(i) for i in range(2 * rounds)], 1.0)
        weight = [x * x for x in taken]
        effective.append(sum(a * w for a, w in zip(slopes, weight, strict=True)) / sum(weight))
        left = [max(u - x, 0.0) for u, x in zip(left, taken, strict=True)]
    varied = sum(abs(b - a) for a, b in itertools.pairwise(effective))
    assert discontinuity._variation("queue", slopes, rounds) == pytest.approx(varied)


def test_v26_is_refuted_for_a_queue_that_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(discontinuity.queue_churn).verdict == "holds"
    monkeypatch.setattr(discontinuity, "queue", sharing)
    assert found(discontinuity.queue_churn).verdict == "refuted"


def test_churn_falls_with_the_root_of_the_accounts_closed() -> None:
    numbers = {m.name: m for m in found(discontinuity.queue_churn).measurements}
    fall = numbers["exponent in accounts closed per round"]
    assert fall.low - 0.03 <= -0.5 <= fall.high + 0.03
