"""Figures of the 10 October 2025 record: what the published numbers hide.

    oct10_overshoot     overshoot per wave, split into transfer (waves of one moment) and markout
    oct10_deficits      deficits as published, and without the account counted in several waves
    oct10_controllers   severity controllers beside naive players, as shares of the proved bound
    oct10_objective     Table 2 as published and with burdens above a certified bound only

Money axes are logarithmic around zero where values span decades; every value that such an axis
compresses is printed beside its mark. The record is exact, so there are no intervals.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from analysis import marks, style
from analysis.validation.figure import Tables, ValidationFigure

TRANSFER, MARKOUT = style.COLOURS[0], style.COLOURS[1]
COUNTS = {
    "published": ("as published", style.INK, "o"),
    "once": ("repeated account counted once", style.COLOURS[4], "s"),
    "left_out": ("repeated account left out", style.COLOURS[0], "D"),
}
KINDS = {
    "naive": ("naive", style.COLOURS[2]),
    "controller": ("learns from earlier waves", style.COLOURS[0]),
    "hindsight": ("knows the path beforehand", style.COLOURS[5]),
    "production": ("production", style.COLOURS[1]),
}
ROW_IN = 0.2
"""Height of a row of marks [in]."""


def dollars(value: float, digits: int = 3) -> str:
    """A sum of money in few digits: $1.85M, −$552k, $0."""
    size = abs(value)
    if size < 0.5:
        return "$0"
    scale, letter = next(
        (
            (scale, letter)
            for scale, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
            if size >= scale
        ),
        (1.0, ""),
    )
    whole = len(str(int(size / scale)))
    text = f"{size / scale:.{max(digits - whole, 0)}f}"
    return f"{'−' if value < 0 else ''}\\${text}{letter}"


def draw_overshoot(tables: Tables) -> Figure:
    """Overshoot of each wave, and of both kinds of wave by horizon."""
    waves, horizons = tables["oct10_overshoot"], tables["oct10_horizons"]
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 0.9 + ROW_IN * len(waves))
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
        _wave_bars(left, waves)
        _horizon_lines(right, horizons)
        left.set_title("(a) By wave, at its last fill")
        right.set_title("(b) The same fills, valued later")
        handles = [
            Patch(color=TRANSFER, label="transfer: waves of one moment"),
            Patch(color=MARKOUT, label="markout: waves that last seconds"),
        ]
        marks.legend_below(figure, handles)
    return figure


def _wave_bars(axes: Axes, waves: pd.DataFrame) -> None:
    """One bar per wave on a symmetric-logarithmic axis, its value beside it."""
    marks.row_axis(axes, [str(wave) for wave in waves["wave"]], named=True)
    axes.set_yticklabels(
        [_wave_name(w, s) for w, s in zip(waves["wave"], waves["duration_s"], strict=True)]
    )
    total = waves["transfer_usd"] + waves["markout_usd"]
    colours = np.where(waves["duration_s"] == 0.0, TRANSFER, MARKOUT)
    axes.barh(range(len(waves)), total, height=0.62, color=colours, linewidth=0)
    _money_axis(axes, 1e4, (-6e7, 7e8), (-1e6, -1e5, 0.0, 1e5, 1e6, 1e7))
    marks.zero_line(axes)
    for row, value in enumerate(total):
        _value_beside(axes, row, float(value))
    axes.set_xlabel("taken − needed [USD]")
    axes.set_ylabel("wave (duration)", labelpad=4)


def _wave_name(wave: int, duration_s: float) -> str:
    return f"{wave} (0 s)" if duration_s == 0.0 else f"{wave} ({duration_s:.1f} s)"


def _value_beside(axes: Axes, row: int, value: float) -> None:
    """A bar's value just outside its end."""
    shift, side = (3, "left") if value >= 0.0 else (-3, "right")
    axes.annotate(
        dollars(value),
        (value, row),
        xytext=(shift, 0),
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize=6.0,
    )


