"""Figures of V12 to V15: separation, and what a static rule costs against hindsight.

separation      share of all deficits left after eight rounds, by rule and feedback: equal for
                all rules where severity alone decides
fairness_price  price of anarchy over load kappa = theta n / b_n: free, and with equal coverage
ruin            ruin probability over the fund, slopes 1 - alpha; price over the horizon
aggregation     price of the sum and of the minimum of two objectives over load
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure


def draw_separation(tables: Tables) -> Figure:
    """One row per feedback, one mark per rule."""
    rows = tables["v12_separation"]
    feedbacks = list(dict.fromkeys(rows["feedback"]))
    rules = list(dict.fromkeys(rows["rule"]))
    places = marks.offsets(len(rules)) * 1.15
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 3.0)
        axes = figure.subplots()
        for number, rule in enumerate(rules):
            colour, marker = style.COLOURS[number], style.MARKERS[number]
            own = rows[rows["rule"] == rule].set_index("feedback").loc[feedbacks]
            y = np.arange(len(feedbacks)) + places[number]
            axes.hlines(y, own["low"], own["high"], color=colour, linewidth=1.4)
            axes.plot(own["residual"], y, linestyle="none", marker=marker, color=colour, ms=3.6)
        marks.row_axis(axes, feedbacks, named=True)
        axes.set_xlim(0.0, None)
        axes.set_xlabel("Residual after 8 rounds, share of all deficits")
        axes.set_ylabel("Feedback between rounds")
        marks.legend_below(
            figure,
            [
                marks.key(rule, style.MARKERS[number], colour=style.COLOURS[number])
                for number, rule in enumerate(rules)
            ],
            most=3,
        )
    return figure


COVERAGE = {
    "free": "hindsight may cover less",
    "same budget": "same budget in each round",
    "same total": "same total over rounds",
}


def draw_fairness_price(tables: Tables) -> Figure:
    """Price over load, one line per constraint on coverage."""
    rows = tables["v13_fairness_price"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.5)
        axes = figure.subplots()
        for number, (coverage, words) in enumerate(COVERAGE.items()):
            own = rows[rows["coverage"] == coverage]
            colour, marker = style.COLOURS[number], style.MARKERS[number]
            axes.vlines(own["load"], own["low"], own["high"], color=colour, linewidth=1.4)
            axes.plot(own["load"], own["price"], color=colour, marker=marker, ms=3.4, lw=0.9)
            axes.annotate(
                words,
                (float(own["load"].iloc[-1]), float(own["price"].iloc[-1])),
                xytext=(0, 6 if coverage == "free" else -6),
                textcoords="offset points",
                ha="right",
                va="bottom" if coverage == "free" else "top",
                fontsize=6.5,
                color=colour,
            )
        load = rows["load"].to_numpy()
        ends = np.array([load.min(), load.max()])
        axes.plot(ends, ends, color=style.INK, linestyle="--", linewidth=0.9)
        axes.annotate(
            "claim: PoA ~ κ",
            (ends[1], ends[1]),
            xytext=(5, 0),
            ha="left",
            textcoords="offset points",
            fontsize=6.5,
            va="center",
        )
        _log(axes)
        axes.set_xlim(ends[0] / 1.2, ends[1] * 2.3)
        axes.set_ylim(0.6, ends[1] * 2.0)
        axes.xaxis.set_major_locator(FixedLocator([1.0, 2.0, 5.0, 10.0, 20.0, 50.0]))
        axes.yaxis.set_major_locator(FixedLocator([1.0, 2.0, 5.0, 10.0, 20.0, 50.0]))
        axes.set_xlabel("Load of the static rule, κ = θn / b$_n$")
        axes.set_ylabel("Price of anarchy in fairness")
    return figure


def draw_ruin(tables: Tables) -> Figure:
    """Ruin probability by tail, and the price of the best constant diversion."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.6)
        left, right = figure.subplots(1, 2)
        _ruin(left, tables["v14_ruin"])
        _price(right, tables["v14_price"])
        marks.legend_below(
            figure,
            [
                marks.key("mean with 95 % interval", "o"),
                Line2D([], [], color=style.INK, linewidth=0.9, label="slope 1 − α of ruin theory"),
            ],
        )
    return figure


def _log(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log")
    axes.grid(axis="y")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(style.short_number))


