"""The cost of publishing the queue: exact own-side ranks against `np.argsort` and scatter.

numpy has two sort paths on processors with AVX-512; the second is measured in a child process in
which that path is switched off. Scores are those of real positions: heavy right tail, two sides.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from abm.adl.rank import own_side_percentiles, rank_buffers
from abm.units import Floats, Floats32
from experiments.bench.clock import interleaved, median_ratio, repeat

SIZES = (1_000, 10_000, 100_000, 1_000_000)
"""Positions in one queue."""

WITHOUT_AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"
"""numpy's names of the features that its AVX-512 sort needs."""


def draw_book(count: int) -> tuple[Floats32, Floats]:
    """Scores and signed positions of `count` accounts."""
    luck = np.random.default_rng(0)
    leverage = 2.0 + 14.0 * luck.random(count)
    gain = 0.05 * luck.standard_normal(count)
    scores = (gain * leverage / np.maximum(1.0 + gain * leverage, 0.05)).astype(np.float32)
    return scores, np.where(luck.random(count) < 0.5, 1.0, -1.0) * leverage


def measure_size(count: int, rounds: int) -> dict[str, float]:
    """Nanoseconds per position of our ranks and numpy's, and their ratio."""
    scores, qty = draw_book(count)
    wide = scores.astype(np.float64)
    percentile = np.empty(count)
    buffers = rank_buffers(count)
    own_side_percentiles(scores, qty, count, percentile, buffers)
    calls = max(1, 200_000 // count)

    def ours() -> Callable[[], object]:
        return lambda: repeat(
            lambda: own_side_percentiles(scores, qty, count, percentile, buffers), calls
        )

    def argsort_of(values: Floats | Floats32) -> Callable[[], Callable[[], object]]:
        def once() -> None:
            order = np.argsort(values)
            place = np.empty(count)
            place[order] = np.arange(1, count + 1) / count

        return lambda: lambda: repeat(once, calls)

    times = interleaved(
        rounds, {"ours": ours, "float64": argsort_of(wide), "float32": argsort_of(scores)}
    )
    found = {name: median(t) / calls / count * 1e9 for name, t in times.items()}
    return {
        "positions": count,
        "ns_ours": found["ours"],
        "ns_argsort_float64": found["float64"],
        "ns_argsort_float32": found["float32"],
        "ratio_float64": median_ratio(times["float64"], times["ours"]),
        "ratio_float32": median_ratio(times["float32"], times["ours"]),
    }


def measure_here(*, quick: bool) -> list[dict[str, float]]:
    """All sizes on this process's numpy."""
    sizes = SIZES[:3] if quick else SIZES
    return [measure_size(count, 5 if quick else 9) for count in sizes]


def measure_queue(*, quick: bool = False) -> dict[str, Any]:
    """Both of numpy's sort paths."""
    command = (
        "import json, sys; from experiments.bench.queue import measure_here; "
        f"json.dump(measure_here(quick={quick}), sys.stdout)"
    )
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": WITHOUT_AVX512}
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {"numpy as it is": measure_here(quick=quick), "AVX-512 off": json.loads(child.stdout)}
