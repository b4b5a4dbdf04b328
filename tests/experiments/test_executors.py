"""Every way to run gives the same bytes, also when a worker is killed in the middle."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.errors import StudyError, WorkersLostError
from experiments.executors import execute, pool
from experiments.executors.threads import ONE_THREAD, pinned_threads
from experiments.job import ChunkJob, Receipt
from experiments.runner import Execution, run_study
from experiments.spec import Study, load_study
from experiments.store import extra_file, merge
from experiments.tasks import Chunk, chunks_of
from tests.experiments.conftest import NETWORK
from tests.experiments.silent import Silent, hashes
from tests.experiments.toy_engine import ENGINE

type Write = Callable[..., Path]


TABLES = ("results", "series", "venues", "links")


def sha_of(study: Study, folder: Path, executor: str, workers: int = 1) -> dict[str, str]:
    """Hashes of the four final tables."""
    run_study(study, folder, ENGINE, Execution(executor, workers), Silent())
    found = hashes(folder)
    assert found.keys() == {f"{name}.parquet" for name in TABLES}
    return found


def sha_with_kill(
    study: Study, folder: Path, executor: str
) -> tuple[dict[str, str], list[Receipt]]:
    """Run with two workers; kill the one that stores the first part, by its process id."""
    (folder / "parts").mkdir(parents=True)
    receipts: list[Receipt] = []

    def note(receipt: Receipt) -> None:
        if not receipts:
            os.kill(receipt.pid, signal.SIGKILL)
        receipts.append(receipt)

    chunks = chunks_of(study.plan)
    execute(chunks, ChunkJob(study.plan, ENGINE, folder), executor, 2, note)
    for name in TABLES:
        part = "part" if name == "results" else name
        files = [extra_file(folder, chunk, part) for chunk in chunks]
        merge(files, folder / f"{name}.parquet")
    return hashes(folder), receipts


def test_pool_equals_in_process(write_study: Write, tmp_path: Path) -> None:
    study = load_study(write_study(NETWORK), ENGINE)
    expected = sha_of(study, tmp_path / "a", "in-process")
    assert sha_of(study, tmp_path / "b", "pool", 1) == expected
    assert sha_of(study, tmp_path / "c", "pool", 2) == expected


def test_a_killed_pool_worker_changes_nothing(write_study: Write, tmp_path: Path) -> None:
    study = load_study(write_study(NETWORK, scenario="sleep_s = 0.05\n"), ENGINE)
    expected = sha_of(study, tmp_path / "a", "in-process")
    sha, receipts = sha_with_kill(study, tmp_path / "b", "pool")
    assert sha == expected
    assert sorted(receipt.chunk for receipt in receipts) == list(range(7))
    assert len({receipt.pid for receipt in receipts}) >= 2


@pytest.mark.ray
def test_ray_equals_in_process_also_with_a_killed_worker(
    write_study: Write, tmp_path: Path, local_ray: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study(write_study(NETWORK, scenario="sleep_s = 0.05\n"), ENGINE)
    expected = sha_of(study, tmp_path / "a", "in-process")
    monkeypatch.chdir("/")
    assert sha_of(study, tmp_path / "b", "ray", 2) == expected
    sha, receipts = sha_with_kill(study, tmp_path / "c", "ray")
    assert sha == expected
    assert sorted(receipt.chunk for receipt in receipts) == list(range(7))
    with pytest.raises(StudyError, match="part 0 refuses"):
        execute([Chunk(0, 0, 1)], refuses, "ray", 1, lambda _: None)


def dies(chunk: Chunk) -> Receipt:
    """A job that ends its process."""
    os._exit(9)


def refuses(chunk: Chunk) -> Receipt:
    """A job that raises."""
    raise StudyError(f"part {chunk.index} refuses")


def environment(chunk: Chunk) -> Receipt:
    """A job that looks at the worker's environment."""
    pinned = all(os.environ[name] == "1" for name in ONE_THREAD)
    return Receipt(chunk.index, 1, 0, 0.0, 0.0, os.getpid(), "pinned" if pinned else "free")


def test_a_chunk_that_always_kills_its_worker_ends_the_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "ATTEMPTS", 2)
    with pytest.raises(WorkersLostError, match="worker processes died 2 times around part 0"):
        execute([Chunk(0, 0, 1)], dies, "pool", 1, lambda _: None)


def test_a_job_that_raises_ends_the_study() -> None:
    with pytest.raises(StudyError, match="part 0 refuses"):
        execute([Chunk(0, 0, 1)], refuses, "pool", 1, lambda _: None)


def test_workers_have_one_thread_each() -> None:
    before = dict(os.environ)
    seen: list[Receipt] = []
    execute([Chunk(0, 0, 1)], environment, "pool", 1, seen.append)
    assert seen[0].host == "pinned"
    assert seen[0].pid != os.getpid()
    assert dict(os.environ) == before
    with pinned_threads():
        assert os.environ["OMP_NUM_THREADS"] == "1"


def test_what_cannot_be_executed() -> None:
    chunk = [Chunk(0, 0, 1)]
    with pytest.raises(StudyError, match="did you mean 'pool'"):
        execute(chunk, dies, "pol", 1, lambda _: None)
    with pytest.raises(StudyError, match="--workers must be 1 or more"):
        execute(chunk, dies, "pool", 0, lambda _: None)
    with pytest.raises(StudyError, match="add --executor ray"):
        execute(chunk, dies, "pool", 1, lambda _: None, address="auto")
    execute([], dies, "pool", 1, lambda _: None)
