"""What happens when a study is killed, interrupted, or runs out of disk: nothing is lost."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from experiments.runner import Execution, is_complete, reload_study, run_study
from experiments.spec import load_study
from tests.experiments.conftest import NETWORK
from tests.experiments.silent import Silent, hashes
from tests.experiments.toy_engine import ENGINE

type Write = Callable[..., Path]

SLOW = "sleep_s = 0.1\n"


def start(*words: str, limit_bytes: int | None = None) -> subprocess.Popen[str]:
    """The toy command line in a process and group of its own."""

    def limited() -> None:
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.Popen(
        [sys.executable, "-m", "tests.experiments.toy_cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=limited,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def parts_in(folder: Path) -> int:
    return len(list((folder / "parts").glob("part-*.parquet")))


def expected_sha(file: Path, folder: Path) -> dict[str, str]:
    """Hashes of the tables of the same study run in one go, without its pauses."""
    file.write_text(file.read_text().replace(SLOW, ""))
    study = load_study(file, ENGINE)
    run_study(study, folder, ENGINE, Execution("in-process"), Silent())
    return hashes(folder)


def resumed_sha(folder: Path) -> dict[str, str]:
    study = reload_study(folder, ENGINE)
    run_study(study, folder, ENGINE, Execution("in-process"), Silent())
    assert is_complete(folder)
    return hashes(folder)


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_killed_driver_leaves_no_worker_and_is_resumed(
    write_study: Write, tmp_path: Path
) -> None:
    file, folder = write_study(NETWORK, scenario=SLOW), tmp_path / "r"
    driver = start("study", str(file), "--workers", "2", "--out", str(folder))
    wait_for(lambda: parts_in(folder) >= 2)
    lines = (folder / "receipts.jsonl").read_text().splitlines()
    workers = {json.loads(line)["pid"] for line in lines}
    driver.kill()
    driver.communicate(timeout=10)
    assert not (folder / "results.parquet").exists()
    wait_for(lambda: not any(alive(pid) for pid in workers), 10.0)
    found = resumed_sha(folder)
    assert found == expected_sha(file, tmp_path / "whole")
    assert list(found) == ["links.parquet", "results.parquet", "series.parquet", "venues.parquet"]


@pytest.mark.parametrize("executor", ["in-process", "pool"])
def test_ctrl_c_keeps_the_parts_and_says_how_to_go_on(
    write_study: Write, tmp_path: Path, executor: str
) -> None:
    file, folder = write_study(scenario=SLOW), tmp_path / "r"
    driver = start("study", str(file), "--executor", executor, "--out", str(folder))
    wait_for(lambda: parts_in(folder) >= 1)
    os.killpg(driver.pid, signal.SIGINT)  # as a terminal does: to the driver and its workers
    _, error = driver.communicate(timeout=20)
    assert driver.returncode == 130
    assert error.endswith(f"go on with: adlab resume {folder}\n")
    assert error.count("\n") == 1
    assert 1 <= parts_in(folder) < 7
    assert not (folder / "results.parquet").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], None]]:
    """A disk of 1 MB at `tmp_path/disk`; called with a size in MB it grows."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount") or "mount"

    def run(*words: str) -> int:
        return subprocess.run([mount, *words, str(disk)], capture_output=True).returncode

    if run("-t", "tmpfs", "-o", "size=1m", "tmpfs") != 0:
        pytest.skip("mounting a file system needs root; the file-size limit is tested anyway")

    def grow(megabytes: int) -> None:
        assert run("-o", f"remount,size={megabytes}m") == 0

    yield grow
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(("executor", "ticks"), [("in-process", 4000), ("pool", 8000)])
def test_a_full_disk_keeps_the_finished_parts(
    write_study: Write,
    tmp_path: Path,
    small_disk: Callable[[int], None],
    executor: str,
    ticks: int,
) -> None:
    """The disk fills with the final tables (few ticks), or already with the parts (many)."""
    file = write_study(
        ("series_every_s = 300", "series_every_s = 60"), ("ticks = 10", f"ticks = {ticks}")
    )
    folder = tmp_path / "disk" / "r"
    driver = start("study", str(file), "--executor", executor, "--out", str(folder))
    _, error = driver.communicate(timeout=60)
    assert driver.returncode == 1
    assert error.count("\n") == 1
    assert (
        f"is full; free some space, finished parts are kept; go on with: adlab resume {folder}"
        in error
    )
    assert parts_in(folder) == 7 if ticks == 4000 else 1 <= parts_in(folder) < 7
    small_disk(16)
    assert resumed_sha(folder) == expected_sha(file, tmp_path / "whole")
    assert not list((folder / "parts").glob(".*"))
    assert not (folder / "parts" / "damaged").exists()


def test_a_file_that_may_not_grow_is_a_full_disk(write_study: Write, tmp_path: Path) -> None:
    file = write_study(("ticks = 10", "ticks = 20000"))
    folder = tmp_path / "r"
    words = ("study", str(file), "--executor", "in-process", "--out", str(folder))
    driver = start(*words, limit_bytes=20_000)
    _, error = driver.communicate(timeout=60)
    assert driver.returncode == 1
    assert "is full; free some space" in error
    assert not (folder / "results.parquet").exists()
