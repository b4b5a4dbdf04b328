"""Results as data frames, for a notebook.

from experiments import load_results

frame = load_results("results/default-1a2b3c4d")
frame.groupby("design")["residual_share"].mean()
"""

from pathlib import Path
from shlex import quote

import pandas as pd

from experiments.errors import StoreError


def load_results(folder: str | Path) -> pd.DataFrame:
    """One row per run: point, replicate, task, levers, status, error, outcomes.

    Args:
        folder: a results folder.

    Raises:
        StoreError: the folder has no complete results.
    """
    return _load(Path(folder), "results.parquet")


def load_series(folder: str | Path) -> pd.DataFrame:
    """One row per run and recorded time: point, replicate, levers, time_s, series columns.

    Args:
        folder: a results folder of a study with `series_every_s`.

    Raises:
        StoreError: the folder has no complete results, or the study keeps no series.
    """
    return _load(Path(folder), "series.parquet")


def _load(folder: Path, name: str) -> pd.DataFrame:
    """One final table."""
    if not (folder / name).is_file():
        raise StoreError(
            f"{folder} has no {name}; finish the study with: adlab resume {quote(str(folder))}"
            if (folder / "run.json").is_file()
            else f"{folder} is not a results folder (there is no run.json in it)"
        )
    return pd.read_parquet(folder / name)
