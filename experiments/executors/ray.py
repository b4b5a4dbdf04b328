"""Chunks on Ray: a private one on this machine, or a cluster that is already running.

What was learnt the hard way, each point seen in practice:

* under `uv run`, Ray rebuilds the environment for its workers in another folder; switched off;
* a killed cluster leaves a file that makes the next plain `ray.init` fail; "local" ignores it;
* a cluster checks a token by itself, but a driver that joins shows one only when told to;
* `ray stop` ends every Ray process of the machine, also other people's; never used;
* the driver keeps few chunks in flight, and tables never travel: a worker stores its own part.

A worker that dies is a retried chunk. On a cluster the results folder must be on storage that all
nodes share, and adlab must be installed on all of them.
"""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
if "ray" not in sys.modules and (
    "RAY_AUTH_TOKEN_PATH" in os.environ or (Path.home() / ".ray" / "auth_token").exists()
):
    os.environ.setdefault("RAY_AUTH_MODE", "token")  # read once, when ray is loaded

import ray

from experiments.errors import StoreError, StudyError, WorkersLostError
from experiments.executors.threads import ONE_THREAD, pinned_threads
from experiments.job import ChunkJob, Receipt
from experiments.store import part_file
from experiments.tasks import Chunk

RETRIES = 5
"""How often a chunk is given out again after its worker died."""

IN_FLIGHT_PER_CPU = 4

type RunChunk = Callable[[Chunk], Receipt]


def run_on_ray(
    chunks: Sequence[Chunk],
    run_chunk: RunChunk,
    on_receipt: Callable[[Receipt], None],
    workers: int,
    address: str | None,
) -> None:
    """Run the chunks on Ray, starting and ending a private one unless `ray` is already up here.

    Raises:
        StudyError: the cluster cannot be reached.
        WorkersLostError: a chunk ended its worker `RETRIES` times.
        StoreError: a part was stored where this machine does not see it.
    """
    ours = not ray.is_initialized()
    if ours:
        connect(workers, address)
    try:
        _run_all(chunks, run_chunk, on_receipt)
    finally:
        if ours:
            ray.shutdown()


def connect(workers: int, address: str | None) -> None:
    """Start a private Ray, or join a cluster.

    Raises:
        StudyError: the cluster cannot be reached.
    """
    options: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": ONE_THREAD},
    }
    with pinned_threads():
        if address is None:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **options)
            return
        try:
            ray.init(address=address, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            first = str(error).strip().splitlines()[0]
            raise StudyError(
                f"no Ray cluster at '{address}' ({first}); is it running, and do RAY_AUTH_MODE and "
                "RAY_AUTH_TOKEN_PATH name the same token here as there?"
            ) from error


def _run_all(
    chunks: Sequence[Chunk], run_chunk: RunChunk, on_receipt: Callable[[Receipt], None]
) -> None:
    """Keep a bounded number of chunks in flight until all are stored."""
    remote = ray.remote(max_retries=RETRIES)(_work)
    job = ray.put(run_chunk)
    limit = max(1, int(ray.cluster_resources().get("CPU", 1))) * IN_FLIGHT_PER_CPU
    waiting = list(reversed(chunks))
    running: dict[Any, Chunk] = {}
    while waiting or running:
        while waiting and len(running) < limit:
            chunk = waiting.pop()
            running[remote.remote(job, chunk)] = chunk
        done, _ = ray.wait(list(running))
        for reference in done:
            chunk = running.pop(reference)
            on_receipt(_receipt(reference, chunk))
            _check_visible(run_chunk, chunk)


def _receipt(reference: Any, chunk: Chunk) -> Receipt:
    """The receipt of a chunk; a failure of the worker in words."""
    try:
        receipt: Receipt = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
        raise WorkersLostError(
            f"part {chunk.index} ended its worker {RETRIES + 1} times ({type(error).__name__}); "
            "try fewer --workers, or --executor in-process"
        ) from error
    return receipt


def _check_visible(run_chunk: RunChunk, chunk: Chunk) -> None:
    """Refuse to go on when workers store where this machine does not look."""
    if isinstance(run_chunk, ChunkJob) and not part_file(Path(run_chunk.folder), chunk).exists():
        raise StoreError(
            f"{run_chunk.folder} is not shared by all nodes; choose shared storage with --out"
        )


def _work(run_chunk: RunChunk, chunk: Chunk) -> Receipt:
    """Run one chunk in a Ray worker."""
    return run_chunk(chunk)
