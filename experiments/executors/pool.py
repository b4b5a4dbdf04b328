"""Chunks in worker processes of this machine.

A worker that dies takes the pool with it; the pool is built again and the chunks that were in
flight are given out again. A chunk that was in flight in `ATTEMPTS` broken pools ends the study.

Workers ignore Ctrl-C, which the shell sends to all of them, and end when the driver does, however
it ends: each watches one end of a pipe whose other end only the driver holds.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for

from experiments.errors import WorkersLostError
from experiments.executors.threads import pinned_threads
from experiments.job import ChunkJob, Receipt
from experiments.tasks import Chunk

ATTEMPTS = 5
"""How often a chunk may be in flight when a worker dies."""

IN_FLIGHT_PER_WORKER = 2
"""Chunks given out per worker: one running, one waiting."""

type RunChunk = Callable[[Chunk], Receipt]

_job: dict[str, RunChunk] = {}


def run_in_pool(
    chunks: Sequence[Chunk],
    run_chunk: RunChunk,
    on_receipt: Callable[[Receipt], None],
    workers: int,
) -> None:
    """Run the chunks in `workers` processes.

    Raises:
        WorkersLostError: workers kept dying.
    """
    waiting, lost = list(chunks), Counter[int]()
    with pinned_threads():
        while waiting:
            waiting = _until_broken(waiting, run_chunk, on_receipt, min(workers, len(waiting)))
            lost.update(chunk.index for chunk in waiting[: workers * IN_FLIGHT_PER_WORKER])
            worst = max(lost.values(), default=0)
            if worst >= ATTEMPTS:
                raise WorkersLostError(
                    f"worker processes died {worst} times around part {lost.most_common(1)[0][0]}; "
                    "try fewer --workers (memory?) or --executor in-process"
                )


def _until_broken(
    chunks: list[Chunk],
    run_chunk: RunChunk,
    on_receipt: Callable[[Receipt], None],
    workers: int,
) -> list[Chunk]:
    """Run chunks until all are done or a worker dies; return those not done."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload(_modules(run_chunk))
    reader, writer = context.Pipe(duplex=False)
    waiting = list(reversed(chunks))
    running: dict[Future[Receipt], Chunk] = {}
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(run_chunk, reader)
    )
    try:
        while waiting or running:
            while waiting and len(running) < workers * IN_FLIGHT_PER_WORKER:
                running[pool.submit(_work, waiting[-1])] = waiting[-1]
                waiting.pop()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                on_receipt(future.result())
                del running[future]
    except BrokenProcessPool:
        return sorted([*running.values(), *waiting], key=lambda chunk: chunk.index)
    except BaseException:
        writer.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        writer.close()
        reader.close()
    return []


def _modules(run_chunk: RunChunk) -> list[str]:
    """Modules that the fork server loads once for all workers."""
    if isinstance(run_chunk, ChunkJob):
        return [ChunkJob.__module__, run_chunk.engine.simulate.__module__]
    return [ChunkJob.__module__]


def _begin(run_chunk: RunChunk, driver: Connection) -> None:
    """Prepare a worker: take the job, leave Ctrl-C to the driver, watch the driver."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _job["run"] = run_chunk
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: Connection) -> None:
    """End this process at once when the driver's end of the pipe closes."""
    wait_for([driver])
    os._exit(1)


def _work(chunk: Chunk) -> Receipt:
    """Run one chunk in a worker."""
    return _job["run"](chunk)
