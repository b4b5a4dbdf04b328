"""C1: the market clears, the funds' books add up, compiled and plain agree."""

import numpy as np
import pytest
from scipy import optimize

from abm.kernel import plain
from experiments.validate.contagion import leveraged_funds as model


def demand(price: float, cash: np.ndarray, shares: np.ndarray, limit: float) -> float:
    """What ten funds hold at a price, written out from the paper."""
    wealth = np.maximum(0.0, cash + shares * price)
    leverage = np.minimum(5.0 * np.arange(1, 11) * max(0.0, 1.0 - price), limit)
    return float(np.sum(leverage * wealth / price))


@pytest.mark.parametrize("limit", [1.0, 5.0, 20.0])
@pytest.mark.parametrize("spend", [700.0, 900.0, 990.0])
def test_all_shares_are_held_at_the_price(spend: float, limit: float) -> None:
    rng = np.random.default_rng(int(spend + limit))
    cash, shares = rng.uniform(-5.0, 2.0, 10), rng.uniform(5.0, 10.0, 10)
    price = model.clearing_price(spend, cash, shares, np.zeros(10), limit, 0)
    assert spend / price + demand(price, cash, shares, limit) == pytest.approx(1000.0, rel=1e-9)


def test_funds_without_debt_have_one_price_and_it_is_found() -> None:
    cash, shares = np.full(10, 2.0), np.zeros(10)

    def excess(price: float) -> float:
        return 900.0 / price + demand(price, cash, shares, 3.0) - 1000.0

    root = optimize.brentq(excess, 0.5, 1.0, xtol=1e-14)
    assert model.clearing_price(900.0, cash, shares, np.zeros(10), 3.0, 0) == pytest.approx(root)


@pytest.mark.parametrize("spend", [1000.0, 1300.0])
def test_a_dear_share_is_priced_by_noise_alone(spend: float) -> None:
    price = model.clearing_price(spend, np.full(10, 2.0), np.ones(10), np.zeros(10), 5.0, 0)
    assert price == spend / 1000.0


def test_funds_that_are_away_buy_nothing() -> None:
    price = model.clearing_price(800.0, np.full(10, 2.0), np.ones(10), np.ones(10), 5.0, 0)
    assert price == pytest.approx(0.8)


def test_the_first_price_by_hand() -> None:
    """One step from log xi = log 1000 by -0.035; every fund has 2 and no share."""
    prices = np.empty(1)
    model.simulate(np.array([-1.0]), 5.0, 0, prices)
    spend = 1000.0 * np.exp(-0.035)
    holdings = demand(prices[0], np.full(10, 2.0), np.zeros(10), 5.0)
    assert spend / prices[0] + holdings == pytest.approx(1000.0)


def test_of_several_clearing_prices_the_lowest_and_the_highest_are_found() -> None:
    """Ten indebted funds: all solvent at a high price, all ruined and selling at a low one."""
    cash, shares = np.full(10, -93.4), np.full(10, 100.0)
    found = [
        model.clearing_price(930.0, cash, shares, np.zeros(10), 12.0, which)
        for which in (model.LOWEST, model.BISECTED, model.HIGHEST)
    ]
    assert found[0] == pytest.approx(0.93)  # nobody is left to buy
    assert found == sorted(found)
    assert found[2] > found[0] + 0.01
    for price in found:
        held = demand(price, cash, shares, 12.0)
        assert 930.0 / price + held == pytest.approx(1000.0, rel=1e-9)


def test_leverage_ruins_and_its_absence_does_not() -> None:
    noise, prices = np.random.default_rng(4).standard_normal(4000), np.empty(4000)
    many = model.simulate(noise, 20.0, 0, prices)
    few = model.simulate(noise, 1.0, 0, prices)
    assert many > few


def test_plain_and_compiled_agree() -> None:
    noise, one, other = np.random.default_rng(5).standard_normal(400), np.empty(400), np.empty(400)
    ruined = model.simulate(noise, 7.5, 0, one)
    assert plain(model.simulate)(noise, 7.5, 0, other) == ruined
    assert one == pytest.approx(other, rel=1e-12)
