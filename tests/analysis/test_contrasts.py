"""Pairing, the sign test, Holm's procedure and what common random numbers buy."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.contrasts import (
    Pairs,
    adjust,
    family,
    holm,
    pair,
    sign_test,
    variance_reduction,
)
from analysis.estimators import median


def runs(**sides: dict[int, float]) -> pd.DataFrame:
    rows = [
        {"design": design, "replicate": replicate, "loss": loss}
        for design, by_replicate in sides.items()
        for replicate, loss in by_replicate.items()
    ]
    return pd.DataFrame(rows)


def test_pairs_meet_by_replicate_whatever_the_order() -> None:
    table = runs(a={0: 10.0, 1: 20.0, 2: 30.0}, b={2: 3.0, 0: 1.0, 1: 2.0})
    pairs = pair(table, "loss", "design", "a", "b")
    assert pairs.difference.tolist() == [9.0, 18.0, 27.0]
    assert pairs.unpaired == 0


def test_a_run_without_partner_is_counted_and_never_matched() -> None:
    table = runs(a={0: 10.0, 1: 20.0}, b={1: 2.0, 2: 3.0, 3: 4.0})
    pairs = pair(table, "loss", "design", "a", "b")
    assert pairs.difference.tolist() == [18.0]
    assert pairs.unpaired == 3


def test_an_unknown_side_makes_an_unknown_difference() -> None:
    table = runs(a={0: np.nan, 1: 5.0}, b={0: 1.0, 1: 2.0})
    [contrast] = family(table, "loss", "design", [("a", "b")])
    assert contrast.effect.value == 3.0
    assert (contrast.effect.n, contrast.effect.unknown) == (1, 1)


def test_a_lever_that_still_varies_is_refused() -> None:
    table = pd.concat([runs(a={0: 1.0}, b={0: 2.0}), runs(a={0: 3.0})])
    with pytest.raises(ValueError, match="several runs per replicate"):
        pair(table, "loss", "design", "a", "b")


def test_sign_test_is_scipys_binomial_test() -> None:
    differences = np.array([1.0] * 12 + [-1.0] * 3)
    assert sign_test(differences) == pytest.approx(stats.binomtest(12, 15).pvalue)


def test_sign_test_keeps_ties_and_stays_conservative() -> None:
    assert sign_test([0.0] * 18 + [1.0, 1.0]) == 1.0
    assert np.isnan(sign_test([np.nan]))


@pytest.mark.parametrize("seed", range(20))
def test_interval_excludes_zero_exactly_when_the_test_rejects(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.5, 1.0, 21)
    found = median(differences)
    assert (found.low > 0.0 or found.high < 0.0) == (sign_test(differences) <= 0.05)


def test_holm_worked_example() -> None:
    """Raw p = 0.01, 0.04, 0.03, 0.005 -> 0.03, 0.06, 0.06, 0.02 (Holm 1979, R's p.adjust)."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_was_not_tested() -> None:
    adjusted = holm([0.01, float("nan"), 0.04])
    assert adjusted[0] == pytest.approx(0.02)
    assert np.isnan(adjusted[1])
    assert adjusted[2] == pytest.approx(0.04)


def test_holm_never_exceeds_bonferroni_nor_undercuts_the_raw_value() -> None:
    p_values = list(np.random.default_rng(6).uniform(size=30))
    for raw, adjusted in zip(p_values, holm(p_values), strict=True):
        assert raw <= adjusted <= min(1.0, 30 * raw)


def test_variance_reduction_closed_form() -> None:
    """With x = shock + own noise, variances 1 and s²: V = (1 + s²)/s² = 26 at s = 0.2."""
    rng = np.random.default_rng(7)
    shock, noise = rng.normal(size=200_000), rng.normal(0.0, 0.2, (2, 200_000))
    found = variance_reduction(Pairs(shock + noise[0], shock + noise[1], 0))
    assert found == pytest.approx(26.0, rel=0.02)


def test_variance_reduction_at_its_edges() -> None:
    shift = np.array([1.0, 2.0, 3.0])
    assert variance_reduction(Pairs(shift + 1.0, shift, 0)) == float("inf")
    assert np.isnan(variance_reduction(Pairs(np.ones(3), np.ones(3), 0)))
    assert np.isnan(variance_reduction(Pairs(shift[:1], shift[:1], 0)))


def test_the_family_widens_intervals_and_finds_the_real_effect() -> None:
    rng = np.random.default_rng(8)
    shock = rng.lognormal(0.0, 2.0, 40)
    effects = {"control": 0.0, "none": 0.0, "real": 0.5}
    table = runs(
        **{
            name: dict(enumerate(shock + effect + rng.normal(0.0, 0.1, 40)))
            for name, effect in effects.items()
        }
    )
    comparisons = [("none", "control"), ("real", "control")]
    none, real = family(table, "loss", "design", comparisons)
    assert real.is_shown()
    assert not none.is_shown()
    assert real.effect.value == pytest.approx(0.5, abs=0.1)
    assert real.variance_reduction > 100
    for contrast in (none, real):
        assert contrast.simultaneous.low <= contrast.effect.low
        assert contrast.simultaneous.high >= contrast.effect.high
        assert contrast.simultaneous.confidence >= 0.975
        assert contrast.family_interval == contrast.simultaneous


def test_too_few_replicates_have_no_joint_interval() -> None:
    """Six pairs reach 1 - 2/2⁶ = 96.9 %: enough for one effect, not for two at once (97.5 %)."""
    pairs = Pairs(np.arange(6.0), np.zeros(6), 0)
    [alone] = adjust("x", [("a", "b")], [pairs])
    assert alone.family_interval is not None
    both = adjust("x", [("a", "b"), ("c", "b")], [pairs, pairs])
    assert [contrast.family_interval for contrast in both] == [None, None]


def test_holm_controls_the_family_when_nothing_is_true() -> None:
    rng = np.random.default_rng(9)
    zeros = np.zeros(20)
    worlds = 300
    false_claims = 0
    for _ in range(worlds):
        matched = [Pairs(rng.standard_cauchy(20), zeros, 0) for _ in range(5)]
        contrasts = adjust("x", list(itertools.repeat(("a", "b"), 5)), matched)
        false_claims += any(contrast.is_shown() for contrast in contrasts)
    assert false_claims / worlds <= 0.07
