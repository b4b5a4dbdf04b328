"""The readable twin: clearing and differential DebtRank over a networkx graph, in dictionaries.

An edge i -> j with `weight` says that i owes j. Tests hold the kernels to these functions, and the
benchmark shows what the kernels gain. Nothing here is fast, and nothing here shares code with what
it checks.

    p_i <- liability_i   if e_i + sum_j p_j L_ji / liability_j >= liability_i
           alpha e_i + beta sum_j p_j L_ji / liability_j       otherwise
    h_i <- min(1, h_i + sum_j (A_ij / E_i) (h_j - h_j before)),    A_ij = L_ji

Sources: [EisenbergNoe2001], [RogersVeraart2013]; Bardoscia, Battiston, Caccioli, Caldarelli 2015,
"DebtRank: a microscopic foundation for shock propagation", PLOS ONE 10(6) e0130406.
"""

from typing import Any


def clearing_payments(
    graph: Any, *, alpha: float = 1.0, beta: float = 1.0, tolerance: float = 1e-12
) -> dict[Any, float]:
    """Greatest clearing vector, from everybody paying in full downwards.

    Args:
        graph: DiGraph, nodes with `outside_assets`, edges with `weight`.
        alpha: share of outside assets recovered in default.
        beta: share of payments received recovered in default.
        tolerance: largest change that counts as none, relative to the largest liability; and by
            which share of its own liability a node may miss it.

    Returns:
        payment by node.
    """
    liability = {i: sum(edge["weight"] for edge in graph[i].values()) for i in graph}
    paid = dict(liability)
    scale = max(liability.values(), default=0.0)
    while True:
        ratio = {i: paid[i] / liability[i] if liability[i] > 0.0 else 1.0 for i in graph}
        new = {}
        for i in graph:
            outside = graph.nodes[i]["outside_assets"]
            received = sum(ratio[j] * edge["weight"] for j, edge in graph.pred[i].items())
            if outside + received >= liability[i] * (1.0 - tolerance):
                new[i] = liability[i]
            else:
                new[i] = alpha * outside + beta * received
        if max((abs(new[i] - paid[i]) for i in graph), default=0.0) <= tolerance * scale:
            return new
        paid = new


def differential_debtrank(
    graph: Any, distress: dict[Any, float], *, tolerance: float = 1e-12
) -> dict[Any, float]:
    """`distress.differential_debtrank` again: relative loss of equity by node when it has spread.

    Args:
        graph: DiGraph, nodes with `equity` > 0, edges with `weight`.
        distress: initial relative loss of equity h, in [0, 1], by node.
        tolerance: largest change that counts as none [1].

    Returns:
        h by node, in [0, 1].
    """
    before = dict.fromkeys(graph, 0.0)
    now = {i: min(1.0, distress.get(i, 0.0)) for i in graph}
    while max((now[i] - before[i] for i in graph), default=0.0) > tolerance:
        after = {}
        for i in graph:
            loss = sum(edge["weight"] * (now[j] - before[j]) for j, edge in graph.pred[i].items())
            after[i] = min(1.0, now[i] + loss / graph.nodes[i]["equity"])
        before, now = now, after
    return now
