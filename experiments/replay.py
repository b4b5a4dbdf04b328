"""One run again, from its id, with its event log and its other tables.

A run is a function of the study and (point, replicate), so it can be repeated on any day and must
give the stored rows to the last bit. If it does not, the model or the machine differs, and that is
said. Recording changes no run: a repeated one may keep the network where the study kept none.
"""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from abm.market.tape import KIND_NAMES
from experiments.designs import put_on_path
from experiments.engine import Engine
from experiments.errors import StoreError
from experiments.extra_tables import kept_tables
from experiments.files import written_atomically
from experiments.manifest import read_manifest
from experiments.spec import Study
from experiments.store import extra_file, part_file, read_part
from experiments.tasks import Chunk, Task, chunks_of, task_named
from experiments.worker import extras_of, outcome_row, scenario_of


@dataclass(frozen=True)
class Replay:
    """A repeated run.

    Attributes:
        task: which run.
        row: its outcomes, equal to the stored ones.
        events: its event log.
        extras: its other tables by name, equal to the stored ones.
    """

    task: Task
    row: dict[str, Any]
    events: pa.Table
    extras: dict[str, pa.Table]


def replay(
    study: Study,
    folder: Path,
    name: str,
    engine: Engine,
    *,
    network_every_s: float | None = None,
) -> Replay:
    """Repeat one run and compare it with what is stored.

    Args:
        study: the study of the folder.
        folder: the results folder.
        name: the task's id, e.g. `p003-r0007`.
        engine: the simulator.
        network_every_s: keep venues and links at this interval; None does as the study says.

    Raises:
        ValueError: there is no such task.
        StoreError: the run is not stored, ended in an error, or came out differently.
    """
    plan = study.plan
    if network_every_s is not None:
        plan = dataclasses.replace(plan, network_every_s=network_every_s)
    task = task_named(plan, name)
    stored = _stored_row(study, folder, task)
    for module_folder in plan.folders:
        put_on_path(Path(module_folder))
    record = engine.simulate(
        scenario_of(plan, task),
        plan.seed,
        task.replicate,
        series_every_s=plan.series_every_s,
        network_every_s=plan.network_every_s,
        events=True,
    )
    row = outcome_row(plan, task, record, engine)
    different = [column for column in row if not _same(row[column], stored[column])]
    if different:
        column = different[0]
        found = f"{column} was {stored[column]!r}, is {row[column]!r}"
        raise StoreError(_difference(folder, task, found, engine))
    extras = extras_of(plan, task, record, engine)
    for table in kept_tables(study.plan):
        asked_alike = getattr(plan, table.asked_by) == getattr(study.plan, table.asked_by)
        if asked_alike and not _same_rows(
            extras[table.name], _stored_rows(study, folder, task, table.name)
        ):
            found = f"its rows of {table.name} are not those that are stored"
            raise StoreError(_difference(folder, task, found, engine))
    return Replay(task, row, event_table(dict(record.events or {})), extras)


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


def write_extras(tables: dict[str, pa.Table], events_file: Path) -> list[Path]:
    """Write a run's other tables as `<events' name>-<table>.csv` beside its event log."""
    written = []
    for name, table in tables.items():
        written.append(events_file.absolute().with_name(f"{events_file.stem}-{name}.csv"))
        with written_atomically(written[-1]) as stream:
            pa_csv.write_csv(table, stream)
    return written


def _chunk_of(study: Study, task: Task) -> tuple[Chunk, int]:
    """The chunk that holds a task, and the task's place in it."""
    index = task.point * study.plan.replicates + task.replicate
    chunk = next(chunk for chunk in chunks_of(study.plan) if chunk.first <= index < chunk.stop)
    return chunk, index - chunk.first


def _stored_rows(study: Study, folder: Path, task: Task, table: str) -> pa.Table:
    """The stored rows of a task in another table than the outcomes."""
    whole = read_part(extra_file(folder, _chunk_of(study, task)[0], table))
    of_point = pc.equal(whole["point"], task.point)
    return whole.filter(pc.and_(of_point, pc.equal(whole["replicate"], task.replicate)))


def _same_rows(now: pa.Table, stored: pa.Table) -> bool:
    """Equal to the last bit; unknown equals unknown."""
    if now.column_names != stored.column_names or now.num_rows != stored.num_rows:
        return False
    return all(
        _same(value, other)
        for name in now.column_names
        for value, other in zip(now[name].to_pylist(), stored[name].to_pylist(), strict=True)
    )


def _stored_row(study: Study, folder: Path, task: Task) -> dict[str, Any]:
    """The stored row of a task, from its part."""
    chunk, place = _chunk_of(study, task)
    file = part_file(folder, chunk)
    if not file.exists():
        command = f"adlab resume {quote(str(folder))}"
        raise StoreError(f"{task.id} has not been run yet; continue with: {command}")
    rows: list[dict[str, Any]] = pq.read_table(file).slice(place, 1).to_pylist()
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


def _difference(folder: Path, task: Task, found: str, engine: Engine) -> str:
    """Why a repeated run may differ, with the first thing that does."""
    manifest = read_manifest(folder)
    text = f"{task.id} came out differently: {found}"
    if manifest["model_version"] != engine.version():
        return f"{text}; the model's sources changed since, check out {manifest['source']}"
    return f"{text}; compare the machine with {manifest['machine']['cpu_class']} of run.json"
