"""Each estimator against a closed form, scipy, or its own coverage."""

import numpy as np
import pytest
from scipy import stats

from analysis import estimators
from analysis.estimators import expected_shortfall, known, mean, median, quantile, share_known


def test_mean_and_its_interval_are_scipys() -> None:
    sample = np.random.default_rng(1).lognormal(0.0, 1.0, 25)
    expected = stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=estimators.RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(estimators.SEED),
    ).confidence_interval
    found = mean(sample)
    assert found.value == pytest.approx(sample.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_bootstrap_agrees_with_student_on_normal_data() -> None:
    sample = np.random.default_rng(2).normal(3.0, 2.0, 400)
    student = stats.t.interval(0.95, 399, sample.mean(), stats.sem(sample))
    found = mean(sample)
    assert (found.low, found.high) == pytest.approx(student, abs=0.03)


def test_median_interval_has_the_ranks_of_the_binomial_table() -> None:
    """With n = 20: ranks 6 and 15, confidence 0.9586 (David & Nagaraja 2003, §7.1)."""
    found = median(np.arange(1.0, 21.0))
    assert (found.value, found.low, found.high) == (10.5, 6.0, 15.0)
    assert found.confidence == pytest.approx(0.95861, abs=1e-5)


@pytest.mark.parametrize("n", [6, 7, 11, 20, 50, 101])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_quantile_interval_reaches_its_level_or_says_so(n: int, share: float) -> None:
    found = quantile(np.arange(1.0, n + 1.0), share)
    exact = stats.binom.cdf(found.high - 1, n, share) - stats.binom.cdf(found.low - 1, n, share)
    assert found.confidence == pytest.approx(exact)
    is_range = found.low == 1.0 or found.high == n
    assert found.confidence >= 0.95 or is_range


def test_median_interval_covers_a_law_without_mean() -> None:
    """Cauchy has no mean; the interval's coverage is exact all the same."""
    draws = np.random.default_rng(3).standard_cauchy((2000, 15))
    covered = np.mean([est.low <= 0.0 <= est.high for est in map(median, draws)])
    assert covered == pytest.approx(median(draws[0]).confidence, abs=0.015)


def test_few_values_give_the_range_and_its_confidence() -> None:
    found = median([3.0, 1.0, 2.0])
    assert (found.low, found.high, found.confidence) == (1.0, 3.0, pytest.approx(0.75))
    alone = median([3.0])
    assert alone.value == 3.0
    assert np.isnan([alone.low, alone.high, alone.confidence]).all()


def test_expected_shortfall_is_the_mean_of_the_worst() -> None:
    sample = np.random.default_rng(4).permutation(np.arange(1.0, 101.0))
    assert expected_shortfall(sample, tail=0.95).value == pytest.approx(98.0)
    assert expected_shortfall(sample, tail=0.0).value == pytest.approx(50.5)
    assert expected_shortfall([1.0, 2.0, 9.0], tail=0.95).value == pytest.approx(9.0)


def test_expected_shortfall_weights_the_cut_value() -> None:
    """With n = 10, tail 0.85: the worst 1.5 values are 10 and half of 9."""
    found = expected_shortfall(np.arange(1.0, 11.0), tail=0.85)
    assert found.value == pytest.approx((10.0 + 0.5 * 9.0) / 1.5)


def test_expected_shortfall_of_the_normal_law() -> None:
    """ES_a = φ(Φ⁻¹(a)) / (1 - a)."""
    sample = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    closed_form = stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05
    found = expected_shortfall(sample[10::20], 0.95)
    assert found.value == pytest.approx(closed_form, rel=0.01)


@pytest.mark.parametrize("estimator", [mean, median, expected_shortfall])
def test_unknown_is_left_out_and_counted(estimator: estimators.Estimator) -> None:
    found = estimator([1.0, np.nan, 2.0, 4.0, np.nan])
    assert found.value == estimator([1.0, 2.0, 4.0]).value
    assert (found.n, found.unknown) == (3, 2)
    nothing = estimator([np.nan, np.nan])
    assert (nothing.n, nothing.unknown) == (0, 2)
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()


@pytest.mark.parametrize("estimator", [mean, median, expected_shortfall])
def test_estimates_are_the_same_twice(estimator: estimators.Estimator) -> None:
    sample = np.random.default_rng(5).pareto(0.9, 30)
    assert estimator(sample) == estimator(sample)


@pytest.mark.parametrize("estimator", [mean, expected_shortfall])
def test_a_constant_has_an_interval_of_no_width(estimator: estimators.Estimator) -> None:
    found = estimator([2.5] * 7)
    assert (found.value, found.low, found.high) == (2.5, 2.5, 2.5)


def test_wilson_interval_of_the_known_share() -> None:
    """Wilson (1927): 18 of 20, 95 %: 0.699 to 0.972."""
    found = share_known([1.0] * 18 + [np.nan] * 2)
    assert (found.value, found.low, found.high) == pytest.approx((0.9, 0.699, 0.972), abs=5e-4)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        known([1.0, np.inf])
    with pytest.raises(ValueError, match="strictly between"):
        quantile([1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="tail is"):
        expected_shortfall([1.0, 2.0], tail=1.0)
