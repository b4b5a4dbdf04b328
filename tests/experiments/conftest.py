"""Fixtures: a toy study in a file of its own, and the one Ray of the whole session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from experiments.spec import Study, load_study
from tests.experiments.toy_engine import ENGINE

TOY = """\
[study]
name = "toy"
description = "A toy."
seed = 7
replicates = 5
preset = "crash"
series_every_s = 300
runs_per_chunk = 3

[scenario]
ticks = 10
price.volatility = 0.3

[levers]
design = ["queue", "pro_rata"]
reacting = [true, false]
"""


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[..., Path]:
    """Write the toy study with replacements `(old, new)`, and text at the end of `[scenario]`."""

    def write(*changes: tuple[str, str], scenario: str = "", name: str = "toy.toml") -> Path:
        text = TOY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        text = text.replace("price.volatility = 0.3\n", f"price.volatility = 0.3\n{scenario}")
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


NETWORK = ("series_every_s = 300\n", "series_every_s = 300\nnetwork_every_s = 120\n")
"""Change of the toy study that keeps every table."""


@pytest.fixture
def networked(write_study: Callable[..., Path]) -> Study:
    """The toy study with every table."""
    return load_study(write_study(NETWORK), ENGINE)


@pytest.fixture
def study(write_study: Callable[..., Path]) -> Study:
    return load_study(write_study(), ENGINE)


@pytest.fixture(scope="session")
def local_ray() -> Iterator[None]:
    """A private Ray of two workers; nothing else in the tests starts one."""
    from experiments.executors import ray as on_ray  # settles Ray's settings, then loads it

    on_ray.connect(2, None)
    yield
    on_ray.ray.shutdown()
