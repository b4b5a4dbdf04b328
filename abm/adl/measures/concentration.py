"""How unequally a burden falls. Columns `[N]` of numbers >= 0: dollars x, or shares x / w.

    Gini       sum_i sum_j |v_i - v_j| / (2 n sum v)          0 equal, 1 - 1/n one has all
    Lorenz     cumulated share of the k smallest, over k / n
    top        share of the k largest; of the largest part p: 1 - Lorenz curve at 1 - p
    Hill       1 / mean log(v_(i) / v_(k+1)) over the k largest: the tail index
    Atkinson   1 - (mean v^(1-a))^(1/(1-a)) / mean,  geometric mean at a = 1
    Kolm       (1/a) ln mean exp(a (mean - v))                in the unit of v
    Jain       (sum v)^2 / (n sum v^2)                        1 equal, 1/n one has all
    HHI        sum (v / sum v)^2
    majorises  every partial sum of the sorted column, largest first, is at least the other's

What needs a total has no value (NaN) where nobody holds anything. Sources: [Atkinson1970],
[Kolm1976], [Jain1984], [MarshallOlkin1979], [Hill1975].
"""

import math

import numpy as np

from abm.units import Floats


def gini(values: Floats) -> float:
    """Gini coefficient [1]; NaN without a total."""
    total = float(values.sum())
    if not total > 0.0:
        return float("nan")
    ranks = np.arange(1, values.size + 1)
    return float(((2 * ranks - values.size - 1) * np.sort(values)).sum() / (values.size * total))


def lorenz(values: Floats) -> Floats:
    """Cumulated share of the 0, 1, .., N smallest: `[N + 1]`, from 0 to 1; NaN without a total."""
    held = np.concatenate([[0.0], np.cumsum(np.sort(values))])
    if not held[-1] > 0.0:
        return np.full(held.size, np.nan)
    return np.asarray(held / held[-1])


def top_count_share(values: Floats, count: int) -> float:
    """Share of the `count` largest [1]; NaN without a total.

    Raises:
        ValueError: `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}: give at least 1")
    total = float(values.sum())
    return float(np.sort(values)[-count:].sum() / total) if total > 0.0 else float("nan")


def top_share(values: Floats, share: float) -> float:
    """Share of the largest ceil(share N) [1]; NaN without a total.

    Raises:
        ValueError: `share` is not in (0, 1].
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"share is {share}: give a share in (0, 1]")
    return top_count_share(values, max(1, math.ceil(share * values.size - 1e-9)))


def top_part_share(values: Floats, part: float) -> float:
    """Share of the largest part, the Lorenz curve straight between values; NaN without a total.

    Raises:
        ValueError: `part` is not in [0, 1].
    """
    if not 0.0 <= part <= 1.0:
        raise ValueError(f"part is {part}: give a share in [0, 1]")
    curve = lorenz(values)
    return float(1.0 - np.interp((1.0 - part) * values.size, np.arange(curve.size), curve))


def hill(values: Floats, count: int) -> float:
    """Tail index by Hill's estimator from the `count` largest [1]; NaN where these are equal.

    Raises:
        ValueError: `count` is below 1, or there are not more values than that.
    """
    if not 1 <= count < values.size:
        raise ValueError(f"Hill's index of {count} needs more values than that, not {values.size}")
    largest = np.sort(values)[::-1][: count + 1]
    total = float(np.log(largest[:count] / largest[count]).sum())
    return count / total if total > 0.0 else float("nan")


def atkinson(values: Floats, aversion: float) -> float:
    """Atkinson's index [1]; 1 where somebody holds nothing and aversion >= 1; NaN without a total.

    Args:
        values: `[N]`.
        aversion: > 0.

    Raises:
        ValueError: the aversion is not positive.
    """
    if not aversion > 0.0:
        raise ValueError(f"aversion is {aversion}: give a number above 0")
    if not float(values.sum()) > 0.0:
        return float("nan")
    if aversion >= 1.0 and float(values.min()) == 0.0:
        return 1.0
    shares = values / values.mean()
    if aversion == 1.0:
        return float(1.0 - math.exp(np.log(shares).mean()))
    power = 1.0 - aversion
    return float(1.0 - np.mean(shares**power) ** (1.0 / power))


def kolm(values: Floats, aversion_per_unit: float) -> float:
    """Kolm's index, in the unit of the values.

    Args:
        values: `[N]`, N >= 1.
        aversion_per_unit: > 0, one over the unit of the values.

    Raises:
        ValueError: there are no values, or the aversion is not positive.
    """
    if values.size == 0 or not aversion_per_unit > 0.0:
        raise ValueError("give at least one value, and an aversion_per_unit above 0")
    exponents = aversion_per_unit * (values.mean() - values)
    highest = float(exponents.max())
    mean = float(np.exp(exponents - highest).mean())
    return (highest + math.log(mean)) / aversion_per_unit


def jain(values: Floats) -> float:
    """Jain's fairness index [1]; NaN where nobody holds anything."""
    largest = float(values.max()) if values.size else 0.0
    if not largest > 0.0:
        return float("nan")
    scaled = values / largest
    return float(scaled.sum() ** 2 / (values.size * (scaled**2).sum()))


def herfindahl(values: Floats) -> float:
    """Herfindahl-Hirschman index [1], of a burden or of liquidity; NaN without a total."""
    total = float(values.sum())
    return float(((values / total) ** 2).sum()) if total > 0.0 else float("nan")


def submajorises(one: Floats, other: Floats, tolerance: float = 1e-9) -> bool:
    """Whether every partial sum of `one`, largest first, is at least that of `other`.

    Raises:
        ValueError: lengths differ.
    """
    if one.size != other.size:
        raise ValueError("the columns differ in length: give the same accounts twice")
    gap = np.cumsum(np.sort(one)[::-1]) - np.cumsum(np.sort(other)[::-1])
    return bool((gap >= -tolerance).all())


def majorises(one: Floats, other: Floats, tolerance: float = 1e-9) -> bool:
    """Whether `one` is more unequal than `other` at the same total.

    Raises:
        ValueError: lengths differ.
    """
    same_total = abs(float(one.sum()) - float(other.sum())) <= tolerance
    return same_total and submajorises(one, other, tolerance)
