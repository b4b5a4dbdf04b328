"""Figures of V17 to V19, V22 and V23: regret under both notions, and tracking of a moving target.

    regret            (a) alternating, (b) four persistent regimes: both notions, both policies
    mirror_descent    static regret of three step rules against the bound, two phases
    regret_bound      dynamic regret of the tuned step over its bound, by kind of path
    linear_impact     undershoot by kind of estimation error
    drifting_impact   undershoot under sqrt(T) jumps

Means over paths with 95 % intervals on logarithmic axes; numbers beside the curves are slopes.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

NOTIONS = ("dynamic", "static")
POLICIES = ("static rule", "OGD")


def draw_regret(tables: Tables) -> Figure:
    """Draw both panels of V17."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.9)
        cells = figure.subplots(1, 2)
        table = tables["v17_regret"]
        _notions(cells[0], table[table["regimes"] == "alternating"])
        cells[0].set_title("(a) Regimes alternate every round")
        _notions(cells[1], table[table["regimes"] == "persistent"])
        cells[1].set_title("(b) Four regimes, whatever T")
        low = min(axes.get_ylim()[0] for axes in cells)
        high = max(axes.get_ylim()[1] for axes in cells)
        for axes in cells:
            axes.set_ylim(low, high)
        figure.canvas.draw()
        for axes, kind in zip(cells, ("alternating", "persistent"), strict=True):
            _name_notions(axes, table[table["regimes"] == kind])
        marks.legend_below(
            figure,
            [
                Line2D([], [], color=style.INK, label="dynamic regret"),
                Line2D([], [], color=style.INK, linestyle="--", label="static regret"),
                marks.key("hollow: negative, shown as its size", "v", filled=False),
                Patch(color="none", label="numbers: slope in T; bars: 95 % intervals"),
            ],
        )
    return figure


def draw_two_phases(tables: Tables) -> Figure:
    """Draw the panel of V18."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.6)
        _two_phases(figure.subplots(), tables["v18_two_phases"])
    return figure


def draw_bound(tables: Tables) -> Figure:
    """Draw the panel of V19."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.8)
        _ratios(figure.subplots(), tables["v19_ratios"])
    return figure


def _cases(table: pd.DataFrame) -> list[tuple[int, str, str, pd.DataFrame]]:
    """(number, policy, notion, rows) of each curve of a panel."""
    return [
        (
            number,
            policy,
            notion,
            table[(table["policy"] == policy) & (table["notion"] == notion)],
        )
        for number, (policy, notion) in enumerate(
            (policy, notion) for policy in POLICIES for notion in NOTIONS
        )
    ]


def _notions(axes: Axes, table: pd.DataFrame) -> None:
    """Regret over T, one curve per policy and notion."""
    panels.log_log(axes)
    for number, _, notion, rows in _cases(table):
        sign = float(np.sign(rows["regret"].iloc[-1]))
        line = "-" if notion == "dynamic" else "--"
        panels.curve(axes, rows, ("rounds", "regret"), number, sign=sign, line=line)
    rounds = table["rounds"]
    axes.set_xlim(rounds.min() / 1.3, rounds.max() * (rounds.max() / rounds.min()) ** 0.62)
    axes.set(xlabel="Rounds T", ylabel="Regret [USD, mean deficit 1]")


def _name_notions(axes: Axes, table: pd.DataFrame) -> None:
    """Words at the ends of the curves: policy, notion, slope."""
    ends = {}
    for number, policy, notion, rows in _cases(table):
        last = rows.iloc[-1]
        size = abs(float(last["regret"]))
        slope = float(last["slope"])
        text = f"{policy}, {notion}: {'no slope' if np.isnan(slope) else panels.signed(slope)}"
        ends[text] = (float(last["rounds"]), size, style.COLOURS[number])
    panels.end_labels(axes, ends)


def _two_phases(axes: Axes, table: pd.DataFrame) -> None:
    """V18: three step rules on the sequence made against the shrinking one, and the bound."""
    names = {
        "shrinking": "step falls (claim)",
        "fixed": "fixed step",
        "dual_averaging": "dual averaging",
    }
    panels.log_log(axes)
    rounds = table["rounds"].to_numpy()
    ends = {}
    for number, (column, name) in enumerate(names.items()):
        regret = table[column].to_numpy()
        slope = float(np.polyfit(np.log(rounds), np.log(regret), 1)[0])
        axes.plot(
            rounds,
            regret,
            color=style.COLOURS[number],
            marker=style.MARKERS[number],
            markersize=3.4,
            linewidth=0.9,
        )
        ends[f"{name}: {slope:.2f}"] = (float(rounds[-1]), regret[-1], style.COLOURS[number])
    axes.plot(rounds, table["bound"], color=style.INK, linestyle=":", linewidth=1.2)
    ends["bound: 0.50"] = (float(rounds[-1]), float(table["bound"].iloc[-1]), style.INK)
    axes.set_xlim(rounds.min() / 1.3, rounds.max() * (rounds.max() / rounds.min()) ** 0.55)
    axes.set(xlabel="Rounds T", ylabel="Static regret [1]")
    axes.figure.canvas.draw()
    panels.end_labels(axes, ends)


