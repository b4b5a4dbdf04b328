"""Acemoglu, Ozdaglar, Tahbaz-Salehi (2015), "Systemic risk and stability in financial networks".

Propositions 4 and 6: up to ε* = n (a - v) the complete network is the most stable and the ring the
least; beyond it both fail entirely, and weakly connected blocs do better. Checked by clearing
payments in plain loops; claims exceed y* = (n - 1)(a - v).
"""

import numpy as np
import pytest

from abm.contagion.shock_size import critical_claims, critical_shock, ring_defaults
from tests.oracles.distress import senior_clearing_defaults

COUNT, EARNINGS, SENIOR = 6, 2.0, 1.5
CLAIMS = 4.0


def defaults(owed: np.ndarray, shock: float) -> int:
    outside = [EARNINGS - shock] + [EARNINGS] * (COUNT - 1)
    return sum(senior_clearing_defaults(owed.tolist(), outside, [SENIOR] * COUNT))


def ring() -> np.ndarray:
    return CLAIMS * np.roll(np.eye(COUNT), 1, axis=0)


def complete() -> np.ndarray:
    return CLAIMS * (1.0 - np.eye(COUNT)) / (COUNT - 1)


def blocs() -> np.ndarray:
    """Two triangles that owe each other nothing."""
    triangle = (1.0 - np.eye(3)) / 2
    return CLAIMS * np.kron(np.eye(2), triangle)


def test_thresholds() -> None:
    assert critical_shock(COUNT, EARNINGS, SENIOR) == pytest.approx(3.0)
    assert critical_claims(COUNT, EARNINGS, SENIOR) == pytest.approx(2.5)
    assert CLAIMS > 2.5
    with pytest.raises(ValueError, match="earnings above"):
        critical_shock(3, 1.0, 1.0)


@pytest.mark.parametrize("shock", [0.3, 0.6, 1.1, 1.7, 2.2, 2.9])
def test_below_the_threshold_the_ring_is_the_worst(shock: float) -> None:
    assert defaults(ring(), shock) == ring_defaults(COUNT, EARNINGS, SENIOR, shock)
    assert defaults(complete(), shock) == (1 if shock > 0.5 else 0)


@pytest.mark.parametrize("shock", [3.1, 3.5])
def test_above_it_the_complete_network_is_no_better_than_the_ring(shock: float) -> None:
    assert defaults(complete(), shock) == COUNT
    assert defaults(ring(), shock) == COUNT == ring_defaults(COUNT, EARNINGS, SENIOR, shock)
    assert defaults(blocs(), shock) == 3
