"""When ADL damps a cascade and when it spreads it: re-hedging share against relative depth.

    effect    median over replicates of trough(ADL off the book) - trough(sold in the book), same
              replicate, in percentage points of the first price; above zero ADL damps the fall
    line      h κ_B = κ_A, with h the share of what ADL closed on A that came back as sales on B:
              measured at each re-hedging share, Σ hedgers' net sales / Σ ADL on A
    contour   where the model's own effect is zero, interpolated between the cells

A dot marks a cell whose effect differs from zero after Holm's adjustment among all cells.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.contrasts import adjust, pair
from analysis.estimators import Floats
from analysis.figures.worlds import of_one_world
from analysis.load import Results

CUTTING, THINNER, TO_BOOK = "cut_share", "impact_multiple", "bankrupt_to_book"
NEEDS = (CUTTING, THINNER, TO_BOOK)
SHOWS = NEEDS
OFF_BOOK, IN_BOOK = "none", "all"
OUTCOMES = (
    ("min_price_ratio", "(a) Venue A, where ADL acts"),
    ("min_price_ratio_others", "(b) Venue B, where hedges are"),
)
REQUIRES = {
    "results": (*(outcome for outcome, _ in OUTCOMES), "flow_hedger_usd", "adl_first_usd"),
}
COLOURS = "PuOr"
HOLM = "differs from zero (Holm, 5 %)"
DOT: dict[str, Any] = {
    "markersize": 3.6,
    "markerfacecolor": style.INK,
    "markeredgecolor": "white",
    "markeredgewidth": 0.6,
}
"""A dot that shows on dark and on pale cells."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "the phase diagram")
    across = _numbers(results, CUTTING)
    up = _numbers(results, THINNER)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 3.0)
        panels = figure.subplots(1, 2, sharey=True)
        effects = [_effects(results, outcome, across, up) for outcome, _ in OUTCOMES]
        reach = max(float(np.nanmax(np.abs(found))) for found, _ in effects)
        norm = TwoSlopeNorm(0.0, -reach, reach)
        for axes, (_, title), (found, shown) in zip(panels, OUTCOMES, effects, strict=True):
            _panel(axes, across, up, found, norm)
            _dots(axes, across, up, shown)
            line = np.log2(neutral(results, across))
            axes.plot(across, line, color=style.INK, linestyle=(0, (4, 2)))
            axes.set_title(title)
            axes.set_xlabel("Share of hedgers who cut the open leg")
        panels[0].set_ylabel("Impact on B / impact on A")
        bar = figure.colorbar(ScalarMappable(norm, COLOURS), ax=panels, pad=0.02, aspect=25)
        bar.set_label("Trough with ADL minus without [pp]\n(above zero: ADL damps)")
        bar.outline.set_linewidth(0.6)
        handles = [
            Line2D(
                [],
                [],
                color=style.INK,
                linestyle=(0, (4, 2)),
                label="formula, h measured: h κ$_B$ = κ$_A$",
            ),
            Line2D([], [], color=style.INK, linewidth=1.6, label="model: effect is zero"),
            Line2D([], [], linestyle="none", marker="o", label=HOLM, **DOT),
        ]
        marks.legend_below(figure, handles)
    return figure


def _numbers(results: Results, lever: str) -> Floats:
    return np.array(sorted(float(str(value)) for value in results.levers[lever]))


def _cell(runs: pd.DataFrame, cutting: float, thinner: float) -> pd.DataFrame:
    return runs.loc[np.isclose(runs[CUTTING], cutting) & np.isclose(runs[THINNER], thinner)]


def _effects(results: Results, outcome: str, across: Floats, up: Floats) -> tuple[Floats, Floats]:
    """Median effect of every cell [pp], and whether it differs from zero: `[up, across]` both."""
    runs = of_one_world(results, SHOWS)
    matched = [
        pair(_cell(runs, cutting, thinner), outcome, TO_BOOK, OFF_BOOK, IN_BOOK)
        for thinner in up
        for cutting in across
    ]
    cells = adjust(outcome, [(OFF_BOOK, IN_BOOK)] * len(matched), matched)
    shape = (up.size, across.size)
    found = np.array([100.0 * cell.effect.value for cell in cells]).reshape(shape)
    return found, np.array([cell.is_shown() for cell in cells]).reshape(shape)


def neutral(results: Results, across: Floats) -> Floats:
    """Relative depth at which ADL neither damps nor spreads, by the formula: 1 / h.

    Args:
        results: the study.
        across: shares of hedgers who cut their open leg [A].

    Returns:
        Impact on B over impact on A [A]; NaN where ADL closed nothing or nothing came back.
    """
    runs_of_all = of_one_world(results, SHOWS)
    off = runs_of_all.loc[runs_of_all[TO_BOOK] == OFF_BOOK]
    line = np.full(across.size, np.nan)
    for j, cutting in enumerate(across):
        runs = off.loc[np.isclose(off[CUTTING], cutting)]
        sold, closed = -runs["flow_hedger_usd"].sum(), runs["adl_first_usd"].sum()
        if sold > 0.0 and closed > 0.0:
            line[j] = closed / sold
    return line


def _edges(centres: Floats) -> Floats:
    """Ends of cells whose centres are given."""
    middle = 0.5 * (centres[1:] + centres[:-1])
    first, last = 1.5 * centres[0] - 0.5 * centres[1], 1.5 * centres[-1] - 0.5 * centres[-2]
    return np.concatenate([[first], middle, [last]])


def _panel(axes: Axes, across: Floats, up: Floats, found: Floats, norm: TwoSlopeNorm) -> None:
    """Cells in colour and the contour of zero; the vertical axis is logarithmic to base two."""
    height = np.log2(up)
    axes.grid(visible=False)
    axes.pcolormesh(_edges(across), _edges(height), found, norm=norm, cmap=COLOURS, shading="flat")
    if np.nanmin(found) < 0.0 < np.nanmax(found):
        axes.contour(across, height, found, levels=[0.0], colors=style.INK, linewidths=1.6)
    axes.set_xlim(*_edges(across)[[0, -1]].tolist())
    axes.set_ylim(*_edges(height)[[0, -1]].tolist())
    axes.set_yticks(height, [f"{value:g}" for value in up])
    axes.set_xticks(across, [f"{value:g}" for value in across])


def _dots(axes: Axes, across: Floats, up: Floats, shown: Floats) -> None:
    """A dot in every cell that differs from zero."""
    rows, columns = np.nonzero(shown)
    axes.plot(across[columns], np.log2(up)[rows], "o", **DOT)