def _ratios(axes: Axes, table: pd.DataFrame) -> None:
    """V19: distribution of regret over bound by kind of path: range, 90 %, quartiles, median."""
    cases = list(table.groupby(["paths", "rounds"], sort=False))
    for row, ((_, rounds), values) in enumerate(cases):
        ratio = dict(zip(values["share"].round(2), values["ratio"], strict=True))
        colour = style.COLOURS[0] if rounds == table["rounds"].max() else style.COLOURS[1]
        axes.hlines(row, ratio[0.0], ratio[1.0], color=colour, linewidth=0.7)
        axes.hlines(row, ratio[0.05], ratio[0.95], color=colour, linewidth=1.6)
        axes.hlines(row, ratio[0.25], ratio[0.75], color=colour, linewidth=4.2)
        axes.plot(ratio[0.5], row, "o", color="white", markersize=2.4, zorder=4)
    names = [f"{kind}, T = {rounds}" for (kind, rounds), _ in cases]
    axes.axvline(1.0, color=style.INK, linestyle="--", linewidth=0.9)
    axes.annotate(
        "bound", (1.0, -0.75), xytext=(-3, 0), textcoords="offset points", ha="right",
        va="center", fontsize=panels.SMALL_PT,
    )  # fmt: skip
    axes.set_yticks(range(len(names)), names, fontsize=panels.SMALL_PT)
    axes.set(xlim=(0.0, 1.06), ylim=(len(names) - 0.4, -1.1))
    axes.set_xlabel("Dynamic regret / bound\n(line: range, 90 %, quartiles; dot: median)")


def draw_errors(tables: Tables) -> Figure:
    """Draw the panel of V22."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.6)
        axes = figure.subplots()
        _undershoot(axes, tables["v22_undershoot"], "error")
        axes.set_ylabel("Undershoot $V_T$ [USD]")
    return figure


def draw_jumps(tables: Tables) -> Figure:
    """Draw the panel of V23."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.6)
        axes = figure.subplots()
        _undershoot(axes, tables["v23_jumps"], "estimator")
        axes.set_ylabel("Undershoot $V_T$ [USD, Q = 1]")
    return figure


def _undershoot(axes: Axes, table: pd.DataFrame, key: str) -> None:
    """V_T over T, one curve per case; cases that never undershoot are named only."""
    panels.log_log(axes)
    ends, never = {}, []
    for number, (case, rows) in enumerate(table.groupby(key, sort=False)):
        if not (rows["undershoot"] > 0.0).all():
            never.append(str(case))
            continue
        claim = case == "sqrt(T) + P"
        panels.curve(
            axes, rows, ("rounds", "undershoot"), 6 if claim else number, line=":" if claim else "-"
        )
        last = rows.iloc[-1]
        text = f"{WORDS.get(str(case), str(case))}: {float(last['slope']):.2f}"
        colour = style.COLOURS[6 if claim else number]
        ends[text] = (float(last["rounds"]), float(last["undershoot"]), colour)
    rounds = table["rounds"]
    axes.set_xlim(rounds.min() / 1.3, rounds.max() * (rounds.max() / rounds.min()) ** 0.85)
    axes.set_xlabel("Rounds T")
    places = (times * 10.0**k for k in range(2, 7) for times in (1.0, 3.0))
    panels.ticks_at(axes, "x", tuple(p for p in places if rounds.min() < p < rounds.max()))
    if never:
        axes.text(
            0.98, 0.03, f"{', '.join(never)}: 0 throughout", transform=axes.transAxes,
            fontsize=panels.SMALL_PT, ha="right",
        )  # fmt: skip
    axes.figure.canvas.draw()
    panels.end_labels(axes, ends)


WORDS = {
    "error 1/sqrt(t), either sign": "error ±1/√t",
    "OGD, step 1/sqrt(T)": "OGD, step 1/√T",
    "sqrt(T) + P": "claimed √T + P",
}

FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("regret", ("v17_regret",), draw_regret),
    ValidationFigure("mirror_descent", ("v18_two_phases",), draw_two_phases),
    ValidationFigure("regret_bound", ("v19_ratios",), draw_bound),
    ValidationFigure("linear_impact", ("v22_undershoot",), draw_errors),
    ValidationFigure("drifting_impact", ("v23_jumps",), draw_jumps),
)
