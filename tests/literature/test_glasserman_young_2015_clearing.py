"""Glasserman and Young (2015), How likely is contagion in financial networks?, J. Bank. Finance 50.

Proposition 1: a shock to the outside assets of i cannot make every node of D default through the
network if their net worth together exceeds w_i beta_i (lambda_i - 1), with w net worth, beta the
share of liabilities owed to other nodes, lambda = outside assets / net worth. As lambda w = c, that
is beta_i (c_i - w_i), what a total loss of outside assets makes i withhold from the network.
"""

import numpy as np
from hypothesis import given

from abm.contagion import Claim, Network, clear
from tests.abm.contagion.drawn import networks


def test_a_total_loss_reaches_just_as_far() -> None:
    """With c = 10, w = 4, beta = 1/3 the network loses 2: more than 2 of net worth survives."""
    claims = [Claim("I", "J", 2.0), Claim("I", "outside", 4.0), Claim("J", "outside", 5.0)]
    network = Network.from_claims(claims, ["I", "J", "outside"])
    assert not clear(network, [0.0, 5.0 + 0.01, 0.0]).defaulted[1]
    assert clear(network, [0.0, 5.0 - 0.01, 0.0]).defaulted[1]
    np.testing.assert_allclose(clear(network, [10.0, 5.0, 0.0]).net_worth, [4.0, 2.0, 9.0])


@given(networks())
def test_defaulters_never_have_more_net_worth_than_the_bound(
    drawn: tuple[Network, list[float]],
) -> None:
    """Everybody is made solvent first, then one node after another loses all outside assets."""
    network, _ = drawn
    debts, held = network.liabilities(), network.claims_held()
    outside = np.maximum(0.0, debts - held) + 0.3
    worth = outside + held - debts
    for i in range(len(network)):
        shocked = outside.copy()
        shocked[i] = 0.0
        others = clear(network, shocked).defaulted.copy()
        others[i] = False
        bound = max(0.0, outside[i] - worth[i])  # beta = 1: all creditors are nodes here
        assert worth[others].sum() <= bound + 1e-9
