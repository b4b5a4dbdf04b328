"""What a sweep needs from the simulator, as one value.

Everything in `experiments` receives an `Engine` instead of importing the simulator: workers of any
kind get it with their job, tests hand in a toy. Its members are plain functions of importable
modules, so it can be sent to another process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from abm.units import Floats


class Measure(Protocol):
    """A column of a result: name, unit, meaning in one sentence."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...


class Design(Protocol):
    """A shipped ADL design, as far as a list of them needs to know it."""

    @property
    def id(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...


class RunRecord(Protocol):
    """What one run gives back.

    Attributes:
        outcomes: one number per outcome, NaN when unknown.
        series: columns `[n]`, the first is `time_s`; empty unless asked for.
        venues: columns `[n]`, the first is `venue`, a word; empty unless asked for.
        links: columns `[n]`: `time_s`, `source`, `target`, `layer`, `usd`; empty likewise.
        events: columns of the event log, None unless asked for.
        notes: what a reader should know of how the run went, mostly nothing.
    """

    @property
    def outcomes(self) -> Mapping[str, float]: ...
    @property
    def series(self) -> Mapping[str, Floats]: ...
    @property
    def venues(self) -> Mapping[str, Any]: ...
    @property
    def links(self) -> Mapping[str, Any]: ...
    @property
    def events(self) -> Mapping[str, Any] | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Engine:
    """The simulator behind a study.

    Attributes:
        presets: named scenarios, each a frozen dataclass tree of JSON-able fields.
        simulate: `(scenario, seed, replicate, *, series_every_s, network_every_s, events) ->
            RunRecord`; an interval that is None records nothing.
        warm_up: `(scenario) -> None`, compiles once per machine.
        outcomes: the outcome columns in order.
        series: the series columns in order, the first is `time_s`.
        venues: the columns of the venues table after `venue`.
        designs: the shipped ADL designs.
        describe: a design, shipped or a user's, as text.
        version: version of the sources in the process that calls it; changes whenever they do.
    """

    presets: Mapping[str, Any]
    simulate: Callable[..., RunRecord]
    warm_up: Callable[[Any], None]
    outcomes: tuple[Measure, ...]
    series: tuple[Measure, ...]
    venues: tuple[Measure, ...]
    designs: tuple[Design, ...]
    describe: Callable[[Any], str]
    version: Callable[[], str]

    @property
    def design_ids(self) -> tuple[str, ...]:
        """Ids of the shipped designs."""
        return tuple(design.id for design in self.designs)


def _page(design: Any) -> str:
    """A design in words; what it needs is loaded when it is asked for."""
    from experiments.words import describe

    return describe(design)


def shipped_engine() -> Engine:
    """The engine of `abm`; imported here so that `adlab --help` does not load the compiler."""
    from abm.adl.catalog import CATALOG
    from abm.engine.network import VENUES
    from abm.engine.outcomes import DICTIONARY
    from abm.engine.presets import PRESETS
    from abm.engine.record import SERIES
    from abm.engine.run import simulate, warm_up
    from abm.kernel import sources_hash

    return Engine(
        presets=PRESETS,
        simulate=simulate,
        warm_up=warm_up,
        outcomes=DICTIONARY,
        series=SERIES,
        venues=VENUES,
        designs=CATALOG,
        describe=_page,
        version=sources_hash,
    )
