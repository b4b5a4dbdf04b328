"""`MarketModel`: a world as a Mesa model.

    model = MarketModel(PRESETS["crash"], rng=7, design="drift", traders=500)
    model.run()                                   # or step(), run_for(100), mesa.batch_run
    model.agents.groupby("role_name").agg("pnl_usd", sum)
    model.outcomes()

The engine does the work: `step()` is one call of the compiled tick, `run()` one call for all ticks
while no Python code wants to see them. Step by step, in one go, and `abm.engine.run.simulate` with
the same seed give the same bits. An integer `rng` is the root of all luck; `replicate` numbers what
is drawn from it, so that designs compared at the same pair meet the same shocks.

`model.steps` and `model.time` are Mesa's: they count ticks. Seconds are `model.time_s`. The frozen
scenario is `model.choices`, because Mesa keeps the name `scenario` for an object of its own, which
its visualisation would try to rebuild; here it is None.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

import mesa  # type: ignore[import-untyped]
import numpy as np

from abm.contagion import Network
from abm.engine.build import build_world
from abm.engine.network import NetworkRecorder
from abm.engine.outcomes import DICTIONARY, outcomes_of
from abm.engine.presets import PRESETS
from abm.engine.record import open_interest_usd
from abm.engine.run import refuse_bad_scores
from abm.engine.scenario import Scenario
from abm.engine.stepwise import scorers_of
from abm.engine.tick import run_ticks, tick
from abm.engine.world import DT_S, TICK
from abm.market import ledger
from abm.market.columns import HOUSE
from abm.model.advance import tick_in_python
from abm.model.clock import leap, nothing_between_steps
from abm.model.collecting import ColumnDataCollector
from abm.model.exposing import exposures_now, graph_now
from abm.model.population import Population, TraderClasses
from abm.model.trader import Trader
from abm.model.trader_set import TraderSet
from abm.record import bind

type Luck = (
    int
    | np.integer[Any]
    | Sequence[int]
    | np.random.SeedSequence
    | np.random.Generator
    | np.random.BitGenerator
)


class MarketModel(mesa.Model):  # type: ignore[misc]  # mesa ships no types
    """One replicate of one scenario, with Mesa's surface.

    Attributes:
        choices: the frozen scenario, overrides included.
        seed, replicate: all luck.
        world: the columns.
        rejected_orders: orders of traders that decide in Python which venues did not take.
        recorder: of the network of venues; losses count from its start.
        notes: what a reader should know of how it runs (a score that could not be compiled).
    """

    def __init__(
        self,
        scenario: Scenario | str = PRESETS["crash"],
        rng: Luck | None = None,
        replicate: int = 0,
        *,
        trader_classes: TraderClasses | None = None,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        **overrides: Any,
    ) -> None:
        """Build the world.

        Args:
            scenario: all choices, or the name of a preset.
            rng: root seed; None takes one from the operating system, a generator draws one.
            replicate: which luck of that seed.
            trader_classes: subclasses of `Trader` per role name, or a function from a trader to its
                class; a subclass that overrides `decide` decides in Python.
            model_reporters: collected into `datacollector` at the start and after every step.
            agent_reporters: the same, per agent.
            overrides: fields of the scenario to replace.

        Raises:
            ValueError: an override is not a field of the scenario, or a choice is out of range.
        """
        self.choices = _choices(scenario, overrides)
        self.seed = _root_seed(rng)
        self.replicate = replicate
        super().__init__(rng=self.seed)
        self._scenario = None  # Mesa's own
        self.world = build_world(self.choices, self.seed, replicate)
        self.recorder = NetworkRecorder(
            self.world, tuple(book.name for book in self.choices.venues)
        )
        self._bind()
        self._population = Population(self, self.world, trader_classes)
        people = np.flatnonzero(self.world.traders.role != HOUSE)
        self._everyone = TraderSet(self._population, people, self.random)
        self.agent_id_counter = int(self.world.traders.trader_id.max()) + 1
        self.rejected_orders = 0
        self._collector: Any = None
        self._collects = bool(model_reporters or agent_reporters)
        if self._collects:
            self._collector = ColumnDataCollector(model_reporters, agent_reporters)
            self._collector.collect(self)

    # --- copies -----------------------------------------------------------------------------------

    def _bind(self) -> None:
        """Make what a copy cannot share: addresses of columns, compiled scores of a user."""
        self._handle = bind(self.world)
        self._scorers, self.notes = scorers_of(self.world, self._handle, self.choices.adl_designs())

    def __getstate__(self) -> dict[str, Any]:
        mine = ("_handle", "_scorers")
        return {name: value for name, value in self.__dict__.items() if name not in mine}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()

    # --- time -------------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """Ticks since the start."""
        return self.world.clock.item(TICK)

    @property
    def time_s(self) -> float:
        """Time since the start [s]."""
        return self.tick * self.world.terms.item(DT_S)

    def step(self) -> None:
        """One tick.

        Raises:
            ValueError: the scenario has no more ticks.
            ScoreError: the design's score was NaN for a position.
        """
        if self.world.clock[TICK] >= self.choices.ticks:
            raise ValueError(
                f"the scenario ends after {self.choices.ticks} ticks: give it more, or stop when "
                "model.running is False."
            )
        if self._scorers or self._population.deciding.size:
            self.rejected_orders += tick_in_python(
                self.world, self._handle, self._population, self._scorers
            )
        else:
            tick(self._handle)
        self._after_ticks()

    def _after_ticks(self) -> None:
        """Refuse what must not have happened, stop at the end, collect."""
        refuse_bad_scores(self.world, self.choices)
        if self.world.clock[TICK] >= self.choices.ticks:
            self.running = False
        if self._collects:
            self._collector.collect(self)

    def _wrapped_step(self) -> None:
        """Mesa's `model.step()`: its clock moves on by one, then the user's step runs."""
        if nothing_between_steps(self):
            leap(self, 1)
            self._user_step()
        else:
            super()._wrapped_step()

    def run(self, ticks: int | None = None) -> None:
        """Run `ticks` ticks, or all that are left; stops early if `running` becomes False.

        One kernel call when nobody looks: no reporters, no trader that decides in Python, no score
        of a user, no `step` of a subclass, no scheduled event, no observer. Else step by step, with
        the same bits.

        Raises:
            ValueError: the scenario has fewer ticks left.
        """
        left = self.choices.ticks - self.tick
        count = left if ticks is None else ticks
        if not 0 <= count <= left:
            raise ValueError(f"ticks is {count}: the scenario has {left} left, give 0 to {left}.")
        if self._nobody_looks():
            run_ticks(self._handle, count)
            leap(self, count)
            self._after_ticks()
            return
        for _ in range(count):
            if not self.running:
                break
            self.step()

    def _nobody_looks(self) -> bool:
        """Is there no Python code that wants to see every tick?"""
        return (
            type(self).step is MarketModel.step
            and not self._collects
            and not self._scorers
            and not self._population.deciding.size
            and not self.subscribers
            and nothing_between_steps(self)
        )

    def run_model(self) -> None:
        """Run to the end."""
        self.run()

    def run_for(self, duration: float) -> None:
        """Run for a duration in Mesa's time, which counts ticks."""
        if self._nobody_looks() and float(duration).is_integer():
            self.run(int(duration))
        else:
            super().run_for(duration)

    # --- what can be seen -------------------------------------------------------------------------

    @property
    def index_price(self) -> float:
        """Index price of the first instrument [USD]."""
        return self.world.state.markets.index_price.item(0)

    @property
    def mark_price(self) -> float:
        """Mark price of the first instrument on the first venue [USD]."""
        return self.world.state.markets.mark_price.item(0, 0)

    @property
    def fund_usd(self) -> float:
        """Insurance funds, all venues [USD]."""
        return float(self.world.state.venues.fund_usd.sum())

    @property
    def deficit_usd(self) -> float:
        """Cumulative deficit that reached ADL [USD]."""
        return self.world.state.ledger.totals.item(ledger.DEFICIT_USD)

    @property
    def adl_usd(self) -> float:
        """Cumulative notional closed, or cash taken, by ADL [USD]."""
        return self.world.state.ledger.totals.item(ledger.ADL_USD)

    @property
    def liquidated_usd(self) -> float:
        """Cumulative notional of forced closes [USD]."""
        return self.world.state.ledger.totals.item(ledger.LIQUIDATED_USD)

    @property
    def open_interest_usd(self) -> float:
        """Long open interest at the mark, all books [USD]."""
        return open_interest_usd(self._handle)

    def outcomes(self) -> dict[str, float]:
        """Outcomes of the run so far: name -> number, in the order of the data dictionary."""
        return outcomes_of(self.world)

    def exposures(self, layer: str | None = None) -> Network:
        """Who is exposed to whom now, one layer or all; see `abm.model.exposing`."""
        return exposures_now(self.recorder, layer)

    def exposure_graph(self) -> Any:
        """The same as a networkx graph, an edge per pair and layer; see `abm.model.exposing`."""
        return graph_now(self.recorder)

    @property
    def datacollector(self) -> Any:
        """The collector; where there is none, one that holds the outcomes of now.

        `mesa.batch_run` asks for it at the end of a run: its rows then hold all outcomes.
        """
        if self._collector is not None:
            return self._collector
        found = self.outcomes()
        names = [measure.name for measure in DICTIONARY]
        ending = ColumnDataCollector({name: [found.get, [name]] for name in names})
        ending.collect(self)
        return ending

    @datacollector.setter
    def datacollector(self, collector: Any) -> None:
        self._collector = collector
        self._collects = False  # who brings a collector calls it, as everywhere in Mesa

    # --- agents -----------------------------------------------------------------------------------

    @property
    def agents(self) -> TraderSet:
        """Everybody: the traders by row, then plain agents in order of arrival."""
        return self._everyone

    @agents.setter
    def agents(self, _: Any) -> None:
        raise AttributeError("model.agents follows from the scenario: use another name.")

    @property
    def house(self) -> Trader:
        """The owner of vaults and estates; not an agent, but a row of the world."""
        row = int(np.flatnonzero(self.world.traders.role == HOUSE)[0])
        return self._population.trader(row)

    @property
    def agent_types(self) -> list[type]:
        """Classes of the agents in the model."""
        return list(self.agents_by_type)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Agents of every class, subclasses apart."""
        population = self._population
        found: dict[type, Any] = {}
        for code, cls in enumerate(population.classes):
            rows = np.flatnonzero(population.present & (population.class_of == code))
            if rows.size:
                found[cls] = TraderSet(population, rows, self.random)
        return {**found, **{cls: group for cls, group in self._agents_by_type.items() if group}}

    def register_agent(self, agent: Any) -> None:
        """Take in a plain Mesa agent; its `__init__` calls this."""
        super().register_agent(agent)
        self._everyone._places = np.append(self._everyone.places, self._population.welcome(agent))

    def deregister_agent(self, agent: Any) -> None:
        """Let an agent go; its `remove` calls this."""
        if isinstance(agent, Trader):
            self._population.dismiss(agent._row)
        else:
            super().deregister_agent(agent)
            self._population.see_off(agent)
        self._everyone.discard(agent)


def _root_seed(rng: Luck | None) -> int:
    """An integer is the seed itself; anything else that numpy takes draws one."""
    if isinstance(rng, int | np.integer):
        return int(rng)
    return int(np.random.default_rng(cast(Any, rng)).integers(2**31))


def _choices(scenario: Scenario | str, overrides: Mapping[str, Any]) -> Scenario:
    """The scenario with its overrides."""
    if isinstance(scenario, str):
        scenario = PRESETS[_known(scenario, list(PRESETS), "a preset")]
    known = [field.name for field in fields(Scenario)]
    return replace(
        scenario, **{_known(name, known, "a field"): overrides[name] for name in overrides}
    )


def _known(name: str, names: list[str], what: str) -> str:
    """The name, if it is one of these."""
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(names)}."
    raise ValueError(f"{name!r} is not {what} of Scenario: {hint}")
