"""Location, quantile and tail of one outcome over replicates, each with its interval.

    mean      x̄ with a bias-corrected bootstrap interval (BCa)
    median    the 1/2-quantile; interval from two order statistics
    quantile  [x_(l), x_(u)] with P(l <= B < u) >= level, B ~ Binomial(n, p): holds for every law
    shortfall ES_a = 1/(1 - a) ∫_a^1 Q(u) du, the mean of the worst 1 - a; percentile bootstrap

Losses in a crash have tails so heavy that a mean need not exist, so figures show medians of amounts
and of burdens, whose order-statistic intervals assume nothing about the tail. Means are kept for
shares and other bounded outcomes, where they always exist. NaN means "unknown": such values are
left out and counted in `unknown`, never read as zero.

Source: Efron (1987), "Better bootstrap confidence intervals"; David & Nagaraja (2003), "Order
statistics", §7.1; Acerbi & Tasche (2002), "On the coherence of expected shortfall".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

type Floats = NDArray[np.float64]

LEVEL = 0.95
"""Confidence of an interval unless said otherwise [1]."""

RESAMPLES = 1999
"""Bootstrap resamples behind one interval."""

SEED = 20_251_010
"""Seed of every bootstrap, so that a figure has the same bytes each time it is drawn."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: point estimate, in the outcome's unit; NaN when nothing is known.
        low: lower end of the interval; NaN when there are too few values for one.
        high: upper end of the interval.
        confidence: confidence the interval reaches; below the level asked for when `n` is so small
            that even the whole range does not reach it.
        n: values used.
        unknown: values left out because they are NaN.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    unknown: int = 0


type Estimator = Callable[[ArrayLike], Estimate]
"""From an outcome over replicates [R] to its estimate."""


def known(values: ArrayLike) -> tuple[Floats, int]:
    """Split off the unknown.

    Args:
        values: [R] one outcome over replicates.

    Returns:
        The values that are not NaN, in their order, and how many were NaN.

    Raises:
        ValueError: when a value is infinite.
    """
    column = np.asarray(values, dtype=np.float64).ravel()
    unknown = np.isnan(column)
    if np.isinf(column).any():
        raise ValueError("an outcome is infinite: repair the measure, or report NaN for unknown.")
    return column[~unknown], int(unknown.sum())


def mean(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """Mean with a BCa bootstrap interval [Efron 1987]; for bounded outcomes (shares, ratios)."""
    return _bootstrapped(values, _mean_last_axis, level, "BCa")


def expected_shortfall(values: ArrayLike, tail: float = 0.95, level: float = LEVEL) -> Estimate:
    """Mean of the largest share 1 - `tail` of an outcome where large is bad.

    The empirical quantile function is a staircase, so the integral is a weighted sum of the sorted
    values; with fewer than 1/(1 - tail) values it is the maximum.

    Raises:
        ValueError: unless 0 <= tail < 1.
    """
    if not 0.0 <= tail < 1.0:
        raise ValueError(f"tail is {tail}: give a share in [0, 1), for example 0.95.")

    def shortfall(sample: Floats, axis: int = -1) -> Floats:
        n = sample.shape[axis]
        steps = np.maximum(np.arange(n + 1) / n, tail)
        weights = np.diff(steps) / (1.0 - tail)
        return np.asarray(np.sort(sample, axis=axis) @ weights)

    return _bootstrapped(values, shortfall, level, "percentile")


def median(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """Median with its distribution-free interval; the figures' choice for amounts and burdens."""
    return quantile(values, 0.5, level)


def quantile(values: ArrayLike, share: float, level: float = LEVEL) -> Estimate:
    """Quantile with an interval between two order statistics, valid for every distribution.

    With n values x_(1) <= ... <= x_(n), l is the largest rank with P(B < l) <= (1 - level)/2 and u
    the smallest with P(B >= u) <= (1 - level)/2, B ~ Binomial(n, share). When n is too small for
    such ranks the interval is the range, and `confidence` says what it is worth.

    Raises:
        ValueError: unless 0 < share < 1.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share is {share}: give a share strictly between 0 and 1.")
    sample, unknown = known(values)
    n = sample.size
    if n == 0:
        return _nothing(unknown)
    if n == 1:
        return Estimate(float(sample[0]), np.nan, np.nan, np.nan, 1, unknown)
    ordered = np.sort(sample)
    tail = (1.0 - level) / 2.0
    below = stats.binom.cdf(np.arange(n + 1), n, share)  # [n+1] P(B <= k)
    low = max(int(np.searchsorted(below, tail, side="right")), 1)
    high = min(int(np.searchsorted(below, 1.0 - tail, side="left")) + 1, n)
    high = max(high, low)
    return Estimate(
        value=float(np.quantile(ordered, share)),
        low=float(ordered[low - 1]),
        high=float(ordered[high - 1]),
        confidence=float(below[high - 1] - below[low - 1]),
        n=n,
        unknown=unknown,
    )


def share_known(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """Share of values that are known, with Wilson's interval; how often there was anything to see.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    sample, unknown = known(values)
    n = sample.size + unknown
    if n == 0:
        return _nothing(0)
    interval = stats.binomtest(sample.size, n).proportion_ci(level, method="wilson")
    return Estimate(sample.size / n, float(interval.low), float(interval.high), level, n)


def _mean_last_axis(sample: Floats, axis: int = -1) -> Floats:
    return np.asarray(sample.mean(axis=axis))


def _nothing(unknown: int) -> Estimate:
    return Estimate(np.nan, np.nan, np.nan, np.nan, 0, unknown)


def _bootstrapped(
    values: ArrayLike, statistic: Callable[..., Floats], level: float, method: str
) -> Estimate:
    """Point value and bootstrap interval; a constant sample has an interval of width zero."""
    sample, unknown = known(values)
    if sample.size == 0:
        return _nothing(unknown)
    value = float(statistic(sample))
    if sample.size == 1:
        return Estimate(value, np.nan, np.nan, np.nan, 1, unknown)
    if np.ptp(sample) == 0.0:
        return Estimate(value, value, value, level, sample.size, unknown)
    interval = stats.bootstrap(
        (sample,),
        statistic,
        axis=-1,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=level,
        method=method,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Estimate(value, float(interval.low), float(interval.high), level, sample.size, unknown)
