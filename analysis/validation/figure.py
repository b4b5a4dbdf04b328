"""A figure of the validation: its name, the tables it needs, and how it is drawn from them.

    requires   stems of CSV files in `OUT/data`, one per table of a finding
    draw       those tables by stem -> figure, inside `analysis.style.theme()`

A figure reads tables and nothing else, so that it can be drawn again without running anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

type Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class ValidationFigure:
    """One figure.

    Attributes:
        name: of the files, e.g. "queue_churn" for `queue_churn.pdf` and `queue_churn.png`.
        requires: stems of the tables it is drawn from.
        draw: the figure of these tables.
    """

    name: str
    requires: tuple[str, ...]
    draw: Callable[[Tables], Figure]

    def missing(self, data: Path) -> tuple[str, ...]:
        """Required tables that a folder of CSV files does not have."""
        return tuple(stem for stem in self.requires if not (data / f"{stem}.csv").is_file())

    def draw_from(self, data: Path) -> Figure:
        """The figure of the tables in a folder of CSV files."""
        return self.draw({stem: pd.read_csv(data / f"{stem}.csv") for stem in self.requires})
