"""A run repeated from its id gives the stored row, or says why not."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.errors import StoreError
from experiments.replay import replay, write_events
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
