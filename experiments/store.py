"""Results on disk: parts that are whole or absent, final tables of always the same bytes.

    DIR/parts/series-000012.parquet    written first, and so venues-..., links-... if kept
    DIR/parts/part-000012.parquet      written last: its presence says that the chunk is done
    DIR/results.parquet, DIR/series.parquet, ...    all parts in order

A part is written under another name in the same folder, flushed to the disk and renamed. Its
metadata carries the study's hash, the simulator's version and its row count. The parts are the
truth when a study is resumed; a damaged one is moved to `parts/damaged` and computed again. The
folder's name ends in the study's hash, so an edited study gets a new folder by itself; a folder
that was given by name and holds another study is refused. Parts of another version of the
simulator are never mixed with new ones: they are moved to `parts/outdated`.

The final tables hold no times, hosts or process ids, their rows are in the order of the task table
and the writer's settings are fixed, hence the same bytes whatever executed the study.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.errors import StoreError
from experiments.extra_tables import kept_tables
from experiments.files import file_sha, written_atomically
from experiments.tasks import Chunk, Plan

ROWS_PER_GROUP = 100_000
"""Rows collected before a row group of a final table is written."""

_WRITER: dict[str, Any] = {
    "version": "2.6",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": True,
    "write_statistics": True,
    "write_page_checksum": True,
}


@dataclass(frozen=True)
class Stamp:
    """What a part must belong to.

    Attributes:
        study_sha: hash of the study.
        model_version: version of the simulator.
        extras: names of the tables that a chunk has a part of, besides the outcomes.
    """

    study_sha: str
    model_version: str
    extras: tuple[str, ...]

    def metadata(self, chunk: Chunk, rows: int) -> dict[str, str]:
        """Key-value metadata of a part."""
        return {
            "adlab.study": self.study_sha,
            "adlab.model": self.model_version,
            "adlab.chunk": f"{chunk.index}:{chunk.first}-{chunk.stop}",
            "adlab.rows": str(rows),
        }


def stamp_of(plan: Plan) -> Stamp:
    """The stamp of a plan's parts."""
    extras = tuple(table.name for table in kept_tables(plan))
    return Stamp(plan.study_sha, plan.model_version, extras)


def part_file(folder: Path, chunk: Chunk) -> Path:
    """The outcomes part of a chunk."""
    return folder / "parts" / f"part-{chunk.index:06d}.parquet"


def extra_file(folder: Path, chunk: Chunk, table: str) -> Path:
    """A chunk's part of another table than the outcomes."""
    return folder / "parts" / f"{table}-{chunk.index:06d}.parquet"


def files_of(folder: Path, chunk: Chunk, stamp: Stamp) -> list[Path]:
    """Every part of a chunk, the outcomes first."""
    return [part_file(folder, chunk), *(extra_file(folder, chunk, n) for n in stamp.extras)]


def write_part(
    folder: Path, chunk: Chunk, stamp: Stamp, outcomes: pa.Table, extras: Mapping[str, pa.Table]
) -> None:
    """Write a chunk's tables, the outcomes last.

    Raises:
        KeyError: a table that the stamp names is not given.
    """
    for name in stamp.extras:
        table = extras[name]
        _write_table(extra_file(folder, chunk, name), table, stamp.metadata(chunk, table.num_rows))
    _write_table(part_file(folder, chunk), outcomes, stamp.metadata(chunk, outcomes.num_rows))


def _write_table(file: Path, table: pa.Table, metadata: dict[str, str]) -> None:
    """Write one table atomically with fixed settings."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), buffer, **_WRITER)
    with written_atomically(file) as stream:
        stream.write(buffer.getvalue())


def unfinished(
    folder: Path, chunks: Sequence[Chunk], stamp: Stamp, report: Callable[[str], None]
) -> list[Chunk]:
    """The chunks that still have to be run; parts that cannot be used are moved aside.

    Args:
        folder: the results folder.
        chunks: all chunks of the plan.
        stamp: what the parts must belong to.
        report: told, in a sentence, about every part that is moved aside.

    Raises:
        StoreError: a part belongs to another study.
    """
    waiting = []
    for chunk in chunks:
        files = files_of(folder, chunk, stamp)
        if not files[0].exists():
            waiting.append(chunk)
            continue
        complaint = next((text for file in files if (text := _complaint(file, chunk, stamp))), None)
        if complaint is None:
            continue
        reason, sentence = complaint
        for file in files:
            _move_aside(file, reason)
        report(sentence)
        waiting.append(chunk)
    return waiting


def _complaint(file: Path, chunk: Chunk, stamp: Stamp) -> tuple[str, str] | None:
    """Why a part cannot be used, as (kind, sentence); None when it can."""
    try:
        table = _read(file)
    except (OSError, pa.ArrowException) as error:
        first = str(error).splitlines()[0][:80]
        return "damaged", f"{file.name} is damaged ({first}); it is computed again"
    found = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    wanted = stamp.metadata(chunk, table.num_rows)
    if found == wanted:
        return None
    if found.get("adlab.study") != wanted["adlab.study"]:
        raise StoreError(
            f"{file} belongs to another version of this study; choose a new folder with --out"
        )
    if found.get("adlab.model") != wanted["adlab.model"]:
        return "outdated", f"{file.name} is of another version of the model; it is computed again"
    return "damaged", f"{file.name} has not the rows it should have; it is computed again"


def _move_aside(file: Path, reason: str) -> None:
    """Move a part out of the way, keeping it under a name that is free."""
    if not file.exists():
        return
    aside = file.parent / reason
    aside.mkdir(exist_ok=True)
    file.replace(aside / f"{file.stem}-{uuid.uuid4().hex[:8]}.parquet")


def merge(files: Sequence[Path], target: Path) -> str:
    """Write all parts, in order, as one table.

    Args:
        files: the parts in the order of the task table.
        target: the final table.

    Returns:
        SHA-256 of the bytes written.

    Raises:
        StoreError: a part cannot be read, or the table cannot be written.
    """
    schema = read_part(files[0]).schema.remove_metadata()
    with written_atomically(target) as stream, pq.ParquetWriter(stream, schema, **_WRITER) as out:
        waiting: list[pa.Table] = []
        for file in files:
            waiting.append(read_part(file).replace_schema_metadata(None))
            if sum(table.num_rows for table in waiting) >= ROWS_PER_GROUP:
                out.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting = []
        if waiting:
            out.write_table(pa.concat_tables(waiting).combine_chunks())
    return file_sha(target)


def _read(file: Path) -> pa.Table:
    """A Parquet file's table, its pages compared with their checksums."""
    with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        return parquet.read()


def read_part(file: Path) -> pa.Table:
    """A part's table.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return _read(file)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{file} cannot be read; `adlab resume` computes it again") from error


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed writers left behind."""
    for file in (folder / "parts").glob(".*.tmp"):
        file.unlink(missing_ok=True)
