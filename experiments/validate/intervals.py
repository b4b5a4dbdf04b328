"""95 % intervals of medians and of scaling exponents.

    median   order statistics, distribution-free      n/2 ± 0.98 sqrt(n) places
    slope    bootstrap over replicates                least squares of log median y on log x

A prediction is called met only when the whole interval lies within a tolerance of it, and missed
only when the whole interval lies outside, so that too few replicates can do neither (an equivalence
test). Source: [Efron1993] for the bootstrap.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Floats
from experiments.validate.claim import Measurement, Truth

RESAMPLES = 400
"""Resamples of a bootstrap."""

ENDS = (0.025, 0.975)
"""Quantiles at the ends of a 95 % interval."""


def within(low: float, high: float, predicted: float, tolerance: float) -> Truth:
    """Whether an interval lies within `tolerance` of a prediction.

    Returns:
        True when all of it does, False when nothing of it does, None when a part does or an end is
        NaN.
    """
    if low >= predicted - tolerance and high <= predicted + tolerance:
        return True
    if low > predicted + tolerance or high < predicted - tolerance:
        return False
    return None


def above(low: float, high: float, level: float) -> Truth:
    """Whether an interval lies above a level: True, False (below or at it), None (it holds it)."""
    if low > level:
        return True
    return False if high <= level else None


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def agrees(self, predicted: float, tolerance: float) -> Truth:
        """Whether this lies within `tolerance` of a prediction; None where it cannot be told."""
        return within(self.low, self.high, predicted, tolerance)

    def measurement(self, name: str, predicted: float, unit: str = "1") -> Measurement:
        """This estimate as one number of a finding."""
        return Measurement(name, predicted, self.value, self.low, self.high, unit)


class Band(NamedTuple):
    """Medians of the rows of `[S, R]` with intervals, each `[S]`."""

    median: Floats
    low: Floats
    high: Floats


def median_band(values: Floats) -> Band:
    """Median of every row of `[S, R]` with its distribution-free interval (binomial).

    Args:
        values: R >= 6 replicates in each of S rows.
    """
    ordered = np.sort(values, axis=1)
    count = ordered.shape[1]
    half = 0.98 * math.sqrt(count)
    low = max(0, math.floor(count / 2 - half) - 1)
    high = min(count - 1, math.ceil(count / 2 + half))
    return Band(np.median(ordered, axis=1), ordered[:, low], ordered[:, high])


def median_interval(values: Floats) -> Interval:
    """Median of `[R]` with its distribution-free interval."""
    return Interval(*(float(end[0]) for end in median_band(values[None, :])))


def log_slope(
    sizes: Sequence[float], values: Floats, rng: np.random.Generator, *, paired: bool = False
) -> Interval:
    """Slope of the log of the median in the log of the size, with a bootstrap interval.

    A slope needs positive medians: without them it is NaN, and its interval is NaN as soon as a
    median of a resample is not positive.

    Args:
        sizes: positive, `[S]`.
        values: `[S, R]`: R replicates at each size.
        rng: of the resampling.
        paired: whether a column is one replicate at all sizes, so that columns are resampled
            instead of the values of each row on their own.
    """
    x = np.log(np.asarray(sizes, np.float64))
    weights = (x - x.mean()) / np.square(x - x.mean()).sum()
    rows, count = values.shape
    columns = rng.integers(count, size=(RESAMPLES, 1 if paired else rows, count))
    columns = np.broadcast_to(columns, (RESAMPLES, rows, count))
    medians = np.median(np.take_along_axis(values[None], columns, axis=2), axis=2)
    low, high = np.quantile(_logs(medians) @ weights, ENDS)
    return Interval(float(_logs(np.median(values, axis=1)) @ weights), float(low), float(high))


def _logs(values: Floats) -> Floats:
    """Logarithms; NaN for what is not positive."""
    positive = values > 0.0
    return np.where(positive, np.log(np.where(positive, values, 1.0)), np.nan)


def quartile_distance(values: Floats, rng: np.random.Generator) -> Interval:
    """Distance of the quartiles of `[R]` with a bootstrap interval."""
    samples = values[rng.integers(values.size, size=(RESAMPLES, values.size))]
    upper, lower = np.quantile(samples, (0.75, 0.25), axis=1)
    low, high = np.quantile(upper - lower, ENDS)
    return Interval(float(np.subtract(*np.quantile(values, (0.75, 0.25)))), float(low), float(high))
