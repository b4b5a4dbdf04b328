"""The runs of one world: levers that a figure does not separate are held or follow from it.

    follows   takes one value for every setting of what the figure separates: a variant's own fund
    held      takes several: only runs at its baseline are kept

A list of variants changes many fields at once; all of them follow from its name, and none is held.
"""

from collections.abc import Sequence

import pandas as pd

from analysis.load import Results
from analysis.slices import SHOWABLE, baseline


def of_one_world(results: Results, shown: Sequence[str]) -> pd.DataFrame:
    """Runs with every lever held that varies within a setting of the shown ones."""
    runs, fixed = results.runs, baseline(results)
    followers = separated(results, shown)
    for lever in results.levers:
        if lever not in followers:
            runs = runs.loc[runs[lever] == fixed[lever]]
    return runs


def separated(results: Results, shown: Sequence[str]) -> tuple[str, ...]:
    """The shown levers that the study has, and those that follow from them."""
    known = [lever for lever in shown if lever in results.levers]
    return tuple(lever for lever in results.levers if _values_within(results, lever, known) < 2)


def _values_within(results: Results, lever: str, known: Sequence[str]) -> int:
    """How many values a lever takes, at most, while the known ones stay."""
    runs = results.runs
    if lever in known:
        return 1
    return int(runs.groupby(list(known))[lever].nunique().max() if known else runs[lever].nunique())


def one_of_many(results: Results, shown: Sequence[str]) -> str | None:
    """Why a figure of designs would show a single point of many; None when it would not."""
    varied = [lever for lever, values in results.levers.items() if len(values) > 1]
    if not varied or any(lever in shown for lever in varied):
        return None
    if all(lever in SHOWABLE for lever in varied):
        return None
    points = results.runs["point"].nunique()
    return f"the study compares no designs, and one of its {points} points would stand for all"
