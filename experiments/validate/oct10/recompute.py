"""10 October 2025, recomputed: the parts in the order of the report."""

import math
from collections.abc import Callable
from pathlib import Path

from experiments.validate.claim import Table
from experiments.validate.oct10.burden import burden
from experiments.validate.oct10.calibration import calibration
from experiments.validate.oct10.coverage import coverage
from experiments.validate.oct10.deficits import deficits
from experiments.validate.oct10.endowments import endowments
from experiments.validate.oct10.ex_ante import ex_ante
from experiments.validate.oct10.files import Episode, load
from experiments.validate.oct10.objective import table_2
from experiments.validate.oct10.overshoot import decomposition
from experiments.validate.oct10.published import NOT_RECOMPUTABLE, Missing, Published
from experiments.validate.oct10.reactions import reactions
from experiments.validate.oct10.record import Part, Record, Row
from experiments.validate.oct10.severity_path import severity_path
from experiments.validate.oct10.stylised_queue import stylised_queue
from experiments.validate.oct10.totals import naive_mapping, totals

PARTS: tuple[Callable[[Episode], Part], ...] = (
    totals,
    table_2,
    severity_path,
    stylised_queue,
    naive_mapping,
    reactions,
    endowments,
    decomposition,
    deficits,
    burden,
    ex_ante,
    coverage,
    calibration,
)
"""Published numbers first, then what has not been published."""


def recompute(data: Path) -> Record:
    """Recompute the published numbers of the episode, and those that are missing in print.

    Args:
        data: folder with the released files, or with a folder `oss_adl` or `out` of them.

    Raises:
        ValueError: a file is missing or is not what it should be; one sentence says what to do.
    """
    episode = load(data)
    rows: list[Row] = []
    tables: dict[str, Table] = {}
    for part in PARTS:
        added = part(episode)
        rows += added.rows
        tables |= added.tables
    rows += [_missing_row(missing) for missing in NOT_RECOMPUTABLE]
    return Record(rows=tuple(rows), tables=tables, inputs=episode.inputs)


def _missing_row(missing: Missing) -> Row:
    """A published number that cannot be checked, with the reason."""
    return Row(
        missing.section,
        missing.quantity,
        math.nan,
        missing.unit,
        missing.reason,
        Published(missing.value, missing.source),
    )
