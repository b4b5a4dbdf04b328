"""Each design against the control under the same shocks.

    effect = median over replicates of x(design) - x(control),   both at the same replicate

The control is the design without ADL when the study has one, else its first; for an outcome that
is never known under it (no burden without ADL) the next design takes its place. Thick bars are 95 %
intervals of one effect, thin bars hold for all rows of a panel at once (Bonferroni), an asterisk
marks effects that differ from zero after Holm's adjustment. The column on the right is what pairing
buys: how many unpaired replicates one pair is worth.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.contrasts import Contrast
from analysis.effects import control_of, design_effects
from analysis.load import Results
from analysis.slices import DESIGN, Slice, cut

SHOWS = (DESIGN,)
OUTCOMES = (
    ("residual_deficit_usd", "(a) Solvency"),
    ("largest_burden", "(b) Fairness"),
    ("retained_value_beta5", "(c) Revenue"),
    ("min_price_ratio", "(d) Price"),
)
REQUIRES = {"results": tuple(outcome for outcome, _ in OUTCOMES)}


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "paired contrasts")
    shown = cut(results, SHOWS)
    height = 1.35 + 2 * marks.row_height_in(len(shown.designs), 1)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, height)
        panels = figure.subplots(2, 2).ravel()
        for number, (axes, (outcome, title)) in enumerate(zip(panels, OUTCOMES, strict=True)):
            marks.row_axis(axes, shown.designs, named=number % 2 == 0)
            _forest(axes, shown, design_effects(results, shown, outcome))
            axes.set_title(title)
            label = style.axis_label(results, outcome, "\u0394")
            control = style.design_label(control_of(results, shown, outcome))
            axes.set_xlabel(f"{label}, against {control}")
        replicates = results.study.replicates
        handles = [
            marks.bar_key(f"{marks.interval_words(replicates)}, one effect", thick=True),
            marks.bar_key(marks.family_words(replicates, len(shown.designs) - 1), thick=False),
            marks.key("differs from zero (Holm, 5 %)", "$*$"),
        ]
        marks.legend_below(figure, handles)
    return figure


def _forest(axes: Axes, shown: Slice, contrasts: list[Contrast]) -> None:
    looks = style.looks(shown.designs)
    effects = {contrast.treated: contrast for contrast in contrasts}
    marks.zero_line(axes)
    marks.margin_title(axes, "gain")
    for row, design in enumerate(shown.designs):
        contrast = effects.get(design)
        if contrast is None:
            marks.empty_row(axes, row, "control")
        elif contrast.effect.n == 0:
            marks.empty_row(axes, row, "never known")
        else:
            marks.point(axes, row, contrast.effect, looks[design], family=contrast.family_interval)
            star = " *" if contrast.is_shown() else ""
            marks.margin_text(axes, row, gain(contrast.variance_reduction) + star)
    families = [c.family_interval for c in contrasts if c.family_interval is not None]
    marks.scale_rows(axes, [*(contrast.effect for contrast in contrasts), *families])


def gain(factor: float) -> str:
    """A variance-reduction factor as printed: "3.2×", ">1000×" beyond, "∞" when it never varies."""
    if np.isnan(factor):
        return "–"
    if np.isinf(factor):
        return "∞"
    if factor > 1000.0:
        return ">1000×"
    return f"{factor:.0f}×" if factor >= 10 else f"{factor:.1f}×"
