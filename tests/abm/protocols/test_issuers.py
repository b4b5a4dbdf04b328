"""abm.protocols.issuers: a spiral step by step, its collapse, what a coin is worth then."""

import numpy as np
import pytest

from abm.market.stablecoin import Stablecoin
from abm.protocols.issuers import issuer_columns, run_issuers

TERMS = Stablecoin(demand_per_open_interest=0.1, collateral_ratio=1.6, expected_return=0.0)


def spiral(*levels):
    """Prices of the coin along a path of the index, demand and coins 100."""
    issuers = issuer_columns((TERMS,), 1000.0, np.array([50.0]))
    price, seen = np.ones(1), []
    for level in levels:
        run_issuers(issuers, np.array([50.0 * level]), price)
        seen.append(float(price[0]))
    return issuers, seen


def test_at_peace_nothing_moves():
    issuers, seen = spiral(1.0, 1.1, 0.95)
    assert seen == [1.0, 1.0, 1.0]
    assert issuers.units[0] == 1.6 * 100.0 / 50.0


def test_deleveraging_sells_collateral_and_lifts_the_coin():
    """Collateral 147 behind 100 coins: u = (247 + sqrt(247² - 60000)) / 3 = 92.39..."""
    issuers, seen = spiral(1.0, 147.0 / 160.0)
    left = (247.0 + np.sqrt(247.0**2 - 60_000.0)) / 3.0
    assert issuers.coins[0] == pytest.approx(left)
    assert seen[-1] == pytest.approx(100.0 / left)
    assert issuers.flow_usd[0] == pytest.approx((left - 100.0) * 100.0 / left)
    assert issuers.units[0] * 50.0 * 147.0 / 160.0 == pytest.approx(1.5 * left)


def test_a_collapse_is_for_good_and_pays_the_collateral():
    """Below z* = 144.95 the issuer is settled: one USD while covered, then a share."""
    issuers, seen = spiral(1.0, 140.0 / 160.0, 0.5, 2.0)
    assert issuers.has_collapsed[0]
    assert seen == [1.0, 1.0, pytest.approx(0.8), 1.0]
    assert issuers.coins[0] == 100.0


def test_an_asset_without_an_issuer_keeps_its_price():
    issuers = issuer_columns((Stablecoin(), TERMS), 1000.0, np.array([50.0]))
    price = np.array([0.7, 1.0])
    run_issuers(issuers, np.array([46.0]), price)
    assert price[0] == 0.7
    assert price[1] > 1.0
    assert issuer_columns((Stablecoin(),), 1000.0, np.array([50.0])).is_issued.size == 0
