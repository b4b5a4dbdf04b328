"""Models are values: they can be copied, pickled, run side by side, and forgotten."""

import copy
import gc
import pickle
import weakref

import mesa
import numpy as np
import pytest

from abm.model import MarketModel, Trader
from tests.abm.model.worlds import SMALL, WIDE, assert_same_world


class Watcher(mesa.Agent):
    """A plain agent."""

    seen = 0

    def step(self):
        self.seen += 1


class Steady(Trader):
    """A trader that decides in Python, and remembers."""

    def setup(self):
        self.decisions = 0

    def decide(self, information):
        assert information.tick > 0
        self.decisions += 1


def through_pickle(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("clone", [through_pickle, copy.deepcopy])
@pytest.mark.parametrize("scenario", [SMALL, WIDE], ids=lambda s: s.name)
def test_a_copy_goes_on_as_the_original(scenario, clone):
    model = MarketModel(scenario, rng=6, trader_classes={"hedger": Steady})
    watcher = Watcher(model)
    gone = model.agents.select(lambda t: getattr(t, "role", None) == 0).to_list()[7]
    gone.remove()
    for _ in range(6):
        model.step()
        model.agents.do("step")
    twin = clone(model)
    assert_same_world(twin.world, model.world)
    assert twin.world.state.accounts.cash_usd is not model.world.state.accounts.cash_usd
    assert [a.unique_id for a in twin.agents] == [a.unique_id for a in model.agents]
    assert twin.agents.to_list()[3].model is twin
    assert twin.agents.to_list()[3] is twin.agents.to_list()[3]
    seen = twin.agents.select(agent_type=Watcher).to_list()[0]
    assert seen is not watcher
    assert seen.seen == 6
    assert twin.agents.select(agent_type=Steady).get("decisions")[0] == 6
    for each in (model, twin):
        each.step()
        each.run(5)
        each.run_for(3)
    assert_same_world(twin.world, model.world)
    assert (twin.steps, twin.time) == (model.steps, model.time) == (15, 15.0)
    twin.run()
    assert model.tick == 15
    newcomer = Watcher(twin)
    assert newcomer in twin.agents
    assert newcomer not in model.agents


def test_a_set_and_a_trader_can_be_pickled():
    model = MarketModel(SMALL, rng=6)
    trader, some = pickle.loads(
        pickle.dumps((model.agents.to_list()[5], model.agents.select(at_most=7)))
    )
    assert trader is some.to_list()[5]
    trader.model.step()


def test_two_live_models_do_not_know_each_other():
    one, other = MarketModel(SMALL, rng=1), MarketModel(SMALL, rng=2)
    alone = MarketModel(SMALL, rng=2)
    for _ in range(15):
        one.step()
        other.step()
        one.agents.set("wallet_usd", 1.0)
    alone.run(15)
    assert_same_world(other.world, alone.world)
    assert one.agents.to_list()[0] is not other.agents.to_list()[0]
    assert one.agents.to_list()[0] not in other.agents
    assert other.agents.agg("wallet_usd", np.mean) != 1.0


def test_a_forgotten_model_is_gone():
    def live():
        model = MarketModel(SMALL, rng=1, trader_classes={"hedger": Steady})
        Watcher(model)
        model.agents.do("step")
        model.run(3)
        model.datacollector.collect(model)
        return weakref.ref(model), weakref.ref(model.world.state.accounts.cash_usd)

    known = [live() for _ in range(3)]
    gc.collect()
    assert [r() for pair in known for r in pair] == [None] * 6
