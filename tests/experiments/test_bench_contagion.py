"""The bench of contagion compares before it measures, and the kernel gains what it should."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm.contagion import Network
from abm.units import Floats
from experiments.bench import contagion


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


def test_debtrank_takes_any_kernel() -> None:
    """A kernel in numpy: the same steps on dense matrices."""

    def dense(network: Network, initial: Floats) -> Floats:
        spread = network.matrix().T / network.columns["equity"][:, None]
        before, now = np.zeros(len(network)), initial
        while (now - before).max() > contagion.TOLERANCE:
            before, now = now, np.minimum(1.0, now + spread @ (now - before))
        return now

    found = contagion.measure_debtrank(100, 1, dense)
    assert len(found) == 3
    assert all(re.match(r"DebtRank, 100 nodes: ", name) for name in found)


@pytest.mark.compiled
def test_the_kernel_gains_two_orders_of_magnitude() -> None:
    """300 is measured on a quiet machine (`adlab bench contagion`); a busy one keeps 100."""
    found = contagion.measure_contagion(quick=True)
    gains = [gain for name, gain in found.items() if name.endswith("networkx / in place")]
    assert len(gains) == 2
    assert min(gains) > 100.0
