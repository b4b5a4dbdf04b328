"""Figures of a fit to the 10 October 2025 record.

    calibration_fit      how far every moment is from the record, before and after the fit
    calibration_search   how the distance fell, and where in its bounds each parameter ended

Moments have different units, so they share an axis of distances from the record in tolerances: how
far off a model of this kind may be without being called wrong, the discrepancy of each target. The
numbers themselves stand beside their rows. The thin bar holds the middle 95 % of single runs: how
erratic the model is, shown on its own and not divided by.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

START, FIT = style.COLOURS[1], style.COLOURS[0]
TOLERATED = "#e8eef4"
ROW_IN = 0.19
"""Height of a row [in]."""

REACH = 6.0
"""Tolerances that the axis shows; farther marks stand at its end as arrows."""


def draw_fit(tables: Tables) -> Figure:
    """Distance of every moment from the record, at the start and after the fit."""
    moments = tables["calibration_moments"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.95 + ROW_IN * len(moments))
        axes = figure.subplots()
        marks.row_axis(axes, moments["label"].tolist(), named=True)
        axes.set_yticklabels(moments["label"])
        axes.axvspan(-1.0, 1.0, color=TOLERATED, linewidth=0, zorder=-1)
        marks.zero_line(axes)
        for row, moment in enumerate(moments.itertuples()):
            _row(axes, row, moment)
        axes.set_xlim(-REACH, REACH)
        axes.set_xlabel("simulated − record [tolerances]")
        for place, title, column in ((1.02, "record", "target"), (1.13, "fit (95 %)", "mean")):
            marks.margin_title(axes, title, place=place)
            for row, numbers in enumerate(moments.itertuples()):
                text = _interval(numbers) if column == "mean" else _short(numbers.target)
                marks.margin_text(axes, row, text, place=place)
        handles: list[Line2D | Patch] = [
            marks.key("fit", "o", colour=FIT),
            marks.bar_key("middle 95 % of single runs", thick=False),
            marks.bar_key("95 % interval of the mean", thick=True),
            marks.key("before the fit", "D", colour=START, filled=False),
            Patch(color=TOLERATED, label="within one tolerance"),
        ]
        marks.legend_below(figure, handles)
    return figure


def _row(axes: Axes, row: int, moment: Any) -> None:
    """Both marks of one moment; the start stands a little lower."""
    start, mean = float(moment.at_start), float(moment.at_mean)
    ends = [np.clip(getattr(moment, f"at_run_{end}"), -REACH, REACH) for end in ("low", "high")]
    axes.hlines(row - 0.1, *ends, color=FIT, linewidth=0.8, zorder=2)
    ends = [np.clip(getattr(moment, f"at_mean_{end}"), -REACH, REACH) for end in ("low", "high")]
    axes.hlines(row - 0.1, *ends, color=FIT, linewidth=2.2, zorder=2)
    _mark(axes, row - 0.1, mean, "o", FIT, filled=True)
    _mark(axes, row + 0.24, start, "D", START, filled=False)


def _mark(axes: Axes, y: float, x: float, shape: str, colour: str, *, filled: bool) -> None:
    """A mark, or an arrow at the end of the axis that it lies beyond."""
    if np.isnan(x):
        return
    beyond = abs(x) > REACH
    axes.plot(
        float(np.clip(x, -0.985 * REACH, 0.985 * REACH)),
        y,
        marker=(">" if x > 0.0 else "<") if beyond else shape,
        markersize=4.5 if filled else 3.4,
        markerfacecolor=colour if filled else "white",
        markeredgecolor=colour,
        markeredgewidth=0.9,
        linestyle="none",
        zorder=3,
    )


def _short(value: Any) -> str:
    """Three digits."""
    return "–" if np.isnan(value) else f"{value:.3g}".replace("-", "\u2212")


def _interval(moment: Any) -> str:
    """The mean with its interval."""
    low, high = _short(moment.mean_low), _short(moment.mean_high)
    return f"{_short(moment.mean)}  ({low} to {high})"


def draw_search(tables: Tables) -> Figure:
    """The distance over candidates, and the parameters inside their bounds."""
    tried, parameters = tables["calibration_search"], tables["calibration_parameters"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.9 + 0.24 * len(parameters))
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.0))
        left.plot(tried["candidate"], tried["distance"], ".", color=style.QUIET, markersize=2.0)
        left.plot(tried["candidate"], tried["best"], color=FIT, drawstyle="steps-post")
        left.set_ylim(0.0, 1.6 * tried["distance"].iloc[0])
        style.plain_ticks(left, "y")
        left.set_xlabel("candidate")
        left.set_ylabel("distance from the record")
        left.set_title("(a) Search")
        _parameters(right, parameters)
        handles = [
            marks.key("fitted", "o", colour=FIT),
            marks.key("before the fit", "D", colour=START, filled=False),
            marks.key("candidate", ".", colour=style.QUIET),
        ]
        marks.legend_below(figure, handles)
    return figure


def _parameters(axes: Axes, parameters: pd.DataFrame) -> None:
    """Each parameter's place between its bounds, with its value."""
    names = [_words(path) for path in parameters["path"]]
    marks.row_axis(axes, names, named=True)
    axes.set_yticklabels(names)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0.0, 1.0], ["lower bound", "upper bound"])
    axes.set_title("(b) Parameters")
    marks.margin_title(axes, "fitted")
    parameter: Any
    for row, parameter in enumerate(parameters.itertuples()):
        place = _place(parameter)
        axes.plot(place, row, "D", markersize=3.4, mfc="white", mec=START, mew=0.9, zorder=2)
        axes.plot(parameter.place, row, "o", markersize=4.5, color=FIT, zorder=3)
        marks.margin_text(axes, row, _short(parameter.fitted))


def _place(parameter: Any) -> float:
    """Place of the starting value between the bounds, on the parameter's scale."""
    low, high, start = (float(x) for x in (parameter.low, parameter.high, parameter.start))
    if parameter.scale == "log":
        return float(np.log(start / low) / np.log(high / low))
    return (start - low) / (high - low)


def _words(path: str) -> str:
    """A field path as a reader's words: the last part, without venue numbers."""
    name = path.removesuffix(" (factor)").rpartition(".")[2].replace("_", " ")
    name = name.replace("usd per open interest", "/ open interest")
    return f"{name} ×" if path.endswith("(factor)") else name


FIGURES = (
    ValidationFigure("calibration_fit", ("calibration_moments",), draw_fit),
    ValidationFigure(
        "calibration_search", ("calibration_search", "calibration_parameters"), draw_search
    ),
)
"""Figures of `adlab calibrate`."""
