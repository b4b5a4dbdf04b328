"""Which machine the numbers belong to."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("numpy", "numba", "mesa")


def processor_name() -> str:
    """The processor as the operating system calls it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe_machine() -> dict[str, str]:
    """Processor, cores, load and versions, and one line that says it all."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    facts = {
        "processor": processor_name(),
        "cores": str(os.cpu_count()),
        "load": load,
        "python": platform.python_version(),
        "versions": versions,
    }
    facts["summary"] = (
        f"{facts['processor']}, {facts['cores']} cores, load {load}; "
        f"Python {facts['python']}, {versions}"
    )
    return facts