def _horizon_lines(axes: Axes, horizons: pd.DataFrame) -> None:
    """Summed overshoot of both kinds of wave against the evaluation horizon."""
    seconds = horizons["horizon_ms"] / 1000.0
    kinds = (
        ("instant_usd", TRANSFER, "s", "waves of one moment", 9),
        ("lasting_usd", MARKOUT, "o", "waves that last seconds", -13),
    )
    for column, colour, marker, name, above in kinds:
        axes.plot(seconds, horizons[column], color=colour, marker=marker, markersize=4.0)
        axes.annotate(
            name,
            (3.2, float(np.interp(3.2, seconds, horizons[column]))),
            xytext=(0, above),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=7.0,
        )
        for at in (0, len(horizons) - 1):
            axes.annotate(
                dollars(float(horizons[column].iloc[at])),
                (float(seconds.iloc[at]), float(horizons[column].iloc[at])),
                xytext=(6, 0 if at or column == "lasting_usd" else -3),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=6.5,
                annotation_clip=False,
            )
    axes.axhline(0.0, color=style.QUIET, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    axes.set_xlim(-0.2, 5.9)
    axes.set_ylim(-8e6, 5.5e7)
    axes.set_xticks([0, 1, 2, 3, 4, 5])
    style.plain_ticks(axes, "y")
    axes.grid(axis="y")
    axes.set_xlabel("horizon after the wave [s]")
    axes.set_ylabel("taken − needed, summed [USD]")


def draw_deficits(tables: Tables) -> Figure:
    """Deficit of each wave for three ways of counting, beside the needed budget."""
    waves = tables["oct10_deficits"]
    with style.theme():
        figure = style.canvas(style.COLUMN_IN + 1.6, 1.2 + ROW_IN * len(waves))
        axes = figure.subplots()
        marks.row_axis(axes, [str(wave) for wave in waves["wave"]], named=True)
        axes.set_xscale("log")
        axes.set_xlim(3e2, 3e7)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(style.short_number))
        marks.margin_title(axes, "needed / deficit:\npublished → left out")
        for row in range(len(waves)):
            _deficit_row(axes, row, waves.iloc[row])
        axes.set_xlabel("deficit and needed budget [USD]")
        axes.set_ylabel("wave")
        handles = [
            marks.key(name, marker, colour=colour, filled=count != "published")
            for count, (name, colour, marker) in COUNTS.items()
        ]
        needed = marks.key("needed budget", "|", colour=MARKOUT)
        needed.set(markersize=8.0, markeredgewidth=1.6)
        marks.legend_below(figure, [*handles, needed], most=2)
    return figure


def _deficit_row(axes: Axes, row: int, wave: "pd.Series[float]") -> None:
    """Marks of one wave; a wave without the repeated account has the published mark only."""
    values = {count: float(wave[f"deficit_usd_{count}"]) for count in COUNTS}
    known = [value for value in values.values() if value > 0.0]
    axes.hlines(row, min(known), max(known), color=style.QUIET, linewidth=0.8, zorder=1)
    needed = float(wave["needed_usd"])
    axes.plot(needed, row, "|", markersize=9, markeredgewidth=1.6, color=MARKOUT, zorder=2)
    before = needed / values["published"]
    if values["left_out"] == values["published"]:
        _mark(axes, row, "published", values)
        marks.margin_text(axes, row, _plain(before))
        return
    _mark(axes, row, "once", values, size=6.5)
    _mark(axes, row, "published", values)
    if values["left_out"] > 0.0:
        _mark(axes, row, "left_out", values)
        marks.margin_text(axes, row, f"{_plain(before)} → {_plain(needed / values['left_out'])}")
    else:
        marks.margin_text(axes, row, f"{_plain(before)} → no deficit")


def _mark(axes: Axes, row: int, count: str, values: dict[str, float], size: float = 4.0) -> None:
    """One deficit; the published one is hollow."""
    _, colour, marker = COUNTS[count]
    axes.plot(
        values[count],
        row,
        marker,
        markersize=size,
        markerfacecolor="white" if count == "published" else colour,
        markeredgecolor=colour,
        zorder=4 if size < 6.0 else 3,
    )


def _plain(ratio: float) -> str:
    """A ratio without an exponent: whole, or in three digits."""
    return f"{ratio:,.0f}" if ratio >= 10.0 else f"{ratio:.3g}"


def draw_controllers(tables: Tables) -> Figure:
    """Loss of every player as a share of the bound, for three ways of counting."""
    table = tables["oct10_controllers"]
    players = list(dict.fromkeys(table["name"]))
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 1.25 + 0.26 * len(players))
        panels = figure.subplots(1, len(COUNTS), sharex=True)
        for number, (axes, count) in enumerate(zip(panels, COUNTS, strict=True)):
            shown = table[table["count"] == count]
            marks.row_axis(axes, players, named=number == 0)
            if number == 0:
                axes.set_yticklabels([name.replace("sqrt(t)", "√t") for name in players])
            _player_rows(axes, shown)
            bound = dollars(float(shown["bound_usd"].iloc[0]), 4)
            name = COUNTS[count][0].removeprefix("repeated ")
            axes.set_title(f"({'abc'[number]}) {name}\nbound {bound}")
            axes.set_xlim(0.0, 88.0)
            axes.set_xticks([0, 25, 50, 75])
        panels[1].set_xlabel("tracking loss of severity [% of the bound]")
        handles = [Patch(color=colour, label=name) for name, colour in KINDS.values()]
        marks.legend_below(figure, handles)
    return figure


