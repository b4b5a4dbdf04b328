"""Eisenberg and Noe (2001), Systemic risk in financial systems, Management Science 47(2)."""

import numpy as np
import pytest
from hypothesis import given

from abm.contagion import Network, clear, fictitious_default
from tests.abm.contagion.drawn import networks
from tests.oracles.networks import greatest_by_linear_program


@pytest.mark.parametrize(
    ("outside", "payments", "equity", "waves"),
    [
        ((2.0, 3.0, 0.0), (5.25, 6.5, 0.0), (0.0, 0.0, 5.0), (1, 1, 0)),
        ((9.0, 1.0, 0.0), (12.0, 9.0, 0.0), (1.5, 0.0, 8.5), (0, 1, 0)),
        ((7.0, 2.0, 0.0), (12.0, 10.0, 0.0), (0.0, 0.0, 9.0), (0, 1, 0)),
        ((6.0, 2.5, 0.0), (10.875, 9.75, 0.0), (0.0, 0.0, 8.5), (2, 1, 0)),
    ],
)
def test_two_banks_that_owe_each_other_by_hand(
    outside: tuple[float, ...],
    payments: tuple[float, ...],
    equity: tuple[float, ...],
    waves: tuple[int, ...],
) -> None:
    """A owes 8 to B and 4 outside, B owes 6 to A and 6 outside; not an example of the paper.

    With both short p_A = e_A + p_B / 2 and p_B = e_B + 2 p_A / 3, so p_A = 3/2 e_A + 3/4 e_B; what
    is outside gets all the cash but A's equity. The third case is the edge: A has 12 of 12.
    """
    network = Network.from_matrix([[0, 8, 4], [6, 0, 6], [0, 0, 0]])
    found, exact = clear(network, outside), fictitious_default(network, outside)
    for result in (found.payments, found.least, exact.payments):
        np.testing.assert_allclose(result, payments, rtol=1e-12)
    np.testing.assert_allclose(found.equity, equity, rtol=1e-11, atol=1e-11)
    assert found.waves.tolist() == exact.waves.tolist() == list(waves)


def test_a_ring_without_money_clears_in_two_ways() -> None:
    """Section 2.3: without operating cash flow the clearing vector need not be unique."""
    found = clear(Network.from_matrix([[0, 1], [1, 0]]), [0, 0])
    np.testing.assert_array_equal(found.greatest, [1, 1])
    np.testing.assert_array_equal(found.least, [0, 0])
    assert not found.is_unique
    assert found.converged


def test_a_little_money_anywhere_makes_it_unique() -> None:
    """Theorem 2: a system in which everybody is reached by cash has one clearing vector."""
    found = clear(Network.from_matrix([[0, 1], [1, 0]]), [1e-3, 0])
    np.testing.assert_allclose(found.least, [1, 1], rtol=1e-9)
    assert found.is_unique


def test_owners_get_the_same_in_every_clearing_vector() -> None:
    """Theorem 1: equity does not depend on which clearing vector is taken."""
    network = Network.from_matrix(
        [[0, 4, 0, 0, 0], [4, 0, 0, 0, 0], [0, 0, 0, 3, 1], [0, 0, 2, 0, 0], [0, 0, 0, 0, 0]]
    )
    outside = np.array([0, 0, 1, 1, 0.0])
    found = clear(network, outside)
    assert not found.is_unique
    shares = network.matrix() / np.maximum(found.liability, 1e-300)[:, None]
    equity_of_least = outside + shares.T @ found.least - found.least
    np.testing.assert_allclose(equity_of_least, found.equity, atol=1e-12)


@given(networks())
def test_the_greatest_vector_solves_the_linear_program(drawn: tuple[Network, list[float]]) -> None:
    """Lemma 4: it maximises every increasing objective under limited liability."""
    network, outside = drawn
    expected = greatest_by_linear_program(network.matrix().tolist(), outside)
    scale = max(1.0, expected.max())
    np.testing.assert_allclose(clear(network, outside).payments, expected, atol=1e-7 * scale)


@given(networks())
def test_the_fictitious_default_algorithm_gives_payments_and_waves(
    drawn: tuple[Network, list[float]],
) -> None:
    """Section 3.1: at most N waves, and the same payments."""
    network, outside = drawn
    exact, found = fictitious_default(network, outside), clear(network, outside)
    scale = max(1.0, exact.payments.max())
    np.testing.assert_allclose(found.payments, exact.payments, atol=1e-9 * scale)
    np.testing.assert_array_equal(found.waves, exact.waves)
    assert exact.rounds <= len(network)
