"""Distress of those still standing, solved at once: x = b + Λ x where nobody else defaults. `[N]`.

Close to the critical leverage a cascade needs hundreds of sweeps. Once nobody new defaults, the
rest is linear, and stabilised bi-conjugate gradients need a few dozen products. The answer counts
only if it is one of a cascade: nobody below the distress reached by sweeping, nobody in default.
Then it is the limit: a solution x >= 0 exists only where every strongly connected part that
distress reaches has spectral radius below 1, and there it is unique.

Sources: van der Vorst, "Bi-CGSTAB", SIAM J. Sci. Stat. Comput. 13 (1992) 631; for the uniqueness
Berman, Plemmons, "Nonnegative matrices in the mathematical sciences" (1994), chapter 6.
"""

from typing import Any

import numpy as np

from abm.kernel import kernel
from abm.units import Flags, Floats

MAX_STEPS = 200
"""Steps of two products each, after which sweeping goes on."""


@kernel
def _residual_of(
    indptr: Any, indices: Any, leverage: Floats, standing: Flags, x: Floats, out: Floats
) -> None:
    """(I - Λ) x among those standing: `out` `[N]`; x is 0 elsewhere."""
    for i in range(x.size):
        total = 0.0
        if standing[i]:
            total = x[i]
            for place in range(indptr[i], indptr[i + 1]):
                total -= leverage[place] * x[indices[place]]
        out[i] = total


@kernel
def _dot(x: Floats, y: Floats) -> float:
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@kernel
def _largest(x: Floats) -> float:
    largest = 0.0
    for i in range(x.size):
        largest = max(largest, abs(x[i]))
    return float(largest)


@kernel
def _corrected(
    indptr: Any,
    indices: Any,
    leverage: Floats,
    standing: Flags,
    residual: Floats,
    tolerance: float,
) -> Floats:
    """What to add to x for (I - Λ) x = b, given b - (I - Λ) x: `[N]`; of NaN if it is not found."""
    correction = np.zeros(residual.size)
    shadow, direction = residual.copy(), residual.copy()
    image, middle = np.empty(residual.size), np.empty(residual.size)
    second = np.empty(residual.size)
    match = _dot(shadow, residual)
    for _ in range(MAX_STEPS):
        if _largest(residual) <= tolerance:
            return correction
        _residual_of(indptr, indices, leverage, standing, direction, image)
        along = _dot(shadow, image)
        if along == 0.0 or match == 0.0:
            break
        length = match / along
        for i in range(residual.size):
            middle[i] = residual[i] - length * image[i]
        _residual_of(indptr, indices, leverage, standing, middle, second)
        square = _dot(second, second)
        smoothing = _dot(second, middle) / square if square > 0.0 else 0.0
        for i in range(residual.size):
            correction[i] += length * direction[i] + smoothing * middle[i]
            residual[i] = middle[i] - smoothing * second[i]
        new_match = _dot(shadow, residual)
        if smoothing == 0.0:
            match = 0.0
            continue
        turn = new_match / match * (length / smoothing)
        for i in range(residual.size):
            direction[i] = residual[i] + turn * (direction[i] - smoothing * image[i])
        match = new_match
    return np.full(residual.size, np.nan)


@kernel
def solve_standing(
    indptr: Any,
    indices: Any,
    leverage: Floats,
    shock: Floats,
    tolerance: float,
    distress: Floats,
) -> bool:
    """Jump to the limit if nobody else defaults on the way: `distress` `[N]` in and out.

    Args:
        indptr: `[N + 1]`, by creditor.
        indices: rows of the debtors.
        leverage: Λ.
        shock: `[N]` h(1).
        tolerance: on every equation, in shares of equity.
        distress: `[N]` reached by sweeping, 1 where in default.

    Returns:
        whether the limit was found; if not, `distress` is as before.
    """
    standing = distress < 1.0
    residual = np.zeros(shock.size)
    for i in range(shock.size):
        if standing[i]:
            residual[i] = shock[i] - distress[i]
            for place in range(indptr[i], indptr[i + 1]):
                residual[i] += leverage[place] * distress[indices[place]]
    goal = 0.5 * tolerance  # rounding in the steps may hide as much again
    correction = _corrected(indptr, indices, leverage, standing, residual, goal)
    for i in range(shock.size):
        x = distress[i] + correction[i]
        if standing[i] and not (distress[i] - tolerance <= x < 1.0):
            return False
    for i in range(shock.size):
        if standing[i]:
            distress[i] += max(0.0, correction[i])
    return True
