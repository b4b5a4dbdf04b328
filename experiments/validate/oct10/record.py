"""The record of a recomputation: one row per quantity, published beside recomputed.

    difference = recomputed - published
    agrees     = recomputed rounds to the published number at its last printed digit; "about" where
                 it is printed as that, without digits to judge by

A row without a published value is new; a row without a recomputed one says in its note why not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.validate.claim import Table
from experiments.validate.oct10.published import Published

type Agreement = Literal["yes", "no", "about", "new", "not recomputable"]


@dataclass(frozen=True)
class Row:
    """One quantity.

    Attributes:
        section: which part of the record.
        quantity: what it is, a short phrase.
        recomputed: from the released files; NaN when they cannot give it.
        unit: "USD", "1", ...
        note: what a reader has to know; for new numbers how they are defined.
        published: the published number, if there is one.
        wave: number of the wave, 0 when the row is about the whole episode.
        detail: written to the files, not shown on the screen.
    """

    section: str
    quantity: str
    recomputed: float
    unit: str
    note: str = ""
    published: Published | None = None
    wave: int = 0
    detail: bool = False

    @property
    def published_value(self) -> float:
        """The published number, NaN when there is none."""
        return float(self.published.value) if self.published else math.nan

    @property
    def difference(self) -> float:
        """Recomputed minus published, NaN when one of them is missing."""
        return self.recomputed - self.published_value

    @property
    def agrees(self) -> Agreement:
        """Whether the published number was found again."""
        if math.isnan(self.recomputed):
            return "not recomputable"
        if self.published is None:
            return "new"
        if self.published.is_about:
            return "about"
        return "yes" if self.published.agrees(self.recomputed) else "no"

    @property
    def source(self) -> str:
        """Where the published number stands; the released files for a new one."""
        return self.published.source if self.published else "computed from the data release"


@dataclass(frozen=True)
class Record:
    """Everything that was recomputed.

    Attributes:
        rows: in the order of the report.
        tables: columns of equal length by name, written as CSV and drawn.
        inputs: SHA-256 of each file read, by its path inside the data folder.
    """

    rows: tuple[Row, ...]
    tables: Mapping[str, Table]
    inputs: Mapping[str, str]

    def find(self, section: str, quantity: str, wave: int = 0) -> Row:
        """The row of a quantity.

        Raises:
            ValueError: there is no such row.
        """
        for row in self.rows:
            if (row.section, row.quantity, row.wave) == (section, quantity, wave):
                return row
        raise ValueError(
            f"the record has no quantity '{quantity}' in section '{section}'"
            f"{f' for wave {wave}' if wave else ''}; look for it in oct10.csv"
        )


@dataclass(frozen=True)
class Part:
    """What one idea adds to the record.

    Attributes:
        rows: its quantities.
        tables: its tables by name.
    """

    rows: tuple[Row, ...]
    tables: Mapping[str, Table]
