"""One run again, from its id, with its event log.

A run is a function of the study and (point, replicate), so it can be repeated on any day and must
give the stored row to the last bit. If it does not, the model or the machine differs, and that is
said.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from abm.market.tape import KIND_NAMES
from experiments.designs import put_on_path
from experiments.engine import Engine
from experiments.errors import StoreError
from experiments.files import written_atomically
from experiments.manifest import read_manifest
from experiments.spec import Study
from experiments.store import part_file
from experiments.tasks import Task, chunks_of, task_named
from experiments.worker import outcome_row, scenario_of


@dataclass(frozen=True)
class Replay:
    """A repeated run.

    Attributes:
        task: which run.
        row: its outcomes, equal to the stored ones.
        events: its event log.
    """

    task: Task
    row: dict[str, Any]
    events: pa.Table


def replay(study: Study, folder: Path, name: str, engine: Engine) -> Replay:
    """Repeat one run and compare it with what is stored.

    Args:
        study: the study of the folder.
        folder: the results folder.
        name: the task's id, e.g. `p003-r0007`.
        engine: the simulator.

    Raises:
        ValueError: there is no such task.
        StoreError: the run is not stored, ended in an error, or came out differently.
    """
    plan = study.plan
    task = task_named(plan, name)
    stored = _stored_row(study, folder, task)
    for module_folder in plan.folders:
        put_on_path(Path(module_folder))
    record = engine.simulate(
        scenario_of(plan, task),
        plan.seed,
        task.replicate,
        series_every_s=plan.series_every_s,
        events=True,
    )
    row = outcome_row(plan, task, record, engine)
    different = [column for column in row if not _same(row[column], stored[column])]
    if different:
        raise StoreError(_difference(folder, task, different[0], stored, row, engine))
    return Replay(task, row, event_table(dict(record.events or {})))


WHOLE = ("tick", "venue", "instrument", "account_id")
"""Columns of the event log that count; all others but `kind` are real numbers."""


def event_table(events: dict[str, Any]) -> pa.Table:
    """The event log with kinds in words and counts as integers.

    `price` is NaN where nothing was traded; of a funding payment it is the eight-hour rate.
    """
    columns: dict[str, Any] = {}
    for name, values in events.items():
        if name == "kind" and values.dtype.kind == "f":
            words = pa.array(KIND_NAMES)
            columns[name] = words.take(pa.array(values.astype("int64"))).dictionary_encode()
        else:
            columns[name] = values.astype("int64") if name in WHOLE else values
    return pa.table(columns)


def write_events(table: pa.Table, file: Path) -> None:
    """Write an event log as Parquet."""
    with written_atomically(file.absolute()) as stream:
        pq.write_table(table, stream, compression="zstd")


def _stored_row(study: Study, folder: Path, task: Task) -> dict[str, Any]:
    """The stored row of a task, from its part."""
    index = task.point * study.plan.replicates + task.replicate
    chunk = next(chunk for chunk in chunks_of(study.plan) if chunk.first <= index < chunk.stop)
    file = part_file(folder, chunk)
    if not file.exists():
        command = f"adlab resume {quote(str(folder))}"
        raise StoreError(f"{task.id} has not been run yet; continue with: {command}")
    rows: list[dict[str, Any]] = pq.read_table(file).slice(index - chunk.first, 1).to_pylist()
    if rows[0]["status"] != "ok":
        raise StoreError(f"{task.id} ended in an error, nothing to replay: {rows[0]['error']}")
    return rows[0]


def _same(now: Any, stored: Any) -> bool:
    """Equal to the last bit; unknown equals unknown."""
    both_unknown = (
        isinstance(now, float)
        and isinstance(stored, float)
        and math.isnan(now)
        and math.isnan(stored)
    )
    return both_unknown or now == stored


def _difference(
    folder: Path,
    task: Task,
    column: str,
    stored: dict[str, Any],
    row: dict[str, Any],
    engine: Engine,
) -> str:
    """Why a repeated run may differ, with the first column that does."""
    manifest = read_manifest(folder)
    text = f"{task.id} came out differently: {column} was {stored[column]!r}, is {row[column]!r}"
    if manifest["model_version"] != engine.version():
        return f"{text}; the model's sources changed since, check out {manifest['source']}"
    return f"{text}; compare the machine with {manifest['machine']['cpu_class']} of run.json"
