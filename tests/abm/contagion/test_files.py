"""What is written is read back bit for bit; what is wrong with a file is one sentence."""

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.contagion import (
    Claim,
    Edges,
    Network,
    from_networkx,
    read_csv,
    read_graphml,
    to_networkx,
    write_csv,
    write_graphml,
)
from tests.abm.contagion.drawn import networks

AMOUNTS = st.floats(0.0, allow_infinity=False, allow_nan=False)
NUMBERS = st.floats(allow_infinity=False)
QUIET = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def odd_networks(draw: Any) -> Network:
    """Any float64 as amount and as column, several classes, names with commas and quotes."""
    network, _ = draw(networks(classes=2))
    size, count = network.weights.size, len(network)
    amounts = draw(st.lists(AMOUNTS, min_size=size, max_size=size))
    numbers = draw(st.lists(NUMBERS, min_size=count, max_size=count))
    letters = st.text(st.sampled_from('ab,"é <&> 1'), min_size=1, max_size=4)
    names = draw(st.lists(letters, min_size=count, max_size=count, unique=True))
    edges = Edges(network.debtor, network.column, np.array(amounts, float), network.seniority)
    return Network.of(names, edges, {"outside_assets": numbers, "b": np.arange(count)})


def assert_same(one: Network, other: Network) -> None:
    assert one.names == other.names
    assert one.layer == other.layer
    assert list(one.columns) == list(other.columns)
    for name in ("row_start", "column", "seniority", "incoming_start", "incoming"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.weights.tobytes() == other.weights.tobytes()
    for name, values in one.columns.items():
        np.testing.assert_array_equal(values, other.columns[name])


@given(odd_networks())
def test_networkx_and_back(network: Network) -> None:
    assert_same(network, from_networkx(to_networkx(network)))


@QUIET
@given(network=odd_networks())
def test_graphml_and_back(network: Network, tmp_path: Path) -> None:
    write_graphml(network, tmp_path / "n.graphml")
    assert_same(network, read_graphml(tmp_path / "n.graphml"))


@QUIET
@given(network=odd_networks())
def test_csv_and_back(network: Network, tmp_path: Path) -> None:
    write_csv(network, tmp_path / "edges.csv", tmp_path / "nodes.csv")
    assert_same(network, read_csv(tmp_path / "edges.csv", tmp_path / "nodes.csv"))


def test_two_classes_between_the_same_nodes_need_a_multigraph(tmp_path: Path) -> None:
    network = Network.from_claims([Claim("a", "b", 1.0), Claim("a", "b", 2.0, 1)], layer="loans")
    graph = to_networkx(network)
    assert graph.is_multigraph()
    assert_same(network, from_networkx(graph))
    write_graphml(network, tmp_path / "n.graphml")
    assert_same(network, read_graphml(tmp_path / "n.graphml"))


def test_one_layer_of_several_is_taken() -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(["a", "b", "c"])
    graph.add_edge("a", "b", weight=1.0, layer="margin")
    graph.add_edge("a", "b", weight=2.0, layer="vault")
    assert from_networkx(graph, "vault").matrix()[0, 1] == 2.0
    assert from_networkx(graph, "margin").layer == "margin"
    with pytest.raises(ValueError, match=r"layers \['margin', 'vault'\]: name the one to take"):
        from_networkx(graph)
    with pytest.raises(ValueError, match="no edge of layer 'z'"):
        from_networkx(graph, "z")


def test_a_node_without_a_number_is_unknown() -> None:
    graph = nx.DiGraph()
    graph.add_node("a", outside_assets=2)
    graph.add_node("b")
    np.testing.assert_array_equal(from_networkx(graph).columns["outside_assets"], [2.0, np.nan])


def test_nodes_in_order_of_first_mention(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("creditor,debtor,weight\nb,c,1\na,b,2.5\n")
    network = read_csv(tmp_path / "e.csv", layer="x")
    assert network.names == ("c", "b", "a")
    assert network.layer == "x"
    assert network.weights[network.place("b", "a")] == 2.5


@pytest.mark.parametrize(
    ("edges", "nodes", "sentence"),
    [
        ("", None, "is empty: its first line names the columns"),
        ("a,b\n", None, "line 1 is a,b: write debtor,creditor,weight"),
        ("debtor,creditor,weight,colour\n", None, "line 1 is debtor,creditor,weight,colour: write"),
        ("debtor,creditor,weight\na,b\n", None, "line 2 has 2 cells: line 1 has 3"),
        ("debtor,creditor,weight,weight\n", None, "line 1 names a column twice"),
        ("debtor,creditor,weight\na,b,much\n", None, "line 2 is 'much': write a number"),
        ("debtor,creditor,weight,seniority\na,b,1,.5\n", None, "is '.5': write a whole number"),
        ("debtor,creditor,weight,contingent\na,b,1,maybe\n", None, "'maybe': write true or false"),
        ("debtor,creditor,weight,contingent\na,b,1,true\n", None, "is contingent: a payment that"),
        ("debtor,creditor,weight\na,b,-1\n", None, "'a' owes -1.0 to 'b'"),
        ("debtor,creditor,weight\na,b,1\n", "name,x\na,1\n", "a claim names 'b': add it"),
        ("debtor,creditor,weight\na,b,1\n", "node\na\n", "name the first column 'name'"),
        ("debtor,creditor,weight\n", "name,x\na,?\n", "line 2 is '?': write a number"),
    ],
)
def test_bad_tables(edges: str, nodes: str | None, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text(edges)
    (tmp_path / "nodes.csv").write_text(nodes or "")
    with pytest.raises(ValueError, match=r"^[^\n]*$") as raised:
        read_csv(tmp_path / "edges.csv", None if nodes is None else tmp_path / "nodes.csv")
    assert sentence in str(raised.value)


def graph_with(**attributes: Any) -> Any:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", **attributes)
    return graph


@pytest.mark.parametrize(
    ("graph", "sentence"),
    [
        (nx.Graph([("a", "b")]), "the graph is not directed"),
        (graph_with(), "edge 'a' -> 'b' has no weight"),
        (graph_with(weight="x"), "the weight of edge 'a' -> 'b' is 'x': write a number"),
        (graph_with(weight=1, color="red"), "has 'color': known are weight, seniority"),
        (graph_with(weight=1, contingent=True), "is contingent: a payment that grows"),
        (nx.DiGraph([(1, 1, {"weight": 1})]), "'1' owes to itself"),
    ],
)
def test_bad_graphs(graph: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as raised:
        from_networkx(graph)
    assert sentence in str(raised.value)


def test_a_node_attribute_that_is_no_number() -> None:
    graph = graph_with(weight=1)
    graph.nodes["a"]["colour"] = "red"
    with pytest.raises(ValueError, match="colour of node 'a' is 'red': write a number"):
        from_networkx(graph)


def test_a_file_that_is_no_graphml(tmp_path: Path) -> None:
    (tmp_path / "n.graphml").write_text("debtor,creditor,weight\n")
    with pytest.raises(ValueError, match="is no GraphML file"):
        read_graphml(tmp_path / "n.graphml")
