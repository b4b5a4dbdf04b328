"""Links as networks: every USD arrives, names stay, times and layers are the ones asked for."""

from dataclasses import replace

import numpy as np
import pytest

from abm.agents.cross_venue import CrossVenue
from abm.contagion import differential_debtrank, relative_leverage, stress_layers
from abm.engine.build import build_world
from abm.engine.exposures import network_of, networks_by_layer, node_equity
from abm.engine.network import CLASSES, account_wealth
from abm.engine.run import simulate
from tests.abm.reference.scenarios import ANXIOUS, two_venues

ROWS = (
    (0.0, "alpha", "beta", "hedge", 10.0),
    (0.0, "beta", "alpha", "hedge", 4.0),
    (0.0, "alpha", "fund:alpha", "fund", 3.0),
    (5.0, "alpha", "beta", "hedge", 7.0),
    (5.0, "alpha", "beta", "arbitrage", 2.0),
    (5.0, "beta", "makers", "loss", 1.0),
)
LINKS = dict(
    zip(("time_s", "source", "target", "layer", "usd"), map(list, zip(*ROWS, strict=True)),
        strict=True)
)  # fmt: skip
SCENARIO = two_venues(
    ticks=40,
    population=replace(
        ANXIOUS, cross_venue=CrossVenue(hedger_share=1.0, pooled_makers=True, arbitrageurs=4)
    ),
    venue_coupling_s=np.inf,
    reacting=False,
)


def test_the_last_time_and_all_layers_unless_told() -> None:
    network = network_of(LINKS)
    assert network.names == ("alpha", "beta", "makers")
    assert network.weights[network.place("alpha", "beta")] == 7.0 + 2.0
    assert network.weights[network.place("beta", "makers")] == 1.0
    assert network.layer == ""


def test_a_layer_of_a_time() -> None:
    network = network_of(LINKS, time_s=0.0, layers=("hedge",))
    assert network.names == ("alpha", "beta")
    assert network.matrix().tolist() == [[0.0, 10.0], [4.0, 0.0]]
    assert network.layer == "hedge"


def test_layers_share_their_nodes_and_add_up() -> None:
    layers = networks_by_layer(LINKS)
    assert list(layers) == ["hedge", "arbitrage", "loss"]
    assert {network.names for network in layers.values()} == {("alpha", "beta", "makers")}
    total = sum(network.matrix() for network in layers.values())
    assert total.tolist() == network_of(LINKS).matrix().tolist()


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="no links at 2 s: choose from 0, 5"):
        network_of(LINKS, time_s=2.0)
    with pytest.raises(ValueError, match="no link of layer 'fund' then: choose from hedge"):
        network_of(LINKS, layers=("fund",))
    with pytest.raises(ValueError, match="there are no links"):
        networks_by_layer({name: [] for name in LINKS})


def test_a_run_gives_layers_that_can_be_stressed() -> None:
    links = simulate(SCENARIO, 5, 0, network_every_s=30.0).links
    layers = networks_by_layer(links, time_s=30.0)
    assert {"hedge", "maker_capital", "loss"} <= set(layers)
    usd = sum(u for t, u in zip(links["time_s"], links["usd"], strict=True) if t == 30.0)
    assert sum(network.weights.sum() for network in layers.values()) == pytest.approx(usd)
    nodes = next(iter(layers.values())).names
    equity, shock = np.full(len(nodes), 1e7), np.zeros(len(nodes))
    shock[nodes.index("alpha")] = 0.5
    found = stress_layers(list(layers.values()), equity, shock, np.ones(len(nodes)))
    assert found.joint_loss >= found.loss.max() > 0.0


def test_equity_of_nodes_is_the_worlds() -> None:
    world = build_world(SCENARIO, 1, 0)
    venues = ("alpha", "beta")
    nodes = [*venues, "fund:alpha", "fund:beta", "vault:alpha", "vault:beta", *CLASSES, "elsewhere"]
    equity = dict(zip(nodes, node_equity(world, venues, nodes).tolist(), strict=True))
    assert np.isnan(equity.pop("elsewhere"))
    wealth = account_wealth(world)
    on_venues = sum(equity[name] for name in venues)
    vaults = sum(usd for name, usd in equity.items() if name.startswith("vault:") and usd == usd)
    assert on_venues + vaults == pytest.approx(wealth.sum())
    assert equity["fund:alpha"] == world.state.venues.fund_usd[0]
    assert sum(equity[name] for name in CLASSES) == pytest.approx(on_venues)


def test_distress_of_a_venue_reaches_the_venue_of_its_hedgers() -> None:
    links = simulate(SCENARIO, 5, 0, network_every_s=30.0).links
    hedges = network_of(links, time_s=0.0, layers=("hedge",))
    world = build_world(SCENARIO, 5, 0)
    leverage = relative_leverage(hedges, node_equity(world, ("alpha", "beta"), hedges.names))
    shock = np.array([0.5 if name == "alpha" else 0.0 for name in hedges.names])
    found = differential_debtrank(leverage, shock)
    assert found.distress[hedges.node("beta")] > 0.0
