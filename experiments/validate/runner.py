"""All claims in worker processes: one that fails becomes a row with its error, the others go on.

    claims -> pool of processes -> outcomes, in the order of the claims

Every claim has its own stream of random numbers and its libraries one thread, so that outcomes do
not depend on the number of workers or on which claims are run: one worker is a process too. Workers
leave Ctrl-C to the driver and end when it does.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for

import numpy as np

from experiments.errors import StudyError
from experiments.executors.threads import pinned_threads
from experiments.validate.claim import Claim, Finding, Settings, run_claim

type Done = Callable[[int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one claim.

    Attributes:
        claim: which one.
        finding: what was found; None when the experiment failed.
        error: why it failed, in one sentence; empty otherwise.
    """

    claim: Claim
    finding: Finding | None
    error: str = ""


def chosen(claims: Sequence[Claim], only: str | None) -> tuple[Claim, ...]:
    """The claims named in `only` ("V4,V19"), in order of their numbers; all for None.

    Raises:
        StudyError: a name is unknown, or none is given.
    """
    known = {claim.id: claim for claim in sorted(claims, key=lambda claim: claim.number)}
    if only is None:
        return tuple(known.values())
    names = {name.strip().upper() for name in only.split(",") if name.strip()}
    if not names:
        raise StudyError("--only names no claim; give ids like V4,V19")
    for name in sorted(names - known.keys()):
        first, *_, last = known
        raise StudyError(f"--only: there is no claim '{name}'; give ids from {first} to {last}")
    return tuple(claim for name, claim in known.items() if name in names)


def run_claims(
    claims: Sequence[Claim], settings: Settings, workers: int, advance: Done
) -> list[Outcome]:
    """Run claims and say what became of each.

    Args:
        claims: to be run; their experiments must be functions of a module, for the workers.
        settings: amount of work and seed.
        workers: processes.
        advance: called with 1 whenever a claim is done.

    Returns:
        One outcome per claim, in their order.

    Raises:
        StudyError: fewer than one worker, or a negative seed.
    """
    if workers < 1:
        raise StudyError(f"--workers must be 1 or more, not {workers}")
    if settings.seed < 0:
        raise StudyError(f"--seed must be 0 or more, not {settings.seed}")
    with pinned_threads():
        results = _in_pool(claims, settings, min(workers, len(claims)), advance)
        for claim in claims:
            if claim.id not in results:  # its process, or a neighbour's, died: once more, alone
                alone = _in_pool([claim], settings, 1, advance)
                results[claim.id] = alone.get(claim.id, (None, "its worker process died (memory?)"))
                advance(1 - len(alone))
    return [Outcome(claim, *results[claim.id]) for claim in claims]


def attempt(claim: Claim, settings: Settings) -> tuple[Finding | None, str]:
    """The finding of a claim, or None and why there is none."""
    try:
        return checked(run_claim(claim, settings)), ""
    except Exception as error:  # noqa: BLE001  # whatever a claim dies of is a row, and reported
        return None, " ".join(f"{type(error).__name__}: {error}".split())


def checked(finding: Finding) -> Finding:
    """The finding, when every table has columns of one length.

    Raises:
        ValueError: it has not.
    """
    for name, table in finding.tables.items():
        lengths = {column: np.asarray(values).shape for column, values in table.items()}
        if len(set(lengths.values())) != 1 or any(len(shape) != 1 for shape in lengths.values()):
            raise ValueError(f"the columns of table {name} differ in length: {lengths}")
    return finding


def _in_pool(
    claims: Sequence[Claim], settings: Settings, workers: int, advance: Done
) -> dict[str, tuple[Finding | None, str]]:
    """Results by id; a claim whose process died is missing."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    reader, writer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(reader,))
    results: dict[str, tuple[Finding | None, str]] = {}
    try:
        waiting: dict[Future[tuple[Finding | None, str]], str] = {
            pool.submit(attempt, claim, settings): claim.id for claim in claims
        }
        for future in as_completed(waiting):
            results[waiting[future]] = future.result()
            advance(1)
    except BrokenProcessPool:
        pass
    except BaseException:
        writer.close()  # the workers end at once
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        writer.close()
        reader.close()
    return results


def _begin(driver: Connection) -> None:
    """Prepare a worker: leave Ctrl-C to the driver, and end when the driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: Connection) -> None:
    """End this process at once when the driver's end of the pipe closes."""
    wait_for([driver])
    os._exit(1)
