"""A forecast on disk and on one screen.

    OUT/forecast.json                       the fit, as a rulebook's guards take it:
                                            "venues.0.guards.forecast" = {...} in a study
    OUT/skill.csv                           every measure and difference with its interval
    OUT/forecast_run.json                   scenario, settings, looks, base rates, both fits
    OUT/data/forecast_skill.csv             the same as skill.csv, for the figure
    OUT/data/forecast_reliability.csv       forecast against frequency
    OUT/data/forecast_roc.csv               ROC curves

Same scenario, settings and program, same bytes. `early` looks are those before the first
bankruptcy of their venue: the hard part of a forecast, and the useful one.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.table import Table as Screen

from abm.rng import Stream, generator
from abm.units import Flags
from abm.venue.forecast import Forecast
from experiments.files import written_atomically
from experiments.forecast.skill import (
    MEASURES,
    Judged,
    Row,
    probabilities,
    reliability,
    resampled_worlds,
    roc,
    skill_rows,
)
from experiments.forecast.worlds import FRESH_REPLICATE, Looks, Settings

FIT, RULE, BASE = "forecast", "volatility", "base rate"
"""The models: all features, volatility alone with the same fit, and the rate in training."""

PAIRS = ((FIT, RULE), (FIT, BASE), (RULE, BASE))

KINDS = ("all", "early")
"""Kinds of looks."""


def chosen_of(looks: Looks, kind: str) -> Flags:
    """Which looks are of a kind, `[N]`.

    Raises:
        ValueError: no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there are no {kind!r} looks; write one of {', '.join(KINDS)}")
    return looks.is_early if kind == "early" else np.ones_like(looks.is_early)


def base_rates(looks: Looks) -> dict[str, float]:
    """Share of the looks of each kind with a bankruptcy within the horizon; NaN without looks.

    The reference of a skill score is the climatology of the very looks that are judged (Murphy
    1988, Monthly Weather Review 116): that of all looks would make every forecast of the early
    ones, where bankruptcies are rarer, look skilful.
    """
    labels = {kind: looks.label[chosen_of(looks, kind)] for kind in KINDS}
    return {kind: float(label.mean()) if label.size else np.nan for kind, label in labels.items()}


@dataclass(frozen=True)
class Fits:
    """What was learnt.

    Attributes:
        full: from all features.
        volatility: from volatility alone.
        base_rates: by kind of looks, the share of these training looks with a bankruptcy within
            the horizon.
    """

    full: Forecast
    volatility: Forecast
    base_rates: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """What was found on fresh worlds."""

    rows: tuple[Row, ...]
    reliability: tuple[tuple[Any, ...], ...]
    roc: tuple[tuple[Any, ...], ...]


def judge(fits: Fits, looks: Looks, settings: Settings) -> Verdict:
    """Measure all models on fresh looks, all of them and the early ones.

    Of the early looks the base rate is that of the early training looks, which all of the skill
    scores are taken against.
    """
    luck = generator(settings.seed, FRESH_REPLICATE, Stream.TIE_BREAK)
    counts = resampled_worlds(settings.fresh, luck)
    said = {
        FIT: probabilities(fits.full, looks.features),
        RULE: probabilities(fits.volatility, looks.features),
    }
    rows: list[Row] = []
    bins: list[tuple[Any, ...]] = []
    curves: list[tuple[Any, ...]] = []
    for kind in KINDS:
        always = {BASE: np.full(looks.label.size, fits.base_rates[kind])}
        judged = _part(looks, said | always, chosen_of(looks, kind))
        rows += skill_rows(kind, judged, counts, PAIRS, BASE)
        for model in (FIT, RULE):
            bins += [(kind, model, *row) for row in reliability(judged, model, counts).tolist()]
            curves += [(kind, model, *row) for row in roc(judged, model).tolist()]
    return Verdict(tuple(rows), tuple(bins), tuple(curves))


