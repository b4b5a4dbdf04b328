"""Figure of `adlab forecast`: is it right, and is it better than volatility alone?

forecast_skill   (a) reliability: forecast probability over the frequency that followed, in bins of
                     equally many looks; on the diagonal a forecast means what it says
                 (b) ROC curves: warnings that were right over false alarms
                 (c) skill scores: 0 is the base rate, 1 a perfect forecast

All on worlds that the fit has not seen. Bars are 95 % intervals from resampling whole worlds.
Early looks are those before the first bankruptcy on their venue.
"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

MODELS = {"forecast": "all features", "volatility": "volatility alone"}
KINDS = {"all": "all looks", "early": "early looks"}
SCORES = {"auc_skill": "ROC area", "brier_skill": "Brier", "log_loss_skill": "log loss"}
IDLE = "exact (a), no skill (b, c)"
FLOOR = 1e-3
"""Smallest probability that the reliability diagram shows; smaller ones stand there [1]."""


def draw_skill(tables: Tables) -> Figure:
    """Draw the three panels."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.95)
        cells = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 1.05))
        bins, curves = tables["forecast_reliability"], tables["forecast_roc"]
        _reliability(cells[0], bins[bins["looks"] == "all"])
        _curves(cells[1], curves)
        _scores(cells[2], tables["forecast_skill"])
        handles: list[Line2D | Patch] = [
            marks.key(name, style.MARKERS[number], colour=style.COLOURS[number])
            for number, name in enumerate(MODELS.values())
        ]
        handles += [
            marks.key("nothing followed", "o", filled=False),
            marks.bar_key("95 % interval", thick=True),
            Line2D([], [], color=style.QUIET, linewidth=0.8, linestyle="--", label=IDLE),
        ]
        marks.legend_below(figure, handles)
    return figure


def _reliability(axes: Axes, table: pd.DataFrame) -> None:
    """Forecast over frequency, both logarithmic; a bin in which nothing followed is hollow."""
    panels.log_log(axes)
    axes.plot([FLOOR, 1.0], [FLOOR, 1.0], "--", color=style.QUIET, linewidth=0.8, zorder=1)
    for number, model in enumerate(MODELS):
        rows = table[table["model"] == model]
        shown = rows.assign(
            forecast=rows["forecast"].clip(lower=FLOOR),
            frequency=rows["frequency"].clip(lower=FLOOR),
            low=rows["low"].clip(lower=FLOOR),
        )
        seen = rows["frequency"] > 0.0
        panels.curve(axes, shown[seen], ("forecast", "frequency"), number)
        colour, none = style.COLOURS[number], shown[~seen]
        axes.vlines(none["forecast"], FLOOR, none["high"], color=colour, linewidth=1.4)
        axes.plot(
            none["forecast"], none["frequency"], style.MARKERS[number], color=colour,
            markersize=3.4, markerfacecolor="white", markeredgewidth=0.8, clip_on=False, zorder=3,
        )  # fmt: skip
    axes.set(xlim=(0.8 * FLOOR, 1.15), ylim=(0.8 * FLOOR, 1.15))
    for which in ("x", "y"):
        panels.ticks_at(axes, which, (FLOOR, 0.01, 0.1, 1.0))
    axes.set(xlabel="Forecast probability", ylabel="Frequency that followed")
    axes.set_title("(a) Reliability")


def _curves(axes: Axes, table: pd.DataFrame) -> None:
    """ROC curves of both models; dotted for early looks."""
    axes.plot([0, 1], [0, 1], "--", color=style.QUIET, linewidth=0.8, zorder=1)
    for number, model in enumerate(MODELS):
        for kind in KINDS:
            rows = table[(table["model"] == model) & (table["looks"] == kind)]
            line = "-" if kind == "all" else ":"
            colour = style.COLOURS[number]
            axes.plot(rows["false_alarms"], rows["hits"], line, color=colour, linewidth=1.1)
    for line, name in zip(("-", ":"), KINDS.values(), strict=True):
        axes.plot([], [], line, color=style.INK, linewidth=1.1, label=name)
    axes.legend(loc="lower right", fontsize=panels.SMALL_PT, handlelength=1.6)
    axes.grid(axis="y")
    for which in ("x", "y"):
        panels.ticks_at(axes, which, (0.0, 0.25, 0.5, 0.75, 1.0))
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set(xlabel="Warned / quiet looks", ylabel="Warned / looks before bankruptcy")
    axes.set_title("(b) Warnings")


def _scores(axes: Axes, table: pd.DataFrame) -> None:
    """Skill scores with intervals: a heading per kind of looks, a row per score."""
    rows: Any = table[table["measure"].isin(SCORES)].itertuples()
    scores = {(row.looks, row.model, row.measure): row for row in rows}
    names: list[str] = []
    for kind, heading in KINDS.items():
        names.append(heading)
        for score, name in SCORES.items():
            for number, model in enumerate(MODELS):
                row = scores[kind, model, score]
                y, colour = len(names) + (-0.16, 0.16)[number], style.COLOURS[number]
                axes.hlines(y, row.low, row.high, color=colour, linewidth=1.4)
                marker = style.MARKERS[number]
                axes.plot(row.value, y, marker, color=colour, markersize=3.6, zorder=3)
            names.append(name)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in KINDS.values() else "normal")
    for place in range(0, len(names), len(SCORES) + 1):
        axes.axhspan(place - 0.5, place + 0.5, color="#f5f5f5", linewidth=0, zorder=-2)
    lowest = min(0.0, *(row.low for row in scores.values()))
    axes.set_xlim(1.1 * lowest - 0.03, 1.02)
    axes.axvline(0.0, color=style.QUIET, linestyle="--", linewidth=0.8, zorder=1)
    panels.ticks_at(axes, "x", (0.0, 0.25, 0.5, 0.75, 1.0))
    axes.set_xlabel("Skill score")
    axes.set_title("(c) Skill on fresh worlds")


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure(
        "forecast_skill",
        ("forecast_reliability", "forecast_roc", "forecast_skill"),
        draw_skill,
    ),
)
"""Figures of `adlab forecast`."""
