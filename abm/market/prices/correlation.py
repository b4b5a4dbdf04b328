"""Correlated normal draws for K instruments.

Z = X L', with X `[ticks, K]` independent standard normals and R = L L' the Cholesky factorisation
of the correlation matrix R `[K, K]`. A single number rho stands for equal correlation, which is
positive definite for -1 / (K - 1) < rho < 1.

Source: Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 2.3.3.
"""

import numpy as np

from abm.units import Floats

type Correlation = float | tuple[tuple[float, ...], ...]

_SYMMETRY = 1e-12
_SMALLEST_EIGENVALUE = 1e-10


def correlation_matrix(owner: str, correlation: Correlation, count: int) -> Floats:
    """R `[K, K]` from one number or rows of numbers.

    Raises:
        ValueError: not K x K, not symmetric, a diagonal other than 1, or not positive definite.
    """
    if isinstance(correlation, int | float):
        matrix = np.full((count, count), float(correlation))
        np.fill_diagonal(matrix, 1.0)
    else:
        matrix = _from_rows(owner, correlation, count)
    smallest = float(np.linalg.eigvalsh(matrix)[0]) if np.isfinite(matrix).all() else np.nan
    if not smallest > _SMALLEST_EIGENVALUE:
        raise ValueError(
            f"{owner}.correlation = {correlation!r} is not positive definite for {count} "
            f"instruments (smallest eigenvalue {smallest:.3g}); shrink its off-diagonal entries"
        )
    return matrix


def _from_rows(owner: str, rows: tuple[tuple[float, ...], ...], count: int) -> Floats:
    """Check the shape, the diagonal and the symmetry of a matrix given as rows."""
    if len(rows) != count or any(len(row) != count for row in rows):
        raise ValueError(
            f"{owner}.correlation = {rows!r} is not a {count} x {count} matrix; "
            "give one row per instrument, or one number for all pairs"
        )
    matrix = np.array(rows, dtype=np.float64)
    if (np.diag(matrix) != 1.0).any():
        raise ValueError(f"{owner}.correlation = {rows!r} needs 1 everywhere on its diagonal")
    if (np.abs(matrix - matrix.T) > _SYMMETRY).any():
        raise ValueError(
            f"{owner}.correlation = {rows!r} is not symmetric; give each pair the same number twice"
        )
    return matrix


def correlated_normals(generator: np.random.Generator, ticks: int, matrix: Floats) -> Floats:
    """Standard normals `[ticks, K]`, independent over ticks, with correlation `matrix` `[K, K]`."""
    count = matrix.shape[0]
    draws = generator.standard_normal((ticks, count))
    if count == 1:
        return draws
    # einsum, not BLAS: the order of the sums does not depend on threads or on the machine
    normals: Floats = np.einsum("tj,ij->ti", draws, np.linalg.cholesky(matrix))
    return normals
