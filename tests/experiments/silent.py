"""A progress that keeps what it is told, and the hashes of what a run left."""

from dataclasses import dataclass, field
from pathlib import Path

from experiments.files import file_sha


@dataclass
class Silent:
    """Collects sentences and counts runs."""

    said: list[str] = field(default_factory=list)
    runs: int = 0
    done: int = 0

    def begin(self, runs: int, done: int) -> None:
        self.runs, self.done = runs, done

    def advance(self, runs: int) -> None:
        self.done += runs

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every final table of a results folder by file name."""
    return {file.name: file_sha(file) for file in sorted(folder.glob("*.parquet"))}
