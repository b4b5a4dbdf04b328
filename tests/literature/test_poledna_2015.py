"""Poledna et al. (2015), "The multi-layer network nature of systemic risk".

Stress of one layer is a lower bound of the stress of all: for losses and for the spectral radius.
Two layers that are harmless alone form a cycle together.
"""

import numpy as np
import pytest

from abm.contagion.layers import joint_leverage, spectral_radius, stress_layers

LOANS = np.array([[0.0, 0.9], [0.0, 0.0]])
DERIVATIVES = np.array([[0.0, 0.0], [0.9, 0.0]])


def test_a_cycle_that_no_single_layer_shows() -> None:
    shock = np.array([0.1, 0.0])
    stress = stress_layers([LOANS, DERIVATIVES], np.ones(2), shock, np.ones(2))
    assert stress.radius == pytest.approx([0.0, 0.0])
    assert stress.joint_radius == pytest.approx(0.9)
    assert stress.loss == pytest.approx([0.0, 0.045])
    expected = np.linalg.solve([[1.0, -0.9], [-0.9, 1.0]], shock) - shock
    assert stress.joint_loss == pytest.approx(expected.sum() / 2, abs=1e-6)


def test_joint_is_at_least_each() -> None:
    generator = np.random.default_rng(15)
    for _ in range(20):
        layers = [generator.random((8, 8)) * (generator.random((8, 8)) < 0.3) for _ in range(3)]
        equity = generator.uniform(0.5, 4.0, 8)
        stress = stress_layers(layers, equity, 0.1 * generator.random(8), generator.random(8))
        assert stress.joint_radius >= stress.radius.max() - 1e-9
        assert stress.joint_loss >= stress.loss.max() - 1e-7
        joint = joint_leverage(layers, equity).toarray()
        assert joint == pytest.approx(sum(layers) / equity[:, None])
        dense = np.abs(np.linalg.eigvals(joint)).max()
        assert spectral_radius(joint) == pytest.approx(dense, abs=1e-8)
