"""Exact ranks in linear time: radix sort on an order-preserving integer key of float32 scores.

Read as integers, floats of one sign are already in order [Herf2001]; negative ones run backwards.

    ascending = bits if bits >= 0 else -(bits & 0x7FFFFFFF)        -0.0 and 0.0 get the same key
    word      = side (1 bit) | 0x7FFFFFFF - ascending (32 bits) | row (30 bits)

So `word` is one positive int64 per position: sorted words list longs, then shorts, each with the
largest score first and ties by row, that is by account id. Up to 110 rows each word counts the
smaller ones; then least significant digit first, 4 digits (8, 8, 8, 9 bits) below 1500 rows, 3
digits of 11 bits above. Nothing is allocated: the caller keeps `RankBuffers`.
Source: M. Herf, "Radix tricks", 2001; the sizes are as measured on this code.
"""

from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.rng import uniform
from abm.units import Floats, Floats32, Ints, Keys

_ROW_BITS = 30
_ROW_MASK = (1 << _ROW_BITS) - 1
_SIDE = 1 << (_ROW_BITS + 32)
_INFINITY_BITS = 0x7F800000
_COUNTED_ROWS = 110
_SMALL_ROWS = 1500


class RankBuffers(NamedTuple):
    """Working memory of one ranking: `front`, `back` are `[N]`, `counts` is `[4, 2048]`."""

    front: Ints
    back: Ints
    counts: Keys


@kernel
def rank_buffers(rows: int) -> RankBuffers:
    """Working memory for up to `rows` positions."""
    return RankBuffers(
        np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty((4, 2048), np.uint32)
    )


@kernel
def _sort_by_counting(buffers: RankBuffers, count: int) -> Ints:
    """Each word's place is how many words are smaller: quadratic, without a branch, vectorised."""
    front, back = buffers.front, buffers.back
    for i in range(count):
        word = front[i]
        place = 0
        for j in range(count):
            place += 1 if front[j] < word else 0
        back[place] = word
    return back


@kernel
def _scatter(source: Ints, target: Ints, count: int, shift: int, first: Keys) -> None:
    """One stable pass: `first[d]` is where the next word with digit d goes."""
    mask = first.size - 1
    for i in range(count):
        word = source[i]
        digit = (word >> shift) & mask
        target[first[digit]] = word
        first[digit] += 1


@kernel
def _to_offsets(counts: Keys) -> None:
    start = np.uint32(0)
    for digit in range(counts.size):
        here = counts[digit]
        counts[digit] = start
        start += here


@kernel
def _sort_small(buffers: RankBuffers, count: int) -> Ints:
    """Four passes over digits of 8, 8, 8 and 9 bits."""
    front, back, counts = buffers
    ones, twos, threes, fours = counts[0, :256], counts[1, :256], counts[2, :256], counts[3, :512]
    ones[:] = 0
    twos[:] = 0
    threes[:] = 0
    fours[:] = 0
    for i in range(count):
        key = front[i] >> _ROW_BITS
        ones[key & 255] += 1
        twos[(key >> 8) & 255] += 1
        threes[(key >> 16) & 255] += 1
        fours[key >> 24] += 1
    _to_offsets(ones)
    _to_offsets(twos)
    _to_offsets(threes)
    _to_offsets(fours)
    _scatter(front, back, count, _ROW_BITS, ones)
    _scatter(back, front, count, _ROW_BITS + 8, twos)
    _scatter(front, back, count, _ROW_BITS + 16, threes)
    _scatter(back, front, count, _ROW_BITS + 24, fours)
    return front


@kernel
def _sort_large(buffers: RankBuffers, count: int) -> Ints:
    """Three passes over digits of 11 bits."""
    front, back, counts = buffers
    ones, twos, threes = counts[0], counts[1], counts[2]
    ones[:] = 0
    twos[:] = 0
    threes[:] = 0
    for i in range(count):
        key = front[i] >> _ROW_BITS
        ones[key & 2047] += 1
        twos[(key >> 11) & 2047] += 1
        threes[key >> 22] += 1
    _to_offsets(ones)
    _to_offsets(twos)
    _to_offsets(threes)
    _scatter(front, back, count, _ROW_BITS, ones)
    _scatter(back, front, count, _ROW_BITS + 11, twos)
    _scatter(front, back, count, _ROW_BITS + 22, threes)
    return back


@kernel
def _sorted_words(buffers: RankBuffers, count: int) -> Ints:
    """Sort `buffers.front[:count]`; the sorted words are in the array that is returned."""
    if count <= _COUNTED_ROWS:
        return _sort_by_counting(buffers, count)
    if count < _SMALL_ROWS:
        return _sort_small(buffers, count)
    return _sort_large(buffers, count)


@kernel
def _descending_key(bits: int) -> int:
    """Integer key of a float32's bits: a larger score has a smaller key, in [0, 2^32)."""
    return 0x7FFFFFFF - (bits if bits >= 0 else -(bits & 0x7FFFFFFF))


