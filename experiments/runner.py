"""From a study to a results folder, whole or continued.

    open the folder -> set unusable parts aside -> compile -> run what is missing -> merge

What is on disk decides what is left to do, so starting, resuming after a crash and looking again
at a complete study are the same call.
"""

import dataclasses
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq

from experiments.describe import write_descriptions
from experiments.designs import design_names
from experiments.engine import Engine
from experiments.errors import DiskError, StoreError
from experiments.executors import execute
from experiments.extra_tables import kept_tables
from experiments.files import file_sha, written_atomically
from experiments.job import ChunkJob, Receipt
from experiments.manifest import closing, opening, read_manifest, write_manifest
from experiments.spec import USER_DESIGNS, Options, Study, load_study
from experiments.store import (
    extra_file,
    merge,
    part_file,
    remove_leftovers,
    stamp_of,
    unfinished,
)
from experiments.tasks import Chunk, Task, chunks_of
from experiments.worker import scenario_of


class Progress(Protocol):
    """Where a run tells how far it is."""

    def begin(self, runs: int, done: int) -> None:
        """So many runs in all, so many of them done before."""

    def advance(self, runs: int) -> None:
        """So many runs more are done."""

    def say(self, sentence: str) -> None:
        """Something worth knowing."""


@dataclass(frozen=True)
class Execution:
    """Where and how widely to run.

    Attributes:
        executor: "in-process", "pool" or "ray".
        workers: number of processes.
        address: of an existing Ray cluster.
    """

    executor: str = "pool"
    workers: int = 1
    address: str | None = None


@dataclass(frozen=True)
class Finished:
    """A complete results folder.

    Attributes:
        folder: where it is.
        results_sha: SHA-256 of `results.parquet`.
        failed: runs that ended in an error.
        first_error: id and reason of the first of them.
    """

    folder: Path
    results_sha: str
    failed: int
    first_error: str


def default_folder(study: Study) -> Path:
    """`results/<study>-<hash8>`: an edited study gets a new folder by itself."""
    return Path("results") / f"{study.name}-{study.sha[:8]}"


def run_study(
    study: Study, folder: Path, engine: Engine, execution: Execution, progress: Progress
) -> Finished:
    """Run what is missing of a study and write its final tables.

    Args:
        study: the study.
        folder: the results folder, new or begun.
        engine: the simulator.
        execution: where to run.
        progress: told how far it is.

    Raises:
        StoreError: the folder holds another study, or cannot be written.
        WorkersLostError: worker processes kept dying.
    """
    folder = folder.absolute()
    start = time.monotonic()
    notes: list[str] = []
    chunks = chunks_of(study.plan)
    _open(folder, study)
    study = _with_kept_designs(study, folder)
    waiting = unfinished(folder, chunks, stamp_of(study.plan), notes.append)
    for note in notes[:3]:
        progress.say(note)
    if len(notes) > 3:
        progress.say(f"... and {len(notes) - 3} more parts are computed again")
    before = read_manifest(folder) if (folder / "run.json").exists() else None
    manifest = opening(study, dataclasses.asdict(execution), before)
    write_manifest(folder, manifest)
    if waiting:
        progress.say("loading the model (the first time it is compiled: about a minute)")
        warm_up(study, engine)
    progress.begin(study.plan.runs, study.plan.runs - sum(chunk.runs for chunk in waiting))
    receipts = _run(study, folder, engine, execution, waiting, progress)
    hashes = _merge(folder, chunks, study)
    remove_leftovers(folder)
    write_descriptions(folder, study, engine)
    elapsed_s = time.monotonic() - start
    write_manifest(
        folder, closing(manifest, receipts, elapsed_s, hashes, [*notes, *_notes_of(folder)])
    )
    failed, first_error = failures(folder)
    return Finished(folder, hashes["results.parquet"], failed, first_error)


def reload_study(folder: Path, engine: Engine, data: tuple[Path, ...] = ()) -> Study:
    """The study of a results folder, with the options it was started with.

    Args:
        folder: the results folder.
        engine: the simulator.
        data: the recorded price files, when they have moved.

    Raises:
        StoreError: the folder holds no results, or its study file was edited since.
    """
    manifest = read_manifest(folder)
    kept = manifest["options"]
    recorded = data or tuple(Path(file) for file in kept["data"])
    study = load_study(folder / "study.toml", engine, Options(recorded, kept["quick"]))
    if study.sha != manifest["study_sha256"]:
        raise StoreError(
            f"{folder / 'study.toml'}, its preset or a file it uses was changed after results "
            "existed; run the changed study into a new folder: adlab study FILE --out NEW_FOLDER"
        )
    return study


