"""Means and shares over random draws as measurements with 95 % intervals.

    mean     m +- t s / sqrt(n)           Student's t, n - 1 degrees of freedom
    share    Wilson's score interval      right for shares of 0 and 1 too
    gap      of two shares, by Newcombe's square-and-add of their Wilson intervals (1998, "Interval
             estimation for the difference between independent proportions", method 10)

Draws are independent: one per book, path or population.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from experiments.validate.claim import Measurement, Truth
from experiments.validate.intervals import within

LEVEL = 0.95
"""Coverage of an interval [1]."""


def mean_of(name: str, predicted: float, samples: ArrayLike, unit: str = "1") -> Measurement:
    """The mean of independent draws.

    Args:
        name: what is measured.
        predicted: value under the claim; NaN where it predicts none.
        samples: at least two draws, `[R]`.
        unit: of the draws.

    Raises:
        ValueError: fewer than two draws, or one of them is NaN.
    """
    mean, low, high = mean_interval(samples)
    return Measurement(name, predicted, mean, low, high, unit)


def mean_interval(samples: ArrayLike) -> tuple[float, float, float]:
    """(mean, low, high) of independent draws, `[R]`.

    Raises:
        ValueError: fewer than two draws, or one of them is NaN.
    """
    draws = np.asarray(samples, np.float64)
    if draws.size < 2 or np.isnan(draws).any():
        raise ValueError("an interval needs at least two draws, none of them NaN")
    mean = float(draws.mean())
    error = float(draws.std(ddof=1)) / math.sqrt(draws.size)
    reach = float(stats.t.ppf(0.5 + LEVEL / 2.0, draws.size - 1)) * error
    return mean, mean - reach, mean + reach


def share_of(name: str, predicted: float, hits: int, trials: int) -> Measurement:
    """A share of independent trials.

    Args:
        name: what is counted.
        predicted: value under the claim; NaN where it predicts none.
        hits: trials in which it was so.
        trials: all trials, at least one.
    """
    counted = stats.binomtest(int(hits), int(trials))
    interval = counted.proportion_ci(LEVEL, method="wilson")
    low, high = float(interval.low), float(interval.high)
    return Measurement(name, predicted, float(counted.statistic), low, high)


def share_gap(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """(p - q, low, high) of two shares of independent trials.

        low = d - sqrt((p - p_low)^2 + (q_high - q)^2)          high the other way round

    Args:
        one: hits and trials of the first.
        other: of the second.
    """
    p, q = (share_of("", math.nan, *counted) for counted in (one, other))
    gap = p.measured - q.measured
    low = gap - math.hypot(p.measured - p.low, q.high - q.measured)
    high = gap + math.hypot(p.high - p.measured, q.measured - q.low)
    return gap, low, high


def agrees(measured: Measurement, tolerance: float) -> Truth:
    """Whether the whole interval lies within `tolerance` of the prediction; None if a part does."""
    return within(measured.low, measured.high, measured.predicted, tolerance)
