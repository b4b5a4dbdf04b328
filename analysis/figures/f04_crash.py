"""The crash itself: price and deficit over time, without reaction, with it, and the difference.

    left, middle   mark price over its start, and cumulative deficit before ADL, by time
    right          paired difference at the same replicate: reacting minus not reacting

One design is highlighted (the first that is not the control): line = median over replicates, dark
band = middle 50 %, light band = middle 90 %. Bands show the spread between crashes, not the
precision of the median. The medians of all other designs are thin and dark. Quantiles over
replicates are read at each instant, so a line is no single run.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis import marks, style
from analysis.load import Results
from analysis.slices import DESIGN, REACTING, Slice, cut, highlighted_design

type Panels = NDArray[np.object_]
"""Axes by row and column."""

SHOWS = (DESIGN, REACTING)
REQUIRES = {"series": ("time_s", "mark_price", "deficit_usd")}
QUANTITIES = ("price", "deficit_usd")
BANDS = ((0.05, 0.95, 0.22), (0.25, 0.75, 0.45))
"""Lower and upper quantile of a band, and its opacity."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "price and deficit through the crash")
    shown = cut(results, SHOWS, "series")
    highlighted = highlighted_design(results, shown)
    compared = len(shown.reactions) == 2
    columns = 3 if compared else 1
    with style.theme():
        width = style.TEXT_IN if compared else style.COLUMN_IN
        figure = style.canvas(width, 4.0 if compared else 4.6)
        panels = figure.subplots(2, columns, squeeze=False, sharex=True)
        for row, quantity in enumerate(QUANTITIES):
            worlds = [
                _by_time(shown, highlighted, reacting, quantity) for reacting in shown.reactions
            ]
            colour = style.looks(shown.designs)[highlighted].colour
            if compared:
                panels[row, 1].sharey(panels[row, 0])
            for axes, reacting, world in zip(panels[row], shown.reactions, worlds, strict=False):
                _others(axes, shown, highlighted, reacting, quantity)
                _bands(axes, world, colour)
            _scale(panels[row, : len(worlds)], worlds)
            if compared:
                difference = worlds[1] - worlds[0]
                _bands(panels[row, 2], difference, style.INK)
                panels[row, 2].axhline(0.0, color=style.QUIET, linewidth=0.8, zorder=1)
                _scale(panels[row, 2:], [difference])
        _label(panels, results, compared, float(shown.frame["time_s"].max()))
        marks.legend_below(figure, _legend(shown, highlighted), most=4 if compared else 1)
    return figure


def _by_time(shown: Slice, design: str, reacting: object, quantity: str) -> pd.DataFrame:
    """One quantity of one design: rows time [s], columns replicates."""
    series = shown.of(design, reacting=reacting)
    if quantity == "price":
        start = series.groupby(["point", "replicate"])["mark_price"].transform("first")
        series = series.assign(price=series["mark_price"] / start)
    return series.pivot(index="time_s", columns="replicate", values=quantity)


def _bands(axes: Axes, world: pd.DataFrame, colour: str) -> None:
    values = world.to_numpy(dtype=np.float64)  # [T, R]
    for low, high, opacity in BANDS:
        edges = np.nanquantile(values, [low, high], axis=1)
        axes.fill_between(world.index, *edges, color=colour, alpha=opacity, linewidth=0)
    axes.plot(world.index, np.nanmedian(values, axis=1), color=colour, linewidth=1.4, zorder=3)


def _scale(panels: Panels, worlds: list[pd.DataFrame]) -> None:
    """One vertical scale for panels that share their quantity."""
    quantiles = [0.5, *(edge for low, high, _ in BANDS for edge in (low, high))]
    drawn = np.concatenate([np.nanquantile(world, quantiles, axis=1) for world in worlds], axis=1)
    for axes in panels:
        style.spread_scale(axes, drawn[0], drawn[1:].ravel(), "y")


def _others(axes: Axes, shown: Slice, highlighted: str, reacting: object, quantity: str) -> None:
    for design in shown.designs:
        if design != highlighted:
            world = _by_time(shown, design, reacting, quantity)
            middle = np.nanmedian(world.to_numpy(dtype=np.float64), axis=1)
            axes.plot(world.index, middle, color=style.INK, linewidth=0.4, zorder=2)


def _label(
    panels: Panels,
    results: Results,
    compared: bool,
    last_s: float,
) -> None:
    unit_s, unit = (3600.0, "h") if last_s > 3 * 3600 else (60.0, "min")
    for axes in panels.ravel():
        axes.grid(visible=True, axis="both")
        axes.tick_params(axis="y", length=2.5)
        axes.set_xlim(0.0, last_s)
        style.scaled_ticks(axes, unit_s)
    for axes in panels[1]:
        axes.set_xlabel(f"Time [{unit}]")
    panels[0, 0].set_ylabel("Mark price / start")
    panels[1, 0].set_ylabel(style.axis_label(results, "deficit_usd"))
    if not compared:
        return
    for axes in panels[:, 1]:
        axes.tick_params(axis="y", labelleft=False)
    titles = ("(a) Traders do not react", "(b) Traders react", "(c) Paired difference, b \u2212 a")
    for axes, title in zip(panels[0], titles, strict=True):
        axes.set_title(title)


def _legend(shown: Slice, highlighted: str) -> list[Line2D | Patch]:
    colour = style.looks(shown.designs)[highlighted].colour
    handles: list[Line2D | Patch] = [
        Line2D(
            [], [], color=colour, linewidth=1.3, label=f"median, {style.design_label(highlighted)}"
        ),
        Patch(color=colour, alpha=0.6, linewidth=0, label="middle 50 % of replicates"),
        Patch(color=colour, alpha=0.22, linewidth=0, label="middle 90 %"),
    ]
    if len(shown.designs) > 1:
        handles.append(
            Line2D([], [], color=style.INK, linewidth=0.4, label="medians, other designs")
        )
    return handles
