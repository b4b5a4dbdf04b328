"""Cross-holdings keep all value, fail in waves that loops reproduce, and know no names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion.cross_holdings import (
    cascade,
    dependency_matrix,
    even_shares,
    shares_from_claims,
)
from tests.abm.contagion.strategies import column, square
from tests.oracles.distress import dependency_by_series, failure_waves
from tests.strategies import QUICK


@st.composite
def firms(draw):
    """Shares `[N, N]` whose columns sum to at most 0.8, assets, thresholds, failure costs."""
    size = draw(st.integers(2, 6))
    raw = draw(square(size))
    shares = 0.8 * raw / max(1.0, raw.sum(axis=0).max())
    assets = draw(column(size, st.sampled_from([1.0, 3.0, 10.0])))
    level = draw(column(size, st.sampled_from([0.5, 0.9, 1.05])))
    return shares, assets, level * (dependency_matrix(shares) @ assets)


@QUICK
@given(firms())
def test_all_value_ends_outside(world):
    shares, assets, _ = world
    dependency = dependency_matrix(shares)
    assert dependency.sum(axis=0) == pytest.approx(np.ones(assets.size))
    assert (dependency >= -1e-15).all()
    assert (dependency @ assets).sum() == pytest.approx(assets.sum())
    assert dependency == pytest.approx(np.array(dependency_by_series(shares.tolist(), 150)))


@QUICK
@given(firms(), st.sampled_from([0.0, 0.3, 1.0]))
def test_waves_against_loops_and_what_they_cost(world, severity):
    shares, assets, thresholds = world
    dependency, costs = dependency_matrix(shares), severity * assets
    end = cascade(dependency, assets, thresholds, costs)
    expected = failure_waves(dependency, list(assets), list(thresholds), list(costs))
    assert [list(wave) for wave in end.waves] == expected
    lost = costs[end.failed].sum()
    assert end.values.sum() == pytest.approx(assets.sum() - lost)
    assert (end.failed == (end.values < thresholds)).all()


@QUICK
@given(firms(), st.randoms(use_true_random=False))
def test_names_do_not_matter(world, random):
    shares, assets, thresholds = world
    order = list(range(assets.size))
    random.shuffle(order)
    end = cascade(dependency_matrix(shares), assets, thresholds, assets)
    renamed = dependency_matrix(shares[np.ix_(order, order)])
    again = cascade(renamed, assets[order], thresholds[order], assets[order])
    assert again.failed.tolist() == end.failed[order].tolist()
    assert again.values == pytest.approx(end.values[order])


@QUICK
@given(firms(), st.data())
def test_more_assets_never_make_anybody_fail(world, data):
    shares, assets, thresholds = world
    dependency = dependency_matrix(shares)
    richer = assets.copy()
    richer[data.draw(st.integers(0, assets.size - 1))] *= 1.5
    before = cascade(dependency, assets, thresholds, 0.5 * assets)
    after = cascade(dependency, richer, thresholds, 0.5 * assets)
    assert not (after.failed & ~before.failed).any()
    assert (after.values >= before.values - 1e-12).all()


def test_shares_from_links_and_claims() -> None:
    links = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    shares = even_shares(links, 0.5)
    assert shares.tolist() == [[0.0, 0.5, 0.0], [0.25, 0.0, 0.0], [0.25, 0.0, 0.0]]
    claims = np.array([[0.0, 3.0], [2.0, 0.0]])
    assert shares_from_claims(claims, 0.25).tolist() == [[0.0, 0.25], [0.25, 0.0]]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: dependency_matrix(np.zeros((2, 3))), r"give \[N, N\]"),
        (lambda: dependency_matrix(np.eye(2)), "0 on the diagonal"),
        (lambda: dependency_matrix(np.array([[0, -0.1], [0, 0]])), "at least 0"),
        (lambda: dependency_matrix(np.array([[0, 1.0], [0, 0]])), "institution 1 is owned"),
        (lambda: shares_from_claims(np.zeros((2, 2)), 0.5), "nobody has a claim"),
        (lambda: shares_from_claims(np.ones((2, 2)), 1.0), "cross_held is 1"),
        (lambda: even_shares(np.zeros((2, 2)), -0.1), "cross_held is -0.1"),
        (lambda: cascade(np.eye(2), np.ones(2), np.ones(2), -np.ones(2)), "failure cost"),
    ],
)
def test_what_is_refused(make, says) -> None:
    with pytest.raises(ValueError, match=says):
        make()
