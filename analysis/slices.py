"""Which runs a figure looks at: levers it does not show are held at their baseline.

A figure shows at most the design, the disclosure and whether traders react. Every other lever of
the study stays at its first value, and `held` says so in words, so that no figure averages over a
choice. Some levers have a better baseline than their first value: the middle of a list of numbers,
traders who react, and the queue
published, for without it there is nothing to react to.

A lever the study does not have collapses to one value without a name, and with it the facets and
legend entries that would have shown it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.load import Results

DESIGN, DISCLOSURE, REACTING = "design", "disclosure", "reacting"
SHOWABLE = (DESIGN, DISCLOSURE, REACTING)
NOTHING = "none"
"""The disclosure that publishes nothing."""

NO_ADL = ("no_adl", "none", "no_close", "without_adl")
"""Design ids that mean "no auto-deleveraging", the natural control of a contrast."""


@dataclass(frozen=True)
class Slice:
    """Runs (or series rows) of one figure.

    Attributes:
        frame: rows with the columns design, disclosure and reacting always present.
        designs: designs in the study's order.
        disclosures: disclosures shown, in the study's order; (None,) when not a lever or held.
        reactions: values of `reacting` shown, False before True; (None,) likewise.
    """

    frame: pd.DataFrame
    designs: tuple[str, ...]
    disclosures: tuple[object, ...]
    reactions: tuple[object, ...]

    def of(self, design: str, disclosure: object = None, reacting: object = None) -> pd.DataFrame:
        """Rows of one design; None leaves a lever that is not shown alone."""
        frame = self.frame.loc[self.frame[DESIGN] == design]
        for lever, value in ((DISCLOSURE, disclosure), (REACTING, reacting)):
            if value is not None:
                frame = frame.loc[frame[lever] == value]
        return frame


def cut(results: Results, shown: Sequence[str], table: str = "results") -> Slice:
    """Hold every lever but `shown` at its baseline.

    Args:
        results: the study.
        shown: names of the levers a figure separates, among `SHOWABLE`.
        table: "results" or another table of the study.

    Raises:
        ValueError: when the study has no such table.
    """
    frame = results.table(table)
    if frame is None:
        raise ValueError(f"{results.folder.name} has no {table}: record them first.")
    for lever, value in baseline(results).items():
        if lever not in shown:
            frame = frame.loc[frame[lever] == value]
    missing = {name: None for name in SHOWABLE if name not in results.levers}
    frame = frame.assign(**missing)
    if DESIGN in missing:
        frame = frame.assign(**{DESIGN: results.study.name})
    return Slice(
        frame=frame,
        designs=designs(results),
        disclosures=_values(results, DISCLOSURE, shown),
        reactions=tuple(sorted(_values(results, REACTING, shown), key=bool)),
    )


def baseline(results: Results) -> dict[str, object]:
    """The value each lever is held at.

    Reacting traders, a published queue, the middle of three or more numbers, else the first value.
    Where points are listed one by one these may never meet: then it is the first point.
    """
    fixed = {name: _usual(values) for name, values in results.levers.items()}
    if True in results.levers.get(REACTING, ()):
        fixed[REACTING] = True
    published = [value for value in results.levers.get(DISCLOSURE, ()) if value != NOTHING]
    if published:
        fixed[DISCLOSURE] = published[0]
    met = pd.Series(True, index=results.runs.index)
    for lever, value in fixed.items():
        met &= results.runs[lever] == value
    if met.any() or results.runs.empty:
        return fixed
    first = results.runs.iloc[0]
    return {lever: first[lever] for lever in fixed}


def _usual(values: Sequence[object]) -> object:
    """The middle one of three or more numbers, else the first value."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(values) and len(values) > 2:
        return sorted(numbers)[len(numbers) // 2]
    return values[0]


def held(results: Results, shown: Sequence[str]) -> str:
    """The held levers in words, such as "disclosure = none"; empty when nothing is held."""
    return ", ".join(
        f"{lever} = {value_label(value)}"
        for lever, value in baseline(results).items()
        if lever not in shown and len(results.levers[lever]) > 1
    )


def designs(results: Results) -> tuple[str, ...]:
    """Designs of the study in its order; the study's name when design is not a lever."""
    return tuple(str(value) for value in results.levers.get(DESIGN, (results.study.name,)))


def reference_design(results: Results) -> str:
    """The control of the contrasts: a design without ADL if there is one, else the first."""
    names = designs(results)
    return next((name for name in names if name in NO_ADL), names[0])


def highlighted_design(results: Results, shown: Slice) -> str:
    """The first design that is not the control; the only design when there is one."""
    control = reference_design(results)
    return next((design for design in shown.designs if design != control), control)


def value_label(value: object) -> str:
    """A lever's value in a reader's words."""
    words: Mapping[object, str] = {True: "yes", False: "no", "none": "nothing"}
    if isinstance(value, (bool, str)):
        return words.get(value, str(value).replace("_", " "))
    return str(value)


def _values(results: Results, lever: str, shown: Sequence[str]) -> tuple[object, ...]:
    if lever not in results.levers or lever not in shown:
        return (None,)
    return tuple(results.levers[lever])
