"""One chunk of runs, as a pure function: chunk -> Arrow tables.

A run that fails becomes a row with `status = "error"` and the reason as one sentence; the sweep
goes on. Nothing here depends on time, place or process, and nothing slow to load is imported.

    outcomes   one row per run:   point, replicate, task, levers..., status, error, outcomes...
    series     one row per time:  point, replicate, levers..., time_s, ...
    and every other table of `extra_tables` that the study keeps
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from experiments.columns import table_of
from experiments.engine import Engine, RunRecord
from experiments.extra_tables import ExtraTable, kept_tables
from experiments.overrides import with_overrides
from experiments.tasks import Chunk, Lever, Plan, Task, task_at

_TYPES = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "json": pa.string(),
}


class ChunkResult(NamedTuple):
    """What a chunk gives: its tables, and what is worth knowing of how its runs went."""

    outcomes: pa.Table
    extras: dict[str, pa.Table]
    notes: tuple[str, ...]


def run_tasks(plan: Plan, chunk: Chunk, engine: Engine) -> ChunkResult:
    """Run a chunk's tasks one after another.

    Args:
        plan: the study's plan.
        chunk: which tasks.
        engine: the simulator.

    Returns:
        The outcomes, the other tables that the study keeps by name, and different notes.
    """
    runs = [_run(plan, task_at(plan, index), engine) for index in range(chunk.first, chunk.stop)]
    schema = outcomes_schema(plan, engine)
    outcomes = table_of({name: [run.row[name] for run in runs] for name in schema.names}, schema)
    extras: dict[str, pa.Table] = {}
    for table in kept_tables(plan):
        schema = extra_schema(plan, engine, table)
        no_rows = table_of(dict.fromkeys(schema.names, ()), schema)
        of_runs = [run.extras[table.name] for run in runs if run.extras]
        extras[table.name] = pa.concat_tables([no_rows, *of_runs]).combine_chunks()
    notes = dict.fromkeys(note for run in runs for note in run.notes)
    return ChunkResult(outcomes, extras, tuple(notes))


def scenario_of(plan: Plan, task: Task) -> Any:
    """The scenario of one task."""
    scenario = with_overrides(plan.scenario, plan.points[task.point])
    return with_overrides(scenario, plan.point_files[task.point])


def outcomes_schema(plan: Plan, engine: Engine) -> pa.Schema:
    """Columns of the outcomes table."""
    return pa.schema(
        [
            ("point", pa.int64()),
            ("replicate", pa.int64()),
            ("task", pa.string()),
            *[(lever.column, _TYPES[lever.kind]) for lever in plan.levers],
            ("status", pa.string()),
            ("error", pa.string()),
            *[(measure.name, pa.float64()) for measure in engine.outcomes],
        ]
    )


def outcome_row(plan: Plan, task: Task, record: RunRecord, engine: Engine) -> dict[str, Any]:
    """The row of a run that came to its end.

    Raises:
        KeyError: the run reports an outcome that the dictionary does not name, or lacks one.
    """
    names = [measure.name for measure in engine.outcomes]
    differing = set(names) ^ set(record.outcomes)
    if differing:
        raise KeyError(f"outcomes and their dictionary differ in {', '.join(sorted(differing))}")
    numbers = {name: float(record.outcomes[name]) for name in names}
    return {**_identity(plan, task), "status": "ok", "error": "", **numbers}


class _Run(NamedTuple):
    """One run: its row, its part of the other tables, its notes."""

    row: dict[str, Any]
    extras: dict[str, pa.Table]
    notes: tuple[str, ...]


def _run(plan: Plan, task: Task, engine: Engine) -> _Run:
    """One run; of one that failed the row says why, and there is nothing else."""
    try:
        record = engine.simulate(
            scenario_of(plan, task),
            plan.seed,
            task.replicate,
            series_every_s=plan.series_every_s,
            network_every_s=plan.network_every_s,
        )
        row = outcome_row(plan, task, record, engine)
        return _Run(row, extras_of(plan, task, record, engine), record.notes)
    except Exception as error:  # noqa: BLE001  # whatever a run dies of is a result, and reported
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        unknown = {measure.name: float("nan") for measure in engine.outcomes}
        row = {**_identity(plan, task), "status": "error", "error": sentence, **unknown}
        return _Run(row, {}, ())


def _identity(plan: Plan, task: Task) -> dict[str, Any]:
    """The columns that say which run this is."""
    return {
        "point": task.point,
        "replicate": task.replicate,
        "task": task.id,
        **_lever_values(plan, task),
    }


def _lever_values(plan: Plan, task: Task) -> dict[str, Any]:
    """The values of the levers at a task's point, as their columns hold them."""
    point = plan.points[task.point]
    return {lever.column: _as_column(lever, point[lever.path]) for lever in plan.levers}


def _as_column(lever: Lever, value: Any) -> Any:
    """A lever's value in the type of its column."""
    if lever.kind == "json":
        return json.dumps(value, sort_keys=True)
    return float(value) if lever.kind == "float" else value


def extra_schema(plan: Plan, engine: Engine, table: ExtraTable) -> pa.Schema:
    """Columns of another table than the outcomes."""
    return pa.schema(
        [
            ("point", pa.int64()),
            ("replicate", pa.int64()),
            *[(lever.column, _TYPES[lever.kind]) for lever in plan.levers],
            *[(column.name, _TYPES[column.kind]) for column in table.all_columns(engine)],
        ]
    )


def extras_of(plan: Plan, task: Task, record: RunRecord, engine: Engine) -> dict[str, pa.Table]:
    """The rows of one run in every table that the study keeps besides the outcomes: `[n]` each.

    Raises:
        KeyError: the run reports a column that its table does not name, or lacks one.
        ValueError: the columns of a table differ in length.
    """
    return {
        table.name: _extra_table(plan, task, getattr(record, table.name), engine, table)
        for table in kept_tables(plan)
    }


def _extra_table(
    plan: Plan, task: Task, columns: Mapping[str, Any], engine: Engine, table: ExtraTable
) -> pa.Table:
    """The rows of one run in one table."""
    names = [column.name for column in table.all_columns(engine)]
    differing = set(names) ^ set(columns)
    if differing:
        raise KeyError(
            f"{table.name} and their dictionary differ in {', '.join(sorted(differing))}"
        )
    rows = len(columns[names[0]])
    constant = {"point": task.point, "replicate": task.replicate, **_lever_values(plan, task)}
    repeated = {name: [value] * rows for name, value in constant.items()}
    return table_of({**columns, **repeated}, extra_schema(plan, engine, table))
