"""A trader in Python: the built-in rule written again, and what a trader may see and do."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm.agents.reactions import HEDGE, HOLD, LEAVE, react, wants_out
from abm.agents.trading import centred, directional_order, mend_hedge
from abm.kernel import plain
from abm.market.ledger import REACTION_VOLUME_USD
from abm.model import InformationSet, MarketModel, Orders, Trader
from tests.abm.model.worlds import SMALL, WIDE, assert_same_world


class Directional(Trader):
    """The built-in directional rule, from the same plain functions."""

    def decide(self, information):
        if not information.looks:
            return None
        orders = information.no_orders()
        for i, k in np.ndindex(information.qty_contracts.shape):
            if information.in_liquidation[i, k]:
                continue
            if self.model.choices.reacting and self.react_to_place(information, orders, i, k):
                continue
            move = math.log(information.index_price[k] / information.slow_index[k])
            noise = self.noise * plain(centred)(information.draw(i, k))
            orders.contracts[i, k] += plain(directional_order)(
                information.qty_contracts[i, k],
                information.notional_usd[i, k],
                information.equity_usd[i, k],
                information.mark_price[i, k],
                self.trend * move + noise,
                self.target_leverage,
            )
        return orders

    def react_to_place(self, information, orders, i, k):
        """Does it react? Only for one account on one instrument: one venue, one instrument."""
        held, equity = information.qty_contracts[i, k], information.equity_usd[i, k]
        pnl = information.pnl_usd[i, k]
        if not plain(wants_out)(information.place[i, k], self.threshold, pnl):
            return False
        if self.reaction == HOLD or equity <= 0.0:
            return False
        leverage = abs(held) * information.mark_price[i, k] / equity
        order, paid_in, elsewhere = plain(react)(
            self.reaction, held, equity, leverage, self.target_leverage, self.fraction,
            information.wallet_usd,
        )  # fmt: skip
        spot = information.spot_units[k]
        if self.reaction == HEDGE and abs(held + spot) < 0.5 * (abs(held) + abs(spot)):
            return True
        affordable = information.affordable_spot_units[k]
        orders.contracts[i, k] = order
        orders.deposit_usd[i, k] = max(0.0, paid_in)
        orders.spot_units[k] = max(min(elsewhere, affordable), -max(0.0, spot))
        orders.leaves = self.reaction == LEAVE
        orders.is_reaction = True
        return True


class Hedger(Trader):
    """The built-in hedger of a world where nobody reacts."""

    def decide(self, information):
        orders = information.no_orders()
        if information.looks:
            perp = information.qty_contracts.sum(axis=0)
            for k, spot in enumerate(information.spot_units):
                if perp[k] != 0.0 or spot != 0.0:
                    wanted = plain(mend_hedge)(perp[k], spot)
                    orders.spot_units[k] = min(wanted, information.affordable_spot_units[k])
        return orders


def test_the_built_in_rule_in_python_gives_the_same_trajectory():
    compiled = MarketModel(SMALL, rng=4)
    python = MarketModel(SMALL, rng=4, trader_classes={"directional": Directional})
    directional = python.agents.select(lambda t: t.role_name == "directional")
    assert set(directional.get("overridden")) == {True}
    assert python.world.traders.overridden.sum() == len(directional) > 40
    for _ in range(SMALL.ticks):
        compiled.step()
        python.step()
        assert python.mark_price == compiled.mark_price
    assert compiled.outcomes()["reaction_volume_usd"] > 0.0
    assert compiled.outcomes()["left_traders"] > 0.0
    assert python.rejected_orders == 0
    for model in (compiled, python):  # sums in another order, and flags of who decides
        model.world.traders.overridden[:] = False
    theirs, mine = compiled.world.state.ledger, python.world.state.ledger
    np.testing.assert_allclose(mine.reaction_usd, theirs.reaction_usd, rtol=1e-12)
    mine.reaction_usd[:] = theirs.reaction_usd
    volumes = mine.totals[REACTION_VOLUME_USD], theirs.totals[REACTION_VOLUME_USD]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-12)
    mine.totals[REACTION_VOLUME_USD] = theirs.totals[REACTION_VOLUME_USD]
    assert_same_world(python.world, compiled.world)


@pytest.mark.parametrize("trader_classes", [
    {"directional": Directional, "hedger": Hedger},
    lambda trader: {"directional": Directional, "hedger": Hedger}.get(trader.role_name, Trader),
    lambda trader: Directional if trader.role == 0 and trader.trader_id % 2 else Trader,
], ids=["by role", "by function", "every other"])  # fmt: skip
def test_on_two_venues_and_instruments_too(trader_classes):
    calm = replace(WIDE, reacting=False)
    compiled = MarketModel(calm, rng=3)
    python = MarketModel(calm, rng=3, trader_classes=trader_classes)
    compiled.run()
    python.run()
    assert 0 < python.world.traders.overridden.sum() < 81
    python.world.traders.overridden[:] = False
    assert_same_world(python.world, compiled.world)
    assert not python.running


def test_only_overridden_traders_are_called():
    class Quiet(Trader):
        calls = 0

        def decide(self, information):
            assert information.tick == self.model.tick
            self.calls += 1

    class Named(Trader):
        """Overrides nothing: decides compiled, as ever."""

    model = MarketModel(SMALL, rng=1, trader_classes={"hedger": Quiet, "directional": Named})
    assert set(model.agent_types) == {Quiet, Named, Trader}
    model.run(5)
    assert set(model.agents_by_type[Quiet].get("calls")) == {5}
    assert set(model.agents_by_type[Named].get("overridden")) == {False}
    gone, left = model.agents_by_type[Quiet].to_list()[:2]
    gone.remove()
    left.left = True
    model.run(2)
    assert (gone.calls, left.calls) == (5, 5)
    plain_model = MarketModel(SMALL, rng=1, trader_classes={"directional": Named})
    plain_model.run(5)
    reference = MarketModel(SMALL, rng=1)
    reference.run(5)
    assert_same_world(plain_model.world, reference.world)


def information_of(model, trader):
    return InformationSet(model.world, trader._row)


def test_information_is_own_and_public_and_a_copy():
    model = MarketModel(WIDE, rng=3)
    model.run(20)
    trader = next(t for t in model.agents if len(t.accounts) == 2)
    information = information_of(model, trader)
    accounts, markets = model.world.state.accounts, model.world.state.markets
    rows = np.flatnonzero(accounts.trader == trader.trader_id)
    np.testing.assert_array_equal(information.account_id, accounts.account_id[rows])
    np.testing.assert_array_equal(information.venue, accounts.venue[rows])
    for name, column in (("qty_contracts", "qty_contracts"), ("entry_price", "entry_price"),
                         ("is_isolated", "is_isolated"), ("place", "visible")):  # fmt: skip
        np.testing.assert_array_equal(getattr(information, name), getattr(accounts, column)[rows])
    np.testing.assert_array_equal(information.mark_price, markets.mark_price[accounts.venue[rows]])
    np.testing.assert_array_equal(
        information.funding_rate, markets.funding_rate[accounts.venue[rows]]
    )
    np.testing.assert_array_equal(information.index_price, markets.index_price)
    np.testing.assert_array_equal(information.slow_index, markets.slow_index)
    assert information.pnl_usd.sum() == pytest.approx(trader.pnl_usd)
    assert (information.tick, information.time_s, information.dt_s) == (20, model.time_s, 20.0)
    assert (information.wallet_usd, information.spot_units.tolist()) == (
        trader.wallet_usd,
        trader.spot_units.tolist(),
    )
    before = markets.mark_price.copy(), accounts.qty_contracts.copy()
    for name in ("mark_price", "index_price", "qty_contracts", "place", "spot_units", "equity_usd"):
        getattr(information, name)[:] = -1.0
    np.testing.assert_array_equal(before[0], markets.mark_price)
    np.testing.assert_array_equal(before[1], accounts.qty_contracts)
    assert 0.0 < information.draw(0, 1) < 1.0
    assert information.draw(0, 1) != information.draw(1, 1)
    shown = {name for name in dir(information) if not name.startswith("_")}
    assert not {"score", "ranks", "queue", "world", "model"} & shown


def test_information_reads_forced_closes_by_margin():
    model = MarketModel(WIDE, rng=3)
    accounts = model.world.state.accounts
    trader = model.agents.to_list()[0]
    row = trader.accounts[0]._row
    accounts.is_isolated[row] = [True, False]
    accounts.closing[row] = [0.0, 0.5, 0.0]
    information = information_of(model, trader)
    assert information.in_liquidation[0].tolist() == [True, False]
    accounts.closing[row] = [0.5, 0.0, 0.0]
    assert information.in_liquidation[0].tolist() == [False, True]


class Scripted(Trader):
    """Does what the test says."""

    script = None

    def decide(self, information):
        return type(self).script(self, information)


def scripted(script, role="directional", scenario=SMALL):
    class Own(Scripted):
        pass

    Own.script = staticmethod(script)
    return MarketModel(scenario, rng=4, trader_classes={role: Own})


def filled(**values):
    def script(trader, information):
        orders = information.no_orders()
        for name, value in values.items():
            setattr(orders, name, value(trader) if callable(value) else value)
        return orders

    return script


@pytest.mark.parametrize(("values", "message"), [
    ({"contracts": np.zeros(3)}, r"contracts has shape \(3,\), give \(1, 1\)"),
    ({"contracts": np.full((1, 1), np.nan)}, "contracts has a number that is not finite"),
    ({"spot_units": np.full(1, np.inf)}, "spot_units has a number that is not finite"),
    ({"deposit_usd": np.full((1, 1), -1.0)}, "deposit_usd sums to"),
    ({"deposit_usd": lambda t: np.full((1, 1), t.wallet_usd + 1.0)}, "deposit_usd sums to"),
    ({"spot_units": np.full(1, 1e9)}, "nobody borrows"),
    ({"spot_units": np.full(1, -1e3)}, "nobody borrows"),
])  # fmt: skip
def test_a_mistake_in_orders_is_an_error(values, message):
    with pytest.raises(ValueError, match=message):
        scripted(filled(**values)).step()


def test_a_hedger_sells_spot_that_it_holds():
    model = scripted(filled(spot_units=np.full(1, -1e-3)), role="hedger")
    hedger = model.agents.select(lambda t: t.role_name == "hedger").to_list()[0]
    before = hedger.spot_units[0]
    model.step()
    assert hedger.spot_units[0] == before - 1e-3


def test_venues_reject_what_they_would_not_take():
    def far_beyond(trader, information):
        orders = information.no_orders()
        orders.contracts[:] = 1e6
        return orders

    model = scripted(far_beyond)
    own = model.agents.select(agent_type=Scripted)
    before = own.array("qty_contracts")
    model.step()
    assert model.rejected_orders == len(own)
    assert (np.abs(own.array("qty_contracts")) <= np.abs(before)).all()


def test_a_position_in_forced_close_takes_no_orders():
    def reduce(trader, information):
        orders = information.no_orders()
        orders.contracts[:] = -0.1 * information.qty_contracts
        return orders

    model = scripted(reduce)
    own = model.agents.select(agent_type=Scripted).to_list()
    model.world.state.accounts.closing[own[0].accounts[0]._row] = 0.5
    rejected = model._population.decide(model._handle)
    assert rejected == 1
    assert own[0].accounts[0].order_contracts[0] == 0.0
    held = [t for t in own[1:] if t.qty_contracts[0] != 0.0]
    assert all(t.accounts[0].order_contracts[0] == -0.1 * t.qty_contracts[0] for t in held)


def test_a_deposit_moves_cash_and_makes_room():
    def pay_in(trader, information):
        orders = information.no_orders()
        orders.deposit_usd[0, 0] = 0.5 * information.wallet_usd
        return orders

    model = scripted(pay_in, scenario=replace(WIDE, reacting=False))
    traders = model.agents.select(agent_type=Scripted)
    wallet = traders.array("wallet_usd")
    kept = [(t.accounts[0].cash_usd, t.accounts[0].margin_usd[0]) for t in traders]
    model._population.decide(model._handle)
    np.testing.assert_array_equal(traders.array("wallet_usd"), 0.5 * wallet)
    for trader, paid, (cash, margin) in zip(traders, 0.5 * wallet, kept, strict=True):
        account = trader.accounts[0]
        gain = (account.cash_usd - cash) + (account.margin_usd[0] - margin)
        assert gain == pytest.approx(paid)
        assert (account.cash_usd == cash) == account.is_isolated[0]


def test_leaving_is_for_good_and_counted():
    model = scripted(filled(leaves=True, is_reaction=True))
    own = model.agents.select(agent_type=Scripted)
    model.step()
    assert set(own.get("left")) == set(own.get("overridden")) == {True}
    before = own.array("notional_usd").sum()
    model.run(5)
    assert own.array("notional_usd").sum() < before > 0.0
    assert model.outcomes()["left_traders"] == len(own)


def test_wrong_classes_are_refused():
    with pytest.raises(ValueError, match="'directonal'; did you mean 'directional'"):
        MarketModel(SMALL, trader_classes={"directonal": Directional})
    with pytest.raises(ValueError, match="use one of directional, hedger, maker"):
        MarketModel(SMALL, trader_classes={"house": Directional})
    with pytest.raises(ValueError, match="makers do not decide, they quote"):
        MarketModel(SMALL, trader_classes={"maker": Directional})
    with pytest.raises(ValueError, match="give a subclass of Trader"):
        MarketModel(SMALL, trader_classes=lambda _: int)
    assert MarketModel(SMALL, trader_classes={"maker": type("Own", (Trader,), {})})
    trader = MarketModel(SMALL, rng=1).agents.to_list()[0]
    with pytest.raises(NotImplementedError, match="plain"):
        trader.decide(None)


def test_orders_start_empty():
    orders = Orders.none(2, 3)
    assert orders.contracts.shape == orders.deposit_usd.shape == (2, 3)
    assert not orders.spot_units.any()
    assert not orders.leaves
