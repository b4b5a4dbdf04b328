"""Random markets of n accounts: largest and total of heavy- and light-tailed endowments.

    Pareto        P(w > y) = y^-a,  y >= 1      w = exp(E / a), E standard exponential
    half-normal   w = |Z|
    deficits      sum of n exponential losses of mean 1 = Gamma(n)

The ratios of [Chitra2025] need only the largest and the sum of a column under pro-rata, so whole
books are drawn in blocks and not kept. All tails share the same draws.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Floats

BLOCK = 1_000_000
"""Most random numbers held at once."""


class Books(NamedTuple):
    """Largest and total of many random columns, each `[sizes, replicates]`."""

    top: Floats
    total: Floats


def pareto_books(
    tails: Sequence[float], sizes: Sequence[int], replicates: int, rng: np.random.Generator
) -> tuple[Books, ...]:
    """Largest and sum of n Pareto variables, one `Books` per tail index."""
    top = np.empty((len(tails), len(sizes), replicates))
    total = np.empty_like(top)
    for row, size in enumerate(sizes):
        for rows in _blocks(replicates, size):
            draws = rng.standard_exponential((rows.stop - rows.start, size))
            largest = draws.max(axis=1)
            for number, tail in enumerate(tails):
                top[number, row, rows] = np.exp(largest / tail)
                total[number, row, rows] = np.exp(draws / tail).sum(axis=1)
    return tuple(Books(*pair) for pair in zip(top, total, strict=True))


def half_normal_books(sizes: Sequence[int], replicates: int, rng: np.random.Generator) -> Books:
    """Largest and sum of n absolute values of standard normals."""
    books = Books(np.empty((len(sizes), replicates)), np.empty((len(sizes), replicates)))
    for row, size in enumerate(sizes):
        for rows in _blocks(replicates, size):
            draws = np.abs(rng.standard_normal((rows.stop - rows.start, size)))
            books.top[row, rows], books.total[row, rows] = draws.max(axis=1), draws.sum(axis=1)
    return books


def exponential_deficits(sizes: Sequence[int], replicates: int, rng: np.random.Generator) -> Floats:
    """Sums of n exponential losses of mean 1: `[sizes, replicates]`."""
    return rng.gamma(np.array(sizes, np.float64)[:, None], size=(len(sizes), replicates))


def _blocks(replicates: int, size: int) -> Iterator[slice]:
    """Ranges of replicates that together draw at most `BLOCK` numbers."""
    step = max(1, BLOCK // size)
    for begin in range(0, replicates, step):
        yield slice(begin, min(begin + step, replicates))
