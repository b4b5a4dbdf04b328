"""Elsinger (2009), Financial networks, cross holdings, and limited liability: seniority.

A has 4 outside, owes 5 to D first and then 5 to B; B has 1, owes 2 to D first and then 3 to A.
"""

import numpy as np

from abm.contagion import Claim, Network, clear

SENIOR = [Claim("A", "D", 5.0, 0), Claim("B", "D", 2.0, 0)]
JUNIOR = [Claim("A", "B", 5.0, 1), Claim("B", "A", 3.0, 1)]
OUTSIDE = [4.0, 1.0, 0.0]
NAMES = ["A", "B", "D"]


def test_senior_creditors_are_paid_before_any_junior_one() -> None:
    """Junior payments y = (z - 1)+ of B and z = (y - 1)+ of A: from (3, 5) down to nothing."""
    network = Network.from_claims([*SENIOR, *JUNIOR], NAMES)
    found = clear(network, OUTSIDE)
    np.testing.assert_allclose(found.payments, [4, 1, 0], atol=1e-12)
    np.testing.assert_allclose(found.paid[network.place("A", "D")], 4, atol=1e-12)
    np.testing.assert_allclose(found.paid[network.place("A", "B", 1)], 0, atol=1e-12)
    assert found.is_unique


def test_without_classes_the_same_claims_pay_more() -> None:
    """p_A = 4 + 0.6 p_B, p_B = 1 + 0.5 p_A: p_A = 4.6 / 0.7."""
    equal = [claim._replace(seniority=0) for claim in (*SENIOR, *JUNIOR)]
    found = clear(Network.from_claims(equal, NAMES), OUTSIDE)
    np.testing.assert_allclose(found.payments, [46 / 7, 30 / 7, 0], rtol=1e-11)


def test_classes_of_one_claim_each_are_a_queue() -> None:
    """Strict seniority among all claims is the priority rule in one class."""
    claims = [
        Claim("A", "B", 3.0),
        Claim("A", "C", 2.0),
        Claim("A", "D", 4.0),
        Claim("B", "D", 2.0),
    ]
    ranked = [claim._replace(seniority=rank) for rank, claim in enumerate(claims)]
    names, outside = ["A", "B", "C", "D"], [4.5, 0.0, 0.0, 0.0]
    queue = clear(Network.from_claims(claims, names), outside, rule="priority")
    classes = clear(Network.from_claims(ranked, names), outside)
    np.testing.assert_array_equal(queue.paid, classes.paid)
    np.testing.assert_allclose(queue.paid, [3, 1.5, 0, 2])
