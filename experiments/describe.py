"""What the columns of a results folder mean, and what model made them.

    data_dictionary.csv   table, name, unit, meaning of every column
    odd.md                the model in the seven parts of ODD, with this study's values

Source: Grimm et al., "The ODD Protocol for Describing Agent-Based and Other Simulation Models: A
Second Update", JASSS 23(2) 7, 2020.
"""

import csv
import importlib.resources
import io
from collections.abc import Iterator
from pathlib import Path
from string import Template

from experiments.engine import Engine
from experiments.extra_tables import kept_tables
from experiments.files import written_atomically
from experiments.spec import Study, scenario_values

_IDENTITY = (
    ("point", "1", "number of the point: one combination of lever values"),
    ("replicate", "1", "number of the replicate; equal numbers meet the same shocks"),
)

_UNITS_BY_ENDING = {
    "_usd": "USD",
    "_s": "s",
    "_contracts": "contracts",
    "_bps": "bp",
    "_ticks": "ticks",
    "_hours": "h",
    "_days": "d",
}


def write_descriptions(folder: Path, study: Study, engine: Engine) -> None:
    """Write `data_dictionary.csv` and `odd.md` into a results folder."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", "name", "unit", "meaning"))
    writer.writerows(dictionary_rows(study, engine))
    for name, content in (
        ("data_dictionary.csv", text.getvalue()),
        ("odd.md", odd(study)),
    ):
        with written_atomically(folder / name) as stream:
            stream.write(content.encode())


def dictionary_rows(study: Study, engine: Engine) -> Iterator[tuple[str, str, str, str]]:
    """(table, name, unit, meaning) of every column of every table that is kept."""
    levers = [
        (lever.column, unit_of(lever.column), f"{lever.role}: scenario field {lever.path}")
        for lever in study.plan.levers
    ]
    outcomes = [(measure.name, measure.unit, measure.meaning) for measure in engine.outcomes]
    results = [
        *_IDENTITY,
        ("task", "", "id of the run, as `adlab replay` takes it"),
        *levers,
        ("status", "", "ok, or error when the run did not come to its end"),
        ("error", "", "why the run did not come to its end"),
        *outcomes,
    ]
    for name, unit, meaning in results:
        yield "results", name, unit, meaning
    for table in kept_tables(study.plan):
        columns = [(each.name, each.unit, each.meaning) for each in table.all_columns(engine)]
        for name, unit, meaning in [*_IDENTITY, *levers, *columns]:
            yield table.name, name, unit, meaning


def unit_of(column: str) -> str:
    """Unit of a scenario field, which its name ends in."""
    return next((unit for end, unit in _UNITS_BY_ENDING.items() if column.endswith(end)), "")


def odd(study: Study) -> str:
    """The ODD description with the values of this study."""
    template = importlib.resources.files("experiments").joinpath("odd_template.md")
    plan = study.plan
    values = scenario_values(plan.scenario)
    levers = [
        f"| `{lever.path}` | {lever.role} | {_listed([p[lever.path] for p in plan.points])} |"
        for lever in plan.levers
    ]
    scenario = [f"| `{path}` | {_short(value)} |" for path, value in values.items()]
    return Template(template.read_text(encoding="utf-8")).substitute(
        study=study.name,
        description=" ".join(study.description.split()),
        preset=study.preset,
        seed=plan.seed,
        replicates=plan.replicates,
        points=len(plan.points),
        runs=plan.runs,
        traders=_short(values.get("traders", "see below")),
        ticks=_short(values.get("ticks", "see below")),
        dt_s=_short(values.get("dt_s", "see below")),
        levers="\n".join(["| field | role | values |", "|---|---|---|", *levers]),
        scenario="\n".join(["| field | value |", "|---|---|", *scenario]),
    )


def _listed(values: list[object]) -> str:
    """The different values of a lever, in order."""
    different: list[object] = []
    for value in values:
        if value not in different:
            different.append(value)
    shown = ", ".join(f"`{value}`" for value in different[:20])
    return shown if len(different) <= 20 else f"{shown}, ... ({len(different)} values)"


def _short(value: object) -> str:
    """A value in a table cell."""
    text = str(value).replace("|", "\\|")
    return text if len(text) <= 200 else f"{text[:197]}..."
