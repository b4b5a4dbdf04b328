"""The links of a run as networks of claims, for clearing, DebtRank and graph tools.

A link source -> target says that a loss or failure of the source reaches the target. In the network
the source owes the target its USD, so that distress runs from debtors to creditors as it does in
`abm.contagion`. Nodes keep their names; see `abm.engine.network` for nodes and layers.

    network_of(links, layers=("hedge", "arbitrage"))    parallel links of several layers added up
    networks_by_layer(links)                            one per layer, all on the same nodes

Links are columns of equal length, as `NetworkRecorder.links()` and a run's table of links give.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abm.contagion import Edges, Network
from abm.engine.network import CLASSES, account_wealth
from abm.engine.world import World
from abm.units import Floats


def network_of(
    links: Mapping[str, Any],
    *,
    time_s: float | None = None,
    layers: Sequence[str] | None = None,
) -> Network:
    """One network of the links at a time, layers added up.

    Args:
        links: columns time_s, source, target, layer, usd.
        time_s: when; None = the last time in the table.
        layers: which; None = all.

    Returns:
        the network on all nodes that a chosen link names, in order of first mention; its label is
        the layer, if it is one.

    Raises:
        ValueError: there are no links, or none at this time or of a layer.
    """
    rows, held = _at(links, time_s)
    chosen = held if layers is None else tuple(layers)
    for layer in chosen:
        if layer not in held:
            raise ValueError(f"no link of layer {layer!r} then: choose from {', '.join(held)}")
    kept = [row for row in rows if row[2] in chosen]
    return _added_up(kept, _nodes(kept), chosen[0] if len(chosen) == 1 else "")


def networks_by_layer(
    links: Mapping[str, Any], *, time_s: float | None = None
) -> dict[str, Network]:
    """One network per layer at a time, all on the same nodes, as `stress_layers` wants them.

    Args:
        links: columns time_s, source, target, layer, usd.
        time_s: when; None = the last time in the table.

    Raises:
        ValueError: there are no links, or none at this time.
    """
    rows, held = _at(links, time_s)
    names = _nodes(rows)
    return {
        layer: _added_up([row for row in rows if row[2] == layer], names, layer) for layer in held
    }


type Row = tuple[str, str, str, float]
"""(source, target, layer, USD)."""


def _at(links: Mapping[str, Any], time_s: float | None) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of one time, and their layers in order of first mention."""
    times = [float(time) for time in links["time_s"]]
    if not times:
        raise ValueError("there are no links: record a network of at least one moment")
    when = max(times) if time_s is None else time_s
    if when not in times:
        known = ", ".join(f"{time:g}" for time in sorted(set(times)))
        raise ValueError(f"no links at {when:g} s: choose from {known}")
    columns = [links[name] for name in ("source", "target", "layer", "usd")]
    rows = [
        (str(source), str(target), str(layer), float(usd))
        for time, source, target, layer, usd in zip(times, *columns, strict=True)
        if time == when
    ]
    return rows, tuple(dict.fromkeys(row[2] for row in rows))


def _nodes(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row[:2]))


def _added_up(rows: Sequence[Row], names: list[str], layer: str) -> Network:
    """One claim per pair of nodes."""
    number = {name: i for i, name in enumerate(names)}
    totals: dict[tuple[int, int], float] = {}
    for source, target, _, usd in rows:
        pair = number[source], number[target]
        totals[pair] = totals.get(pair, 0.0) + usd
    ends = np.array(list(totals), np.int64).reshape(-1, 2)
    weights = np.array(list(totals.values()), np.float64)
    return Network.of(names, Edges(ends[:, 0], ends[:, 1], weights), layer=layer)


def node_equity(world: World, venues: Sequence[str], nodes: Sequence[str]) -> Floats:
    """What each node could lose, `[N]` [USD]; NaN for one whose equity the world does not hold.

    A venue has the equity of all accounts on it but its vault's, "fund:x" and "vault:x" have their
    own, and a class of traders has that of its accounts on all venues.

    Args:
        world: now.
        venues: names, in the world's order.
        nodes: names.
    """
    accounts, state = world.state.accounts, world.state
    wealth = account_wealth(world)
    role = world.traders.role[accounts.trader]
    known: dict[str, float] = {
        who: float(wealth[role == code].sum()) for code, who in enumerate(CLASSES)
    }
    for v, venue in enumerate(venues):
        row = int(state.venues.backstop_row[v])
        on_venue = accounts.venue == v
        if row >= 0:
            on_venue[row] = False
            known[f"vault:{venue}"] = float(wealth[row])
        known[venue] = float(wealth[on_venue].sum())
        known[f"fund:{venue}"] = float(state.venues.fund_usd[v])
    return np.array([known.get(name, np.nan) for name in nodes])
