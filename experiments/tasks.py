"""The task table: which runs a study consists of, and how they are cut into chunks.

    task t = point * replicates + replicate        id "p003-r0007"

A run's random numbers depend on (seed, replicate) only, so points that differ in the design, or in
anything else, meet the same shocks at the same replicate. A chunk is a range of consecutive
tasks, the unit of work and of storage; its size comes from the study, never from the workers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.sampling import Point

CHUNKS_AIMED_AT = 128
"""Enough chunks to keep many workers busy and few enough files for a cluster's disk."""

RUNS_PER_CHUNK_LIMIT = 500
"""So that a chunk takes seconds to a minute."""


@dataclass(frozen=True)
class Lever:
    """A column of the result that was set, not measured.

    Attributes:
        path: dotted path of the scenario field.
        column: name in the result tables, the last part of the path when that is unambiguous.
        kind: type of the column, "bool", "int", "float", "str", or "json" for anything else.
        role: "lever" or "uncertainty".
    """

    path: str
    column: str
    kind: str
    role: str


@dataclass(frozen=True)
class Plan:
    """All that a worker must know to run any task of a study.

    Attributes:
        study_sha: hash of the study.
        model_version: version of the simulator that the results belong to.
        scenario: the study's scenario before a point is applied.
        points: overrides of each point, as written.
        point_files: absolute paths of the files that a point itself names; mostly empty.
        levers: columns that describe a point.
        seed: seed of the study.
        replicates: runs per point.
        series_every_s: sampling interval of the time series [s]; None keeps none.
        runs_per_chunk: tasks in a chunk (the last may be shorter).
        folders: folders in which users' modules are looked for.
        network_every_s: interval at which the links between nodes are kept, and the venues table
            with them [s]; None keeps neither.
    """

    study_sha: str
    model_version: str
    scenario: Any
    points: tuple[Point, ...]
    point_files: tuple[Point, ...]
    levers: tuple[Lever, ...]
    seed: int
    replicates: int
    series_every_s: float | None
    runs_per_chunk: int
    folders: tuple[str, ...] = ()
    network_every_s: float | None = None

    @property
    def runs(self) -> int:
        """Number of tasks."""
        return len(self.points) * self.replicates


@dataclass(frozen=True)
class Task:
    """One run: a point and a replicate."""

    point: int
    replicate: int

    @property
    def id(self) -> str:
        """Name of the task, e.g. `p003-r0007`."""
        return f"p{self.point:03d}-r{self.replicate:04d}"


@dataclass(frozen=True)
class Chunk:
    """The tasks `first <= t < stop` of a plan."""

    index: int
    first: int
    stop: int

    @property
    def runs(self) -> int:
        """Number of tasks."""
        return self.stop - self.first


def default_runs_per_chunk(runs: int) -> int:
    """Tasks per chunk for a study of so many runs."""
    return min(max(-(-runs // CHUNKS_AIMED_AT), 1), RUNS_PER_CHUNK_LIMIT)


def task_at(plan: Plan, index: int) -> Task:
    """The task at one row of the table."""
    point, replicate = divmod(index, plan.replicates)
    return Task(point, replicate)


def task_named(plan: Plan, name: str) -> Task:
    """The task with an id.

    Raises:
        ValueError: no task has this id.
    """
    match = re.fullmatch(r"p(\d+)-r(\d+)", name)
    if match is not None:
        task = Task(int(match[1]), int(match[2]))
        if task.point < len(plan.points) and task.replicate < plan.replicates:
            return task
    last = Task(len(plan.points) - 1, plan.replicates - 1)
    raise ValueError(f"there is no task '{name}'; give one from {Task(0, 0).id} to {last.id}")


def chunks_of(plan: Plan) -> tuple[Chunk, ...]:
    """All chunks in order."""
    size = plan.runs_per_chunk
    return tuple(
        Chunk(index, first, min(first + size, plan.runs))
        for index, first in enumerate(range(0, plan.runs, size))
    )


def levers_of(
    points: tuple[Point, ...], uncertain: frozenset[str], reserved: frozenset[str]
) -> tuple[Lever, ...]:
    """Columns that describe the points.

    Args:
        points: the points, all with the same paths in the same order.
        uncertain: the paths that are uncertainties.
        reserved: column names that are taken.
    """
    paths = tuple(points[0]) if points else ()
    last_parts = [path.rpartition(".")[2] for path in paths]
    levers = []
    for path, last in zip(paths, last_parts, strict=True):
        ambiguous = last_parts.count(last) > 1 or last in reserved or not last.isidentifier()
        column = path.replace(".*", "").replace(".", "_") if ambiguous else last
        role = "uncertainty" if path in uncertain else "lever"
        levers.append(Lever(path, column, _kind([p[path] for p in points]), role))
    return tuple(levers)


def _kind(values: list[Any]) -> str:
    """Column type that holds all values of a lever."""
    names: Mapping[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}
    kinds = {names.get(type(value), "json") for value in values}
    if kinds == {"int", "float"}:
        return "float"
    return kinds.pop() if len(kinds) == 1 else "json"
