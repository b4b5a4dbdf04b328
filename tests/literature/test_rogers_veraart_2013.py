"""Rogers and Veraart (2013), Failure and rescue in an interbank network, Manag. Science 59(4)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion import Network, clear, fictitious_default
from tests.abm.contagion.drawn import networks
from tests.oracles.networks import clearing_vectors, least_and_greatest


def test_example_3_3_from_below_creeps_to_what_is_no_fixed_point() -> None:
    """L = ((0, 2), (2.2, 0)), e = (1, 1), alpha = beta = 1/2: the only clearing vector is (2, 2.2).

    From zero, p_n = (1 - 2^-n) (1, 1) goes to (1, 1), where the first bank has 1 + 1 = 2 and pays.
    """
    found = clear(Network.from_matrix([[0, 2], [2.2, 0]]), [1, 1], alpha=0.5, beta=0.5)
    np.testing.assert_allclose(found.greatest, [2, 2.2], rtol=1e-15)
    np.testing.assert_allclose(found.least, [2, 2.2], rtol=1e-15)
    assert found.is_unique
    assert found.converged
    every = list(clearing_vectors([[0, 2], [2.2, 0]], [1, 1], 0.5, 0.5))
    np.testing.assert_allclose(every, [[2, 2.2]])


def test_with_the_other_claim_larger_both_vectors_are_real() -> None:
    """L12 = 2.2: (1, 1) is a clearing vector too, 1 + 1 < 2.2."""
    found = clear(Network.from_matrix([[0, 2.2], [2.2, 0]]), [1, 1], alpha=0.5, beta=0.5)
    np.testing.assert_allclose(found.greatest, [2.2, 2.2], rtol=1e-15)
    np.testing.assert_allclose(found.least, [1, 1], rtol=1e-11)
    assert not found.is_unique
    assert found.converged
    assert found.residual < 1e-12


@pytest.mark.parametrize("ratio", [0.5, 0.9, 0.99, 0.999, 0.9999])
def test_slow_approach_from_below_still_sees_the_jump(ratio: float) -> None:
    """The same trap with beta near 1: in the limit, p = 1 / (1 - beta), the first bank can pay.

    A last step below the tolerance is then still far from the limit.
    """
    first = 1.0 + 1.0 / (1.0 - ratio)
    network = Network.from_matrix([[0, first], [first + 0.5, 0]])
    found = clear(network, [1, 1], alpha=1.0, beta=ratio)
    assert found.converged
    np.testing.assert_allclose(found.least, found.liability, rtol=1e-9)


@given(
    networks(most=5), st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]), st.sampled_from([0.0, 0.5, 1.0])
)
def test_least_and_greatest_are_those_of_all_sets_of_defaults(
    drawn: tuple[Network, list[float]], alpha: float, beta: float
) -> None:
    network, outside = drawn
    least, greatest = least_and_greatest(network.matrix().tolist(), outside, alpha, beta)
    found = clear(network, outside, alpha=alpha, beta=beta)
    scale = max(1.0, found.liability.max())
    np.testing.assert_allclose(found.greatest, greatest, atol=1e-8 * scale)
    np.testing.assert_allclose(found.least, least, atol=1e-8 * scale)
    assert found.converged


@given(networks(), st.sampled_from([0.3, 0.8]), st.sampled_from([0.5, 0.95]))
def test_definition_3_6_gives_the_same_vector(
    drawn: tuple[Network, list[float]], alpha: float, beta: float
) -> None:
    network, outside = drawn
    exact = fictitious_default(network, outside, alpha=alpha, beta=beta)
    found = clear(network, outside, alpha=alpha, beta=beta)
    scale = max(1.0, exact.payments.max())
    np.testing.assert_allclose(found.payments, exact.payments, atol=1e-9 * scale)
    np.testing.assert_array_equal(found.waves, exact.waves)
