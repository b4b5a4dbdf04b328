"""Generators: the graph that was asked for, the same from the same luck, and lent in full."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion.generators import (
    complete,
    core_periphery,
    erdos_renyi,
    even_exposures,
    lognormal_exposures,
    ring,
    scale_free,
    star,
)
from tests.strategies import QUICK

RANDOM = {
    "erdos_renyi": lambda luck: erdos_renyi(60, 3.0, luck),
    "scale_free": lambda luck: scale_free(60, luck),
    "core_periphery": lambda luck: core_periphery(5, 55, 2, luck),
}


@pytest.mark.parametrize("name", RANDOM)
def test_the_same_luck_gives_the_same_graph(name: str) -> None:
    make = RANDOM[name]
    first, again, other = (make(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first.toarray() == again.toarray()).all()
    assert (first.toarray() != other.toarray()).any()
    assert set(np.unique(first.data)) == {1.0} and not first.diagonal().any()
    weights = [
        lognormal_exposures(first, 1.0, 0.8, np.random.default_rng(9)).data for _ in range(2)
    ]
    assert (weights[0] == weights[1]).all()


def test_mean_degree_of_erdos_renyi() -> None:
    links = erdos_renyi(2000, 4.0, np.random.default_rng(3))
    assert links.nnz / 2000 == pytest.approx(4.0, abs=4 * np.sqrt(4.0 / 2000))
    assert erdos_renyi(5, 4.0, np.random.default_rng(3)).nnz == 20
    assert erdos_renyi(5, 0.0, np.random.default_rng(3)).nnz == 0


def test_every_ordered_pair_has_the_same_chance() -> None:
    luck = np.random.default_rng(12)
    draws = 3000
    share = sum(erdos_renyi(4, 1.2, luck).toarray() for _ in range(draws)) / draws
    pairs = share[~np.eye(4, dtype=bool)]
    assert pairs == pytest.approx(np.full(12, 0.4), abs=4.5 * np.sqrt(0.24 / draws))


def test_scale_free_has_hubs() -> None:
    """The largest degrees are far beyond those of a Poisson graph with as many links."""
    links = scale_free(2000, np.random.default_rng(3))
    owed_to_many = np.diff(links.tocsc().indptr)
    assert owed_to_many.max() > 20 * links.nnz / 2000


def test_core_periphery_by_its_definition() -> None:
    links = core_periphery(4, 20, 2, np.random.default_rng(1)).toarray()
    assert links[:4, :4].sum() == 12 and not links[4:, 4:].any()
    assert (links[4:, :4].sum(axis=1) == 2).all()
    assert (links == links.T).all()


def test_the_plain_ones() -> None:
    assert star(4).toarray().tolist() == [[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
    assert ring(3).toarray().tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert (complete(5).toarray() == 1.0 - np.eye(5)).all()


@QUICK
@given(st.integers(2, 12), st.floats(0.0, 1.0), st.integers(0, 5))
def test_everybody_lends_its_total_or_has_no_debtor(count, density, seed):
    luck = np.random.default_rng(seed)
    links = erdos_renyi(count, density * (count - 1), luck)
    lent = luck.uniform(0.0, 5.0, count)
    debtors = np.diff(links.indptr)
    for exposures in (even_exposures(links, lent), lognormal_exposures(links, lent, 1.0, luck)):
        rows = np.asarray(exposures.sum(axis=1)).ravel()
        assert rows == pytest.approx(np.where(debtors > 0, lent, 0.0))
    assert (links.data == 1.0).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: erdos_renyi(1, 0.0, np.random.default_rng(0)), "at least 2"),
        (lambda: erdos_renyi(5, 5.0, np.random.default_rng(0)), "mean_degree is 5"),
        (lambda: scale_free(2, np.random.default_rng(0)), "at least 3"),
        (lambda: core_periphery(3, 2, 4, np.random.default_rng(0)), "ties is 4"),
        (lambda: star(1), "at least 2"),
        (lambda: even_exposures(ring(3), -1.0), "lent_usd"),
        (lambda: lognormal_exposures(ring(3), 1.0, -1.0, np.random.default_rng(0)), "deviation"),
    ],
)
def test_what_is_refused(make, says) -> None:
    with pytest.raises(ValueError, match=says):
        make()
