"""Statistics of a series of returns: tail, memory, kurtosis, skewness.

    Hill          1 / mean of log(x_(i) / x_(k+1)), i = 1..k      k = 1 % of |r| unless said
    memory        autocorrelation of |r| (or of r) at a lag
    kurtosis      fourth moment over the squared second, minus 3

The estimator matters more than the sample: a Gaussian has a Hill index of 9 at 1 %, not infinity.
Source: Hill, Annals of Statistics 3 (1975); Cont, Quantitative Finance 1 (2001), stylised facts.
"""

import math

import numpy as np

from abm.units import Floats

TAIL = 0.01
"""Share of a sample that a Hill index is taken from [1]."""

LEAST_TAIL = 5
"""Fewest values that a Hill index may rest on."""


def hill(returns: Floats, tail: float = TAIL) -> float:
    """Tail index of |r| by the largest `tail` share of them; NaN with fewer than 5 values there.

    Infinite when these are all of one size.
    """
    sizes = np.abs(returns[np.isfinite(returns)])
    count = int(tail * sizes.size)
    if count < LEAST_TAIL:
        return math.nan
    top = np.sort(np.partition(sizes, sizes.size - count - 1)[-count - 1 :])
    if top[0] <= 0.0:
        return math.nan
    mean = float(np.mean(np.log(top[1:] / top[0])))
    return 1.0 / mean if mean > 0.0 else math.inf


def autocorrelation(values: Floats, lag: int) -> float:
    """Correlation of a series with itself `lag` steps later; NaN when it is too short or flat."""
    if values.size < 2 * lag + 2:
        return math.nan
    centred = values - values.mean()
    power = float(np.dot(centred, centred))
    return float(np.dot(centred[lag:], centred[:-lag])) / power if power > 0.0 else math.nan


def excess_kurtosis(returns: Floats) -> float:
    """Kurtosis minus 3; NaN for a flat series."""
    centred = returns - returns.mean()
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**4)) / variance**2 - 3.0 if variance > 0.0 else math.nan


def skewness(returns: Floats) -> float:
    """Third standardised moment; NaN for a flat series."""
    centred = returns - returns.mean()
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / variance**1.5 if variance > 0.0 else math.nan


def log_returns(prices: Floats, every: int = 1) -> Floats:
    """Log returns of every so-manieth price."""
    return np.diff(np.log(prices[::every]))
