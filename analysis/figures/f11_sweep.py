"""Outcomes over a number that the study sweeps, one line per design or other choice.

    line   median over replicates;  band   its 95 % interval from order statistics

Drawn when exactly one lever of the study is a number with at least three values. Lines are designs,
or without that lever the values of the first other one; all others are held at their baseline. The
panels are the outcomes that the study puts first.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.estimators import median
from analysis.figures.f10_variants import shown_outcomes
from analysis.load import Results
from analysis.slices import DESIGN, baseline

SHOWS = (DESIGN,)
REQUIRES: dict[str, tuple[str, ...]] = {"results": ()}
LEAST_VALUES = 3
MOST_PANELS = 4


def swept(results: Results) -> list[str]:
    """Levers that are numbers with at least three values."""
    return [
        lever
        for lever, values in results.levers.items()
        if len(values) >= LEAST_VALUES
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    ]


def absent_because(results: Results) -> str | None:
    """Why there is no such figure; None when there is."""
    count = len(swept(results))
    if count == 1:
        return None
    return "the study sweeps no number" if count == 0 else "the study sweeps several numbers"


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "the sweep")
    (lever,) = swept(results)
    outcomes = shown_outcomes(results)[:MOST_PANELS]
    lines = -(-len(outcomes) // 2)
    names = [str(value) for value in results.levers.get(told_by(results, lever), ("all",))]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.5 + 1.9 * lines)
        panels = figure.subplots(lines, 2, squeeze=False).ravel()
        for number, outcome in enumerate(outcomes):
            _panel(panels[number], results, lever, outcome)
            words = style.words(outcome)
            panels[number].set_title(f"({chr(97 + number)}) {words[0].upper()}{words[1:]}")
        for axes in panels[len(outcomes) :]:
            axes.set_axis_off()
        looks = style.looks(names)
        handles = [
            Line2D(
                [], [], color=looks[name].colour, marker=looks[name].marker, markersize=3.5,
                label=style.design_label(name),
            )
            for name in names
        ]  # fmt: skip
        marks.legend_below(figure, handles if len(names) > 1 else [])
    return figure


def told_by(results: Results, lever: str) -> str:
    """The lever whose values are lines: the design, else the first that varies; "" without one."""
    others = [name for name, values in results.levers.items() if name != lever and len(values) > 1]
    if DESIGN in others:
        return DESIGN
    return others[0] if others else ""


def _panel(axes: Axes, results: Results, lever: str, outcome: str) -> None:
    runs, fixed, told = results.runs, baseline(results), told_by(results, lever)
    for other, values in results.levers.items():
        if other not in (lever, told) and len(values) > 1:
            runs = runs.loc[runs[other] == fixed[other]]
    names = [str(value) for value in results.levers.get(told, ("all",))]
    looks = style.looks(names)
    places = sorted(float(str(value)) for value in results.levers[lever])
    drawn: list[float] = []
    ends: list[float] = []
    for name in names:
        mine = runs.loc[runs[told].astype(str) == name] if told else runs
        found = [median(mine.loc[mine[lever] == place, outcome]) for place in places]
        middles = [estimate.value for estimate in found]
        low, high = [e.low for e in found], [e.high for e in found]
        look = looks[name]
        axes.fill_between(places, low, high, color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(
            places, middles, color=look.colour, linestyle=look.line, marker=look.marker,
            markersize=3.5,
        )  # fmt: skip
        drawn += middles
        ends += [*low, *high]
    axes.grid(axis="y")
    axes.set_xticks(places, [f"{place:g}" for place in places])
    style.spread_scale(axes, drawn, ends, axis="y")
    axes.set_xlabel(style.words(lever)[0].upper() + style.words(lever)[1:])
    axes.set_ylabel(style.axis_label(results, outcome))
