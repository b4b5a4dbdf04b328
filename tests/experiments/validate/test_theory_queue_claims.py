"""V4 to V6: survivors against the oracles, the note's fixture, and verdicts that can flip."""

import numpy as np
import pytest

from abm.adl.mechanisms.shares import equal_dollar, levelling, wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from experiments.validate.claim import Settings
from experiments.validate.theory import queue_claims
from tests.oracles import theory_measures, theory_rules

QUICK = Settings(seed=5)
RNG = np.random.default_rng


def by_level(endowment_usd: Floats, _score: Floats, budget_usd: float) -> Split:
    """Levelling under the signature of the queue."""
    return levelling(endowment_usd, budget_usd)


def test_the_fixture_of_three_accounts() -> None:
    found = queue_claims.survivors_of(np.array([10.0, 10.0, 1.0]), 10.0)
    assert found[3:6] == pytest.approx((10.0, 110 / 21, 5.0))


@pytest.mark.parametrize("seed", range(20))
def test_survivors_are_those_of_the_oracles(seed: int) -> None:
    rng = RNG(seed)
    w = 1.0 + rng.pareto(1.5, int(rng.integers(2, 9)))
    w /= w.max()
    budget = float(rng.uniform())
    found = queue_claims.survivors_of(w, budget)
    rules = (
        theory_rules.queue(w.tolist(), w.tolist(), budget),
        theory_rules.wealth_pro_rata(w.tolist(), budget),
        theory_rules.levelling(w.tolist(), budget),
    )
    tops = [theory_measures.top_survivor(w.tolist(), taken) for taken, _ in rules]
    assert found[3:6] == pytest.approx(tops, rel=1e-9, abs=1e-12)


def test_no_random_split_leaves_less_than_levelling() -> None:
    rng = RNG(1)
    for _ in range(200):
        w = 1.0 + rng.pareto(1.5, 6)
        budget = float(rng.uniform(0.0, w.max()))
        level = (w - levelling(w, budget).taken_usd).max()
        weights = rng.dirichlet(np.ones(6)) * budget
        if (weights <= w).all():
            assert (w - weights).max() >= level - 1e-9


def by_share(endowment_usd: Floats, _score: Floats, budget_usd: float) -> Split:
    """Pro-rata under the signature of the queue."""
    return wealth_pro_rata(endowment_usd, budget_usd)


def test_v4_is_corrected_for_the_queue_holds_for_levelling_and_is_refuted_for_pro_rata(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert queue_claims.top_survivor(QUICK, RNG(2)).verdict == "holds with correction"
    monkeypatch.setattr(queue_claims, "queue", by_level)
    assert queue_claims.top_survivor(QUICK, RNG(2)).verdict == "holds"
    monkeypatch.setattr(queue_claims, "queue", by_share)
    assert queue_claims.top_survivor(QUICK, RNG(2)).verdict == "refuted"


def test_v4_counts_the_queue_as_minimal_only_up_to_the_second_account() -> None:
    sample = queue_claims.random_survivors(400, RNG(3), (20,), (1.5,))
    beaten = sample.levelling < sample.queue - 1e-12
    assert beaten.any()
    assert (beaten == ~sample.within_gap).all()


def test_v5_is_refuted_when_pro_rata_is_another_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    assert queue_claims.queue_gap(QUICK, RNG(4)).verdict == "holds with correction"
    monkeypatch.setattr(queue_claims, "wealth_pro_rata", equal_dollar)
    assert queue_claims.queue_gap(QUICK, RNG(4)).verdict == "refuted"


def test_es_over_var_of_a_pareto_is_its_closed_form() -> None:
    ratio = queue_claims.shortfall_ratio(2.5, 1, 0.0, RNG(5))
    assert ratio == pytest.approx(2.5 / 1.5, rel=1e-3)


def test_v6_holds_for_a_single_winner_and_fails_for_another_tail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert queue_claims.tail_of_survivor(QUICK, RNG(6)).verdict == "holds with correction"

    def single(
        tail: float, books: int, rng: np.random.Generator
    ) -> tuple[float, Floats, Floats, Floats]:
        first = np.exp(rng.standard_exponential(books) / tail)
        left = np.maximum(first - 0.5, 0.0)
        return 0.5, first, left, left

    with monkeypatch.context() as patched:
        patched.setattr(queue_claims, "top_survivor_samples", single)
        assert queue_claims.tail_of_survivor(QUICK, RNG(6)).verdict == "holds"
    true_ratio = queue_claims.shortfall_ratio
    monkeypatch.setattr(
        queue_claims,
        "shortfall_ratio",
        lambda tail, size, budget, rng: true_ratio(tail + 0.3, size, budget, rng),
    )
    assert queue_claims.tail_of_survivor(QUICK, RNG(6)).verdict == "refuted"
