"""The search: CMA-ES in the unit cube, the same replicates for every candidate, resumable.

Every candidate meets the same seeds (common random numbers), so two candidates differ by what they
are and not by luck. Distances are written to OUT/search.json after every generation; a restarted
search asks the optimiser for the same candidates again and answers from the file, so killing it
changes nothing. Given the study, the seed and the settings, the result does not depend on the
number of workers.

CMA-ES: Hansen (2016), arXiv:1604.00772, as the package `cma` (BSD-3-Clause) has it; its random
numbers come from a generator of our own.
"""

import importlib
import json
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.engine.scenario import Scenario
from abm.units import Floats
from experiments.calibrate.distance import Weights, distances, weights_of
from experiments.calibrate.moments import moments_of
from experiments.calibrate.observe import Observation, Window, observe
from experiments.calibrate.parameters import Parameter, start_of, values_at
from experiments.errors import StoreError, StudyError
from experiments.files import written_atomically
from experiments.overrides import with_overrides

FIRST_REPLICATE = 1_000_000
"""Replicates of the search, so that it shares no luck with the study's own replicates."""

FRESH_REPLICATE = 2_000_000
"""Replicates of the final evaluation."""

STEP = 0.2
"""First standard deviation of the search, in units of the cube."""

STATE = "search.json"

type Observe = Callable[[Scenario, int, int], Observation]


@dataclass(frozen=True)
class Settings:
    """How the search runs; part of what its result is, except `workers`.

    Attributes:
        evaluations: candidates to try, rounded up to whole generations.
        seeds: K, replicates per candidate.
        fresh: replicates of the final evaluation.
        workers: threads.
    """

    evaluations: int = 400
    seeds: int = 12
    fresh: int = 64
    workers: int = 1

    def __post_init__(self) -> None:
        for name, least in (("evaluations", 1), ("seeds", 2), ("fresh", 2), ("workers", 1)):
            if getattr(self, name) < least:
                raise StudyError(f"--{name} must be {least} or more, not {getattr(self, name)}")


@dataclass(frozen=True)
class Problem:
    """What is fitted.

    Attributes:
        base: the study's scenario with the record's design.
        parameters: what is free.
        window: the record's window on the scenario's clock.
        seed: root of all luck.
        sha: hash of the study and the model's sources.
        observe: runs one replicate.
    """

    base: Any
    parameters: tuple[Parameter, ...]
    window: Window
    seed: int
    sha: str
    observe: Observe = observe


@dataclass(frozen=True)
class Found:
    """What the search found.

    Attributes:
        best: point of the unit cube.
        tried: distance of every candidate in order, the start first.
        weights: of the moments.
    """

    best: tuple[float, ...]
    tried: tuple[float, ...]
    weights: Weights


def moments_at(
    problem: Problem, places: Sequence[Sequence[float]], replicates: Sequence[int], workers: int
) -> Floats:
    """Moments of every candidate and replicate `[C, K, M]`."""
    scenarios = [
        with_overrides(problem.base, values_at(problem.base, problem.parameters, place))
        for place in places
    ]
    jobs = [(scenario, replicate) for scenario in scenarios for replicate in replicates]

    def run(job: tuple[Any, int]) -> Floats:
        return moments_of(problem.observe(job[0], problem.seed, job[1]), problem.window)

    with ThreadPoolExecutor(workers) as pool:  # kernels release the interpreter
        rows = list(pool.map(run, jobs))
    return np.array(rows).reshape(len(places), len(replicates), -1)


def fit(
    problem: Problem, settings: Settings, out: Path, advance: Callable[[int], None] = lambda _: None
) -> Found:
    """Minimise the distance.

    Args:
        problem: what is fitted.
        settings: how.
        out: folder of the state file, made if need be.
        advance: told how many evaluations are done more.

    Raises:
        StudyError: `cma` is not installed.
        StoreError: the state file belongs to another search.
    """
    out.mkdir(parents=True, exist_ok=True)
    replicates = range(FIRST_REPLICATE, FIRST_REPLICATE + settings.seeds)
    start = start_of(problem.base, problem.parameters)
    state = _state(out / STATE, problem, settings)
    first = moments_at(problem, [start], replicates, settings.workers)[0]
    weights = weights_of(first)
    tried = [float(distances(first, weights).sum())]
    best, best_at = tuple(start), tried[0]
    optimiser = _optimiser(start, problem.seed)
    generation = 0
    while len(tried) <= settings.evaluations:
        places = optimiser.ask()
        if generation == len(state["generations"]):
            values = moments_at(problem, places, replicates, settings.workers)
            found = [float(distances(each, weights).sum()) for each in values]
            state["generations"].append(found)
            with written_atomically(out / STATE) as stream:
                stream.write(json.dumps(state, indent=1).encode())
        answers = state["generations"][generation]
        optimiser.tell(places, answers)
        for place, distance in zip(places, answers, strict=True):
            if distance < best_at:
                best, best_at = tuple(float(u) for u in place), distance
        tried += answers
        generation += 1
        advance(len(answers))
    return Found(best, tuple(tried), weights)


def _optimiser(start: Sequence[float], seed: int) -> Any:
    """CMA-ES in the unit cube with a generator of its own; prints and writes nothing."""
    try:
        cma = importlib.import_module("cma")
    except ModuleNotFoundError as error:
        raise StudyError(
            "calibration needs the package cma; install it with: uv sync --extra calibrate"
        ) from error
    generator = np.random.default_rng(seed)
    options = {
        "bounds": [0.0, 1.0],
        "randn": lambda *shape: generator.standard_normal(shape),
        "seed": math.nan,  # leave numpy's global generator alone
        "verbose": -9,
        "verb_log": 0,
    }
    inside = [min(max(u, 0.02), 0.98) for u in start]
    return cma.CMAEvolutionStrategy(inside, STEP, options)


def _state(file: Path, problem: Problem, settings: Settings) -> dict[str, Any]:
    """The state of an earlier start of this search, or an empty one."""
    made_of = {
        "sha": problem.sha,
        "seeds": settings.seeds,
        "parameters": [asdict(parameter) for parameter in problem.parameters],
    }
    if not file.exists():
        return {"of": made_of, "generations": []}
    try:
        state: dict[str, Any] = json.loads(file.read_text())
        known = state["of"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file} is not a search's state; remove it or choose --out DIR"
        ) from error
    if known != made_of:
        raise StoreError(
            f"{file} belongs to another study, model version or --seeds; choose another --out DIR"
        )
    return state
