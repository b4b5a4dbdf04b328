"""A network and its matrix of exposures say the same, and every instrument takes either."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from abm.contagion import (
    Claim,
    Furfine,
    Network,
    cascade_sizes,
    clear,
    even_shares,
    exposures_of,
    joint_leverage,
    network_equity,
    network_of_exposures,
    network_resilience,
    relative_leverage,
    shares_from_claims,
    stress_layers,
    threshold_cascade,
)

EQUITY = np.array([2.0, 1.0, 4.0])
CLAIMS = [Claim("a", "b", 3.0), Claim("b", "c", 2.0), Claim("a", "b", 1.0, 1), Claim("c", "a", 5.0)]


def network() -> Network:
    """Lender b gave a three and, junior, one; c has lent b two; a has lent c five."""
    return Network.from_claims(CLAIMS, ["a", "b", "c"], {"equity": EQUITY})


def test_what_i_has_lent_to_j_is_what_j_owes_i() -> None:
    expected = [[0.0, 0.0, 5.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    assert exposures_of(network()).toarray().tolist() == expected
    assert exposures_of(network()).toarray().tolist() == network().matrix().T.tolist()


def test_there_and_back() -> None:
    back = network_of_exposures(exposures_of(network()), ["a", "b", "c"], {"equity": EQUITY}, "x")
    assert back.matrix().tolist() == network().matrix().tolist()
    assert back.columns["equity"].tolist() == EQUITY.tolist()
    assert back.layer == "x"
    numbered = network_of_exposures(exposures_of(network()).toarray())
    assert numbered.names == ("0", "1", "2")


def test_a_copy_is_given() -> None:
    matrix = csr_array(network().matrix())
    for claims in (network(), matrix):
        before = exposures_of(claims).toarray()
        exposures_of(claims).data[:] = 7.0
        assert (exposures_of(claims).toarray() == before).all()


def test_every_instrument_takes_a_network() -> None:
    owed, matrix = network(), network().matrix().T
    first = np.array([0])
    leverage = relative_leverage(matrix, EQUITY).toarray()
    assert (relative_leverage(owed).toarray() == leverage).all()
    assert (joint_leverage([owed, owed]).toarray() == 2.0 * leverage).all()
    shock, weights = np.array([0.1, 0.0, 0.0]), np.ones(3)
    both = [stress_layers([claims], EQUITY, shock, weights) for claims in (owed, matrix)]
    assert both[0].joint_loss == both[1].joint_loss > 0.0
    for instrument in (threshold_cascade, cascade_sizes):
        assert (instrument(owed, EQUITY, first) == instrument(matrix, EQUITY, first)).all()
    assert network_resilience(owed, EQUITY) == network_resilience(matrix, EQUITY)
    values = [network_equity(np.array([-4.0, 1.0, 1.0]), c, Furfine(0.5)) for c in (owed, matrix)]
    assert (values[0] == values[1]).all()
    assert (shares_from_claims(owed, 0.3) == shares_from_claims(matrix, 0.3)).all()
    assert (even_shares(owed, 0.3) == even_shares(matrix > 0.0, 0.3)).all()


def test_exposures_can_be_cleared() -> None:
    drawn = network_of_exposures([[0.0, 2.0], [0.0, 0.0]])  # 0 has lent 1 two
    assert clear(drawn, [0.0, 1.5]).received.tolist() == [1.5, 0.0]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="no equity is given: pass it, or a network with a column"):
        relative_leverage(network().matrix())
    with pytest.raises(ValueError, match="give a square matrix"):
        network_of_exposures(np.ones((2, 3)))
    with pytest.raises(ValueError, match="1 names for 2 nodes"):
        network_of_exposures(np.zeros((2, 2)), ["a"])
    with pytest.raises(ValueError, match="owes to itself"):
        network_of_exposures(np.ones((2, 2)))
