"""Fit population and market to the published moments of 10 October 2025: `adlab calibrate STUDY`.

    study's scenario -> observe (one run, watched) -> moments -> distance from targets
        -> search (CMA-ES, common random numbers) -> fresh replicates -> report

Modules: `observe`, `moments`, `targets`, `distance`, `parameters`, `search`, `report`.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from experiments.calibrate.parameters import PARAMETERS, start_of
from experiments.calibrate.report import Fit, fits_of, write
from experiments.calibrate.search import (
    FRESH_REPLICATE,
    Found,
    Problem,
    Settings,
    fit,
    moments_at,
)
from experiments.calibrate.targets import window_of
from experiments.engine import Engine
from experiments.overrides import with_overrides
from experiments.spec import Study, scenario_values

__all__ = ["Settings", "calibrate", "problem_of"]

RECORD_DESIGN = "hyperliquid"
"""The design that was in force."""


def problem_of(study: Study, engine: Engine) -> Problem:
    """What is fitted for a study: its scenario under the record's design.

    What is free starts where the study's preset has it, not where an earlier fit put it, so that a
    fit pasted into the study and fitted again gives the same fit again.

    Raises:
        ValueError: the scenario has not the fields that are free, or no clock of the event.
    """
    preset = scenario_values(engine.presets[study.preset])
    unfitted = {p.path: preset.get(p.path) for p in PARAMETERS}
    plain = {path: list(v) if isinstance(v, tuple) else v for path, v in unfitted.items()}
    base = with_overrides(study.plan.scenario, {"design": RECORD_DESIGN, **plain})
    start_of(base, PARAMETERS)
    made_of = json.dumps(
        [scenario_values(base), study.plan.seed, study.plan.model_version], sort_keys=True
    )
    sha = hashlib.sha256(made_of.encode()).hexdigest()
    return Problem(base, PARAMETERS, window_of(base), study.plan.seed, sha)


def calibrate(
    problem: Problem, settings: Settings, out: Path, advance: Callable[[int], None] = lambda _: None
) -> tuple[list[Fit], Found, list[Path]]:
    """Search, judge on fresh replicates, write; the fits, what was found, and the files."""
    found = fit(problem, settings, out, advance)
    start = start_of(problem.base, problem.parameters)
    fresh = range(FRESH_REPLICATE, FRESH_REPLICATE + settings.fresh)
    before, after = moments_at(problem, [start, found.best], fresh, settings.workers)
    fits = fits_of(before, after, found)
    return fits, found, write(fits, after, found, problem, settings, out)
