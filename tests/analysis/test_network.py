"""From tables of venues and links to a drawing: order, amounts, shares, places."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.figures import FIGURES
from analysis.figures.f07_network import draw, finding, ordinal
from analysis.load import ResultsError, load
from analysis.network import (
    HOUSE,
    MOST_EDGES,
    MOST_VENUES,
    REST,
    TRADER,
    VENUE,
    Edge,
    kind_of,
    network_of,
)
from tests.analysis.synthetic import write_results
from tests.analysis.test_figures import assert_readable

NEVER = float("nan")
MANY = tuple(f"venue_number_{at}" for at in range(20))


def venues_of(*runs: dict[str, float]) -> pd.DataFrame:
    """One row per run and venue; the dictionaries hold when each venue fails."""
    rows = [
        (0, replicate, name, 100.0, failed)
        for replicate, run in enumerate(runs)
        for name, failed in run.items()
    ]
    columns = ["point", "replicate", "venue", "open_interest_usd", "first_failure_s"]
    return pd.DataFrame(rows, columns=columns)


def links_of(*rows: tuple[int, float, str, str, str, float]) -> pd.DataFrame:
    """Rows of (replicate, time, source, target, layer, usd)."""
    columns = ["replicate", "time_s", "source", "target", "layer", "usd"]
    return pd.DataFrame(rows, columns=columns).assign(point=0)


ONE = links_of((0, 0.0, "a", "b", "hedge", 5.0), (0, 60.0, "a", "b", "hedge", 2.0))


def test_venues_stand_in_the_order_in_which_they_fail() -> None:
    runs = {"c": NEVER, "a": 20.0, "b": 10.0, "d": 20.0}
    nodes = network_of(venues_of(runs), ONE).nodes
    assert list(nodes) == ["b", "a", "d", "c"]
    assert [node.place for node in nodes.values()] == [1, 2, 2, 0]
    assert [node.x for node in nodes.values()] == [0.0, 1.0, 2.0, 3.0]


def test_a_venue_that_mostly_survives_does_not_fail() -> None:
    often, seldom = (5.0, 7.0, NEVER), (1.0, NEVER, NEVER)
    runs = [{"a": x, "b": y} for x, y in zip(often, seldom, strict=True)]
    network = network_of(venues_of(*runs), ONE)
    assert network.nodes["a"].failed_s == 7.0
    assert network.nodes["b"].failed_s == np.inf
    assert network.first == {"a": 1, "b": 1}
    assert finding(network) == "a failed first, in 1 of 3 runs"
    nobody = network_of(venues_of({"a": NEVER, "b": NEVER}), ONE)
    assert finding(nobody) == "No venue failed"


def test_edges_are_means_in_which_an_absent_link_is_zero() -> None:
    twice = venues_of({"a": 1.0, "b": NEVER}, {"a": 1.0, "b": NEVER})
    network = network_of(twice, ONE)
    assert network.before.edges == (Edge("a", "b", "hedge", 2.5),)
    assert network.after.edges == (Edge("a", "b", "hedge", 1.0),)
    assert (network.before.time_s, network.after.time_s, network.runs) == (0.0, 60.0, 2)
    assert not network.shows_losses
    assert np.isnan(network.nodes["a"].loss_share)


def test_loss_shares_are_means_of_shares_over_runs_with_a_loss() -> None:
    links = links_of(
        (0, 0.0, "a", "b", "hedge", 5.0),
        (0, 9.0, "a", "hedgers", "loss", 1.0),
        (0, 9.0, "a", "fund:a", "loss", 3.0),
        (1, 9.0, "a", "hedgers", "loss", 1000.0),
        (2, 9.0, "a", "hedgers", "loss", 0.0),
    )
    network = network_of(venues_of(*[{"a": 3.0, "b": NEVER}] * 3), links)
    shares = {node.name: node.loss_share for node in network.bearers}
    assert shares == {"hedgers": 0.625, "fund": 0.375}
    assert network.nodes["b"].loss_share == 0.0
    assert network.shows_losses
    assert [edge.layer for edge in network.before.edges] == ["hedge"]
    assert finding(network) == "a failed first, in all 3 runs; 62 % of the loss ended with hedgers"


def test_accounts_of_one_kind_are_one_node() -> None:
    links = links_of(
        (0, 0.0, "a", "fund:a", "commitment", 1.0),
        (0, 0.0, "b", "fund:b", "commitment", 2.0),
        (0, 0.0, "fund:a", "fund:b", "commitment", 4.0),
        (0, 0.0, "b", "makers", "maker_capital", 1.0),
    )
    network = network_of(venues_of({"a": 1.0, "b": 2.0}), links)
    kinds = {node.name: node.kind for node in network.nodes.values()}
    assert kinds == {"a": VENUE, "b": VENUE, "makers": TRADER, "fund": HOUSE}
    assert network.before.edges[0] == Edge("b", "fund", "commitment", 2.0)
    assert len(network.before.edges) == 3
    assert network.nodes["makers"].y > network.nodes["a"].y > network.nodes["fund"].y
    assert kind_of(REST, ("a",)) == VENUE


def test_venues_and_edges_beyond_the_room_are_folded_and_counted() -> None:
    runs = {name: float(at) for at, name in enumerate(MANY)}
    rows = [(0, 0.0, x, y, "hedge", 1.0) for x in MANY for y in MANY if x != y]
    network = network_of(venues_of(runs), links_of(*rows))
    assert len(network.nodes) == MOST_VENUES
    rest = network.nodes[REST]
    assert rest.place == MOST_VENUES
    assert rest.open_interest_usd == 100.0 * (len(MANY) - MOST_VENUES + 1)
    assert len(network.before.edges) == MOST_EDGES
    assert network.before.left_out == MOST_VENUES * (MOST_VENUES - 1) - MOST_EDGES


def test_the_order_of_the_rows_does_not_matter() -> None:
    runs = [{"a": 3.0, "b": 3.0, "c": NEVER}] * 2
    links = links_of(
        (0, 0.0, "a", "b", "hedge", 1.0),
        (1, 0.0, "b", "a", "hedge", 1.0),
        (0, 5.0, "c", "makers", "loss", 1.0),
        (1, 5.0, "a", "hedgers", "loss", 1.0),
    )
    one = network_of(venues_of(*runs), links)
    other = network_of(venues_of(*runs).iloc[::-1], links.iloc[::-1])
    assert list(one.nodes) == list(other.nodes)
    assert (one.before, one.after, one.first) == (other.before, other.after, other.first)


@pytest.mark.parametrize(
    ("venues", "links", "words"),
    [
        (venues_of(), ONE, "no venues to draw"),
        (venues_of({"a": 1.0}), ONE.iloc[:0], "no links to draw"),
        (venues_of({"a": 1.0}), ONE.assign(point=[0, 1]), "links are of several points"),
        (venues_of({"a": 1.0}), ONE.assign(usd=[1.0, NEVER]), "unknown or negative"),
        (venues_of({"a": 1.0}), ONE.assign(usd=[1.0, -1.0]), "unknown or negative"),
    ],
)
def test_what_cannot_be_drawn(venues: pd.DataFrame, links: pd.DataFrame, words: str) -> None:
    with pytest.raises(ResultsError, match=words):
        network_of(venues, links)


@pytest.mark.parametrize("count", [3, 5, 9, 20])
def test_no_labels_overlap_with_few_or_many_venues(count: int, tmp_path: Path) -> None:
    levers = {"design": ("no_adl", "pro_rata_pnl")}
    names = MANY if count == 20 else tuple(f"hyperliquid_{at}" for at in range(count))
    results = load(write_results(tmp_path, levers=levers, replicates=2, steps=3, venues=names))
    assert_readable(draw(results))
    links = results.extras["links"]
    silent = {**results.extras, "links": links.loc[links["layer"] != "loss"]}
    assert_readable(draw(dataclasses.replace(results, extras=silent)))


def test_a_study_without_a_network_has_no_such_figure(tmp_path: Path) -> None:
    levers = {"design": ("no_adl", "pro_rata_pnl")}
    results = load(write_results(tmp_path, levers=levers, replicates=2, steps=3, venues=()))
    assert results.venues is None
    assert results.links is None
    spec = next(spec for spec in FIGURES if spec.name == "f07_network")
    assert spec.absent_because(results) == "the study recorded no table of venues"
    with pytest.raises(ResultsError, match="run the study with network_every_s given"):
        spec.draw(results)


@pytest.mark.parametrize(
    ("place", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(place: int, word: str) -> None:
    assert ordinal(place) == word
