"""Budgets by what they are told of the wave on 10 October 2025, and why slopes cannot set them.

    oct10_ex_ante    (a) over and under the needed budget, summed over waves, by method; methods
                     that are given the wave's contracts Q, or a step from hindsight, say so
                     (b) gap per contract against contracts closed, both less their coin's mean

The bars are exact. The exponent in (b) is estimated and has a 95 % interval over coins; linear
impact, on which the published ex-ante budget rests, is the line of slope 1.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure
from analysis.validation.october import dollars

OVER, UNDER = style.COLOURS[1], style.COLOURS[0]
LONGEST_USD = 6e7
"""End of the bars' axis; what is longer is cut and says so."""

DECADES = 3.6
"""Half width of panel (b)."""


def draw_ex_ante(tables: Tables) -> Figure:
    """Misses of each budget, and the impact that was assumed against the one that was seen."""
    methods = tables["oct10_ex_ante"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 1.15 + 0.24 * len(methods))
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1.0))
        _misses(left, methods)
        _impact(right, tables["oct10_impact"])
        left.set_title("(a) Budgets and what they are told")
        right.set_title("(b) Does the gap grow?")
        handles: list[Line2D | Patch] = [
            Patch(color=OVER, label="(a) more than needed"),
            Patch(color=UNDER, label="(a) less than needed"),
            marks.key("(b) a coin in a wave", ".", colour=style.QUIET),
        ]
        marks.legend_below(figure, handles)
    return figure


def _misses(axes: Axes, methods: pd.DataFrame) -> None:
    """A bar per method, the excess after the lack, the sum beside it."""
    names = [name.replace(" x ", " × ") for name in methods["name"]]
    marks.row_axis(axes, names, named=True)
    axes.set_yticklabels(names)
    for row, (over, under) in enumerate(
        zip(methods["over_usd"], methods["under_usd"], strict=True)
    ):
        lacking = min(under, LONGEST_USD)
        axes.barh(row, lacking, height=0.62, color=UNDER, linewidth=0)
        axes.barh(
            row,
            min(over, LONGEST_USD - lacking),
            left=lacking,
            height=0.62,
            color=OVER,
            linewidth=0,
        )
        is_cut = over + under > LONGEST_USD
        axes.annotate(
            f"cut: {dollars(over + under)}" if is_cut else dollars(over + under),
            (min(over + under, LONGEST_USD), row),
            xytext=(-4 if is_cut else 3, 0),
            textcoords="offset points",
            ha="right" if is_cut else "left",
            va="center",
            fontsize=6.5,
            color="white" if is_cut else style.INK,
        )
    axes.set_xlim(0.0, 1.17 * LONGEST_USD)
    ticks = np.linspace(0.0, LONGEST_USD, 4)
    axes.set_xticks(ticks, [style.short_number(tick) for tick in ticks])
    axes.set_xlabel("|budget − needed|, summed over waves [USD]")


def _impact(axes: Axes, table: pd.DataFrame) -> None:
    """Each coin and wave as a dot; the fitted line and the line of linear impact."""
    contracts, gap = table["contracts_decades"], table["gap_decades"]
    axes.plot(contracts, gap, ".", color=style.QUIET, markersize=2.2, alpha=0.5)
    ends = np.array([-DECADES, DECADES])
    exponent, low, high = (
        float(table[name].iloc[0]) for name in ("exponent", "exponent_low", "exponent_high")
    )
    axes.plot(ends, ends, color=OVER, linestyle=(0, (4, 2)), linewidth=1.2)
    axes.plot(ends, exponent * ends, color=UNDER, linewidth=1.4)
    axes.annotate(
        "linear impact: 1",
        (-2.3, -2.3),
        xytext=(6, -3),
        textcoords="offset points",
        ha="left",
        va="top",
        color=OVER,
        fontsize=7.0,
    )
    axes.annotate(
        f"seen: {exponent:.2f}, 95 % [{low:.2f}, {high:.2f}]".replace("-", "−"),
        (-DECADES, 2.6),
        xytext=(4, 0),
        textcoords="offset points",
        ha="left",
        color=UNDER,
        fontsize=7.0,
    )
    for set_limits in (axes.set_xlim, axes.set_ylim):
        set_limits(-DECADES, DECADES)
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks([-3, -2, -1, 0, 1, 2, 3])
    axes.grid(visible=True)
    axes.set_xlabel("contracts [decades around mean]")
    axes.set_ylabel("gap per contract [decades around mean]")


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("oct10_ex_ante", ("oct10_ex_ante", "oct10_impact"), draw_ex_ante),
)
