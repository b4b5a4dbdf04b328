"""Concentration of haircuts: is the loss spread, or does it fall on a few?

    Gini of taken_i over accounts;  share taken from the top 1 %;
    excess = max_i taken_i / equity_i - bound,  bound = the smallest maximum any rule could reach

One row per design; within it one mark per disclosure (shape) and reaction (filled: traders react).
Gini and top-1 % share are bounded, so means are shown; the excess is heavy-tailed, so its median.
Replicates in which nothing was taken have no Gini and no top share: they are left out there, and
the column on the right counts them over all marks of the row.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.estimators import Estimate, Estimator, mean, median
from analysis.load import Results
from analysis.slices import DESIGN, DISCLOSURE, REACTING, Slice, cut, value_label

SHOWS = (DESIGN, DISCLOSURE, REACTING)
OUTCOMES: tuple[tuple[str, Estimator, str, str], ...] = (
    ("taken_gini", mean, "mean", "(a) Gini"),
    ("taken_top1_share", mean, "mean", "(b) Top 1 %"),
    ("largest_burden_excess", median, "median", "(c) Largest burden"),
)
REQUIRES = {"results": tuple(outcome for outcome, *_ in OUTCOMES)}
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p")
"""Marker of each disclosure, in the study's order."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "concentration of haircuts")
    shown = cut(results, SHOWS)
    count = len(shown.disclosures) * len(shown.reactions)
    height = 1.2 + marks.row_height_in(len(shown.designs), count)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, height)
        panels = figure.subplots(1, 3)
        for number, (axes, entry) in enumerate(zip(panels, OUTCOMES, strict=True)):
            outcome, estimator, prefix, title = entry
            marks.row_axis(axes, shown.designs, named=number == 0)
            drawn: list[Estimate] = []
            for row, design in enumerate(shown.designs):
                drawn += _row(axes, row, shown, design, outcome, estimator)
            axes.set_xlabel(style.axis_label(results, outcome, prefix))
            axes.set_title(title)
            if estimator is mean:
                style.plain_ticks(axes, count=5)
                axes.set_xlim(0.0, 1.0)
            else:
                axes.set_xlim(left=0.0)
                marks.scale_rows(axes, drawn)
        _count_empty(panels[2], shown)
        marks.legend_below(figure, _legend(shown, results.study.replicates))
    return figure


def _row(
    axes: Axes, row: int, shown: Slice, design: str, outcome: str, estimator: Estimator
) -> list[Estimate]:
    """All marks of one design: disclosures from top to bottom, not reacting above reacting."""
    colour = style.looks(shown.designs)[design].colour
    drawn: list[Estimate] = []
    settings = [(d, r) for d in range(len(shown.disclosures)) for r in shown.reactions]
    for (d, reacting), offset in zip(settings, marks.offsets(len(settings)), strict=True):
        values = shown.of(design, shown.disclosures[d], reacting)[outcome]
        drawn.append(estimator(values))
        look = style.Look(colour, SHAPES[d % len(SHAPES)], "-", "")
        marks.point(axes, row + offset, drawn[-1], look, filled=reacting is not False, size=3.3)
    if shown.of(design)[outcome].isna().all():
        marks.empty_row(axes, row, "nothing taken")
    return drawn


def _count_empty(axes: Axes, shown: Slice) -> None:
    marks.margin_title(axes, "nothing\ntaken")
    for row, design in enumerate(shown.designs):
        gini = shown.of(design)["taken_gini"]
        marks.margin_text(axes, row, f"{int(gini.isna().sum())}/{len(gini)}")


def _legend(shown: Slice, replicates: int) -> list[Line2D]:
    handles = []
    if len(shown.disclosures) > 1:
        handles = [
            marks.key(
                f"published: {value_label(value)}", SHAPES[d % len(SHAPES)], colour=style.QUIET
            )
            for d, value in enumerate(shown.disclosures)
        ]
    if len(shown.reactions) > 1:
        handles += [
            marks.key("traders react", "o"),
            marks.key("traders do not react", "o", filled=False),
        ]
    return [*handles, marks.bar_key(marks.interval_words(replicates), thick=True)]
