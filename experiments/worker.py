"""One chunk of runs, as a pure function: chunk -> two Arrow tables.

A run that fails becomes a row with `status = "error"` and the reason as one sentence; the sweep
goes on. Nothing here depends on time, place or process, and nothing slow to load is imported.

    outcomes   one row per run:   point, replicate, task, levers..., status, error, outcomes...
    series     one row per time:  point, replicate, levers..., time_s, ...
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from experiments.columns import table_of
from experiments.engine import Engine, RunRecord
from experiments.overrides import with_overrides
from experiments.tasks import Chunk, Lever, Plan, Task, task_at

_LEVER_TYPES = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "json": pa.string(),
}


class ChunkResult(NamedTuple):
    """What a chunk gives: two tables, and what is worth knowing of how its runs went."""

    outcomes: pa.Table
    series: pa.Table
    notes: tuple[str, ...]


def run_tasks(plan: Plan, chunk: Chunk, engine: Engine) -> ChunkResult:
    """Run a chunk's tasks one after another.

    Args:
        plan: the study's plan.
        chunk: which tasks.
        engine: the simulator.

    Returns:
        The outcomes, the series (without rows when the study keeps none) and different notes.
    """
    notes: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    series: list[pa.Table] = []
    for index in range(chunk.first, chunk.stop):
        task = task_at(plan, index)
        row, record = _run(plan, task, engine)
        rows.append(row)
        if record is None:
            continue
        notes.update(dict.fromkeys(record.notes))
        if plan.series_every_s is not None:
            series.append(_series_table(plan, task, record, engine))
    schema = outcomes_schema(plan, engine)
    outcomes = table_of({name: [row[name] for row in rows] for name in schema.names}, schema)
    schema = series_schema(plan, engine)
    no_rows = table_of(dict.fromkeys(schema.names, ()), schema)
    times = pa.concat_tables([no_rows, *series]).combine_chunks()
    return ChunkResult(outcomes, times, tuple(notes))


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
            *[(lever.column, _LEVER_TYPES[lever.kind]) for lever in plan.levers],
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


def _run(plan: Plan, task: Task, engine: Engine) -> tuple[dict[str, Any], RunRecord | None]:
    """One run: its row, and its record unless it failed."""
    try:
        record = engine.simulate(
            scenario_of(plan, task),
            plan.seed,
            task.replicate,
            series_every_s=plan.series_every_s,
        )
        return outcome_row(plan, task, record, engine), record
    except Exception as error:  # noqa: BLE001  # whatever a run dies of is a result, and reported
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        unknown = {measure.name: float("nan") for measure in engine.outcomes}
        return {**_identity(plan, task), "status": "error", "error": sentence, **unknown}, None


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


def series_schema(plan: Plan, engine: Engine) -> pa.Schema:
    """Columns of the series table."""
    return pa.schema(
        [
            ("point", pa.int64()),
            ("replicate", pa.int64()),
            *[(lever.column, _LEVER_TYPES[lever.kind]) for lever in plan.levers],
            *[(measure.name, pa.float64()) for measure in engine.series],
        ]
    )


def _series_table(plan: Plan, task: Task, record: RunRecord, engine: Engine) -> pa.Table:
    """The time series of one run: `[n]` rows."""
    columns: Mapping[str, Any] = record.series
    rows = len(columns[engine.series[0].name])
    constant = {"point": task.point, "replicate": task.replicate, **_lever_values(plan, task)}
    repeated = {name: [value] * rows for name, value in constant.items()}
    return table_of({**columns, **repeated}, series_schema(plan, engine))
