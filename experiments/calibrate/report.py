"""The fit on disk and on one screen: moment by moment, parameter by parameter.

    OUT/fitted.toml                        the [scenario] lines that a study pastes
    OUT/calibration.json                   everything; unknown and infinite numbers null
    OUT/data/calibration_moments.csv       target, simulated mean, intervals; before and after
    OUT/data/calibration_parameters.csv    bounds, start, fitted value
    OUT/data/calibration_search.csv        distance of each candidate
    OUT/data/calibration_runs.csv          moments of every fresh replicate

The fit is judged on replicates that the search has not seen: the distance of the search itself is
the least of many and too good. `mean` has the 95 % interval of a mean over them; `run_low` to
`run_high` holds the middle 95 % of single runs.

    off      (mean - record) / tolerance        tolerance: the discrepancy of the target
    spread   standard deviation of single runs / tolerance, on its own: a fit does not get better
             by being erratic, so nothing is divided by it

Both are on the moment's scale, a logarithm for some. The columns `at_...` are the same distance
from the record in tolerances for the start and the intervals, for the figure.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.table import Table as Screen

from abm.units import Floats
from experiments.calibrate.distance import distances, means, scaled, spread_of
from experiments.calibrate.moments import MOMENTS
from experiments.calibrate.parameters import start_of, values_at
from experiments.calibrate.search import Found, Problem, Settings
from experiments.calibrate.targets import TARGETS
from experiments.files import written_atomically


@dataclass(frozen=True)
class Fit:
    """One moment of the fit, in the moment's unit unless said otherwise.

    Attributes:
        name, label, unit: of the moment.
        target, target_low, target_high: published value and interval.
        start: mean at the study's own values, over the same fresh replicates.
        mean, mean_low, mean_high: of the fit over fresh replicates, with its 95 % interval.
        run_low, run_high: middle 95 % of single runs.
        tolerance: discrepancy of the target, on the moment's scale.
        off: mean less target, in tolerances.
        spread: standard deviation of single runs, in tolerances.
        inside: does the middle 95 % of single runs hold the target?
        known: share of replicates that know the moment.
        distance, distance_start: its part of the distance, in the search's units, of the fit and
            at the study's own values, on the same fresh replicates.
        at_start, at_mean, at_mean_low, at_mean_high, at_run_low, at_run_high: the same numbers as
            distances from the target in tolerances.
        source: of the target.
    """

    name: str
    label: str
    unit: str
    target: float
    target_low: float
    target_high: float
    start: float
    mean: float
    mean_low: float
    mean_high: float
    run_low: float
    run_high: float
    tolerance: float
    off: float
    spread: float
    inside: bool
    known: float
    distance: float
    distance_start: float
    at_start: float
    at_mean: float
    at_mean_low: float
    at_mean_high: float
    at_run_low: float
    at_run_high: float
    source: str


def fits_of(before: Floats, after: Floats, found: Found) -> list[Fit]:
    """Moment by moment, from fresh replicates at the start and at the fit, each `[K, M]`."""
    first, last, spread = means(before), means(after), spread_of(after)
    parts = np.stack([distances(after, found.weights), distances(before, found.weights)])
    on_scale = scaled(after)
    fits = []
    for m in range(len(MOMENTS)):
        known = on_scale[np.isfinite(on_scale[:, m]), m]
        error = float(spread[m]) / math.sqrt(max(known.size, 1))
        ends = np.quantile(known, (0.025, 0.975)) if known.size else np.full(2, np.nan)
        mean = float(last[m])
        numbers = (float(first[m]), mean, mean - 1.96 * error, mean + 1.96 * error, *ends.tolist())
        fits.append(
            _fit(
                m,
                numbers,
                float(spread[m]),
                known.size / len(after),
                parts[:, m].tolist(),
            )
        )
    return fits


def _fit(
    m: int,
    numbers: tuple[float, ...],
    spread: float,
    known: float,
    distance: Sequence[float],
) -> Fit:
    """One moment.

    Args:
        m: which.
        numbers: start, mean, its interval, middle 95 % of runs; on the moment's scale.
        spread: standard deviation of single runs, on the moment's scale.
        known: share of replicates that know it.
        distance: its part of the distance, of the fit and at the start.
    """
    moment, target = MOMENTS[m], TARGETS[MOMENTS[m].name]
    goal = moment.scaled(target.value)
    start, mean, mean_low, mean_high, run_low, run_high = (moment.unscaled(x) for x in numbers)
    at = [(x - goal) / target.discrepancy for x in numbers]
    return Fit(
        name=moment.name,
        label=moment.label,
        unit=moment.unit,
        target=target.value,
        target_low=target.low,
        target_high=target.high,
        start=start,
        mean=mean,
        mean_low=mean_low,
        mean_high=mean_high,
        run_low=run_low,
        run_high=run_high,
        tolerance=target.discrepancy,
        off=at[1],
        spread=spread / target.discrepancy,
        inside=bool(numbers[4] <= goal <= numbers[5]),
        known=known,
        distance=distance[0],
        distance_start=distance[1],
        at_start=at[0],
        at_mean=at[1],
        at_mean_low=at[2],
        at_mean_high=at[3],
        at_run_low=at[4],
        at_run_high=at[5],
        source=target.source,
    )


def write(
    fits: Sequence[Fit],
    after: Floats,
    found: Found,
    problem: Problem,
    settings: Settings,
    out: Path,
) -> list[Path]:
    """Write everything, each file whole or not at all; `calibration.json` last."""
    (out / "data").mkdir(parents=True, exist_ok=True)
    tables = {
        "moments": ([*vars(fits[0])], [[*vars(fit).values()] for fit in fits]),
        "parameters": (_PARAMETER_COLUMNS, list(_parameter_rows(problem, found))),
        "search": (
            ["candidate", "distance", "best"],
            [[n, distance, min(found.tried[: n + 1])] for n, distance in enumerate(found.tried)],
        ),
        "runs": (["replicate", *(m.name for m in MOMENTS)], [[r, *v] for r, v in enumerate(after)]),
    }
    files = {
        out / "data" / f"calibration_{name}.csv": _csv(columns, rows)
        for name, (columns, rows) in tables.items()
    }
    files[out / "fitted.toml"] = fitted_toml(problem, found)
    files[out / "calibration.json"] = _json(fits, found, problem, settings)
    for file, text in files.items():
        with written_atomically(file) as stream:
            stream.write(text.encode())
    return list(files)


_PARAMETER_COLUMNS = ["path", "unit", "scale", "low", "high", "start", "fitted", "place", "why"]


def _parameter_rows(problem: Problem, found: Found) -> Iterable[list[Any]]:
    start = start_of(problem.base, problem.parameters)
    for p, (parameter, first, last) in enumerate(
        zip(problem.parameters, start, found.best, strict=True)
    ):
        yield [
            parameter.path + (" (factor)" if parameter.times else ""),
            parameter.unit,
            parameter.scale,
            parameter.low,
            parameter.high,
            parameter.at(first),
            parameter.at(last),
            found.best[p],
            parameter.why,
        ]


def fitted_toml(problem: Problem, found: Found) -> str:
    """The fitted values as lines of a study's `[scenario]`, to four digits."""
    lines = ["[scenario]"]
    for path, value in rounded(values_at(problem.base, problem.parameters, found.best)).items():
        lines.append(f'"{path}" = {json.dumps(value)}')
    return "\n".join(lines) + "\n"


def rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Values to four significant digits, as a study file has them."""

    def four(value: float) -> float:
        return float(f"{value:.4g}")

    return {
        path: [four(v) for v in value] if isinstance(value, list) else four(value)
        for path, value in values.items()
    }


def screen(fits: Sequence[Fit]) -> Screen:
    """One line per moment in 80 columns."""
    made = Screen(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        caption="off: mean - record; sd: of single runs; both in tolerances",
        caption_justify="left",
    )
    made.add_column("moment", no_wrap=True)
    for name in ("record", "start", "fit", "single runs", "off", "sd"):
        made.add_column(name, justify="right", no_wrap=True)
    for fit in fits:
        made.add_row(
            fit.label,
            f"{fit.target:.3g}",
            f"{fit.start:.3g}",
            f"{fit.mean:.3g}",
            f"{_few(fit.run_low)} to {_few(fit.run_high)}",
            f"{fit.off:+.1f}",
            f"{fit.spread:.1f}",
        )
    return made


def _few(value: float) -> str:
    """Two digits, whole numbers from 100 on."""
    return f"{value:.2g}" if abs(value) < 99.5 else f"{value:.0f}"


def summary(fits: Sequence[Fit], found: Found) -> str:
    """The distance on fresh replicates, and how far off the means are."""
    near, far = (sum(abs(fit.off) <= most for fit in fits) for most in (1.0, 2.0))
    first, last = (
        math.fsum(part)
        for part in zip(*((f.distance_start, f.distance) for f in fits), strict=True)
    )
    return (
        f"distance {last:.1f} on fresh replicates, {first:.1f} at the start (in the search, on its "
        f"own replicates: {min(found.tried):.1f} and {found.tried[0]:.1f}); the mean is within one "
        f"tolerance of the record for {near} of {len(fits)} moments, within two for {far}"
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            ["" if isinstance(value, float) and math.isnan(value) else value for value in row]
        )
    return text.getvalue()


def _json(fits: Sequence[Fit], found: Found, problem: Problem, settings: Settings) -> str:
    """Everything that was found; no times or machine names."""
    return json.dumps(
        {
            "sha": problem.sha,
            "seed": problem.seed,
            "evaluations": len(found.tried),
            "seeds": settings.seeds,
            "fresh": settings.fresh,
            "distance_start": found.tried[0],
            "distance_search": min(found.tried),
            "distance_fresh": math.fsum(fit.distance for fit in fits),
            "distance_fresh_start": math.fsum(fit.distance_start for fit in fits),
            "parameters": values_at(problem.base, problem.parameters, found.best),
            "moments": [
                {
                    k: None if isinstance(v, float) and not math.isfinite(v) else v
                    for k, v in vars(f).items()
                }
                for f in fits
            ],
        },
        indent=1,
    )
