"""Figures of V24 and V26: what makes a queue unsteady.

queue_jump   expected jump over score noise, queue and shares by the same score
churn        (a) variation of the effective impact slope over the rounds, by order of the queue
             (b) variation per round over the number of accounts a round closes

Means with 95 % intervals; dashed lines are predictions.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

FLAT = 1e-9
"""A variation below this is zero up to rounding [ranges of slope]."""

ORDERS = {
    "alternating": "queue as in the claim",
    "random order": "in random order",
    "uniform slopes": "uniform slopes",
    "sorted by slope": "sorted by slope",
}


def draw_jump(tables: Tables) -> Figure:
    """Draw the panel of V24."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.6)
        _jumps(figure.subplots(), tables["queue_jump"])
        _legend(figure)
    return figure


def draw_churn(tables: Tables) -> Figure:
    """Draw both panels of V26."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.75)
        cells = figure.subplots(1, 2, width_ratios=(1.55, 1.0))
        _paths(cells[0], tables["queue_churn_path"])
        _several(cells[1], tables["queue_churn_several"])
        _legend(figure)
    return figure


def _legend(figure: Figure) -> None:
    marks.legend_below(
        figure,
        [
            Line2D([], [], color=style.INK, linestyle="--", label="predicted"),
            Patch(color="none", label="points: means with 95 % intervals"),
        ],
    )


def _jumps(axes: Axes, table: pd.DataFrame) -> None:
    """V24: expected jump over 2B against the noise of the scores."""
    panels.log_log(axes)
    for number, (rule, rows) in enumerate(table.groupby("rule", sort=False)):
        panels.curve(axes, rows, ("noise", "mean"), number)
        middle = rows.iloc[2]
        above = rule == "queue"
        axes.annotate(
            "queue" if above else "shares by\nthe same score",
            (float(middle["noise"]), float(middle["mean"])),
            xytext=(-5, 6) if above else (6, -5),
            textcoords="offset points",
            ha="right" if above else "left",
            va="bottom" if above else "top",
            fontsize=panels.SMALL_PT,
            color=style.COLOURS[number],
        )
    queue = table[table["rule"] == "queue"]
    axes.plot(queue["noise"], queue["predicted"], "--", color=style.INK, linewidth=0.9, zorder=4)
    axes.set(xlabel="Noise of scores / their range", ylabel="Mean jump / 2B")


def _paths(axes: Axes, table: pd.DataFrame) -> None:
    """V26: total variation over the rounds; pro-rata is zero and named."""
    panels.log_log(axes)
    ends = {}
    for number, (order, name) in enumerate(ORDERS.items()):
        rows = table[table["order"] == order]
        panels.curve(axes, rows, ("rounds", "mean"), number)
        last = rows.iloc[-1]
        ends[name] = (float(last["rounds"]), float(last["mean"]), style.COLOURS[number])
    rounds = np.array(sorted(table["rounds"].unique()), np.float64)
    axes.plot(rounds, rounds - 1.0, "--", color=style.INK, linewidth=0.9, zorder=4)
    even = table[table["order"] == "pro-rata"]["mean"].max()
    said = "0" if even < FLAT else f"up to {even:.1g}"
    axes.text(
        0.03, 0.96, f"pro-rata: {said} in every round", transform=axes.transAxes,
        fontsize=panels.SMALL_PT, va="top",
    )  # fmt: skip
    axes.set_xlim(rounds[0] / 1.2, rounds[-1] * (rounds[-1] / rounds[0]) ** 0.6)
    axes.set_ylim(0.25, 3.5 * rounds[-1])
    panels.ticks_at(axes, "x", tuple(rounds[::2]))
    axes.set(xlabel="Rounds T", ylabel="Variation $P_T$ / range of slopes")
    axes.set_title("(a) Churn of who pays")
    axes.figure.canvas.draw()
    panels.end_labels(axes, ends)


def _several(axes: Axes, table: pd.DataFrame) -> None:
    """V26: variation per round against the number of accounts a round closes."""
    panels.log_log(axes)
    panels.curve(axes, table, ("accounts", "mean"), 2)
    axes.plot(table["accounts"], table["predicted"], "--", color=style.INK, linewidth=0.9, zorder=4)
    panels.ticks_at(axes, "x", tuple(table["accounts"].iloc[::2]))
    panels.ticks_at(axes, "y", (0.05, 0.1, 0.2, 0.3))
    axes.set(xlabel="Accounts closed per round", ylabel="Variation per round / range")
    axes.set_title("(b) Wider rounds")


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("queue_jump", ("queue_jump",), draw_jump),
    ValidationFigure("churn", ("queue_churn_path", "queue_churn_several"), draw_churn),
)
