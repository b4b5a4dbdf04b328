"""Parts: stamped, checked, set aside when damaged, refused when of another study."""

import dataclasses
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.errors import StoreError
from experiments.spec import Study
from experiments.store import (
    merge,
    part_file,
    remove_leftovers,
    series_file,
    stamp_of,
    unfinished,
    write_part,
)
from experiments.tasks import chunks_of
from experiments.worker import run_tasks
from tests.experiments.toy_engine import ENGINE


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    """A results folder with all parts of the toy study."""
    made = tmp_path / "r"
    (made / "parts").mkdir(parents=True)
    for chunk in chunks_of(study.plan):
        outcomes, series, _ = run_tasks(study.plan, chunk, ENGINE)
        write_part(made, chunk, stamp_of(study.plan), outcomes, series)
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


@pytest.mark.parametrize("which", [part_file, series_file])
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_damaged_part_is_set_aside_and_said(
    folder: Path, study: Study, which: object, how: str
) -> None:
    file = which(folder, chunks_of(study.plan)[2])  # type: ignore[operator]
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
    assert len(list((folder / "parts" / "damaged").iterdir())) == 2
    assert not part_file(folder, chunks_of(study.plan)[2]).exists()


def test_a_missing_series_part_makes_the_chunk_unfinished(folder: Path, study: Study) -> None:
    series_file(folder, chunks_of(study.plan)[1]).unlink()
    assert waiting(folder, study)[0] == [1]


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
    assert len(list((folder / "parts" / "outdated").iterdir())) == 14


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
