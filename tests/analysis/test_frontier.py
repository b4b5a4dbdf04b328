"""The Pareto frontier against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.frontier import dominated, membership, staircase

DIRECTIONS = (False, False, True)


def beaten_by_hand(objectives: np.ndarray, larger_is_better: tuple[bool, ...]) -> list[bool]:
    """Definition, word by word: somebody is nowhere worse and somewhere better."""
    beaten = []
    for own in objectives:
        by_somebody = False
        for rival in objectives:
            triples = list(zip(rival, own, larger_is_better, strict=True))
            better = [r > o if up else r < o for r, o, up in triples]
            worse = [r < o if up else r > o for r, o, up in triples]
            comparable = not (np.isnan(own).any() or np.isnan(rival).any())
            by_somebody |= comparable and any(better) and not any(worse)
        beaten.append(by_somebody)
    return beaten


@given(arrays(float, (7, 3), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])))
def test_dominated_is_brute_force(objectives: np.ndarray) -> None:
    found = dominated(objectives, DIRECTIONS)
    assert found.tolist() == beaten_by_hand(objectives, DIRECTIONS)


def test_equal_designs_do_not_dominate_each_other() -> None:
    assert not dominated([[1.0, 2.0], [1.0, 2.0]], (False, True)).any()


def test_rounding_errors_do_not_dominate() -> None:
    assert not dominated([[0.0, 1.0], [1e-16, 1.0]], (False, False)).any()


def test_directions_must_match() -> None:
    with pytest.raises(ValueError, match="2 objectives need as many directions"):
        dominated([[1.0, 2.0]], (False,))


def test_staircase_runs_from_best_x_to_best_y() -> None:
    x = np.array([3.0, 1.0, 2.0, 2.5, np.nan])
    y = np.array([1.0, 3.0, 2.0, 2.5, 0.0])
    steps = staircase(x, y, (False, False))
    assert [axis.tolist() for axis in steps] == [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]


def test_membership_is_certain_when_replicates_do_not_vary() -> None:
    medians = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.5], [0.5, 3.0, 1.0]])
    samples = np.repeat(medians[:, None, :], 5, axis=1)
    found = membership(samples, DIRECTIONS)
    assert found.tolist() == (~dominated(medians, DIRECTIONS)).astype(float).tolist()


def test_membership_of_two_like_designs_is_a_coin_toss() -> None:
    samples = np.random.default_rng(1).normal(size=(2, 2001, 1))
    samples -= np.median(samples, axis=1, keepdims=True)
    found = membership(samples[:, :101], (False,))
    assert found.sum() == pytest.approx(1.0, abs=0.05)


def test_membership_leaves_unknown_values_out_and_unknown_designs_unknown() -> None:
    samples = np.array([[[1.0], [np.nan], [1.0]], [[np.nan]] * 3, [[2.0], [2.0], [2.0]]])
    found = membership(samples, (False,))
    assert np.isnan(found[1])
    assert found[0] > 0.9
