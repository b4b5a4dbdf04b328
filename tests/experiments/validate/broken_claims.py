"""Claims that end badly, for the tests of the runner; functions of a module, as workers need."""

import math
import os
import signal
import time
from pathlib import Path

import numpy as np

from experiments.validate.claim import Claim, Finding, Measurement, Settings


def drawn(_settings: Settings, rng: np.random.Generator) -> Finding:
    """A finding that shows its stream of random numbers."""
    value = float(rng.random())
    table = {"name": ["a, b", "c"], "value": [value, math.nan], "size": [1, 2]}
    return Finding("holds", "Drawn.", (Measurement("draw", 0.5, value),), {"drawn": table})


def unknown(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """A finding full of numbers that JSON does not have."""
    numbers = (
        Measurement("not a number", math.nan, math.inf, -math.inf, math.nan),
        Measurement("from numpy", float(np.float64(1.5)), 2.0),
    )
    return Finding("refuted", "Unknown | odd\nsentence.", numbers, {})


def failing(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """Raises."""
    raise ZeroDivisionError("division by a deficit of 0,\nin two lines")


def crooked(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """A table whose columns differ in length."""
    return Finding("holds", "Crooked.", (), {"crooked": {"a": [1, 2], "b": [1]}})


def dying(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """Its process is killed, as by a system without memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def waiting(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """Says that it has begun, in the file named by the environment, and never ends."""
    Path(os.environ["ADLAB_TEST_BEGUN"]).write_text(str(os.getpid()))
    time.sleep(600.0)
    raise AssertionError


def claim(number: int, run: object) -> Claim:
    """A claim around an experiment."""
    return Claim(f"V{number}", f"claim {number}", "a page", "Something.", run)  # type: ignore[arg-type]
