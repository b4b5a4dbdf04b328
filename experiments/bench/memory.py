"""How much memory a million traders need above what the imports take."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
from dataclasses import replace
from pathlib import Path
from abm.engine.build import build_world
from abm.engine.presets import PRESETS
from abm.engine.run import run_batch, warm_up

def resident(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))

scenario = PRESETS["benchmark"]
warm_up(scenario)
before = resident("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # forget the peak of importing and compiling
world = build_world(replace(scenario, traders=int(sys.argv[1])), 1, 0)
built = resident("VmHWM")
run_batch([world], 3)
json.dump({"traders": int(sys.argv[1]), "imports_mib": before, "build_peak_mib": built - before,
           "run_peak_mib": resident("VmHWM") - before}, sys.stdout)
"""
"""Peak resident memory above what was resident before the world was built (Linux)."""


def measure_memory(*, quick: bool = False) -> dict[str, float]:
    """Peak resident memory of one world, one account and one instrument per trader [MiB]."""
    traders = 100_000 if quick else 1_000_000
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(traders)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(child.stdout)
    return found
