"""The fund's limits and the vault's: Binance's net cap against its oracle, Bybit's allowances."""

from types import SimpleNamespace

import numpy as np
import pytest

from abm.kernel import plain
from abm.venue.backstop import inventory_room_usd, shed_share
from abm.venue.insurance_fund import payable
from tests.oracles.funds_and_triggers import binance_2019_fund_takes


def test_the_cap_is_on_the_net_inventory():
    luck = np.random.default_rng(5)
    for _ in range(2000):
        fund, net, new = luck.uniform(0.0, 100.0), *luck.uniform(-120.0, 120.0, 2)
        side = 1 if new >= 0.0 else -1
        taken = side * min(abs(new), inventory_room_usd(fund, net, side))
        assert taken == pytest.approx(binance_2019_fund_takes(fund, net, new), abs=1e-9)


def test_a_book_draws_no_more_than_its_allowance_and_leaves_the_others_theirs():
    venues = SimpleNamespace(fund_usd=np.array([1000.0]))
    limits = np.array([[0.0, 0.0], [300.0, 300.0]])
    assert plain(payable)(venues, 0, limits, 0) == 300.0
    venues.fund_usd[0] = 700.0  # book 0 has drawn all it may
    limits[1, 0] = 0.0
    assert plain(payable)(venues, 0, limits, 0) == 0.0
    assert plain(payable)(venues, 0, limits, 1) == 300.0
    limits[:, 1] = (650.0, np.inf)
    assert plain(payable)(venues, 0, limits, 1) == 50.0


def test_shed_share():
    assert shed_share(10.0, 30.0, 3.0) == 0.0
    assert shed_share(10.0, 40.0, 3.0) == 0.25
    assert shed_share(-1.0, 40.0, 3.0) == 1.0
    assert shed_share(10.0, 40.0, np.inf) == 0.0
