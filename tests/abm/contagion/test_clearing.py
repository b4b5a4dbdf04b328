"""What a clearing is given, what it gives back, and the corners: nothing, nobody, apart."""

from typing import Any

import numpy as np
import pytest

from abm.contagion import (
    Claim,
    Edges,
    Network,
    Terms,
    claims_of,
    clear,
    clear_in_place,
    divide,
    fictitious_default,
    new_state,
    transmit,
)
from abm.contagion.clearing import PATIENCE
from abm.contagion.inputs import checked_terms, is_regular
from abm.contagion.iteration import ascend, error_after, start_below
from abm.units import Floats

PAIR = Network.from_claims([Claim("a", "b", 4.0)], columns={"outside_assets": [1.0, 0.0]})
SENIOR = Network.from_claims([Claim("a", "b", 4.0), Claim("a", "c", 1.0, 1)])


def random_network(nodes: int, degree: int, seed: int) -> tuple[Network, Floats]:
    """Log-normal claims at random, and outside assets that leave many short."""
    luck = np.random.default_rng(seed)
    pairs = np.unique(luck.integers(0, nodes * nodes, nodes * degree))
    debtor, creditor = pairs // nodes, pairs % nodes
    kept = debtor != creditor
    edges = Edges(debtor[kept], creditor[kept], luck.lognormal(0.0, 1.0, int(kept.sum())))
    network = Network.of([str(i) for i in range(nodes)], edges)
    return network, network.liabilities() * luck.uniform(0.0, 0.3, nodes)


def test_the_columns_of_a_clearing() -> None:
    """Node a owes 4 and has 1 of its own and the 2 that c owes; b keeps what it gets."""
    claims = [Claim("a", "b", 4.0), Claim("c", "a", 2.0)]
    found = clear(Network.from_claims(claims, ["a", "b", "c"]), [1.0, 0.0, 5.0])
    np.testing.assert_allclose(found.payments, [3, 0, 2])
    np.testing.assert_allclose(found.received, [2, 3, 0])
    np.testing.assert_allclose(found.equity, [0, 3, 3])
    np.testing.assert_allclose(found.net_worth, [-1, 3, 3])
    np.testing.assert_allclose(found.paid, [3, 2])
    np.testing.assert_array_equal(found.defaulted, [True, False, False])
    np.testing.assert_array_equal(found.waves, [1, 0, 0])
    np.testing.assert_allclose(found.default_costs, 0.0, atol=1e-15)
    assert found.greatest is found.payments


def test_default_costs_go_to_nobody() -> None:
    """The recovery is 0.5 of the 1 outside and 0.8 of the 2 received: 2.1 of 3."""
    claims = [Claim("a", "b", 4.0), Claim("c", "a", 2.0)]
    network = Network.from_claims(claims, ["a", "b", "c"])
    found = clear(network, [1.0, 0.0, 5.0], alpha=0.5, beta=0.8)
    np.testing.assert_allclose(found.payments, [2.1, 0, 2])
    np.testing.assert_allclose(found.default_costs, [0.9, 0, 0], atol=1e-15)


def test_components_clear_each_by_itself() -> None:
    """A ring, a chain and a lonely node side by side, against each alone."""
    ring = [Claim("a", "b", 2.0), Claim("b", "a", 2.5)]
    chain = [Claim("c", "d", 3.0), Claim("d", "e", 4.0)]
    names = ["a", "b", "c", "d", "e", "alone"]
    outside = np.array([0.5, 0.1, 1.0, 0.5, 0.0, 7.0])
    found = clear(Network.from_claims(ring + chain, names), outside)
    first = clear(Network.from_claims(ring, names[:2]), outside[:2])
    second = clear(Network.from_claims(chain, names[2:5]), outside[2:5])
    np.testing.assert_allclose(found.payments, [*first.payments, *second.payments, 0.0])
    np.testing.assert_allclose(found.equity[5], 7.0)
    assert not found.defaulted[5]
    assert found.is_unique


def test_nobody_owes_anything() -> None:
    network = Network.from_claims([Claim("a", "b", 0.0)], names=["a", "b", "c"])
    found = clear(network, [1.0, 0.0, 2.0])
    np.testing.assert_array_equal(found.payments, 0.0)
    np.testing.assert_array_equal(found.equity, [1, 0, 2])
    assert found.converged
    assert found.is_unique
    assert found.rounds == 0
    assert fictitious_default(network, [1.0, 0.0, 2.0]).rounds == 0
    assert transmit(network, [1.0, 0.0, 2.0]).converged


