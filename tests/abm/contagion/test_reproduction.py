"""The un-hedging matrix: its special case, its geometric sum, and liquidations one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion.hedge_legs import hedge_legs, hedged_share
from abm.contagion.reproduction import UnHedging, common_price_number, neutral_rehedging
from tests.strategies import QUICK

shares = st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])
sizes = st.sampled_from([0.0, 0.1, 0.4, 1.0])


def common_price(rho: float, kappa: tuple[float, float], eta: float, h: float) -> UnHedging:
    """Two venues with one price, longs on A only, hedges on B."""
    return UnHedging(
        pass_through=np.ones((2, 2)),
        impact=np.array(kappa),
        offbook_share=np.array([eta, 0.0]),
        hedge_sales=np.array([[0.0, h], [0.0, 0.0]]),
        density_usd=np.array([rho, 0.0]),
    )


@QUICK
@given(sizes, sizes, sizes, shares, shares)
def test_the_special_case_of_one_price(rho, kappa_a, kappa_b, eta, h):
    number = common_price_number(rho, kappa_a, kappa_b, eta, h)
    model = common_price(rho, (kappa_a, kappa_b), eta, h)
    assert model.reproduction_number == pytest.approx(number)


@QUICK
@given(st.sampled_from([0.2, 1.0, 3.0]), st.sampled_from([0.2, 1.0, 3.0]), shares)
def test_the_line_of_neutrality(kappa_a, kappa_b, h):
    """Closing against winners damps below h = κ_A / κ_B and amplifies above, at any share."""
    neutral = neutral_rehedging(kappa_a, kappa_b)
    without = common_price_number(0.1, kappa_a, kappa_b, 0.0, h)
    with_closing = common_price_number(0.1, kappa_a, kappa_b, 0.6, h)
    assert np.sign(round(with_closing - without, 12)) == np.sign(round(h - neutral, 12))


def random_world(seed: int, number: float) -> UnHedging:
    """Three venues, scaled to a reproduction number."""
    generator = np.random.default_rng(seed)
    arbitrage = 0.5 * generator.random((3, 3))
    np.fill_diagonal(arbitrage, 1.0)
    hedges = 0.5 * generator.random((3, 3)) * (1.0 - np.eye(3))
    parts = (arbitrage, generator.random(3), generator.random(3), hedges, generator.random(3))
    first = UnHedging(*parts)
    return UnHedging(*parts[:4], parts[4] * number / first.reproduction_number)


@pytest.mark.parametrize("seed", range(4))
def test_total_drop_is_the_sum_of_all_rounds(seed: int) -> None:
    world = random_world(seed, 0.7)
    drop = first = np.array([0.02, 0.0, 0.01])
    total = np.zeros(3)
    for _ in range(400):
        total += drop
        sales = np.zeros(3)
        for u in range(3):
            liquidated = world.density_usd[u] * drop[u]
            sales[u] += (1.0 - world.offbook_share[u]) * liquidated
            for v in range(3):
                sales[v] += world.offbook_share[u] * world.hedge_sales[u, v] * liquidated
        drop = world.pass_through @ (world.impact * sales)
    assert world.total_drop(first) == pytest.approx(total)
    assert (world.total_drop(first) >= first).all()


@pytest.mark.parametrize("number", [0.3, 0.5, 0.6])
def test_longs_liquidated_one_by_one(number: float) -> None:
    """Thresholds evenly over the drop, 200,000 longs: 0.02 becomes 0.02 / (1 - R)."""
    count, widest = 200_000, 0.1
    thresholds = (np.arange(count) + 0.5) * widest / count
    per_long = number * widest / count  # impact of one liquidation
    drop, done = 0.02, 0
    while done < count and thresholds[done] <= drop:
        drop += per_long
        done += 1
    world = UnHedging(
        np.eye(1), np.array([per_long]), np.zeros(1), np.zeros((1, 1)), np.array([count / widest])
    )
    assert world.reproduction_number == pytest.approx(number)
    assert world.total_drop(np.array([0.02])) == pytest.approx([drop], abs=1e-6)


def test_a_critical_cascade_has_no_end() -> None:
    assert random_world(1, 1.0 - 1e-9).total_drop(np.ones(3)).max() > 1e6
    with pytest.raises(ArithmeticError, match="lower it below 1"):
        random_world(1, 1.0 + 1e-9).total_drop(np.ones(3))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("impact", np.array([-1.0, 0.0]), "impact: give"),
        ("offbook_share", np.array([1.5, 0.0]), r"offbook_share: give shares in \[0, 1\]"),
        ("density_usd", np.zeros(3), r"density_usd is \(3,\)"),
        ("hedge_sales", np.array([[0.0, np.nan], [0.0, 0.0]]), "hedge_sales: give"),
        ("pass_through", np.zeros((2, 2)), "1 on the diagonal"),
    ],
)
def test_what_is_refused(field, value, says) -> None:
    good = vars(common_price(1.0, (0.1, 0.1), 0.5, 0.5))
    with pytest.raises(ValueError, match=says):
        UnHedging(**{**good, field: value})
    with pytest.raises(ValueError, match="impact_b is 0"):
        neutral_rehedging(1.0, 0.0)


positions = st.lists(
    st.lists(st.sampled_from([-3.0, -1.0, 0.0, 0.0, 1.0, 2.0]), min_size=3, max_size=3),
    min_size=1,
    max_size=6,
).map(np.array)


@QUICK
@given(positions)
def test_hedge_legs_against_loops(table):
    expected = np.zeros((3, 3))
    hedged = 0.0
    for row in table:
        long, short = sum(x for x in row if x > 0), sum(-x for x in row if x < 0)
        if long == 0 or short == 0:
            continue
        hedged += 2 * min(long, short)
        for u in range(3):
            for v in range(3):
                if row[u] * row[v] < 0:
                    expected[u, v] += abs(row[u] * row[v]) * min(long, short) / (long * short)
    legs = hedge_legs(table)
    assert legs == pytest.approx(expected)
    assert (legs == legs.T).all() and not np.diagonal(legs).any()
    assert legs.sum() == pytest.approx(hedged)
    assert (hedged_share(table).sum(axis=1) <= 1.0 + 1e-12).all()


def test_a_hedger_between_two_venues() -> None:
    """Short 100 on A, long 80 on B; a directional long of 20 on B."""
    table = np.array([[-100.0, 80.0, 0.0], [0.0, 20.0, 0.0]])
    assert hedge_legs(table)[0, 1] == pytest.approx(80.0)
    assert hedged_share(table) == pytest.approx(
        np.array([[0.0, 0.8, 0.0], [0.8, 0.0, 0.0], [0.0, 0.0, 0.0]])
    )
    with pytest.raises(ValueError, match=r"a table \[T, V\]"):
        hedge_legs(np.ones(3))
