"""The failures a user can cause or repair; each message is one sentence that says what to do.

The command line prints the sentence and exits with 1; anything else that is raised is a fault of
the program and is named with its type.
"""

import difflib
from collections.abc import Iterable


class StudyError(ValueError):
    """A study file, an option or a scenario is wrong; the message starts with `file:line`."""


class StoreError(RuntimeError):
    """A results folder cannot be read or written as it stands."""


class DiskError(StoreError):
    """A file cannot be written: the disk is full, or the folder is closed to us."""


class WorkersLostError(RuntimeError):
    """A chunk ended its worker process again and again."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """The end of a sentence about an unknown `name`: the nearest valid one, else all of them."""
    known = sorted(valid)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known are: {', '.join(known)}" if known else "nothing is known here"
