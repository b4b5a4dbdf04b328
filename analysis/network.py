"""Who was exposed to whom: the runs of one point as the nodes and edges of a drawing.

    when a venue fails   median over runs of `first_failure_s`, never = infinity: a venue that fails
                         in fewer than half of the runs counts as one that never does
    width of an edge     mean over runs of `usd`; a run without the edge counts 0: nobody is exposed
    part of the loss     mean over runs with a loss of usd borne by the node / usd borne by all

A loss goes along an edge from `source`, where it arises, to `target`, who bears it. The layer
`loss` holds what was really borne so far; all other layers say what could be borne.

Names tell what a node is: a name of the table of venues is a venue, a name of `TRADERS` a class of
traders, any other a house account. `fund:binance` is Binance's; all `fund:...` are one node.

Layout, without chance: venues in one row in the order in which they fail, equals and those that
never fail by open interest; traders above them, houses below, both by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.load import ResultsError

VENUE, TRADER, HOUSE = "venue", "trader", "house"
"""Kinds of nodes."""

TRADERS = ("arbitrageurs", "directional", "hedgers", "makers")
"""Classes of traders."""

LOSS = "loss"
"""The layer of what was really borne."""

REST = "other venues"
"""The node of the venues that find no place of their own."""

MOST_VENUES = 14
"""Venues with a place of their own; all others are one node."""

MOST_EDGES = 45
"""Edges drawn at one time, the largest; the others are counted."""

HEIGHTS = {TRADER: 1.0, VENUE: 0.0, HOUSE: -1.0}
"""Row of each kind."""


@dataclass(frozen=True)
class Node:
    """A place in the drawing.

    Attributes:
        name: as in the tables, a house account without its venue.
        kind: VENUE, TRADER or HOUSE.
        x: place in the row, in steps between neighbouring venues.
        y: row.
        open_interest_usd: median over runs [USD]; NaN when it is not a venue.
        failed_s: when it first fails [s]; infinite when never, NaN when it is not a venue.
        place: 1 for who fails first, equal for equal times; 0 for who does not fail.
        loss_share: part of the loss that it bears [0, 1]; NaN when no loss was recorded.
    """

    name: str
    kind: str
    x: float
    y: float
    open_interest_usd: float
    failed_s: float
    place: int
    loss_share: float


@dataclass(frozen=True)
class Edge:
    """A link: `target` would bear, or in the layer LOSS bore, `usd` [USD] from `source`."""

    source: str
    target: str
    layer: str
    usd: float


@dataclass(frozen=True)
class Snapshot:
    """The edges at one time.

    Attributes:
        time_s: when [s].
        edges: the largest, largest first; equals by layer and name.
        left_out: number of edges that are not among them.
    """

    time_s: float
    edges: tuple[Edge, ...]
    left_out: int


@dataclass(frozen=True)
class Network:
    """The drawing of one point.

    Attributes:
        nodes: by name, venues first, in the order of failure.
        before: links at the first recorded time.
        after: losses at the last recorded time; the other links when no loss was recorded.
        runs: number of runs behind it.
        first: venue -> number of runs in which it fails first, most first.
    """

    nodes: Mapping[str, Node]
    before: Snapshot
    after: Snapshot
    runs: int
    first: Mapping[str, int]

    @property
    def shows_losses(self) -> bool:
        """Whether `after` holds losses that were really borne."""
        return any(edge.layer == LOSS for edge in self.after.edges)

    @property
    def bearers(self) -> list[Node]:
        """Nodes that bear a part of the loss, the largest part first."""
        bearing = [node for node in self.nodes.values() if node.loss_share > 0.0]
        return sorted(bearing, key=lambda node: (-node.loss_share, node.name))


def network_of(venues: pd.DataFrame, links: pd.DataFrame) -> Network:
    """The drawing of some runs: one run, or all replicates of a point.

    Args:
        venues: rows of the table of venues: replicate, venue, open_interest_usd, first_failure_s.
        links: rows of the table of links of the same runs.

    Raises:
        ResultsError: the rows are of several points, there is no venue or no link, or an amount is
            unknown or negative.
    """
    for table, frame in (("venues", venues), ("links", links)):
        if frame.empty:
            raise ResultsError(f"there are no {table} to draw: choose another point.")
        if frame["point"].nunique() > 1:
            raise ResultsError(f"the {table} are of several points: choose one.")
    if not (links["usd"] >= 0.0).all():
        raise ResultsError("links.parquet has a usd that is unknown or negative: turn the link.")
    runs = int(venues["replicate"].nunique())
    ranked = _ranked(venues)
    shown = _folded(links, ranked["venue"].tolist())
    times = (float(shown["time_s"].min()), float(shown["time_s"].max()))
    lost = shown.loc[(shown["layer"] == LOSS) & (shown["time_s"] == times[1])]
    exposed = shown.loc[shown["layer"] != LOSS]
    nodes = _nodes(ranked, shown, _loss_shares(lost))
    after = lost if lost["usd"].sum() > 0.0 else exposed.loc[exposed["time_s"] == times[1]]
    return Network(
        nodes=nodes,
        before=_snapshot(exposed.loc[exposed["time_s"] == times[0]], times[0], runs),
        after=_snapshot(after, times[1], runs),
        runs=runs,
        first=_first(venues),
    )


def kind_of(name: str, venues: Iterable[str]) -> str:
    """What a node is, by its name."""
    if name in venues or name == REST:
        return VENUE
    return TRADER if name in TRADERS else HOUSE


def _ranked(venues: pd.DataFrame) -> pd.DataFrame:
    """One row per venue in the order of failure: venue, open_interest_usd, failed_s, place."""
    never = venues.assign(failed_s=venues["first_failure_s"].fillna(np.inf))
    table = never.groupby("venue", as_index=False).agg(
        open_interest_usd=("open_interest_usd", "median"), failed_s=("failed_s", _middle)
    )
    table = table.sort_values(
        ["failed_s", "open_interest_usd", "venue"], ascending=[True, False, True], ignore_index=True
    )
    place = table["failed_s"].rank(method="min")
    return table.assign(place=place.where(np.isfinite(table["failed_s"]), 0).astype(int))


def _middle(times: pd.Series) -> float:
    """The lower median, which is one of the values, so that infinity is never averaged."""
    return float(np.sort(times.to_numpy())[(len(times) - 1) // 2])


def _first(venues: pd.DataFrame) -> dict[str, int]:
    """How often each venue is the first to fail, alone or with others; most often first."""
    known = venues.dropna(subset="first_failure_s")
    earliest = known.groupby("replicate")["first_failure_s"].transform("min")
    counts = known.loc[known["first_failure_s"] == earliest, "venue"].value_counts()
    order = sorted(counts.index, key=lambda name: (-counts[name], name))
    return {str(name): int(counts[name]) for name in order}


def _folded(links: pd.DataFrame, venues: list[str]) -> pd.DataFrame:
    """Links between the nodes that are drawn; those inside one node are gone."""
    names = pd.unique(links[["source", "target"]].to_numpy().ravel())
    shown = {name: _shown_name(str(name), venues) for name in names}
    folded = links.assign(source=links["source"].map(shown), target=links["target"].map(shown))
    return folded.loc[folded["source"] != folded["target"]]


def _shown_name(name: str, venues: list[str]) -> str:
    """The node that a name of the table is drawn as."""
    if name in venues:
        return name if venues.index(name) < _room(venues) else REST
    return name.partition(":")[0]


def _room(venues: list[str]) -> int:
    """How many venues have a node of their own; one node is for the rest, if there is one."""
    return len(venues) if len(venues) <= MOST_VENUES else MOST_VENUES - 1


def _loss_shares(lost: pd.DataFrame) -> dict[str, float]:
    """Part of the loss that each node bears, mean over the runs with a loss."""
    borne = lost.groupby(["replicate", "target"])["usd"].sum().unstack().fillna(0.0)
    total = borne.sum(axis=1)
    shares = borne.loc[total > 0.0].div(total.loc[total > 0.0], axis=0).mean()
    return {str(name): float(share) for name, share in shares.items()}


def _nodes(ranked: pd.DataFrame, shown: pd.DataFrame, loss: dict[str, float]) -> dict[str, Node]:
    """Every node at its place."""
    room = _room(ranked["venue"].tolist())
    unknown = 0.0 if loss else np.nan
    nodes = {}
    for at, name in enumerate(ranked["venue"].head(room)):
        nodes[name] = _venue(str(name), at, ranked.iloc[at : at + 1], loss.get(name, unknown))
    if room < len(ranked):
        nodes[REST] = _venue(REST, room, ranked.iloc[room:], loss.get(REST, unknown))
    steps = len(nodes)
    names = sorted({*shown["source"], *shown["target"]} - set(nodes))
    for kind in (TRADER, HOUSE):
        row_of_kind = [name for name in names if kind_of(name, nodes) == kind]
        for at, name in enumerate(row_of_kind):
            x = (at + 0.5) / len(row_of_kind) * steps - 0.5
            share = loss.get(name, unknown)
            nodes[name] = Node(name, kind, x, HEIGHTS[kind], np.nan, np.nan, 0, share)
    return nodes


def _venue(name: str, at: int, rows: pd.DataFrame, loss_share: float) -> Node:
    """The node of one venue, or of several that share it: it fails when the first of them does."""
    return Node(
        name=name,
        kind=VENUE,
        x=float(at),
        y=HEIGHTS[VENUE],
        open_interest_usd=float(rows["open_interest_usd"].sum(skipna=False)),
        failed_s=float(rows["failed_s"].iloc[0]),
        place=int(rows["place"].iloc[0]),
        loss_share=loss_share,
    )


def _snapshot(links: pd.DataFrame, time_s: float, runs: int) -> Snapshot:
    """Mean edges over runs at one time, the largest first."""
    keys = ["source", "target", "layer"]
    mean = (links.groupby(keys, as_index=False)["usd"].sum()).assign(usd=lambda t: t["usd"] / runs)
    mean = mean.loc[mean["usd"] > 0.0].sort_values(
        ["usd", *keys], ascending=[False, True, True, True], ignore_index=True
    )
    drawn = mean.head(MOST_EDGES)[[*keys, "usd"]].itertuples(index=False, name=None)
    edges = tuple(Edge(str(a), str(b), str(layer), float(usd)) for a, b, layer, usd in drawn)
    return Snapshot(time_s, edges, len(mean) - len(edges))
