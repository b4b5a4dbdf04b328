"""The exposures of a model: what its run records, and what instruments make of it."""

import copy
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from abm.agents.cross_venue import CrossVenue
from abm.contagion import (
    clear,
    differential_debtrank,
    from_networkx,
    read_graphml,
    relative_leverage,
    to_networkx,
    write_graphml,
)
from abm.engine.exposures import network_of
from abm.engine.run import simulate
from abm.model import MarketModel
from tests.abm.model.worlds import LIVELY, SMALL, WIDE

ACROSS = CrossVenue(hedger_share=1.0, pooled_makers=True, arbitrageurs=4)
JOINED = replace(WIDE, population=replace(LIVELY, hedger_share=0.3, cross_venue=ACROSS))


@pytest.fixture(scope="module")
def model() -> MarketModel:
    """Two venues that hedgers, arbitrageurs and makers join, in the middle of a run."""
    running = MarketModel(JOINED, rng=5)
    running.run(20)
    return running


def test_exposures_are_those_of_the_run(model: MarketModel) -> None:
    links = simulate(JOINED, 5, 0, network_every_s=400.0).links
    assert 400.0 in links["time_s"]
    recorded = network_of(links, time_s=400.0)
    found = model.exposures()
    assert found.names == recorded.names
    assert found.matrix().tolist() == recorded.matrix().tolist()


def test_looking_changes_nothing(model: MarketModel) -> None:
    before = copy.deepcopy(model).outcomes()
    first = model.exposures("hedge")
    assert (model.exposures("hedge").weights == first.weights).all()
    np.testing.assert_equal(model.outcomes(), before)


def test_layers_add_up_in_the_graph(model: MarketModel) -> None:
    graph, total = model.exposure_graph(), model.exposures()
    assert isinstance(graph, nx.MultiDiGraph)
    assert {"hedge", "arbitrage", "maker_capital", "loss"} <= {
        layer for _, _, layer in graph.edges(data="layer")
    }
    for debtor, creditor, usd in to_networkx(total).edges(data="weight"):
        parallel = graph.get_edge_data(debtor, creditor).values()
        assert sum(edge["weight"] for edge in parallel) == pytest.approx(usd)
    assert graph.nodes["alpha"]["equity"] > 0.0


def test_round_trip_through_graphml(model: MarketModel, tmp_path) -> None:
    hedges = model.exposures("hedge")
    write_graphml(hedges, tmp_path / "hedges.graphml")
    back = read_graphml(tmp_path / "hedges.graphml")
    assert back.names == hedges.names
    assert back.layer == "hedge"
    assert back.weights.tolist() == hedges.weights.tolist()
    assert back.columns["equity"].tolist() == hedges.columns["equity"].tolist()
    graph = model.exposure_graph()
    nx.write_graphml(graph, tmp_path / "all.graphml")
    again = read_graphml(tmp_path / "all.graphml", layer="hedge")
    pairs = [(a, b, again.weights[again.place(a, b)]) for a in hedges.names for b in hedges.names
             if a != b]  # fmt: skip
    assert pairs == [(a, b, hedges.weights[hedges.place(a, b)]) for a, b, _ in pairs]
    assert from_networkx(graph, "loss").layer == "loss"


def test_distress_and_clearing_run_on_it(model: MarketModel) -> None:
    hedges = model.exposures("hedge")
    shock = np.zeros(len(hedges))
    shock[hedges.node("alpha")] = 0.5
    found = differential_debtrank(relative_leverage(hedges), shock)
    assert found.distress[hedges.node("beta")] > 0.0
    everything = model.exposures()
    owed = everything.liabilities()
    paid = clear(everything, 0.01 * owed)
    assert paid.converged
    assert 0.0 < paid.payments.sum() < owed.sum()


def test_one_venue_has_no_hedges() -> None:
    with pytest.raises(ValueError, match="no link of layer 'hedge' then"):
        MarketModel(SMALL, rng=1).exposures("hedge")


def test_a_copy_shows_its_own_exposures(model: MarketModel) -> None:
    twin = copy.deepcopy(model)
    twin.run(5)
    assert twin.exposures("loss").weights.sum() != model.exposures("loss").weights.sum()
    assert twin.recorder.world is twin.world
