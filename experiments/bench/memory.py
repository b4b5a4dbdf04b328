"""How much memory a million traders need above what the imports take."""

import json
import subprocess
import sys

PROGRAM = """
import json, resource, sys
from dataclasses import replace
from abm.engine.build import build_world
from abm.engine.presets import PRESETS
from abm.engine.run import run_batch, warm_up
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
scenario = PRESETS["benchmark"]
warm_up(scenario)
before = peak()
world = build_world(replace(scenario, traders=int(sys.argv[1])), 1, 0)
built = peak()
run_batch([world], 3)
json.dump({"traders": int(sys.argv[1]), "imports_mib": before / 2**20,
           "built_mib": (built - before) / 2**20, "run_mib": (peak() - before) / 2**20}, sys.stdout)
"""


def measure_memory(*, quick: bool = False) -> dict[str, float]:
    """Peak resident memory of one world, one account and one instrument per trader [MiB]."""
    traders = 100_000 if quick else 1_000_000
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(traders)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(child.stdout)
    return found
