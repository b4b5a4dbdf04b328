"""Mesa's DataCollector and the vectorised one make the same frames."""

import pickle

import mesa
import pytest

from abm.model import ColumnDataCollector, MarketModel, Trader
from tests.abm.model.worlds import SMALL, WIDE


def spread(model):
    return model.mark_price - model.index_price


def per_dollar(trader, scale):
    return trader.pnl_usd * scale


class Note(mesa.Agent):
    """A plain agent that has what the reporters ask for."""

    wallet_usd, equity_usd, place, role_name, pnl_usd, qty_contracts = 1.0, 2.0, 3.0, "x", 4.0, None


@pytest.mark.parametrize("scenario", [SMALL, WIDE], ids=lambda s: s.name)
@pytest.mark.parametrize("beside", [False, True])
def test_same_frames(scenario, beside):
    frames = []
    for collector in (mesa.DataCollector, ColumnDataCollector):
        model = MarketModel(scenario, rng=4)
        if beside:
            Note(model)
        model.datacollector = collector(
            model_reporters={
                "mark": "mark_price",
                "fund": "fund_usd",
                "count": lambda m: len(m.agents),
                "spread": [spread, [model]],
            },
            agent_reporters={
                "wallet": "wallet_usd",
                "equity": "equity_usd",
                "place": "place",
                "role": "role_name",
                "lambda": lambda t: t.pnl_usd * 2.0,
                "scaled": [per_dollar, [0.5]],
                "position": "qty_contracts",
            },
            agenttype_reporters={Trader: {"left": "left"}},
            tables={"notes": ["tick"]},
        )
        for _ in range(4):
            model.datacollector.collect(model)
            model.run(3)
        found = model.datacollector
        agents = found.get_agent_vars_dataframe()
        agents["position"] = agents["position"].map(lambda held: str(held))
        frames.append(
            (found.get_model_vars_dataframe(), agents, found.get_agenttype_vars_dataframe(Trader))
        )
    for mine, theirs in zip(*frames, strict=True):
        assert mine.equals(theirs)
        assert len(mine) >= 4
    assert frames[0][1].index.names == ["Step", "AgentID"]


def test_reporters_of_the_model_itself():
    model = MarketModel(
        SMALL, rng=4, model_reporters={"mark": "mark_price"}, agent_reporters={"place": "place"}
    )
    model.run(6)
    stepped = MarketModel(SMALL, rng=4)
    stepped.run(6)
    assert model.datacollector.get_model_vars_dataframe()["mark"].size == 7
    assert model.datacollector.get_agent_vars_dataframe().shape == (7 * 60, 1)
    assert model.mark_price == stepped.mark_price


def test_unknown_reporter_is_an_error():
    with pytest.raises(AttributeError):
        MarketModel(SMALL, rng=4, agent_reporters={"hat": "hat"})


def test_without_a_collector_the_outcomes_of_now():
    model = MarketModel(SMALL, rng=4)
    model.run(1)
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame.iloc[0].to_dict() == pytest.approx(model.outcomes(), nan_ok=True)
    model.run()
    later = model.datacollector.get_model_vars_dataframe()
    assert later.shape[0] == 1
    assert later["fees_usd"].iloc[0] > frame["fees_usd"].iloc[0]


def test_collected_names_can_be_pickled():
    model = MarketModel(SMALL, rng=4, agent_reporters={"wallet": "wallet_usd"})
    model.step()
    again = pickle.loads(pickle.dumps(model))
    again.step()
    model.step()
    frames = [m.datacollector.get_agent_vars_dataframe() for m in (model, again)]
    assert frames[0].equals(frames[1])
