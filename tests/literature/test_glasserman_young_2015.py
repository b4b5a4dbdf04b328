"""Glasserman, Young (2015), "How likely is contagion in financial networks?".

The illustration with the European stress test of 2011: β+ = 0.43, δ = 1 % adds at most 1.75 %.
The bound is attacked by simulation, the impossibility by every shock to a small network; both are
cleared by plain loops of Acemoglu et al. without seniors.

`clear` keeps proposition 1 as well: a shock to the outside assets c of i cannot make all of D
default through the network if their net worth together exceeds w_i β_i (λ_i - 1). As λ w = c, that
is β_i (c_i - w_i), what a total loss of outside assets makes i withhold from the network.
"""

import numpy as np
import pytest
from hypothesis import given

from abm.contagion import Claim, Network, clear, contagion_impossible, network_loss_bound
from tests.abm.contagion.drawn import networks
from tests.oracles.distress import senior_clearing_defaults, senior_clearing_payments


def test_the_illustration() -> None:
    bound = network_loss_bound(np.full(90, 0.01), np.ones(90), np.full(90, 0.43))
    assert bound == pytest.approx(1.0175439, abs=5e-8)


def test_the_bound_weighs_each_institution() -> None:
    """By hand: δ = (1, 5) %, c = (30, 10), β = (0.2, 0.5): 1 + (0.3 + 0.5) / (0.5 · 40)."""
    bound = network_loss_bound(np.array([0.01, 0.05]), np.array([30.0, 10.0]), np.array([0.2, 0.5]))
    assert bound == pytest.approx(1.04)


@pytest.mark.parametrize(
    ("others", "impossible"),
    [((1.0, 1.01), True), ((1.0, 0.99), False), ((2.0, 0.0), False), ((0.5, 5.0), True)],
)
def test_one_institution_by_hand(others: tuple[float, float], impossible: bool) -> None:
    """With w = 4, λ = 10 / 4, β = 1/3 at most 4 (2.5 - 1) / 3 = 2 is missing inside."""
    worth = np.array([*others, 4.0])
    leverage, share = np.array([9.0, 7.0, 2.5]), np.array([0.9, 0.1, 1 / 3])
    group = np.array([True, True, False])
    assert contagion_impossible(worth, leverage, share, 2, group) is impossible


@pytest.mark.parametrize(
    ("shock", "center", "periphery"),
    [(10.0, 140.0, 55.0), (45.0, 105.0, 55.0), (80.0, 70.0, 55.0), (94.0, 56.0, 54.0),
     (150.0, 0.0, 50.0)],
)  # fmt: skip
def test_a_star_by_hand(shock: float, center: float, periphery: float) -> None:
    """Center: 150 outside, owes 100 outside and 10 to each of four; these: 50 outside, owe 55.

    The center has 10 of net worth and the others 5. A shock of 80 leaves it 70 of 140, so each of
    the four gets 5 of 10 and is at its edge; of 94 leaves 2/5, and each pays 50 + 4 of 55.
    """
    names = ["center", *"abcd", "outside"]
    claims = [Claim("center", "outside", 100.0)]
    claims += [Claim("center", name, 10.0) for name in "abcd"]
    claims += [Claim(name, "outside", 55.0) for name in "abcd"]
    star = Network.from_claims(claims, names)
    found = clear(star, [150.0 - shock, 50.0, 50.0, 50.0, 50.0, 0.0])
    np.testing.assert_allclose(found.payments, [center, *4 * [periphery], 0.0], rtol=1e-12)
    np.testing.assert_allclose(found.received[-1], center * 100 / 140 + 4 * periphery, rtol=1e-12)
    fails = shock > 80.0
    assert found.waves.tolist() == [int(shock > 10.0), *4 * [2 * int(fails)], 0]
    worth, leverage = np.array([10.0, *4 * [5.0]]), np.array([15.0, *4 * [10.0]])
    share = np.array([40 / 140, 0.0, 0.0, 0.0, 0.0])  # a total loss keeps 40 from the four
    others = np.array([False, True, True, True, True])
    assert not contagion_impossible(worth, leverage, share, 0, others)
    assert contagion_impossible(2.1 * worth, leverage / 2.1, share, 0, others)


