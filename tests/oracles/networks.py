"""Clearing vectors of small networks by brute force, and Eisenberg-Noe's by a linear program.

Eisenberg and Noe (2001), lemma 4: the greatest clearing vector is the solution of

    max sum_i p_i    subject to    0 <= p_i <= pbar_i,    p_i <= e_i + sum_j Pi_ji p_j

because every increasing objective has the greatest clearing vector as its maximum.

Rogers and Veraart (2013), definition 2.6: p is a clearing vector if p_i = pbar_i where
e_i + sum_j Pi_ji p_j >= pbar_i, and p_i = alpha e_i + beta sum_j Pi_ji p_j elsewhere. Given the set
of defaulting nodes that is a linear system, so all sets are tried and the consistent ones kept.
Reading: a set whose system is singular is left out, except that its solution with the smallest
payments (everything else zero) is tried; the least vector of a ring without money is such a one.

Matrices are lists of rows, L[i][j] = what i owes j. Nothing of the laboratory is used here.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.optimize import linprog

TINY = 1e-9
"""Two numbers closer than this, as a share of the largest liability, are equal."""


def relative_liabilities(L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give pbar and Pi."""
    pbar = L.sum(axis=1)
    Pi = np.zeros_like(L)
    for i in range(len(L)):
        if pbar[i] > 0:
            Pi[i] = L[i] / pbar[i]
    return pbar, Pi


def greatest_by_linear_program(L: list[list[float]], e: list[float]) -> np.ndarray:
    """Eisenberg and Noe's lemma 4."""
    matrix = np.array(L, float)
    pbar, Pi = relative_liabilities(matrix)
    n = len(matrix)
    found = linprog(
        c=-np.ones(n),
        A_ub=np.eye(n) - Pi.T,
        b_ub=np.array(e, float),
        bounds=[(0.0, bound) for bound in pbar],
        method="highs",
    )
    assert found.status == 0, found.message
    return np.array(found.x)


def clearing_vectors(
    L: list[list[float]], e: list[float], alpha: float, beta: float
) -> Iterator[np.ndarray]:
    """Every clearing vector that belongs to one set of defaulting nodes."""
    matrix, outside = np.array(L, float), np.array(e, float)
    pbar, Pi = relative_liabilities(matrix)
    tiny = TINY * max(pbar.max(), 1e-300)
    n = len(matrix)
    for flags in product((False, True), repeat=n):
        default = np.array(flags)
        A, b = np.eye(n), pbar.copy()
        A[default] -= beta * Pi.T[default]
        b[default] = alpha * outside[default]
        p = np.linalg.lstsq(A, b, rcond=None)[0]  # the smallest solution if there are several
        if np.abs(A @ p - b).max() > tiny:
            continue
        assets = outside + Pi.T @ p
        solvent = assets >= pbar - tiny
        if (p >= -tiny).all() and (solvent == ~default).all():
            yield np.clip(p, 0.0, pbar)


def least_and_greatest(
    L: list[list[float]], e: list[float], alpha: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """The componentwise smallest and largest of all clearing vectors."""
    vectors = np.array(list(clearing_vectors(L, e, alpha, beta)))
    assert len(vectors) > 0
    least, greatest = vectors.min(axis=0), vectors.max(axis=0)
    size = max(1.0, np.abs(vectors).max())
    for extreme in (least, greatest):  # a lattice holds its own extremes
        assert np.abs(vectors - extreme).max(axis=1).min() <= 1e-6 * size
    return least, greatest


def divide_proportionally(estate: float, claims: list[float]) -> list[float]:
    """Everybody the same share."""
    total = sum(claims)
    return [c * min(1.0, estate / total) if total > 0 else 0.0 for c in claims]


def divide_in_order(estate: float, claims: list[float]) -> list[float]:
    """First come, first served."""
    awards = []
    for c in claims:
        awards.append(min(c, estate))
        estate -= awards[-1]
    return awards


def divide_equal_awards(estate: float, claims: list[float]) -> list[float]:
    """The same for everybody, up to the claim; the level by bisection."""
    low, high = 0.0, max(claims, default=0.0)
    for _ in range(200):
        level = (low + high) / 2
        if sum(min(c, level) for c in claims) < estate:
            low = level
        else:
            high = level
    return [min(c, high) for c in claims]


def divide_equal_losses(estate: float, claims: list[float]) -> list[float]:
    """The same loss for everybody, down to nothing; the level by bisection."""
    low, high = 0.0, max(claims, default=0.0)
    for _ in range(200):
        level = (low + high) / 2
        if sum(max(0.0, c - level) for c in claims) > estate:
            low = level
        else:
            high = level
    return [max(0.0, c - high) for c in claims]


def divide_talmud(estate: float, claims: list[float]) -> list[float]:
    """Aumann and Maschler (1985): equal awards of the halves, then equal losses of the halves."""
    halves = [c / 2 for c in claims]
    if estate <= sum(halves):
        return divide_equal_awards(estate, halves)
    second = divide_equal_losses(estate - sum(halves), halves)
    return [half + more for half, more in zip(halves, second, strict=True)]


DIVISIONS = {
    "proportional": divide_proportionally,
    "priority": divide_in_order,
    "equal_awards": divide_equal_awards,
    "equal_losses": divide_equal_losses,
    "talmud": divide_talmud,
}
"""Every rule by name."""
