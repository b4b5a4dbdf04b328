"""Bardoscia, Battiston, Caccioli, Caldarelli (2015), "DebtRank: a microscopic foundation".

Three banks of Battiston's example, with the digits of an independent implementation; and the three
networks that the package neva (marcobardoscia/neva, data/*.json) ships, whose linear DebtRank has
fractions as its answer.
"""

import numpy as np
import pytest

from abm.contagion.distress import (
    differential_debtrank,
    distress_path,
    loss_of_each_default,
    relative_leverage,
    systemic_loss,
)
from tests.literature.test_battiston_2012 import EQUITY, EXPOSURES, WEIGHTS

CYCLE = [[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.5, 0.0, 0.0]]
CHAIN = [[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]


def test_more_than_a_single_hit() -> None:
    leverage = relative_leverage(EXPOSURES, EQUITY)
    losses = loss_of_each_default(leverage, WEIGHTS)
    assert losses == pytest.approx([0.9285714286, 0.25, 0.75], abs=1e-8)
    shock = np.full(3, 0.1)
    end = differential_debtrank(leverage, shock)
    assert end.distress == pytest.approx([0.6, 1.0, 1.0])
    assert systemic_loss(end.distress, shock, WEIGHTS) == pytest.approx(0.871429, abs=1e-6)


def test_a_cycle_of_three_in_sevenths() -> None:
    leverage = relative_leverage(CYCLE, np.ones(3))
    end = differential_debtrank(leverage, np.array([0.0, 0.0, 0.5]), tolerance=1e-14)
    assert 1.0 - end.distress == pytest.approx([6 / 7, 5 / 7, 3 / 7], abs=1e-13)


def test_a_chain_with_each_banks_own_equity() -> None:
    """shock_chain.json: equities 1.5, 1, 0.5; a loss of 0.5 to C leaves 1.25, 0.5, 0.

    C loses all, B the 0.5 it lent to C, A half of the 0.5 it lent to B. (The package's own shortcut
    uses the last bank's equity for everybody and prints 1.5, 0.5, 0.)
    """
    leverage = relative_leverage(CHAIN, np.array([1.5, 1.0, 0.5]))
    end = differential_debtrank(leverage, np.array([0.0, 0.0, 1.0]))
    left = (1.0 - end.distress) * [1.5, 1.0, 0.5]
    assert left == pytest.approx([1.25, 0.5, 0.0])


def test_without_default_it_is_linear_algebra() -> None:
    """Equation (12): h = (I - Λ)^-1 h(1) while nobody defaults."""
    generator = np.random.default_rng(7)
    exposures = generator.random((30, 30)) * (generator.random((30, 30)) < 0.2)
    leverage = relative_leverage(exposures, exposures.sum(axis=1) / 0.7 + 1e-3)
    shock = 0.1 * generator.random(30)
    expected = np.linalg.solve(np.eye(30) - leverage.toarray(), shock)
    assert expected.max() < 1.0
    end = differential_debtrank(leverage, shock, tolerance=1e-14)
    assert end.distress == pytest.approx(expected, abs=1e-12)


def test_a_spectral_radius_above_one_amplifies_until_somebody_defaults() -> None:
    leverage = relative_leverage([[0.0, 1.1], [1.1, 0.0]], np.ones(2))
    shock = np.array([1e-6, 0.0])
    assert differential_debtrank(leverage, shock).distress == pytest.approx([1.0, 1.0])
    path = distress_path(leverage, shock, 4)
    assert path[:, 0] == pytest.approx(1e-6 * np.array([1, 1, 2.21, 2.21, 3.6741]))