def network(seed: int) -> tuple[list[list[float]], np.ndarray, np.ndarray, np.ndarray]:
    """Owed inside, owed outside, outside assets and net worth of six banks."""
    generator = np.random.default_rng(seed)
    owed = generator.uniform(0.0, 3.0, (6, 6)) * (generator.random((6, 6)) < 0.5)
    np.fill_diagonal(owed, 0.0)
    outside_debt = generator.uniform(4.0, 8.0, 6)
    worth = generator.uniform(0.5, 3.0, 6)
    assets = np.maximum(worth + owed.sum(axis=1) + outside_debt - owed.sum(axis=0), 0.1)
    worth = assets + owed.sum(axis=0) - owed.sum(axis=1) - outside_debt
    return owed.tolist(), outside_debt, assets, worth


def closed(owed: list[list[float]], outside_debt: np.ndarray) -> list[list[float]]:
    """The same network with outsiders as one more bank, of the same seniority."""
    return [[*row, debt] for row, debt in zip(owed, outside_debt, strict=True)] + [[0.0] * 7]


def test_contagion_that_is_impossible_does_not_happen() -> None:
    decided = {True: 0, False: 0}
    for seed in range(12):
        owed, outside_debt, assets, worth = network(seed)
        inside = np.array(owed).sum(axis=1)
        share = inside / (inside + outside_debt)
        for lost in (0.4, 1.0):
            left = assets.copy()
            left[0] *= 1.0 - lost
            table = closed(owed, outside_debt)
            down = senior_clearing_defaults(table, [*left, 0.0], [0.0] * 7)
            group = np.array(down[:6])
            if not group[1:].any() or not group[0]:
                continue
            group[0] = False
            assert not contagion_impossible(worth, assets / worth, share, 0, group)
            decided[False] += 1
        everybody = np.array([False] + [True] * 5)
        decided[True] += contagion_impossible(worth, assets / worth, share, 0, everybody)
    assert min(decided.values()) > 2


def test_expected_losses_stay_within_the_bound() -> None:
    """Exponential shocks, capped at the assets: 150 draws, losses with and without the network."""
    owed, outside_debt, assets, worth = network(3)
    assert (worth > 0.0).all()
    inside = np.array(owed).sum(axis=1)
    generator = np.random.default_rng(0)
    shocks = np.minimum(generator.exponential(worth / 2.5, (150, 6)), assets)
    with_network = alone = 0.0
    table = closed(owed, outside_debt)
    for shock in shocks:
        paid = senior_clearing_payments(table, [*(assets - shock), 0.0], [0.0] * 7)
        unpaid = inside + outside_debt - np.array(paid[:6])
        with_network += shock.sum() + unpaid.sum()
        alone += shock.sum() + np.maximum(shock - worth, 0.0).sum()
    bound = network_loss_bound(np.exp(-2.5) * np.ones(6), assets, inside / (inside + outside_debt))
    assert 1.0 <= with_network / alone <= bound
    assert with_network / alone > 1.0 + 1e-6


def test_a_total_loss_reaches_just_as_far() -> None:
    """With c = 10, w = 4, beta = 1/3 the network loses 2: more than 2 of net worth survives."""
    claims = [Claim("I", "J", 2.0), Claim("I", "outside", 4.0), Claim("J", "outside", 5.0)]
    network = Network.from_claims(claims, ["I", "J", "outside"])
    assert not clear(network, [0.0, 5.0 + 0.01, 0.0]).defaulted[1]
    assert clear(network, [0.0, 5.0 - 0.01, 0.0]).defaulted[1]
    np.testing.assert_allclose(clear(network, [10.0, 5.0, 0.0]).net_worth, [4.0, 2.0, 9.0])


@given(networks())
def test_defaulters_never_have_more_net_worth_than_the_bound(
    drawn: tuple[Network, list[float]],
) -> None:
    """Everybody is made solvent first, then one node after another loses all outside assets."""
    network, _ = drawn
    debts, held = network.liabilities(), network.claims_held()
    outside = np.maximum(0.0, debts - held) + 0.3
    worth = outside + held - debts
    for i in range(len(network)):
        shocked = outside.copy()
        shocked[i] = 0.0
        others = clear(network, shocked).defaulted.copy()
        others[i] = False
        bound = max(0.0, outside[i] - worth[i])  # β = 1: all creditors are nodes here
        assert worth[others].sum() <= bound + 1e-9


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="is in the group"):
        contagion_impossible(np.ones(2), np.ones(2), np.ones(2), 0, np.array([True, False]))
    with pytest.raises(ValueError, match="owed inside"):
        network_loss_bound(np.ones(2), np.ones(2), np.array([0.5, 1.0]))
