"""Barucca et al. (2020), "Network valuation in financial systems" (NEVA): one Picard, five claims.

Networks: data/shock_*.json of the authors' package neva, shocks of 0.5 and 1.2 to C's assets. The
option formulas are checked against quadrature and against a lattice, since the paper prints no
numbers for them.
"""

import math

import numpy as np
import pytest

from abm.contagion.valuation import (
    EisenbergNoe,
    ExAnteBlackCox,
    ExAnteMerton,
    Furfine,
    LinearDebtRank,
    network_equity,
)

EXTERNAL = np.array([10.0 - 9.0, 5.0 - 4.0, 3.0 - 2.0])
OWED_OUTSIDE = np.array([9.0, 4.0, 2.0])
NETWORKS = {
    "cycle": [[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.5, 0.0, 0.0]],
    "chain": [[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]],
    "tree": [[0.0, 0.5, 0.5], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
}


def balance(name: str, shock: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outside net worth after the shock, exposures, everything owed."""
    exposures = np.array(NETWORKS[name])
    inside = exposures.sum(axis=0)
    return EXTERNAL - inside - np.array([0.0, 0.0, shock]), exposures, OWED_OUTSIDE + inside


@pytest.mark.parametrize(
    ("name", "shock", "expected"),
    [
        ("cycle", 0.5, (1.0, 1.0, 0.5)),
        ("cycle", 1.2, (1.0, 0.96, -0.2)),
        ("chain", 1.2, (1.5, 0.86, -0.7)),
        ("tree", 1.2, (1.86, 0.5, -0.7)),
    ],
)
def test_eisenberg_noe(name: str, shock: float, expected: tuple[float, ...]) -> None:
    outside, exposures, owed = balance(name, shock)
    equity = network_equity(outside, exposures, EisenbergNoe(owed))
    assert equity == pytest.approx(expected, abs=1e-12)


def test_linear_debtrank() -> None:
    outside, exposures, _ = balance("cycle", 0.5)
    equity = network_equity(outside, exposures, LinearDebtRank(np.ones(3)))
    assert equity == pytest.approx([6 / 7, 5 / 7, 3 / 7], abs=1e-11)
    outside, exposures, _ = balance("chain", 0.5)
    book = np.array([1.5, 1.0, 0.5])  # before the shock, claims at par
    equity = network_equity(outside, exposures, LinearDebtRank(book))
    assert equity == pytest.approx([1.25, 0.5, 0.0])


def test_furfine_by_hand() -> None:
    """Chain, shock 1.2, recovery 0.4: C fails, B loses 0.3 and stands."""
    outside, exposures, _ = balance("chain", 1.2)
    assert network_equity(outside, exposures, Furfine(0.4)) == pytest.approx([1.5, 0.7, -0.7])


def test_greatest_and_least_differ_where_there_are_two() -> None:
    """Two banks that live on each other's claim: both stand, or both fall (Furfine)."""
    exposures = [[0.0, 1.0], [1.0, 0.0]]
    outside = np.array([-0.5, -0.5])
    top = network_equity(outside, exposures, Furfine(0.0))
    bottom = network_equity(outside, exposures, Furfine(0.0), from_top=False)
    assert top == pytest.approx([0.5, 0.5])
    assert bottom == pytest.approx([-0.5, -0.5])


ASSETS = np.array([100.0, 100.0, 100.0, 100.0, 100.0])
EQUITIES = np.array([-5.0, 1.0, 8.0, 40.0, 120.0])


def test_merton_default_probability_by_quadrature() -> None:
    """P(a(T) < a - E) as an integral of the normal density over the paths that default."""
    option = ExAnteMerton(ASSETS, volatility=0.2, horizon_years=1.5, drift=0.03)
    z = np.linspace(-12.0, 12.0, 2_400_001)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    end = 100.0 * np.exp((0.03 - 0.02) * 1.5 + 0.2 * math.sqrt(1.5) * z)
    expected = [(density * (end < 100.0 - e)).sum() * (z[1] - z[0]) for e in EQUITIES]
    assert option.default_probability(EQUITIES) == pytest.approx(expected, abs=1e-5)


def test_black_cox_by_a_lattice() -> None:
    """Absorbed mass of a fine random walk of the log, steps chosen to hit the barrier exactly."""
    volatility, years, drift = 0.25, 1.0, 0.08
    for equity in (5.0, 10.0, 20.0):
        option = ExAnteBlackCox(np.array([100.0]), volatility, years, drift=drift)
        distance = math.log(100.0 / (100.0 - equity))
        levels = 60
        step = distance / levels
        steps = round(years * volatility**2 / step**2)
        dt = years / steps
        trend = (drift - 0.5 * volatility**2) * dt
        up = 0.5 * (1.0 + trend / step)
        width = levels + 8 * round(math.sqrt(steps)) + 1
        mass = np.zeros(width)
        mass[levels] = 1.0
        dead = 0.0
        for _ in range(steps):
            moved = np.zeros(width)
            moved[1:] = up * mass[:-1]
            moved[:-1] += (1.0 - up) * mass[1:]
            dead += moved[0]
            moved[0] = 0.0
            mass = moved
        assert option.default_probability(np.array([equity])) == pytest.approx([dead], abs=3e-3)


def test_first_passage_without_drift_is_twice_the_end() -> None:
    """Reflection principle: with ν = 0 the barrier is reached twice as often as ended below."""
    drift = 0.5 * 0.3**2
    merton = ExAnteMerton(ASSETS, 0.3, 2.0, drift=drift)
    passage = ExAnteBlackCox(ASSETS, 0.3, 2.0, drift=drift)
    alive = (EQUITIES > 0.0) & (EQUITIES < 100.0)
    twice = 2.0 * merton.default_probability(EQUITIES)
    assert passage.default_probability(EQUITIES)[alive] == pytest.approx(twice[alive])
    assert passage.default_probability(EQUITIES)[0] == 1.0
    assert passage.default_probability(EQUITIES)[-1] == 0.0


def test_values_fall_with_volatility_and_end_at_eisenberg_noes_sign() -> None:
    """Barucca et al., section 5: as σ -> 0 the ex-ante value tends to solvent or not."""
    calm = ExAnteMerton(ASSETS, 1e-6, 1.0, recovery=0.3).value(EQUITIES)
    assert calm == pytest.approx([0.3, 1.0, 1.0, 1.0, 1.0])
    values = [ExAnteMerton(ASSETS, s, 1.0).value(EQUITIES)[2] for s in (0.05, 0.1, 0.2, 0.4)]
    assert values == sorted(values, reverse=True) and values[0] > values[-1] + 0.2
