"""Results as data frames, for a notebook.

from experiments import load_results

frame = load_results("results/default-1a2b3c4d")
frame.groupby("design")["residual_share"].mean()
"""

from pathlib import Path
from shlex import quote

import pandas as pd

from experiments.errors import StoreError
from experiments.extra_tables import TABLES
from experiments.manifest import read_manifest


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


def load_venues(folder: str | Path) -> pd.DataFrame:
    """One row per run and venue: point, replicate, levers, venue, its columns.

    Args:
        folder: a results folder of a study with `network_every_s`.

    Raises:
        StoreError: the folder has no complete results, or the study keeps no network.
    """
    return _load(Path(folder), "venues.parquet")


def load_links(folder: str | Path) -> pd.DataFrame:
    """One row per run, recorded time and link: ..., time_s, source, target, layer, usd.

    Args:
        folder: a results folder of a study with `network_every_s`.

    Raises:
        StoreError: the folder has no complete results, or the study keeps no network.
    """
    return _load(Path(folder), "links.parquet")


def _load(folder: Path, name: str) -> pd.DataFrame:
    """One final table."""
    if not (folder / name).is_file():
        raise StoreError(_missing(folder, name))
    return pd.read_parquet(folder / name)


def _missing(folder: Path, name: str) -> str:
    """Why a final table is not there, and what to do."""
    if not (folder / "run.json").is_file():
        return f"{folder} is not a results folder (there is no run.json in it)"
    asked_by = {f"{table.name}.parquet": table.asked_by for table in TABLES}
    if read_manifest(folder)["state"] == "complete" and name in asked_by:
        return f"{folder} keeps no {name}; give its study the key {asked_by[name]} and run it anew"
    return f"{folder} has no {name}; finish the study with: adlab resume {quote(str(folder))}"
