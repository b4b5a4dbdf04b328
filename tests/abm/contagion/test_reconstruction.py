"""Maximum entropy: the sums are met, nobody lends to itself, and no neighbour has more entropy."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abm.contagion.reconstruction import maximum_entropy
from tests.abm.contagion.strategies import square
from tests.strategies import QUICK


@QUICK
@given(st.integers(3, 7).flatmap(square))
def test_margins_of_a_real_table_are_met(table):
    """Margins that leave everybody some slack; on the edge of what is possible it may be slow."""
    table = table + 0.05 * (1.0 - np.eye(table.shape[0]))
    lent, borrowed = table.sum(axis=1), table.sum(axis=0)
    assume(((lent + borrowed) < 0.95 * lent.sum()).all())
    found = maximum_entropy(lent, borrowed)
    assert found.sum(axis=1) == pytest.approx(lent)
    assert found.sum(axis=0) == pytest.approx(borrowed)
    assert (found >= 0.0).all() and not np.diagonal(found).any()


@QUICK
@given(st.integers(4, 6).flatmap(square), st.data())
def test_no_neighbour_with_the_same_margins_has_more_entropy(table, data):
    """Move mass around a cycle of four entries, off the diagonal: the entropy must fall."""
    table = table + 0.2 * (1.0 - np.eye(table.shape[0]))
    lent, borrowed = table.sum(axis=1), table.sum(axis=0)
    assume(((lent + borrowed) < 0.95 * lent.sum()).all())
    best = maximum_entropy(lent, borrowed)
    i, j, k, m = data.draw(st.permutations(range(table.shape[0])))[:4]
    for step in (1e-3, -1e-3):
        moved = best.copy()
        moved[i, k] += step
        moved[j, m] += step
        moved[i, m] -= step
        moved[j, k] -= step
        assume((moved >= 0.0).all())
        assert entropy(moved) < entropy(best)


def entropy(table: np.ndarray) -> float:
    positive = table[table > 0.0]
    return float(-(positive * np.log(positive)).sum())


def test_two_institutions_owe_each_other_everything() -> None:
    assert maximum_entropy(np.array([3.0, 2.0]), np.array([2.0, 3.0])).tolist() == [[0, 3], [2, 0]]


def test_an_empty_network() -> None:
    assert not maximum_entropy(np.zeros(3), np.zeros(3)).any()


def test_the_edge_of_what_is_possible_does_not_converge_and_says_so() -> None:
    """All claims have to touch institution 0: mass between the others dies too slowly."""
    margins = np.array([2.0, 1.0, 1.0])
    with pytest.raises(ArithmeticError, match="raise the tolerance"):
        maximum_entropy(margins, margins)
    rough = maximum_entropy(margins, margins, tolerance=1e-3)
    assert rough == pytest.approx(np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]]), abs=5e-2)


@pytest.mark.parametrize(
    ("lent", "borrowed", "says"),
    [
        ([1.0, 1.0], [1.0], r"give \[N\] and \[N\]"),
        ([1.0, -1.0], [0.0, 0.0], "at least 0"),
        ([1.0, 1.0], [1.0, 2.0], "they must agree"),
        ([5.0, 1.0, 0.0], [4.0, 1.0, 1.0], "institution 0 lends 5.0 but the others borrow 2.0"),
    ],
)
def test_what_is_refused(lent, borrowed, says) -> None:
    with pytest.raises(ValueError, match=says):
        maximum_entropy(np.array(lent), np.array(borrowed))
