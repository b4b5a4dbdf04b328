"""Timing: seconds of a call, and medians over interleaved rounds."""

import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call [s]."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def repeat(work: Callable[[], object], times: int) -> None:
    """Call `work` so many times."""
    for _ in range(times):
        work()


def interleaved(
    rounds: int, contenders: dict[str, Callable[[], Callable[[], object]]]
) -> dict[str, list[float]]:
    """Seconds of every contender in every round, one after another within a round.

    Each contender is a function that prepares fresh work (not timed) and returns it.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, prepare in contenders.items():
            times[name].append(seconds(prepare()))
    return times


def median_ratio(slow: list[float], fast: list[float]) -> float:
    """Median over rounds of slow / fast [1]."""
    return median(s / f for s, f in zip(slow, fast, strict=True))
