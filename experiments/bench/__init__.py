"""`adlab bench`: how fast, measured side by side in one process run.

    engine     the same model as plain Mesa objects, as `MarketModel.step`, and as a batch of worlds
    queue      exact ranks against `np.argsort` and scatter, on both of numpy's sort paths
    designs    allocation kernels against reading and sorting; the catalog on 10,000 random books
    contagion  clearing and DebtRank on 10,000 institutions against dictionaries of networkx
    overhead   what `step()` costs on top of its kernel
    threads    two threads against two independent processes
    start      a second start of a worker, kernels already compiled
    memory     a million traders in one world

Ratios are medians over interleaved rounds, so a drifting machine disturbs both sides alike.
Absolute times belong to the machine they were taken on.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.bench.contagion import measure_contagion
from experiments.bench.designs import measure_designs
from experiments.bench.engine import measure_engine, measure_overhead
from experiments.bench.machine import describe_machine
from experiments.bench.memory import measure_memory
from experiments.bench.queue import measure_queue
from experiments.bench.report import show
from experiments.bench.workers import measure_start, measure_threads

SECTIONS = {
    "engine": measure_engine,
    "queue": measure_queue,
    "designs": measure_designs,
    "contagion": measure_contagion,
    "overhead": measure_overhead,
    "threads": measure_threads,
    "start": measure_start,
    "memory": measure_memory,
}
"""What can be measured, in the order of the report."""


def main(words: list[str]) -> int:
    """Measure, print tables, write JSON; 0 on success."""
    parser = argparse.ArgumentParser(
        prog="adlab bench",
        description="Measure speed and memory, side by side in one run.",
        epilog="example: adlab bench engine designs --json speed.json",
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to FILE")
    options = parser.parse_args(words)
    for name in options.sections:
        if name not in SECTIONS:
            raise ValueError(f"no section {name!r}: choose from {', '.join(SECTIONS)}")
    console = Console()
    found: dict[str, Any] = {"machine": describe_machine()}
    console.print(found["machine"]["summary"], style="dim", highlight=False)
    for name, measure in SECTIONS.items():
        if not options.sections or name in options.sections:
            with console.status(f"measuring {name} ..."):
                found[name] = measure(quick=options.quick)
            show(console, name, found[name])
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
        console.print(f"numbers: {options.json}", soft_wrap=True)
    return 0
