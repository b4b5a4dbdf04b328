"""The per-step path: the same phases, called one by one, for designs with a user's own score.

A user's score is a plain function of an `Exposure`. Where numba can compile it, a small kernel
fills the scores of all open positions before each phase that needs them; where it cannot, the same
loop runs in Python, and a note says so. Everything else is the compiled code of the fast path, and
scores are rounded to float32 either way, so the results agree bit for bit.
"""

from collections.abc import Callable

import numba
import numpy as np

from abm.adl.design import AdlDesign
from abm.adl.exposure import Exposure
from abm.adl.score import CustomScore
from abm.engine.invariants import Baseline, check_world
from abm.engine.pool_adl import cap_pools, is_any_pool_over
from abm.engine.precautions import mark_hedges
from abm.engine.queue import exposure_in, is_any_publication_due
from abm.engine.scenario import Scenario
from abm.engine.tick import PHASES, is_waterfall_due, publish_queue, score_queues
from abm.engine.world import World
from abm.kernel import kernel
from abm.record import bind

type ScoreFunction = Callable[[Exposure], float]
type Scorer = Callable[[World, int], None]

COMPILE_FAILURES = (
    numba.core.errors.NumbaError,
    numba.core.errors.UnsupportedBytecodeError,
    NotImplementedError,
    ValueError,
    TypeError,
)
"""What numba raises on code it cannot compile; a fault of the function itself returns in Python."""


def compiled_scorer(function: ScoreFunction) -> Scorer:
    """A kernel that scores every open position of one venue with a user's function.

    Calling it raises numba's `NumbaError` when the function cannot be compiled.
    """
    score = kernel(function)

    @kernel
    def score_venue(world: World, v: int) -> None:
        accounts, venues = world.state.accounts, world.state.venues
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            for k in range(accounts.qty_contracts.shape[1]):
                if accounts.qty_contracts[row, k] != 0.0:
                    exposure = exposure_in(world, row, k)
                    world.buffers.queue_scores[row, k] = np.float32(score(exposure))

    return score_venue


def python_scorer(function: ScoreFunction, world: World) -> Scorer:
    """The same in Python, row by row; `world` holds the columns that the handle points to."""

    def score_venue(handle: World, v: int) -> None:
        accounts, venues = world.state.accounts, world.state.venues
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            for k in np.flatnonzero(accounts.qty_contracts[row]).tolist():
                score = function(Exposure(*exposure_in(handle, row, k)))
                world.buffers.queue_scores[row, k] = np.float32(score)

    return score_venue


def scorers_of(
    world: World, handle: World, designs: tuple[AdlDesign, ...]
) -> tuple[dict[int, Scorer], tuple[str, ...]]:
    """A scorer for each venue whose design carries a user's score, and notes on the slow ones."""
    scorers: dict[int, Scorer] = {}
    notes = []
    for v, design in enumerate(designs):
        if isinstance(design.score, CustomScore):
            scorers[v] = compiled_scorer(design.score.function)
            try:
                scorers[v](handle, v)
            except COMPILE_FAILURES:
                scorers[v] = python_scorer(design.score.function, world)
                notes.append(f"numba cannot compile the score of {design.id}: it ran in Python.")
    return scorers, tuple(dict.fromkeys(notes))


def needs_scores(phase: Callable[[World], None], world: World) -> bool:
    """Must a user's scores be filled in before this phase?"""
    if phase is publish_queue:
        return bool(is_any_publication_due(world))
    if phase is cap_pools:
        return bool(is_any_pool_over(world))
    return phase is score_queues and bool(is_waterfall_due(world))


def step_by_phases(
    world: World,
    scenario: Scenario,
    ticks: int,
    *,
    check: bool = False,
    after: Callable[[], None] | None = None,
) -> tuple[str, ...]:
    """Advance a world phase by phase, scoring where a design asks for it; notes on how it ran.

    `after` is called after every tick.
    """
    handle = bind(world)
    scorers, notes = scorers_of(world, handle, scenario.adl_designs())
    baseline = Baseline.of(world) if check else None
    for _ in range(ticks):
        for phase in PHASES:
            if scorers and needs_scores(phase, world):
                mark_hedges(handle)
                for v, scorer in scorers.items():
                    scorer(handle, v)
            phase(handle)
        if baseline is not None:
            check_world(world, baseline)
        if after is not None:
            after()
    return notes
