"""`run.json`: where the numbers of a results folder come from.

Source revision, lock file, study, seed, versions, machine, times and the hash of the result
table. It is written when a study starts and again when it ends, and read by `resume`, `status`
and `replay`.
"""

import datetime
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.errors import StoreError
from experiments.extra_tables import kept_tables
from experiments.files import file_sha, written_atomically
from experiments.job import Receipt
from experiments.spec import Study
from experiments.tasks import chunks_of

REPOSITORY = Path(__file__).resolve().parent.parent

PACKAGES = ("adlab", "mesa", "numba", "numpy", "pyarrow", "pydantic", "ray", "scipy")


def opening(
    study: Study, how: dict[str, Any], before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The manifest of a study that starts or goes on.

    Args:
        study: the study.
        how: executor, workers and address it runs on.
        before: the manifest of an earlier session in the same folder.
    """
    plan = study.plan
    earlier = before or {}
    return {
        "state": "begun",
        "study": study.name,
        "study_file": earlier.get("study_file", str(study.file)),
        "study_sha256": study.sha,
        "options": {
            "data": [str(file.absolute()) for file in study.options.data],
            "quick": study.options.quick,
        },
        "preset": study.preset,
        "seed": plan.seed,
        "points": len(plan.points),
        "replicates": plan.replicates,
        "runs": plan.runs,
        "chunks": len(chunks_of(plan)),
        "runs_per_chunk": plan.runs_per_chunk,
        "left_out": dict(study.left_out),
        "levers": [
            {"path": lever.path, "column": lever.column, "role": lever.role}
            for lever in plan.levers
        ],
        "outcomes_first": list(study.outcomes),
        "extra_tables": [table.name for table in kept_tables(plan)],
        "model_version": plan.model_version,
        "source": _source(),
        "versions": _versions(),
        "machine": _machine(),
        "execution": how,
        "user_designs": {name: file_sha(file) for name, file in study.user_files.items()},
        "data_sha256": {file.name: file_sha(file) for file in study.data_files},
        "started": earlier.get("started", _now()),
        "timing": earlier.get("timing"),
        "notes": earlier.get("notes", []),
    }


def closing(
    manifest: dict[str, Any],
    receipts: Sequence[Receipt],
    elapsed_s: float,
    hashes: dict[str, str],
    notes: Sequence[str],
) -> dict[str, Any]:
    """The manifest of a study that is complete.

    Args:
        manifest: what was written at the start.
        receipts: of the chunks of this session.
        elapsed_s: wall time of this session [s].
        hashes: SHA-256 of each final table by file name.
        notes: sentences worth keeping.
    """
    runs = sum(receipt.runs for receipt in receipts)
    cpu_s = sum(receipt.cpu_s for receipt in receipts)
    last_session = {
        "elapsed_s": round(elapsed_s, 3),
        "worker_cpu_s": round(cpu_s, 3),
        "runs": runs,
        "cpu_s_per_run": round(cpu_s / runs, 6) if runs else None,
    }
    return {
        **manifest,
        "state": "complete",
        "sha256": hashes,
        "timing": last_session if runs else manifest["timing"],
        "finished": _now(),
        "notes": list(dict.fromkeys([*manifest["notes"], *notes])),
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write `run.json`."""
    text = json.dumps(manifest, indent=2, sort_keys=False) + "\n"
    with written_atomically(folder / "run.json") as stream:
        stream.write(text.encode())


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read `run.json`.

    Raises:
        StoreError: the folder holds no results, or the file is damaged.
    """
    file = folder / "run.json"
    if not file.is_file():
        raise StoreError(f"{folder} holds no results (there is no run.json in it)")
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StoreError(f"{file} is damaged; run the study again into a new folder") from error
    return content


def _now() -> str:
    """Present time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _source() -> dict[str, Any]:
    """Revision of the sources, whether they were changed since, and the lock file's hash."""
    lock = REPOSITORY / "uv.lock"
    revision = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain") if revision else None
    return {
        "git_sha": revision,
        "git_dirty": None if changed is None else changed != "",
        "uv_lock_sha256": file_sha(lock) if lock.is_file() else None,
    }


def _git(*arguments: str) -> str | None:
    """Output of a git command in the sources' folder; None without git or repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _versions() -> dict[str, str | None]:
    """Versions of Python and of the packages that results depend on."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def _machine() -> dict[str, Any]:
    """The machine, and the class of processor that results are bit-identical on."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _cpu_name(),
        "cpu_class": f"{platform.machine()} {(simd.get('found') or ['baseline'])[-1]}",
    }


def _cpu_name() -> str:
    """Name of the processor."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
