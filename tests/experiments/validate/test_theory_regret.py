"""V17 to V19: ingredients against the blind oracles, and verdicts that turn when the world does."""

import math
from functools import partial

import numpy as np
import pytest

from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import mirror_descent, regret
from tests.oracles import theory_measures, theory_severity

QUICK = Settings()


def found(experiment: object, seed: int = 1) -> Finding:
    return experiment(QUICK, np.random.default_rng(seed))  # type: ignore[operator,no-any-return]


# --- ingredients ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_paths_side_by_side_are_the_oracles_path_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    needed, deficit = rng.random((30, 4)), rng.lognormal(0.0, 1.0, (30, 4))
    first, steps = rng.random(4), theory_severity.falling_steps(0.3, 30)
    played = regret.gradient_paths(needed, deficit, np.array(steps)[:, None], first, 0.8)
    for r in range(4):
        expected = theory_severity.gradient_path(
            float(first[r]), needed[:, r].tolist(), deficit[:, r].tolist(), steps, 0.8
        )
        assert played[1:, r] == pytest.approx(expected[1:], abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_both_regrets_are_the_oracles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    played, needed, deficit = rng.random((3, 25, 3))
    both = regret.regrets(played, needed, deficit)
    for r in range(3):
        columns = [table[:, r].tolist() for table in (played, needed, deficit)]
        assert both.static[r] == pytest.approx(theory_measures.static_regret(*columns))
        assert both.dynamic[r] == pytest.approx(theory_measures.dynamic_regret(*columns))


def test_the_sources_example_has_1500_in_one_notion_and_0_in_the_other() -> None:
    numbers = {one.name: one.measured for one in regret.regrets_of_example(10_000)}
    assert numbers["example: static rule, dynamic regret"] == pytest.approx(1500.0)
    assert numbers["example: static rule, static regret"] == pytest.approx(0.0, abs=1e-9)
    assert numbers["example: OGD, static regret"] == pytest.approx(30.0, rel=0.05)
    assert numbers["example: OGD, dynamic regret"] > 1500.0


def test_the_ratio_to_the_bound_is_the_oracles() -> None:
    rng = np.random.default_rng(3)
    needed, deficit = rng.random((40, 1)), rng.lognormal(0.0, 1.0, (40, 1))
    wanted, losses = needed[:, 0].tolist(), deficit[:, 0].tolist()
    variation = theory_measures.path_variation(wanted)
    step = theory_severity.tuned_step(variation, losses)
    played = theory_severity.gradient_path(0.0, wanted, losses, [step] * 40)
    lost = sum(theory_severity.severity_losses(played, wanted, losses))
    bound = theory_measures.instance_bound(variation, losses)
    assert regret.bound_ratio(needed, deficit)[0] == pytest.approx(lost / bound)


def test_entropic_steps_are_mirror_descent_written_out() -> None:
    gradients = np.random.default_rng(4).random((60, 5))
    weights, lost = [0.2] * 5, 0.0
    for t, slopes in enumerate(gradients.tolist(), start=1):
        lost += sum(v * g for v, g in zip(weights, slopes, strict=True))
        rate = math.sqrt(math.log(5)) / math.sqrt(t)
        weights = [v * math.exp(-rate * g) for v, g in zip(weights, slopes, strict=True)]
        weights = [v / sum(weights) for v in weights]
    expected = lost - min(gradients.sum(axis=0))
    assert mirror_descent.simplex_regret(gradients, "shrinking") == pytest.approx(expected)


def test_two_phases_beat_the_falling_step_whatever_the_horizon() -> None:
    """The first account is ahead by so much that the steps left cannot turn it: regret T / 3."""
    for rounds in (300, 3000):
        losses = mirror_descent.two_phases(rounds)
        lost = mirror_descent.simplex_regret(losses, "shrinking")
        assert lost == pytest.approx(rounds / 3.0, rel=0.05)
        assert mirror_descent.simplex_regret(losses, "fixed") < 2.0 * math.sqrt(rounds)


# --- verdicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (("alternating", "persistent"), "holds with correction"),
        (("persistent", "persistent"), "holds"),
        (("alternating", "alternating"), "refuted"),
    ],
)
def test_v17_is_judged_by_the_regimes(
    kinds: tuple[str, str], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If "alternating" regimes lasted, the claim would stand; if none lasted, nothing would."""
    as_drawn = regret.regimes
    which = dict(zip(("alternating", "persistent"), kinds, strict=True))
    monkeypatch.setattr(regret, "regimes", lambda kind, rounds: as_drawn(which[kind], rounds))
    assert found(regret.static_against_learning).verdict == verdict


def test_v18_stands_without_the_two_adversaries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(mirror_descent.mirror_descent).verdict == "holds with correction"
    rng = np.random.default_rng(0)
    monkeypatch.setattr(mirror_descent, "two_phases", lambda rounds: rng.random((rounds, 2)))
    monkeypatch.setattr(
        mirror_descent, "zigzag", lambda rounds, *_steps: rng.uniform(-1.0, 1.0, rounds)
    )
    assert found(mirror_descent.mirror_descent).verdict == "holds"


def test_v19_is_refuted_for_a_step_eight_times_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(regret.dynamic_bound).verdict == "holds"
    monkeypatch.setattr(regret, "bound_ratio", partial(regret.bound_ratio, scale=8.0))
    assert found(regret.dynamic_bound).verdict == "refuted"


def test_v19_finds_paths_that_come_within_a_tenth_of_the_bound() -> None:
    largest = {m.name: m.measured for m in found(regret.dynamic_bound).measurements}
    assert 0.9 < largest["largest regret / bound: searched, T = 16"] <= 1.0
    assert largest["regret / bound of one round with theta* = 1"] == pytest.approx(1.0)
