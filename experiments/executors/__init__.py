"""Where chunks are run: in this process, in a pool of processes, or on Ray; equal results.

`execute` is the one door; Ray is imported only behind it, and only when it is asked for.
"""

import os
from collections.abc import Callable, Sequence

from experiments.errors import StudyError, nearest
from experiments.executors.in_process import run_in_process
from experiments.executors.pool import run_in_pool
from experiments.job import Receipt
from experiments.tasks import Chunk

EXECUTORS = ("in-process", "pool", "ray")


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def execute(
    chunks: Sequence[Chunk],
    run_chunk: Callable[[Chunk], Receipt],
    executor: str,
    workers: int,
    on_receipt: Callable[[Receipt], None],
    address: str | None = None,
) -> None:
    """Run chunks and report each as it is stored.

    Args:
        chunks: what to run.
        run_chunk: runs and stores one chunk; must be picklable for "pool" and "ray".
        executor: one of `EXECUTORS`.
        workers: processes to use (ignored in-process and on an existing Ray cluster).
        on_receipt: called in this process, in order of completion.
        address: of an existing Ray cluster; None starts a private one.

    Raises:
        StudyError: unknown executor.
        WorkersLostError: a chunk ended its worker again and again.
    """
    if workers < 1:
        raise StudyError(f"--workers must be 1 or more, not {workers}")
    if address is not None and executor != "ray":
        raise StudyError("--address is for Ray only; add --executor ray")
    if not chunks:
        return
    if executor == "in-process":
        run_in_process(chunks, run_chunk, on_receipt)
    elif executor == "pool":
        run_in_pool(chunks, run_chunk, on_receipt, workers)
    elif executor == "ray":
        from experiments.executors.ray import run_on_ray

        run_on_ray(chunks, run_chunk, on_receipt, workers, address)
    else:
        raise StudyError(f"unknown executor '{executor}'; {nearest(executor, EXECUTORS)}")
