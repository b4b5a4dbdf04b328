"""The bench of contagion compares before it measures, and the kernel gains what it should."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from experiments.bench import contagion
from experiments.bench.report import contagion_tables, show


def test_a_wrong_contender_is_refused() -> None:
    market = contagion.draw_market(30, 0.3)
    works: dict[str, Callable[[], Any]] = contagion.clearing_contenders(market)
    honest = works["in place"]
    works["in place"] = lambda: 1.01 * honest()
    with pytest.raises(ValueError, match="in place and networkx differ by"):
        contagion._times(works, 1)


def test_stress_is_what_it_is_called() -> None:
    mild, severe = (contagion.measure_clearing(200, cash, 1) for cash in ("mild", "severe"))
    assert 0.1 < mild["clearing, 200 nodes, mild: share short"] < 0.5
    assert 0.5 < severe["clearing, 200 nodes, severe: share short"] < 0.9


def test_equity_is_what_it_is_called() -> None:
    spreading, damped = (contagion.measure_debtrank(200, kind, 1) for kind in contagion.EQUITY)
    assert spreading["DebtRank, 200 nodes, spreading: share in default"] > 0.9
    assert damped["DebtRank, 200 nodes, damped: share in default"] == 0.0


def test_distress_in_place_sees_new_exposures() -> None:
    market = contagion.draw_market(50, 0.9)
    equity = 1.5 * market.network.claims_held() + 1.0
    works = contagion.debtrank_contenders(market, equity)
    before = works["in place"]().copy()
    market.network.weights[:] *= 0.5
    assert works["in place"]().sum() < before.sum()
    np.testing.assert_allclose(works["in place"](), works["from network"](), rtol=1e-12)


def test_every_number_stands_in_a_table() -> None:
    found = contagion.measure_clearing(100, "mild", 1)
    found |= contagion.measure_debtrank(100, "damped", 1)
    large = {name.replace("100 nodes", "10,000 nodes"): 9999.0 for name in found}
    found |= {name.replace("damped", "spreading"): value for name, value in large.items()}
    clearing, distress = contagion_tables(found)
    assert clearing.title == "clearing"
    assert distress.title == "DebtRank"
    columns = len(clearing.columns) + len(distress.columns)
    assert columns - 2 == len(found) / 2
    console = Console(width=80, record=True, file=io.StringIO())
    show(console, "contagion", found)
    printed = console.export_text()
    assert "100 nodes, mild" in printed
    assert "10,000 nodes, spreading" in printed
    assert "9,999" in printed
    assert "…" not in printed


@pytest.mark.compiled
def test_the_kernels_gain_two_orders_of_magnitude() -> None:
    """300 is measured on a quiet machine (`adlab bench contagion`); a busy one keeps 100."""
    found = contagion.measure_contagion(quick=True)
    gains = [gain for name, gain in found.items() if name.endswith("networkx / in place")]
    assert len(gains) == len(contagion.CASH) + len(contagion.EQUITY)
    assert min(gains) > 100.0
