"""Who pays: how much a design takes, from which roles, and from which fifth of wealth.

    share of group g at replicate r = taken_g / Σ_j |taken_j|,   j over the roles (or the fifths)

A group that gains (it was closed at a price better than the mark) has a negative share; when nobody
gains, shares add up to one. Amounts are heavy-tailed: panel (a) shows medians. Shares lie between
-1 and 1, so their means exist: panels (b) and (c) show means over the replicates in which something
was taken; (c) prints the half-width of the interval behind each mean. Replicates in which nothing
was taken have no shares: they are left out and counted on the right.
"""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import marks, style
from analysis.estimators import Estimate, mean, median
from analysis.load import Results
from analysis.slices import DESIGN, Slice, cut

ROLES = ("directional", "hedger", "maker")
RARE = "arbitrageur"
"""A role that few studies have: shown where something is ever taken from it."""

QUINTILES = (1, 2, 3, 4, 5)
SHOWS = (DESIGN,)
BY_ROLE = tuple(f"taken_{role}_usd" for role in ROLES)
BY_WEALTH = tuple(f"taken_quintile_{k}_usd" for k in QUINTILES)
REQUIRES = {"results": ("taken_usd", *BY_ROLE, *BY_WEALTH)}


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "who pays")
    shown = cut(results, SHOWS)
    roles = roles_of(shown.frame)
    height = 1.15 + marks.row_height_in(len(shown.designs), len(roles))
    with style.theme():
        figure = style.canvas(style.TEXT_IN, height)
        panels = figure.subplots(1, 3, width_ratios=(1.0, 1.15, 1.35))
        _amounts(panels[0], results, shown)
        _roles(panels[1], shown, roles)
        _quintiles(panels[2], shown)
        handles = [
            marks.key(role, style.ROLES[role].marker, colour=style.ROLES[role].colour)
            for role in roles
        ]
        handles.append(marks.bar_key(marks.interval_words(results.study.replicates), thick=True))
        marks.legend_below(figure, handles)
    return figure


def roles_of(runs: pd.DataFrame) -> tuple[str, ...]:
    """The roles that are shown: the usual ones, and arbitrageurs where they ever paid or gained."""
    column = f"taken_{RARE}_usd"
    present = column in runs.columns and bool((runs[column] != 0.0).any())
    return (*ROLES, RARE) if present else ROLES


def shares(runs: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Signed share of each column in all that changed hands, NaN where nothing did: [R, G]."""
    taken = runs[list(columns)].astype(float)
    moved = taken.abs().sum(axis=1, skipna=False)
    return taken.div(moved.where(moved > 0.0), axis=0)


def _amounts(axes: Axes, results: Results, shown: Slice) -> None:
    looks = style.looks(shown.designs)
    marks.row_axis(axes, shown.designs, named=True)
    estimates = [median(shown.of(design)["taken_usd"]) for design in shown.designs]
    marks.zero_line(axes)
    for row, (design, estimate) in enumerate(zip(shown.designs, estimates, strict=True)):
        marks.point(axes, row, estimate, looks[design])
    marks.scale_rows(axes, estimates)
    axes.set_xlabel(style.axis_label(results, "taken_usd", "median"))
    axes.set_title("(a) Amount taken")


def _roles(axes: Axes, shown: Slice, roles: tuple[str, ...]) -> None:
    marks.row_axis(axes, shown.designs, named=False)
    for row, design in enumerate(shown.designs):
        columns = tuple(f"taken_{role}_usd" for role in roles)
        by_role = shares(shown.of(design), columns)
        for role, column, offset in zip(roles, columns, marks.offsets(len(roles)), strict=True):
            marks.point(axes, row + offset, mean(by_role[column]), style.ROLES[role], size=3.5)
        if by_role.isna().all(axis=None):
            marks.empty_row(axes, row, "nothing taken")
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), max(high, 1.0))
    marks.zero_line(axes)
    style.plain_ticks(axes, count=5)
    axes.set_xlabel("Mean share of what is taken")
    axes.set_title("(b) By role")


def _quintiles(axes: Axes, shown: Slice) -> None:
    by_design = [shares(shown.of(design), BY_WEALTH) for design in shown.designs]
    cells = [[mean(by_wealth[column]) for column in BY_WEALTH] for by_wealth in by_design]
    values = np.array([[cell.value for cell in row] for row in cells])  # [D, 5]
    somebody_gains = bool((values < 0.0).any())
    sns.heatmap(
        values,
        ax=axes,
        vmin=-1.0 if somebody_gains else 0.0,
        vmax=1.0,
        cmap="RdBu" if somebody_gains else "Blues",
        annot=np.array([[_cell_text(cell) for cell in row] for row in cells]),
        fmt="",
        annot_kws={"fontsize": 6.0},
        linewidths=0.8,
        cbar=False,
        xticklabels=["poorest", "2", "3", "4", "richest"],
        yticklabels=False,
    )
    axes.grid(visible=False)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("Mean share by fifth of equity [%]")
    axes.set_title("(c) By wealth")
    marks.margin_title(axes, "nothing\ntaken")
    for row, by_wealth in enumerate(by_design):
        untouched = by_wealth.isna().all(axis=1)
        if untouched.all():
            marks.empty_row(axes, row + 0.5, "nothing taken")
        marks.margin_text(axes, row + 0.5, f"{int(untouched.sum())}/{len(untouched)}")


def _cell_text(share: Estimate) -> str:
    if np.isnan(share.value):
        return "–"
    middle = f"{round(100 * share.value) + 0:d}".replace("-", "\u2212")
    if np.isnan(share.low):
        return middle
    return f"{middle} ±{50 * (share.high - share.low):.0f}"