@kernel
def order_of_rows(scores: Floats32, count: int, buffers: RankBuffers) -> Ints:
    """Order the rows listed in `buffers.front[:count]`: largest score first, ties by row.

    Returns:
        `[count]`; it lives in `buffers`: read it before the next ranking.

    Raises:
        ValueError: the score of a listed row is NaN.
    """
    score_bits = scores.view(np.int32)
    front = buffers.front
    unknown = False
    for place in range(count):
        bits = int(score_bits[front[place]])
        unknown = unknown or (bits & 0x7FFFFFFF) > _INFINITY_BITS
        front[place] |= _descending_key(bits) << _ROW_BITS
    if unknown:
        raise ValueError("a score is NaN: a queue needs a number for every position")
    words = _sorted_words(buffers, count)
    for place in range(count):
        words[place] &= _ROW_MASK
    return words[:count]


@kernel
def order_descending(scores: Floats32, count: int, order: Ints, buffers: RankBuffers) -> None:
    """Rows of the first `count` scores, largest first, ties by row: `order[:count]` out.

    Raises:
        ValueError: a score is NaN.
    """
    for i in range(count):
        buffers.front[i] = i
    order[:count] = order_of_rows(scores, count, buffers)


@kernel
def shuffled_order(
    identities: Ints, key: np.uint64, count: int, order: Ints, buffers: RankBuffers
) -> None:
    """A seeded random order of the rows, one draw per identity: `order[:count]` out."""
    for i in range(count):
        draw = int(uniform(key, identities[i]) * 4294967296.0)
        buffers.front[i] = (draw << _ROW_BITS) | i
    words = _sorted_words(buffers, count)
    for place in range(count):
        order[place] = words[place] & _ROW_MASK


@kernel
def order_with_random_ties(
    scores: Floats32,
    identities: Ints,
    key: np.uint64,
    count: int,
    order: Ints,
    buffers: RankBuffers,
) -> None:
    """Rows with the largest score first, ties in seeded random order: `order[:count]` out.

    The sort is stable, so sorting an already shuffled list leaves ties shuffled.
    """
    shuffled = np.empty(count, np.int64)
    shuffled_order(identities, key, count, shuffled, buffers)
    shuffled_scores = np.empty(count, np.float32)
    for place in range(count):
        shuffled_scores[place] = scores[shuffled[place]]
    order_descending(shuffled_scores, count, order, buffers)
    for place in range(count):
        order[place] = shuffled[order[place]]


@kernel
def lexicographic_order(
    first: Floats32,
    second: Floats32,
    third: Floats32,
    count: int,
    order: Ints,
    buffers: RankBuffers,
) -> None:
    """Rows by three keys, largest first, ties to the last row: `order[:count]` out.

    The sort is stable, so sorting by the least important key first leaves its order among ties.
    """
    keys = np.empty(count, np.float32)
    place_of = np.empty(count, np.int64)
    for place in range(count):
        order[place] = count - 1 - place
    for step in range(3):
        key = third if step == 0 else (second if step == 1 else first)
        for place in range(count):
            keys[place] = key[order[place]]
        order_descending(keys, count, place_of, buffers)
        for place in range(count):
            place_of[place] = order[place_of[place]]
        for place in range(count):
            order[place] = place_of[place]


@kernel
def sort_both_sides(
    scores: Floats32, qty_contracts: Floats, count: int, buffers: RankBuffers
) -> tuple[Ints, int, int]:
    """Sort longs and shorts of one instrument in one go; flat rows take no part.

    Returns:
        words: `[longs + shorts]`, longs first, each side with the largest score first;
            the row is `row_of(word)`. It lives in `buffers`: read it before the next ranking.
        longs, shorts: how many of each.

    Raises:
        ValueError: a score is NaN.
    """
    score_bits = scores.view(np.int32)
    front = buffers.front
    held = longs = 0
    unknown = False
    for i in range(count):
        if qty_contracts[i] != 0.0:
            bits = int(score_bits[i])
            unknown = unknown or (bits & 0x7FFFFFFF) > _INFINITY_BITS
            side = _SIDE if qty_contracts[i] < 0.0 else 0
            front[held] = side | (_descending_key(bits) << _ROW_BITS) | i
            held += 1
            longs += 1 if qty_contracts[i] > 0.0 else 0
    if unknown:
        raise ValueError("a score is NaN: a published rank needs a number for every position")
    return _sorted_words(buffers, held), longs, held - longs


@kernel
def row_of(word: int) -> int:
    """Row that a sorted word belongs to."""
    return word & _ROW_MASK


@kernel
def own_side_percentiles(
    scores: Floats32,
    qty_contracts: Floats,
    count: int,
    percentile: Floats,
    buffers: RankBuffers,
) -> None:
    """Place in the own side's queue as a share: 1 = first, 1 / n = last, NaN = no position.

    Args:
        scores: float32 scores, `[N]`.
        qty_contracts: signed positions, `[N]`.
        count: rows that take part.
        percentile: `[N]` out.
        buffers: working memory.
    """
    words, longs, shorts = sort_both_sides(scores, qty_contracts, count, buffers)
    if longs + shorts < count:
        percentile[:count] = np.nan
    for place in range(longs):
        percentile[row_of(words[place])] = (longs - place) / longs
    for place in range(shorts):
        percentile[row_of(words[longs + place])] = (shorts - place) / shorts
