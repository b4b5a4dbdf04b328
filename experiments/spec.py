"""A study: one TOML file turned into a checked, hashed, immutable value.

Everything that can be wrong is found here, before the first run: keys, types, values that the
scenario refuses, designs that do not exist, files that are missing.

    canonical JSON of (study, resolved scenario, points, contents of user files) -> sha256

The hash does not depend on the order of keys, on comments or on where files lie; it changes with
the text of a user's design module and with the bytes of a recorded price file.
"""

import dataclasses
import hashlib
import importlib.resources
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.designs import design_files, design_names, find_design
from experiments.engine import Engine
from experiments.errors import StudyError, nearest
from experiments.extra_tables import kept_tables
from experiments.files import file_sha
from experiments.inputs import input_files, names_of, resolved
from experiments.overrides import OverrideError, with_overrides
from experiments.sampling import Point, sample
from experiments.study_file import Source, StudyFile, axes_of, read_study_file
from experiments.tasks import Plan, default_runs_per_chunk, levers_of
from experiments.toml_lines import flatten

QUICK_REPLICATES = 2
"""Replicates of a study under `--quick`."""

USER_DESIGNS = "designs"
"""Sub-folder of a results folder with the users' design modules."""

EVERY = "*"
"""In the lever `design`: every shipped design that the scenario does not refuse."""

RESULT_COLUMNS = ("point", "replicate", "task", "status", "error")


@dataclass(frozen=True)
class Options:
    """What the command line may change in a study; part of what the study is.

    Attributes:
        data: recorded price files, one per instrument, for scenarios that replay them.
        quick: few replicates.
    """

    data: tuple[Path, ...] = ()
    quick: bool = False


