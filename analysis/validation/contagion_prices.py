"""Figures of C7, C10 and C11: the facts of price series, and what an order does to a price.

stylised_facts   eight statistics of five crises, recorded and replayed by the model
crash_facts      the same of the model's own crash, marks and index process
meta_orders      (a) impact over size, by how the order is sent
                 (b) impact of one order over the number of ticks it is spread over
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis import marks, style
from analysis.validation import panels
from analysis.validation.figure import Tables, ValidationFigure

SHADE = "#dfe9f1"
APART = 0.17
"""Half of the distance of two marks of a row [rows]."""


def draw_recorded(tables: Tables) -> Figure:
    """Draw C7: crises in rows, the record above its replay."""
    names = {"record": "record", "replay": "marks of the model that replays it"}
    return _facts(tables["stylised_facts"], "crisis", names, 4.1, "range of the literature")


def draw_own(tables: Tables) -> Figure:
    """Draw C10: settings in rows, marks above the index process alone."""
    names = {"mark": "marks of the model", "process": "index process alone"}
    return _facts(tables["crash_facts"], "setting", names, 3.3, "range of recorded crises")


def _facts(
    table: pd.DataFrame, rows_by: str, names: dict[str, str], height_in: float, range_is: str
) -> Figure:
    """One panel per statistic, one row per case, one mark per series; ranges are shaded."""
    cases = list(dict.fromkeys(table[rows_by]))
    with style.theme():
        figure = style.canvas(style.TEXT_IN, height_in)
        cells = figure.subplots(2, 4, sharey=True)
        for axes, (fact, rows) in zip(cells.flat, table.groupby("fact", sort=False), strict=True):
            axes.axvspan(rows["range_low"].iloc[0], rows["range_high"].iloc[0], color=SHADE,
                         linewidth=0, zorder=-2)  # fmt: skip
            for number, series in enumerate(names):
                own = rows[rows["series"] == series]
                _marks(axes, own, [cases.index(case) for case in own[rows_by]], number)
            if rows["high"].max() > 100.0:
                panels.log_axis(axes, "x")
            else:
                style.plain_ticks(axes, "x", 4)
            axes.set_title(_title(str(fact)), fontsize=7.5)
            axes.set_yticks(range(len(cases)), cases)
            axes.set_ylim(len(cases) - 0.5, -0.5)
        marks.legend_below(
            figure,
            [
                *(
                    marks.key(
                        label, style.MARKERS[number], colour=style.COLOURS[number],
                        filled=number == 0,
                    )
                    for number, label in enumerate(names.values())
                ),
                Patch(facecolor=SHADE, label=range_is),
            ],
        )  # fmt: skip
    return figure


def _title(fact: str) -> str:
    """A statistic's name, short enough for a panel."""
    short = fact.removeprefix("excess ")
    return short[0].upper() + short[1:]


def _marks(axes: Axes, rows: pd.DataFrame, places: list[int], number: int) -> None:
    """Values with intervals, the first series above the second."""
    colour = style.COLOURS[number]
    heights = np.array(places) + (2 * number - 1) * APART
    axes.hlines(heights, rows["low"], rows["high"], color=colour, linewidth=1.4, zorder=2)
    axes.plot(
        rows["value"],
        heights,
        linestyle="none",
        marker=style.MARKERS[number],
        markersize=3.4,
        color=colour,
        markerfacecolor=colour if number == 0 else "white",
        markeredgewidth=0.9,
        zorder=3,
    )


def draw_orders(tables: Tables) -> Figure:
    """Draw both panels of C11."""
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 2.8)
        left, right = figure.subplots(1, 2, width_ratios=(1.7, 1.0))
        table = _in_basis_points(tables["meta_orders"])
        panels.log_log(left)
        ends = {}
        for number, (case, rows) in enumerate(table.groupby("case", sort=False)):
            panels.curve(left, rows, ("share", "impact"), number)
            last = rows.iloc[-1]
            ends[f"{case}: {last['exponent']:.2f}"] = (
                float(last["share"]), float(last["impact"]), style.COLOURS[number],
            )  # fmt: skip
        left.set(xlabel="Size / quotes of the side hit", ylabel="Impact [bp]")
        left.set_xlim(0.007, 60.0)
        panels.ticks_at(left, "x", (0.01, 0.1, 1.0))
        panels.ticks_at(left, "y", (0.3, 1.0, 3.0, 10.0, 30.0))
        left.set_title("(a) Impact and its exponent")
        left.figure.canvas.draw()
        panels.end_labels(left, ends)
        spread = _in_basis_points(tables["meta_order_slices"])
        panels.log_axis(right, "x")
        right.grid(axis="y")
        panels.curve(right, spread, ("slices", "impact"), 0)
        panels.ticks_at(right, "x", tuple(spread["slices"]))
        right.set(xlabel="Ticks that the order is spread over", ylabel="Impact at its end [bp]")
        right.set_ylim(0.0, 1.15 * float(spread["high"].max()))
        right.set_title("(b) One order in slices")
    return figure


def _in_basis_points(table: pd.DataFrame) -> pd.DataFrame:
    """The table with impacts and the ends of their intervals times 10^4."""
    return table.assign(**{key: 1e4 * table[key] for key in ("impact", "low", "high")})


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("stylised_facts", ("stylised_facts",), draw_recorded),
    ValidationFigure("crash_facts", ("crash_facts",), draw_own),
    ValidationFigure("meta_orders", ("meta_orders", "meta_order_slices"), draw_orders),
)
