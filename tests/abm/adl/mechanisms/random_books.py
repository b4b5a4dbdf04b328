"""Seeded random books: endowments, and what the rules ask of an account beside them.

Half of the books are drawn from a coarse grid, so that ties, zeros and whole sums are common; the
others are continuous with a heavy tail (Pareto 0.8, infinite mean, as the recorded profits).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from abm.units import Floats

GRID_USD = (0.0, 0.5, 1.0, 1.0, 2.5, 10.0)
GRID_LEVERAGE = (0.0, 0.5, 1.0, 3.0, 20.0)


class RandomBook(NamedTuple):
    """One book and one budget; columns `[N]`, money in USD."""

    endowment: Floats
    equity: Floats
    leverage: Floats
    score: Floats
    caps: Floats
    budget: float


def random_books(seed: int, count: int, accounts: int = 6) -> Iterator[RandomBook]:
    """`count` books of 1 to `accounts` accounts with endowment <= equity or without that bound."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        n = int(rng.integers(1, accounts + 1))
        if number % 2:
            endowment = rng.choice(GRID_USD, n)
            equity = rng.choice(GRID_USD, n)
            leverage = rng.choice(GRID_LEVERAGE, n)
            score = rng.choice((0.0, 1.0, 2.0), n)
            caps = rng.choice((0.0, 0.25, 0.5, 1.0), n)
        else:
            endowment = rng.pareto(0.8, n) + 0.01
            equity = endowment * rng.uniform(0.5, 8.0, n)
            leverage = rng.lognormal(0.0, 1.0, n)
            score = rng.normal(size=n)
            caps = rng.uniform(0.0, 1.0, n)
        budget = float(endowment.sum()) * budget_share(rng)
        yield RandomBook(endowment, equity, leverage, score, caps, budget)


def budget_share(rng: np.random.Generator) -> float:
    """Of the endowments: nothing, a little, some, everything, or more than there is."""
    return float(rng.choice([0.0, 1e-6, rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0), 1.0, 1.4]))
