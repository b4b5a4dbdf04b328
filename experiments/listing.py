"""What there is to choose from, as tables that fit into 80 columns."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rich import box
from rich.table import Table

from abm.adl.design import AdlDesign
from abm.adl.mechanisms.catalog import MECHANISMS
from experiments.engine import Design, Engine
from experiments.errors import StudyError, nearest
from experiments.spec import shipped_studies
from experiments.words import family_of, first_and_taken


class Kept(NamedTuple):
    """Which designs a list shows; None for all.

    Attributes:
        status: "checked" or "provisional".
        family: name of a file of the catalog, spaces for underscores.
    """

    status: str | None = None
    family: str | None = None


EVERY = Kept()


def tables(engine: Engine, what: str | None, kept: Kept = EVERY) -> Iterator[Table]:
    """Tables of designs, mechanisms, studies, presets and outcomes.

    Args:
        engine: the simulator.
        what: one of them only, None for all.
        kept: which designs.

    Raises:
        StudyError: no design is of this family or status, or something else than designs is asked
            for by them.
    """
    if kept != EVERY and what != "designs":
        raise StudyError("--status and --family choose designs: write adlab list designs")
    made = {
        "designs": lambda engine: _designs(engine, kept),
        "mechanisms": _mechanisms,
        "studies": _studies,
        "presets": _presets,
        "outcomes": _outcomes,
    }
    for name, table in made.items():
        if what in (None, name):
            yield table(engine)


def _table(title: str, *columns: str) -> Table:
    """An empty table whose cells fold instead of being cut."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _designs(engine: Engine, kept: Kept) -> Table:
    """Designs by family, each family under its name."""
    families = _families(engine, kept)
    count = sum(map(len, families.values()))
    table = Table(
        title=f"designs ({count})",
        caption=None if "" in families else "letters: adlab describe DESIGN",
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=0,
    )
    for column in ("id", "also known as", "status", "takes"):
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "status"))
    for family, designs in families.items():
        if family:
            table.add_section()
            table.add_row(f"-- {family}")
        for design in designs:
            says = first_and_taken(design) if isinstance(design, AdlDesign) else ""
            table.add_row(design.id, ", ".join(design.names), design.status, says)
    return table


def _families(engine: Engine, kept: Kept) -> dict[str, list[Design]]:
    """The designs that are kept, by family in the order of the catalog."""
    found: dict[str, list[Design]] = {}
    for design in engine.designs:
        family = family_of(design) if isinstance(design, AdlDesign) else ""
        found.setdefault(family, []).append(design)
    if kept.family is not None and kept.family.replace("_", " ") not in found:
        raise StudyError(f"no family {kept.family!r}; {nearest(kept.family, found)}")
    if kept.family is not None:
        found = {kept.family.replace("_", " "): found[kept.family.replace("_", " ")]}
    chosen = {
        family: [each for each in designs if kept.status in (None, each.status)]
        for family, designs in found.items()
    }
    if not any(chosen.values()):
        of_family = f" in {kept.family}" if kept.family else ""
        raise StudyError(f"no design{of_family} is {kept.status}: leave out --status")
    return {family: designs for family, designs in chosen.items() if designs}


def _mechanisms(_: Engine) -> Table:
    table = _table("mechanisms of the theory", "id", "name", "formula")
    table.columns[0].no_wrap = True
    for mechanism in MECHANISMS:
        table.add_row(mechanism.id, mechanism.name, mechanism.formula)
    return table


def _studies(_: Engine) -> Table:
    table = _table("studies", "name", "about")
    for name, file in shipped_studies().items():
        table.add_row(name, _about(file))
    return table


def _about(file: Path) -> str:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return " ".join(content["study"].get("description", "").split())


def _presets(engine: Engine) -> Table:
    table = _table("presets", "name", "traders", "ticks", "dt_s")
    for name, scenario in engine.presets.items():
        values = [str(getattr(scenario, field)) for field in ("traders", "ticks", "dt_s")]
        table.add_row(name, *values)
    return table


def _outcomes(engine: Engine) -> Table:
    table = _table("outcomes", "name", "unit", "meaning")
    for measure in engine.outcomes:
        table.add_row(measure.name, measure.unit, measure.meaning)
    return table


def preset_lines(scenario: Any, prefix: str = "") -> Iterator[str]:
    """Every field of a scenario as `path = value`: what a study can override or make a lever."""
    for field in fields(scenario):
        value = getattr(scenario, field.name)
        path = f"{prefix}{field.name}"
        if is_dataclass(value):
            yield from preset_lines(value, f"{path}.")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for i, part in enumerate(value):
                yield from preset_lines(part, f"{path}.{i}.")
        else:
            yield f"{path} = {value!r}"
