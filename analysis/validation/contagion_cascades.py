"""Figures of C2 and C3: when one failure becomes many.

default_cascade          frequency and extent of contagion over the number of counterparties, at
                         two sizes of the market, with the window and the branching argument
overlapping_portfolios   (a) frequency over diversification by leverage
                         (b) frequency over the growth of a cascade on a tree
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

DEADLY_WINDOW = (1.0207039, 5.7646771)
"""Roots of z P(Poi(z) <= 3) = 1: where a cascade can grow."""

SHADE = "#dfe9f1"


def draw_defaults(tables: Tables) -> Figure:
    """Draw both panels of C2."""
    table = tables["default_cascade"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.7)
        frequency, extent = figure.subplots(1, 2, sharex=True)
        for axes in (frequency, extent):
            axes.axvspan(*DEADLY_WINDOW, color=SHADE, linewidth=0, zorder=-2)
            axes.grid(axis="y")
            axes.set(xlabel="Mean number of borrowers z", ylim=(-0.04, 1.06))
        sizes = table.groupby("banks", sort=False)
        for number, (_, rows) in enumerate(sizes):
            panels.curve(frequency, rows, ("degree", "frequency"), number)
            seen = rows[rows["extent"].notna()]
            extent.plot(
                seen["degree"],
                seen["extent"],
                color=style.COLOURS[number],
                marker=style.MARKERS[number],
                markersize=3.4,
                linewidth=0.9,
            )
        first = table[table["banks"] == table["banks"].iloc[0]]
        frequency.plot(first["degree"], first["branching"], "--", color=style.INK, linewidth=0.9)
        frequency.plot(first["degree"], first["independent"], "x", color=style.INK, markersize=5.0)
        frequency.set(ylabel="Frequency of contagion")
        frequency.set_title("(a) How often")
        extent.set(ylabel="Share of banks that fail then")
        extent.set_title("(b) How far")
        marks.legend_below(
            figure,
            [
                *(
                    Line2D(
                        [],
                        [],
                        color=style.COLOURS[number],
                        marker=style.MARKERS[number],
                        markersize=3.4,
                        linewidth=0.9,
                        label=f"{banks:,.0f} banks",
                    )
                    for number, (banks, _) in enumerate(sizes)
                ),
                Line2D([], [], color=style.INK, linestyle="--", label="branching argument"),
                marks.key("independent program, 1,000 banks", "x"),
                Patch(facecolor=SHADE, label="window"),
            ],
        )
    return figure


def draw_portfolios(tables: Tables) -> Figure:
    """Draw both panels of C3."""
    table = tables["overlapping_portfolios"].sort_values(["leverage", "degree"])
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.7)
        left, right = figure.subplots(1, 2)
        for number, (_, rows) in enumerate(table.groupby("leverage")):
            panels.curve(left, rows, ("degree", "frequency"), number)
            _points(right, rows, number)
        known = table[table["independent"].notna()]
        left.plot(known["degree"], known["independent"], "x", color=style.INK, markersize=5.0)
        left.set(xlabel="Mean number of assets μ", ylabel="Frequency of contagion")
        left.set(ylim=(-0.04, 1.06))
        left.grid(axis="y")
        left.set_title("(a) Diversification")
        right.axvline(1.0, color=style.INK, linestyle="--", linewidth=0.9)
        panels.log_axis(right, "x")
        panels.ticks_at(right, "x", (0.03, 0.1, 0.3, 1.0, 3.0, 10.0))
        right.grid(axis="y")
        right.set(xlabel="Failures per failure on a tree", ylim=(-0.04, 1.06))
        right.set_title("(b) Growth of a cascade")
        marks.legend_below(
            figure,
            [
                *(
                    Line2D(
                        [],
                        [],
                        color=style.COLOURS[number],
                        marker=style.MARKERS[number],
                        markersize=3.4,
                        linewidth=0.9,
                        label=f"leverage {leverage:g}",
                    )
                    for number, leverage in enumerate(sorted(table["leverage"].unique()))
                ),
                marks.key("independent program, leverage 20", "x"),
            ],
        )
    return figure


def _points(axes: Axes, rows: pd.DataFrame, number: int) -> None:
    """Frequencies over growth with their intervals, not joined."""
    colour = style.COLOURS[number]
    axes.vlines(rows["growth"], rows["low"], rows["high"], color=colour, linewidth=1.4, zorder=2)
    axes.plot(
        rows["growth"],
        rows["frequency"],
        linestyle="none",
        marker=style.MARKERS[number],
        markersize=3.4,
        color=colour,
        zorder=3,
    )


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("default_cascade", ("default_cascade",), draw_defaults),
    ValidationFigure("overlapping_portfolios", ("overlapping_portfolios",), draw_portfolios),
)
