"""Claims as a matrix of exposures and back: whatever takes exposures takes a `Network` as well.

    A_ij = L_ji     what i has lent to j is what j owes i, over all classes of seniority

Distress, valuation, thresholds, layers and cross-holdings read A by creditor; generators draw it.
Shapes: N institutions (nodes), M claims (edges).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array

from abm.contagion.network import Edges, Network
from abm.units import Floats


def exposures_of(claims: Any) -> csr_array:
    """A_ij, what i (row) has lent to j (column): `[N, N]`, sparse, a copy.

    Args:
        claims: a `Network`, or A itself `[N, N]`, sparse or dense.
    """
    if not isinstance(claims, Network):
        return csr_array(claims, dtype=np.float64, copy=True)
    size = len(claims)
    columns = (claims.weights[claims.incoming], claims.incoming_debtor, claims.incoming_start)
    exposures = csr_array(columns, shape=(size, size), dtype=np.float64, copy=True)
    exposures.sum_duplicates()  # the same two nodes in several classes of seniority
    return exposures


def network_of_exposures(
    exposures_usd: Any,
    names: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    layer: str = "",
) -> Network:
    """The network in which j owes A_ij to i; zeros are no claims.

    Args:
        exposures_usd: A, `[N, N]` sparse or dense, >= 0, zero diagonal.
        names: of the nodes, `[N]`; None numbers them.
        columns: numbers per node by name, `[N]` each.
        layer: label of this graph.

    Raises:
        ValueError: the matrix is not square, or what `Network.of` refuses.
    """
    table = coo_array(csr_array(exposures_usd, dtype=np.float64))
    if table.shape[0] != table.shape[1]:
        raise ValueError(f"exposures have shape {table.shape}: give a square matrix [N, N]")
    names = [str(i) for i in range(table.shape[0])] if names is None else names
    if len(names) != table.shape[0]:
        raise ValueError(f"{len(names)} names for {table.shape[0]} nodes: give one for each")
    creditor, debtor = table.coords
    held = table.data != 0.0  # NaN is not zero, hence refused below
    edges = Edges(debtor[held], creditor[held], table.data[held])
    return Network.of(names, edges, columns, layer)


def column_of(claims: Any, name: str, values: Floats | None) -> Floats:
    """Numbers per node: those given, else the network's own column, `[N]`.

    Raises:
        ValueError: none are given, and there is no such column.
    """
    if values is not None:
        return np.asarray(values, np.float64)
    if not isinstance(claims, Network) or name not in claims.columns:
        raise ValueError(f"no {name} is given: pass it, or a network with a column {name!r}")
    return np.asarray(claims.columns[name], np.float64)
