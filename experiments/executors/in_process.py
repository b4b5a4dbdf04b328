"""Chunks one after another in this process: the plainest way, and the reference for the others."""

from collections.abc import Callable, Sequence

from experiments.job import Receipt
from experiments.tasks import Chunk


def run_in_process(
    chunks: Sequence[Chunk],
    run_chunk: Callable[[Chunk], Receipt],
    on_receipt: Callable[[Receipt], None],
) -> None:
    """Run the chunks in order."""
    for chunk in chunks:
        on_receipt(run_chunk(chunk))
