"""A chunk as a pure function: rows, failures, seeds, and what a worker must not load."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.spec import Study, load_study
from experiments.tasks import Chunk, chunks_of
from experiments.worker import run_tasks
from tests.experiments.toy_engine import ENGINE, ToyRecord, simulate

ALL = Chunk(0, 0, 20)


def test_rows_are_in_the_order_of_the_tasks(study: Study) -> None:
    outcomes = run_tasks(study.plan, ALL, ENGINE).outcomes
    assert outcomes["point"].to_pylist() == [point for point in range(4) for _ in range(5)]
    assert outcomes["replicate"].to_pylist() == [*range(5)] * 4
    assert outcomes["task"].to_pylist()[6] == "p001-r0001"
    assert outcomes.column_names[:7] == [
        "point",
        "replicate",
        "task",
        "design",
        "reacting",
        "status",
        "error",
    ]
    assert set(outcomes["status"].to_pylist()) == {"ok"}


def test_points_meet_the_same_shocks(study: Study) -> None:
    series = run_tasks(study.plan, ALL, ENGINE).extras["series"]
    marks = series["mark_price"].to_numpy().reshape(4, 5, 2)
    assert (marks == marks[0]).all()
    assert len(np.unique(marks[0, :, 1])) == 5


def test_chunks_put_together_are_the_whole(study: Study) -> None:
    whole = run_tasks(study.plan, ALL, ENGINE).outcomes
    parts = [run_tasks(study.plan, chunk, ENGINE).outcomes for chunk in chunks_of(study.plan)]
    rows = [str(row) for part in parts for row in part.to_pylist()]  # nan equals nan as text
    assert rows == [str(row) for row in whole.to_pylist()]


def test_a_failing_run_is_a_row(write_study: Callable[..., Path]) -> None:
    study = load_study(write_study(scenario="fail_at = 3\n"), ENGINE)
    outcomes, extras, _ = run_tasks(study.plan, Chunk(0, 0, 5), ENGINE)
    assert outcomes["status"].to_pylist() == ["ok", "ok", "ok", "error", "ok"]
    assert outcomes["error"].to_pylist()[3] == "ValueError: replicate 3 was told to fail"
    assert np.isnan(outcomes["residual_share"].to_pylist()[3])
    assert set(extras["series"]["replicate"].to_pylist()) == {0, 1, 2, 4}


def test_an_outcome_without_a_dictionary_entry_is_a_failure(study: Study) -> None:
    def careless(*arguments: Any, **options: Any) -> ToyRecord:
        record = simulate(*arguments, **options)
        return dataclasses.replace(record, outcomes={**record.outcomes, "extra": 1.0})

    engine = dataclasses.replace(ENGINE, simulate=careless)
    outcomes = run_tasks(study.plan, Chunk(0, 0, 1), engine).outcomes
    assert "dictionary differ in extra" in outcomes["error"].to_pylist()[0]


def test_no_series_without_asking(write_study: Callable[..., Path]) -> None:
    study = load_study(write_study(("series_every_s = 300\n", "")), ENGINE)
    assert run_tasks(study.plan, ALL, ENGINE).extras == {}


def test_the_network_has_a_table_of_venues_and_one_of_links(networked: Study) -> None:
    extras = run_tasks(networked.plan, ALL, ENGINE).extras
    assert list(extras) == ["series", "venues", "links"]
    identity = ["point", "replicate", "design", "reacting"]
    venues, links = extras["venues"], extras["links"]
    assert venues.column_names == [*identity, "venue", "open_interest_usd", "first_failure_s"]
    assert venues["venue"].to_pylist() == ["east", "west"] * 20
    assert np.isnan(venues["first_failure_s"].to_numpy()[1::2]).all()
    assert links.column_names == [*identity, "time_s", "source", "target", "layer", "usd"]
    assert set(links["layer"].to_pylist()) == {"hedge", "börse"}
    assert set(links["time_s"].to_pylist()) <= {0.0, 120.0, 240.0, 360.0, 480.0}
    runs = set(links["replicate"].to_pylist())
    assert runs < set(range(5)), "a run without any link is a run all the same"
    assert runs


def test_the_network_needs_no_series(write_study: Callable[..., Path]) -> None:
    change = ("series_every_s = 300", "network_every_s = 120")
    study = load_study(write_study(change), ENGINE)
    assert list(run_tasks(study.plan, ALL, ENGINE).extras) == ["venues", "links"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"venue": ["east"]}, "venues and their dictionary differ in first_failure_s, open_"),
        ({"rank": [1.0, 2.0]}, "venues and their dictionary differ in rank"),
        ({"first_failure_s": [1.0]}, "columns of one table differ in length: [1, 2]"),
    ],
)
def test_a_table_that_is_not_as_declared_is_a_failure_without_rows(
    networked: Study, columns: dict[str, Any], words: str
) -> None:
    def careless(*arguments: Any, **options: Any) -> ToyRecord:
        record = simulate(*arguments, **options)
        kept = {} if columns.keys() == {"venue"} else record.venues
        return dataclasses.replace(record, venues={**kept, **columns})

    engine = dataclasses.replace(ENGINE, simulate=careless)
    done = run_tasks(networked.plan, Chunk(0, 0, 1), engine)
    assert words in done.outcomes["error"].to_pylist()[0]
    assert [table.num_rows for table in done.extras.values()] == [0, 0, 0]


@pytest.mark.parametrize("engine", ["tests.experiments.toy_engine.ENGINE", "the shipped one"])
def test_a_worker_loads_neither_mesa_nor_pandas_nor_ray(
    write_study: Callable[..., Path], tmp_path: Path, engine: str
) -> None:
    load = (
        "from tests.experiments.toy_engine import ENGINE"
        if engine.startswith("tests")
        else "from experiments.engine import shipped_engine; ENGINE = shipped_engine()"
    )
    run = (
        "ChunkJob(study.plan, ENGINE, folder)(Chunk(0, 0, 2))" if engine.startswith("tests") else ""
    )
    script = f"""
import sys
from pathlib import Path
from experiments.executors import pool
from experiments.job import ChunkJob
from experiments.spec import load_study
from experiments.tasks import Chunk
{load}
if {bool(run)}:
    folder = Path({str(tmp_path)!r})
    (folder / "parts").mkdir()
    study = load_study(Path({str(write_study())!r}), ENGINE)
    {run or "pass"}
    assert (folder / "parts" / "part-000000.parquet").exists()
loaded = {{"mesa", "pandas", "ray", "seaborn", "matplotlib"}} & sys.modules.keys()
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
