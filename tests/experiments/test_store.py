"""Parts: stamped, checked, set aside when damaged, refused when of another study."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.errors import StoreError
from experiments.spec import Study, load_study
from experiments.store import (
    extra_file,
    merge,
    part_file,
    remove_leftovers,
    stamp_of,
    unfinished,
    write_part,
)
from experiments.tasks import chunks_of
from experiments.worker import run_tasks
from tests.experiments.toy_engine import ENGINE


@pytest.fixture
def study(networked: Study) -> Study:
    """The toy study with every table: four files per chunk."""
    return networked


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    """A results folder with all parts of the toy study."""
    made = tmp_path / "r"
    (made / "parts").mkdir(parents=True)
    for chunk in chunks_of(study.plan):
        outcomes, extras, _ = run_tasks(study.plan, chunk, ENGINE)
        write_part(made, chunk, stamp_of(study.plan), outcomes, extras)
    return made


def waiting(folder: Path, study: Study) -> tuple[list[int], list[str]]:
    said: list[str] = []
    stamp = stamp_of(study.plan)
    chunks = unfinished(folder, chunks_of(study.plan), stamp, said.append)
    return [chunk.index for chunk in chunks], said


def test_whole_parts_are_kept(folder: Path, study: Study) -> None:
    assert waiting(folder, study) == ([], [])


def test_a_part_carries_its_stamp(folder: Path, study: Study) -> None:
    chunk = chunks_of(study.plan)[6]
    metadata = pq.read_metadata(part_file(folder, chunk)).metadata
    assert metadata[b"adlab.study"].decode() == study.sha
    assert metadata[b"adlab.model"] == b"toy-1"
    assert metadata[b"adlab.chunk"] == b"6:18-20"
    assert metadata[b"adlab.rows"] == b"2"


@pytest.mark.parametrize("which", ["part", "series", "venues", "links"])
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_damaged_part_is_set_aside_and_said(
    folder: Path, study: Study, which: str, how: str
) -> None:
    file = folder / "parts" / f"{which}-000002.parquet"
    content = bytearray(file.read_bytes())
    if how == "cut":
        content = content[: len(content) // 2]
    elif how == "flipped":
        content[20] ^= 0xFF
    else:
        content = bytearray()
    file.write_bytes(content)
    indices, said = waiting(folder, study)
    assert indices == [2]
    assert len(said) == 1
    assert f"{file.name} is damaged" in said[0]
    assert "\n" not in said[0]
    assert len(list((folder / "parts" / "damaged").iterdir())) == 4
    assert not part_file(folder, chunks_of(study.plan)[2]).exists()


@pytest.mark.parametrize("which", ["series", "venues", "links"])
def test_a_missing_part_of_any_table_makes_the_chunk_unfinished(
    folder: Path, study: Study, which: str
) -> None:
    extra_file(folder, chunks_of(study.plan)[1], which).unlink()
    assert waiting(folder, study)[0] == [1]


def test_the_outcomes_are_written_last(study: Study, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    chunk = chunks_of(study.plan)[0]
    outcomes, extras, _ = run_tasks(study.plan, chunk, ENGINE)
    del extras["links"]
    with pytest.raises(KeyError, match="links"):
        write_part(tmp_path, chunk, stamp_of(study.plan), outcomes, extras)
    names = {file.name for file in (tmp_path / "parts").iterdir()}
    assert names == {"series-000000.parquet", "venues-000000.parquet"}
    assert waiting(tmp_path, study)[0] == list(range(7))


def test_parts_of_a_study_without_network_are_of_another_study(
    folder: Path, study: Study, write_study: Callable[..., Path]
) -> None:
    silent = load_study(write_study(), ENGINE)
    with pytest.raises(StoreError, match="another version of this study"):
        unfinished(folder, chunks_of(silent.plan), stamp_of(silent.plan), lambda _: None)


def test_a_part_with_rows_missing_is_damaged(folder: Path, study: Study) -> None:
    chunk = chunks_of(study.plan)[0]
    table = pq.read_table(part_file(folder, chunk))
    pq.write_table(table.slice(1), part_file(folder, chunk))
    indices, said = waiting(folder, study)
    assert indices == [0]
    assert "has not the rows it should have" in said[0]


def test_parts_of_another_study_are_refused(folder: Path, study: Study) -> None:
    other = dataclasses.replace(study.plan, study_sha="other")
    with pytest.raises(StoreError, match="another version of this study"):
        unfinished(folder, chunks_of(other), stamp_of(other), lambda _: None)


def test_parts_of_another_model_are_computed_again(folder: Path, study: Study) -> None:
    newer = dataclasses.replace(study.plan, model_version="toy-2")
    said: list[str] = []
    assert len(unfinished(folder, chunks_of(newer), stamp_of(newer), said.append)) == 7
    assert "another version of the model" in said[0]
    assert len(list((folder / "parts" / "outdated").iterdir())) == 28


def test_merging_keeps_the_order_and_the_bytes(folder: Path, study: Study) -> None:
    files = [part_file(folder, chunk) for chunk in chunks_of(study.plan)]
    first, second = merge(files, folder / "a.parquet"), merge(files, folder / "b.parquet")
    assert first == second
    table = pq.read_table(folder / "a.parquet")
    keys = list(zip(table["point"].to_pylist(), table["replicate"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(keys) == 20
    assert not any(key.startswith(b"adlab") for key in table.schema.metadata or {})


def test_a_part_that_breaks_before_merging_is_said(folder: Path, study: Study) -> None:
    file = part_file(folder, chunks_of(study.plan)[3])
    file.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="`adlab resume` computes it again"):
        merge([file], folder / "a.parquet")


def test_leftovers_of_killed_writers_are_removed(folder: Path) -> None:
    (folder / "parts" / ".part-000001.parquet.0af.tmp").write_bytes(b"half")
    remove_leftovers(folder)
    assert not list((folder / "parts").glob(".*"))
