"""95 % intervals of medians and of scaling exponents.

    median   order statistics, distribution-free      n/2 ± 0.98 sqrt(n) places
    slope    bootstrap over replicates                least squares of log median y on log x

A prediction is called met only when the whole interval lies within a tolerance of it, so that too
few replicates cannot pass (an equivalence test). Source: [Efron1993] for the bootstrap.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Floats
from experiments.validate.claim import Measurement

RESAMPLES = 400
"""Resamples of a bootstrap."""

ENDS = (0.025, 0.975)
"""Quantiles at the ends of a 95 % interval."""


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def agrees(self, predicted: float, tolerance: float) -> bool:
        """Whether the whole interval lies within `tolerance` of a prediction."""
        return max(abs(self.low - predicted), abs(self.high - predicted)) <= tolerance

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
    sizes: Sequence[float], values: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Interval:
    """Slope of the log of the median in the log of the size, with a bootstrap interval.

    Args:
        sizes: positive, `[S]`.
        values: `[S, R]`: R replicates at each size, with positive medians.
        rng: of the resampling.
        resamples: of the bootstrap.
    """
    x = np.log(np.asarray(sizes, np.float64))
    weights = (x - x.mean()) / np.square(x - x.mean()).sum()
    columns = rng.integers(values.shape[1], size=(resamples, *values.shape))
    medians = np.median(np.take_along_axis(values[None], columns, axis=2), axis=2)
    low, high = np.quantile(np.log(medians) @ weights, ENDS)
    value = float(np.log(np.median(values, axis=1)) @ weights)
    return Interval(value, float(low), float(high))


def quartile_distance(values: Floats, rng: np.random.Generator) -> Interval:
    """Distance of the quartiles of `[R]` with a bootstrap interval."""
    samples = values[rng.integers(values.size, size=(RESAMPLES, values.size))]
    upper, lower = np.quantile(samples, (0.75, 0.25), axis=1)
    low, high = np.quantile(upper - lower, ENDS)
    return Interval(float(np.subtract(*np.quantile(values, (0.75, 0.25)))), float(low), float(high))
