"""Which designs are worth considering: those no other design beats in every objective at once.

Design a dominates b when a is at least as good in all objectives and better in one. The designs
nobody dominates are the Pareto frontier. Membership is itself uncertain: `membership` redraws the
replicates (the same redraw for all designs, so common random numbers stay common), recomputes the
medians and counts how often each design is on the frontier.

Objectives that differ by less than 1e-9 count as equal: rounding errors are no reason to prefer a
design.

Shapes: objectives [D, O] for D designs and O objectives; samples [D, R, O] over R replicates.
Source: Pareto dominance as in Ehrgott (2005), "Multicriteria optimization", §2.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimators import RESAMPLES, SEED, Floats

TOLERANCE_DIGITS = 9
"""Decimals of an objective that matter; shares and burdens are of order one."""

type Flags = NDArray[np.bool_]


def dominated(objectives: ArrayLike, larger_is_better: tuple[bool, ...]) -> Flags:
    """Mark the designs that some other design dominates.

    Args:
        objectives: [D, O]; a design with an unknown (NaN) objective dominates nobody and is
            dominated by nobody.
        larger_is_better: O flags, the direction of each objective.

    Returns:
        [D] True where dominated.

    Raises:
        ValueError: when there are not O directions.
    """
    costs = _as_costs(np.asarray(objectives, dtype=np.float64), larger_is_better)
    return np.asarray(_dominated_costs(costs[None])[0])


def membership(samples: Floats, larger_is_better: tuple[bool, ...]) -> Floats:
    """Share of bootstrap worlds in which each design is on the frontier of medians.

    Args:
        samples: [D, R, O] outcomes by design, replicate and objective; NaN is left out of medians.
        larger_is_better: O flags.

    Returns:
        [D] shares in [0, 1]; NaN for a design with an objective that is never known.
    """
    designs, replicates, _ = samples.shape
    costs = _as_costs(samples, larger_is_better)
    never_known = np.isnan(costs).all(axis=1).any(axis=-1)
    drawn = np.random.default_rng(SEED).integers(replicates, size=(RESAMPLES, replicates))
    survived = np.zeros(designs)
    for replicate_numbers in drawn:
        medians = _known_median(costs[:, replicate_numbers, :])
        survived += ~_dominated_costs(medians[None])[0]
    return np.asarray(np.where(never_known, np.nan, survived / RESAMPLES))


def staircase(x: Floats, y: Floats, larger_is_better: tuple[bool, bool]) -> tuple[Floats, Floats]:
    """Frontier of two objectives as the corner points of its staircase, ordered by x."""
    known = ~(np.isnan(x) | np.isnan(y))
    points = np.column_stack([x[known], y[known]])
    edge = points[~dominated(points, larger_is_better)]
    edge = edge[np.lexsort((edge[:, 1], edge[:, 0]))]
    return edge[:, 0], edge[:, 1]


def _as_costs(objectives: Floats, larger_is_better: tuple[bool, ...]) -> Floats:
    if objectives.shape[-1] != len(larger_is_better):
        raise ValueError(
            f"{objectives.shape[-1]} objectives need as many directions, "
            f"but {len(larger_is_better)} were given."
        )
    return np.round(objectives, TOLERANCE_DIGITS) * np.where(larger_is_better, -1.0, 1.0)


def _dominated_costs(costs: Floats) -> Flags:
    """[B, D, O] costs, smaller is better -> [B, D] dominated."""
    rival, own = costs[:, :, None, :], costs[:, None, :, :]  # [B, D rival, D own, O]
    beats = (rival <= own).all(axis=-1) & (rival < own).any(axis=-1)
    return np.asarray(beats.any(axis=1))


def _known_median(costs: Floats) -> Floats:
    """Median over axis 1 of what is known: [D, R, O] -> [D, O]; NaN where nothing is."""
    ordered = np.sort(costs, axis=1)  # NaN last
    count = (~np.isnan(costs)).sum(axis=1)  # [D, O]
    lower = np.maximum((count - 1) // 2, 0)[:, None, :]
    upper = np.minimum(count // 2, costs.shape[1] - 1)[:, None, :]
    middle = np.take_along_axis(ordered, lower, 1) + np.take_along_axis(ordered, upper, 1)
    return np.asarray(np.where(count > 0, middle[:, 0, :] / 2.0, np.nan))
