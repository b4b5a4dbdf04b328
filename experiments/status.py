"""How far a results folder is, read from its parts only."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.manifest import read_manifest


def status_lines(folder: Path) -> Iterator[str]:
    """Lines of `adlab status`.

    Args:
        folder: a results folder.

    Raises:
        StoreError: the folder holds no results.
    """
    manifest = read_manifest(folder)
    parts = sorted((folder / "parts").glob("part-*.parquet"))
    runs, failed, unreadable = 0, 0, 0
    extras = manifest.get("extra_tables", [])
    for part in parts:
        try:
            statuses = pq.read_table(part, columns=["status"])["status"].to_pylist()
            for table in extras:
                pq.read_metadata(part.with_name(part.name.replace("part", table)))
        except (OSError, pa.ArrowException):
            unreadable += 1
            continue
        runs += len(statuses)
        failed += statuses.count("error")
    yield f"study    {manifest['study']} ({manifest['study_sha256'][:8]})"
    yield f"runs     {runs} of {manifest['runs']} stored, {failed} failed"
    yield f"parts    {len(parts) - unreadable} of {manifest['chunks']}, {unreadable} damaged"
    yield f"begun    {manifest['started']} on {manifest['machine']['host']}"
    if manifest["state"] == "complete":
        yield f"finished {manifest['finished']}"
        yield f"sha256   {manifest['sha256']['results.parquet']}"
    else:
        yield f"next     adlab resume {quote(str(folder))}"
