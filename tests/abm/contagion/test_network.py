"""A network is built once, refuses what is no claim, and is changed in place."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion import Claim, Edges, Network, clear
from tests.abm.contagion.drawn import networks


def small() -> Network:
    return Network.from_claims(
        [Claim("c", "a", 3.0), Claim("a", "b", 2.0, 1), Claim("a", "c", 1.0), Claim("b", "c", 5.0)],
        names=["a", "b", "c", "alone"],
        columns={"outside_assets": [1, 2, 3, 4]},
    )


def test_claims_stand_by_debtor_then_seniority_then_creditor() -> None:
    network = small()
    np.testing.assert_array_equal(network.row_start, [0, 2, 3, 4, 4])
    np.testing.assert_array_equal(network.column, [2, 1, 2, 0])
    np.testing.assert_array_equal(network.weights, [1, 2, 5, 3])
    np.testing.assert_array_equal(network.seniority, [0, 1, 0, 0])
    np.testing.assert_array_equal(network.debtor, [0, 0, 1, 2])
    np.testing.assert_array_equal(network.liabilities(), [3, 5, 3, 0])
    np.testing.assert_array_equal(network.claims_held(), [3, 2, 6, 0])
    assert len(network) == 4


@given(networks(classes=3))
def test_the_transposed_structure_shows_the_same_claims(
    drawn: tuple[Network, list[float]],
) -> None:
    network, _ = drawn
    for j in range(len(network)):
        here = slice(network.incoming_start[j], network.incoming_start[j + 1])
        places = network.incoming[here]
        assert (network.column[places] == j).all()
        np.testing.assert_array_equal(network.debtor[places], network.incoming_debtor[here])
        assert (np.diff(network.incoming_debtor[here]) >= 0).all()
        np.testing.assert_allclose(network.weights[places].sum(), network.claims_held()[j])
    assert sorted(network.incoming) == list(range(network.weights.size))
    np.testing.assert_allclose(network.matrix().sum(axis=1), network.liabilities())


@given(networks(classes=2), st.data())
def test_changed_in_place_is_the_same_as_built_afresh(
    drawn: tuple[Network, list[float]], data: Any
) -> None:
    network, outside = drawn
    size = network.weights.size
    amounts = data.draw(st.lists(st.sampled_from([0.0, 0.3, 2.5]), min_size=size, max_size=size))
    fresh = Network.of(
        network.names,
        Edges(network.debtor, network.column, np.array(amounts), network.seniority),
    )
    other = network.with_weights(np.array(amounts))
    before = network.weights.copy()
    assert size == 0 or not np.shares_memory(other.weights, network.weights)
    one_by_one = network.with_weights(before)
    for i, j, amount, rank in zip(
        network.debtor, network.column, amounts, network.seniority, strict=True
    ):
        one_by_one.set_weight(network.names[i], network.names[j], amount, int(rank))
    expected = clear(fresh, outside)
    np.testing.assert_array_equal(network.weights, before)
    network.weights[:] = amounts
    for changed in (other, one_by_one, network):
        found = clear(changed, outside)
        np.testing.assert_array_equal(found.payments, expected.payments)
        np.testing.assert_array_equal(found.least, expected.least)
        np.testing.assert_array_equal(found.paid, expected.paid)


def test_with_weights_shares_the_structure() -> None:
    network = small()
    assert network.with_weights(np.ones(4)).column is network.column


def test_it_travels_by_pickle() -> None:
    network = small()
    copy = pickle.loads(pickle.dumps(network))
    assert copy.names == network.names
    np.testing.assert_array_equal(copy.matrix(), network.matrix())
    np.testing.assert_array_equal(copy.columns["outside_assets"], [1, 2, 3, 4])


def test_nothing_is_a_network() -> None:
    empty = Network.from_claims([])
    found = clear(empty, [])
    assert found.payments.size == 0
    assert found.is_unique
    assert found.converged


def one(*claim: Any) -> Network:
    return Network.from_claims([Claim(*claim)], names=["a", "b"])


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: one("a", "b", -1.0), "'a' owes -1.0 to 'b': an amount is a finite number of 0"),
        (lambda: one("a", "b", np.nan), "'a' owes nan to 'b': an amount is a finite number"),
        (lambda: one("a", "b", np.inf), "'a' owes inf to 'b': an amount is a finite number"),
        (lambda: one("a", "a", 1.0), "'a' owes to itself: net this claim out"),
        (lambda: one("a", "z", 1.0), "a claim names 'z': add it to the list of nodes"),
        (lambda: one("a", "b", 1.0, -1), "a class of seniority is -1: count from 0"),
        (lambda: one("a", "b", 1.0, 0, True), "is contingent: a payment that grows when somebody"),
        (
            lambda: Network.from_claims([Claim("a", "b", 1.0), Claim("a", "b", 2.0)]),
            "'a' owes 'b' twice in class 0: add the amounts up",
        ),
        (lambda: Network.from_claims([], names=["a", "a"]), "the node 'a' stands twice"),
        (lambda: Network.from_claims([], names=[1, 2]), "the node 1 is no string: name it '1'"),  # type: ignore[list-item]
        (lambda: Network.from_matrix([[0, 1]]), "give a square matrix"),
        (lambda: Network.from_matrix([[0, 1], [0, 0]], names=["a"]), "1 names for 2 nodes"),
        (lambda: Network.from_matrix([[0, np.nan], [0, 0]]), "'0' owes nan to '1'"),
        (
            lambda: Network.of(["a"], Edges(np.array([0]), np.array([1]), np.ones(1))),
            "a claim names node 1, and there are 1: add the node",
        ),
        (
            lambda: Network.of(["a", "b"], Edges(np.array([0]), np.array([1]), np.ones(2))),
            "2 weights, 1 in a column: give one each",
        ),
        (
            lambda: Network.from_claims([], names=["a"], columns={"x": [1, 2]}),
            "column 'x' has 2 numbers for 1 nodes",
        ),
        (lambda: small().node("z"), "no node 'z': the network has 'a', 'b', 'c', 'alone'"),
        (lambda: small().place("a", "b"), "'a' owes nothing to 'b' in class 0: build the network"),
        (lambda: small().place("alone", "b"), "'alone' owes nothing to 'b' in class 0"),
        (lambda: small().set_weight("a", "c", -2.0), "'a' owes -2.0 to 'c': an amount is"),
        (lambda: small().with_weights(np.ones(3)), "3 weights for 4 claims: give one for each"),
        (lambda: small().with_weights(np.array([1, 1, np.nan, 1])), "'b' owes nan to 'c'"),
    ],
)
def test_bad_input_is_one_sentence(build: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as raised:
        build()
    assert sentence in str(raised.value)


def test_amounts_put_in_place_are_checked_when_they_are_cleared() -> None:
    network = small()
    network.weights[0] = -1.0
    with pytest.raises(ValueError, match=r"'a' owes -1\.0 to 'c'"):
        clear(network)


def test_the_last_claim_of_a_class_is_found() -> None:
    network = small()
    network.set_weight("a", "b", 9.0, seniority=1)
    assert network.weights[network.place("a", "b", 1)] == 9.0
