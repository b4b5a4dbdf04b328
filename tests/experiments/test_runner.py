"""From a study to a results folder: complete, resumed, refused, described."""

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import load_links, load_results, load_series, load_venues
from experiments.engine import Engine
from experiments.errors import StoreError, StudyError
from experiments.runner import (
    Execution,
    Finished,
    default_folder,
    is_complete,
    reload_study,
    run_study,
)
from experiments.spec import Options, Study, load_study
from experiments.status import status_lines
from tests.experiments.silent import Silent, hashes
from tests.experiments.toy_engine import ENGINE

HERE = Execution("in-process")


def run(study: Study, folder: Path, engine: Engine = ENGINE) -> tuple[Finished, Silent]:
    progress = Silent()
    return run_study(study, folder, engine, HERE, progress), progress


def test_everything_is_written(study: Study, tmp_path: Path) -> None:
    finished, progress = run(study, tmp_path / "r")
    names = {file.name for file in (tmp_path / "r").iterdir()}
    assert names == {
        "study.toml",
        "run.json",
        "parts",
        "results.parquet",
        "series.parquet",
        "data_dictionary.csv",
        "odd.md",
        "receipts.jsonl",
    }
    assert (progress.runs, progress.done) == (20, 20)
    assert finished.failed == 0
    assert is_complete(tmp_path / "r")
    assert len(load_results(tmp_path / "r")) == 20
    assert list(load_series(tmp_path / "r").columns) == [
        "point",
        "replicate",
        "design",
        "reacting",
        "time_s",
        "mark_price",
    ]


def test_the_manifest_says_where_the_numbers_come_from(study: Study, tmp_path: Path) -> None:
    finished, _ = run(study, tmp_path / "r")
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    assert manifest["state"] == "complete"
    assert manifest["study_sha256"] == study.sha
    assert manifest["sha256"]["results.parquet"] == finished.results_sha
    assert manifest["seed"] == 7
    assert set(manifest["source"]) == {"git_sha", "git_dirty", "uv_lock_sha256"}
    assert manifest["versions"]["numpy"]
    assert manifest["machine"]["cpu_class"]
    assert manifest["timing"]["runs"] == 20


def test_times_and_processes_are_not_in_the_table(study: Study, tmp_path: Path) -> None:
    run(study, tmp_path / "r")
    columns = set(load_results(tmp_path / "r").columns)
    assert not columns & {"pid", "host", "wall_s", "cpu_s"}


def test_a_complete_study_is_not_run_again(study: Study, tmp_path: Path) -> None:
    first, _ = run(study, tmp_path / "r")
    lines = (tmp_path / "r" / "receipts.jsonl").read_text()
    timing = json.loads((tmp_path / "r" / "run.json").read_text())["timing"]
    second, _ = run(study, tmp_path / "r")
    assert second == first
    assert (tmp_path / "r" / "receipts.jsonl").read_text() == lines
    assert json.loads((tmp_path / "r" / "run.json").read_text())["timing"] == timing


def test_only_what_is_missing_is_run(study: Study, tmp_path: Path) -> None:
    first, _ = run(study, tmp_path / "r")
    (tmp_path / "r" / "parts" / "part-000002.parquet").unlink()
    (tmp_path / "r" / "parts" / "part-000004.parquet").write_bytes(b"rubbish")
    second, progress = run(study, tmp_path / "r")
    assert second.results_sha == first.results_sha
    assert "part-000004.parquet is damaged" in progress.said[0]
    lines = (tmp_path / "r" / "receipts.jsonl").read_text().splitlines()
    assert [json.loads(line)["chunk"] for line in lines[7:]] == [2, 4]
    notes = json.loads((tmp_path / "r" / "run.json").read_text())["notes"]
    assert notes == progress.said[:1]


@pytest.mark.parametrize("table", ["series", "venues", "links"])
def test_a_part_of_any_table_is_computed_again(
    networked: Study, tmp_path: Path, table: str
) -> None:
    run(networked, tmp_path / "r")
    before = hashes(tmp_path / "r")
    assert len(before) == 4
    (tmp_path / "r" / "parts" / f"{table}-000002.parquet").write_bytes(b"rubbish")
    (tmp_path / "r" / f"{table}.parquet").unlink()
    assert not is_complete(tmp_path / "r")
    assert "parts    6 of 7, 1 damaged" in list(status_lines(tmp_path / "r"))
    _, progress = run(networked, tmp_path / "r")
    assert f"{table}-000002.parquet is damaged" in progress.said[0]
    assert is_complete(tmp_path / "r")
    assert hashes(tmp_path / "r") == before
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    assert manifest["sha256"] == before
    assert manifest["extra_tables"] == ["series", "venues", "links"]


def test_a_network_leaves_the_other_tables_alone(
    study: Study, networked: Study, tmp_path: Path
) -> None:
    run(study, tmp_path / "r")
    run(networked, tmp_path / "n")
    alone, with_network = hashes(tmp_path / "r"), hashes(tmp_path / "n")
    assert alone.keys() == {"results.parquet", "series.parquet"}
    assert {name: with_network[name] for name in alone} == alone
    with pytest.raises(StoreError, match="give its study the key network_every_s"):
        load_links(tmp_path / "r")


