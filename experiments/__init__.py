"""From questions to stored results: studies, executors, storage, replay, the command line.

In a notebook:

    from experiments import load_results
    frame = load_results("results/default-1a2b3c4d")
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_links", "load_results", "load_series", "load_venues"]


def load_results(folder: "str | Path") -> "pd.DataFrame":
    """One row per run of a results folder; see `experiments.frames`."""
    from experiments.frames import load_results as load  # workers must not load pandas

    return load(folder)


def load_series(folder: "str | Path") -> "pd.DataFrame":
    """One row per run and recorded time; see `experiments.frames`."""
    from experiments.frames import load_series as load  # workers must not load pandas

    return load(folder)


def load_venues(folder: "str | Path") -> "pd.DataFrame":
    """One row per run and venue; see `experiments.frames`."""
    from experiments.frames import load_venues as load  # workers must not load pandas

    return load(folder)


def load_links(folder: "str | Path") -> "pd.DataFrame":
    """One row per run, recorded time and link; see `experiments.frames`."""
    from experiments.frames import load_links as load  # workers must not load pandas

    return load(folder)
