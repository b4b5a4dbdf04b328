"""Paired differences under common random numbers, and how many of them may be believed at once.

Every design meets the same shocks at the same replicate r, so the effect of changing a lever is

    d_r = x_r(treated) - x_r(control),   effect = median of d_r

paired by replicate and never between replicates. What pairing buys is the variance-reduction factor

    V = (var x(treated) + var x(control)) / var d ,

the number of unpaired replicates one pair is worth. The interval of the median comes from order
statistics and its p-value from the sign test that inverts it, so neither assumes a light tail.

A family of m contrasts is adjusted in two ways, one for each question. *Which effects are not
zero?* Holm's step-down p-values, which control the chance of any false claim. *How large may they
be, all together?* simultaneous intervals at confidence 1 - a/m. Intervals that invert Holm's steps
exactly exist (Strassburger & Bretz 2008) but end at zero for every rejected effect, and so say
nothing about its size.

Source: Holm (1979); Dunn (1961); Law (2015), "Simulation modeling and analysis", §11.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.estimators import LEVEL, Estimate, Floats, known, median


@dataclass(frozen=True)
class Contrast:
    """The effect of one lever's value against another on one outcome.

    Attributes:
        outcome: name of the outcome's column.
        treated: the lever's value whose effect is asked for.
        control: the value it is compared with.
        effect: median paired difference, interval at the level asked for.
        simultaneous: the same median, interval that holds for the whole family at once.
        p_value: two-sided sign test of "the median difference is zero".
        holm_p_value: the same, adjusted for the family.
        variance_reduction: factor V; infinite when the difference does not vary, NaN when nothing
            varies or n < 2.
        unpaired: replicates left out because one of the two runs is missing.
        family_level: confidence each interval of the family must reach.
    """

    outcome: str
    treated: object
    control: object
    effect: Estimate
    simultaneous: Estimate
    p_value: float
    holm_p_value: float
    variance_reduction: float
    unpaired: int
    family_level: float

    @property
    def family_interval(self) -> Estimate | None:
        """The simultaneous interval, or None when there are too few replicates for one."""
        reached = self.simultaneous.confidence >= self.family_level
        return self.simultaneous if reached else None

    def is_shown(self, level: float = LEVEL) -> bool:
        """Whether the effect differs from zero after Holm's adjustment."""
        return bool(self.holm_p_value <= 1.0 - level)


@dataclass(frozen=True)
class Pairs:
    """Two outcomes under the same shocks: treated [R], control [R], and runs without a partner."""

    treated: Floats
    control: Floats
    unpaired: int

    @property
    def difference(self) -> Floats:
        """Treated minus control, one per replicate: [R]; NaN where either is unknown."""
        return self.treated - self.control


def pair(runs: pd.DataFrame, outcome: str, lever: str, treated: object, control: object) -> Pairs:
    """Match the runs of two values of a lever replicate by replicate.

    Args:
        runs: one row per run; every other lever must be fixed already.
        outcome: column to compare.
        lever: column that separates the two.
        treated: its value on one side.
        control: its value on the other.

    Raises:
        ValueError: when a side holds a replicate twice (another lever still varies).
    """
    sides = []
    for value in (treated, control):
        side = runs.loc[runs[lever] == value].set_index("replicate")[outcome]
        if side.index.has_duplicates:
            raise ValueError(
                f"{lever} = {value} has several runs per replicate: fix the other levers first."
            )
        sides.append(side.astype(float))
    shared = sides[0].index.intersection(sides[1].index).sort_values()
    unpaired = len(sides[0]) + len(sides[1]) - 2 * len(shared)
    first, second = (np.asarray(side.loc[shared], dtype=np.float64) for side in sides)
    return Pairs(first, second, unpaired)


def sign_test(differences: ArrayLike) -> float:
    """Two-sided p-value of "zero is a median", exact for every law and conservative under ties.

    p = 2 min(P(B >= #positive), P(B >= #negative)), B ~ Binomial(n, 1/2). Zeros stay in n: a design
    that changes nothing in most replicates has a median effect of zero.
    """
    sample, _ = known(differences)
    if sample.size == 0:
        return float("nan")
    more = max(int((sample > 0).sum()), int((sample < 0).sum()))
    return float(min(1.0, 2.0 * stats.binom.sf(more - 1, sample.size, 0.5)))


def variance_reduction(pairs: Pairs) -> float:
    """Variance of the unpaired over the paired difference, on replicates known on both sides."""
    both = ~np.isnan(pairs.difference)
    if both.sum() < 2:
        return float("nan")
    unpaired = float(pairs.treated[both].var(ddof=1) + pairs.control[both].var(ddof=1))
    paired = float(pairs.difference[both].var(ddof=1))
    if paired == 0.0:
        return float("inf") if unpaired > 0.0 else float("nan")
    return unpaired / paired


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given; NaN (no test) is not counted.

    The k-th smallest of m becomes max over j <= k of min(1, (m - j + 1) p_(j)) [Holm 1979].
    """
    given = np.asarray(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    adjusted = np.full(given.size, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0)
    return [float(p) for p in adjusted]


def family(
    runs: pd.DataFrame,
    outcome: str,
    lever: str,
    comparisons: Sequence[tuple[object, object]],
    level: float = LEVEL,
) -> list[Contrast]:
    """All (treated, control) comparisons of one outcome, adjusted for one another.

    Args:
        runs: one row per run, other levers fixed.
        outcome: column to compare.
        lever: column whose values are compared.
        comparisons: pairs (treated value, control value); their number is the family's size.
        level: confidence, of each interval and of the family.
    """
    matched = [pair(runs, outcome, lever, *comparison) for comparison in comparisons]
    return adjust(outcome, comparisons, matched, level)


def adjust(
    outcome: str,
    comparisons: Sequence[tuple[object, object]],
    matched: Sequence[Pairs],
    level: float = LEVEL,
) -> list[Contrast]:
    """Contrasts of pairs already matched, adjusted as one family (see `family`)."""
    p_values = [sign_test(pairs.difference) for pairs in matched]
    family_level = 1.0 - (1.0 - level) / max(len(matched), 1)
    return [
        Contrast(
            outcome=outcome,
            treated=treated,
            control=control,
            effect=median(pairs.difference, level),
            simultaneous=median(pairs.difference, family_level),
            p_value=p_value,
            holm_p_value=holm_p_value,
            variance_reduction=variance_reduction(pairs),
            unpaired=pairs.unpaired,
            family_level=family_level,
        )
        for (treated, control), pairs, p_value, holm_p_value in zip(
            comparisons, matched, p_values, holm(p_values), strict=True
        )
    ]
