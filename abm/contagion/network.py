"""`Network`: who owes whom how much, as one value in compressed rows.

An edge i -> j of weight L_ij says that institution i owes L_ij to institution j. The claims of a
debtor stand together, the senior ones first and then by creditor; the same claims are listed once
more by creditor, as places in `weights`, so that sums over incoming claims need no second copy:

    total liability    p_i = sum of weights[row_start[i] : row_start[i + 1]]
    claims held        a_j = sum of weights[incoming[incoming_start[j] : incoming_start[j + 1]]]

The structure is built once; weights are then changed in place, one with `set_weight` or all with
`network.weights[:] = ...`, and everything that reads the network sees the new amounts.

A commitment that pays *more* when somebody else fails (a default swap, a guarantee, a backstop that
tops up a shortfall) is refused: with such edges a clearing vector need not exist, and finding one
is PPAD-hard [Schuldenzucker, Seuken and Battiston 2020, "Default ambiguity: credit default swaps
create new systemic risks in financial networks", Management Science 66(5)].

Shapes: N institutions (nodes), M claims (edges).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np

from abm.units import Flags, Floats, Ints


@dataclass(frozen=True, eq=False)
class Edges:
    """Claims in any order, as columns `[M]`.

    Attributes:
        debtor: node number of who owes.
        creditor: node number of who is owed.
        weights: amounts, >= 0 and finite.
        seniority: class of each claim, 0 is paid first; None = all in class 0.
        contingent: True where the amount depends on somebody's failure (refused); None = nowhere.
    """

    debtor: Ints
    creditor: Ints
    weights: Floats
    seniority: Ints | None = None
    contingent: Flags | None = None


class Claim(NamedTuple):
    """One claim by name: `debtor` owes `amount` to `creditor`; seniority 0 is paid first."""

    debtor: str
    creditor: str
    amount: float
    seniority: int = 0
    contingent: bool = False


@dataclass(frozen=True, eq=False)
class Network:
    """A weighted directed graph of claims between named institutions; see the file's first lines.

    Attributes:
        names: of the nodes, `[N]`, all different.
        row_start: first claim of each debtor, `[N + 1]`.
        column: creditor of each claim, `[M]`, by debtor, then seniority, then creditor.
        weights: amounts, `[M]`; may be changed in place.
        seniority: class of each claim, `[M]`; 0 is paid first.
        incoming_start: first incoming claim of each creditor, `[N + 1]`.
        incoming: places in `weights`, `[M]`, by creditor, then debtor, then seniority.
        incoming_debtor: debtor of each of these, `[M]`.
        columns: further numbers per node by name, `[N]` each, as "outside_assets".
        layer: label of this graph among several on the same nodes; "" if there is one.
    """

    names: tuple[str, ...]
    row_start: Ints
    column: Ints
    weights: Floats
    seniority: Ints
    incoming_start: Ints
    incoming: Ints
    incoming_debtor: Ints
    columns: Mapping[str, Floats] = field(default_factory=dict)
    layer: str = ""

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        edges: Edges,
        columns: Mapping[str, Any] | None = None,
        layer: str = "",
    ) -> Self:
        """Sort and index the claims once.

        Args:
            names: of the nodes, `[N]`.
            edges: the claims, `[M]`, in any order.
            columns: numbers per node by name, `[N]` each; NaN = unknown.
            layer: label of this graph.

        Raises:
            ValueError: a name stands twice, a node is unknown, a weight is negative or not finite,
                an edge is a loop, stands twice or is contingent, or a column has another length.
        """
        names = _checked_names(names)
        debtor, creditor, weights, seniority = _checked_edges(names, edges)
        order = np.lexsort((creditor, seniority, debtor))
        debtor, creditor, seniority = debtor[order], creditor[order], seniority[order]
        _refuse_duplicates(names, debtor, creditor, seniority)
        incoming = np.lexsort((seniority, debtor, creditor))
        return cls(
            names=names,
            row_start=_starts(debtor, len(names)),
            column=creditor,
            weights=weights[order],
            seniority=seniority,
            incoming_start=_starts(creditor[incoming], len(names)),
            incoming=incoming,
            incoming_debtor=debtor[incoming],
            columns=_checked_columns(columns or {}, len(names)),
            layer=layer,
        )

    @classmethod
    def from_claims(
        cls,
        claims: Iterable[Claim | tuple[str, str, float]],
        names: Sequence[str] | None = None,
        columns: Mapping[str, Any] | None = None,
        layer: str = "",
    ) -> Self:
        """Build from claims by name; without `names`, nodes stand in order of first mention.

        Raises:
            ValueError: a claim names a node that `names` has not, or see `of`.
        """
        listed = [Claim(*claim) for claim in claims]
        if names is None:
            names = list(dict.fromkeys(name for claim in listed for name in claim[:2]))
        number = {name: i for i, name in enumerate(names)}
        for name in (name for claim in listed for name in claim[:2]):
            if name not in number:
                raise ValueError(f"a claim names {name!r}: add it to the list of nodes")
        edges = Edges(
            debtor=np.array([number[claim.debtor] for claim in listed], np.int64),
            creditor=np.array([number[claim.creditor] for claim in listed], np.int64),
            weights=np.array([claim.amount for claim in listed], np.float64),
            seniority=np.array([claim.seniority for claim in listed], np.int64),
            contingent=np.array([claim.contingent for claim in listed], np.bool_),
        )
        return cls.of(names, edges, columns, layer)

    @classmethod
    def from_matrix(
        cls,
        liabilities: Any,
        names: Sequence[str] | None = None,
        columns: Mapping[str, Any] | None = None,
        layer: str = "",
    ) -> Self:
        """Build from a matrix L `[N, N]`, L_ij = what i owes j; zeros are no claims.

        Raises:
            ValueError: the matrix is not square, or see `of`.
        """
        matrix = np.asarray(liabilities, np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"liabilities have shape {matrix.shape}: give a square matrix [N, N]")
        debtor, creditor = np.nonzero(matrix)  # NaN is not zero, hence refused below
        names = names or [str(i) for i in range(matrix.shape[0])]
        if len(names) != matrix.shape[0]:
            raise ValueError(f"{len(names)} names for {matrix.shape[0]} nodes: give one for each")
        return cls.of(names, Edges(debtor, creditor, matrix[debtor, creditor]), columns, layer)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def debtor(self) -> Ints:
        """Debtor of each claim, `[M]`, in the order of `weights`."""
        return np.repeat(np.arange(len(self)), np.diff(self.row_start))

    @cached_property
    def number(self) -> dict[str, int]:
        """Node number by name."""
        return {name: i for i, name in enumerate(self.names)}

    def node(self, name: str) -> int:
        """Give the number of a node.

        Raises:
            ValueError: there is no node of this name.
        """
        if name not in self.number:
            raise ValueError(f"no node {name!r}: the network has {_some(self.names)}")
        return self.number[name]

    def place(self, debtor: str, creditor: str, seniority: int = 0) -> int:
        """Give the place of a claim in `weights`.

        Raises:
            ValueError: there is no such node or claim.
        """
        i, j = self.node(debtor), self.node(creditor)
        start, stop = self.row_start[i], self.row_start[i + 1]
        low = start + np.searchsorted(self.seniority[start:stop], seniority)
        high = start + np.searchsorted(self.seniority[start:stop], seniority, side="right")
        place = int(low + np.searchsorted(self.column[low:high], j))
        if place == high or self.column[place] != j:
            raise ValueError(
                f"{debtor!r} owes nothing to {creditor!r} in class {seniority}: build the network "
                "with this claim, of amount 0 if it may arise later"
            )
        return place

    def set_weight(self, debtor: str, creditor: str, amount: float, seniority: int = 0) -> None:
        """Change the amount of one claim in place.

        Raises:
            ValueError: there is no such claim, or the amount is negative or not finite.
        """
        place = self.place(debtor, creditor, seniority)
        if not (math.isfinite(amount) and amount >= 0.0):
            raise ValueError(_bad_weight(debtor, creditor, amount))
        self.weights[place] = amount

    def with_weights(self, weights: Floats) -> Self:
        """Give a network of the same structure with other amounts, `[M]` in the order of `weights`.

        Raises:
            ValueError: there is not one amount per claim, or one is negative or not finite.
        """
        other = replace(self, weights=np.array(weights, np.float64))
        other.check_weights()
        return other

    def check_weights(self) -> None:
        """Refuse amounts that were put in place and are no amounts.

        Raises:
            ValueError: there is not one amount per claim, or one is negative or not finite.
        """
        if self.weights.shape != self.column.shape:
            raise ValueError(
                f"{self.weights.size} weights for {self.column.size} claims: give one for each"
            )
        if self.weights.size and not (self.weights.min() >= 0.0 and self.weights.max() < math.inf):
            k = int(np.argmax(~((self.weights >= 0.0) & (self.weights < math.inf))))
            names = self.names[self.debtor[k]], self.names[self.column[k]]
            raise ValueError(_bad_weight(*names, self.weights[k]))

    def liabilities(self) -> Floats:
        """Give total liabilities p_i = sum_j L_ij, `[N]`."""
        return np.bincount(self.debtor, self.weights, len(self))

    def claims_held(self) -> Floats:
        """Give the sum of all claims on others, a_j = sum_i L_ij, `[N]`."""
        return np.bincount(self.column, self.weights, len(self))

    def matrix(self) -> Floats:
        """Give L `[N, N]`, L_ij = what i owes j over all classes of seniority."""
        dense = np.zeros((len(self), len(self)))
        np.add.at(dense, (self.debtor, self.column), self.weights)
        return dense


def _some(names: Sequence[str]) -> str:
    """Give a few names, for a sentence."""
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")


def _bad_weight(debtor: str, creditor: str, amount: float) -> str:
    return (
        f"{debtor!r} owes {amount} to {creditor!r}: an amount is a finite number of 0 or more "
        "(turn a negative claim round)"
    )


def _starts(sorted_nodes: Ints, count: int) -> Ints:
    """First place of each node in a sorted column, and its end: `[N + 1]`."""
    return np.searchsorted(sorted_nodes, np.arange(count + 1)).astype(np.int64)


def _checked_names(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"the node {name!r} is no string: name it {str(name)!r}")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"the node {twice!r} stands twice: give every node its own name")
    return tuple(names)


def _checked_edges(names: tuple[str, ...], edges: Edges) -> tuple[Ints, Ints, Floats, Ints]:
    """Give the columns back when every edge alone is an honest claim."""
    debtor, creditor = np.asarray(edges.debtor), np.asarray(edges.creditor)
    weights = np.array(edges.weights, np.float64)
    zeros = np.zeros(weights.shape, np.int64)
    seniority = zeros if edges.seniority is None else np.asarray(edges.seniority)
    contingent = zeros if edges.contingent is None else np.asarray(edges.contingent)
    for column in (debtor, creditor, seniority, contingent):
        if column.shape != weights.shape or weights.ndim != 1:
            raise ValueError(f"{weights.size} weights, {column.size} in a column: give one each")
    nodes = np.concatenate((debtor, creditor))
    if nodes.size and not (nodes.min() >= 0 and nodes.max() < len(names)):
        bad = nodes[(nodes < 0) | (nodes >= len(names))][0]
        raise ValueError(f"a claim names node {bad}, and there are {len(names)}: add the node")
    _refuse_first(names, debtor, creditor, weights, contingent)
    if seniority.size and seniority.min() < 0:
        raise ValueError(f"a class of seniority is {seniority.min()}: count from 0, paid first")
    return debtor.astype(np.int64), creditor.astype(np.int64), weights, seniority.astype(np.int64)


def _refuse_first(
    names: tuple[str, ...], debtor: Ints, creditor: Ints, weights: Floats, contingent: Any
) -> None:
    """Refuse the first loop, bad amount or contingent commitment, each with its sentence."""
    loops = np.flatnonzero(debtor == creditor)
    if loops.size:
        raise ValueError(f"{names[debtor[loops[0]]]!r} owes to itself: net this claim out")
    bad = np.flatnonzero(~((weights >= 0.0) & (weights < math.inf)))
    if bad.size:
        k = bad[0]
        raise ValueError(_bad_weight(names[debtor[k]], names[creditor[k]], weights[k]))
    marked = np.flatnonzero(contingent)
    if marked.size:
        k = marked[0]
        raise ValueError(
            f"the claim of {names[creditor[k]]!r} on {names[debtor[k]]!r} is contingent: a payment "
            "that grows when somebody fails can leave no clearing vector, or several "
            "[Schuldenzucker, Seuken, Battiston 2020], so settle it first, in a fixed order, and "
            "enter what is then owed"
        )


def _refuse_duplicates(names: tuple[str, ...], debtor: Ints, creditor: Ints, rank: Ints) -> None:
    """Refuse equal neighbours in sorted columns."""
    same = (np.diff(debtor) == 0) & (np.diff(creditor) == 0) & (np.diff(rank) == 0)
    if same.any():
        k = int(np.argmax(same))
        raise ValueError(
            f"{names[debtor[k]]!r} owes {names[creditor[k]]!r} twice in class {rank[k]}: "
            "add the amounts up"
        )


def _checked_columns(columns: Mapping[str, Any], count: int) -> dict[str, Floats]:
    """Give node columns as arrays of the right length; unknown numbers are NaN."""
    checked = {}
    for name, values in columns.items():
        column = np.array(values, np.float64)
        if column.shape != (count,):
            raise ValueError(f"column {name!r} has {column.size} numbers for {count} nodes")
        checked[name] = column
    return checked
