"""Hypothesis strategies for networks of claims: small tables with ties, zeros and cycles."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

AMOUNTS = st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.5, 1.0, 2.5, 7.0])
SHARES = st.sampled_from([0.0, 0.0, 0.05, 0.2, 0.5, 1.0])


def square(size: int, values: SearchStrategy[float] = AMOUNTS) -> SearchStrategy[np.ndarray]:
    """`[N, N]` with zero diagonal."""
    rows = st.lists(values, min_size=size * size, max_size=size * size)
    return rows.map(lambda v: np.array(v).reshape(size, size) * (1.0 - np.eye(size)))


def column(size: int, values: SearchStrategy[float]) -> SearchStrategy[np.ndarray]:
    """`[N]`."""
    return st.lists(values, min_size=size, max_size=size).map(np.array)


@st.composite
def stressed_banks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exposures `[N, N]`, equity `[N]` and a shock `[N]` of two to six banks."""
    size = draw(st.integers(2, 6))
    exposures = draw(square(size))
    equity = draw(column(size, st.sampled_from([0.3, 1.0, 2.0, 10.0])))
    return exposures, equity, draw(column(size, SHARES))