def test_a_long_chain_of_defaults() -> None:
    """Every bank has all but 1 of 1000 + what is missing already: waves 1, 2, ..., N - 1."""
    count = 400
    names = [str(i) for i in range(count)]
    network = Network.from_claims(
        [Claim(names[i], names[i + 1], 1000.0) for i in range(count - 1)], names
    )
    outside = np.zeros(count)
    outside[0] = 999.0
    found = clear(network, outside)
    np.testing.assert_array_equal(found.waves, [*range(1, count), 0])
    np.testing.assert_allclose(found.payments[:-1], 999.0)
    np.testing.assert_allclose(found.least, found.payments)
    assert found.converged


def test_cash_a_billion_times_smaller_than_the_claims_still_clears_all() -> None:
    """From below payments grow by 1e-9 a round: the limit is solved for, not awaited."""
    found = clear(Network.from_matrix([[0, 1], [1, 0]]), [1e-9, 0])
    np.testing.assert_allclose(found.least, 1.0)
    assert found.is_unique
    assert found.converged


@pytest.mark.parametrize("in_waves", [True, False])
@pytest.mark.parametrize("rule", ["proportional", "equal_awards"])
def test_in_place_gives_the_greatest_vector(in_waves: bool, rule: str) -> None:
    network, outside = random_network(60, 5, seed=3)
    claims = claims_of(network, rule)
    state = new_state(len(network), network.weights.size)
    terms = Terms(0.7, 0.9, 1e-12, in_waves, 10_000)
    for factor in (1.0, 0.2, 3.0):  # nothing of one clearing is left for the next
        network.weights[:] *= factor
        rounds, at_rest = clear_in_place(claims, outside, terms, state)
        found = clear(network, outside, rule=rule, alpha=0.7, beta=0.9)
        assert at_rest
        assert rounds > 0
        np.testing.assert_allclose(state.payments, found.payments, rtol=1e-9)
        np.testing.assert_array_equal(state.short, found.defaulted)


def test_too_few_rounds_are_told() -> None:
    network, outside = random_network(60, 5, seed=3)
    state = new_state(len(network), network.weights.size)
    terms = Terms(1.0, 1.0, 1e-12, False, 3)
    assert clear_in_place(claims_of(network), outside, terms, state) == (3, False)


def test_slow_convergence_is_finished_exactly() -> None:
    """A ring that leaks 0.0003 of 1.0003 a round: more rounds than the iteration is given.

    At rest what comes in from outside leaks away: 0.0003 / 1.0003 sum p = 0.00041.
    """
    ring = [Claim("a", "b", 1.0), Claim("b", "c", 1.0), Claim("c", "a", 1.0)]
    leak = [Claim(name, "d", 0.0003) for name in "abc"]
    network = Network.from_claims([*ring, *leak], ["a", "b", "c", "d"])
    outside = [1e-5, 4e-4, 0.0, 0.0]
    found, exact = clear(network, outside), fictitious_default(network, outside)
    assert found.rounds > PATIENCE
    assert found.converged
    assert found.is_unique
    np.testing.assert_allclose(found.payments.sum(), 0.00041 * 1.0003 / 0.0003, rtol=1e-11)
    np.testing.assert_allclose(found.payments, exact.payments, rtol=1e-11)
    np.testing.assert_allclose(found.least, exact.payments, rtol=1e-11)
    np.testing.assert_array_equal(found.waves, exact.waves)
    np.testing.assert_array_equal(found.waves, [1, 2, 1, 0])


def test_a_ring_without_money_stays_empty_beside_a_slow_one() -> None:
    """Who is reached by no cash pays nothing in the least vector, also when it is solved for."""
    claims = [
        Claim("a", "b", 1.0),
        Claim("b", "a", 1.0),
        Claim("x", "y", 2.0),
        Claim("y", "x", 2.0),
    ]
    found = clear(Network.from_claims(claims, ["a", "b", "x", "y"]), [1e-9, 0, 0, 0])
    np.testing.assert_allclose(found.least, [1, 1, 0, 0])
    np.testing.assert_array_equal(found.greatest, [1, 1, 2, 2])
    assert not found.is_unique


@pytest.mark.parametrize("rule", ["proportional", "equal_awards", "priority"])
def test_two_vectors_of_a_small_ring_are_seen_beside_a_large_claim(rule: str) -> None:
    """A and B owe each other 5 without cash, C owes D 1e10: (5, 5) or (0, 0)."""
    claims = [("A", "B", 5.0), ("B", "A", 5.0), ("C", "D", 1e10)]
    network = Network.from_claims(claims, ["A", "B", "C", "D"])
    found = clear(network, [0.0, 0.0, 1e10, 0.0], rule=rule)
    assert found.greatest.tolist() == [5.0, 5.0, 1e10, 0.0]
    assert found.least.tolist() == [0.0, 0.0, 1e10, 0.0]
    assert not found.is_unique
    terms, liability = checked_terms(1.0, 1.0, 1e-12), network.liabilities()
    assert not is_regular(claims_of(network, rule), np.array([0, 0, 1e10, 0]), terms, liability)


