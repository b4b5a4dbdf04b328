"""Progress: plain lines when nobody watches, a bar with the time left when somebody does."""

import io
import re

import pytest
from rich.console import Console

from experiments import progress as shown
from experiments.progress import RunProgress, span


def test_plain_lines_say_how_far_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 5.0, 12.0, 20.0])
    monkeypatch.setattr(shown.time, "monotonic", lambda: next(clock))
    out = io.StringIO()
    with RunProgress("toy", Console(file=out, width=80)) as progress:
        progress.begin(100, 20)
        progress.advance(20)
        progress.advance(20)
        progress.advance(40)
    assert out.getvalue().splitlines() == [
        "20 of 100 runs are already stored",
        "toy: 60 of 100 runs, about 12 s left",
        "toy: 100 of 100 runs, done in 20 s",
    ]


def test_a_terminal_gets_a_bar() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    with RunProgress("toy", console) as progress:
        progress.begin(10, 0)
        progress.advance(10)
    text = re.sub(r"\x1b\[[0-9?]*[A-Za-z]", "", out.getvalue())
    assert "10/10 runs" in text
    assert "left" in text
    assert max(len(line) for line in re.split(r"[\r\n]", text)) <= 80


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.4, "59 s"), (185.0, "3 min 05 s"), (7800.0, "2 h 10 min")],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text
