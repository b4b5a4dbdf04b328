"""The readable twin over dictionaries agrees with the kernels, and with numbers of its own."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion import Network, clear, from_networkx, to_networkx
from abm.contagion.reference import clearing_payments, differential_debtrank
from tests.abm.contagion.drawn import networks


@given(networks(), st.sampled_from([0.5, 1.0]), st.sampled_from([0.5, 0.9, 1.0]))
def test_twin_and_kernels_pay_the_same(
    drawn: tuple[Network, list[float]], alpha: float, beta: float
) -> None:
    network, outside = drawn
    graph = to_networkx(network)
    nx.set_node_attributes(graph, dict(zip(graph, outside, strict=True)), "outside_assets")
    twin = clearing_payments(graph, alpha=alpha, beta=beta)
    found = clear(from_networkx(graph), alpha=alpha, beta=beta)
    scale = max(1.0, found.liability.max())
    np.testing.assert_allclose(list(twin.values()), found.payments, atol=1e-9 * scale)


def exposures(claims: list[tuple[str, str]], equity: dict[str, float]) -> nx.DiGraph:
    """Claims of 0.5 each."""
    graph = nx.DiGraph()
    for name, amount in equity.items():
        graph.add_node(name, equity=amount)
    graph.add_edges_from(claims, weight=0.5)
    return graph


def test_debtrank_of_the_cycle() -> None:
    """Nobody fails, so h = (1 - Lambda)^-1 h(1) [Bardoscia et al. 2015]: 6/7, 5/7, 3/7 are left."""
    graph = exposures([("C", "B"), ("B", "A"), ("A", "C")], {"A": 1.0, "B": 1.0, "C": 1.0})
    distress = differential_debtrank(graph, {"C": 0.5})
    left = [1.0 - distress[name] for name in "ABC"]
    np.testing.assert_allclose(left, [6 / 7, 5 / 7, 3 / 7], rtol=1e-11)


def test_debtrank_of_the_chain() -> None:
    """A loss of all equity of C, 0.5: equities 1.25, 0.5, 0."""
    equity = {"A": 1.5, "B": 1.0, "C": 0.5}
    distress = differential_debtrank(exposures([("C", "B"), ("B", "A")], equity), {"C": 1.0})
    left = [equity[name] * (1.0 - distress[name]) for name in "ABC"]
    np.testing.assert_allclose(left, [1.25, 0.5, 0.0], atol=1e-12)


@pytest.mark.parametrize("graph", [nx.DiGraph()])
def test_nothing_has_a_twin(graph: nx.DiGraph) -> None:
    assert clearing_payments(graph) == {}
    assert differential_debtrank(graph, {}) == {}
