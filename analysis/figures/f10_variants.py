"""Named variants of one world, side by side: what each lets happen, and how it differs.

    mark       median over replicates, 95 % interval
    asterisk   differs from the first variant under the same shocks (Holm among all rows of a panel)

The panels are the outcomes that the study puts first. Fields that a variant sets follow from its
name; levers that vary inside a variant are held at their baseline.
"""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.contrasts import Contrast, family
from analysis.estimators import Estimate, median
from analysis.figures.worlds import of_one_world, separated
from analysis.load import Results

LEVER = "name"
NEEDS = (LEVER,)
SHOWS = (LEVER,)
USUAL = ("deficit_before_adl_usd", "adl_notional_usd", "fund_drawdown_usd", "min_price_ratio")
REQUIRES = {"results": (LEVER,)}
MOST_PANELS = 6
COLUMNS = 2
LETTERS = 20
"""Letters of a variant's name on one line."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "named variants")
    names = [str(value) for value in results.levers[LEVER]]
    outcomes = shown_outcomes(results)
    runs = of_one_world(results, SHOWS)
    labels = [textwrap.fill(style.design_label(name), LETTERS) for name in names]
    lines = -(-len(outcomes) // COLUMNS)
    with style.theme():
        height = 0.8 + lines * (0.55 + marks.row_height_in(len(names), 1))
        figure = style.canvas(style.TEXT_IN, height)
        panels = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
        for number, outcome in enumerate(outcomes):
            _rows(panels[number], runs, outcome, names, named=number % COLUMNS == 0)
            if number % COLUMNS == 0:
                panels[number].set_yticklabels(labels)
            panels[number].set_title(f"({chr(97 + number)}) {title(outcome)}")
            panels[number].set_xlabel(f"Median{unit_of(results, outcome)}")
        for axes in panels[len(outcomes) :]:
            axes.set_axis_off()
        handles = [
            marks.bar_key(f"{marks.interval_words(results.study.replicates)}", thick=True),
            marks.key(f"differs from {style.design_label(names[0])} (Holm, 5 %)", "$*$"),
        ]
        marks.legend_below(figure, handles)
    return figure


def shown_outcomes(results: Results) -> list[str]:
    """The study's own outcomes, else the usual ones that it has."""
    chosen = results.provenance.get("outcomes_first", ())
    listed = chosen if isinstance(chosen, list) else []
    known = [name for name in listed if name in results.runs.columns]
    return (known or [name for name in USUAL if name in results.runs.columns])[:MOST_PANELS]


def absent_because(results: Results) -> str | None:
    """Why there is no such figure besides a lever that is not varied; None when there is."""
    if len(results.levers.get(LEVER, ())) < 2:
        return None  # said by `NEEDS`
    return None if shown_outcomes(results) else "the study has none of the outcomes it shows"


def separates(results: Results) -> tuple[str, ...]:
    """The name and every field that follows from it."""
    return separated(results, SHOWS)


def title(outcome: str) -> str:
    """An outcome's words as a heading."""
    words = style.words(outcome)
    return words[0].upper() + words[1:]


def unit_of(results: Results, outcome: str) -> str:
    """The unit in brackets, unless the words say it already or there is none."""
    unit = results.unit(outcome)
    said = unit in style.DIMENSIONLESS or unit in style.words(outcome)
    return "" if said else f" [{unit}]"


def _rows(axes: Axes, runs: pd.DataFrame, outcome: str, names: list[str], *, named: bool) -> None:
    marks.row_axis(axes, names, named=named)
    comparisons = [(name, names[0]) for name in names[1:]]
    contrasts: dict[object, Contrast] = {
        contrast.treated: contrast for contrast in family(runs, outcome, LEVER, comparisons)
    }
    looks = style.looks(names)
    drawn: list[Estimate] = []
    for row, name in enumerate(names):
        estimate = median(runs.loc[runs[LEVER] == name, outcome])
        if estimate.n == 0:
            marks.empty_row(axes, row, "never known")
            continue
        marks.point(axes, row, estimate, looks[name])
        drawn.append(estimate)
        if name in contrasts and contrasts[name].is_shown():
            marks.margin_text(axes, row, "*", place=1.01)
    marks.scale_rows(axes, drawn)
    _around_a_constant(axes, drawn)


def _around_a_constant(axes: Axes, drawn: list[Estimate]) -> None:
    """Start at zero where all variants are alike: an axis around one number has no scale."""
    ends = np.array([[e.value, e.low, e.high] for e in drawn])
    ends = ends[np.isfinite(ends)]
    if ends.size and np.ptp(ends) == 0.0 and ends[0] != 0.0:
        axes.set_xlim(*sorted((0.0, 1.25 * float(ends[0]))))
        style.plain_ticks(axes, count=4)
