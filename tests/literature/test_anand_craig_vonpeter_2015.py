"""Anand, Craig, von Peter (2015), "Filling in the blanks": their example of seven banks.

Table of the maximum-entropy benchmark with zero diagonal, two decimals as published; the same
table comes out of plain loops.
"""

import numpy as np
import pytest

from abm.contagion.reconstruction import maximum_entropy
from tests.oracles.distress import proportional_fit

LENT = np.array([7.0, 5.0, 3.0, 1.0, 3.0, 0.0, 1.0])
BORROWED = np.array([4.0, 5.0, 5.0, 0.0, 0.0, 2.0, 4.0])
PUBLISHED = {
    0: [2.53, 2.18, 0.74, 1.55],
    1: [1.72, 1.60, 0.54, 1.14],
    2: [0.98, 1.06, 0.31, 0.65],
    3: [0.25, 0.27, 0.23, 0.08, 0.17],
    4: [0.75, 0.81, 0.70, 0.24, 0.50],
    5: [],
    6: [0.30, 0.32, 0.28, 0.09],
}


def test_the_published_table() -> None:
    table = maximum_entropy(LENT, BORROWED)
    for row, published in PUBLISHED.items():
        assert table[row][table[row] > 0.0] == pytest.approx(published, abs=0.0051)
    assert table.sum(axis=1) == pytest.approx(LENT)
    assert table.sum(axis=0) == pytest.approx(BORROWED)
    assert not np.diagonal(table).any()


def test_the_same_by_loops() -> None:
    loops = proportional_fit(list(LENT), list(BORROWED), 500)
    assert maximum_entropy(LENT, BORROWED) == pytest.approx(np.array(loops), abs=1e-9)
