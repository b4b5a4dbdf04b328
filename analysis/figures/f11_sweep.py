"""Outcomes over a number that the study sweeps, one line per design or other choice.

    mark   median over replicates;  bar   its 95 % interval from order statistics

Drawn when exactly one lever of the study is a number with at least three values while all else
stays. Lines are designs, or without that lever the values of the first other one; all others are
held at their baseline. Marks of different lines stand side by side, a little off the number they
belong to. The panels are the outcomes that the study puts first.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.estimators import Floats, median
from analysis.figures.f10_variants import shown_outcomes, title, unit_of
from analysis.load import Results
from analysis.slices import DESIGN, baseline, value_label

SHOWS = (DESIGN,)
REQUIRES: dict[str, tuple[str, ...]] = {"results": ()}
LEAST_VALUES = 3
MOST_PANELS = 4
MOST_TICKS = 7
"""Numbers printed one by one on the horizontal axis, at most."""

APART = 0.12
"""Part of the smallest step between numbers over which the lines' marks are spread [1]."""


def swept(results: Results) -> list[str]:
    """Levers that are numbers with at least three values while all other levers stay."""
    return [
        lever
        for lever, values in results.levers.items()
        if len(values) >= LEAST_VALUES
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        and _alone(results, lever) >= LEAST_VALUES
    ]


def _alone(results: Results, lever: str) -> int:
    """How many values a lever takes, at most, while all others stay."""
    others = [name for name in results.levers if name != lever]
    runs = results.runs
    return int(runs.groupby(others)[lever].nunique().max() if others else runs[lever].nunique())


def absent_because(results: Results) -> str | None:
    """Why there is no such figure; None when there is."""
    count = len(swept(results))
    if count != 1:
        return "the study sweeps no number" if count == 0 else "the study sweeps several numbers"
    return None if shown_outcomes(results) else "the study has none of the outcomes it shows"


def separates(results: Results) -> tuple[str, ...]:
    """The swept lever and the one told by lines."""
    found = swept(results)
    return (*found, told_by(results, found[0])) if len(found) == 1 else SHOWS


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    (lever,) = swept(results)
    outcomes = shown_outcomes(results)[:MOST_PANELS]
    results.require({"results": (lever, *outcomes)}, "the sweep")
    rows = -(-len(outcomes) // 2)
    lines = _lines(results, lever)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.5 + 1.9 * rows)
        panels = figure.subplots(rows, 2, squeeze=False).ravel()
        for number, outcome in enumerate(outcomes):
            _panel(panels[number], results, lever, outcome)
            panels[number].set_title(f"({chr(97 + number)}) {title(outcome)}")
        for axes in panels[len(outcomes) :]:
            axes.set_axis_off()
        looks = style.looks(list(lines))
        handles = [_key(name, look) for name, look in looks.items()]
        bar = marks.bar_key(marks.interval_words(results.study.replicates), thick=True)
        marks.legend_below(figure, [*(handles if len(lines) > 1 else []), bar])
    return figure


def _key(name: str, look: style.Look) -> Line2D:
    """A legend entry that shows a line with its marks."""
    entry = Line2D([], [], color=look.colour, marker=look.marker, markersize=3.5)
    entry.set(linestyle=look.line, label=style.design_label(name))
    return entry


def told_by(results: Results, lever: str) -> str:
    """The lever whose values are lines: the design, else the first that varies; "" without one."""
    others = [name for name, values in results.levers.items() if name != lever and len(values) > 1]
    if DESIGN in others:
        return DESIGN
    return others[0] if others else ""


def _lines(results: Results, lever: str) -> dict[str, pd.DataFrame]:
    """Runs of each line, all other levers held."""
    runs, fixed, told = results.runs, baseline(results), told_by(results, lever)
    for other, values in results.levers.items():
        if other not in (lever, told) and len(values) > 1:
            runs = runs.loc[runs[other] == fixed[other]]
    if not told:
        return {"all": runs}
    return {_name(told, value): runs.loc[runs[told] == value] for value in results.levers[told]}


def _name(lever: str, value: object) -> str:
    """A line's name: a word stands alone, a number or a yes needs its lever."""
    if isinstance(value, str):
        return value
    return f"{style.words(lever)} {value_label(value)}"


def _panel(axes: Axes, results: Results, lever: str, outcome: str) -> None:
    lines = _lines(results, lever)
    looks = style.looks(list(lines))
    places = np.array(sorted(float(str(value)) for value in results.levers[lever]))
    drawn: list[float] = []
    ends: list[float] = []
    for (name, runs), shift in zip(lines.items(), _shifts(places, len(lines)), strict=True):
        found = [median(runs.loc[runs[lever] == place, outcome]) for place in places]
        middles = [estimate.value for estimate in found]
        low, high = [e.low for e in found], [e.high for e in found]
        look = looks[name]
        axes.vlines(places + shift, low, high, color=look.colour, linewidth=1.4)
        axes.plot(
            places + shift, middles, color=look.colour, linestyle=look.line, linewidth=0.9,
            marker=look.marker, markersize=3.5,
        )  # fmt: skip
        drawn += middles
        ends += [*low, *high]
    axes.grid(visible=False, axis="x")
    axes.grid(visible=True, axis="y")
    axes.tick_params(axis="y", length=2.5)
    if places.size <= MOST_TICKS:
        axes.set_xticks(places, [f"{place:g}" for place in places])
    else:
        style.plain_ticks(axes)
    style.spread_scale(axes, drawn, ends, axis="y")
    words = style.lever_words(results, lever)
    axes.set_xlabel(words[0].upper() + words[1:])
    axes.set_ylabel(f"Median{unit_of(results, outcome)}")


def _shifts(places: Floats, count: int) -> Floats:
    """How far each line's marks stand beside the number: [count], symmetric about zero."""
    reach = APART * float(np.diff(places).min()) if places.size > 1 else 0.0
    return np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)
