"""`MarketModel` is the engine: same bits step by step, in one go and without Mesa."""

import inspect
import pickle
import time
from dataclasses import fields, replace

import mesa
import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.outcomes import DICTIONARY
from abm.engine.presets import PRESETS
from abm.engine.run import ScoreError, simulate
from abm.engine.scenario import Scenario
from abm.engine.tick import tick
from abm.model import MarketModel
from abm.record import bind
from tests.abm.model.worlds import SMALL, WIDE, assert_same_world


@pytest.mark.parametrize(("scenario", "seed", "replicate"), [
    (SMALL, 4, 0), (WIDE, 3, 0), (SMALL, 7, 2),
])  # fmt: skip
def test_same_bits_as_the_engine_however_it_is_run(scenario, seed, replicate):
    expected = simulate(scenario, seed, replicate).outcomes
    stepped, whole, by_mesa, mixed = (MarketModel(scenario, seed, replicate) for _ in range(4))
    for _ in range(scenario.ticks):
        stepped.step()
    whole.run()
    mesa.Model.run_for(by_mesa, scenario.ticks)
    mixed.run(5)
    mixed.step()
    mixed.run_for(4)
    mixed.run_model()
    for model in (stepped, whole, by_mesa, mixed):
        np.testing.assert_equal(model.outcomes(), expected)
        assert_same_world(model.world, whole.world)
        assert model.steps == model.time == model.tick == scenario.ticks
        assert not model.running
    assert whole.time_s == scenario.ticks * scenario.dt_s
    assert whole.liquidated_usd == expected["liquidated_notional_usd"]
    assert whole.adl_usd == expected["adl_notional_usd"]
    assert whole.deficit_usd == expected["deficit_before_adl_usd"]


def test_the_worlds_of_these_tests_are_stormy():
    for scenario, seed in ((SMALL, 4), (WIDE, 3)):
        model = MarketModel(scenario, rng=seed)
        model.run()
        assert model.adl_usd > 0.0
        assert model.outcomes()["left_traders"] > 0.0
        assert model.open_interest_usd > 0.0


def test_a_users_own_score_is_asked_every_tick():
    scenario = replace(SMALL, ticks=15, design="tests.abm.model.worlds:OwnScore")
    expected = simulate(scenario, 4, 0)
    whole, stepped = MarketModel(scenario, rng=4), MarketModel(scenario, rng=4)
    whole.run()
    for _ in range(8):
        stepped.step()
    stepped = pickle.loads(pickle.dumps(stepped))
    stepped.run()
    for model in (whole, stepped):
        np.testing.assert_equal(model.outcomes(), expected.outcomes)
        assert model.notes == expected.notes
    assert whole.adl_usd > 0.0
    unknown = MarketModel(replace(scenario, design="tests.abm.model.worlds:NoScore"), rng=4)
    with pytest.raises(ScoreError, match="not a number"):
        unknown.step()


def test_other_luck_is_another_run():
    marks = {
        MarketModel(SMALL, rng=seed, replicate=replicate).world.state.markets.index_path[-1, 0]
        for seed, replicate in ((1, 0), (1, 1), (2, 0))
    }
    assert len(marks) == 3


def test_rng_may_be_anything_that_numpy_takes():
    seeds = {
        MarketModel(SMALL, rng=rng).seed
        for rng in (None, np.random.default_rng(3), np.random.SeedSequence(4), [1, 2])
    }
    assert len(seeds) == 4
    assert MarketModel(SMALL, rng=np.int64(5)).seed == 5
    drawn = MarketModel(SMALL, rng=np.random.default_rng(3))
    again = MarketModel(SMALL, rng=np.random.default_rng(3))
    drawn.run()
    again.run()
    np.testing.assert_equal(drawn.outcomes(), again.outcomes())


def test_keywords_override_fields_of_the_scenario():
    model = MarketModel("benchmark", rng=1, traders=70, ticks=12, design="drift", reacting=False)
    assert model.choices == replace(
        PRESETS["benchmark"], traders=70, ticks=12, design="drift", reacting=False
    )
    assert len(model.agents) == 70
    with pytest.raises(ValueError, match=r"'tradrs' is not a field.*'traders'"):
        MarketModel(SMALL, tradrs=3)
    with pytest.raises(ValueError, match="'seed' is not a field"):
        MarketModel(SMALL, seed=3)
    with pytest.raises(ValueError, match=r"'crsh' is not a preset.*'crash'"):
        MarketModel("crsh")


