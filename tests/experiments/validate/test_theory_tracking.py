"""V20 to V23: ingredients against the blind oracles, and verdicts that turn when the world does."""

import numpy as np
import pytest

from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import tracking
from tests.oracles import theory_rules, theory_severity

QUICK = Settings()


def found(experiment: object, seed: int = 1) -> Finding:
    return experiment(QUICK, np.random.default_rng(seed))  # type: ignore[operator,no-any-return]


# --- V20 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("large", [1.0, 3.0, 40.0])
def test_the_fixed_queue_pays_what_the_oracles_queue_pays(large: float) -> None:
    lost = 0.0
    for t in range(10):
        caps = [1.0, large] if t % 2 == 0 else [large, 1.0]
        fixed, other = (
            max(x / u for x, u in zip(theory_rules.queue(caps, score, 1.0)[0], caps, strict=True))
            for score in ([2.0, 1.0], [1.0, 2.0])
        )
        lost += 3.0 * (fixed - min(fixed, other))
    assert tracking.alternating_caps(10, large, 3.0)[0] == pytest.approx(lost)
    assert lost == pytest.approx(0.5 * 10 * 3.0 * (1.0 - 1.0 / large))


def test_a_fixed_queue_whose_order_stays_right_has_no_regret() -> None:
    """Capacities that never change places, larger one first in the queue."""
    assert tracking.alternating_caps(20, 0.2, 3.0, period=20)[0] == pytest.approx(0.0)
    assert tracking.alternating_caps(20, 5.0, 3.0, period=20)[0] == pytest.approx(48.0)


def test_v20_is_refuted_for_a_queue_that_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    def sharing(capacity: Floats, _score: Floats, budget: float) -> Split:
        return wealth_pro_rata(capacity, budget)

    assert found(tracking.fixed_queue).verdict == "holds"
    monkeypatch.setattr(tracking, "queue", sharing)
    assert found(tracking.fixed_queue).verdict == "refuted"


# --- V21 -----------------------------------------------------------------------------------------


def test_the_constant_two_is_needed_in_full() -> None:
    assert tracking.sharpest_constant() == pytest.approx(2.0)


def test_v21_is_refuted_when_the_estimation_error_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its last term the right side is too small on most paths."""
    with_term = tracking.transfer_gap

    def without(rng: np.random.Generator, rounds: int, error: float) -> tuple[float, float]:
        slack, share = with_term(rng, rounds, error)
        return slack - 100.0 * error, share

    assert found(tracking.comparator_transfer).verdict == "holds"
    monkeypatch.setattr(tracking, "transfer_gap", without)
    assert found(tracking.comparator_transfer).verdict == "refuted"


# --- V22 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_learned_slopes_and_budgets_are_the_oracles(seed: int) -> None:
    slopes = np.random.default_rng(seed).uniform(0.5, 1.5, 50)
    estimates = tracking.learned_slopes(slopes, 1.0, 1.0, 2.0)
    expected, budgets = theory_severity.ex_ante(
        1.0, slopes.tolist(), [3.0] * 50, theory_severity.falling_steps(1.0, 50), (0.0, 2.0)
    )
    assert estimates == pytest.approx(expected)
    assert [tracking.exante_budget(a, 3.0) for a in estimates] == pytest.approx(budgets)
    missing = np.maximum(9.0 * slopes - np.array(budgets), 0.0)
    assert tracking.undershoot(slopes, estimates) == pytest.approx(np.cumsum(missing))


def test_v22_needs_the_errors_of_its_regime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A constant error called 1/sqrt(t) refutes; a noisy upward bias leaves nothing to correct."""
    drawn = tracking.estimates
    assert found(tracking.linear_impact).verdict == "holds with correction"

    def constant(rng: np.random.Generator, rounds: int) -> dict[str, tuple[Floats, Floats]]:
        kinds = drawn(rng, rounds)
        return kinds | {"error 1/sqrt(t), either sign": kinds["constant bias down"]}

    monkeypatch.setattr(tracking, "estimates", constant)
    assert found(tracking.linear_impact).verdict == "refuted"

    def noisy(rng: np.random.Generator, rounds: int) -> dict[str, tuple[Floats, Floats]]:
        kinds = drawn(rng, rounds)
        slope, estimate = kinds["constant bias up"]
        return kinds | {"constant bias up": (slope, estimate - rng.choice([0.0, 0.4], rounds))}

    monkeypatch.setattr(tracking, "estimates", noisy)
    assert found(tracking.linear_impact).verdict == "holds"


# --- V23 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.01, 0.2])
def test_the_undershoot_of_a_step_is_the_oracles(rate: float) -> None:
    alpha = tracking.jump_path(np.random.default_rng(2), 144, 1)
    assert len(np.unique(alpha)) == 12
    slopes = alpha[:, 0].tolist()
    estimates, _ = theory_severity.ex_ante(0.5, slopes, [1.0] * 144, [rate] * 144, (0.0, 1.0))
    missing = sum(max(a - e, 0.0) for a, e in zip(slopes, estimates, strict=True))
    measured = tracking.gradient_undershoot(alpha, np.array([rate]))
    assert measured[0, 0] == pytest.approx(missing)


def test_v23_holds_when_the_slope_jumps_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With four levels whatever T the best step has sqrt(T): the claim fails by the drift alone."""

    def four_levels(rng: np.random.Generator, rounds: int, paths: int) -> Floats:
        levels = np.array([0.1, 0.8, 0.3, 0.9])[:, None] + rng.uniform(-0.05, 0.05, (4, paths))
        return np.repeat(levels, rounds // 4, axis=0)

    assert found(tracking.jumps).verdict == "holds with correction"
    monkeypatch.setattr(tracking, "jump_path", four_levels)
    finding = found(tracking.jumps)
    assert finding.verdict == "holds"
    assert finding.measurements[0].measured == pytest.approx(0.5, abs=0.06)
