"""What a forecast is made of: every few seconds, what a venue sees, and whether it goes wrong next.

A world runs with its venues' margins as they are; features are written by the engine itself in the
middle of the tick, where a predictive rule reads them, so training and use see the same numbers.

    label    1 if a margin bucket of the venue goes bankrupt in (t, t + H], else 0

A venue that then raises margins by the forecast lives in another world than the one it was fitted
in; how well it does there is a study's question, with `margin_rule` as the lever.

Looks whose horizon reaches beyond the end of the run have no label and are left out. Learning and
judging take replicates of their own, which no study uses.

Shapes: N looks, F features; a block is one world.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from abm.engine.build import build_world
from abm.engine.run import refuse_bad_scores, scores_in_python
from abm.engine.scenario import Scenario
from abm.engine.tick import run_ticks
from abm.record import bind
from abm.units import Flags, Floats, Ints
from abm.venue.guards import ticks_of
from experiments.errors import StudyError

LEARNING_REPLICATE = 3_000_000
"""First replicate of the worlds that a forecast learns from."""

FRESH_REPLICATE = 4_000_000
"""First replicate of the worlds that judge it."""


@dataclass(frozen=True)
class Settings:
    """How worlds are simulated and looked at.

    Attributes:
        seeds: worlds to learn from.
        fresh: worlds to judge on.
        every_s: time between two looks.
        horizon_s: how far ahead a label looks.
        seed: root of all luck.
        workers: threads; no part of the result.
    """

    seeds: int = 200
    fresh: int = 200
    every_s: float = 10.0
    horizon_s: float = 60.0
    seed: int = 20251010
    workers: int = 1

    def __post_init__(self) -> None:
        for name, least in (("seeds", 2), ("fresh", 2), ("workers", 1)):
            if getattr(self, name) < least:
                raise StudyError(f"--{name} must be {least} or more, not {getattr(self, name)}")
        if not 0.0 < self.every_s <= self.horizon_s:
            raise StudyError("--every must be above 0 and not above --horizon")


@dataclass(frozen=True)
class Looks:
    """What was seen, and what came.

    Attributes:
        features: in the order of `FEATURES` `[N, F]`.
        label: did a bucket of this venue go bankrupt within the horizon? `[N]`
        is_early: had nothing gone bankrupt there before? `[N]`
        block: number of the world `[N]`.
    """

    features: Floats
    label: Flags
    is_early: Flags
    block: Ints


def watched(scenario: Scenario) -> Scenario:
    """The scenario with venues that look at themselves and do nothing about it."""
    venues = tuple(
        replace(book, guards=replace(book.guards, margin_rule="predictive", slope=0.0))
        for book in scenario.venues
    )
    return replace(scenario, venues=venues)


def looks_of(scenario: Scenario, settings: Settings, replicate: int, block: int) -> Looks:
    """Simulate one world and look at each of its venues every few seconds.

    Args:
        scenario: with venues that are `watched`; its designs must have shipped scores.
        settings: how often, and how far ahead.
        replicate: which luck.
        block: number of the world.

    Raises:
        StudyError: the run is shorter than the horizon, or a score of the design's runs in Python.
        ScoreError: a score was NaN.
    """
    every = ticks_of(settings.every_s, scenario.dt_s)
    ahead = max(1, round(settings.horizon_s / (every * scenario.dt_s)))
    looks = scenario.ticks // every
    if looks <= ahead:
        raise StudyError("the run is not longer than the horizon; lower --horizon")
    world = build_world(scenario, settings.seed, replicate)
    if scores_in_python(world):
        raise StudyError(f"design {scenario.design!r} has a score of its own: use a shipped design")
    handle, guard = bind(world), world.guard
    features = np.empty((looks, *guard.features.shape))
    bankrupt = np.empty((looks, guard.bankruptcies.size))
    for n in range(looks):
        run_ticks(handle, every)
        features[n], bankrupt[n] = guard.features, guard.bankruptcies
    refuse_bad_scores(world, scenario)
    label = bankrupt[ahead:] > bankrupt[:-ahead]
    return Looks(
        features=features[:-ahead].reshape(-1, features.shape[2]),
        label=label.ravel(),
        is_early=(bankrupt[:-ahead] == 0.0).ravel(),
        block=np.full(label.size, block),
    )


def simulate_looks(
    scenario: Scenario,
    settings: Settings,
    replicates: Sequence[int],
    advance: Callable[[int], None] = lambda _: None,
) -> Looks:
    """The looks at many worlds, in the order of their replicates."""
    chosen = watched(scenario)

    def run(job: tuple[int, int]) -> Looks:
        found = looks_of(chosen, settings, job[1], job[0])
        advance(1)
        return found

    with ThreadPoolExecutor(settings.workers) as pool:  # kernels release the interpreter
        found = list(pool.map(run, enumerate(replicates)))
    columns = {
        name: np.concatenate([getattr(looks, name) for looks in found])
        for name in ("features", "label", "is_early", "block")
    }
    return Looks(**columns)
