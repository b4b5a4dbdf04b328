"""A trader is a row: same object, same numbers, written through, derived sums as defined."""

import math

import mesa
import numpy as np
import pytest

from abm.market.columns import ROLE_NAMES, Accounts, Traders
from abm.model import Account, MarketModel, Trader
from abm.model.column import Column, Derived, readers_of
from tests.abm.model.worlds import SMALL, WIDE


@pytest.fixture(scope="module")
def model():
    model = MarketModel(WIDE, rng=3)
    model.run(25)
    return model


def test_every_column_has_its_attribute():
    rows = {"account_start", "account_rows"}
    columns = {name for name, r in readers_of(Trader).items() if isinstance(r, Column)}
    assert columns == set(Traders._fields) - rows
    assert set(readers_of(Account)) == set(Accounts._fields)


def test_the_same_trader_is_the_same_object(model):
    first = model.agents.to_list()
    assert all(a is b for a, b in zip(first, model.agents, strict=True))
    assert model.agents.select(lambda trader: trader.trader_id == 5).to_list() == [first[5]]
    assert all(isinstance(trader, mesa.Agent) for trader in first)
    assert first[5].unique_id == first[5].trader_id == 5
    assert first[5].model is model


@pytest.mark.parametrize("name", sorted(readers_of(Trader)))
def test_one_row_and_many_rows_agree(model, name):
    reader = getattr(Trader, name)
    one_by_one = [getattr(trader, name) for trader in model.agents]
    np.testing.assert_array_equal(np.array(one_by_one), model.agents.array(name))
    if isinstance(reader, Column):
        people = len(model.agents)
        np.testing.assert_array_equal(getattr(model.world.traders, name)[:people], one_by_one)
    if not isinstance(one_by_one[0], np.ndarray):
        assert type(one_by_one[0]) in (int, float, bool, str)


def test_sums_over_accounts_are_what_they_say(model):
    accounts, markets = model.world.state.accounts, model.world.state.markets
    for trader in model.agents:
        equity = pnl = notional = net = taken = 0.0
        places = []
        held = np.zeros(2)
        for account in trader.accounts:
            assert accounts.trader[account._row] == trader.trader_id
            equity += account.equity_usd
            taken += account.taken_usd
            held += account.qty_contracts
            for k in range(2):
                mark = markets.mark_price[account.venue, k]
                quantity = account.qty_contracts[k]
                gain = quantity * (mark - account.entry_price[k])
                pnl += gain
                notional += abs(quantity) * mark
                net += quantity * mark
                if account.is_isolated[k]:
                    equity += account.margin_usd[k] + gain
                places += [account.visible[k]] * (not math.isnan(account.visible[k]))
        found = (trader.equity_usd, trader.pnl_usd, trader.notional_usd, trader.net_notional_usd)
        assert found == pytest.approx((equity, pnl, notional, net), rel=1e-12, abs=1e-9)
        assert trader.taken_usd == pytest.approx(taken)
        np.testing.assert_allclose(trader.qty_contracts, held, atol=1e-12)
        np.testing.assert_equal(trader.place, max(places, default=math.nan))
        assert trader.role_name == ROLE_NAMES[trader.role]
    assert max(len(trader.accounts) for trader in model.agents) == 2
    assert np.nanmax(model.agents.array("place")) == 1.0


def test_writing_an_attribute_writes_the_column():
    model = MarketModel(SMALL, rng=1)
    trader = model.agents.to_list()[4]
    trader.threshold = 0.25
    trader.wallet_usd += 10.0
    trader.spot_units[0] = 2.0
    assert model.world.traders.threshold[4] == 0.25
    assert model.world.traders.wallet_usd[4] == trader.wallet_usd
    assert model.world.traders.spot_units[4, 0] == 2.0
    for name in ("trader_id", "role", "style", "overridden", "equity_usd", "place"):
        with pytest.raises(AttributeError, match=f"{name} is read-only"):
            setattr(trader, name, 1)
        with pytest.raises(AttributeError, match=f"{name} is read-only"):
            model.agents.set(name, 1)
    account = trader.accounts[0]
    with pytest.raises(AttributeError, match="read-only"):
        account.cash_usd = 0.0
    with pytest.raises(ValueError, match="read-only"):
        account.qty_contracts[0] = 1.0
    assert isinstance(Trader.equity_usd, Derived)


def test_stepping_agents_cannot_step_the_world_twice():
    stepped, plain = MarketModel(SMALL, rng=1), MarketModel(SMALL, rng=1)
    for _ in range(20):
        stepped.agents.shuffle_do("step")
        stepped.agents.do("step")
        stepped.step()
        plain.step()
    np.testing.assert_equal(stepped.outcomes(), plain.outcomes())


def test_traders_are_not_constructed(model):
    with pytest.raises(TypeError, match="traders come from the scenario"):
        Trader(model)
    with pytest.raises(TypeError, match="traders come from the scenario"):
        Trader.create_agents(model, 3)
    with pytest.raises(TypeError, match="setup"):
        type("Wrong", (Trader,), {"__init__": lambda _: None})


def test_a_removed_trader_decides_nothing_any_more():
    model = MarketModel(SMALL, rng=2, reacting=True)
    rows = [t for t in model.agents if t.role_name == "directional" and t.net_notional_usd != 0.0]
    leaver = rows[0]
    held = leaver.qty_contracts[0]
    leaver.remove()
    assert leaver not in model.agents
    assert len(model.agents) == 59
    assert leaver.unique_id not in model.agents.get("unique_id")
    for _ in range(20):
        model.step()
        assert leaver.accounts[0].order_contracts[0] == 0.0
        assert abs(leaver.qty_contracts[0]) <= abs(held)  # only the venue may close it
    assert model.outcomes()["left_traders"] == model.world.traders.left.sum()
    assert not leaver.left
    with pytest.raises(KeyError):
        leaver.remove()
    maker = model.agents.select(lambda t: t.role_name == "maker").to_list()[0]
    with pytest.raises(ValueError, match="maker and cannot be removed"):
        maker.remove()


def test_the_house_is_a_row_but_no_agent(model):
    assert model.house.role_name == "house"
    assert model.house not in model.agents
    assert len(model.agents) == 80
    everyone = [*model.agents, model.house]
    net = sum(trader.qty_contracts for trader in everyone)
    np.testing.assert_allclose(net, 0.0, atol=1e-6)
    assert repr(model.house).startswith("<Trader")
    assert "Account" in repr(model.house.accounts[0])
