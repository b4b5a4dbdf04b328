"""One venue's design as another's deficit: the design on A (rows) against that on B (columns).

    cell   median over replicates of B's outcome minus B's outcome under the first design on A, same
           design on B and same shocks

The first row is so the control of every column, and its cells print the medians themselves. An
asterisk marks cells that differ from the control after Holm's adjustment among all cells of the
panel. Colour is linear in the difference. Every other lever is held at its baseline.
"""

import json
import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.contrasts import Contrast, adjust, pair
from analysis.estimators import median
from analysis.figures.worlds import of_one_world
from analysis.load import Results

LEVER = "designs"
NEEDS = (LEVER,)
SHOWS = (LEVER,)
OUTCOMES = (
    ("deficit_others_usd", "(a) Deficit on B"),
    ("adl_others_usd", "(b) ADL on B"),
)
REQUIRES = {"results": tuple(outcome for outcome, _ in OUTCOMES)}
COLOURS = "PuOr_r"
LETTERS = 12
"""Letters of a design's name on one line."""

FLAT = 6
"""Columns whose names still fit below them; names of more stand upright."""

MORE, LESS = "#e08214", "#8073ac"
"""Colours of the legend, from the middle of either half."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "the matrix of designs")
    pairs = [tuple(json.loads(str(value))) for value in results.levers[LEVER]]
    rows = list(dict.fromkeys(first for first, _ in pairs))
    columns = list(dict.fromkeys(second for _, second in pairs))
    runs = _by_pair(results)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 1.3 + 0.3 * len(rows))
        for number, (axes, (outcome, title)) in enumerate(
            zip(figure.subplots(1, 2), OUTCOMES, strict=True)
        ):
            _panel(axes, runs, outcome, rows, columns)
            axes.set_title(f"{title} [{results.unit(outcome)}]")
            axes.set_xlabel("Design on B")
            names = [_wrapped(name) for name in rows]
            axes.set_yticks(range(len(rows)), names if number == 0 else [])
            if number == 0:
                axes.set_ylabel("Design on A")
        handles: list[Line2D | Patch] = [
            marks.key("differs from the first row (Holm, 5 %)", "$*$"),
            Patch(facecolor=MORE, label="more on B than in the first row"),
            Patch(facecolor=LESS, label="less"),
        ]
        marks.legend_below(figure, handles)
    return figure


def _by_pair(results: Results) -> pd.DataFrame:
    """Runs of one world with their pair of designs as a tuple (design on A, design on B)."""
    runs = of_one_world(results, SHOWS)
    return runs.assign(**{LEVER: runs[LEVER].map(lambda value: tuple(json.loads(str(value))))})


def effects(
    runs: pd.DataFrame, outcome: str, rows: list[str], columns: list[str]
) -> dict[tuple[str, str], Contrast]:
    """Every design on A against the first, for every design on B: one family.

    Args:
        runs: runs with a column of pairs (design on A, design on B).
        outcome: column to compare.
        rows: designs on A, the control first.
        columns: designs on B.
    """
    cells = [(row, column) for row in rows[1:] for column in columns]
    comparisons = [((row, column), (rows[0], column)) for row, column in cells]
    matched = [pair(runs, outcome, LEVER, *comparison) for comparison in comparisons]
    return dict(zip(cells, adjust(outcome, comparisons, matched), strict=True))


def _panel(
    axes: Axes, runs: pd.DataFrame, outcome: str, rows: list[str], columns: list[str]
) -> None:
    found = effects(runs, outcome, rows, columns)
    values = np.zeros((len(rows), len(columns)))
    for (row, column), contrast in found.items():
        values[rows.index(row), columns.index(column)] = contrast.effect.value
    reach = max(float(np.nanmax(np.abs(values))), style.TINY)
    norm = Normalize(-reach, reach)
    axes.grid(visible=False)
    axes.imshow(values, cmap=COLOURS, norm=norm, aspect="auto")
    for j, column in enumerate(columns):
        control = median(runs.loc[runs[LEVER] == (rows[0], column), outcome])
        _write(axes, j, 0, _number(control.value, 3), dark=False)
    axes.axhline(0.5, color=style.INK, linewidth=0.8)
    for (row, column), contrast in found.items():
        place = rows.index(row), columns.index(column)
        dark = abs(values[place]) > 0.6 * reach
        star = "*" if contrast.is_shown() else ""
        sign = "+" if values[place] > 0.0 else ""
        _write(axes, *place[::-1], f"{sign}{_number(values[place], 2)}{star}", dark=bool(dark))
    names = [_wrapped(name) for name in columns]
    upright = 90.0 if len(columns) > FLAT else 0.0
    axes.set_xticks(range(len(columns)), names, rotation=upright, fontsize=6.5)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)


def _wrapped(name: str) -> str:
    """A design's name on lines that fit below a cell and beside a row."""
    return textwrap.fill(style.design_label(name), LETTERS, break_long_words=False)


def _number(value: float, digits: int) -> str:
    """A cell's number; a dash for unknown."""
    return "\u2013" if np.isnan(value) else style.short_number(float(f"{value:.{digits}g}"))


def _write(axes: Axes, x: int, y: int, text: str, *, dark: bool) -> None:
    colour = "white" if dark else style.INK
    axes.text(x, y, text, ha="center", va="center", fontsize=6.5, color=colour)
