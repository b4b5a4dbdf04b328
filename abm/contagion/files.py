"""Networks to and from networkx graphs, GraphML files and CSV tables, bit for bit.

An edge i -> j of a graph means that i owes j; its attributes are `weight` and, if they are given,
`seniority` (0 is paid first), `layer` and `contingent`. The attributes of nodes are numbers and
become columns; a node without a number that others have is unknown there (NaN). Two claims of
different seniority between the same nodes need a MultiDiGraph.

CSV is a pair of tables, UTF-8, with a first line of names:

    edges       debtor,creditor,weight[,seniority][,contingent]
    nodes       name[,column, ...]          fixes the order of the nodes, and those without claims

Numbers are written with `repr`, the shortest text that reads back as the same float64.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np

from abm.contagion.network import Claim, Network
from abm.units import Floats

EDGE_COLUMNS = ("debtor", "creditor", "weight", "seniority", "contingent")
"""Columns that a table of edges may have; the first three it must have."""

EDGE_ATTRIBUTES = ("weight", "seniority", "layer", "contingent")
"""Attributes that an edge of a graph may have."""


def to_networkx(network: Network) -> Any:
    """Give a DiGraph of the network, or a MultiDiGraph where two classes join the same nodes.

    Returns:
        nodes in the network's order with its columns as attributes; edges with `weight`,
        `seniority` if any class is above 0, and `layer` if the network has a label.
    """
    pairs = set(zip(network.debtor.tolist(), network.column.tolist(), strict=True))
    graph = nx.DiGraph() if len(pairs) == network.column.size else nx.MultiDiGraph()
    if network.layer:
        graph.graph["layer"] = network.layer
    columns = {name: values.tolist() for name, values in network.columns.items()}
    for i, name in enumerate(network.names):
        graph.add_node(name, **{key: values[i] for key, values in columns.items()})
    ranked = bool(network.seniority.any())
    for claim in _claims(network):
        attributes: dict[str, Any] = {"weight": claim.amount}
        if ranked:
            attributes["seniority"] = claim.seniority
        if network.layer:
            attributes["layer"] = network.layer
        graph.add_edge(claim.debtor, claim.creditor, **attributes)
    return graph


def from_networkx(graph: Any, layer: str | None = None) -> Network:
    """Build a network from a DiGraph or MultiDiGraph.

    Args:
        graph: directed; see the file's first lines for its attributes. Nodes that are no strings
            are named by `str`.
        layer: of a graph with several, the one to take; None where there is one or none.

    Raises:
        ValueError: the graph is not directed, an edge has no number as weight or an attribute that
            is not known, several layers and none named, or what `Network.of` refuses.
    """
    if not graph.is_directed():
        raise ValueError("the graph is not directed: give a DiGraph, edges from debtor to creditor")
    layer = _layer_of(graph, layer)
    names = [str(node) for node in graph]
    claims = [
        _claim_of_edge(debtor, creditor, attributes)
        for debtor, creditor, attributes in graph.edges(data=True)
        if attributes.get("layer", layer) == layer
    ]
    return Network.from_claims(claims, names, _node_columns(dict(graph.nodes(data=True))), layer)


def _layer_of(graph: Any, layer: str | None) -> str:
    """Which layer is meant."""
    held = {attributes.get("layer", "") for _, _, attributes in graph.edges(data=True)}
    if layer is not None:
        if layer not in held:
            raise ValueError(f"no edge of layer {layer!r}: the graph has {sorted(held)}")
        return layer
    if len(held) > 1:
        raise ValueError(f"the graph has the layers {sorted(held)}: name the one to take")
    return str(held.pop() if held else graph.graph.get("layer", ""))


def _claim_of_edge(debtor: Any, creditor: Any, attributes: Mapping[str, Any]) -> Claim:
    where = f"edge {debtor!r} -> {creditor!r}"
    for key in attributes:
        if key not in EDGE_ATTRIBUTES and key != "id":  # GraphML numbers parallel edges
            raise ValueError(f"{where} has {key!r}: known are {', '.join(EDGE_ATTRIBUTES)}")
    if "weight" not in attributes:
        raise ValueError(f"{where} has no weight: give it one, what {debtor!r} owes {creditor!r}")
    return Claim(
        str(debtor),
        str(creditor),
        _number(attributes["weight"], f"the weight of {where}"),
        _whole(attributes.get("seniority", 0), f"the seniority of {where}"),
        _flag(attributes.get("contingent", False), f"contingent of {where}"),
    )


def _node_columns(nodes: Mapping[Any, Mapping[str, Any]]) -> dict[str, Floats]:
    """Columns from the nodes' attributes; NaN where a node has none."""
    keys = dict.fromkeys(key for attributes in nodes.values() for key in attributes)
    return {
        key: np.array(
            [
                _number(attributes.get(key, np.nan), f"{key} of node {node!r}")
                for node, attributes in nodes.items()
            ],
            np.float64,
        )
        for key in keys
    }