@pytest.mark.parametrize("cash", [1e-6, 1e-3, 6.0])
@pytest.mark.parametrize("leak", [0.0, 0.001])
def test_the_one_vector_of_a_small_ring_is_seen_beside_a_large_claim(
    cash: float, leak: float
) -> None:
    """The same with cash at A: B, without, passes 5 / (5 + leak) on and keeps it unique.

    Iterations come to rest at 1e-12 of 1e10, which is more than the cash: both are solved for.
    """
    ring = [("A", "B", 5.0), ("B", "A", 5.0)]
    claims = [*ring, ("B", "E", leak), ("C", "D", 1e10)]
    names = ["A", "B", "C", "D", "E"]
    found = clear(Network.from_claims(claims, names), [cash, 0.0, 1e10, 0.0, 0.0])
    # p_A = min(5, cash + p_B 5 / (5 + leak)), p_B = p_A
    paid = min(5.0, cash * (5.0 + leak) / leak) if leak else 5.0
    np.testing.assert_allclose(found.greatest[:2], paid, rtol=1e-9)
    np.testing.assert_allclose(found.least[:2], paid, rtol=1e-9)
    assert found.is_unique
    assert found.converged


@pytest.mark.parametrize(
    ("step", "before", "error"),
    [
        (1.0, 2.0, 1.0),  # 1/2 + 1/4 + ...
        (0.9, 1.0, 8.1),
        (1.0, 1.0, np.inf),
        (2.0, 1.0, np.inf),
        (1.0, np.inf, np.inf),  # the first step
        (1e-14, 1e-14 + 1e-16, np.inf),  # the difference is rounding
        (1e-17, np.inf, 0.0),
        (0.0, 0.0, 0.0),
    ],
)
def test_the_error_that_two_steps_let_expect(step: float, before: float, error: float) -> None:
    np.testing.assert_allclose(error_after(step, before, 1.0), error)


@pytest.mark.parametrize("rule", ["proportional", "priority"])
def test_slow_convergence_with_classes_is_waited_for(rule: str) -> None:
    """Each owes 2000 to the other and then 5 to c, has 1, and loses 1e-3 of what it receives.

    p = 1 + 0.999 p, of which c sees nothing.
    """
    claims = [Claim("a", "b", 2_000.0), Claim("b", "a", 2_000.0)]
    claims += [Claim(name, "c", 5.0, 1) for name in "ab"]
    found = clear(Network.from_claims(claims, ["a", "b", "c"]), [1, 1, 0], rule=rule, beta=0.999)
    np.testing.assert_allclose(found.payments, [1_000, 1_000, 0], rtol=1e-8)
    np.testing.assert_allclose(found.least, [1_000, 1_000, 0], rtol=1e-8)
    assert found.rounds > 1_000
    assert found.converged
    assert found.is_unique


def test_every_node_may_have_its_own_rule() -> None:
    claims = [
        Claim(debtor, creditor, 2.0 + (creditor == "d")) for debtor in "ab" for creditor in "cd"
    ]
    network = Network.from_claims(claims, ["a", "b", "c", "d"])
    outside = [3.0, 3.0, 0.0, 0.0]
    found = clear(network, outside, rule=["proportional", "equal_awards", "talmud", "priority"])
    np.testing.assert_allclose(found.paid, [1.2, 1.8, 1.5, 1.5])
    codes = clear(network, outside, rule=np.array([0, 2, 4, 1]))
    np.testing.assert_array_equal(codes.paid, found.paid)


@pytest.mark.parametrize("rule", ["proportional", "priority", "equal_losses", "talmud"])
def test_a_rule_of_your_own_is_the_compiled_one(rule: str) -> None:
    network, outside = random_network(25, 4, seed=2)
    ranked = Network.of(
        network.names,
        Edges(network.debtor, network.column, network.weights, network.column % 2),
    )

    def own(estate: float, claims: Floats) -> Floats:
        return divide(rule, estate, claims)

    compiled = clear(ranked, outside, rule=rule, alpha=0.9)
    found = clear(ranked, outside, rule=own, alpha=0.9)
    for column in ("payments", "least", "paid", "equity"):
        np.testing.assert_allclose(getattr(found, column), getattr(compiled, column), atol=1e-11)
    np.testing.assert_array_equal(found.waves, compiled.waves)


