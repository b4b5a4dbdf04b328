"""Cifuentes, Ferrucci, Shin (2005), "Liquidity risk and contagion": the price of a fire sale.

A need of cash X with p = exp(-α s), s = X / p, has the closed form exp(W(-α X)): digits from an
independent solver. Capital ratios: the sale against a bisection of the constraint, the price
against a scan of the whole interval from the top.
"""

import math

import numpy as np
import pytest

from abm.contagion.firesale import (
    CashNeed,
    LeverageCap,
    cash_need_price,
    fire_sale,
    unstable_cash_need_price,
)
from abm.contagion.price_impact import ExponentialImpact, LinearImpact
from tests.oracles.distress import greatest_price, leverage_cap_sale


@pytest.mark.parametrize(
    ("need", "price"), [(0.1, 0.8941939696), (0.2, 0.7716909740), (0.3, 0.6129927151)]
)
def test_closed_form(need: float, price: float) -> None:
    assert cash_need_price(need, 1.0) == pytest.approx(price, abs=1e-10)
    large = np.array([[1e9]])  # nobody runs out of assets
    found = fire_sale(large, CashNeed(np.array([need])), ExponentialImpact(1.0))
    assert found.prices[0] == pytest.approx(price, abs=1e-10)


def test_the_unstable_branch_separates_recovery_from_collapse() -> None:
    low = unstable_cash_need_price(0.3, 1.0)
    assert low == pytest.approx(0.16841282, abs=5e-9)
    assert low == pytest.approx(math.exp(-0.3 / low), abs=1e-14)
    for start, end in ((low * 1.001, cash_need_price(0.3, 1.0)), (low * 0.999, 0.0)):
        p = start
        for _ in range(2000):
            p = math.exp(-0.3 / p) if p > 0.0 else 0.0
        assert p == pytest.approx(end, abs=1e-9)


def test_beyond_one_over_e_the_price_collapses() -> None:
    assert cash_need_price(0.37, 1.0) == 0.0
    assert math.isnan(unstable_cash_need_price(0.37, 1.0))
    assert cash_need_price(0.3678, 1.0) > 0.36
    large = np.array([[1e6]])
    assert fire_sale(large, CashNeed(np.array([0.37])), ExponentialImpact(1.0)).prices[0] < 1e-12


HOLDINGS = np.array([[10.0], [6.0], [8.0]])
RULE = LeverageCap(
    cash_usd=np.array([1.0, 0.5, 2.0]),
    other_usd=np.array([5.0, 4.0, 3.0]),
    liabilities_usd=np.array([14.55, 9.6, 11.0]),
    largest_leverage=12.5,  # a capital ratio of 8 %
)


def sales(price: float) -> float:
    """Units sold in all at a price, by bisection of each bank's capital ratio."""
    return sum(
        leverage_cap_sale(
            HOLDINGS[i, 0],
            RULE.cash_usd[i],
            RULE.other_usd[i],
            RULE.liabilities_usd[i],
            0.08,
            price,
        )
        for i in range(3)
    )


@pytest.mark.parametrize("price", [1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5])
def test_the_smallest_sale_that_restores_the_capital_ratio(price: float) -> None:
    share = RULE.sold_share(np.array([price]), HOLDINGS)
    assert float(share @ HOLDINGS[:, 0]) == pytest.approx(sales(price), abs=1e-9)


@pytest.mark.parametrize("alpha", [1e-4, 1e-3, 3e-3, 0.01, 0.05])
def test_the_greatest_fixed_point_is_the_first_crossing_from_above(alpha: float) -> None:
    found = fire_sale(HOLDINGS, RULE, ExponentialImpact(alpha)).prices[0]
    assert found == pytest.approx(greatest_price(sales, alpha, 4000), abs=1 / 4000)
    assert found == pytest.approx(math.exp(-alpha * sales(float(found))), abs=1e-9)


def test_two_fixed_points() -> None:
    """At par nobody has to sell; once prices are low everybody must: both are consistent."""
    rule = LeverageCap(np.zeros(1), np.zeros(1), np.array([9.0]), 10.0)
    top = fire_sale(np.array([[10.0]]), rule, ExponentialImpact(0.02))
    bottom = fire_sale(np.array([[10.0]]), rule, ExponentialImpact(0.02), greatest=False)
    assert (top.prices[0], top.sold_share[0]) == (1.0, 0.0)
    assert bottom.sold_share[0] == 1.0
    assert bottom.prices[0] == pytest.approx(math.exp(-0.2))


def test_several_assets_sold_pro_rata() -> None:
    """Two assets with their own impact: prices follow from sales, leverage is within its cap."""
    holdings = np.array([[6.0, 4.0], [3.0, 9.0]])
    rule = LeverageCap(np.zeros(2), np.zeros(2), np.array([9.2, 10.9]), 11.0)
    impact = LinearImpact(np.array([100.0, 200.0]))
    found = fire_sale(holdings, rule, impact)
    assert (found.sold_share > 0.0).any()
    sold = found.sold_share @ holdings
    assert found.prices == pytest.approx(1.0 - sold / [100.0, 200.0], abs=1e-10)
    value = holdings @ found.prices
    left = (1.0 - found.sold_share) * value
    equity = rule.equity_usd(found.prices, holdings)
    assert (left <= 11.0 * np.maximum(equity, 0.0) + 1e-9).all()
