"""The per-step path: the same phases, called one by one, for designs with a score in plain Python.

A user's score function that numba cannot compile is called here for every open position before each
phase that needs scores. Everything else is the compiled code of the fast path, so a score that also
exists in compiled form gives the same results.
"""

import numpy as np

from abm.adl.design import AdlDesign
from abm.adl.score import CustomScore
from abm.engine.invariants import Baseline, check_world
from abm.engine.queue import exposure_in
from abm.engine.scenario import Scenario
from abm.engine.tick import PHASES, publish_queue, run_waterfall
from abm.engine.world import ROUNDS, World
from abm.record import bind


def step_by_phases(
    world: World, scenario: Scenario, ticks: int, *, check: bool = False
) -> tuple[str, ...]:
    """Advance a world phase by phase, scoring in Python where a design asks for it."""
    designs = scenario.adl_designs()
    handle = bind(world)
    baseline = Baseline.of(world) if check else None
    for _ in range(ticks):
        for phase in PHASES:
            if phase is publish_queue or (phase is run_waterfall and world.clock[ROUNDS] != 0):
                score_in_python(world, handle, designs)
            phase(handle)
        if baseline is not None:
            check_world(world, baseline)
    names = sorted({d.id for d in designs if isinstance(d.score, CustomScore)})
    return (f"the score of {', '.join(names)} ran in Python, step by step",) if names else ()


def score_in_python(world: World, handle: World, designs: tuple[AdlDesign, ...]) -> None:
    """Scores of every open position under its venue's custom design, rounded to float32."""
    accounts, venues = world.state.accounts, world.state.venues
    for v, design in enumerate(designs):
        if not isinstance(design.score, CustomScore):
            continue
        function = design.score.function
        begin, end = venues.account_start[v], venues.account_start[v + 1]
        for row in range(begin, end):
            for k in np.flatnonzero(accounts.qty_contracts[row]).tolist():
                exposure = exposure_in(handle, row, k)
                world.buffers.custom[row, k] = np.float32(function(exposure))
