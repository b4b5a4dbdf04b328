"""Fire sales: every end is a fixed point, the greatest is above the least, names do not matter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion.firesale import CashNeed, LeverageCap, cash_need_price, fire_sale
from abm.contagion.price_impact import ExponentialImpact, LinearImpact, SquareRootImpact
from tests.strategies import QUICK

IMPACTS = (
    ExponentialImpact(0.01),
    LinearImpact(300.0),
    SquareRootImpact(0.02, 50.0),
    ExponentialImpact(0.1),
)


@st.composite
def markets(draw):
    banks, assets = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    amounts = st.sampled_from([0.0, 1.0, 5.0, 20.0])
    holdings = draw(st.lists(amounts, min_size=banks * assets, max_size=banks * assets))
    table = np.array(holdings).reshape(banks, assets)
    column = lambda values: np.array(draw(st.lists(values, min_size=banks, max_size=banks)))
    cash = column(st.sampled_from([0.0, 1.0]))
    other = column(st.sampled_from([0.0, 4.0]))
    worth = column(st.sampled_from([0.02, 0.05, 0.1, 0.3]))
    assets_usd = table.sum(axis=1) + cash + other
    cap = LeverageCap(cash, other, (1.0 - worth) * assets_usd, draw(st.sampled_from([3.0, 15.0])))
    need = CashNeed(column(st.sampled_from([0.0, 0.5, 3.0])))
    return table, draw(st.sampled_from([cap, need]))


@QUICK
@given(markets(), st.sampled_from(IMPACTS))
def test_ends_are_fixed_points_in_order(market, impact):
    holdings, rule = market
    ends = [fire_sale(holdings, rule, impact, greatest=top) for top in (True, False)]
    for end in ends:
        again = impact.prices(rule.sold_share(end.prices, holdings) @ holdings)
        assert again == pytest.approx(end.prices, abs=1e-8)
        assert ((end.sold_share >= 0.0) & (end.sold_share <= 1.0)).all()
    assert (ends[0].prices >= ends[1].prices - 1e-8).all()


@QUICK
@given(markets(), st.sampled_from(IMPACTS), st.randoms(use_true_random=False))
def test_no_price_above_the_greatest_is_consistent(market, impact, random):
    """From any start above it, selling leads down to it: nothing consistent lies between."""
    holdings, rule = market
    greatest = fire_sale(holdings, rule, impact).prices
    start = greatest + random.random() * (1.0 - greatest)
    for _ in range(5000):
        start = impact.prices(rule.sold_share(start, holdings) @ holdings)
    assert start == pytest.approx(greatest, abs=1e-6)


@QUICK
@given(markets())
def test_sales_never_fall_when_prices_fall(market):
    holdings, rule = market
    shares = [rule.sold_share(np.full(holdings.shape[1], p), holdings) for p in (1, 0.9, 0.5, 0.0)]
    for high, low in pairwise(shares):
        assert (low >= high - 1e-12).all()


@QUICK
@given(markets(), st.sampled_from(IMPACTS))
def test_banks_can_be_listed_in_any_order(market, impact):
    holdings, rule = market
    fields = {name: value[::-1] if np.ndim(value) else value for name, value in vars(rule).items()}
    found = fire_sale(holdings, rule, impact)
    turned = fire_sale(holdings[::-1], type(rule)(**fields), impact)
    assert turned.prices == pytest.approx(found.prices, abs=1e-10)
    assert turned.sold_share[::-1] == pytest.approx(found.sold_share, abs=1e-8)


def test_a_need_that_the_holdings_do_not_cover_is_met_as_far_as_they_go() -> None:
    end = fire_sale(np.array([[2.0]]), CashNeed(np.array([5.0])), ExponentialImpact(0.1))
    assert end.sold_share[0] == 1.0
    assert end.prices[0] == pytest.approx(np.exp(-0.2))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ExponentialImpact(0.0), "alpha is 0"),
        (lambda: LinearImpact(np.array([1.0, -1.0])), "depth is"),
        (lambda: SquareRootImpact(0.1, 0.0), "volume is 0"),
        (lambda: CashNeed(np.array([-1.0])), "need_usd"),
        (lambda: LeverageCap(np.zeros(1), np.zeros(1), np.array([-1.0]), 3.0), "liabilities_usd"),
        (lambda: LeverageCap(np.zeros(1), np.zeros(1), np.zeros(1), 0.5), "largest_leverage"),
        (lambda: fire_sale(np.ones(2), CashNeed(np.ones(2)), IMPACTS[0]), r"give \[N, K\]"),
        (lambda: cash_need_price(-1.0, 1.0), "at least 0"),
    ],
)
def test_what_is_refused(make, says) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_a_fire_sale_that_creeps_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.contagion.firesale.MAX_ROUNDS", 3)
    with pytest.raises(ArithmeticError, match="still move"):
        fire_sale(np.array([[1e6]]), CashNeed(np.array([0.3])), ExponentialImpact(1.0))