@dataclass(frozen=True)
class Study:
    """A checked study.

    Attributes:
        name: name in the results folder.
        description: one paragraph for the report.
        preset: name of the preset it starts from.
        outcomes: outcomes to show first; empty for the usual ones.
        plan: what is to be run.
        sha: hash of everything that can change a result, except the simulator.
        text: the file as it was written.
        file: where it was read.
        options: what the command line changed.
        user_files: users' design modules, by name relative to their folder.
        data_files: recorded price files in use.
        left_out: shipped designs that `design = ["*"]` does not hold, with the refusal's reason.
    """

    name: str
    description: str
    preset: str
    outcomes: tuple[str, ...]
    plan: Plan
    sha: str
    text: str
    file: Path
    options: Options
    user_files: Mapping[str, Path]
    data_files: tuple[Path, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def shipped_studies() -> dict[str, Path]:
    """Studies that come with the package, by name."""
    folder = Path(str(importlib.resources.files("experiments") / "studies"))
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def find_study(name: str) -> Path:
    """A study file by path, or a shipped study by name.

    Raises:
        StudyError: neither exists.
    """
    shipped = shipped_studies()
    if Path(name).is_file():
        return Path(name)
    if name in shipped:
        return shipped[name]
    raise StudyError(f"there is no study file or shipped study '{name}'; {nearest(name, shipped)}")


def load_study(file: Path, engine: Engine, options: Options | None = None) -> Study:
    """Read, check and hash a study.

    Args:
        file: the TOML file.
        engine: the simulator it will run on.
        options: changes from the command line.

    Raises:
        StudyError: anything that is wrong with it, with file and line.
    """
    options = options or Options()
    content, source = read_study_file(file)
    content, left_out = _with_every_design(content, source, engine, options)
    table = content.study
    points, uncertain = _points(content, source)
    folder = _module_folder(file)
    designs = _check_designs(content, points, source, engine, folder)
    base = _base_scenario(content, source, engine, options)
    files = _point_files(base, points, source)
    _check_outcomes(content, source, engine)
    replicates = QUICK_REPLICATES if options.quick else table.replicates
    runs = len(points) * replicates
    user_files = {_relative(found, folder): found for found in design_files(designs, folder)}
    plan = Plan(
        study_sha="",
        model_version=engine.version(),
        scenario=base,
        points=points,
        point_files=files,
        levers=(),
        seed=table.seed,
        replicates=replicates,
        series_every_s=table.series_every_s,
        runs_per_chunk=table.runs_per_chunk or default_runs_per_chunk(runs),
        folders=(str(folder),) if user_files else (),
        network_every_s=table.network_every_s,
    )
    levers = levers_of(points, uncertain, _taken_names(plan, engine))
    plan = dataclasses.replace(plan, levers=levers)
    sha = _hash(table.name, table.preset, plan, user_files)
    return Study(
        name=table.name,
        description=table.description,
        preset=table.preset,
        outcomes=tuple(table.outcomes),
        plan=dataclasses.replace(plan, study_sha=sha),
        sha=sha,
        text=source.text,
        file=file.absolute(),
        options=options,
        user_files=user_files,
        data_files=tuple(sorted(set(_files_of(base, *files)))),
        left_out=left_out,
    )


def _taken_names(plan: Plan, engine: Engine) -> frozenset[str]:
    """Names that no lever's column may have: the other columns of the tables it will stand in."""
    measured = (*engine.outcomes, *engine.series)  # of the series also when none is kept
    kept = [column.name for table in kept_tables(plan) for column in table.all_columns(engine)]
    return frozenset([*RESULT_COLUMNS, *(measure.name for measure in measured), *kept])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of every field that holds no other dataclass."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            below = f"{path}.{field.name}" if path else field.name
            yield from _leaves(getattr(value, field.name), below)
    elif isinstance(value, tuple) and any(dataclasses.is_dataclass(part) for part in value):
        for index, part in enumerate(value):
            yield from _leaves(part, f"{path}.{index}")
    else:
        yield path, value


def scenario_values(scenario: Any) -> dict[str, Any]:
    """Every value of a scenario by its dotted path."""
    return dict(_leaves(scenario))


def _files_of(base: Any, *overrides: Point) -> Iterator[Path]:
    """Every file that any point reads."""
    values = [value for _, value in input_files(base)]
    values += [value for point in overrides for value in point.values()]
    for value in values:
        yield from (Path(name) for name in names_of(value))


def _module_folder(file: Path) -> Path:
    """Where the study's own design modules are: beside it, or kept in its results folder."""
    beside = file.absolute().parent
    is_kept = (beside / "run.json").exists() and (beside / USER_DESIGNS).is_dir()
    return (beside / USER_DESIGNS if is_kept else beside).resolve()


def _relative(file: Path, folder: Path) -> str:
    """Name of a module file that does not depend on where the folder is."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def _base_scenario(content: StudyFile, source: Source, engine: Engine, options: Options) -> Any:
    """The preset with the overrides of `[scenario]` and the recorded file."""
    preset = content.study.preset
    if preset not in engine.presets:
        sentence = f"unknown preset '{preset}'; {nearest(preset, engine.presets)}"
        raise source.error("study.preset", sentence)
    try:
        base = with_overrides(engine.presets[preset], dict(flatten(content.scenario)))
    except OverrideError as error:
        raise source.scenario_error(error.path, error.sentence, ["scenario"]) from error
    if options.data and not any(input_files(base)):
        raise source.error("study.preset", "this study replays no recorded prices; omit --data")
    try:
        return with_overrides(base, resolved(base, source.file.absolute().parent, options.data))
    except StudyError as error:
        raise source.error("study.preset", str(error)) from error


def _with_every_design(
    content: StudyFile, source: Source, engine: Engine, options: Options
) -> tuple[StudyFile, dict[str, str]]:
    """The study with `design = ["*"]` written out, and the designs that its scenario refuses."""
    if content.levers.get("design") != [EVERY]:
        return content, {}
    base = _base_scenario(content, source, engine, options)
    refused: dict[str, str] = {}
    for name in engine.design_ids:
        try:
            with_overrides(base, {"design": name})
        except OverrideError as error:
            refused[name] = error.sentence
    runnable = [name for name in engine.design_ids if name not in refused]
    levers = {**content.levers, "design": runnable}
    return content.model_copy(update={"levers": levers}), refused


def _points(content: StudyFile, source: Source) -> tuple[tuple[Point, ...], frozenset[str]]:
    """The points of the study, and which of their paths are uncertainties."""
    kind = content.sampling.kind
    levers = axes_of(content.levers, "levers", source)
    uncertainties = axes_of(content.uncertainties, "uncertainties", source)
    listed = [dict(flatten(point)) for point in content.points]
    if kind == "grid" and listed:
        raise source.error("points.0", 'points need [sampling] kind = "explicit"')
    if kind == "explicit" and (levers or not listed):
        key = "levers" if levers else "sampling.kind"
        raise source.error(key, 'an explicit study lists its [[points]] and has no "levers"')
    for index, point in enumerate(listed):
        if point.keys() != listed[0].keys():
            named = ", ".join(listed[0])
            raise source.error(f"points.{index}", f"every point must set the same paths: {named}")
    scenario = dict(flatten(content.scenario))
    chosen = {**levers, **(listed[0] if listed else {})}
    for section, axes, others in (
        ("levers", chosen, scenario),
        ("uncertainties", uncertainties, {**scenario, **chosen}),
    ):
        for path in axes.keys() & others.keys():
            raise source.error(f"{section}.{path}", f"'{path}' is set twice; keep one")
    return sample(kind, levers, uncertainties, listed), frozenset(uncertainties)


def _check_designs(
    content: StudyFile, points: tuple[Point, ...], source: Source, engine: Engine, folder: Path
) -> frozenset[str]:
    """Find every design that the study names; return the names."""
    known: set[str] = set()
    sections = ["scenario", "levers", "uncertainties"]
    for index, overrides in enumerate((dict(flatten(content.scenario)), *points)):
        for path, name in design_names(overrides):
            if name in known:
                continue
            try:
                find_design(name, engine.designs, folder)
            except StudyError as error:
                where = [*sections, f"points.{index - 1}"]
                raise source.scenario_error(path, str(error), where) from error
            known.add(name)
    return frozenset(known)


def _point_files(base: Any, points: tuple[Point, ...], source: Source) -> tuple[Point, ...]:
    """Build every point's scenario once; return the overrides for files that a point itself names.

    Raises:
        StudyError: a scenario refuses a value, or a file is not there.
    """
    ours = dict(input_files(base))
    found: list[Point] = []
    for index, point in enumerate(points):
        sections = ["levers", "uncertainties", f"points.{index}"]
        try:
            scenario = with_overrides(base, point)
        except OverrideError as error:
            raise source.scenario_error(error.path, error.sentence, sections) from error
        named = {path for path, value in input_files(scenario) if ours.get(path) != value}
        files = resolved(scenario, source.file.absolute().parent, ()) if named else {}
        found.append({path: value for path, value in files.items() if path in named})
    return tuple(found)


def _check_outcomes(content: StudyFile, source: Source, engine: Engine) -> None:
    """Refuse an outcome that no run reports."""
    known = [measure.name for measure in engine.outcomes]
    for name in content.study.outcomes:
        if name not in known:
            sentence = f"unknown outcome '{name}'; {nearest(name, known)}"
            raise source.error("study.outcomes", sentence)


def _hash(name: str, preset: str, plan: Plan, user_files: Mapping[str, Path]) -> str:
    """SHA-256 of the canonical JSON of the study."""
    scenario = scenario_values(plan.scenario)
    for path, value in input_files(plan.scenario):
        scenario[path] = [file_sha(Path(name)) for name in names_of(value)]
    point_files = [
        {path: [file_sha(Path(name)) for name in names_of(value)] for path, value in files.items()}
        for files in plan.point_files
    ]
    canonical = {
        "name": name,
        "preset": preset,
        "seed": plan.seed,
        "replicates": plan.replicates,
        "series_every_s": plan.series_every_s,
        "runs_per_chunk": plan.runs_per_chunk,
        "scenario": scenario,
        "points": plan.points,
        "point_files": point_files,
        "levers": [(lever.path, lever.role) for lever in plan.levers],
        "modules": {module: file_sha(file) for module, file in user_files.items()},
    }
    if plan.network_every_s is not None:  # absent, it leaves the hashes of older studies alone
        canonical["network_every_s"] = plan.network_every_s
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
