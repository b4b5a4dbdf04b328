"""What all tests share: where the recorded data is, and what happens when it is not there.

Tests that use the fixture `data_dir` carry the mark `data`. Without the data they are left out and
one line at the end says so; under `CI=true` they fail instead: a green run has seen the data.
"""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A first call compiles, so single examples have no deadline; the whole suite has one.
settings.register_profile("adlab", deadline=None, max_examples=60)
settings.load_profile("adlab")

# Started in the background of a shell, this process ignores Ctrl-C, and so would those it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent
_LEFT_OUT = pytest.StashKey[int]()


def data_folder() -> Path:
    """Folder of the recorded data: `ADLAB_DATA`, else `shared/data` beside the repository."""
    if "ADLAB_DATA" in os.environ:
        return Path(os.environ["ADLAB_DATA"])
    return REPOSITORY.parent / "shared" / "data"


def _no_data() -> str:
    """Say what is missing and what to do."""
    return f"no recorded data at {data_folder()}: set ADLAB_DATA to its folder"


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the recorded data; a test that asks for it is marked `data`."""
    folder = data_folder()
    if not folder.is_dir():
        pytest.fail(_no_data(), pytrace=False)
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need the data; leave them out when it is missing, except in CI."""
    for item in items:
        if "data_dir" in getattr(item, "fixturenames", ()):
            item.add_marker("data")
    if data_folder().is_dir() or _in_ci():
        return
    needing = [item for item in items if item.get_closest_marker("data")]
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        config.stash[_LEFT_OUT] = len(needing)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel worker tells the main process how many tests it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Every parallel worker collects all tests, so any worker's number is the total."""
    left_out = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[_LEFT_OUT] = max(left_out, node.config.stash.get(_LEFT_OUT, 0))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line about the tests that did not run for want of data."""
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"{left_out} tests not run: {_no_data()}")
