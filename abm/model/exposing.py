"""The exposures of a running model, as a network of claims or a graph for other tools.

    model.exposures("hedge")       one layer; model.exposures() adds all of them up
    model.exposure_graph()         a networkx MultiDiGraph, an edge per pair of nodes and layer

The links are those of now, as a run's table has them (`abm.engine.network`); losses count from when
the model was built. The source of a link owes its target. The column "equity" of the nodes is what
they could lose, NaN where the world does not know it; DebtRank asks for a number at every node, so
give it a layer of venues, or equities of your own.
"""

from dataclasses import replace
from typing import Any

from abm.contagion import Network, layers_to_networkx
from abm.engine.exposures import network_of, networks_by_layer, node_equity
from abm.engine.network import NetworkRecorder


def exposures_now(recorder: NetworkRecorder, layer: str | None) -> Network:
    """The network of a layer, or of all added up, with the nodes' equity.

    Raises:
        ValueError: there is no link of this layer now, or none at all.
    """
    layers = None if layer is None else (layer,)
    return _with_equity(recorder, network_of(_links(recorder), layers=layers))


def graph_now(recorder: NetworkRecorder) -> Any:
    """All layers in one MultiDiGraph; edges have `weight` and `layer`, nodes `equity`.

    Raises:
        ValueError: there is no link at all.
    """
    layers = networks_by_layer(_links(recorder)).values()
    return layers_to_networkx([_with_equity(recorder, network) for network in layers])


def _links(recorder: NetworkRecorder) -> dict[str, Any]:
    """The links of now; nothing is kept."""
    recorder.rows.clear()
    recorder.write()
    return recorder.links()


def _with_equity(recorder: NetworkRecorder, network: Network) -> Network:
    equity = node_equity(recorder.world, recorder.names, network.names)
    return replace(network, columns={"equity": equity})
