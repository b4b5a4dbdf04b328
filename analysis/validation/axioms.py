"""Figure of the axioms: every rule against every axiom, by group of rules.

    ● proved    ○ no counterexample found    × refuted    – not applicable

The verdict is told by shape and by colour. Rows are rules under the heading of their group, split
over two panels when one would be too tall for a page; columns are the axioms in the order of the
table, with a rule between their families.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

ROW_IN = 0.135
"""Height of a row [in]."""

ROWS_OF_ONE_PANEL = 40
"""Rules and headings beyond which the figure has two panels."""

GROUPS = {
    "queues": "Venues: queues",
    "centralised": "Venues: other centralised",
    "on_chain": "On chain: order books",
    "counterparty": "On chain: picked or charged",
    "socialised": "On chain: socialised losses",
    "pools": "Pools",
    "clearing": "Clearing houses",
    "literature": "Literature",
    "proposals": "New proposals",
    "mechanisms": "Theory, as functions",
}
"""Heading of each group, in the order of the figure; others follow under their own name."""

PROVED, HOLDS, REFUTED, NONE = "proved", "holds", "refuted", "not applicable"

MARKS = {
    PROVED: ("o", style.COLOURS[0], True, 3.4, "proved"),
    HOLDS: ("o", style.COLOURS[0], False, 3.4, "no counterexample found"),
    REFUTED: ("x", style.COLOURS[1], True, 3.2, "refuted by a stored book"),
    NONE: ("_", style.QUIET, True, 3.0, "not applicable"),
}
"""Marker, colour, filled, size [pt] and words of each verdict."""


class Row(NamedTuple):
    """A line of the figure: a heading when `rule` is empty."""

    label: str
    rule: str


def draw(tables: Tables) -> Figure:
    """Draw the matrix."""
    cells = tables["axioms"].fillna({"reason": ""})
    rows = rows_of(cells)
    panels = halves(rows) if len(rows) > ROWS_OF_ONE_PANEL else [rows]
    height_in = 1.55 + ROW_IN * max(len(panel) for panel in panels)
    with style.theme():
        figure = style.canvas(style.TEXT_IN if len(panels) > 1 else 4.4, height_in)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for panel, shown in zip(axes, panels, strict=True):
            _panel(panel, cells, shown)
        handles = [
            marks.key(words, marker, colour=colour, filled=filled)
            for marker, colour, filled, _, words in MARKS.values()
        ]
        marks.legend_below(figure, handles)
    return figure


def rows_of(cells: pd.DataFrame) -> list[Row]:
    """Rules under the headings of their groups."""
    present = list(dict.fromkeys(cells["group"]))
    order = [group for group in GROUPS if group in present]
    order += [group for group in present if group not in GROUPS]
    rows = []
    for group in order:
        rows.append(Row(GROUPS.get(group, style.design_label(group)), ""))
        names = dict.fromkeys(cells.loc[cells["group"] == group, "rule"])
        rows += [Row(label_of(name), name) for name in names]
    return rows


def label_of(rule: str) -> str:
    """A rule's id as printed."""
    return style.design_label(rule.removeprefix("theory:"))


def halves(rows: Sequence[Row]) -> list[list[Row]]:
    """Two panels of about the same height, parted before a heading."""
    headings = [place for place, row in enumerate(rows) if not row.rule and place > 0]
    cut = min(headings, key=lambda place: abs(2 * place - len(rows)), default=len(rows))
    return [list(rows[:cut]), list(rows[cut:])]


def verdict(cell: pd.Series) -> str:
    """The state of a cell, with those that hold for a reason apart."""
    proved = cell["state"] == HOLDS and bool(cell["reason"])
    return PROVED if proved else str(cell["state"])


def _panel(axes: Axes, cells: pd.DataFrame, rows: Sequence[Row]) -> None:
    titles = dict(zip(cells["axiom"], cells["title"], strict=True))
    column = {name: place for place, name in enumerate(titles)}
    line = {row.rule: place for place, row in enumerate(rows) if row.rule}
    axes.set(xlim=(-0.6, len(column) - 0.4), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks(range(len(column)), list(titles.values()), rotation=90, fontsize=6.0)
    axes.set_yticks(list(line.values()), [row.label for row in rows if row.rule], fontsize=6.0)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=1.5)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for place, row in enumerate(rows):
        if not row.rule:
            axes.axhspan(place - 0.5, place + 0.5, color="#e9e9e9", linewidth=0, zorder=-3)
            axes.text(-0.4, place, row.label, va="center", fontsize=6.0, weight="bold")
        elif place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="#f7f7f7", linewidth=0, zorder=-3)
    shown = cells[cells["rule"].isin(line)]
    states = shown.apply(verdict, axis=1)
    for state, (marker, colour, filled, size, _) in MARKS.items():
        of_state = shown[states == state]
        axes.plot(
            [column[name] for name in of_state["axiom"]],
            [line[name] for name in of_state["rule"]],
            linestyle="none",
            marker=marker,
            markersize=size,
            color=colour,
            markerfacecolor=colour if filled else "white",
            markeredgewidth=0.8,
        )


FIGURES: tuple[ValidationFigure, ...] = (ValidationFigure("axioms", ("axioms",), draw),)
"""The matrix."""