def write_graphml(network: Network, path: Path) -> None:
    """Write GraphML, readable by networkx, igraph, Gephi and others."""
    nx.write_graphml_xml(to_networkx(network), path)


def read_graphml(path: Path, layer: str | None = None) -> Network:
    """Read a directed GraphML file.

    Args:
        path: of the file.
        layer: of several, the one to take.

    Raises:
        ValueError: the file is no GraphML, or what `from_networkx` refuses.
    """
    try:
        graph = nx.read_graphml(path)
    except (ParseError, nx.NetworkXError, KeyError) as error:
        raise ValueError(f"{path} is no GraphML file: {error}") from error
    return from_networkx(graph, layer)


def write_csv(network: Network, edges: Path, nodes: Path) -> None:
    """Write the table of edges and the table of nodes; the label of the layer is not kept."""
    ranked = bool(network.seniority.any())
    header = EDGE_COLUMNS[: 4 if ranked else 3]
    rows = ([*claim[:2], repr(claim.amount), claim.seniority] for claim in _claims(network))
    _write(edges, header, (row[: len(header)] for row in rows))
    columns = [values.tolist() for values in network.columns.values()]
    _write(
        nodes,
        ("name", *network.columns),
        ([name, *(repr(c[i]) for c in columns)] for i, name in enumerate(network.names)),
    )


def read_csv(edges: Path, nodes: Path | None = None, layer: str = "") -> Network:
    """Read a table of edges, and one of nodes if there is one.

    Args:
        edges: path of the table of edges.
        nodes: path of the table of nodes; None takes nodes in order of first mention.
        layer: label for the network.

    Raises:
        ValueError: a column is missing or unknown, a cell is no number, or what `Network.of`
            refuses.
    """
    header, rows = _read(edges)
    unknown = [name for name in header if name not in EDGE_COLUMNS]
    missing = [name for name in EDGE_COLUMNS[:3] if name not in header]
    if unknown or missing:
        raise ValueError(
            f"{edges}, line 1 is {','.join(header)}: write debtor,creditor,weight and, if you "
            "like, seniority and contingent"
        )
    claims = []
    for line, row in enumerate(rows, start=2):
        cell = dict(zip(header, row, strict=True))
        where = f"in {edges}, line {line}"
        claims.append(
            Claim(
                cell["debtor"],
                cell["creditor"],
                _number(cell["weight"], f"weight {where}"),
                _whole(cell.get("seniority", 0), f"seniority {where}"),
                _flag(cell.get("contingent", False), f"contingent {where}"),
            )
        )
    if nodes is None:
        return Network.from_claims(claims, layer=layer)
    names, columns = _read_nodes(nodes)
    return Network.from_claims(claims, names, columns, layer)


def _read_nodes(path: Path) -> tuple[list[str], dict[str, Floats]]:
    """Names and columns of a table of nodes."""
    header, rows = _read(path)
    if not header or header[0] != "name":
        raise ValueError(f"{path}, line 1 begins with {header[:1]}: name the first column 'name'")
    numbers = [
        [_number(cell, f"a cell in {path}, line {line}") for cell in row[1:]]
        for line, row in enumerate(rows, start=2)
    ]
    columns = {
        name: np.array([row[j] for row in numbers], np.float64) for j, name in enumerate(header[1:])
    }
    return [row[0] for row in rows], columns


def _claims(network: Network) -> Iterable[Claim]:
    """The network's claims by name."""
    columns = (network.debtor, network.column, network.weights, network.seniority)
    for i, j, amount, rank in zip(*(column.tolist() for column in columns), strict=True):
        yield Claim(network.names[i], network.names[j], amount, rank)


def _write(path: Path, header: Iterable[str], rows: Iterable[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """First line and the others, all of its length."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows:
        raise ValueError(f"{path} is empty: its first line names the columns")
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise ValueError(f"{path}, line {line} has {len(row)} cells: line 1 has {len(rows[0])}")
    if len(set(rows[0])) < len(rows[0]):
        raise ValueError(f"{path}, line 1 names a column twice: {','.join(rows[0])}")
    return rows[0], rows[1:]


def _number(value: Any, what: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{what} is {value!r}: write a number") from None


def _whole(value: Any, what: str) -> int:
    number = _number(value, what)
    if not number.is_integer():
        raise ValueError(f"{what} is {value!r}: write a whole number, 0 for the most senior class")
    return int(number)


def _flag(value: Any, what: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False, "": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError(f"{what} is {value!r}: write true or false")
    return words[word]
