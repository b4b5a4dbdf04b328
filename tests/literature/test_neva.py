"""Barucca et al. (2020), Network valuation in financial systems: Eisenberg-Noe as a valuation.

The three-bank examples of their package neva: every bank has outside assets 3 and owes 2 outside,
claims between banks are 0.5; bank C loses outside assets. Equity may be negative there, E = outside
assets + payments received - liabilities, and outside creditors rank with the banks.
"""

import numpy as np
import pytest

from abm.contagion import Claim, Network, clear

OUTSIDE = [Claim(bank, "outside", 2.0) for bank in "ABC"]
CHAIN = [Claim("C", "B", 0.5), Claim("B", "A", 0.5)]
CYCLE = [*CHAIN, Claim("A", "C", 0.5)]
TREE = [Claim("C", "A", 0.5), Claim("B", "A", 0.5)]


@pytest.mark.parametrize(
    ("claims", "loss", "equity"),
    [
        (CYCLE, 0.0, (1, 1, 1)),
        (CYCLE, 0.5, (1, 1, 0.5)),
        (CYCLE, 1.2, (1, 0.96, -0.2)),
        (CHAIN, 0.0, (1.5, 1, 0.5)),
        (CHAIN, 1.2, (1.5, 0.86, -0.7)),
        (TREE, 1.2, (1.86, 0.5, -0.7)),
    ],
)
def test_equities(claims: list[Claim], loss: float, equity: tuple[float, ...]) -> None:
    network = Network.from_claims([*OUTSIDE, *claims], names=["A", "B", "C", "outside"])
    found = clear(network, [3, 3, 3 - loss, 0])
    np.testing.assert_allclose(found.net_worth[:3], equity, rtol=1e-12)
    np.testing.assert_allclose(found.equity, np.maximum(found.net_worth, 0.0), atol=1e-12)
