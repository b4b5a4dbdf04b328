"""Figures of V4 to V6: does the queue leave the smallest maximum, and pro-rata how much more?

top_survivor   (a) mean largest endowment left, in units of w_1, over the budget, by rule
               (b) share of books in which another rule leaves less at the top
queue_gap      pro-rata less queue, book by book, against the formula B (1 - w_1 / U)
survivor_tail  VaR and ES of the largest left over those of (w_1 - B)+, by level

Books are Pareto, 3 to 1,000 accounts; budgets are uniform up to the largest endowment.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

RULES = {
    "queue": (style.COLOURS[1], "s", "queue by size"),
    "pro_rata": (style.COLOURS[0], "o", "pro-rata"),
    "levelling": (style.COLOURS[2], "^", "levelling"),
}
"""Colour, marker and words of each rule."""


def draw(tables: Tables) -> Figure:
    """Draw both panels of V4."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.6)
        panels = figure.subplots(1, 2)
        _by_budget(panels[0], tables["top_survivor"], "mean", ("low", "high"))
        panels[0].set_ylabel("Largest endowment left / w$_1$")
        panels[0].set_title("(a) What is left at the top")
        _by_budget(panels[1], tables["top_survivor"], "beaten", ("beaten_low", "beaten_high"))
        panels[1].set_ylabel("Share of books")
        panels[1].set_title("(b) Another rule leaves less")
        marks.legend_below(
            figure,
            [marks.key(words, marker, colour=colour) for colour, marker, words in RULES.values()],
        )
    return figure


def draw_gap(tables: Tables) -> Figure:
    """Draw the panel of V5."""
    with style.theme():
        figure = style.canvas(style.COLUMN_IN, 2.7)
        _gap(figure.subplots(), tables["queue_gap"])
    return figure


def _by_budget(axes: Axes, rows: pd.DataFrame, value: str, ends: tuple[str, str]) -> None:
    """One line per rule with 95 % intervals over tenths of the budget."""
    for rule, (colour, marker, _) in RULES.items():
        own = rows[rows["rule"] == rule]
        axes.vlines(own["budget"], own[ends[0]], own[ends[1]], color=colour, linewidth=1.4)
        axes.plot(own["budget"], own[value], color=colour, marker=marker, ms=3.4, linewidth=0.9)
    axes.grid(axis="y")
    axes.set(xlim=(0.0, 1.0), ylim=(-0.03, 1.03))
    axes.set_xlabel("Budget / largest endowment, B / w$_1$")


def _gap(axes: Axes, books: pd.DataFrame) -> None:
    """Measured gap against the formula; on the diagonal it is exact."""
    within = books["within_gap"].astype(bool)
    kinds = (
        (~within, style.COLOURS[4], "x", "B > w$_1$ − w$_2$"),
        (within, style.COLOURS[6], ".", "B ≤ w$_1$ − w$_2$"),
    )
    for chosen, colour, marker, words in kinds:
        axes.plot(
            books["formula"][chosen],
            books["gap"][chosen],
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=2.4,
            markeredgewidth=0.6,
            alpha=0.7,
            rasterized=True,
            label=words,
        )
    axes.axline((0.0, 0.0), slope=1.0, color=style.QUIET, linewidth=0.7, zorder=0)
    marks_of_zero = Line2D([-1, 2], [0, 0], color=style.QUIET, linewidth=0.7, linestyle="--")
    axes.add_line(marks_of_zero)
    axes.grid(axis="y")
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("Formula B(1 − w$_1$/U) / w$_1$")
    axes.set_ylabel("Pro-rata less queue, top / w$_1$")
    axes.legend(loc="upper left", handletextpad=0.1, fontsize=6.5, markerscale=1.8)


def draw_tail(tables: Tables) -> Figure:
    """Draw both panels of V6."""
    rows = tables["tail_of_survivor"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.5)
        cells = figure.subplots(1, 2, sharey=True)
        places = range(len(rows))
        for axes, measure, words in zip(cells, ("var", "es"), ("(a) VaR", "(b) ES"), strict=True):
            for rule in ("queue", "levelling"):
                colour, marker, _ = RULES[rule]
                ratio = rows[f"{rule}_{measure}"] / rows[f"formula_{measure}"]
                axes.plot(places, ratio, color=colour, marker=marker, ms=3.4, linewidth=0.9)
            axes.axhline(1.0, color=style.INK, linestyle="--", linewidth=0.9)
            axes.grid(axis="y")
            axes.set_xticks(places, [f"{level:g}" for level in rows["level"]])
            axes.set_xlabel("Level")
            axes.set_title(words)
        cells[0].set_ylabel("Largest left / formula (w$_1$ − B)$_+$")
        marks.legend_below(
            figure,
            [
                *(
                    marks.key(RULES[rule][2], RULES[rule][1], colour=RULES[rule][0])
                    for rule in ("queue", "levelling")
                ),
                Line2D([], [], color=style.INK, linestyle="--", label="as claimed"),
            ],
        )
    return figure


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("top_survivor", ("top_survivor",), draw),
    ValidationFigure("queue_gap", ("queue_gap",), draw_gap),
    ValidationFigure("survivor_tail", ("tail_of_survivor",), draw_tail),
)
