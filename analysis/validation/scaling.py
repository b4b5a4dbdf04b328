"""Figures of V1 to V3: how the field's two ratios scale with the size of the market.

ptsr_scaling    (a) PTSR over n by tail of the winners   (b) slopes by tail and rule
pmr_scaling     (a) PMR over n by pair of tails          (b) over Λ/θ: linear for small haircuts
safe_severity   (a) θ* over n by tail of the winners     (b) slopes by tail

Points are medians over replicates with 95 % intervals; lines over n have the predicted slope
through the middle point, so that a departure shows as a point off its line.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

TOLERANCE = 0.06
"""Half-width of the shaded band: the tolerance by which the claims are judged [slope]."""

MINUS = "\u2212"


def draw_ptsr(tables: Tables) -> Figure:
    """Draw both panels of V1."""
    slopes, by_rule = tables["ptsr_slopes"], tables["ptsr_slopes_by_rule"].iloc[1:]
    with style.theme():
        figure, left, right = _pair()
        _by_tail(left, tables["ptsr_scaling"], slopes)
        left.set_ylabel("PTSR")
        left.set_title("(a) PTSR: slope fitted (predicted)")
        families = (
            ("α = {tail:g}", slopes, "o", style.COLOURS[0]),
            ("{rule}", by_rule, "D", style.COLOURS[3]),
        )
        _slopes(right, families)
    return figure


def draw_pmr(tables: Tables) -> Figure:
    """Draw both panels of V2."""
    with style.theme():
        figure, left, right = _pair()
        _pmr(left, tables["pmr_scaling"], tables["pmr_slopes"])
        _leverage(right, tables["pmr_leverage"])
    return figure


def draw_severity(tables: Tables) -> Figure:
    """Draw both panels of V3."""
    curves, slopes = tables["severity_scaling"], tables["severity_slopes"]
    with style.theme():
        figure, left, right = _pair()
        _by_tail(left, curves[curves["key"].isin(slopes["tail"])], slopes)
        left.set_ylabel("Largest severity with PTSR = 1, θ*")
        left.set_title("(a) θ*: slope fitted (predicted)")
        _slopes(right, (("α = {tail:g}", slopes, "^", style.COLOURS[2]),))
    return figure


def _pair() -> tuple[Figure, Axes, Axes]:
    """A figure with two panels and its legend."""
    figure = style.canvas(style.TEXT_IN, 2.9)
    left, right = figure.subplots(1, 2)
    marks.legend_below(
        figure,
        [
            marks.key("median with 95 % interval", "o"),
            Line2D([], [], color=style.INK, linewidth=0.9, label="line of the predicted slope"),
        ],
    )
    return figure, left, right


def signed(value: float, digits: int = 2) -> str:
    """A number with a real minus sign."""
    return f"{value:.{digits}f}".replace("-", MINUS)


def _log_axes(axes: Axes) -> None:
    """Both axes logarithmic with one tick per decade, powers printed short."""
    axes.set(xscale="log", yscale="log")
    axes.grid(axis="y")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=6))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(style.short_number))


def _curves(axes: Axes, curves: pd.DataFrame, slopes: pd.DataFrame, labels: list[str]) -> None:
    """Medians with intervals, a line of predicted slope through the middle one, and its label."""
    for number, (_, rows) in enumerate(curves.groupby("key", sort=False)):
        colour, marker = style.COLOURS[number], style.MARKERS[number]
        predicted = float(slopes["predicted"].iloc[number])
        n, median = rows["n"].to_numpy(), rows["median"].to_numpy()
        middle = len(n) // 2
        line = median[middle] * (n / n[middle]) ** predicted
        axes.plot(n, line, color=colour, linewidth=0.9, zorder=1)
        axes.vlines(n, rows["low"], rows["high"], color=colour, linewidth=1.4, zorder=2)
        axes.plot(n, median, linestyle="none", marker=marker, color=colour, markersize=3.6)
        axes.annotate(
            labels[number],
            (n[-1], line[-1]),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
            color=colour,
        )
    least, most = float(curves["n"].min()), float(curves["n"].max())
    axes.set_xlim(least / 1.4, most * (most / least) ** 0.85)
    axes.set_xticks([tick for tick in (1e2, 1e3, 1e4, 1e5) if least <= tick <= most])
    axes.set_xlabel("Number of winners n")


def _fitted(row: pd.Series) -> str:
    return f"{signed(row['slope'])} ({signed(row['predicted'])})"


def _by_tail(axes: Axes, curves: pd.DataFrame, slopes: pd.DataFrame) -> None:
    labels = [f"α = {row['tail']:g}:  {_fitted(row)}" for _, row in slopes.iterrows()]
    _log_axes(axes)
    _curves(axes, curves, slopes, labels)


def _pmr(axes: Axes, curves: pd.DataFrame, slopes: pd.DataFrame) -> None:
    labels = [
        f"α = {row['alpha_winners']:g}, {row['alpha_losers']:g}:  {_fitted(row)}"
        for _, row in slopes.iterrows()
    ]
    _log_axes(axes)
    _curves(axes, curves, slopes, labels)
    axes.set_ylabel("PMR")
    axes.set_title("(a) PMR: slope fitted (predicted)")


def _slopes(axes: Axes, families: Sequence[tuple[str, pd.DataFrame, str, str]]) -> None:
    """Fitted minus predicted slope in rows: families of (words, slopes, marker, colour)."""
    names: list[str] = []
    axes.axvspan(-TOLERANCE, TOLERANCE, color="#f2f2f2", linewidth=0, zorder=-1)
    marks.zero_line(axes)
    for label, slopes, marker, colour in families:
        for _, row in slopes.iterrows():
            y, predicted = len(names), float(row["predicted"])
            ends = (float(row["low"]) - predicted, float(row["high"]) - predicted)
            axes.hlines(y, *ends, color=colour, linewidth=1.4)
            axes.plot(float(row["slope"]) - predicted, y, marker=marker, color=colour, ms=3.4)
            names.append(label.format(**{str(key): value for key, value in row.items()}))
    axes.set_yticks(range(len(names)), names, fontsize=6.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    style.plain_ticks(axes, "x")
    axes.set_xlabel("Fitted minus predicted slope in n (band: tolerance)")
    axes.set_title("(b) Slopes against the theory")


def _leverage(axes: Axes, curve: pd.DataFrame) -> None:
    """PMR against leverage ratio over severity with the linear claim."""
    x = curve["leverage_over_severity"].to_numpy()
    _log_axes(axes)
    axes.fill_between(x, curve["low"], curve["high"], color=style.COLOURS[0], alpha=0.25, lw=0)
    axes.plot(x, curve["median"], color=style.COLOURS[0], marker="o", markersize=2.8, lw=0.9)
    axes.plot(x, curve["linear"], color=style.INK, linestyle="--", linewidth=0.9)
    place = int(np.searchsorted(x, 12.0))
    axes.annotate(
        "claim: linear",
        (x[place], float(curve["linear"].iloc[place])),
        xytext=(-4, 6),
        textcoords="offset points",
        ha="right",
        fontsize=6.5,
    )
    axes.annotate(
        "measured:\n(υ/Δ)(Λ/θ − D/U)",
        (x[2], float(curve["median"].iloc[2])),
        xytext=(12, -6),
        textcoords="offset points",
        va="center",
        fontsize=6.5,
        color=style.COLOURS[0],
    )
    axes.set(xlabel="Leverage ratio / severity, Λ/θ", ylabel="PMR")
    axes.set_title("(b) PMR is affine, not linear, in Λ/θ")


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure(
        "ptsr_scaling", ("ptsr_scaling", "ptsr_slopes", "ptsr_slopes_by_rule"), draw_ptsr
    ),
    ValidationFigure("pmr_scaling", ("pmr_scaling", "pmr_slopes", "pmr_leverage"), draw_pmr),
    ValidationFigure("safe_severity", ("severity_scaling", "severity_slopes"), draw_severity),
)
