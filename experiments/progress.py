"""How far a study is: a bar with the time left on a terminal, plain lines anywhere else."""

import time
from typing import Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PLAIN_EVERY_S = 10.0
"""Seconds between two plain lines."""


class RunProgress:
    """Shows the number of finished runs; use as a context."""

    def __init__(self, title: str, console: Console, of: str = "runs") -> None:
        self._title = title
        self._of = of
        self._console = console
        self._bar: Progress | None = None
        self._bar_task: TaskID | None = None
        self._runs, self._done, self._before = 0, 0, 0
        self._start = self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, runs: int, done: int) -> None:
        """So many runs in all, so many of them done before."""
        self._runs, self._done, self._before = runs, done, done
        self._start = self._said = time.monotonic()
        if done:
            self.say(f"{done} of {runs} {self._of} are already stored")
        if self._console.is_terminal and done < runs:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn(self._of),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._bar_task = self._bar.add_task(self._title, total=runs, completed=done)
            self._bar.start()

    def advance(self, runs: int) -> None:
        """So many runs more are done."""
        self._done += runs
        if self._bar is not None and self._bar_task is not None:
            self._bar.advance(self._bar_task, runs)
            return
        now = time.monotonic()
        if now - self._said >= PLAIN_EVERY_S or self._done == self._runs:
            self._said = now
            self.say(f"{self._title}: {self._done} of {self._runs} {self._of}, {self._left(now)}")

    def say(self, sentence: str) -> None:
        """One line of text."""
        self._console.print(sentence, highlight=False, markup=False, soft_wrap=True)

    def _left(self, now: float) -> str:
        """Time left, from the pace so far."""
        elapsed_s = now - self._start
        pace = (self._done - self._before) / elapsed_s if elapsed_s > 0 else 0.0
        if self._done >= self._runs:
            return f"done in {span(elapsed_s)}"
        return f"about {span((self._runs - self._done) / pace)} left" if pace else "starting"


def span(seconds: float) -> str:
    """A time span for people: `12 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def console_for(stream: TextIO) -> Console:
    """A console on a stream, 80 columns wide unless it is a terminal."""
    return Console(file=stream, width=None if stream.isatty() else 80)
