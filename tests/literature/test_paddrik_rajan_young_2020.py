"""Paddrik, Rajan and Young (2020), Contagion in derivatives markets: stress passed on by a factor.

A owes 10 to B, B owes 10 to C; A can pay 6 of its own and B 3.
"""

import numpy as np
import pytest
from hypothesis import given

from abm.contagion import Claim, Network, clear, transmit
from tests.abm.contagion.drawn import networks

CHAIN = Network.from_claims([Claim("A", "B", 10.0), Claim("B", "C", 10.0)])
OUTSIDE = [6.0, 3.0, 0.0]


@pytest.mark.parametrize(
    ("factor", "margin", "payments"),
    [
        (0.0, 0.0, (10, 10, 0)),
        (0.5, 0.0, (8, 10, 0)),  # s_A = 4; B has 3 + 8
        (1.0, 0.0, (6, 9, 0)),  # s_B = 10 - 3 - 6
        (2.0, 0.0, (2, 0, 0)),  # s_B = 10 - 3 - 2 = 5
        (1.0, 3.0, (6, 10, 0)),  # B takes A's initial margin
        (2.0, 3.0, (2, 6, 0)),  # s_B = 10 - 3 - 2 - 3
    ],
)
def test_chain(factor: float, margin: float, payments: tuple[float, ...]) -> None:
    found = transmit(CHAIN, OUTSIDE, factor=factor, initial_margin=margin)
    np.testing.assert_allclose(found.payments, payments, atol=1e-12)
    assert found.converged


def test_margin_is_taken_up_to_the_claim_only() -> None:
    found = transmit(CHAIN, OUTSIDE, factor=1.0, initial_margin=100.0)
    np.testing.assert_allclose(found.received, [0, 10, 10])


@given(networks())
def test_factor_one_is_eisenberg_noe(drawn: tuple[Network, list[float]]) -> None:
    network, outside = drawn
    expected = clear(network, outside).payments
    scale = max(1.0, expected.max())
    found = transmit(network, outside)
    np.testing.assert_allclose(found.payments, expected, atol=1e-9 * scale)


@given(networks())
def test_more_transmission_pays_less(drawn: tuple[Network, list[float]]) -> None:
    network, outside = drawn
    damped, plain, hoarding = (
        transmit(network, outside, factor=factor).payments for factor in (0.5, 1.0, 1.7)
    )
    slack = 1e-9 * max(1.0, plain.max())
    assert (damped >= plain - slack).all()
    assert (plain >= hoarding - slack).all()
