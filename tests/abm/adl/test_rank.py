"""Exact ranks against numpy's lexsort, at every size that takes another path."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from abm.adl.rank import (
    order_descending,
    order_with_random_ties,
    own_side_percentiles,
    rank_buffers,
    shuffled_order,
)
from tests.strategies import QUICK

SIZES = [0, 1, 2, 48, 110, 111, 300, 1499, 1500, 3000]
assert SIZES


def scores_of(kind: str, n: int) -> np.ndarray:
    generator = np.random.default_rng(n)
    if kind == "ties":
        return generator.integers(-3, 4, n).astype(np.float32)
    if kind == "zeros":
        return np.where(generator.random(n) < 0.5, 0.0, -0.0).astype(np.float32)
    scores = generator.standard_normal(n) * 10.0 ** generator.integers(-30, 30, n)
    if n > 2:
        scores[[0, -1]] = -np.inf, np.inf
    return scores.astype(np.float32)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", ["wide", "ties", "zeros"])
def test_order_is_lexsort(kind, n):
    scores = scores_of(kind, n)
    order = np.empty(n, np.int64)
    order_descending(scores, n, order, rank_buffers(n))
    assert order.tolist() == np.lexsort((np.arange(n), -scores)).tolist()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", ["wide", "ties"])
def test_percentiles_of_both_sides(kind, n):
    scores = scores_of(kind, n)
    qty = np.random.default_rng(1).integers(-2, 3, n).astype(np.float64)
    percentile = np.empty(n)
    own_side_percentiles(scores, qty, n, percentile, rank_buffers(n))
    expected = np.full(n, np.nan)
    for side in (1, -1):
        rows = np.flatnonzero(qty * side > 0)
        order = rows[np.lexsort((rows, -scores[rows]))]
        expected[order] = (rows.size - np.arange(rows.size)) / max(rows.size, 1)
    np.testing.assert_allclose(percentile, expected, rtol=1e-15, equal_nan=True)


@QUICK
@given(hnp.arrays(np.float32, st.integers(0, 80), elements=st.floats(width=32, allow_nan=False)))
def test_order_of_any_floats(scores):
    n = scores.size
    order = np.empty(n, np.int64)
    order_descending(scores, n, order, rank_buffers(n))
    assert order.tolist() == np.lexsort((np.arange(n), -scores)).tolist()


def test_only_the_first_rows_take_part():
    scores = np.array([1, 3, 2, 9, 9], np.float32)
    order = np.full(5, -7)
    order_descending(scores, 3, order, rank_buffers(3))
    assert order.tolist() == [1, 2, 0, -7, -7]
    percentile = np.full(5, -7.0)
    own_side_percentiles(scores, np.ones(5), 3, percentile, rank_buffers(3))
    assert percentile.tolist() == pytest.approx([1 / 3, 1.0, 2 / 3, -7.0, -7.0])


def test_nan_is_an_error():
    scores = np.array([1, np.nan], np.float32)
    with pytest.raises(ValueError, match="queue needs a number"):
        order_descending(scores, 2, np.empty(2, np.int64), rank_buffers(2))
    with pytest.raises(ValueError, match="published rank needs"):
        own_side_percentiles(scores, np.ones(2), 2, np.empty(2), rank_buffers(2))
    flat = np.array([1.0, 0.0])
    own_side_percentiles(scores, flat, 2, np.empty(2), rank_buffers(2))  # nobody reads a flat row


def test_random_ties_are_seeded_fair_and_keep_the_scores_order():
    scores = np.array([2, 5, 2, 5, 2, 1], np.float32)
    ids = np.array([10, 20, 30, 40, 50, 60])
    firsts = set()
    for seed in range(60):
        order, again = np.empty(6, np.int64), np.empty(6, np.int64)
        key = np.uint64(seed)
        order_with_random_ties(scores, ids, key, 6, order, rank_buffers(6))
        order_with_random_ties(scores, ids, key, 6, again, rank_buffers(6))
        assert order.tolist() == again.tolist()
        assert scores[order].tolist() == [5, 5, 2, 2, 2, 1]
        firsts.add(tuple(order[2:5]))
    assert len(firsts) == 6  # all orders of the three tied rows


def test_a_shuffle_goes_by_identity_not_by_row():
    ids = np.arange(100, 160)
    order = np.empty(60, np.int64)
    shuffled_order(ids, np.uint64(3), 60, order, rank_buffers(60))
    half = np.empty(30, np.int64)
    shuffled_order(ids[::2].copy(), np.uint64(3), 30, half, rank_buffers(30))
    assert [i for i in ids[order] if i % 2 == 0] == ids[::2][half].tolist()
    assert order.tolist() != sorted(order)