def _part(looks: Looks, said: dict[str, Any], chosen: Flags) -> Judged:
    """Some of the looks, with what the models said of them."""
    return Judged(
        looks.label[chosen], looks.block[chosen], {name: p[chosen] for name, p in said.items()}
    )


def write(
    scenario: str, fits: Fits, verdict: Verdict, looks: tuple[Looks, Looks], settings: Settings,
    out: Path,
) -> list[Path]:  # fmt: skip
    """Write everything, each file whole or not at all; the files, forecast.json first."""
    skill = _csv(Row._fields, verdict.rows)
    bins = ("looks", "model", "forecast", "frequency", "low", "high", "count")
    files = {
        Path("forecast.json"): _json(asdict(fits.full)),
        Path("skill.csv"): skill,
        Path("forecast_run.json"): _json(_record(scenario, fits, looks, settings)),
        Path("data") / "forecast_skill.csv": skill,
        Path("data") / "forecast_reliability.csv": _csv(bins, verdict.reliability),
        Path("data") / "forecast_roc.csv": _csv(
            ("looks", "model", "false_alarms", "hits"), verdict.roc
        ),
    }
    for name, text in files.items():
        with written_atomically(out / name) as stream:
            stream.write(text.encode())
    return [out / name for name in files]


def _record(
    scenario: str, fits: Fits, looks: tuple[Looks, Looks], settings: Settings
) -> dict[str, Any]:
    """What the numbers were made of."""
    made = {name: value for name, value in asdict(settings).items() if name != "workers"}
    for name, part in zip(("looks_learnt", "looks_judged"), looks, strict=True):
        early, rates = int(part.is_early.sum()), base_rates(part)
        made[name] = {
            "looks": part.label.size,
            "base_rate": rates["all"],
            "early_looks": early,
            "early_base_rate": rates["early"] if early else None,
        }
    known = {k: None if math.isnan(rate) else rate for k, rate in fits.base_rates.items()}
    return {"scenario": scenario, **made, "fits": asdict(fits) | {"base_rates": known}}


def screen(verdict: Verdict) -> Screen:
    """The measures of each model, and the paired difference from the volatility rule."""
    made = Screen(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in ("looks", "measure", FIT, RULE, BASE, "forecast - volatility (95 %)"):
        made.add_column(column, justify="left" if column in ("looks", "measure") else "right")
    at = {(row.looks, row.model, row.measure): row for row in verdict.rows}
    for kind in KINDS:
        for measure in MEASURES:
            numbers = [_short(at[kind, model, measure].value) for model in (FIT, RULE, BASE)]
            gap = at[kind, f"{FIT} - {RULE}", measure]
            made.add_row(kind, measure.replace("_", " "), *numbers, _with_ends(gap))
    return made


def sentence(verdict: Verdict, kind: str) -> str:
    """Does the forecast beat the volatility rule? By all three measures, some, or none."""
    better: list[str] = []
    worse: list[str] = []
    open_: list[str] = []
    for row in verdict.rows:
        compared = row.looks == kind and row.model == f"{FIT} - {RULE}"
        if compared and row.measure in MEASURES:
            sign = 1.0 if row.measure == "auc" else -1.0
            name = row.measure.replace("_", " ")
            low, high = sorted((sign * row.low, sign * row.high))
            (better if low > 0.0 else worse if high < 0.0 else open_).append(name)
    parts = [
        f"{words} by {', '.join(names)}"
        for words, names in (("better", better), ("worse", worse), ("not told apart", open_))
        if names
    ]
    return f"forecast against the volatility rule, {kind} looks: {'; '.join(parts)}"


def _short(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _with_ends(row: Row) -> str:
    return f"{_short(row.value)} ({_short(row.low)} to {_short(row.high)})"


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as text; floats in full, unknown ones empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if isinstance(x, float) and math.isnan(x) else x for x in row])
    return stream.getvalue()


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, allow_nan=False) + "\n"
