"""The door of `adlab`: an interrupt while the program is still being loaded ends it quietly too."""

import sys

INTERRUPTED = 130
"""Exit code of a command that was interrupted."""


def main() -> int:
    """Load the commands and run one; the exit code."""
    try:
        from experiments.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("adlab: interrupted", file=sys.stderr)
        return INTERRUPTED
