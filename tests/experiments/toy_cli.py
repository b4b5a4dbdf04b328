"""The command line on the toy simulator: `python -m tests.experiments.toy_cli study FILE ...`."""

import sys
from pathlib import Path

from experiments.cli import Parts, main
from tests.experiments.toy_engine import ENGINE


def draw(folder: Path) -> list[Path]:
    """A figure and a report without content."""
    made = [folder / "figures" / "who_pays.pdf", folder / "report.html"]
    for file in made:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return made


PARTS = Parts(lambda: ENGINE, draw)

if __name__ == "__main__":
    sys.exit(main(parts=PARTS))
