"""A run repeated from its id gives the stored row, or says why not."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments import load_links, load_series, load_venues
from experiments.errors import StoreError
from experiments.replay import replay, write_events, write_extras
from experiments.runner import Execution, run_study
from experiments.spec import Study, load_study
from tests.experiments.silent import Silent
from tests.experiments.toy_engine import ENGINE, simulate


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    run_study(study, tmp_path / "r", ENGINE, Execution("in-process"), Silent())
    return tmp_path / "r"


def test_every_task_comes_out_as_stored(study: Study, folder: Path, tmp_path: Path) -> None:
    repeated = replay(study, folder, "p002-r0004", ENGINE)
    assert repeated.row["design"] == "pro_rata" or repeated.row["design"] == "queue"
    write_events(repeated.events, tmp_path / "events.parquet")
    assert pq.read_table(tmp_path / "events.parquet")["kind"].to_pylist()[1] == "adl_fill"


def test_the_other_tables_are_repeated_too(networked: Study, tmp_path: Path) -> None:
    run_study(networked, tmp_path / "n", ENGINE, Execution("in-process"), Silent())
    repeated = replay(networked, tmp_path / "n", "p002-r0001", ENGINE)
    assert list(repeated.extras) == ["series", "venues", "links"]
    assert replay(networked, tmp_path / "n", "p002-r0003", ENGINE).extras["links"].num_rows == 0
    written = write_extras(repeated.extras, tmp_path / "p002-r0001.parquet")
    names = [file.name for file in written]
    assert names == [f"p002-r0001-{table}.csv" for table in ("series", "venues", "links")]
    for file, table, load in zip(
        written, repeated.extras, (load_series, load_venues, load_links), strict=True
    ):
        stored = load(tmp_path / "n").query("point == 2 and replicate == 1")
        read = pd.read_csv(file)
        pd.testing.assert_frame_equal(
            read, stored.reset_index(drop=True), check_dtype=False, check_exact=True
        )
        assert len(stored) == repeated.extras[table].num_rows > 0


def test_a_different_row_of_another_table_is_said(networked: Study, tmp_path: Path) -> None:
    run_study(networked, tmp_path / "n", ENGINE, Execution("in-process"), Silent())

    def drifted(*arguments, **options):  # type: ignore[no-untyped-def]
        record = simulate(*arguments, **options)
        return dataclasses.replace(record, links={**record.links, "usd": record.links["usd"] + 1.0})

    engine = dataclasses.replace(ENGINE, simulate=drifted)
    with pytest.raises(StoreError, match="its rows of links are not those that are stored"):
        replay(networked, tmp_path / "n", "p002-r0001", engine)
    other_interval = replay(networked, tmp_path / "n", "p002-r0001", engine, network_every_s=60.0)
    assert other_interval.extras["links"].num_rows > 0
    (tmp_path / "n" / "parts" / "venues-000003.parquet").unlink()
    with pytest.raises(StoreError, match="`adlab resume` computes it again"):
        replay(networked, tmp_path / "n", "p002-r0001", ENGINE)


def test_a_network_that_was_not_kept_can_be_asked_for(study: Study, folder: Path) -> None:
    assert list(replay(study, folder, "p002-r0001", ENGINE).extras) == ["series"]
    repeated = replay(study, folder, "p002-r0001", ENGINE, network_every_s=120.0)
    assert repeated.extras["venues"]["venue"].to_pylist() == ["east", "west"]


def test_a_different_outcome_is_said(study: Study, folder: Path) -> None:
    def drifted(scenario, seed, replicate, **options):  # type: ignore[no-untyped-def]
        return simulate(scenario, seed + 1, replicate, **options)

    engine = dataclasses.replace(ENGINE, simulate=drifted)
    with pytest.raises(StoreError, match="p000-r0000 came out differently: residual_share was"):
        replay(study, folder, "p000-r0000", engine)
    changed = dataclasses.replace(engine, version=lambda: "toy-2")
    with pytest.raises(StoreError, match="the model's sources changed since"):
        replay(study, folder, "p000-r0000", changed)


def test_what_cannot_be_replayed(
    study: Study, folder: Path, write_study: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="there is no task 'p9-r9'"):
        replay(study, folder, "p9-r9", ENGINE)
    (folder / "parts" / "part-000000.parquet").unlink()
    with pytest.raises(StoreError, match="has not been run yet"):
        replay(study, folder, "p000-r0000", ENGINE)
    failing = load_study(write_study(scenario="fail_at = 1\n"), ENGINE)
    run_study(failing, tmp_path / "f", ENGINE, Execution("in-process"), Silent())
    with pytest.raises(StoreError, match="ended in an error, nothing to replay"):
        replay(failing, tmp_path / "f", "p000-r0001", ENGINE)