def test_no_name_of_ours_is_a_name_of_mesas():
    plain = mesa.Model(rng=1)
    theirs = set(dir(plain)) - {name for name in dir(plain) if name.startswith("__")}
    on_purpose = {
        "step", "run_for", "run_model", "agents", "agent_types", "agents_by_type",
        "register_agent", "deregister_agent", "observables", "_wrapped_step",
    }  # fmt: skip
    assert theirs & set(vars(MarketModel)) - on_purpose == set()
    assert set(vars(MarketModel(SMALL))) & (theirs - set(vars(plain))) == set()
    assert {field.name for field in fields(Scenario)} & set(
        inspect.signature(MarketModel).parameters
    ) == set()


def test_the_end_is_an_end():
    model = MarketModel(SMALL, rng=1)
    with pytest.raises(ValueError, match="has 40 left"):
        model.run(41)
    model.run(39)
    assert model.running
    model.step()
    assert not model.running
    with pytest.raises(ValueError, match="ends after 40 ticks"):
        model.step()


def test_events_are_run_between_steps():
    class Eventful(MarketModel):
        seen = ()

        def note(self):
            self.seen = (*self.seen, (self.time, self.tick))

    plain = MarketModel(SMALL, rng=1)
    plain.run(10)
    model = Eventful(SMALL, rng=1)
    model.step()
    model.schedule_event(model.note, at=3.5)
    model.schedule_recurring(model.note, mesa.time.Schedule(interval=4.0, start=6.0, count=1))
    model.run(5)
    assert model.seen == ((3.5, 3), (6.0, 6))
    model.run(4)
    assert (model.steps, model.time) == (10, 10.0)
    assert_same_world(model.world, plain.world)


def test_an_event_of_a_step_is_kept():
    class Planning(MarketModel):
        seen = ()

        def note(self):
            self.seen = (*self.seen, self.time)

        def step(self):
            super().step()
            if self.tick == 2:
                self.schedule_event(self.note, after=1.5)

    model = Planning(SMALL, rng=1)
    model.run(6)
    assert model.seen == (3.5,)
    assert (model.steps, model.tick) == (6, 6)


def test_a_step_of_a_subclass_is_called_every_tick():
    class Collecting(MarketModel):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.datacollector = mesa.DataCollector(
                model_reporters={"mark": "mark_price", "index": "index_price", "fund": "fund_usd"}
            )
            self.datacollector.collect(self)

        def step(self):
            super().step()
            self.datacollector.collect(self)
            self.running = self.running and self.tick < 9

    model = Collecting(SMALL, rng=1)
    model.run()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame.shape == (10, 3)
    assert frame["mark"].iloc[-1] == model.mark_price
    assert not model.running


def test_an_observer_of_the_time_is_told():
    seen = []

    def listen(message):
        seen.append(message.additional_kwargs["new"])

    model = MarketModel(SMALL, rng=1)
    model.observe("time", "changed", listen)
    model.run(3)
    assert seen == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run(processes):
    rows = mesa.batch_run(
        MarketModel,
        {"scenario": "benchmark", "traders": [60, 80], "design": ["binance", "drift"], "ticks": 25},
        rng=[1, 2],
        max_steps=20,
        number_processes=processes,
        display_progress=False,
    )
    assert len(rows) == 8
    for row in rows:
        scenario = replace(PRESETS["benchmark"], traders=row["traders"], design=row["design"])
        model = MarketModel(scenario, rng=row["rng"], ticks=25)
        model.run(20)
        found = {measure.name: row[measure.name] for measure in DICTIONARY}
        np.testing.assert_equal(found, model.outcomes())
        assert row["Step"] == 20.0


def test_built_by_keywords_as_a_visualisation_does():
    signature = inspect.signature(MarketModel.__init__)
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    assert inspect.Parameter.VAR_POSITIONAL not in kinds
    sliders = {"scenario": "crash", "rng": 3, "traders": 90, "reacting": False, "ticks": 30}
    model = MarketModel(model_reporters={"mark": "mark_price"}, **sliders)
    assert not model.scenario  # truthy, and SolaraViz would put its own in place of ours at a reset
    while model.running:
        model.step()
    assert model.datacollector.get_model_vars_dataframe()["mark"].size == 31


@pytest.mark.compiled
def test_a_step_costs_little_more_than_the_kernel():
    model = MarketModel(SMALL, rng=1, traders=40, ticks=4000, reacting=False)
    handle = bind(build_world(model.choices, 1, 0))

    def seconds(call, times=1500):
        start = time.perf_counter()
        for _ in range(times):
            call()
        return (time.perf_counter() - start) / times

    rounds = [(seconds(model.step, 600), seconds(lambda: tick(handle), 600)) for _ in range(6)]
    overhead = min(step for step, _ in rounds) - min(kernel for _, kernel in rounds)
    assert overhead < 25e-6
