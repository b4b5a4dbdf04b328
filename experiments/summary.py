"""The answer on one screen: designs (or another lever) against the outcomes that matter most.

Shown is the mean over all runs of a design that came to their end, with unknown values left out.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from rich import box
from rich.table import Table

NAME_WIDTH = 26
"""Longest name that leaves room for five numbers in 80 columns."""

ROUNDING = 1e-12
"""Smaller means of float64 sums are rounding, shown as ~0."""

FIRST_OUTCOMES = (
    "residual_share",
    "adl_notional_usd",
    "taken_gini",
    "largest_burden_excess",
    "retained_value_beta5",
)
"""Solvency, size, fairness twice, revenue: what fits beside a name in 80 columns."""


def summary_table(folder: Path, levers: Sequence[str], wanted: Sequence[str]) -> Table:
    """Means per design.

    Args:
        folder: a complete results folder.
        levers: lever columns of the study.
        wanted: outcomes to show, empty for `FIRST_OUTCOMES`; at most five are shown.
    """
    row_lever = "design" if "design" in levers else next(iter(levers), None)
    table = pq.read_table(folder / "results.parquet")
    shown = [name for name in (wanted or FIRST_OUTCOMES) if name in table.column_names][:5]
    names = table[row_lever].to_pylist() if row_lever else ["all runs"] * table.num_rows
    ran = np.array([status == "ok" for status in table["status"].to_pylist()])
    values = np.column_stack([table[name].to_numpy() for name in shown])
    caption = f"mean over {int(ran.sum())} runs, unknown values (-) left out"
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    widest = max(len(str(name)) for name in names)
    made.add_column(row_lever or "", overflow="fold", no_wrap=widest <= NAME_WIDTH)
    for name in shown:
        made.add_column(name.replace("_", " "), justify="right", overflow="fold")
    for name in dict.fromkeys(names):
        rows = ran & np.array([other == name for other in names])
        made.add_row(str(name), *[_number(column) for column in values[rows].T])
    return made


def _number(values: np.ndarray) -> str:
    """Mean of the known values, three digits."""
    known = values[~np.isnan(values)]
    if not known.size:
        return "-"
    mean = math.fsum(known) / known.size
    if 0.0 < abs(mean) < ROUNDING:
        return "~0"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(mean) >= size:
            return f"{mean / size:.3g} {letter}"
    return f"{mean:.3g}"