def _player_rows(axes: Axes, shown: pd.DataFrame) -> None:
    """A bar per player with its loss in dollars."""
    shares, losses = 100.0 * shown["share_of_bound"], shown["loss_usd"]
    for row, (share, loss, kind) in enumerate(zip(shares, losses, shown["kind"], strict=True)):
        axes.barh(row, share, height=0.62, color=KINDS[kind][1], linewidth=0)
        axes.annotate(
            dollars(loss),
            (share, row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
        )


def draw_objective(tables: Tables) -> Figure:
    """Fairness part and total of every policy, published and one-sided against the bound."""
    table = tables["oct10_objective"]
    names = [
        f"{name} †" if policy == "prod" else name if paper else f"{name} *"
        for policy, name, paper in zip(
            table["policy"], table["name"], table["in_paper"], strict=True
        )
    ]
    columns = (
        ("fairness_usd", "one_sided_usd", "(a) Fairness part"),
        ("total_usd", "one_sided_total_usd", "(b) Objective"),
    )
    with style.theme():
        figure = style.canvas(style.TEXT_IN, 1.0 + 0.27 * len(table))
        panels = figure.subplots(1, 2)
        for number, (axes, (old, new, title)) in enumerate(zip(panels, columns, strict=True)):
            marks.row_axis(axes, names, named=number == 0)
            if number == 0:
                axes.set_yticklabels(names)
            _dumbbells(axes, table[old].to_numpy(), table[new].to_numpy())
            axes.set_title(title)
            axes.set_xlabel(("fairness part [USD]", "tracking + fairness part [USD]")[number])
        handles = [
            marks.key("as published: |burden − ILP column|", "o", filled=False),
            marks.key("(burden − certified bound)+", "D", colour=style.COLOURS[0]),
            marks.key("* not in the paper, † measured on another equity", " "),
        ]
        marks.legend_below(figure, handles)
    return figure


def _dumbbells(axes: Axes, old: np.ndarray, new: np.ndarray) -> None:
    """Published value, new value and an arrow from one to the other; both values at the right."""
    _money_axis(axes, 1e5, (-2.5e4, 2e8), (0.0, 1e5, 1e6, 1e7, 1e8))
    marks.margin_title(axes, "published → new (rank)")
    old_rank, new_rank = _ranks(old), _ranks(new)
    for row, (before, after) in enumerate(zip(old, new, strict=True)):
        axes.annotate(
            "",
            (after, row),
            (before, row),
            arrowprops={"arrowstyle": "-", "color": style.QUIET, "linewidth": 0.9},
        )
        axes.plot(after, row, "D", color=style.COLOURS[0], markersize=3.6, zorder=3)
        axes.plot(
            before,
            row,
            "o",
            markersize=6.0,
            markerfacecolor="none",
            markeredgecolor=style.INK,
            zorder=4,
        )
        text = f"{dollars(before)} ({old_rank[row]}) → {dollars(after)} ({new_rank[row]})"
        marks.margin_text(axes, row, text)


def _ranks(values: np.ndarray) -> list[int]:
    """Rank 1 for the smallest; equals share the best rank."""
    return [1 + int(np.sum(values < value - 0.005)) for value in values]


def _money_axis(
    axes: Axes, linear: float, limits: tuple[float, float], ticks: tuple[float, ...]
) -> None:
    """A symmetric-logarithmic axis of money with the given ticks."""
    axes.set_xscale("symlog", linthresh=linear, linscale=0.6)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(*limits)
    axes.set_xticks(ticks, [style.short_number(tick) for tick in ticks])


FIGURES: tuple[ValidationFigure, ...] = (
    ValidationFigure("oct10_overshoot", ("oct10_overshoot", "oct10_horizons"), draw_overshoot),
    ValidationFigure("oct10_deficits", ("oct10_deficits",), draw_deficits),
    ValidationFigure("oct10_controllers", ("oct10_controllers",), draw_controllers),
    ValidationFigure("oct10_objective", ("oct10_objective",), draw_objective),
)