def _ruin(axes: Axes, rows: pd.DataFrame) -> None:
    for number, (index, own) in enumerate(rows.groupby("index")):
        colour, marker = style.COLOURS[number], style.MARKERS[number]
        fund, psi = own["start_usd"].to_numpy(), own["psi"].to_numpy()
        middle = len(fund) // 2
        line = psi[middle] * (fund / fund[middle]) ** (1.0 - float(str(index)))
        axes.plot(fund, line, color=colour, linewidth=0.9)
        axes.vlines(fund, own["low"], own["high"], color=colour, linewidth=1.4)
        axes.plot(fund, psi, linestyle="none", marker=marker, color=colour, markersize=3.4)
        axes.annotate(
            f"α = {index:g}",
            (fund[-1], psi[-1]),
            xytext=(2, -7),
            color=colour,
            textcoords="offset points",
            fontsize=6.5,
            ha="center",
            va="top",
        )
    _log(axes)
    axes.xaxis.set_major_locator(FixedLocator([1e5, 1e10, 1e15, 1e20, 1e25]))
    axes.xaxis.set_major_formatter(FuncFormatter(_power))
    axes.yaxis.set_major_formatter(FuncFormatter(_power))
    axes.set_ylim(float(rows["psi"].min()) / 3.0, None)
    axes.set_xlim(1e2, 1e26)
    axes.set_xlabel("Fund at the start u [USD], mean deficit 0.5 USD")
    axes.set_ylabel("Ruin probability ψ(u)")
    axes.set_title("(a) Ruin of a fund")


def _power(value: float, _position: object = None) -> str:
    return f"$10^{{{round(np.log10(value))}}}$"


def _price(axes: Axes, rows: pd.DataFrame) -> None:
    words = {1.5: "deficits of index 1.5", np.inf: "light-tailed deficits"}
    for number, (index, own) in enumerate(rows.groupby("index")):
        colour, marker = style.COLOURS[number + 3], style.MARKERS[number]
        axes.vlines(own["rounds"], own["low"], own["high"], color=colour, linewidth=1.4)
        axes.plot(own["rounds"], own["price"], color=colour, marker=marker, ms=3.6, lw=0.9)
        axes.annotate(
            words[float(str(index))],
            (own["rounds"].iloc[0], own["price"].iloc[0]),
            xytext=(8, 2),
            textcoords="offset points",
            fontsize=6.5,
            color=colour,
        )
    axes.axhline(1.0, color=style.QUIET, linewidth=0.7, linestyle="--")
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(style.short_number))
    axes.grid(axis="y")
    axes.set_ylim(0.95, None)
    axes.set_xlabel("Horizon [rounds]")
    axes.set_ylabel("Price of anarchy in revenue")
    axes.set_title("(b) Price of the best constant diversion")


AGGREGATES = {
    "min, granted": "minimum, granted both",
    "sum, granted": "sum, granted both",
    "min, same": "minimum, same books",
    "sum, same": "sum, same books",
}


def draw_aggregation(tables: Tables) -> Figure:
    """Price over load, one curve per aggregate and dynamic policy."""
    rows = tables["v15_aggregation"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.5)
        axes = figure.subplots()
        panels.log_log(axes)
        ends = {}
        for number, (aggregate, words) in enumerate(AGGREGATES.items()):
            own = rows[rows["aggregate"] == aggregate]
            panels.curve(axes, own, ("load", "price"), number)
            last = own.iloc[-1]
            ends[words] = (float(last["load"]), float(last["price"]), style.COLOURS[number])
        load = rows["load"]
        axes.axhline(2.0, color=style.INK, linestyle="--", linewidth=0.9)
        axes.annotate(
            "claimed bound of the sum",
            (1.0, 2.0),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=panels.SMALL_PT,
            ha="right",
            va="bottom",
        )
        axes.set_xlim(load.min() / 1.15, load.max() * (load.max() / load.min()) ** 0.75)
        axes.set_ylim(0.9, float(rows["high"].max()) * 1.25)
        panels.ticks_at(axes, "x", (5.0, 10.0, 20.0, 40.0))
        panels.ticks_at(axes, "y", (1.0, 2.0, 5.0))
        axes.set(xlabel="Load of the static rule, κ = n / b$_n$", ylabel="Price of anarchy")
        axes.figure.canvas.draw()
        panels.end_labels(axes, ends)
    return figure


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("separation", ("v12_separation",), draw_separation),
    ValidationFigure("fairness_price", ("v13_fairness_price",), draw_fairness_price),
    ValidationFigure("ruin", ("v14_ruin", "v14_price"), draw_ruin),
    ValidationFigure("aggregation", ("v15_aggregation",), draw_aggregation),
)