def failures(folder: Path) -> tuple[int, str]:
    """Number of failed runs of a complete study, and the first one's id and reason."""
    table = pq.read_table(
        folder / "results.parquet",
        columns=["task", "error"],
        filters=[("status", "=", "error")],
        partitioning=None,
    )
    first = table.slice(0, 1).to_pylist()
    return table.num_rows, f"{first[0]['task']}: {first[0]['error']}" if first else ""


def _open(folder: Path, study: Study) -> None:
    """Create the results folder, or make sure that it holds this study."""
    if (folder / "run.json").exists():
        held = read_manifest(folder)["study_sha256"]
        if held != study.sha:
            raise StoreError(
                f"{folder} holds results of another version of this study (hash {held[:8]}, now "
                f"{study.sha[:8]}); choose a new folder with --out"
            )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is not empty and holds no study; choose another --out")
    try:
        (folder / "parts").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be created ({error.strerror}); choose --out") from error
    _write_once(folder / "study.toml", study.text.encode())
    receipts = folder / "receipts.jsonl"
    if receipts.exists() and not receipts.read_bytes().endswith(b"\n"):
        receipts.write_bytes(receipts.read_bytes() + b"\n")  # a killed driver left half a line
    for name, file in study.user_files.items():
        kept = folder / USER_DESIGNS / name
        if kept.resolve() != file:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with written_atomically(kept) as stream:
                stream.write(file.read_bytes())


def _with_kept_designs(study: Study, folder: Path) -> Study:
    """The study with its design modules taken from the results folder.

    Workers then import what was hashed, on whatever node, also when the user goes on editing.
    """
    if not study.plan.folders:
        return study
    plan = dataclasses.replace(study.plan, folders=(str(folder / USER_DESIGNS),))
    return dataclasses.replace(study, plan=plan)


def _write_once(file: Path, content: bytes) -> None:
    """Write a file unless it is there."""
    if not file.exists():
        with written_atomically(file) as stream:
            stream.write(content)


def _run(
    study: Study,
    folder: Path,
    engine: Engine,
    execution: Execution,
    waiting: list[Chunk],
    progress: Progress,
) -> list[Receipt]:
    """Run the chunks, noting each receipt."""
    receipts: list[Receipt] = []

    def note(receipt: Receipt) -> None:
        receipts.append(receipt)
        _append_receipt(folder, receipt)
        progress.advance(receipt.runs)

    job = ChunkJob(study.plan, engine, folder)
    execute(waiting, job, execution.executor, execution.workers, note, execution.address)
    return receipts


def warm_up(study: Study, engine: Engine) -> None:
    """Compile once, before many processes would; users' designs specialise kernels of their own."""
    engine.warm_up(study.plan.scenario)
    compiled: set[str] = set()
    for index, point in enumerate(study.plan.points):
        own = {name for _, name in design_names(point) if ":" in name} - compiled
        if own:
            engine.warm_up(scenario_of(study.plan, Task(index, 0)))
            compiled |= own


def _notes_of(folder: Path) -> list[str]:
    """The different notes of all receipts, of this and of earlier sessions."""
    file = folder / "receipts.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    whole = [line for line in lines if line.startswith("{") and line.endswith("}")]
    return list(dict.fromkeys(note for line in whole for note in json.loads(line)["notes"]))


def _append_receipt(folder: Path, receipt: Receipt) -> None:
    """Add one line to `receipts.jsonl`."""
    line = json.dumps(dataclasses.asdict(receipt)) + "\n"
    try:
        with (folder / "receipts.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line)
    except OSError as error:
        raise DiskError(
            f"{folder / 'receipts.jsonl'} cannot be written ({error.strerror}); "
            "free some space, finished parts are kept"
        ) from error


def _merge(folder: Path, chunks: tuple[Chunk, ...], study: Study) -> dict[str, str]:
    """Write the final tables; SHA-256 by file name."""
    hashes = {
        "results.parquet": merge([part_file(folder, c) for c in chunks], folder / "results.parquet")
    }
    for table in kept_tables(study.plan):
        files = [extra_file(folder, chunk, table.name) for chunk in chunks]
        target = folder / f"{table.name}.parquet"
        hashes[target.name] = merge(files, target)
    return hashes


def is_complete(folder: Path) -> bool:
    """Is the study of this folder complete, and every final table the one that was written?"""
    manifest: dict[str, Any] = read_manifest(folder)
    return manifest["state"] == "complete" and all(
        (folder / name).is_file() and file_sha(folder / name) == sha
        for name, sha in manifest["sha256"].items()
    )
