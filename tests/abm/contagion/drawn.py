"""Hypothesis strategies for networks: few nodes, coarse amounts, so that ties and zeros happen."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from abm.contagion import Edges, Network

AMOUNTS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0]


@st.composite
def networks(draw: Any, most: int = 6, classes: int = 1) -> tuple[Network, list[float]]:
    """A network of up to `most` nodes and its outside assets."""
    count = draw(st.integers(2, most))
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3 * count))
    size = len(chosen)
    amounts = draw(st.lists(st.sampled_from(AMOUNTS), min_size=size, max_size=size))
    ranks = draw(st.lists(st.integers(0, classes - 1), min_size=size, max_size=size))
    outside = draw(st.lists(st.sampled_from(AMOUNTS), min_size=count, max_size=count))
    edges = Edges(
        debtor=np.array([i for i, _ in chosen], np.int64),
        creditor=np.array([j for _, j in chosen], np.int64),
        weights=np.array(amounts, np.float64),
        seniority=np.array(ranks, np.int64),
    )
    return Network.of([f"n{i}" for i in range(count)], edges), outside
