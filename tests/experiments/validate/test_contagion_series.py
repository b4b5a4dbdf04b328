"""Tail, memory and moments of series, against laws whose numbers are known."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.validate.contagion.series import (
    autocorrelation,
    excess_kurtosis,
    hill,
    log_returns,
    skewness,
)


@pytest.mark.parametrize("index", [1.5, 3.0, 6.0])
def test_the_quantiles_of_a_pareto_law_have_its_index(index: float) -> None:
    places = (np.arange(200_000) + 0.5) / 200_000
    assert hill((1.0 - places) ** (-1.0 / index)) == pytest.approx(index, rel=0.01)


def test_a_gaussian_has_nine_and_student_three_not_quite_three() -> None:
    """The baselines of the estimator at 1 %: 9.02 and 2.88."""
    places = (np.arange(400_000) + 0.5) / 400_000
    assert hill(stats.norm.ppf(places)) == pytest.approx(9.02, abs=0.05)
    assert hill(stats.t.ppf(places, 3)) == pytest.approx(2.88, abs=0.03)


def test_the_index_knows_neither_sign_nor_unit() -> None:
    values = np.random.default_rng(0).standard_t(3, 5000)
    assert hill(-7.0 * values) == pytest.approx(hill(values))


@pytest.mark.parametrize("values", [np.zeros(1000), np.ones(400), np.array([1.0])], ids=len)
def test_too_few_or_no_sizes_are_unknown(values: np.ndarray) -> None:
    assert math.isnan(hill(values))


def test_sizes_that_end_in_one_value_have_no_tail() -> None:
    assert math.isinf(hill(np.minimum(np.arange(1.0, 2001.0), 1900.0)))


def test_memory_of_an_autoregression() -> None:
    rng, values = np.random.default_rng(1), np.zeros(200_000)
    shocks = rng.standard_normal(values.size)
    for t in range(1, values.size):
        values[t] = 0.6 * values[t - 1] + shocks[t]
    assert autocorrelation(values, 1) == pytest.approx(0.6, abs=0.01)
    assert autocorrelation(values, 3) == pytest.approx(0.6**3, abs=0.015)
    assert math.isnan(autocorrelation(values[:10], 5))
    assert math.isnan(autocorrelation(np.ones(100), 1))


def test_moments_are_those_of_scipy() -> None:
    values = np.random.default_rng(2).standard_exponential(1000)
    assert excess_kurtosis(values) == pytest.approx(float(stats.kurtosis(values)))
    assert skewness(values) == pytest.approx(float(stats.skew(values)))
    assert math.isnan(excess_kurtosis(np.ones(5)))
    assert math.isnan(skewness(np.ones(5)))


def test_hourly_returns_are_sums_of_minutes() -> None:
    prices = np.exp(np.cumsum(np.random.default_rng(3).standard_normal(181) / 100.0))
    minutes = log_returns(prices)
    assert log_returns(prices, 60) == pytest.approx(minutes.reshape(3, 60).sum(axis=1))
