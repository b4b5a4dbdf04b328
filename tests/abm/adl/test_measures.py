"""Measures against the blind oracles on random inputs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.adl import measures
from tests.oracles import measures as plain
from tests.oracles import theory_measures as oracle
from tests.strategies import QUICK

AMOUNT = st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0, 250.0])
SHARE = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
SERIES = st.integers(1, 9)


def columns(count: int, element: st.SearchStrategy[float] = AMOUNT) -> st.SearchStrategy[list]:
    def rows(size: int) -> st.SearchStrategy[list]:
        column = st.lists(element, min_size=size, max_size=size)
        return st.tuples(*[column] * count).map(list)

    return SERIES.flatmap(rows)


def same(ours: float, theirs: float) -> None:
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9, nan_ok=True)


@QUICK
@given(columns(2), AMOUNT, SHARE, AMOUNT)
def test_survivor_ratios(both: list, deficit: float, theta: float, loss: float) -> None:
    w, shares = both
    x = [min(a, b) for a, b in zip(w, shares, strict=True)]
    we, xe = np.array(w), np.array(x)
    same(measures.top_survivor(we, xe), oracle.top_survivor(w, x))
    same(measures.ptsr_paper(we, xe, theta, deficit), oracle.ptsr_paper(w, x, theta, deficit))
    same(measures.pmr_paper(we, xe, theta, loss), oracle.pmr_paper(w, x, theta, loss))
    same(measures.ptsr_code(we, xe, deficit), oracle.ptsr_code(w, x, deficit))
    same(measures.pmr_code(we, xe, deficit, loss), oracle.pmr_code(w, x, deficit, loss))
    same(measures.rd_nse(we, xe, deficit), oracle.rd_nse(w, x, deficit))
    same(measures.max_pct(xe, we), oracle.max_pct(x, w))


@QUICK
@given(columns(4))
def test_tracking(rows: list) -> None:
    taken, needed, burden, reference = rows
    arrays = [np.array(row) for row in rows]
    same(measures.overshoot(*arrays[:2]), oracle.overshoot(taken, needed))
    same(measures.overshoot_only(*arrays[:2]), oracle.overshoot_only(taken, needed))
    same(measures.undershoot_only(*arrays[:2]), oracle.undershoot_only(taken, needed))
    same(measures.tracking(*arrays[:2]), oracle.tracking(taken, needed))
    same(measures.fairness_regret(*arrays[1:]), oracle.fairness_regret(needed, burden, reference))
    same(measures.excess_burden(*arrays[1:]), oracle.excess_burden(needed, burden, reference))


@QUICK
@given(columns(2, SHARE), st.data(), st.sampled_from([0.3, 1.0]))
def test_regrets(paths: list, data: st.DataObject, cap: float) -> None:
    played, wanted = paths
    size = len(played)
    deficits = data.draw(st.lists(AMOUNT, min_size=size, max_size=size))
    p, w, d = (np.array(each) for each in (played, wanted, deficits))
    same(measures.dynamic_regret(p, w, d), oracle.dynamic_regret(played, wanted, deficits))
    same(measures.static_regret(p, w, d, cap), oracle.static_regret(played, wanted, deficits, cap))
    variation = oracle.path_variation(wanted)
    same(measures.path_variation(w), variation)
    same(measures.instance_bound(w, d), oracle.instance_bound(variation, deficits))
    same(measures.class_regret(3.0, np.array(deficits)), oracle.class_regret(3.0, deficits))


@QUICK
@given(st.lists(AMOUNT, min_size=2, max_size=6), st.sampled_from([0.5, 2.0]))
def test_discounted(values: list[float], half_life: float) -> None:
    horizons = [0.5 * k * (k + 1) for k in range(len(values))]
    ours = measures.discounted(np.array(horizons), np.array(values), half_life)
    same(ours, oracle.discounted(horizons, values, half_life))


@QUICK
@given(columns(2))
def test_ranks(both: list) -> None:
    first, second = both
    one, two = np.array(first), np.array(second)
    same(measures.inversion_rate(one, two), oracle.inversion_rate(first, second))
    same(measures.rank_stability(one, two), oracle.rank_stability(first, second))


@QUICK
@given(st.lists(st.permutations(range(4)), min_size=1, max_size=8))
def test_rank_entropy(rounds: list[list[int]]) -> None:
    ours = measures.rank_entropy(np.array(rounds))
    assert ours == pytest.approx(np.array(oracle.rank_entropy(rounds)), abs=1e-12)


@QUICK
@given(
    st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 3)), max_size=8),
    st.sampled_from([-2.0, 0.0, 2.0]),
)
def test_undo_fraction(trades: list[tuple[int, int]], change: float) -> None:
    times = np.array([float(time) for time, _ in trades])
    sizes = np.array([float(size) for _, size in trades])
    ours = measures.undo_fraction(1.0, change, times, sizes, 5.0)
    same(ours, oracle.undo_fraction(1.0, change, [(float(t), float(q)) for t, q in trades], 5.0))


@QUICK
@given(columns(1), st.sampled_from([0.5, 1.0, 2.0]), st.integers(1, 4))
def test_concentration(one: list, aversion: float, heads: int) -> None:
    values = one[0]
    array = np.array(values)
    nobody = sum(values) == 0.0
    same(measures.gini(array), math.nan if nobody else oracle.gini(values))
    same(measures.gini(array), math.nan if nobody else plain.gini(values))
    same(measures.top_share(array, 0.25), math.nan if nobody else plain.top_share(values, 0.25))
    same(measures.top_count_share(array, heads), oracle.lorenz_top(values, heads))
    same(measures.atkinson(array, aversion), oracle.atkinson(values, aversion))
    same(measures.kolm(array, 0.01), oracle.kolm(values, 0.01))
    same(measures.jain(array), oracle.jain(values))
    same(measures.herfindahl(array), oracle.herfindahl(values))


@QUICK
@given(columns(2))
def test_majorisation(both: list) -> None:
    one, other = both
    ours = measures.submajorises(np.array(one), np.array(other))
    assert ours == oracle.submajorises(one, other)
    mixed = [(a + b) / 2 for a, b in zip(one, reversed(one), strict=True)]
    assert measures.majorises(np.array(one), np.array(mixed)) == oracle.majorises(one, mixed)
    assert measures.majorises(np.array(one), np.array(mixed)), "averaging can only even out"


@QUICK
@given(columns(4))
def test_lipschitz(rows: list) -> None:
    inputs, outputs = rows[:2], rows[2:]
    ours = measures.lipschitz(np.array(inputs), np.array(outputs))
    same(ours, oracle.lipschitz(inputs, outputs))


@QUICK
@given(st.lists(AMOUNT, min_size=1, max_size=5), st.lists(AMOUNT, min_size=1, max_size=4))
def test_sybil_gain(rest: list[float], parts: list[float]) -> None:
    def squares(w: np.ndarray) -> np.ndarray:
        total = float((w * w).sum())
        return w * w / total if total > 0.0 else 0.0 * w

    def plain_squares(w: list[float]) -> list[float]:
        return [float(x) for x in squares(np.array(w))]

    whole = sum(parts)
    ours = measures.sybil_gain(squares, whole, np.array(parts), np.array(rest))
    same(ours, oracle.sybil_gain(plain_squares, whole, parts, rest))


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from([1, -1]), AMOUNT, st.sampled_from([90.0, 110.0]), AMOUNT),
        max_size=6,
    )
)
def test_markout_transfer(closes: list[tuple[int, float, float, float]]) -> None:
    ours = measures.markout_transfer([measures.Close(*close) for close in closes])
    same(ours, oracle.markout_transfer(closes))