def test_a_rule_of_your_own_that_keeps_money_is_refused() -> None:
    with pytest.raises(ValueError, match=r"for claims of 4\.0: give out the smaller"):
        clear(PAIR, rule=lambda estate, claims: 0.5 * claims * min(1.0, estate / claims.sum()))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: clear(SENIOR), "the network has no column 'outside_assets': add it or give"),
        (lambda: clear(PAIR, [1.0]), "1 outside assets for 2 nodes"),
        (lambda: clear(PAIR, [1.0, -2.0]), "outside assets of 'b' are -2.0: give a finite number"),
        (lambda: clear(PAIR, [np.nan, 0.0]), "outside assets of 'a' are nan"),
        (lambda: clear(PAIR, [np.inf, 0.0]), "outside assets of 'a' are inf"),
        (lambda: clear(PAIR, alpha=1.1), "alpha is 1.1: set the share recovered in default"),
        (lambda: clear(PAIR, beta=np.nan), "beta is nan: set the share recovered in default"),
        (lambda: clear(PAIR, tolerance=0.0), "tolerance is 0.0: set it above 0"),
        (lambda: clear(PAIR, rule="queue"), "no division rule 'queue': choose from proportional"),
        (lambda: clear(PAIR, rule=["talmud"]), "1 division rules for 2 nodes"),
        (lambda: clear(PAIR, rule=[0, 5]), "codes of division rules go from 0 to 4"),
        (lambda: fictitious_default(SENIOR, [1, 0, 0]), "payments are then not linear: use clear"),
        (lambda: transmit(PAIR, factor=-1.0), "factor must hold finite numbers of 0 or more"),
        (lambda: transmit(PAIR, factor=[1, 1, 1]), "factor has 3 numbers: give one, or 2"),
        (lambda: transmit(PAIR, initial_margin=[1, 2]), "initial_margin has 2 numbers: give one"),
    ],
)
def test_bad_input_is_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as raised:
        call()
    assert sentence in str(raised.value)


def test_nodes_may_have_rules_of_their_own() -> None:
    """One node by a function, one by name, the others in proportion: as codes would have it."""
    claims = [("a", "b", 4.0), ("a", "c", 2.0), ("b", "c", 3.0), ("b", "d", 3.0), ("c", "d", 5.0)]
    network = Network.from_claims(claims, ["a", "b", "c", "d"])
    outside = [3.0, 0.5, 0.25, 0.0]
    codes = ["equal_losses", "equal_awards", "proportional", "proportional"]
    expected = clear(network, outside, rule=codes)

    def equal_losses(estate: float, owed: Floats) -> Floats:
        return divide("equal_losses", estate, owed)

    found = clear(network, outside, rule={"a": equal_losses, "b": "equal_awards"})
    np.testing.assert_allclose(found.paid, expected.paid)
    np.testing.assert_allclose(found.least, expected.least)
    assert found.waves.tolist() == expected.waves.tolist()
    by_name = clear(network, outside, rule={"a": "equal_losses", "b": "equal_awards"})
    np.testing.assert_array_equal(by_name.paid, expected.paid)
    with pytest.raises(ValueError, match="no node 'z'"):
        clear(network, outside, rule={"z": "talmud"})
    with pytest.raises(ValueError, match="no division rule 'fair'"):
        clear(network, outside, rule={"a": "fair"})


def test_one_search_is_enough_where_the_system_is_regular() -> None:
    """With assets outside at every debtor the vector from below is the one from above."""
    network = Network.from_claims([("a", "b", 2.0), ("b", "a", 1.0), ("b", "c", 1.0)])
    claims, liability = claims_of(network), network.liabilities()
    terms = checked_terms(1.0, 1.0, 1e-12)
    some, none = np.array([0.5, 0.1, 0.0]), np.array([0.5, 0.0, 0.0])
    assert is_regular(claims, some, terms, liability)
    assert not is_regular(claims, none, terms, liability)
    assert not is_regular(claims, some, terms._replace(beta=0.9), liability)
    assert not is_regular(claims_of(network, "priority"), some, terms, liability)
    junior = Network.from_claims([Claim("a", "b", 2.0), Claim("b", "a", 1.0, 1), ("b", "c", 1.0)])
    assert not is_regular(claims_of(junior), some, terms, junior.liabilities())
    found, state = clear(network, some), new_state(3, network.weights.size)
    start_below(claims, state)
    ascend(claims, some, terms, state)
    np.testing.assert_allclose(found.least, state.payments, rtol=1e-12)
    assert found.is_unique
