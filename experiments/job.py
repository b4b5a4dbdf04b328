"""A chunk from start to disk: what every executor calls, in whatever process.

The worker writes its own part and hands back a receipt of a few numbers, so no table travels
between processes. Receipts are provenance (who, where, how long), never results.
"""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from experiments.designs import put_on_path
from experiments.engine import Engine
from experiments.errors import StudyError
from experiments.store import stamp_of, write_part
from experiments.tasks import Chunk, Plan
from experiments.worker import run_tasks


@dataclass(frozen=True)
class Receipt:
    """What is known about a finished chunk besides its results.

    Attributes:
        chunk: index of the chunk.
        runs: runs in it.
        failed: runs that ended in an error.
        wall_s: time from start to disk [s].
        cpu_s: processor time of the worker in that time [s].
        pid: process id of the worker.
        host: name of the worker's machine.
        notes: what is worth knowing of how its runs went.
    """

    chunk: int
    runs: int
    failed: int
    wall_s: float
    cpu_s: float
    pid: int
    host: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChunkJob:
    """Callable that runs a chunk and stores it; travels to the workers once.

    Attributes:
        plan: the study's plan.
        engine: the simulator.
        folder: absolute path of the results folder.
    """

    plan: Plan
    engine: Engine
    folder: Path

    def __call__(self, chunk: Chunk) -> Receipt:
        """Run and store one chunk.

        Raises:
            StudyError: this process has other sources of the simulator than the driver had.
        """
        wall, cpu = time.perf_counter(), time.process_time()
        if self.engine.version() != self.plan.model_version:
            raise StudyError(
                f"the model's sources on {platform.node()} are not those the study was started "
                "with; install the same version everywhere, leave it alone, and start again"
            )
        for folder in self.plan.folders:
            put_on_path(Path(folder))
        done = run_tasks(self.plan, chunk, self.engine)
        write_part(self.folder, chunk, stamp_of(self.plan), done.outcomes, done.extras)
        failed = done.outcomes["status"].to_pylist().count("error")
        return Receipt(
            chunk=chunk.index,
            runs=chunk.runs,
            failed=failed,
            wall_s=time.perf_counter() - wall,
            cpu_s=time.process_time() - cpu,
            pid=os.getpid(),
            host=platform.node(),
            notes=done.notes,
        )
