"""One thread per worker: numerical libraries must not start their own.

Sums of a threaded matrix product depend on the number of threads, and workers that each start as
many threads as there are cores only disturb each other. The variables are read when the libraries
load, so they are set before a worker process starts.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


def pin_threads() -> None:
    """Pin the libraries that this process loads from now on."""
    os.environ.update(ONE_THREAD)


@contextmanager
def pinned_threads() -> Iterator[None]:
    """Pin the processes that are started inside the block."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    pin_threads()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
