"""`adlab forecast`: simulate, fit, judge on fresh worlds, write, draw."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from abm.engine.scenario import Scenario
from experiments.engine import Engine
from experiments.forecast.fitting import fit, require
from experiments.forecast.report import (
    KINDS,
    Fits,
    Verdict,
    base_rates,
    judge,
    screen,
    sentence,
    write,
)
from experiments.forecast.worlds import (
    FRESH_REPLICATE,
    LEARNING_REPLICATE,
    Settings,
    simulate_looks,
)
from experiments.progress import RunProgress, console_for
from experiments.spec import find_study, load_study
from experiments.validate.report import prepared


def scenario_of(name: str, engine: Engine) -> Scenario:
    """The scenario of a preset, or of a study.

    Raises:
        StudyError: nothing has this name.
    """
    if name in engine.presets:
        preset: Scenario = engine.presets[name]
        return preset
    scenario: Scenario = load_study(find_study(name), engine).plan.scenario
    return scenario


def learn_and_judge(
    scenario: Scenario, settings: Settings, out: Path, advance: Callable[[int], None]
) -> tuple[Verdict, list[Path]]:
    """Fit a forecast for a scenario and measure its skill; what was found, and the files."""
    learning = range(LEARNING_REPLICATE, LEARNING_REPLICATE + settings.seeds)
    seen = simulate_looks(scenario, settings, learning, advance)
    fits = Fits(
        full=fit(seen.features, seen.label, settings.horizon_s),
        volatility=fit(seen.features, seen.label, settings.horizon_s, ("volatility",)),
        base_rates=base_rates(seen),
    )
    fresh = range(FRESH_REPLICATE, FRESH_REPLICATE + settings.fresh)
    unseen = simulate_looks(scenario, settings, fresh, advance)
    verdict = judge(fits, unseen, settings)
    return verdict, write(scenario.name, fits, verdict, (seen, unseen), settings, out)


def run(options: Any, engine: Engine, draw: Callable[[Path], list[Path]]) -> int:
    """Run the command with its options; the exit code.

    Args:
        options: of `experiments.forecast.options`.
        engine: the simulator, for its presets.
        draw: makes the figures of a folder.

    Raises:
        StudyError: an option, the scenario, or a missing scikit-learn.
    """
    require()
    settings = Settings(
        options.seeds, options.fresh, options.every, options.horizon, options.seed, options.workers
    )
    scenario = scenario_of(options.scenario, engine)
    out = prepared(Path(options.out or f"results/forecast-{scenario.name}"))
    console = console_for(sys.stdout)
    with RunProgress(f"forecast {scenario.name}", console, "worlds") as progress:
        progress.begin(settings.seeds + settings.fresh, 0)
        verdict, written = learn_and_judge(scenario, settings, out, progress.advance)
    console.print(screen(verdict))
    lines = [sentence(verdict, kind) for kind in KINDS]
    lines.append(f"forecast {written[0]}")
    if options.figures:
        made = draw(out)
        lines.append(f"figures  {len(made)} files in {out / 'figures'}")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0
