"""Figures of C1, C8 and C9: what leverage does to a market.

leverage_tails      tail index, memory and skewness of returns over the largest leverage
leverage_cycle      (a) returns over the mean leverage, by how far a limit follows risk
                    (b) mean leverage up to which the market is stable
critical_leverage   leverage beyond which selling everything leaves a deficit, over its impact
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

LEVERAGES = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
FACTS = (
    ("hill", "Tail index of |r|, 1 %", "(a) Tails"),
    ("memory", "Autocorrelation of |r|, lag 1", "(b) Clustering"),
    ("skewness", "Skewness of r", "(c) Crashes"),
)
RULES = ("−1/2 (value at risk)", "−3/8", "−1/4", "−1/8", "0 (fixed)")
"""Names of the five exponents b, from the lowest."""


def draw_tails(tables: Tables) -> Figure:
    """Draw the three panels of C1."""
    table = tables["leverage_tails"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.5)
        for axes, (key, label, title) in zip(figure.subplots(1, 3), FACTS, strict=True):
            panels.log_axis(axes, "x")
            panels.ticks_at(axes, "x", LEVERAGES)
            axes.grid(axis="y")
            rows = table.rename(columns={f"{key}_low": "low", f"{key}_high": "high"})
            panels.curve(axes, rows, ("leverage", key), 0)
            axes.plot(
                table["leverage"], table[f"{key}_independent"], "x", color=style.INK, markersize=5.0
            )
            axes.set(xlabel="Largest leverage", ylabel=label)
            axes.set_title(title)
            style.plain_ticks(axes, "y")
        marks.legend_below(
            figure,
            [
                Line2D(
                    [], [], color=style.COLOURS[0], marker="o", markersize=3.4, linewidth=0.9,
                    label="here, 95 % interval over runs",
                ),
                marks.key("independent program", "x"),
            ],
        )  # fmt: skip
    return figure


def draw_cycle(tables: Tables) -> Figure:
    """Draw both panels of C8."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.8)
        left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
        table = tables["leverage_cycle"]
        _curves(left, table)
        _edges(right, tables["leverage_cycle_edge"])
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncol=5)
    return figure


def _curves(axes: Axes, table: pd.DataFrame) -> None:
    """Deviation of returns over mean leverage, one curve per rule."""
    axes.grid(axis="y")
    axes.axhline(1.0, color=style.QUIET, linewidth=0.6)
    shown = table[table["high"] < 3.0]
    for number, (_, rows) in enumerate(shown.groupby("exponent")):
        colour = style.COLOURS[number]
        axes.fill_between(
            rows["leverage"], rows["low"], rows["high"], color=colour, alpha=0.25, linewidth=0
        )
        axes.plot(
            rows["leverage"],
            rows["deviation"],
            color=colour,
            linestyle=style.LINES[number],
            label=f"b = {RULES[number]}",
        )
    axes.set(xlabel="Mean leverage", ylabel="Deviation of returns / without debt")
    axes.set(xlim=(0.8, 12.9), ylim=(0.8, 2.7))
    style.plain_ticks(axes, "y")
    axes.set_title("(a) Same leverage, other rule")


def _edges(axes: Axes, table: pd.DataFrame) -> None:
    """Largest stable mean leverage over b, by what is called loud."""
    axes.grid(axis="y")
    ends = {}
    for number, (loud, rows) in enumerate(table.groupby("loud")):
        panels.curve(axes, rows, ("exponent", "leverage"), number)
        last = rows.iloc[0]
        ends[f"below {loud:g} ×"] = (
            float(last["exponent"]), float(last["leverage"]), style.COLOURS[number],
        )  # fmt: skip
    axes.set_xlim(0.04, -0.72)
    axes.set_ylim(0.0, 12.9)
    panels.ticks_at(axes, "x", (0.0, -0.25, -0.5))
    axes.set(xlabel="b: how far the limit follows risk", ylabel="Largest stable mean leverage")
    axes.set_title("(b) Stable up to")
    axes.figure.canvas.draw()
    panels.end_labels(axes, ends)


def draw_critical(tables: Tables) -> Figure:
    """Draw the panel of C9."""
    table = tables["critical_leverage"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.5)
        axes = figure.subplots()
        panels.log_log(axes)
        axes.plot(table["impact"], table["predicted"], "--", color=style.INK, linewidth=0.9)
        axes.plot(table["impact"], table["critical"], "o", color=style.COLOURS[0], markersize=4.2)
        axes.plot(
            table["impact"], table["engine"], "D", color=style.COLOURS[2], markersize=6.5,
            markerfacecolor="none", markeredgewidth=0.8,
        )  # fmt: skip
        axes.plot(
            table["impact"], table["by_mark"], "s-", color=style.COLOURS[1], markersize=3.4,
            linewidth=0.9,
        )  # fmt: skip
        panels.ticks_at(axes, "x", (0.01, 0.02, 0.05, 0.1, 0.2))
        panels.ticks_at(axes, "y", (2.0, 5.0, 10.0, 20.0, 50.0, 100.0))
        axes.set(xlabel="Impact I of selling everything", ylabel="Leverage at which equity is gone")
        axes.legend(
            handles=[
                marks.key("mark after the sale, 1 / I", "s", colour=style.COLOURS[1]),
                marks.key(
                    "mean fill price of the book", "D", colour=style.COLOURS[2], filled=False
                ),
                marks.key("walk down the levels", "o", colour=style.COLOURS[0]),
                Line2D([], [], color=style.INK, linestyle="--", label="3 / (2 I)"),
            ],
            loc="lower left",
            fontsize=panels.SMALL_PT,
            frameon=True,
            framealpha=1.0,
            edgecolor="none",
        )
        axes.set_ylim(1.4, 220.0)
    return figure


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("leverage_tails", ("leverage_tails",), draw_tails),
    ValidationFigure("leverage_cycle", ("leverage_cycle", "leverage_cycle_edge"), draw_cycle),
    ValidationFigure("critical_leverage", ("critical_leverage",), draw_critical),
)
