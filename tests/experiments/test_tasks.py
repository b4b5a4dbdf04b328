"""The task table: order, ids, chunks, columns."""

import dataclasses

import pytest

from experiments.spec import Study
from experiments.tasks import (
    Task,
    chunks_of,
    default_runs_per_chunk,
    levers_of,
    task_at,
    task_named,
)


def test_tasks_are_point_by_point(study: Study) -> None:
    plan = study.plan
    assert plan.runs == 20
    assert [task_at(plan, index) for index in (0, 4, 5, 19)] == [
        Task(0, 0),
        Task(0, 4),
        Task(1, 0),
        Task(3, 4),
    ]
    assert Task(3, 7).id == "p003-r0007"
    assert task_named(plan, "p003-r0004") == Task(3, 4)


@pytest.mark.parametrize("name", ["p004-r0000", "p000-r0005", "3-7", "p1", ""])
def test_unknown_ids_are_refused(study: Study, name: str) -> None:
    with pytest.raises(ValueError, match="give one from p000-r0000 to p003-r0004"):
        task_named(study.plan, name)


def test_chunks_cover_every_task_once(study: Study) -> None:
    for size in (1, 3, 20, 50):
        chunks = chunks_of(dataclasses.replace(study.plan, runs_per_chunk=size))
        covered = [index for chunk in chunks for index in range(chunk.first, chunk.stop)]
        assert covered == list(range(20))
        assert [chunk.index for chunk in chunks] == list(range(len(chunks)))


@pytest.mark.parametrize(
    ("runs", "size"), [(1, 1), (128, 1), (129, 2), (1280, 10), (1_000_000, 500)]
)
def test_chunk_size_follows_from_the_number_of_runs(runs: int, size: int) -> None:
    assert default_runs_per_chunk(runs) == size


def test_columns_take_the_last_part_unless_it_is_ambiguous() -> None:
    point = {"design": "a", "price.fee": 1, "venues.*.fee": 2.0, "x.status": [1], "price.vol": 1}
    other = {**point, "price.vol": 0.5}
    levers = levers_of((point, other), frozenset({"price.vol"}), frozenset({"status"}))
    assert [(lever.column, lever.kind, lever.role) for lever in levers] == [
        ("design", "str", "lever"),
        ("price_fee", "int", "lever"),
        ("venues_fee", "float", "lever"),
        ("x_status", "json", "lever"),
        ("vol", "float", "uncertainty"),
    ]
