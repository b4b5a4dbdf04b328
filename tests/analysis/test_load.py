"""What a results folder must be, and how it is refused when it is not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.load import Results, ResultsError, load


@pytest.fixture
def folder(study_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(study_folder, tmp_path / study_folder.name))


def rewrite(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame], table: str) -> None:
    path = folder / f"{table}.parquet"
    change(pd.read_parquet(path)).to_parquet(path)


def rewrite_manifest(folder: Path, **changes: object) -> None:
    path = folder / "run.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, **changes}))


def test_a_good_folder(results: Results) -> None:
    assert results.study.name == "synthetic"
    assert results.study.replicates == 8
    assert len(results.runs) + len(results.failed) == 3 * 2 * 2 * 8
    assert results.series is not None
    assert results.runs["point"].is_monotonic_increasing
    assert "design" not in results.outcomes()
    assert "residual_share" in results.outcomes()


def test_failed_runs_are_kept_apart_and_named(results: Results) -> None:
    assert results.failed[["point", "replicate"]].to_numpy().tolist() == [[5, 3]]
    assert results.failed["error"].tolist() == ["ValueError: too deep"]
    assert not ((results.runs["point"] == 5) & (results.runs["replicate"] == 3)).any()


def test_units_and_meanings_come_from_the_dictionary(results: Results) -> None:
    assert results.unit("taken_usd") == "USD"
    assert "taken_usd" in results.meaning("taken_usd")
    with pytest.raises(ResultsError, match='does not describe "taken_eur"'):
        results.unit("taken_eur")


@pytest.mark.parametrize("name", ["run.json", "results.parquet", "data_dictionary.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ResultsError, match=f"has no {name}"):
        load(folder)


@pytest.mark.parametrize("column", ["replicate", "status", "disclosure"])
def test_a_missing_column_is_named(folder: Path, column: str) -> None:
    rewrite(folder, lambda table: table.drop(columns=column), "results")
    with pytest.raises(ResultsError, match=rf"results\.parquet lacks the column\(s\) {column}"):
        load(folder)


def test_missing_series_column_is_named(folder: Path) -> None:
    rewrite(folder, lambda table: table.drop(columns="time_s"), "series")
    with pytest.raises(ResultsError, match=r"series\.parquet lacks the column\(s\) time_s"):
        load(folder)


def test_missing_runs_are_named(folder: Path) -> None:
    gone = {(2, 1), (4, 7)}
    rewrite(
        folder,
        lambda t: t[[k not in gone for k in zip(t["point"], t["replicate"], strict=True)]],
        "results",
    )
    with pytest.raises(ResultsError, match=r"2 run.* point 2 replicate 1, point 4 replicate 7"):
        load(folder)


def test_a_missing_point_of_the_grid_is_named(folder: Path) -> None:
    rewrite(folder, lambda table: table[table["point"] != 4], "results")
    with pytest.raises(ResultsError, match=r"1 point.* design=pnl_leverage_queue disclosure=none"):
        load(folder)


def test_listed_points_need_not_be_a_grid(folder: Path) -> None:
    rewrite(folder, lambda table: table[table["point"] != 11], "results")
    study = json.loads((folder / "run.json").read_text())["study"]
    rewrite_manifest(folder, study={**study, "sampling": "explicit"})
    assert len(load(folder).runs) == 11 * 8 - 1


def test_a_run_that_is_there_twice_is_named(folder: Path) -> None:
    rewrite(folder, lambda table: pd.concat([table, table.iloc[[9]]]), "results")
    with pytest.raises(ResultsError, match="twice: point 1 replicate 1"):
        load(folder)


def test_a_run_beyond_the_study_is_named(folder: Path) -> None:
    rewrite(
        folder, lambda table: pd.concat([table, table.iloc[[0]].assign(replicate=8)]), "results"
    )
    with pytest.raises(ResultsError, match="point 0 replicate 8"):
        load(folder)


def test_an_unknown_status_is_named(folder: Path) -> None:
    rewrite(folder, lambda table: table.assign(status="maybe"), "results")
    with pytest.raises(ResultsError, match="maybe"):
        load(folder)


def test_the_network_is_read_in_its_order(results: Results) -> None:
    assert results.venues is not None
    assert results.links is not None
    assert list(results.extras) == ["series", "venues", "links"]
    keys = ["point", "replicate", "time_s"]
    assert results.links[keys].equals(results.links[keys].sort_values(keys))
    assert results.table("results") is results.runs
    assert results.table("venues") is results.venues


@pytest.mark.parametrize(("table", "column"), [("venues", "venue"), ("links", "layer")])
def test_a_missing_column_of_the_network_is_named(folder: Path, table: str, column: str) -> None:
    rewrite(folder, lambda frame: frame.drop(columns=column), table)
    with pytest.raises(ResultsError, match=rf"{table}\.parquet lacks the column\(s\) {column}"):
        load(folder)


def test_every_run_has_venues_but_perhaps_no_links(folder: Path) -> None:
    rewrite(folder, lambda frame: frame[frame["point"] != 3], "links")
    found = load(folder).links
    assert found is not None
    assert 3 not in set(found["point"])
    rewrite(folder, lambda frame: frame[frame["point"] != 3], "venues")
    with pytest.raises(ResultsError, match=r"venues\.parquet lacks the run\(s\) point 3"):
        load(folder)


def test_series_of_a_run_must_be_there(folder: Path) -> None:
    rewrite(folder, lambda table: table[table["point"] != 3], "series")
    with pytest.raises(ResultsError, match=r"series\.parquet lacks the run\(s\) point 3"):
        load(folder)


def test_mixed_hashes_are_refused(folder: Path) -> None:
    other = folder.with_name("synthetic-0badcafe")
    folder.rename(other)
    with pytest.raises(ResultsError, match="mixes studies"):
        load(other)


def test_mixed_hash_in_a_footer_is_refused(folder: Path) -> None:
    path = folder / "series.parquet"
    table = pq.read_table(path)
    footer = {**(table.schema.metadata or {}), b"adlab.study": b"another"}
    pq.write_table(table.replace_schema_metadata(footer), path)
    with pytest.raises(ResultsError, match="mixes studies"):
        load(folder)


def test_mixed_hash_in_a_column_is_refused(folder: Path) -> None:
    rewrite(folder, lambda table: table.assign(study_hash="another"), "results")
    with pytest.raises(ResultsError, match="mixes studies"):
        load(folder)


def test_the_flat_manifest_is_read_too(folder: Path, results: Results) -> None:
    study = results.study
    rewrite_manifest(
        folder,
        study=study.name,
        study_sha256=study.hash,
        seed=study.seed,
        replicates=study.replicates,
        points=12,
        levers=[{"path": name, "column": name, "role": "lever"} for name in results.levers],
    )
    found = load(folder)
    assert found.study == study
    assert found.levers == results.levers
    rewrite_manifest(folder, points=13)
    with pytest.raises(ResultsError, match="point 12 replicate 0"):
        load(folder)


def test_a_manifest_without_study_or_levers_is_refused(folder: Path) -> None:
    rewrite_manifest(folder, levers=None)
    with pytest.raises(ResultsError, match='needs "levers"'):
        load(folder)
    rewrite_manifest(folder, study="nameless")
    with pytest.raises(ResultsError, match="hash, seed, replicates"):
        load(folder)


def test_requirements_name_reader_table_and_columns(results: Results) -> None:
    with pytest.raises(ResultsError, match=r"who pays: results\.parquet lacks .* taken_bot_usd"):
        results.require({"results": ("taken_usd", "taken_bot_usd")}, "who pays")
