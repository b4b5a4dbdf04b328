"""The jump to the limit: right where nobody else defaults, refused where somebody would."""

import numpy as np
import pytest
from hypothesis import given

from abm.contagion.distress import differential_debtrank, distress_path, relative_leverage
from abm.contagion.layers import spectral_radius
from abm.contagion.standing import solve_standing
from tests.abm.contagion.strategies import stressed_banks
from tests.strategies import QUICK


def solve(leverage, shock, start, tolerance=1e-12):
    """The kernel on a copy of the start: whether it jumped, and where to."""
    end = np.array(start, float)
    parts = (leverage.indptr, leverage.indices, leverage.data)
    jumped = solve_standing(*parts, np.asarray(shock, float), tolerance, end)
    return jumped, end


def swept_limit(leverage, shock):
    """The least h = min(1, shock + Λ h), from below, for 20,000 rounds at most."""
    matrix, h = leverage.toarray(), np.asarray(shock, float)
    for _ in range(20_000):
        new = np.minimum(1.0, shock + matrix @ h)
        if (new == h).all():
            break
        h = new
    return h


@QUICK
@given(stressed_banks())
def test_it_jumps_to_the_limit_or_not_at_all(banks):
    exposures, equity, shock = banks
    leverage = relative_leverage(exposures, equity)
    for swept in (0, 2, 10):
        start = distress_path(leverage, shock, swept)[-1]
        jumped, end = solve(leverage, shock, start)
        if jumped:
            assert end == pytest.approx(swept_limit(leverage, shock), abs=1e-6)
        else:
            assert (end == start).all()


def test_near_the_critical_leverage() -> None:
    """Spectral radius 0.999: 40 banks, the answer of a direct solver."""
    generator = np.random.default_rng(2)
    exposures = generator.random((40, 40)) * (generator.random((40, 40)) < 0.2)
    radius = spectral_radius(exposures)
    leverage = relative_leverage(exposures, np.full(40, radius / 0.999))
    shock = 1e-5 * generator.random(40)
    expected = np.linalg.solve(np.eye(40) - leverage.toarray(), shock)
    assert 0.0 < expected.max() < 1.0
    jumped, end = solve(leverage, shock, shock)
    assert jumped
    assert end == pytest.approx(expected, rel=1e-6)
    found = differential_debtrank(leverage, shock, tolerance=1e-13)
    assert found.distress == pytest.approx(expected, rel=1e-8)
    assert found.rounds < 100


def test_somebody_else_defaults_on_the_way() -> None:
    leverage = relative_leverage([[0.0, 0.9], [0.9, 0.0]], np.ones(2))
    jumped, end = solve(leverage, [0.15, 0.15], [0.15, 0.15])
    assert not jumped and end.tolist() == [0.15, 0.15]


def test_an_unstable_part_that_distress_does_not_reach_stays_unhurt() -> None:
    """Institutions 2 and 3 would pull each other down, but nothing has hit them."""
    exposures = np.zeros((4, 4))
    exposures[0, 1] = exposures[1, 0] = 0.5
    exposures[2, 3] = exposures[3, 2] = 3.0
    jumped, end = solve(relative_leverage(exposures, np.ones(4)), [0.3, 0, 0, 0], [0.3, 0, 0, 0])
    assert jumped
    assert end == pytest.approx([0.4, 0.2, 0.0, 0.0])


def test_an_unstable_part_that_distress_reaches_is_left_to_the_sweeps() -> None:
    leverage = relative_leverage([[0.0, 1.5], [1.5, 0.0]], np.ones(2))
    jumped, _ = solve(leverage, [1e-3, 1e-3], [1e-3, 1e-3])
    assert not jumped
    assert differential_debtrank(leverage, np.array([1e-3, 1e-3])).distress.tolist() == [1.0, 1.0]
