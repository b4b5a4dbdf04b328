"""Figures of C4 and C5: selling that answers to its own effect.

stablecoin_spiral       (a) price of the coin over the price of its collateral
                        (b) rounds until buying back comes to rest
                        (c) coins outstanding while the collateral falls, step by step
fire_sale_correlation   (a) correlation of two assets over the strength of the reaction
                        (b) volatility over the exogenous one
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

BRINK = (2.0 * np.sqrt(1.5 * 1e4) - 100.0) / 400.0
"""Price of the collateral below which nothing is feasible: demand and coins 100, 400 units, 1.5."""

SERIES = (("correlation", "low", "high", "predicted"), ("ratio", "ratio_low", "ratio_high",
          "ratio_predicted"))  # fmt: skip


def draw_spiral(tables: Tables) -> Figure:
    """Draw the three panels of C4."""
    table, path = tables["stablecoin_spiral"].sort_values("price"), tables["stablecoin_path"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.5)
        price, rounds, coins = figure.subplots(1, 3)
        for axes in (price, rounds, coins):
            axes.grid(axis="y")
        price.plot(table["price"], 100.0 / (100.0 + table["predicted"]), "--", color=style.INK)
        price.plot(table["price"], table["coin_price"], "o", color=style.COLOURS[0], markersize=3.6)
        price.axvline(BRINK, color=style.QUIET, linewidth=0.9)
        price.annotate(
            "nothing\nfeasible", (BRINK, 1.1), xytext=(-4, 0), textcoords="offset points",
            ha="right", va="center", fontsize=panels.SMALL_PT, color=style.INK,
        )  # fmt: skip
        price.set(xlabel="Price of the collateral", ylabel="Price of the coin")
        price.set_xlim(0.335, 0.455)
        price.set_title("(a) The coin rises")
        _rounds(rounds, table)
        _path(coins, path)
        marks.legend_below(
            figure,
            [
                marks.key("numerical optimum", "o", colour=style.COLOURS[0]),
                marks.key("buying back in rounds", "s", colour=style.COLOURS[1]),
                Line2D([], [], color=style.INK, linestyle="--", label="closed form"),
                Line2D([], [], color=style.QUIET, linewidth=0.9, label="brink of (a)"),
            ],
        )
    return figure


def _rounds(axes: Axes, table: pd.DataFrame) -> None:
    """Rounds until rest over the distance from the brink."""
    forced = table[table["rounds"] > 1]
    panels.log_log(axes)
    axes.plot(
        forced["price"] / BRINK - 1.0, forced["rounds"], "s-", color=style.COLOURS[1],
        markersize=3.6, linewidth=0.9,
    )  # fmt: skip
    panels.ticks_at(axes, "x", (1e-4, 1e-3, 1e-2))
    panels.ticks_at(axes, "y", (50.0, 100.0, 200.0, 500.0, 1000.0))
    axes.set(xlabel="Distance from the brink", ylabel="Rounds until rest")
    axes.set_title("(b) It slows down")


def _path(axes: Axes, path: pd.DataFrame) -> None:
    """Coins outstanding over the falling price, with the closed form's choice at every step."""
    before = path["coins"] - path["delta"]
    axes.plot(path["price"], before + path["predicted"], "--", color=style.INK)
    axes.plot(path["price"], path["coins"], "o", color=style.COLOURS[0], markersize=3.0)
    axes.invert_xaxis()
    axes.set(xlabel="Price of the collateral, falling", ylabel="Coins outstanding")
    axes.set_title("(c) 1 % a step")


def draw_correlation(tables: Tables) -> Figure:
    """Draw both panels of C5."""
    table = tables["fire_sale_correlation"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.5)
        cells = figure.subplots(1, 2)
        for axes, (key, low, high, predicted) in zip(cells, SERIES, strict=True):
            axes.grid(axis="y")
            for number, (_, rows) in enumerate(table.groupby("own")):
                rows = rows.drop(columns=["low", "high"], errors="ignore").assign(
                    low=rows[low], high=rows[high]
                )
                axes.plot(rows["feedback"], rows[predicted], "--", color=style.INK, linewidth=0.9)
                axes.vlines(
                    rows["feedback"], rows["low"], rows["high"], color=style.COLOURS[number],
                    linewidth=1.4,
                )  # fmt: skip
                axes.plot(
                    rows["feedback"], rows[key], style.MARKERS[number],
                    color=style.COLOURS[number], markersize=3.8,
                )  # fmt: skip
            axes.set_xlabel("Strength c of the reaction")
            style.plain_ticks(axes, "x")
            style.plain_ticks(axes, "y")
        cells[0].set(ylabel="Correlation of independent assets")
        cells[0].set_title("(a) Correlation")
        cells[1].set(ylabel="Volatility / exogenous volatility")
        cells[1].set_title("(b) Volatility")
        marks.legend_below(
            figure,
            [
                marks.key("orders answer the exogenous loss", "o", colour=style.COLOURS[0]),
                marks.key("orders answer their own effect too", "s", colour=style.COLOURS[1]),
                Line2D([], [], color=style.INK, linestyle="--", label="formula"),
            ],
        )
    return figure


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("stablecoin_spiral", ("stablecoin_spiral", "stablecoin_path"), draw_spiral),
    ValidationFigure("fire_sale_correlation", ("fire_sale_correlation",), draw_correlation),
)
