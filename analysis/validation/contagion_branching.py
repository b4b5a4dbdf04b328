"""Figure of C6: drops of the whole agent model against the reproduction matrix's.

branching    every cell: total drop over first drop, on venue A and on venue B; predicted (hollow)
             and the model's mean with its 95 % interval (filled)
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

VENUES = ("(a) Venue A", "(b) Venue B")


def draw(tables: Tables) -> Figure:
    """Draw both venues."""
    table = tables["branching"]
    cells = table.loc[table["venue"] == 0.0].reset_index(drop=True)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.95 + 0.25 * len(cells))
        panels = figure.subplots(1, 2, sharex=True)
        for v, (axes, title) in enumerate(zip(panels, VENUES, strict=True)):
            _rows(axes, table.loc[table["venue"] == float(v)].reset_index(drop=True), v)
            axes.set_title(title)
            axes.set_xlabel("Total drop / first drop")
        panels[0].set_yticklabels([_label(cell) for _, cell in cells.iterrows()])
        marks.legend_below(
            figure,
            [
                marks.key("reproduction matrix", "o", filled=False),
                marks.key("agent model, mean", "o", colour=style.COLOURS[0]),
                Line2D([], [], color=style.COLOURS[0], linewidth=1.4, label="95 % interval"),
            ],
        )
    return figure


def _label(cell: pd.Series) -> str:
    loops = f"{cell['loop_alpha']:g}, {cell['loop_beta']:g}"
    return f"cutting {cell['cutting']:g}, \u03b7 {cell['eta']:g}, \u03ba\u03c1 {loops}"


def _rows(axes: Axes, cells: pd.DataFrame, v: int) -> None:
    count = len(cells)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks(range(count), [] if v else [""] * count)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for row in range(0, count, 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#f5f5f5", linewidth=0, zorder=-2)
    for place, (_, cell) in enumerate(cells.iterrows()):
        axes.hlines(place + 0.16, cell["low"], cell["high"], color=style.COLOURS[0], linewidth=1.4)
        axes.plot(cell["measured"], place + 0.16, "o", color=style.COLOURS[0], markersize=3.6)
        axes.plot(
            cell["predicted"], place - 0.16, "o", markersize=4.0, markerfacecolor="white",
            markeredgecolor=style.INK, markeredgewidth=0.9,
        )  # fmt: skip


FIGURES = (ValidationFigure("branching", ("branching",), draw),)
