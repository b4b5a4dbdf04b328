"""What a study would cost, from timing a few of its real runs.

    CPU time = mean time of the sample x runs        wall time = CPU time / workers
    disk     = bytes of the sample's parts per run x runs, once as parts and once as final tables

The sample is spread evenly over the points, since designs differ in cost; compilation is not
counted.
"""

import sys
import time
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from rich.table import Table

from experiments.engine import Engine
from experiments.errors import StudyError
from experiments.executors import usable_cores
from experiments.progress import console_for, span
from experiments.runner import warm_up
from experiments.spec import Study
from experiments.tasks import Chunk, chunks_of
from experiments.worker import run_tasks

SAMPLE_RUNS = 6


@dataclass(frozen=True)
class Estimate:
    """Cost of a study.

    Attributes:
        runs: tasks.
        points: combinations of lever values.
        chunks: units of work.
        run_s: mean time of a run [s].
        slowest_s: slowest run of the sample [s].
        failed: failed runs in the sample.
        first_error: the reason of the first of them.
        cpu_hours: processor time of the whole study [h].
        wall_s: duration on the given workers [s].
        disk_bytes: size of the results folder.
    """

    runs: int
    points: int
    chunks: int
    run_s: float
    slowest_s: float
    failed: int
    first_error: str
    cpu_hours: float
    wall_s: float
    disk_bytes: float


def estimate(study: Study, engine: Engine, workers: int) -> Estimate:
    """Time a sample of real runs; nothing is stored.

    Args:
        study: the study.
        engine: the simulator.
        workers: processes the study would have.
    """
    plan = study.plan
    warm_up(study, engine)
    run_tasks(plan, Chunk(0, 0, 1), engine)  # what loads only once is not counted
    sample = min(SAMPLE_RUNS, plan.runs)
    times_s: list[float] = []
    sizes: list[int] = []
    errors: list[str] = []
    for index in range(sample):
        task = index * plan.runs // sample
        start = time.perf_counter()
        outcomes, extras, _ = run_tasks(plan, Chunk(0, task, task + 1), engine)
        times_s.append(time.perf_counter() - start)
        sizes.append(sum(map(_bytes, extras.values())) + _row_bytes(outcomes))
        errors += [text for text in outcomes["error"].to_pylist() if text]
    mean_s = sum(times_s) / sample
    chunks = len(chunks_of(plan))
    return Estimate(
        runs=plan.runs,
        points=len(plan.points),
        chunks=chunks,
        run_s=mean_s,
        slowest_s=max(times_s),
        failed=len(errors),
        first_error=errors[0] if errors else "",
        cpu_hours=mean_s * plan.runs / 3600.0,
        wall_s=mean_s * plan.runs / min(workers, chunks),
        disk_bytes=2.0 * plan.runs * sum(sizes) / sample,
    )


def _bytes(table: pa.Table) -> int:
    """Size of a table as Parquet, 0 when it is empty."""
    if not table.num_rows:
        return 0
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return int(sink.getvalue().size)


def _row_bytes(table: pa.Table) -> int:
    """Size of one row among many, without the file's own overhead."""
    return int(table.nbytes)


def cost_table(name: str, cost: Estimate, workers: int) -> Table:
    """An estimate as a table."""
    table = Table(title=f"{name}, dry run: nothing is stored", title_justify="left")
    table.add_column("what")
    table.add_column("how much", justify="right")
    for label, value in (
        ("runs", f"{cost.runs:,}"),
        ("points", f"{cost.points:,}"),
        ("chunks", f"{cost.chunks:,}"),
        ("seconds per run", f"{cost.run_s:.3g} (slowest of the sample {cost.slowest_s:.3g})"),
        ("CPU-hours", f"{cost.cpu_hours:.3g}"),
        ("wall time", f"{span(cost.wall_s)} on {workers} workers"),
        ("disk", f"{cost.disk_bytes / 1e6:.3g} MB"),
    ):
        table.add_row(label, value)
    return table


def show_cost(study: Study, engine: Engine, workers: int | None) -> int:
    """Print what a study would cost; 0, the exit code.

    Args:
        study: the study.
        engine: the simulator.
        workers: processes the study would have; None for one per core.

    Raises:
        StudyError: a run of the sample failed.
    """
    chosen = workers if workers is not None else usable_cores()
    cost = estimate(study, engine, chosen)
    console_for(sys.stdout).print(cost_table(study.name, cost, chosen))
    if cost.failed:
        raise StudyError(f"{cost.failed} runs of the sample failed: {cost.first_error}")
    return 0
