"""The frontier between solvency, fairness and revenue: no design is best in all three.

    solvency   residual share of the deficit           smaller is better
    fairness   largest burden above the min-max bound  smaller is better
    revenue    value lost, 1 - retained value at β = 5 smaller is better

Each panel is one pair of objectives, better towards its lower left corner. A design stands at its
medians, its cross spans the 95 % intervals. A design is dominated (hollow) when another is at least
as good in all three and better in one; the grey staircase is the frontier of that panel's pair
alone. The legend gives, for each design, the share of bootstrap worlds in which it is on the
three-way frontier. A design with an objective that is never known is neither placed on that
objective's axis nor compared.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.estimators import Estimate, Floats, median
from analysis.frontier import Flags, dominated, membership, staircase
from analysis.load import Results
from analysis.slices import DESIGN, Slice, cut

SHOWS = (DESIGN,)
COLUMNS = ("residual_share", "largest_burden_excess", "retained_value_beta5")
LARGER_IS_BETTER = (False, False, False)
LABELS = (
    "Median residual share of deficit",
    "Median burden above bound",
    "Median value lost (β = 5)",
)
REQUIRES = {"results": COLUMNS}
PANELS = (
    (0, 1, "(a) Solvency, fairness"),
    (0, 2, "(b) Solvency, revenue"),
    (1, 2, "(c) Fairness, revenue"),
)


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "frontier")
    shown = cut(results, SHOWS)
    costs = samples(shown)
    estimates = [[median(costs[d, :, o]) for o in range(3)] for d in range(len(shown.designs))]
    values = np.array([[estimate.value for estimate in row] for row in estimates])  # [D, O]
    beaten = dominated(values, LARGER_IS_BETTER)
    with style.theme():
        legend_rows = -(-len(shown.designs) // 3)
        figure = style.canvas(style.TEXT_IN, 2.95 + 0.15 * legend_rows)
        for (x, y, title), axes in zip(PANELS, figure.subplots(1, 3), strict=True):
            _panel(axes, shown, estimates, beaten, (x, y))
            axes.set_xlabel(f"{LABELS[x]}\n\u2190 better")
            axes.set_ylabel(f"{LABELS[y]}\n\u2190 better")
            axes.set_title(title)
        handles = _legend(shown, beaten, membership(costs, LARGER_IS_BETTER))
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncol=3,
            title="hollow: another is nowhere worse · (share of bootstrap worlds on the frontier)",
        )
    return figure


def samples(shown: Slice) -> Floats:
    """Objectives as costs, by design and replicate: [D, R, 3]; NaN where unknown or failed."""
    replicates = sorted(shown.frame["replicate"].unique())
    by_design = []
    for design in shown.designs:
        runs = shown.of(design).set_index("replicate").reindex(replicates)
        residual, burden, retained = (np.asarray(runs[name], dtype=np.float64) for name in COLUMNS)
        by_design.append(np.column_stack([residual, burden, 1.0 - retained]))
    return np.stack(by_design)


def _panel(
    axes: Axes,
    shown: Slice,
    estimates: list[list[Estimate]],
    beaten: Flags,
    pair: tuple[int, int],
) -> None:
    x, y = pair
    looks = style.looks(shown.designs)
    columns = [np.array([row[o].value for row in estimates]) for o in pair]
    axes.grid(visible=True, axis="both")
    edge = staircase(columns[0], columns[1], (False, False))
    axes.step(*edge, where="post", color=style.QUIET, linewidth=0.9, zorder=1)
    for design, row, is_beaten in zip(shown.designs, estimates, beaten, strict=True):
        across, up = row[x], row[y]
        if np.isnan(across.value) or np.isnan(up.value):
            continue
        look = looks[design]
        axes.hlines(up.value, across.low, across.high, color=look.colour, linewidth=0.9, zorder=2)
        axes.vlines(across.value, up.low, up.high, color=look.colour, linewidth=0.9, zorder=2)
        face = "white" if is_beaten else look.colour
        axes.plot(
            across.value,
            up.value,
            linestyle="none",
            marker=look.marker,
            markersize=5.0,
            markerfacecolor=face,
            markeredgecolor=look.colour,
            clip_on=False,
            zorder=3 if is_beaten else 4,
        )
    for axis, column, objective in zip("xy", columns, pair, strict=True):
        ends = [end for row in estimates for end in (row[objective].low, row[objective].high)]
        style.spread_scale(axes, column, ends, axis, count=3 if axis == "x" else 5)
    axes.tick_params(axis="y", length=2.5)


def _legend(shown: Slice, beaten: Flags, on_frontier: Floats) -> list[Line2D]:
    looks = style.looks(shown.designs)
    handles = []
    for design, is_beaten, share in zip(shown.designs, beaten, on_frontier, strict=True):
        worth = "unknown" if np.isnan(share) else f"{100 * share:.0f} %"
        look = looks[design]
        label = f"{style.design_label(design)} ({worth})"
        filled = not is_beaten
        handles.append(marks.key(label, look.marker, colour=look.colour, filled=filled))
    return handles
