"""`model.agents` answers as Mesa's own AgentSet of the same agents does."""

import copy
import gc
from functools import reduce

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

from abm.model import MarketModel, Trader, TraderSet
from tests.abm.model.worlds import SMALL


@pytest.fixture
def model():
    model = MarketModel(SMALL, rng=4)
    model.run(25)
    return model


@pytest.fixture
def stock(model):
    """Mesa's set of the same agents."""
    return AgentSet(model.agents.to_list(), model.random)


def ids(agents):
    return [agent.unique_id for agent in agents]


QUESTIONS = {
    "len": len,
    "list": lambda a: ids(a.to_list()),
    "iterate": ids,
    "get": lambda a: a.get("wallet_usd"),
    "get derived": lambda a: a.get("equity_usd"),
    "get id": lambda a: a.get("unique_id"),
    "get many": lambda a: a.get(["wallet_usd", "role", "role_name"]),
    "get mixed": lambda a: a.get(["wallet_usd", "pos"]),
    "get default": lambda a: a.get("hat", handle_missing="default", default_value=3),
    "get vector": lambda a: [v.tolist() for v in a.get("spot_units")],
    "agg": lambda a: a.agg("wallet_usd", np.mean),
    "agg many": lambda a: a.agg("threshold", [min, max, len, np.median]),
    "agg own": lambda a: a.agg("threshold", lambda values: reduce(max, values)),
    "agg plain": lambda a: a.agg("pos", len),
    "select": lambda a: ids(a.select(lambda t: t.pnl_usd > 0.0)),
    "select at most": lambda a: ids(a.select(lambda t: t.pnl_usd > 0.0, at_most=3)),
    "select share": lambda a: ids(a.select(at_most=0.31)),
    "select one": lambda a: ids(a.select(at_most=1)),
    "select type": lambda a: ids(a.select(agent_type=Trader)),
    "select no type": lambda a: ids(a.select(agent_type=AgentSet)),
    "sort": lambda a: ids(a.sort("equity_usd")),
    "sort up": lambda a: ids(a.sort("equity_usd", ascending=True)),
    "sort ties": lambda a: ids(a.sort("role")),
    "sort ties up": lambda a: ids(a.sort("role", ascending=True)),
    "sort flags": lambda a: ids(a.sort("left")),
    "sort by": lambda a: ids(a.sort(lambda t: -t.wallet_usd)),
    "sort by name": lambda a: ids(a.sort("unique_id")),
    "groups": lambda a: {k: ids(g) for k, g in a.groupby("role_name")},
    "groups by": lambda a: {k: ids(g) for k, g in a.groupby(lambda t: t.pnl_usd > 0.0)},
    "group lists": lambda a: {k: ids(g) for k, g in a.groupby("role", result_type="list")},
    "group count": lambda a: a.groupby("reaction_name").count(),
    "group order": lambda a: list(a.groupby("reaction").groups),
    "group agg": lambda a: a.groupby("role").agg("wallet_usd", np.mean),
    "group list agg": lambda a: a.groupby("role", result_type="list").agg("wallet_usd", max),
    "group map": lambda a: a.groupby("role").map(len),
    "group of group": lambda a: a.groupby("role").map(lambda g: ids(g.sort("pnl_usd"))),
    "map": lambda a: a.map(lambda t, plus: t.wallet_usd + plus, 1.0),
    "map name": lambda a: a.map("__repr__"),
    "contains": lambda a: [t in a for t in a.select(at_most=4)],
    "and": lambda a: ids(a.select(at_most=9) & a.select(lambda t: t.pnl_usd > 0.0)),
    "minus": lambda a: ids(a - a.select(at_most=50)),
    "equal": lambda a: a.select(at_most=3) == a.select(at_most=3),
    "chained": lambda a: ids(a.select(lambda t: t.role == 0).sort("wallet_usd").select(at_most=5)),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_same_answer_as_mesa(model, stock, question):
    ask = QUESTIONS[question]
    mine, theirs = ask(model.agents), ask(stock)
    assert mine == theirs
    assert type(mine) is type(theirs)


def test_sum_is_numpys_up_to_rounding(model, stock):
    total = model.agents.agg("wallet_usd", sum)
    assert type(total) is float
    assert total == pytest.approx(stock.agg("wallet_usd", sum), rel=1e-14)
    assert model.agents.groupby("role").agg("wallet_usd", sum) == pytest.approx(
        stock.groupby("role").agg("wallet_usd", sum), rel=1e-14
    )


def test_it_is_an_agent_set(model):
    assert isinstance(model.agents, AgentSet)
    assert isinstance(model.agents.select(at_most=3), TraderSet)
    assert repr(model.agents) == "<TraderSet of 60 agents>"
    assert ids(copy.copy(model.agents)) == ids(model.agents.copy()) == ids(model.agents)
    with pytest.raises(AttributeError, match="follows from the scenario"):
        model.agents = []


def test_masks_and_arrays(model):
    agents = model.agents
    gains = agents.array("pnl_usd")
    assert ids(agents.select(gains > 0.0)) == ids(agents.select(lambda t: t.pnl_usd > 0.0))
    winners = agents.select(gains > 0.0, at_most=2, agent_type=Trader)
    assert len(winners) == 2
    agents.set("threshold", np.linspace(0.0, 1.0, 60))
    assert agents.get("threshold") == np.linspace(0.0, 1.0, 60).tolist()
    for mask in (gains[:5] > 0.0, gains):
        with pytest.raises(ValueError, match="one boolean per agent"):
            agents.select(mask)
    with pytest.raises(ValueError, match="one value per agent"):
        agents.groupby("spot_units")
    with pytest.raises(ValueError, match="'pos' is not a column"):
        agents.array("pos")
    with pytest.raises(AttributeError):
        agents.get("hat")
    with pytest.raises(ValueError, match="handle_missing"):
        agents.get("role", handle_missing="guess")


def test_set_reaches_columns_and_attributes(model):
    some = model.agents.select(lambda t: t.role == 0)
    assert some.set("fraction", 0.125) is some
    assert set(some.get("fraction")) == {0.125}
    assert set(model.world.traders.fraction[some.array("trader_id")]) == {0.125}
    some.set("hat", "red").set("number", np.arange(len(some)))
    assert [t.hat for t in some] == ["red"] * len(some)
    assert some.get("number") == list(range(len(some)))


def test_do_and_shuffle_do(model):
    seen = []
    model.agents.do(lambda t: seen.append(t.unique_id))
    assert seen == ids(model.agents)
    shuffled = []
    assert model.agents.shuffle_do(lambda t, to: to.append(t.unique_id), shuffled) is model.agents
    assert shuffled != seen
    assert sorted(shuffled) == sorted(seen)
    assert ids(model.agents) == seen
    model.agents.shuffle_do(Trader.__setattr__, "target_leverage", 3.0)
    assert set(model.agents.get("target_leverage")) == {3.0}


def test_shuffle_is_the_models_luck():
    orders = [ids(MarketModel(SMALL, rng=seed).agents.shuffle()) for seed in (5, 5, 6)]
    assert orders[0] == orders[1] != orders[2]


def test_inplace_changes_this_set(model):
    some = model.agents.select(at_most=20)
    assert some.sort("pnl_usd", inplace=True) is some
    assert some.get("pnl_usd") == sorted(some.get("pnl_usd"), reverse=True)
    assert some.select(lambda t: t.pnl_usd > 0.0, inplace=True) is some
    assert some.shuffle(inplace=True) is some
    assert len(some) <= 20
    assert len(model.agents) == 60


def test_members_come_and_go(model):
    some = model.agents.select(at_most=3)
    fourth = model.agents.to_list()[3]
    some.add(fourth)
    some.add(fourth)
    assert ids(some) == [0, 1, 2, 3]
    some.remove(fourth)
    some.discard(fourth)
    assert ids(some) == [0, 1, 2]
    with pytest.raises(KeyError):
        some.remove(fourth)
    assert fourth in model.agents
    stranger = MarketModel(SMALL, rng=5).agents.to_list()[0]
    assert stranger not in model.agents
    with pytest.raises(ValueError, match="another model"):
        some.add(stranger)


def test_indexing_still_warns_as_mesa_does(model):
    with pytest.warns(PendingDeprecationWarning, match="to_list"):
        assert model.agents[4] is model.agents.to_list()[4]


class Regulator(mesa.Agent):
    """A plain Mesa agent beside the traders."""

    def __init__(self, model, patience=2):
        super().__init__(model)
        self.patience = patience
        self.warned = []

    def step(self):
        self.warned.append(self.model.agents_by_type[Trader].agg("place", np.nanmax))


def test_plain_agents_live_beside_the_traders(model):
    regulators = [Regulator(model), Regulator(model, patience=9)]
    assert len(model.agents) == 62
    assert model.agents.to_list()[-2:] == regulators
    assert [r.unique_id for r in regulators] == [61, 62]  # 60 is the house
    assert len(set(model.agents.get("unique_id"))) == 62
    assert set(model.agent_types) == {Trader, Regulator}
    assert {t: len(a) for t, a in model.agents_by_type.items()} == {Trader: 60, Regulator: 2}
    assert model.agents.select(agent_type=Regulator).get("patience") == [2, 9]
    assert model.agents.get("patience", "default", 0)[-2:] == [2, 9]
    assert model.agents.shuffle().sort("unique_id").to_list()[0] is regulators[1]
    assert model.agents.groupby(type).count() == {Trader: 60, Regulator: 2}
    model.agents.shuffle_do("step")
    assert regulators[0].warned == [1.0]
    with pytest.raises(AttributeError):
        model.agents.get("wallet_usd")
    with pytest.raises(ValueError, match="agent_type=Trader"):
        model.agents.array("wallet_usd")
    traders = model.agents.select(agent_type=Trader)
    assert traders.array("wallet_usd").size == 60
    regulators[0].remove()
    assert regulators[0] not in model.agents
    assert len(model.agents) == 61
    model.step()


def test_agents_that_leave_during_a_round_are_not_called(model):
    first, second = Regulator(model), Regulator(model)
    called = []

    def call(agent):
        called.append(agent)
        if agent is first:
            second.remove()

    model.agents.select(agent_type=Regulator).do(call)
    assert called == [first]
    assert model.agents.select(agent_type=Regulator).to_list() == [first]


def test_sets_hold_plain_agents_weakly(model):
    Regulator(model)
    held = model.agents.copy()
    assert len(held) == 61
    assert held.select(agent_type=Regulator).get("patience") == [2]
    model.remove_all_agents()
    gc.collect()
    assert len(held) == 60
    assert held.array("wallet_usd").size == 60
    assert model.agent_types == [Trader]
