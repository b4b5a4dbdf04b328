"""Threshold cascades against loops; resilience by hand; overlapping portfolios' guards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion.portfolios import overlap_cascade
from abm.contagion.shock_size import critical_shock, ring_defaults
from abm.contagion.thresholds import (
    cascade_sizes,
    fatal_degree,
    network_resilience,
    threshold_cascade,
)
from tests.abm.contagion.strategies import stressed_banks
from tests.oracles.distress import threshold_failures
from tests.strategies import QUICK


@QUICK
@given(stressed_banks(), st.data())
def test_against_loops(banks, data):
    exposures, capital, _ = banks
    first = data.draw(st.sets(st.integers(0, capital.size - 1), max_size=2))
    rows = np.array(sorted(first), dtype=np.int64)
    found = threshold_cascade(exposures, capital, rows)
    assert set(np.flatnonzero(found)) == threshold_failures(exposures, list(capital), first)


@QUICK
@given(stressed_banks())
def test_sizes_are_those_of_single_cascades(banks):
    exposures, capital, _ = banks
    rows = np.arange(capital.size)
    sizes = cascade_sizes(exposures, capital, rows)
    for i in rows:
        assert sizes[i] == threshold_cascade(exposures, capital, rows[i : i + 1]).sum()


@QUICK
@given(stressed_banks())
def test_no_claim_above_capital_is_full_resilience(banks):
    exposures, capital, _ = banks
    resilience = network_resilience(exposures, capital + exposures.max())
    assert resilience == 1.0 or (np.isnan(resilience) and not exposures.any())
    if resilience == 1.0:
        sizes = cascade_sizes(exposures, capital + exposures.max(), np.arange(capital.size))
        assert (sizes == 1).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: threshold_cascade(np.zeros((2, 2)), np.ones(3), np.array([0])), "3 capitals"),
        (lambda: cascade_sizes(-np.ones((2, 2)), np.ones(2), np.array([0])), "at least 0"),
        (lambda: fatal_degree(0.2, 0.0), "above 0"),
        (lambda: critical_shock(0, 2.0, 1.0), "at least one institution"),
        (lambda: ring_defaults(3, 2.0, 1.0, -0.1), "shock is -0.1"),
        (lambda: overlap_cascade(np.ones((2, 2)), np.ones(3), np.array([0])), "3 equities"),
        (lambda: overlap_cascade(-np.ones((2, 2)), np.ones(2), np.array([0])), "negative"),
        (lambda: overlap_cascade(np.ones((2, 2)), np.zeros(2), np.array([0])), "no equity"),
    ],
)
def test_what_is_refused(make, says) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_an_asset_nobody_holds_keeps_its_price() -> None:
    end = overlap_cascade(np.array([[1.0, 0.0], [1.0, 0.0]]), np.ones(2), np.array([0]))
    assert end.prices == pytest.approx([np.exp(-1.0536 / 2), 1.0])
    assert end.rounds == 0 and end.failed.tolist() == [True, False]
