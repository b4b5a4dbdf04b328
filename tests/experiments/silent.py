"""A progress that keeps what it is told."""

from dataclasses import dataclass, field


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
