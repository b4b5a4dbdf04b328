"""Threads against processes, and what a worker's second start costs."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from statistics import median

from abm.engine.build import build_world
from abm.engine.presets import PRESETS
from abm.engine.run import run_batch, warm_up
from abm.engine.scenario import Scenario
from experiments.bench.clock import seconds

SCENARIO = replace(PRESETS["benchmark"], traders=1_000, ticks=200)


def run_worlds(scenario: Scenario, first: int, count: int) -> float:
    """Seconds to run `count` worlds one after another in this process, building not counted."""
    worlds = [build_world(scenario, 1, first + r) for r in range(count)]
    return seconds(lambda: run_batch(worlds, scenario.ticks))


def measure_threads(*, quick: bool = False) -> dict[str, float]:
    """Two threads against two independent processes on the same worlds."""
    warm_up(SCENARIO)
    count, rounds = (16, 3) if quick else (60, 7)
    one, threads, processes = [], [], []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(run_worlds, [SCENARIO] * 2, [0, 1], [1, 1]))  # start and load kernels
        for _ in range(rounds):
            worlds = [build_world(SCENARIO, 1, r) for r in range(count)]
            threads.append(seconds(partial(run_batch, worlds, SCENARIO.ticks, threads=2)))
            halves = pool.map(run_worlds, [SCENARIO] * 2, [0, count // 2], [count // 2] * 2)
            processes.append(max(halves))
            one.append(run_worlds(SCENARIO, 0, count))
    ratios = [p / t for p, t in zip(processes, threads, strict=True)]
    return {
        "one_thread_s": median(one),
        "two_threads_s": median(threads),
        "two_processes_s": median(processes),
        "threads_over_processes": median(ratios),
        "speedup_of_two_threads": median(o / t for o, t in zip(one, threads, strict=True)),
    }


def measure_start(*, quick: bool = False) -> dict[str, float]:
    """Seconds from a new interpreter to the first finished run, kernels on disk already."""
    warm_up(SCENARIO)
    program = (
        "import time; begin = time.perf_counter()\n"
        "from experiments.bench.workers import SCENARIO, warm_up\n"
        "imported = time.perf_counter()\n"
        "warm_up(SCENARIO)\n"
        "print(imported - begin, time.perf_counter() - imported)\n"
    )
    starts = []
    for _ in range(2 if quick else 5):
        child = subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        starts.append([float(word) for word in child.stdout.split()])
    return {
        "import_s": median(start[0] for start in starts),
        "load_kernels_s": median(start[1] for start in starts),
    }
