"""FinNetValu.jl (Bertschi, 2021): the three-bank network of its unit tests."""

import numpy as np
import pytest

from abm.contagion import Network, clear, fictitious_default
from tests.oracles.networks import greatest_by_linear_program

LIABILITIES = [[0, 0.1, 0.7], [2, 0, 10.5], [0, 8.4, 0]]


@pytest.mark.parametrize(
    ("outside", "payments", "waves"),
    [
        ((1, 1, 1), (0.8, 9.5, 8.4), (0, 1, 0)),
        ((0, 0, 0.1), (0.8, 5.625, 5.525), (0, 1, 2)),
    ],
)
def test_payments_and_waves(
    outside: tuple[float, ...], payments: tuple[float, ...], waves: tuple[int, ...]
) -> None:
    network = Network.from_matrix(LIABILITIES)
    found, exact = clear(network, outside), fictitious_default(network, outside)
    for result in (found, exact):
        np.testing.assert_allclose(result.payments, payments, rtol=1e-12)
        np.testing.assert_array_equal(result.waves, waves)
    np.testing.assert_allclose(found.least, payments, rtol=1e-9)
    np.testing.assert_allclose(
        greatest_by_linear_program(LIABILITIES, list(outside)), payments, rtol=1e-9
    )
    assert exact.rounds == max(waves)
