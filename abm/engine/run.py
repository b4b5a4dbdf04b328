"""Run worlds: one, or a batch one after another, in one thread or several.

    simulate(scenario, seed, replicate)  -> RunRecord
    run_batch(worlds, threads)           the same kernel on many worlds; bits do not depend on
    threads warm_up(scenario)                    compile once, before workers start

A run is a pure function of (scenario, seed, replicate). The compiled loop releases the GIL, so
threads scale as processes do.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from abm.adl import encoding as code
from abm.engine.build import build_world
from abm.engine.invariants import Baseline, check_world
from abm.engine.network import NetworkRecorder
from abm.engine.outcomes import outcomes_of
from abm.engine.record import SERIES
from abm.engine.scenario import Scenario
from abm.engine.stepwise import step_by_phases
from abm.engine.tick import run_ticks
from abm.engine.world import World
from abm.market.ledger import BAD_SCORES
from abm.market.tape import FIELDS
from abm.record import bind
from abm.units import Floats

EVENT_ROWS = 100_000
"""Room for events that a logged run starts with; a run that needs more is repeated with more."""


class ScoreError(ValueError):
    """A design's score was NaN for some position."""


@dataclass(frozen=True)
class RunRecord:
    """What a run leaves behind.

    Attributes:
        outcomes: name -> number, in the order of the data dictionary.
        series: name -> `[R]` recorded columns; empty when none were asked for.
        events: name -> `[E]` the event log, or None.
        notes: what a reader should know of how it ran (a design that could not be compiled).
        venues, links: the network, see `abm.engine.network`; empty when it was not asked for.
    """

    outcomes: dict[str, float]
    series: dict[str, Floats]
    events: dict[str, Floats] | None
    notes: tuple[str, ...] = ()
    venues: dict[str, Any] = field(default_factory=dict)
    links: dict[str, Any] = field(default_factory=dict)


def simulate(
    scenario: Scenario,
    seed: int,
    replicate: int,
    *,
    series_every_s: float | None = None,
    network_every_s: float | None = None,
    events: bool = False,
    check: bool = False,
) -> RunRecord:
    """Run one replicate of a scenario.

    Args:
        scenario: all choices.
        seed: root of all luck.
        replicate: which luck; the same pair meets the same shocks under every design.
        series_every_s: record the series this often; None records none.
        network_every_s: write down the network this often, at the start and at the end; None does
            not.
        events: keep the event log (the run is repeated once if the log needs more room).
        check: test the invariants after every tick.

    Raises:
        ScoreError: the design's score was NaN for a position.
        InvariantError: `check` found money or contracts that came from nowhere.
    """
    room = EVENT_ROWS if events else 0
    while True:
        world = build_world(
            scenario, seed, replicate, series_every_s=series_every_s or 0.0, event_rows=room
        )
        network = _recorder(world, scenario, network_every_s)
        notes = run_world(world, scenario, check=check, network=network)
        needed = int(world.state.tape.logged[0])
        if needed <= room:
            break
        room = needed
    series = {}
    if world.series.shape[0]:
        series = {m.name: world.series[:, c].copy() for c, m in enumerate(SERIES)}
    log = None
    if events:
        rows = world.state.tape.rows[:needed]
        log = {name: rows[:, c].copy() for c, name in enumerate(FIELDS)}
    if network is None:
        return RunRecord(outcomes_of(world), series, log, notes)
    return RunRecord(outcomes_of(world), series, log, notes, network.venues(), network.links())


def _recorder(world: World, scenario: Scenario, every_s: float | None) -> NetworkRecorder | None:
    """A recorder that has written down the network at the start; None if none is asked for."""
    if every_s is None:
        return None
    if not every_s > 0.0:
        raise ValueError(f"network_every_s is {every_s}: give a number of seconds above 0.")
    names = tuple(book.name for book in scenario.venues)
    recorder = NetworkRecorder(world, names, max(1, round(every_s / scenario.dt_s)))
    recorder.write()
    return recorder


def run_world(
    world: World,
    scenario: Scenario,
    *,
    check: bool = False,
    network: NetworkRecorder | None = None,
) -> tuple[str, ...]:
    """Advance a world by the scenario's ticks; notes on how it ran."""
    handle = bind(world)
    notes: tuple[str, ...] = ()
    if scores_in_python(world):
        after = network.write_if_due if network is not None else None
        notes = step_by_phases(world, scenario, scenario.ticks, check=check, after=after)
    else:
        baseline = Baseline.of(world) if check else None
        stretch = 1 if check else network.ticks if network is not None else scenario.ticks
        for begin in range(0, scenario.ticks, stretch):
            run_ticks(handle, min(stretch, scenario.ticks - begin))
            if baseline is not None:
                check_world(world, baseline)
            if network is not None:
                network.write_if_due()
    if network is not None:
        network.write_once()
    refuse_bad_scores(world, scenario)
    return notes


def scores_in_python(world: World) -> bool:
    """Does any venue's design carry a user's own score function?"""
    return bool((world.designs[:, code.SCORE_PROFIT] == code.PROFIT_CUSTOM).any())


def refuse_bad_scores(world: World, scenario: Scenario) -> None:
    """Raise if any score was NaN: a queue with an unknown place is no queue."""
    if world.state.ledger.totals[BAD_SCORES] > 0.0:
        raise ScoreError(
            f"design {scenario.design!r} gave a score that is not a number; guard its divisors."
        )


def run_batch(worlds: Sequence[World], ticks: int, threads: int = 1) -> None:
    """Advance many worlds by `ticks`, one after another in each thread."""
    handles = [bind(world) for world in worlds]
    if threads == 1:
        for handle in handles:
            run_ticks(handle, ticks)
        return

    def share(first: int) -> None:
        for handle in handles[first::threads]:
            run_ticks(handle, ticks)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(share, range(threads)))


def warm_up(scenario: Scenario) -> None:
    """Compile (or load) every kernel that a run of this scenario needs."""
    world = build_world(scenario, 0, 0, series_every_s=scenario.dt_s)
    run_ticks(bind(world), 0)
    if scores_in_python(world):
        step_by_phases(world, scenario, 1)
