"""One venue's design as another's deficit: the design on A (rows) against that on B (columns).

    cell   median over replicates of B's outcome minus B's outcome under the first design on A, same
           design on B and same shocks

The first row is so the control of every column, and its cells print the medians themselves. An
asterisk marks cells that differ from the control after Holm's adjustment among all cells.
"""

import json

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.contrasts import Contrast, adjust, pair
from analysis.load import Results

LEVER = "designs"
NEEDS = (LEVER,)
SHOWS = ()
OUTCOMES = (
    ("deficit_others_usd", "(a) Deficit on B"),
    ("adl_others_usd", "(b) ADL on B"),
)
REQUIRES = {"results": tuple(outcome for outcome, _ in OUTCOMES)}
COLOURS = "PuOr_r"


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "the matrix of designs")
    pairs = [tuple(json.loads(str(value))) for value in results.levers[LEVER]]
    rows = list(dict.fromkeys(first for first, _ in pairs))
    columns = list(dict.fromkeys(second for _, second in pairs))
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 1.5 + 0.27 * len(rows))
        for number, (axes, (outcome, title)) in enumerate(
            zip(figure.subplots(1, 2), OUTCOMES, strict=True)
        ):
            _panel(axes, results, outcome, rows, columns)
            axes.set_title(title)
            axes.set_xlabel("Design on B")
            names = [style.design_label(name) for name in rows]
            axes.set_yticks(range(len(rows)), names if number == 0 else [])
            if number == 0:
                axes.set_ylabel("Design on A")
        handles = [
            marks.key("differs from the first row (Holm, 5 %)", "$*$"),
            marks.key("first row: medians; others: median difference to it [USD]", "s"),
        ]
        marks.legend_below(figure, handles)
    return figure


def _pairs_of(results: Results) -> pd.Series:
    """The pair of designs of every run."""
    return results.runs[LEVER].map(lambda value: tuple(json.loads(str(value))))


def _effects(
    results: Results, outcome: str, rows: list[str], columns: list[str]
) -> dict[tuple[str, str], Contrast]:
    """Every design on A against the first, for every design on B: one family."""
    runs = results.runs.copy()
    runs[LEVER] = _pairs_of(results)
    cells = [(row, column) for row in rows[1:] for column in columns]
    comparisons = [((row, column), (rows[0], column)) for row, column in cells]
    matched = [pair(runs, outcome, LEVER, *comparison) for comparison in comparisons]
    return dict(zip(cells, adjust(outcome, comparisons, matched), strict=True))


def _panel(axes: Axes, results: Results, outcome: str, rows: list[str], columns: list[str]) -> None:
    effects = _effects(results, outcome, rows, columns)
    values = np.zeros((len(rows), len(columns)))
    for (row, column), contrast in effects.items():
        values[rows.index(row), columns.index(column)] = contrast.effect.value
    reach = max(float(np.nanmax(np.abs(values))), 1.0)
    norm = SymLogNorm(linthresh=reach / 3.0, vmin=-reach, vmax=reach)
    axes.grid(visible=False)
    axes.imshow(values, cmap=COLOURS, norm=norm, aspect="auto")
    for j, column in enumerate(columns):
        control = _pairs_of(results)
        middle = results.runs.loc[control == (rows[0], column), outcome].median()
        _write(axes, j, 0, style.short_number(round(float(middle), -1)), dark=False)
    for (row, column), contrast in effects.items():
        place = rows.index(row), columns.index(column)
        dark = abs(norm(values[place]) - 0.5) > 0.3
        star = "*" if contrast.is_shown() else ""
        text = style.short_number(float(f"{values[place]:.2g}"))
        _write(axes, place[1], place[0], f"{text}{star}", dark=bool(dark))
    axes.set_xticks(
        range(len(columns)),
        [style.design_label(name) for name in columns],
        rotation=30,
        ha="right",
        rotation_mode="anchor",
    )
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)


def _write(axes: Axes, x: int, y: int, text: str, *, dark: bool) -> None:
    colour = "white" if dark else style.INK
    axes.text(x, y, text, ha="center", va="center", fontsize=6.5, color=colour)
