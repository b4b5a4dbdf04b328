"""Figure of V11: what is feasible together of solvency S, fairness F and revenue R.

    (a) states found on a grid of x and c_R in the largest market, over the limits x = 1 - c_R and 1
    (b) how far the boundaries lie beyond their limits, over the size of the market
    (c) PMR where PTSR = 1: bounds on both fail together once it leaves the span they allow

x = deficit rate over the largest fee diversion rate, c_R = share of fees to be kept. In (a) a point
is a search over policies, and its colour and marker what was found; the lines are the theory's.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

REQUIRES = ("trilemma_map", "trilemma_boundaries", "two_sided_fairness")

STATES = {
    "all three": (style.COLOURS[2], "o", "S, F and R"),
    "any two": (style.COLOURS[5], "s", "any two, never three"),
    "S and F exclude each other": (style.COLOURS[1], "x", "S and F exclude each other"),
}
"""Colour, marker and words of each state of the map."""

THINNED = 4
"""Every which grid line of x is drawn in (a)."""

SPAN = 100.0
"""Upper bound on PMR over lower bound on PTSR, as in the experiment [1]."""


def draw(tables: Tables) -> Figure:
    """Draw the three panels."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.8)
        panels = figure.subplots(1, 3, width_ratios=(1.3, 1.0, 1.0))
        _map(panels[0], tables["trilemma_map"], float(tables["trilemma_boundaries"]["n"].max()))
        _excess(panels[1], tables["trilemma_boundaries"])
        _two_sided(panels[2], tables["two_sided_fairness"])
        marks.legend_below(
            figure,
            [
                Line2D([], [], linestyle="none", marker=marker, color=colour, label=f"(a) {words}")
                for colour, marker, words in STATES.values()
            ],
        )
    return figure


def _map(axes: Axes, cells: pd.DataFrame, size: float) -> None:
    """Measured states over the analytic boundaries."""
    shown = np.sort(cells["x"].unique())[THINNED - 1 :: THINNED]
    cells = cells[cells["x"].isin(shown)]
    for state, (colour, marker, _) in STATES.items():
        rows = cells[cells["state"] == state]
        axes.plot(
            rows["x"],
            rows["floor"],
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=2.9,
            markeredgewidth=0.9 if marker == "x" else 0.0,
        )
    axes.plot([0.0, 1.0], [1.0, 0.0], color=style.INK, linewidth=1.1)
    axes.axvline(1.0, color=style.INK, linewidth=1.1, linestyle="--")
    axes.text(
        0.2,
        0.855,
        "x = 1 − c$_R$",
        rotation=-54,
        fontsize=7,
        ha="left",
        va="bottom",
        bbox=_BACK,
        rotation_mode="anchor",
    )
    axes.text(1.0, 1.015, "x = 1", fontsize=7, ha="center", va="bottom")
    axes.set(xlim=(0.0, 1.62), ylim=(0.0, 1.0))
    axes.set_xlabel("Deficit rate / largest fee diversion rate, x")
    axes.set_ylabel("Share of fees to keep, c$_R$")
    axes.set_title(f"(a) Feasible, n = {style.short_number(size)}", pad=14.0)


_BACK = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8}


def _log(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log")
    axes.grid(axis="y")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(style.short_number))


def _excess(axes: Axes, boundaries: pd.DataFrame) -> None:
    """Boundary less its limit, S with F and all three at the middle floor, with intervals."""
    floors = boundaries["floor"].dropna().unique()
    middle = float(floors[len(floors) // 2])
    curves = (
        (boundaries[boundaries["floor"].isna()], "o", style.COLOURS[1], "S with F", 1.06),
        (
            boundaries[np.isclose(boundaries["floor"], middle)],
            "s",
            style.COLOURS[2],
            f"S, F, R at c$_R$ = {middle:g}",
            0.94,
        ),
    )
    _log(axes)
    for rows, marker, colour, words, shift in curves:
        n = rows["n"].to_numpy() * shift
        excess, low, high = (rows[name] - rows["limit"] for name in ("x", "low", "high"))
        axes.vlines(n, low, high, color=colour, linewidth=1.4)
        axes.plot(n, excess, linestyle="none", marker=marker, color=colour, label=words)
    rows = curves[0][0]
    n = rows["n"].to_numpy()
    axes.plot(n, rows["excess"], color=style.INK, linewidth=0.9, label="(b$_n$ + K$_0$)/n")
    axes.set_xlim(n[0] / 2, n[-1] * 2)
    axes.set_ylim(float(rows["x"].iloc[-1] - rows["limit"].iloc[-1]) / 1.8, None)
    axes.yaxis.set_major_locator(FixedLocator([0.01, 0.02, 0.05, 0.1, 0.2, 0.5]))
    axes.set_xlabel("Number of accounts n")
    axes.set_ylabel("Largest feasible x, less its limit")
    axes.set_title("(b) Convergence", pad=14.0)
    axes.legend(loc="lower left", handlelength=1.4, fontsize=6.5)


def _two_sided(axes: Axes, curves: pd.DataFrame) -> None:
    """Median PMR at PTSR = 1 by tail of the deficits, and the span that two bounds allow."""
    _log(axes)
    least, most = float(curves["n"].min()), float(curves["n"].max())
    axes.axhspan(1.0, SPAN, color="#f2f2f2", linewidth=0, zorder=-1)
    for number, (tail, rows) in enumerate(curves.groupby("tail")):
        colour = style.COLOURS[number]
        n, median = rows["n"].to_numpy(), rows["median"].to_numpy()
        middle = len(n) // 2
        line = median[middle] * (n / n[middle]) ** (1.0 - 1.0 / float(str(tail)))
        axes.plot(n, line, color=colour, linewidth=0.9)
        axes.vlines(n, rows["low"], rows["high"], color=colour, linewidth=1.4)
        axes.plot(n, median, linestyle="none", marker=style.MARKERS[number], color=colour, ms=3.6)
        axes.annotate(
            f"α = {tail:g}",
            (n[-1], line[-1]),
            xytext=(5, 0),
            va="center",
            textcoords="offset points",
            fontsize=6.5,
            color=colour,
        )
    axes.set_xlim(least / 1.5, most * (most / least) ** 0.38)
    axes.set_ylim(bottom=min(5.0, float(curves["low"].min()) / 1.5))
    axes.set_xticks([1e3, 1e4])
    axes.text(
        0.97,
        5.6,
        "the bounds\nallow this",
        fontsize=6.5,
        va="bottom",
        ha="right",
        transform=axes.get_yaxis_transform(),
    )
    axes.set_xlabel("Number of accounts n")
    axes.set_ylabel("PMR where PTSR = 1")
    axes.set_title("(c) Fairness, two-sided", pad=14.0)


FIGURES: tuple[ValidationFigure, ...] = (ValidationFigure("trilemma", REQUIRES, draw),)
