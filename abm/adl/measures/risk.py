"""Tails of a sample of losses, such as the residual deficit over replicates. `[R]`, any unit.

    VaR   smallest sample value that at least the share `level` of the sample does not exceed
    ES    mean of the worst (1 - level) R losses, the last one counted in part

Source: [AcerbiTasche2002], whose ES is coherent for samples with ties, too.
"""

import math

import numpy as np

from abm.units import Floats

_COUNT_TOL = 1e-9  # a share of a sample this close to a whole number of elements counts as it


def value_at_risk(losses: Floats, level: float) -> float:
    """Value at risk.

    Args:
        losses: `[R]`, larger is worse.
        level: in (0, 1), e.g. 0.95.

    Raises:
        ValueError: there are no losses, or the level is out of range.
    """
    ordered = _ordered(losses, level)
    return float(ordered[max(0, math.ceil(level * ordered.size - _COUNT_TOL) - 1)])


def expected_shortfall(losses: Floats, level: float) -> float:
    """Expected shortfall; at least the value at risk.

    Args:
        losses: `[R]`, larger is worse.
        level: in (0, 1).

    Raises:
        ValueError: there are no losses, or the level is out of range.
    """
    ordered = _ordered(losses, level)[::-1]
    worst = (1.0 - level) * ordered.size
    weights = np.clip(worst - np.arange(ordered.size), 0.0, 1.0)
    return float((weights * ordered).sum() / weights.sum())


def _ordered(losses: Floats, level: float) -> Floats:
    if losses.size == 0 or not 0.0 < level < 1.0:
        raise ValueError("give at least one loss and a level between 0 and 1")
    return np.sort(losses)