def test_an_edited_study_is_refused(write_study: Callable[..., Path], tmp_path: Path) -> None:
    run(load_study(write_study(), ENGINE), tmp_path / "r")
    edited = load_study(write_study(("ticks = 10", "ticks = 11")), ENGINE)
    with pytest.raises(StoreError, match="choose a new folder with --out"):
        run(edited, tmp_path / "r")
    assert default_folder(edited) != default_folder(load_study(write_study(), ENGINE))


def test_a_study_edited_inside_its_folder_is_refused(study: Study, tmp_path: Path) -> None:
    run(study, tmp_path / "r")
    assert reload_study(tmp_path / "r", ENGINE).sha == study.sha
    kept = tmp_path / "r" / "study.toml"
    kept.write_text(kept.read_text().replace("seed = 7", "seed = 8"))
    with pytest.raises(StoreError, match="was changed after results existed"):
        reload_study(tmp_path / "r", ENGINE)


def test_a_folder_with_other_things_is_refused(study: Study, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "holiday.jpg").touch()
    with pytest.raises(StoreError, match="is not empty and holds no study"):
        run(study, tmp_path / "r")


def test_another_version_of_the_model_starts_anew(study: Study, tmp_path: Path) -> None:
    run(study, tmp_path / "r")
    newer = dataclasses.replace(ENGINE, version=lambda: "toy-2")
    again = load_study(study.file, newer)
    assert again.sha == study.sha
    _, progress = run(again, tmp_path / "r", newer)
    assert "another version of the model" in progress.said[0]
    assert len((tmp_path / "r" / "receipts.jsonl").read_text().splitlines()) == 14


def test_workers_with_other_sources_are_refused(study: Study, tmp_path: Path) -> None:
    edited = dataclasses.replace(ENGINE, version=lambda: "toy-2")
    with pytest.raises(StudyError, match="are not those the study was started with"):
        run(study, tmp_path / "r", edited)
    assert not list((tmp_path / "r" / "parts").iterdir())


def test_failed_runs_are_counted(write_study: Callable[..., Path], tmp_path: Path) -> None:
    study = load_study(write_study(scenario="fail_at = 1\n"), ENGINE)
    finished, _ = run(study, tmp_path / "r")
    assert finished.failed == 4
    assert finished.first_error == "p000-r0001: ValueError: replicate 1 was told to fail"


def test_a_users_design_travels_with_the_results(
    write_study: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "my_designs_r.py").write_text("class FairQueue:\n    id = 'fair'\n")
    study = load_study(write_study(('"pro_rata"', '"my_designs_r:FairQueue"')), ENGINE)
    run(study, tmp_path / "r")
    (tmp_path / "my_designs_r.py").unlink()
    again = reload_study(tmp_path / "r", ENGINE)
    assert again.sha == study.sha
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    assert manifest["notes"] == ["run step by step"]
    assert list(manifest["user_designs"]) == ["my_designs_r.py"]


def test_options_are_kept_for_resuming(write_study: Callable[..., Path], tmp_path: Path) -> None:
    data = tmp_path / "prices.csv"
    data.write_text("1,2\n")
    file = write_study(('preset = "crash"', 'preset = "replay"'), ("price.volatility = 0.3", ""))
    study = load_study(file, ENGINE, Options(data=(data,), quick=True))
    run(study, tmp_path / "r")
    assert reload_study(tmp_path / "r", ENGINE).sha == study.sha
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    assert list(manifest["data_sha256"]) == ["prices.csv"]


def test_every_column_has_a_meaning(networked: Study, tmp_path: Path) -> None:
    run(networked, tmp_path / "r")
    with (tmp_path / "r" / "data_dictionary.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["table", "name", "unit", "meaning"]
    for table, frame in (
        ("results", load_results(tmp_path / "r")),
        ("series", load_series(tmp_path / "r")),
        ("venues", load_venues(tmp_path / "r")),
        ("links", load_links(tmp_path / "r")),
    ):
        assert [row["name"] for row in rows if row["table"] == table] == list(frame.columns)
    assert all(row["meaning"] for row in rows)


def test_the_model_is_described_in_seven_parts(study: Study, tmp_path: Path) -> None:
    run(study, tmp_path / "r")
    text = (tmp_path / "r" / "odd.md").read_text()
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "1. Purpose and patterns",
        "2. Entities, state variables, and scales",
        "3. Process overview and scheduling",
        "4. Design concepts",
        "5. Initialization",
        "6. Input data",
        "7. Submodels",
    ]
    assert "50 traders and runs 10 ticks of 60.0 s" in text
    assert "| `price.volatility` | 0.3 |" in text
    assert "| `design` | lever | `queue`, `pro_rata` |" in text


def test_a_folder_without_results_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no run\.json in it"):
        load_results(tmp_path)
    with pytest.raises(StoreError, match="holds no results"):
        reload_study(tmp_path, ENGINE)
