"""How an estimate is drawn: a marker with its interval, in rows of designs.

Designs stand in rows, top to bottom in the study's order, so that their names read horizontally.
Several estimates of one design share its row, one below the other. A thick bar is the interval of
that estimate alone; a thin bar, where there is one, holds for the whole family at once. A hollow
marker always has the same interval bars as a filled one; what it means stands in the legend.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.estimators import LEVEL, Estimate, Floats, median
from analysis.style import INK, QUIET, Look, design_label, spread_scale

ROW_SPAN = 0.66
"""Part of a row's height that its marks may use [1]."""

MARK_SPAN = 0.28
"""Largest distance between two marks of a row, as part of its height [1]."""


PANEL_LIMIT_IN = 7.2
"""Tallest panel that leaves room for its caption on a journal's page [in]."""


def offsets(count: int) -> Floats:
    """Vertical places of `count` marks in a row: [count], symmetric about the row's centre."""
    span = min(ROW_SPAN, MARK_SPAN * (count - 1))
    return np.linspace(-span / 2, span / 2, count) if count > 1 else np.zeros(count)


def row_axis(axes: Axes, designs: Sequence[str], *, named: bool) -> None:
    """Give each design a row, alternately shaded, with its name when `named`."""
    axes.set_ylim(len(designs) - 0.5, -0.5)
    axes.set_yticks(range(len(designs)))
    axes.set_yticklabels([design_label(name) for name in designs] if named else [])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for row in range(0, len(designs), 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#f5f5f5", linewidth=0, zorder=-2)


def point(
    axes: Axes,
    y: float,
    estimate: Estimate,
    look: Look,
    *,
    filled: bool = True,
    family: Estimate | None = None,
    size: float = 4.0,
) -> None:
    """One estimate at height `y`; nothing is drawn when nothing is known."""
    if estimate.n == 0:
        return
    if family is not None and not np.isnan(family.low):
        axes.hlines(y, family.low, family.high, color=look.colour, linewidth=0.7, zorder=2)
    if not np.isnan(estimate.low):
        axes.hlines(y, estimate.low, estimate.high, color=look.colour, linewidth=1.4, zorder=2)
    axes.plot(
        estimate.value,
        y,
        linestyle="none",
        marker=look.marker,
        markersize=size,
        markerfacecolor=look.colour if filled else "white",
        markeredgecolor=look.colour,
        markeredgewidth=0.9,
        clip_on=False,
        zorder=3,
    )


def key(label: str, marker: str, *, colour: str = INK, filled: bool = True) -> Line2D:
    """A legend entry that shows a marker."""
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=4.5,
        color=colour,
        markerfacecolor=colour if filled else "white",
        markeredgewidth=0.9,
        label=label,
    )


def bar_key(label: str, *, thick: bool) -> Line2D:
    """A legend entry that shows an interval."""
    return Line2D([], [], color=INK, linewidth=1.4 if thick else 0.7, label=label)


def legend_below(figure: Figure, handles: Sequence[Line2D | Patch], most: int = 5) -> None:
    """One legend under all panels, in as few rows of at most `most` entries as it takes."""
    rows = -(-len(handles) // most)
    figure.legend(handles=list(handles), loc="outside lower center", ncol=-(-len(handles) // rows))


def scale_rows(axes: Axes, estimates: Sequence[Estimate]) -> None:
    """Scale and ticks for everything drawn in the rows of a panel (see `style.spread_scale`)."""
    ends = [end for estimate in estimates for end in (estimate.low, estimate.high)]
    spread_scale(axes, [estimate.value for estimate in estimates], ends)


def family_words(replicates: int, comparisons: int) -> str:
    """What a thin bar is worth, or why there is none."""
    level = 1.0 - (1.0 - LEVEL) / max(comparisons, 1)
    enough = median(range(replicates), level).confidence >= level
    return "95 % for all effects at once" if enough else "(too few replicates for joint intervals)"


def interval_words(replicates: int) -> str:
    """What a thick bar is worth: with under six replicates a median's bar is only the range."""
    confidence = median(range(replicates)).confidence
    if confidence >= LEVEL:
        return "95 % interval"
    worth = "unknown" if np.isnan(confidence) else f"{100 * confidence:.0f} %"
    return f"range of {replicates} replicates (confidence {worth})"


def zero_line(axes: Axes, at: float = 0.0) -> None:
    """The line of "no difference"."""
    axes.axvline(at, color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)


def margin_text(axes: Axes, y: float, text: str, *, place: float = 1.02) -> None:
    """A small remark to the right of row `y`, outside the data."""
    axes.text(
        place,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        ha="left",
        fontsize=6.5,
        color=INK,
    )


def margin_title(axes: Axes, text: str, *, place: float = 1.02) -> None:
    """The heading of a column of margin texts, on the line of the panel's title."""
    axes.text(
        place,
        1.0,
        text,
        transform=axes.transAxes,
        va="bottom",
        ha="left",
        fontsize=6.5,
        color=QUIET,
    )


def empty_row(axes: Axes, y: float, text: str) -> None:
    """Say inside an empty row why it is empty."""
    axes.text(
        0.5,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        ha="center",
        va="center",
        fontsize=6.5,
        color=QUIET,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.8},
    )


def row_height_in(designs: int, marks: int) -> float:
    """Height of a panel of rows [in]: 0.085 per mark, at least 0.24 per design, at most a page."""
    return min(designs * max(0.24, 0.085 * marks + 0.06), PANEL_LIMIT_IN)
