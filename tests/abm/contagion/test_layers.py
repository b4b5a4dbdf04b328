"""The spectral radius of a matrix >= 0, by parts, against all eigenvalues and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from abm.contagion import layers
from abm.contagion.layers import joint_leverage, spectral_radius
from tests.abm.contagion.strategies import square
from tests.strategies import QUICK


@QUICK
@given(st.integers(1, 7).flatmap(square))
def test_against_all_eigenvalues(matrix):
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    # a defective eigenvalue, as of a long path, is exact here and rounded to its root there
    assert spectral_radius(matrix) == pytest.approx(expected, abs=2e-2 if expected < 0.1 else 1e-6)


def test_a_path_has_none_and_a_ring_its_geometric_mean() -> None:
    path = np.diag(np.full(49, 5.0), 1)
    assert spectral_radius(path) == 0.0
    ring = np.diag([2.0, 8.0, 1.0], 1)
    ring[3, 0] = 1.0
    assert spectral_radius(ring) == pytest.approx(2.0)
    assert spectral_radius(np.diag([0.5, 3.0, 1.0])) == 3.0
    assert spectral_radius(np.zeros((0, 0))) == 0.0


def test_a_large_part_gets_its_leading_eigenvalue_only(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    matrix = generator.random((60, 60)) * (generator.random((60, 60)) < 0.2)
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    monkeypatch.setattr(layers, "DENSE_UP_TO", 10)
    assert spectral_radius(csr_array(matrix)) == pytest.approx(expected)


def test_a_large_ring_has_many_eigenvalues_on_one_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "DENSE_UP_TO", 10)
    assert spectral_radius(0.5 * np.roll(np.eye(40), 1, axis=0)) == pytest.approx(0.5)


@pytest.mark.parametrize("matrix", [[[0.0, -1.0], [0.0, 0.0]], [[np.nan]], [[0.0, 1.0]]])
def test_bad_matrices_are_refused(matrix) -> None:
    with pytest.raises(ValueError, match="give a"):
        spectral_radius(np.array(matrix))


def test_no_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no layer"):
        joint_leverage([], np.ones(2))
