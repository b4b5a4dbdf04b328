"""What there is to choose from, as tables."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from experiments.engine import Engine
from experiments.spec import shipped_studies


def tables(engine: Engine, what: str | None) -> Iterator[Table]:
    """Tables of designs, studies, presets and outcomes.

    Args:
        engine: the simulator.
        what: one of them only, None for all.
    """
    made = {"designs": _designs, "studies": _studies, "presets": _presets, "outcomes": _outcomes}
    for name, table in made.items():
        if what in (None, name):
            yield table(engine)


def _table(title: str, *columns: str) -> Table:
    """An empty table whose cells fold instead of being cut."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _designs(engine: Engine) -> Table:
    table = _table("designs", "id", "also known as", "status")
    for design in engine.designs:
        table.add_row(design.id, ", ".join(design.names), design.status)
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
