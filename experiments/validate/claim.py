"""A claim of the literature as an experiment: what it says, how it is tested, what was found.

A claim is run with seeds and gives a *finding*: a verdict computed from measurements, each with its
predicted value and a 95 % interval, and tables from which a figure can be drawn.

    holds                    the claim passed as its source states it
    holds with correction    it failed, and the correction that is written beside it passed
    refuted                  it failed, and no correction is offered or that one failed too
    unclear                  an interval is too wide to decide between two of these

A test passed (True), failed (False), or its interval covers both outcomes (None).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

LETTER_STREAMS = 1000
"""Streams of random numbers kept for the claims of one letter."""

type Verdict = Literal["holds", "refuted", "holds with correction", "unclear"]
type Truth = bool | None
type Table = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Settings:
    """How much work to do.

    Attributes:
        full: the sample sizes of the paper instead of the quick ones.
        seed: of all random numbers; a claim draws from its own stream of it.
        data: folder of recorded data; None for the default of `experiments.validate.data`.
    """

    full: bool = False
    seed: int = 20251010
    data: str | None = None

    def pick[T](self, quick: T, full: T) -> T:
        """The quick value or the full one."""
        return full if self.full else quick


@dataclass(frozen=True)
class Measurement:
    """One number of a finding.

    Attributes:
        name: what is measured, a short phrase.
        predicted: by the claim, or by its correction when `name` says so.
        measured: here.
        low: lower end of the 95 % interval; NaN for an exact identity.
        high: upper end.
        unit: "1", "USD", "slope", ...
    """

    name: str
    predicted: float
    measured: float
    low: float = math.nan
    high: float = math.nan
    unit: str = "1"


@dataclass(frozen=True)
class Finding:
    """What an experiment found.

    Attributes:
        verdict: of the claim, by the one rule of `judged`.
        sentence: what was seen, in one sentence for a reader of the table.
        measurements: the numbers behind the verdict.
        tables: columns of equal length by table name, written as CSV and drawn.
    """

    verdict: Verdict
    sentence: str
    measurements: tuple[Measurement, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A checkable result of the literature.

    Attributes:
        id: a letter and a number: "V1" to "V33" (ADL), "C1" on (contagion).
        title: a few words.
        source: paper and place.
        statement: what the source says, with its regime.
        correction: what holds instead, as tested here; empty when the claim is taken as it is.
        run: the experiment; its generator is seeded by the settings and the claim.
    """

    id: str
    title: str
    source: str
    statement: str
    run: Callable[[Settings, np.random.Generator], Finding]
    correction: str = ""

    @property
    def number(self) -> int:
        """33 for "V33"."""
        return int(self.id[1:])

    @property
    def stream(self) -> int:
        """Which stream of random numbers is the claim's: its number, apart for every letter.

        V33 has stream 33; the streams of another letter begin a thousand per letter further on.
        """
        return self.number + LETTER_STREAMS * ((ord("V") - ord(self.id[0])) % 26)


def every(*tests: Truth) -> Truth:
    """Whether all tests passed: one that failed decides, else one that is open leaves it open."""
    if any(test is not None and not test for test in tests):
        return False
    return None if any(test is None for test in tests) else True


def judged(stated: Truth, corrected: Truth = False) -> Verdict:
    """The verdict: of the claim as stated, else of its correction.

    Args:
        stated: whether the claim passed as its source states it.
        corrected: whether its correction passed; False when none is offered.
    """
    if stated:
        return "holds"
    if stated is None or corrected is None:
        return "unclear"
    return "holds with correction" if corrected else "refuted"


def run_claim(claim: Claim, settings: Settings) -> Finding:
    """Run a claim with its own stream of random numbers, whatever ran before it."""
    return claim.run(settings, np.random.default_rng([settings.seed, claim.stream]))
