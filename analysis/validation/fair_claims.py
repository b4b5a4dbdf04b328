"""Figures of V8 to V10 and V27: what a split saves; risk-aware pro-rata (RAP) and its rivals.

sybil       what an account of 10 USD pays of a budget of 8 USD when it splits in m equal
            pieces, beside 30 accounts of 1 USD, under every rule; and which axioms a rule keeps
risk_ratio  distribution over random books of how far the next deficit is above the smallest
            one: haircut scales equity (delta), or lowers it dollar by dollar (delta')
next_deficit    expected next deficit of the source's example under each rule
rap_condition   share of accounts for which the condition "RAP burdens less" errs, over the budget
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

GAIN, LOSS, SAME = "#f6c9a8", "#bcd9ee", "#ffffff"
"""Fill of a cell where a split saves, costs, changes nothing."""

SAME_USD = 0.05
"""Largest change that counts as none: half of the last digit that is printed [USD]."""


def draw_sybil(tables: Tables) -> Figure:
    """A table of what is paid, coloured by what a split changes, and marks for the axioms."""
    paid = tables["sybil"].pivot(index="rule", columns="pieces", values="paid_usd")
    kept = tables["axiom_departures"].pivot(index="rule", columns="axiom", values="passes")
    axioms = list(dict.fromkeys(tables["axiom_departures"]["axiom"]))
    change = (paid[paid.columns[-1]] - paid[paid.columns[0]]).round(6)
    rules = list(change.sort_values(kind="stable").index)
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 3.3)
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0), sharey=True)
        _cells(left, paid.loc[rules])
        _axioms(right, kept.loc[rules, axioms])
        marks.legend_below(
            figure,
            [
                marks.key("a split saves", "s", colour=GAIN),
                marks.key("a split costs", "s", colour=LOSS),
                marks.key("axiom kept in all books", "o", colour=style.COLOURS[2]),
                marks.key("axiom broken", "x", colour=style.COLOURS[1]),
            ],
        )
    return figure


def _cells(axes: Axes, paid: pd.DataFrame) -> None:
    for row, values in enumerate(paid.to_numpy(float)):
        for column, value in enumerate(values):
            change = value - values[0]
            colour = SAME if abs(change) <= SAME_USD else (GAIN if change < 0.0 else LOSS)
            axes.fill_between(
                [column - 0.5, column + 0.5], row - 0.5, row + 0.5, color=colour, linewidth=0
            )
            axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7)
    axes.grid(visible=False)
    axes.set_xticks(range(paid.shape[1]), [str(pieces) for pieces in paid.columns])
    axes.set_yticks(range(len(paid)), list(paid.index))
    axes.set(xlim=(-0.5, paid.shape[1] - 0.5), ylim=(len(paid) - 0.5, -0.5))
    axes.set_xlabel("Equal pieces of the 10 USD account")
    axes.set_title("(a) Paid in all, of 8 USD [USD]")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _axioms(axes: Axes, kept: pd.DataFrame) -> None:
    for row, flags in enumerate(kept.to_numpy(bool)):
        for column, flag in enumerate(flags):
            colour = style.COLOURS[2] if flag else style.COLOURS[1]
            axes.plot(
                column,
                row,
                marker="o" if flag else "x",
                color=colour,
                markersize=4.5,
                markeredgewidth=1.2,
            )
        if row % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color="#f5f5f5", linewidth=0, zorder=-2)
    axes.grid(visible=False)
    words = [str(name).replace(" ", "\n").replace("-", "-\n") for name in kept.columns]
    axes.set_xticks(range(kept.shape[1]), words)
    axes.set_xlim(-0.5, kept.shape[1] - 0.5)
    axes.set_title("(b) Axioms")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="both", length=0)


CASES = ("w = e", "w = profit", "w = profit, δ′")
TITLES = ("(a) All equity at stake", "(b) Only profit, δ", "(c) Only profit, δ′")
LINES = {
    "wealth pro-rata": (style.COLOURS[0], "-"),
    "RAP": (style.COLOURS[1], "-"),
    "RAP, weights ρ²": (style.COLOURS[2], "--"),
    "RAP, weights ρe/w": (style.COLOURS[3], "-."),
}
"""Colour and line of the rules that are compared with the optimum."""


def draw_risk(tables: Tables) -> Figure:
    """Distribution functions of the ratio to the optimum, one panel per case."""
    rows = tables["risk_ratio"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.6)
        panels = figure.subplots(1, len(CASES), sharey=True)
        for axes, case, title in zip(panels, CASES, TITLES, strict=True):
            _distribution(axes, rows[rows["case"] == case], tilted=case != CASES[0])
            axes.set_title(title)
        panels[0].set_ylabel("Share of books")
        figure.legend(
            handles=panels[1].get_lines()[: len(LINES)],
            loc="outside lower center",
            ncols=len(LINES),
        )
    return figure


LEAST = 1e-3
"""Excess below which a rule is drawn as the optimum [1]."""


def _distribution(axes: Axes, rows: pd.DataFrame, *, tilted: bool) -> None:
    """Share of books up to each excess; weights rho e / w are those of rho when w = e."""
    for rule, (colour, line) in LINES.items():
        if rule == "RAP, weights ρe/w" and not tilted:
            continue
        own = rows[rows["rule"] == rule]
        excess = np.maximum(own["ratio"] - 1.0, LEAST)
        axes.plot(excess, own["share"], color=colour, linestyle=line, label=rule)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([0.001, 0.01, 0.1, 1.0, 10.0, 100.0]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    axes.set(xlim=(LEAST, 200.0), ylim=(0.0, 1.0))
    axes.grid(axis="y")
    axes.set_xlabel("Next deficit above the smallest one")


def _percent(value: float, _position: object = None) -> str:
    return f"{style.short_number(100.0 * value)} %"


PRESENT_USD = 0.705
"""Present deficit of the source's example, as printed there [USD]."""


def draw_next(tables: Tables) -> Figure:
    """Rules in rows, next deficit against the present one."""
    rows = tables["next_deficit"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.1)
        axes = figure.subplots()
        places = range(len(rows))
        axes.barh(places, rows["expected_usd"], 0.6, color=style.COLOURS[0], linewidth=0)
        for place, value in zip(places, rows["expected_usd"], strict=True):
            axes.text(value, place, f" {value:.2f}", va="center", fontsize=6.5)
        axes.axvline(PRESENT_USD, color=style.INK, linestyle="--", linewidth=0.9)
        axes.text(PRESENT_USD, -0.55, "present deficit", fontsize=6.5, ha="center", va="bottom")
        axes.set_yticks(places, rows["rule"])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0.0, 1.2 * float(rows["expected_usd"].max()))
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("Expected next deficit [USD]")
    return figure


def draw_condition(tables: Tables) -> Figure:
    """Share of accounts the condition of V27 gets wrong, over the budget."""
    rows = tables["rap_condition"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.2)
        axes = figure.subplots()
        axes.grid(axis="y")
        axes.plot(rows["budget_share"], rows["wrong"], color=style.COLOURS[1], marker="o", ms=3.6)
        axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.15 * float(rows["wrong"].max())))
        axes.yaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlabel("Budget / all endowments, B / U")
        axes.set_ylabel("Accounts judged wrongly")
    return figure


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("sybil", ("sybil", "axiom_departures"), draw_sybil),
    ValidationFigure("risk_ratio", ("risk_ratio",), draw_risk),
    ValidationFigure("next_deficit", ("next_deficit",), draw_next),
    ValidationFigure("rap_condition", ("rap_condition",), draw_condition),
)
