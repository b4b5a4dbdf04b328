"""Greenwood, Landier, Thesmar (2015), "Vulnerable banks": an example of two banks and two assets.

Every number follows by hand from the formulas of section 2: equity 10 and 40.
"""

import numpy as np
import pytest

from abm.contagion.leverage_targeting import LeverageTargeters
from tests.oracles.distress import linear_spillovers

BANKS = LeverageTargeters(
    weights=np.array([[0.5, 0.5], [0.0, 1.0]]),
    assets_usd=np.array([100.0, 200.0]),
    debt_to_equity=np.array([9.0, 4.0]),
    impact=np.array([1e-3, 5e-4]),
)
SHOCK = np.array([-0.05, 0.0])


def test_two_banks() -> None:
    assert BANKS.equity_usd == pytest.approx([10.0, 40.0])
    assert BANKS.direct_loss_usd(SHOCK) == pytest.approx([-2.5, 0.0])
    assert BANKS.price_change(SHOCK) == pytest.approx([-0.01125, -0.005625])
    assert BANKS.spillover_usd(SHOCK) == pytest.approx([-0.84375, -1.125])
    assert BANKS.aggregate_vulnerability(SHOCK) == pytest.approx(0.039375)


def test_systemicness_is_a_decomposition_and_falls_on_who_sells() -> None:
    assert BANKS.systemicness(SHOCK) == pytest.approx([0.039375, 0.0])
    assert BANKS.indirect_vulnerability(SHOCK) == pytest.approx([0.084375, 0.028125])


def test_the_same_by_loops_and_linear_in_the_shock() -> None:
    generator = np.random.default_rng(3)
    weights = generator.dirichlet(np.ones(4), size=6)
    parts = (weights, generator.uniform(1, 9, 6), generator.uniform(0, 20, 6))
    impact, shock = generator.uniform(0, 1e-2, 4), generator.normal(0, 0.05, 4)
    banks = LeverageTargeters(*parts, impact)
    loops = linear_spillovers(weights, *parts[1:], impact, shock)
    assert banks.spillover_usd(shock) == pytest.approx(loops)
    assert banks.spillover_usd(-3.0 * shock) == pytest.approx(-3.0 * np.array(loops))
    assert banks.systemicness(shock).sum() == pytest.approx(banks.aggregate_vulnerability(shock))
