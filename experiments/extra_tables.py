"""The tables a run gives beside its row of outcomes, each kept only when the study asks for it.

    series   one row per (run, time)          asked for by `series_every_s`
    venues   one row per (run, venue)         asked for by `network_every_s`
    links    one row per (run, time, edge)    asked for by `network_every_s`

A table is a value of `TABLES`: parts, final tables, resuming, replay and the data dictionary walk
that tuple, so that one more table is one more entry. In the results every table begins with point,
replicate and the levers; then come its own columns, then those that the engine measures.
"""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.engine import Engine, Measure
from experiments.tasks import Plan


@dataclass(frozen=True)
class Column:
    """A column that does not depend on the engine.

    Attributes:
        name: in the run's record and in the table.
        unit: as the data dictionary prints it; empty for a word.
        meaning: one sentence.
        kind: "float" or "str".
    """

    name: str
    unit: str
    meaning: str
    kind: str = "float"


@dataclass(frozen=True)
class ExtraTable:
    """One table beside the outcomes.

    Attributes:
        name: of the run record's field, of the parts and of the final table.
        asked_by: key of the study file, and field of the plan, that keeps it unless None.
        columns: columns that are the same for every engine, first.
        measured: the engine's own columns, floats, after them.
    """

    name: str
    asked_by: str
    columns: tuple[Column, ...]
    measured: Callable[[Engine], tuple[Measure, ...]]

    def all_columns(self, engine: Engine) -> tuple[Column, ...]:
        """Every column that a run reports, in order."""
        measured = (Column(m.name, m.unit, m.meaning) for m in self.measured(engine))
        return (*self.columns, *measured)


def _series(engine: Engine) -> tuple[Measure, ...]:
    return engine.series


def _venues(engine: Engine) -> tuple[Measure, ...]:
    return engine.venues


def _nothing(_: Engine) -> tuple[Measure, ...]:
    return ()


LINK = (
    Column("time_s", "s", "time since the start of the episode"),
    Column("source", "", "node where a loss arises: venue, house account, class of traders", "str"),
    Column("target", "", "node that bears it", "str"),
    Column("layer", "", "kind of the link; `loss` is what was really borne so far", "str"),
    Column("usd", "USD", "what target would lose if source paid nothing"),
)  # fmt: skip
"""Columns of a link between two nodes at one time."""

TABLES = (
    ExtraTable("series", "series_every_s", (), _series),
    ExtraTable("venues", "network_every_s", (Column("venue", "", "the venue", "str"),), _venues),
    ExtraTable("links", "network_every_s", LINK, _nothing),
)
"""Every table beside the outcomes, in the order in which a chunk's parts are written."""


def kept_tables(plan: Plan) -> tuple[ExtraTable, ...]:
    """The tables that a study keeps."""
    return tuple(table for table in TABLES if getattr(plan, table.asked_by) is not None)
