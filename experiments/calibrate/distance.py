"""Distance of simulated moments from published ones, and its weights.

    D = Σ_m ((m̄_m - t_m) / s_m)²        m̄ = mean over K replicates, on the moment's scale
    s_m² = sampling² + discrepancy² + V_m / K + [the event is one draw] V_m

V_m is the variance of the moment between replicates. Where the record has no sampling error of its
own (one event), the event is read as one draw from the model, so V_m itself is its sampling
variance. Weights are computed once, at the start of the search, and then held: a candidate must not
gain by being erratic. A moment that fewer than half of the replicates know counts `UNKNOWN_Z`
standard units, so a candidate without ADL in the window is far off in all of them; at the start it
has no V_m, its unit is then the discrepancy with the sampling error alone, and it weighs more for
it. That ADL happened is no draw: its sampling error is 0. Method of simulated moments with a
diagonal weight matrix [1].

[1] McFadden (1989), Econometrica 57(5), 995-1026; Franke & Westerhoff (2012), JEDC 36(8),
    1193-1211, for agent-based models with few moments.
"""

from dataclasses import dataclass

import numpy as np

from abm.units import Floats
from experiments.calibrate.moments import MOMENTS
from experiments.calibrate.targets import TARGETS

UNKNOWN_Z = 10.0
"""Standard units that a moment counts when most replicates do not know it; the cap for the rest."""

LEAST_KNOWN = 0.5
"""Share of replicates that must know a moment."""


@dataclass(frozen=True)
class Weights:
    """Standard units of the moments.

    Attributes:
        unit: s_m on the moment's scale `[M]`.
        spread: sqrt(V_m) `[M]`, NaN where too few replicates know the moment.
    """

    unit: Floats
    spread: Floats


def scaled(values: Floats) -> Floats:
    """Moments of replicates `[K, M]` on their scales."""
    columns = [
        [moment.scaled(float(value)) for value in values[:, m]] for m, moment in enumerate(MOMENTS)
    ]
    return np.array(columns, np.float64).T.reshape(values.shape)


def published() -> Floats:
    """Targets on the moments' scales `[M]`."""
    return np.array([moment.scaled(TARGETS[moment.name].value) for moment in MOMENTS])


def spread_of(values: Floats) -> Floats:
    """Standard deviation between replicates on the moments' scales `[M]`; NaN when unknown."""
    on_scale = scaled(values)
    spread = np.full(on_scale.shape[1], np.nan)
    for m in range(spread.size):
        known = on_scale[np.isfinite(on_scale[:, m]), m]
        if known.size >= max(2.0, LEAST_KNOWN * len(values)):
            spread[m] = known.std(ddof=1)
    return spread


def weights_of(values: Floats) -> Weights:
    """Weights from the replicates of the starting point `[K, M]`."""
    spread, count = spread_of(values), len(values)
    unit = np.empty(spread.size)
    for m, moment in enumerate(MOMENTS):
        target = TARGETS[moment.name]
        between = 0.0 if np.isnan(spread[m]) else spread[m]
        own = between if target.sampling is None else target.sampling
        unit[m] = np.sqrt(own**2 + target.discrepancy**2 + between**2 / count)
    return Weights(unit, spread)


def means(values: Floats) -> Floats:
    """Means over replicates on the moments' scales `[M]`, NaN where most do not know."""
    on_scale = scaled(values)
    known = np.isfinite(on_scale)
    enough = known.sum(axis=0) >= max(1.0, LEAST_KNOWN * len(values))
    sums = np.where(known, on_scale, 0.0).sum(axis=0)
    return np.where(enough, sums / np.maximum(known.sum(axis=0), 1), np.nan)


def distances(values: Floats, weights: Weights) -> Floats:
    """Each moment's part of the distance `[M]`: squared standard units, at most `UNKNOWN_Z`²."""
    z = (means(values) - published()) / weights.unit
    return np.where(np.isnan(z), UNKNOWN_Z**2, np.minimum(z**2, UNKNOWN_Z**2))
