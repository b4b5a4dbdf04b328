"""What holds for every network: lattice, conservation, scale, monotonicity, whatever the rule."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion import RULES, Network, clear
from tests.abm.contagion.drawn import networks
from tests.oracles.networks import DIVISIONS

RULE = st.sampled_from(list(RULES))
SHARE = st.sampled_from([0.0, 0.4, 0.9, 1.0])
type Drawn = tuple[Network, list[float]]


def slack_of(network: Network) -> float:
    """1e-9 of the largest liability."""
    return 1e-9 * max(1.0, float(network.liabilities().max()))


def pay(network: Network, rule: str, payments: list[float]) -> np.ndarray:
    """Payments received, from the oracle's division, class by class."""
    received = np.zeros(len(network))
    for i, left in enumerate(payments):
        for rank in range(3):
            own = [k for k in np.flatnonzero(network.debtor == i) if network.seniority[k] == rank]
            claims = [float(network.weights[k]) for k in own]
            awards = DIVISIONS[rule](min(left, sum(claims)), claims)
            left = max(0.0, left - sum(claims))
            for k, award in zip(own, awards, strict=True):
                received[network.column[k]] += award
    return received


@given(networks(classes=3), RULE, SHARE, SHARE)
def test_both_vectors_are_fixed_points(drawn: Drawn, rule: str, alpha: float, beta: float) -> None:
    """Put back into the map, written here a second time; least <= greatest <= liability."""
    network, outside = drawn
    found = clear(network, outside, rule=rule, alpha=alpha, beta=beta)
    slack, owed = slack_of(network), network.liabilities()
    for payments in (found.least, found.greatest):
        received = pay(network, rule, payments.tolist())
        assets = np.array(outside) + received
        recovered = alpha * np.array(outside) + beta * received
        # on the edge of solvency either branch may be meant; rounding decides
        edge = np.abs(assets - owed) <= slack
        image = np.where(assets >= owed, owed, recovered)
        wrong = (np.abs(image - payments) > slack) & ~(edge & (payments == owed))
        assert not wrong.any(), (payments, image)
    assert (found.least <= found.greatest + slack).all()
    assert (found.greatest <= owed).all()
    assert found.converged


@given(networks(classes=3), RULE, SHARE, SHARE)
def test_value_is_conserved(drawn: Drawn, rule: str, alpha: float, beta: float) -> None:
    """Outside assets end with owners or as costs of default; what is paid is received."""
    network, outside = drawn
    found = clear(network, outside, rule=rule, alpha=alpha, beta=beta)
    slack = 10 * slack_of(network)
    assert abs(found.equity.sum() + found.default_costs.sum() - sum(outside)) <= slack
    assert abs(found.payments.sum() - found.received.sum()) <= slack
    np.testing.assert_allclose(
        np.bincount(network.debtor, found.paid, len(network)), found.payments, atol=slack
    )
    np.testing.assert_allclose(
        np.bincount(network.column, found.paid, len(network)), found.received, atol=slack
    )
    assert (found.default_costs >= -slack).all()
    assert (found.paid >= 0.0).all()
    assert (found.paid <= network.weights).all()


@given(networks(classes=2), RULE)
def test_default_costs_make_nobody_better_off(drawn: Drawn, rule: str) -> None:
    network, outside = drawn
    free = clear(network, outside, rule=rule)
    costly = clear(network, outside, rule=rule, alpha=0.6, beta=0.8)
    assert (costly.payments <= free.payments + slack_of(network)).all()
    assert (costly.least <= free.least + slack_of(network)).all()


@given(networks(classes=2), RULE, SHARE, st.sampled_from([2.0**-30, 0.25, 1024.0]))
def test_twice_the_money_twice_the_payments(
    drawn: Drawn, rule: str, alpha: float, factor: float
) -> None:
    """Homogeneous of degree 1; powers of two, so that not even rounding differs."""
    network, outside = drawn
    one = clear(network, outside, rule=rule, alpha=alpha)
    other = clear(
        network.with_weights(factor * network.weights),
        factor * np.array(outside),
        rule=rule,
        alpha=alpha,
    )
    np.testing.assert_array_equal(other.payments, factor * one.payments)
    np.testing.assert_array_equal(other.least, factor * one.least)
    np.testing.assert_array_equal(other.waves, one.waves)


@given(networks(classes=2), RULE, SHARE, st.data())
def test_more_outside_assets_hurt_nobody(
    drawn: Drawn, rule: str, alpha: float, data: st.DataObject
) -> None:
    network, outside = drawn
    node = data.draw(st.integers(0, len(network) - 1))
    richer = np.array(outside)
    richer[node] += data.draw(st.sampled_from([0.25, 1.0, 5.0]))
    before, after = (clear(network, e, rule=rule, alpha=alpha) for e in (outside, richer))
    assert (after.payments >= before.payments - slack_of(network)).all()
    assert (after.least >= before.least - slack_of(network)).all()


@given(networks(), RULE)
def test_without_classes_or_costs_owners_get_the_same_in_both(drawn: Drawn, rule: str) -> None:
    """Equity does not depend on the clearing vector when nothing is lost on the way."""
    network, outside = drawn
    found = clear(network, outside, rule=rule)
    received = pay(network, rule, found.least.tolist())
    equity = np.array(outside) + received - found.least
    np.testing.assert_allclose(equity, found.equity, atol=slack_of(network))


@given(networks(most=6))
def test_the_order_of_nodes_does_not_matter(drawn: Drawn) -> None:
    network, outside = drawn
    found = clear(network, outside, alpha=0.5)
    turned = clear(
        Network.from_matrix(network.matrix()[::-1, ::-1]), np.array(outside)[::-1], alpha=0.5
    )
    np.testing.assert_allclose(turned.payments[::-1], found.payments, atol=slack_of(network))
    np.testing.assert_array_equal(turned.waves[::-1], found.waves)
