"""The figures of a study, in the order of the report: a literal tuple, one file per figure.

A figure's file says what it REQUIRES (columns per table) and what it SHOWS (the levers it
separates; all others are held at their baseline), and has one function, `draw(results) -> Figure`.
To add a figure, write such a file and one entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.figures import (
    f01_who_pays,
    f02_concentration,
    f03_frontier,
    f04_crash,
    f05_contrasts,
    f06_disclosure,
    f07_network,
    f08_phase,
    f09_matrix,
    f10_variants,
    f11_sweep,
)
from analysis.figures.worlds import one_of_many
from analysis.load import EXTRA_TABLES, Results


@dataclass(frozen=True)
class FigureSpec:
    """One figure of the report.

    Attributes:
        name: name of its files, without ending.
        title: a heading.
        caption: one sentence on how to read it.
        requires: columns it reads, by table ("results", "series", "venues", "links").
        shows: levers it separates.
        needs: levers that must take two values or more, or there is nothing to draw.
        draw: the drawing; raises ResultsError when a required column is missing.
        unless: a reason of its own why a study has no such figure; None when it has.
        separates: levers it separates when that depends on the study; None for `shows`.
    """

    name: str
    title: str
    caption: str
    requires: Mapping[str, tuple[str, ...]]
    shows: tuple[str, ...]
    needs: tuple[str, ...]
    draw: Callable[[Results], Figure]
    unless: Callable[[Results], str | None] | None = None
    separates: Callable[[Results], tuple[str, ...]] | None = None

    def shown_in(self, results: Results) -> tuple[str, ...]:
        """The levers it separates in this study; all others are held."""
        return self.shows if self.separates is None else self.separates(results)

    def absent_because(self, results: Results) -> str | None:
        """Why this study has no such figure, in words; None when it has.

        A lever the study does not vary and a table it did not record are reasons. A missing column
        is not: it is an error, raised by `draw`.
        """
        if self.unless is not None and (reason := self.unless(results)) is not None:
            return reason
        for lever in self.needs:
            if len(results.levers.get(lever, ())) < 2:
                return f'the study does not vary "{lever}"'
        for table in self.requires:
            if results.table(table) is None:
                return f"the study recorded no {EXTRA_TABLES[table].what}"
        return None


FIGURES = (
    FigureSpec(
        name="f01_who_pays",
        title="Who pays",
        caption=(
            "Read across a row: (a) how much the design takes in the median crash, (b) which "
            "roles it takes it from and (c) which fifth of traders by initial equity, with 95 % "
            "intervals over replicates; a negative share is a gain (closed at a price better than "
            "the mark), and the last column counts the runs in which nothing was taken and which "
            "therefore have no shares."
        ),
        requires=f01_who_pays.REQUIRES,
        shows=f01_who_pays.SHOWS,
        needs=(),
        draw=f01_who_pays.draw,
        unless=lambda results: one_of_many(results, f01_who_pays.SHOWS),
    ),
    FigureSpec(
        name="f02_concentration",
        title="Concentration of haircuts",
        caption=(
            "The further right, the more unequally the loss falls: the Gini coefficient and the "
            "top 1 % share of what is taken (means), and the largest burden relative to equity "
            "above the smallest maximum any rule could have reached (median); the last column "
            "counts the runs in which nothing was taken."
        ),
        requires=f02_concentration.REQUIRES,
        shows=f02_concentration.SHOWS,
        needs=(),
        draw=f02_concentration.draw,
        unless=lambda results: one_of_many(results, f02_concentration.SHOWS),
    ),
    FigureSpec(
        name="f03_frontier",
        title="Solvency, fairness and revenue",
        caption=(
            "Lower left is better: each design stands at its medians with a cross of 95 % "
            "intervals, hollow designs are "
            "beaten by some other design on all three objectives, the grey line is the frontier of "
            "the two objectives of its panel, and the share in brackets says how often the design "
            "stays on the three-way frontier when replicates are redrawn."
        ),
        requires=f03_frontier.REQUIRES,
        shows=f03_frontier.SHOWS,
        needs=("design",),
        draw=f03_frontier.draw,
    ),
    FigureSpec(
        name="f04_crash",
        title="Price and deficit through the crash",
        caption=(
            "The line is the median crash and the bands hold the middle 50 and 90 % of replicates; "
            "the panels on the right subtract, replicate by replicate, the world without reaction "
            "from the world with it, so a band away from zero is the effect of reacting and not of "
            "chance."
        ),
        requires=f04_crash.REQUIRES,
        shows=f04_crash.SHOWS,
        needs=(),
        draw=f04_crash.draw,
    ),
    FigureSpec(
        name="f05_contrasts",
        title="Designs against the control, under the same shocks",
        caption=(
            "Each mark is the median difference to the control over crashes that both designs met; "
            "thick bars are 95 % intervals of one effect, thin bars hold for the whole panel at "
            'once, an asterisk survives Holm\'s adjustment, and "gain" is how many unpaired runs '
            "one paired run is worth."
        ),
        requires=f05_contrasts.REQUIRES,
        shows=f05_contrasts.SHOWS,
        needs=("design",),
        draw=f05_contrasts.draw,
    ),
    FigureSpec(
        name="f06_disclosure",
        title="What publishing the queue does",
        caption=(
            "Each mark is the median effect of publishing the queue, paired by replicate, on the "
            "deficit and on the deepest price (left means a deeper fall); hollow marks, where "
            "traders do not react, must stand at zero and check the comparison."
        ),
        requires=f06_disclosure.REQUIRES,
        shows=f06_disclosure.SHOWS,
        needs=("disclosure",),
        draw=f06_disclosure.draw,
    ),
    FigureSpec(
        name="f07_network",
        title="Which venue failed first, and where the loss ended",
        caption=(
            "Venues stand in the order in which they failed, the first on the left, with classes "
            "of traders above and house accounts below; (a) arrows show who was exposed to whom "
            "before the crash and (b) who bore the losses after it, pointing to the bearer and as "
            "wide as the amount (mean over replicates), and a circle's area is the venue's open "
            "interest."
        ),
        requires=f07_network.REQUIRES,
        shows=f07_network.SHOWS,
        needs=(),
        draw=f07_network.draw,
    ),
    FigureSpec(
        name="f08_phase",
        title="When ADL damps a cascade and when it spreads it",
        caption=(
            "Colour says how much higher the price's trough is when bankrupt positions go to ADL "
            "than when they are sold in the book, on the venue where that is decided (a) and on "
            "the one where the other legs of its winners are (b); below the lines ADL damps the "
            "fall, above them it deepens it, because hedgers whose winning leg it closed sell the "
            "other one; the dashed line takes the share h that comes back from the runs."
        ),
        requires=f08_phase.REQUIRES,
        shows=f08_phase.SHOWS,
        needs=f08_phase.NEEDS,
        draw=f08_phase.draw,
    ),
    FigureSpec(
        name="f09_matrix",
        title="One venue's design as another's deficit",
        caption=(
            "Down a column the design on B stays and the design on A changes: the first row prints "
            "what B suffers under it, every other cell the median change against it under the same "
            "shocks, orange for more and purple for less; A is the study\u2019s first venue, B all "
            "others, and an asterisk survives Holm's adjustment within its panel."
        ),
        requires=f09_matrix.REQUIRES,
        shows=f09_matrix.SHOWS,
        needs=f09_matrix.NEEDS,
        draw=f09_matrix.draw,
    ),
    FigureSpec(
        name="f10_variants",
        title="Variants side by side",
        caption=(
            "Medians over the same crashes with 95 % intervals; an asterisk marks a variant that "
            "differs from the first one, crash by crash, after Holm's adjustment."
        ),
        requires=f10_variants.REQUIRES,
        shows=f10_variants.SHOWS,
        needs=f10_variants.NEEDS,
        draw=f10_variants.draw,
        unless=f10_variants.absent_because,
        separates=f10_variants.separates,
    ),
    FigureSpec(
        name="f11_sweep",
        title="Outcomes over the number that the study sweeps",
        caption=(
            "Marks are medians over the same crashes with 95 % intervals, side by side where they "
            "would cover each other; intervals that overlap do not say that two lines are alike, "
            "since runs are paired."
        ),
        requires=f11_sweep.REQUIRES,
        shows=f11_sweep.SHOWS,
        needs=(),
        draw=f11_sweep.draw,
        separates=f11_sweep.separates,
        unless=f11_sweep.absent_because,
    ),
)
"""Every figure, in the order of the report."""
