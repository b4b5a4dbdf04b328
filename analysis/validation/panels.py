"""Parts of the panels that show claims: logarithmic axes, curves with intervals, end labels.

A curve is the rows of one case in a table: x, an estimate, the ends of its 95 % interval. Its name
stands at its right end in its colour, so that no legend has to be decoded.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from analysis import style

SMALL_PT = 6.5
"""Size of words inside a panel [pt]."""

MINUS = "\u2212"


def signed(value: float, digits: int = 2) -> str:
    """A number with a real minus sign."""
    return f"{value:.{digits}f}".replace("-", MINUS)


def log_axis(axes: Axes, which: str) -> None:
    """Logarithmic axis with one tick per decade and short numbers."""
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(numticks=7))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(style.short_number))


def log_log(axes: Axes) -> None:
    """Both axes logarithmic, both with grid lines."""
    log_axis(axes, "x")
    log_axis(axes, "y")
    axes.grid(axis="y")


def ticks_at(axes: Axes, which: str, places: tuple[float, ...]) -> None:
    """Ticks at given places with short numbers, none between them."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(style.short_number))


def curve(
    axes: Axes,
    rows: pd.DataFrame,
    columns: tuple[str, str],
    number: int,
    *,
    sign: float = 1.0,
    line: str = "-",
) -> None:
    """Estimates with their intervals, joined; hollow where `sign` is -1 and minus y is shown.

    Args:
        axes: the panel.
        rows: of one case, with columns `low` and `high`.
        columns: names of x and of the estimate.
        number: of the case: its colour and marker.
        sign: 1, or -1 to show a negative estimate on a logarithmic axis.
        line: style of the line.
    """
    colour, marker = style.COLOURS[number], style.MARKERS[number]
    x, y = rows[columns[0]].to_numpy(), sign * rows[columns[1]].to_numpy()
    axes.vlines(x, sign * rows["low"], sign * rows["high"], color=colour, linewidth=1.4, zorder=2)
    axes.plot(
        x,
        y,
        color=colour,
        marker=marker,
        markersize=3.4,
        linewidth=0.9,
        linestyle=line,
        markerfacecolor=colour if sign > 0.0 else "white",
        markeredgewidth=0.8,
        zorder=3,
    )


def end_labels(axes: Axes, ends: dict[str, tuple[float, float, str]], gap_pt: float = 8.0) -> None:
    """Words right of the ends of curves, moved apart until no two are closer than `gap_pt`.

    Args:
        axes: the panel; its limits must be set.
        ends: text -> (x, y, colour).
        gap_pt: least distance of two baselines [pt].
    """
    texts = sorted(ends, key=lambda text: ends[text][1])
    places = axes.transData.transform([ends[text][:2] for text in texts])[:, 1]
    heights = places * 72.0 / axes.figure.dpi
    moved = _apart(heights, gap_pt)
    for text, height, wanted in zip(texts, heights, moved, strict=True):
        x, y, colour = ends[text]
        axes.annotate(
            text,
            (x, y),
            xytext=(6, wanted - height),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_PT,
            color=colour,
            annotation_clip=False,
        )


def _apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """Rising heights moved as little as possible until neighbours are at least `gap` apart."""
    moved = heights.astype(np.float64)
    for _ in range(200):
        short = gap - np.diff(moved)
        if (short <= 1e-6).all():
            break
        push = np.maximum(short, 0.0) / 2.0
        moved[:-1] -= push
        moved[1:] += push
    return moved
