"""What publishing the queue does, when traders react and when they do not.

    effect = median over replicates of x(published) - x(not published),   same replicate

for the deficit before ADL and for the deepest price of the crash. Hollow marks are a check: traders
who do not react cannot be moved by what is published, so any effect there is an artefact. Thick
bars are 95 % intervals of one effect, thin bars hold at once for all filled (or all hollow) marks
of a panel; an asterisk marks effects that differ from zero after Holm's adjustment among them.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.contrasts import Contrast
from analysis.effects import disclosure_effects, published_and_control
from analysis.estimators import Estimate, Floats
from analysis.load import Results
from analysis.slices import DESIGN, DISCLOSURE, REACTING, Slice, cut, value_label

SHOWS = (DESIGN, DISCLOSURE, REACTING)
OUTCOMES = (
    ("deficit_before_adl_usd", "(a) Deficit"),
    ("min_price_ratio", "(b) Price trough"),
)
REQUIRES = {"results": tuple(outcome for outcome, _ in OUTCOMES)}
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p")


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "disclosure and reaction")
    shown = cut(results, SHOWS)
    published, control = published_and_control(shown)
    count = len(published) * len(shown.reactions)
    with style.theme():
        height = 1.3 + marks.row_height_in(len(shown.designs), count)
        figure = style.canvas(style.TEXT_IN, height)
        for axes, (outcome, title) in zip(figure.subplots(1, 2), OUTCOMES, strict=True):
            marks.row_axis(axes, shown.designs, named=outcome == OUTCOMES[0][0])
            marks.zero_line(axes)
            drawn: list[Estimate] = []
            for nth, reacting in enumerate(shown.reactions):
                effects = disclosure_effects(shown, outcome, reacting)
                places = marks.offsets(count)[nth :: len(shown.reactions)]
                drawn += _draw_effects(axes, shown, effects, places, reacting is not False)
            marks.scale_rows(axes, drawn)
            axes.set_xlabel(style.axis_label(results, outcome, "\u0394"))
            axes.set_title(title)
        handles = _legend(shown, published, results.study.replicates)
        what = f" {value_label(published[0])}" if len(published) == 1 else ""
        against = (
            f"publishing{what} minus publishing {value_label(control)}, median paired difference"
        )
        figure.legend(handles=handles, loc="outside lower center", ncol=3, title=against)
    return figure


def _draw_effects(
    axes: Axes,
    shown: Slice,
    effects: Mapping[str, Sequence[Contrast]],
    places: Floats,
    filled: bool,
) -> list[Estimate]:
    """Draw one kind of marks, filled or hollow; returns all that was drawn."""
    drawn: list[Estimate] = []
    looks = style.looks(shown.designs)
    for row, (design, contrasts) in enumerate(effects.items()):
        for nth, (contrast, place) in enumerate(zip(contrasts, places, strict=True)):
            look = style.Look(looks[design].colour, SHAPES[nth % len(SHAPES)], "-", "")
            marks.point(
                axes,
                row + place,
                contrast.effect,
                look,
                filled=filled,
                family=contrast.family_interval,
                size=3.5,
            )
            if contrast.is_shown():
                marks.margin_text(axes, row + place, "*", place=1.01)
            family = contrast.family_interval
            drawn += [contrast.effect] if family is None else [contrast.effect, family]
    return drawn


def _legend(shown: Slice, published: Sequence[object], replicates: int) -> list[Line2D]:
    handles = []
    if len(published) > 1:
        handles = [
            marks.key(
                f"published: {value_label(value)}", SHAPES[nth % len(SHAPES)], colour=style.QUIET
            )
            for nth, value in enumerate(published)
        ]
    if len(shown.reactions) > 1:
        handles += [
            marks.key("traders react", "o"),
            marks.key("traders do not react (check)", "o", filled=False),
        ]
    comparisons = len(published) * len(shown.designs)
    return [
        *handles,
        marks.bar_key(f"{marks.interval_words(replicates)}, one effect", thick=True),
        marks.bar_key(marks.family_words(replicates, comparisons), thick=False),
        marks.key("differs from zero (Holm, 5 %)", "$*$"),
    ]
