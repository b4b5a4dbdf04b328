"""Figures of V30 to V32: when traders unwind before ADL, and what the venue chooses.

coordination   (a) penalty needed per trader for everybody to unwind, over the number of traders
               (b) largest number of traders among whom unwinding survives without a signal
venue_choice   share of cases in which pro-rata wins, over the fee ratio divided by its threshold
newsvendor     fund of the sample rule over the best fund, by law of the deficit and cost of capital
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure


def draw(tables: Tables) -> Figure:
    """Draw both panels of V30."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.6)
        cells = figure.subplots(1, 2, width_ratios=(1.35, 1.0))
        _threshold(cells[0], tables["coordination_rank"])
        _mixed(cells[1], tables["coordination_mixed"])
    return figure


def draw_venue(tables: Tables) -> Figure:
    """Draw the panel of V31."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.5)
        _venue(figure.subplots(), tables["venue_choice"])
    return figure


def draw_fund(tables: Tables) -> Figure:
    """Draw the fund of V32 in rows, one per law and cost of capital."""
    table = tables["newsvendor"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.7)
        axes = figure.subplots()
        marks.zero_line(axes, 1.0)
        rows = np.arange(len(table))
        for number, (_, own) in enumerate(table.groupby("law", sort=False)):
            colour, places = style.COLOURS[number], rows[own.index]
            axes.hlines(places, own["low"], own["high"], color=colour, linewidth=1.4)
            axes.plot(own["fund"], places, "o", color=colour, markersize=3.4)
        names = [
            f"{law}, r/κ = {ratio:g}"
            for law, ratio in zip(table["law"], table["ratio"], strict=True)
        ]
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        style.plain_ticks(axes, "x")
        axes.set_xlabel("Fund of the sample rule / VaR at 1 − r/κ\n(mean with 95 % interval)")
    return figure


def _threshold(axes: Axes, table: pd.DataFrame) -> None:
    """Global-game threshold over N, by noise of the rank; without noise it is 1."""
    panels.log_log(axes)
    ends = {}
    for number, (noise, rows) in enumerate(table.groupby("noise", sort=False)):
        colour = style.COLOURS[number]
        shown = rows[rows["predicted"] > 0.0]
        axes.plot(shown["traders"], shown["predicted"], "--", color=style.INK, linewidth=0.9)
        axes.plot(
            shown["traders"],
            shown["threshold"],
            linestyle="none",
            marker=style.MARKERS[number],
            markersize=3.6,
            color=colour,
        )
        last = shown.iloc[-1]
        ends[f"σ = {noise:g} f/c"] = (float(last["traders"]), float(last["threshold"]), colour)
    traders = table["traders"]
    axes.plot([traders.min(), traders.max()], [1.0, 1.0], color=style.QUIET, linewidth=1.2)
    ends["without noise"] = (float(traders.max()), 1.0, style.QUIET)
    axes.set_xlim(traders.min() / 1.25, traders.max() * 7.0)
    axes.set_ylim(0.6, 1.6 * traders.max())
    panels.ticks_at(axes, "x", (2.0, 5.0, 10.0, 20.0, 50.0))
    axes.set(xlabel="Traders N, all must unwind", ylabel="Threshold of the signal × c/f")
    axes.set_title("(a) Noisy rank")
    axes.figure.canvas.draw()
    panels.end_labels(axes, ends)
    axes.text(
        0.04, 0.95, "dashed: N f/c − σ e$_N$", transform=axes.transAxes,
        fontsize=panels.SMALL_PT, va="top",
    )  # fmt: skip


def _mixed(axes: Axes, table: pd.DataFrame) -> None:
    """Largest market in which traders unwind with some probability."""
    panels.log_log(axes)
    axes.plot(table["penalty"], table["predicted"], "--", color=style.INK, linewidth=0.9)
    axes.plot(table["penalty"], table["traders"], "o", color=style.COLOURS[0], markersize=3.6)
    panels.ticks_at(axes, "x", (2.0, 5.0, 10.0, 20.0))
    axes.set(xlabel="Penalty / cost of unwinding, c/f", ylabel="Largest N that still unwinds")
    axes.set_title("(b) Free riding")
    axes.text(
        0.96, 0.05, "dashed:\n(c/f)² / 2πτ(1−τ)", transform=axes.transAxes,
        fontsize=panels.SMALL_PT, ha="right",
    )  # fmt: skip


def _venue(axes: Axes, table: pd.DataFrame) -> None:
    """Share of random cases in which pro-rata wins, by true and by printed difference."""
    axes.grid(axis="y")
    axes.axvline(1.0, color=style.INK, linestyle="--", linewidth=0.9)
    for number, (_, rows) in enumerate(table.groupby("formula", sort=False)):
        panels.curve(axes, rows, ("ratio", "share"), number)
    for number, (text, x, y) in enumerate(
        (("utilities", 1.35, 0.90), ("difference as printed", 1.1, 0.33))
    ):
        axes.text(x, y, text, fontsize=panels.SMALL_PT, color=style.COLOURS[number], va="top")
    axes.text(0.93, 0.97, "Θ*", fontsize=panels.SMALL_PT, ha="right", va="top")
    axes.set(xlabel="Fee ratio θ$_H$/θ$_L$ / Θ*", ylabel="Share preferring pro-rata")
    axes.set(xlim=(0.0, 3.0), ylim=(-0.04, 1.06))


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("coordination", ("coordination_rank", "coordination_mixed"), draw),
    ValidationFigure("venue_choice", ("venue_choice",), draw_venue),
    ValidationFigure("newsvendor", ("newsvendor",), draw_fund),
)
