"""Figures of V28 and V33: who leaves when winners may leave.

spiral          the two-trader example: what L and H have left of their utility in both
                rounds, with equities restored as printed and with losses carried over
participation   (a)-(c) share of endowments kept over outside option and churn
                (d) smallest first participation from which the pool recovers
"""

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

OUTSIDE_USD = 2.0
"""Reservation utility of the example [USD], as printed in its source."""

TRADERS = {"L": "L (low leverage)", "H": "H (high leverage)"}
KEPT = LinearSegmentedColormap.from_list("kept", ["#ffffff", "#9ecae1", "#0072B2", "#00304f"])
GAIN = LinearSegmentedColormap.from_list("gain", ["#D55E00", "#ffffff", "#0072B2"])
HALF = style.COLOURS[4]
BAR = 0.36
"""Width of a bar [rounds]."""


def draw_spiral(tables: Tables) -> Figure:
    """Draw utilities of both traders, one panel per rule and treatment of equity."""
    table = tables["death_spiral"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.6)
        cells = figure.subplots(1, 4, sharey=True)
        cases = itertools.product((False, True), ("pro-rata", "RAP"))
        for axes, (carried, rule) in zip(cells, cases, strict=True):
            rows = table[(table["rule"] == rule) & (table["carry_over"] == carried)]
            _utilities(axes, rows)
            axes.set_title(f"{rule}, equity\n{'carried over' if carried else 'restored'}")
        cells[0].set_ylabel("Utility after ADL [USD]")
        marks.legend_below(
            figure,
            [
                *(
                    Patch(facecolor=style.COLOURS[number], label=name)
                    for number, name in enumerate(TRADERS.values())
                ),
                Line2D(
                    [], [], color=style.INK, linestyle="--", label=f"outside option {OUTSIDE_USD:g}"
                ),
                marks.key("has left", "x"),
            ],
        )
    return figure


def _utilities(axes: Axes, rows: pd.DataFrame) -> None:
    """Bars of utility by round and trader, a cross where a trader has left before."""
    axes.grid(axis="y")
    axes.grid(visible=False, axis="x")
    axes.axhline(0.0, color=style.QUIET, linewidth=0.6)
    axes.axhline(OUTSIDE_USD, color=style.INK, linestyle="--", linewidth=0.9, zorder=4)
    for number, trader in enumerate(TRADERS):
        for _, row in rows[rows["trader"] == trader].iterrows():
            place = float(row["round"]) + (number - 0.5) * (BAR + 0.02)
            utility = float(row["utility"])
            if np.isnan(utility):
                axes.plot(place, 5.0, "x", color=style.INK, markersize=5.0)
                continue
            axes.bar(place, utility, BAR, color=style.COLOURS[number], linewidth=0, zorder=3)
            axes.annotate(
                panels.signed(utility, 0 if abs(utility - round(utility)) < 1e-6 else 1),
                (place, utility),
                xytext=(0, 2.5 if utility > 0.0 else -2.5),
                textcoords="offset points",
                ha="center",
                va="bottom" if utility > 0.0 else "top",
                fontsize=panels.SMALL_PT,
            )
    unfunded = rows.groupby("round")["unfunded"].max()
    labels = [
        f"round {number}" + (f"\n{missing:.0f} unfunded" if missing > 0.0 else "\n ")
        for number, missing in unfunded.items()
    ]
    axes.set_xticks(list(unfunded.index), labels)
    axes.set_xlim(0.45, 2.55)
    axes.set_ylim(-17.0, 40.0)


def draw_participation(tables: Tables) -> Figure:
    """Draw the maps of both rules, their difference, and the basin."""
    grid = tables["participation_grid"]
    kept = {
        rule: grid[grid["rule"] == rule].pivot_table(
            index="outside", columns="churn", values="kept"
        )
        for rule in ("pro-rata", "RAP")
    }
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 4.9)
        cells = figure.subplots(2, 2)
        for axes, rule, letter in zip(cells[0], kept, "ab", strict=True):
            _map(axes, kept[rule], KEPT, (0.0, 1.0), "Share kept")
            _spiral_edge(axes, grid[grid["rule"] == rule])
            axes.set_title(f"({letter}) {rule}")
        _map(
            cells[1, 0], kept["RAP"] - kept["pro-rata"], GAIN, (-1.0, 1.0), "Share kept, difference"
        )
        cells[1, 0].set_title("(c) RAP minus pro-rata")
        _basin(cells[1, 1], tables["participation_basin"])
        marks.legend_below(
            figure,
            [
                Line2D([], [], color=HALF, linewidth=1.4, label="half of the populations spiral"),
                Line2D([], [], color=style.INK, linestyle="--", label="Lambert's W (pro-rata)"),
            ],
        )
    return figure


def _map(
    axes: Axes,
    values: pd.DataFrame,
    colours: LinearSegmentedColormap,
    ends: tuple[float, float],
    label: str,
) -> None:
    """A grid of shares over churn and outside option with its scale."""
    axes.grid(visible=False)
    shown = axes.pcolormesh(
        values.columns, values.index, values, cmap=colours, vmin=ends[0], vmax=ends[1],
        shading="nearest", rasterized=True,
    )  # fmt: skip
    bar = axes.figure.colorbar(shown, ax=axes, pad=0.02, aspect=22)
    bar.set_label(label)
    bar.outline.set_linewidth(0.4)
    bar.set_ticks([ends[0], 0.5 * (ends[0] + ends[1]), ends[1]])
    bar.ax.tick_params(length=2.0)
    bar.ax.yaxis.set_major_formatter(lambda value, _: style.short_number(value))
    axes.set(xlabel="Churn β [1]", ylabel="Outside return u₀ [1]")
    style.plain_ticks(axes, "x")
    style.plain_ticks(axes, "y")


def _spiral_edge(axes: Axes, rows: pd.DataFrame) -> None:
    """Line between where fewer and where more than half of the populations spiral."""
    lost = rows.pivot_table(index="outside", columns="churn", values="spiral")
    if lost.to_numpy().min() < 0.5 < lost.to_numpy().max():
        axes.contour(lost.columns, lost.index, lost, levels=[0.5], colors=[HALF], linewidths=1.4)


def _basin(axes: Axes, table: pd.DataFrame) -> None:
    """Edge of the basin over churn, measured and predicted."""
    axes.grid(axis="y")
    for number, (rule, rows) in enumerate(table.groupby("rule", sort=False)):
        colour = style.COLOURS[number]
        axes.plot(
            rows["churn"],
            rows["edge"],
            color=colour,
            marker=style.MARKERS[number],
            markersize=3.4,
            linewidth=0.9 if rule == "RAP" else 0.0,
        )
        if rows["predicted"].notna().any():
            axes.plot(rows["churn"], rows["predicted"], "--", color=style.INK, linewidth=0.9)
        last = rows.iloc[-3]
        axes.annotate(
            str(rule),
            (float(last["churn"]), float(last["edge"])),
            xytext=(0, -6 if rule == "RAP" else 6),
            textcoords="offset points",
            ha="center",
            va="top" if rule == "RAP" else "bottom",
            fontsize=panels.SMALL_PT,
            color=colour,
        )
    style.plain_ticks(axes, "x")
    axes.set(xlabel="Churn β [1]", ylabel="Least first participation", ylim=(-0.04, 1.06))
    axes.set_title("(d) Edge of the basin, no outside option")


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("spiral", ("death_spiral",), draw_spiral),
    ValidationFigure(
        "participation", ("participation_grid", "participation_basin"), draw_participation
    ),
)
