"""The form of a study file, and where in the file an error is.

    [study]          name, description, seed, replicates, preset, outcomes,
                     series_every_s, network_every_s
    [scenario]       overrides of the preset, by dotted field path
    [levers]         field path = [values]: what a venue can choose
    [uncertainties]  field path = [values]: what nobody can choose
    [sampling]       kind = "grid" or "explicit"
    [[points]]       the points of an explicit study

A path with `*` must be quoted: `"venues.*.fee_rate" = 0.0`. Unknown keys are errors.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)

from experiments.errors import StudyError, nearest
from experiments.toml_lines import flatten, key_lines


class _Table(BaseModel):
    """A table of the file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StudyTable(_Table):
    """The table `[study]`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
    description: str = ""
    seed: NonNegativeInt
    replicates: PositiveInt
    preset: str
    series_every_s: PositiveFloat | None = None
    network_every_s: PositiveFloat | None = None
    runs_per_chunk: PositiveInt | None = None
    outcomes: list[str] = []


class SamplingTable(_Table):
    """The table `[sampling]`."""

    kind: Literal["grid", "explicit"] = "grid"


class StudyFile(_Table):
    """The whole file."""

    study: StudyTable
    scenario: dict[str, Any] = {}
    levers: dict[str, Any] = {}
    uncertainties: dict[str, Any] = {}
    sampling: SamplingTable = SamplingTable()
    points: list[dict[str, Any]] = []


_KNOWN_KEYS = {
    (): tuple(StudyFile.model_fields),
    ("study",): tuple(StudyTable.model_fields),
    ("sampling",): tuple(SamplingTable.model_fields),
}


@dataclass(frozen=True)
class Source:
    """A study's text and the line of each of its keys."""

    file: Path
    text: str
    lines: dict[str, int]

    def error(self, key: str, sentence: str) -> StudyError:
        """An error about a key of the file, or about the nearest table above it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return StudyError(f"{self.file}:{self.lines.get(key, 1)}: {sentence}")

    def scenario_error(self, path: str, sentence: str, sections: list[str]) -> StudyError:
        """An error about a scenario path that one of the file's sections set."""
        best, best_fit = "", 0
        for key in self.lines:
            for section in sections:
                set_path = key.removeprefix(f"{section}.")
                fit = _fit(set_path, path, sentence) if set_path != key else 0
                if fit > best_fit:
                    best, best_fit = key, fit
        where = "" if sentence.startswith("unknown") or not path else f"{path} "
        return self.error(best, f"{where}{sentence}")


def _fit(set_path: str, path: str, sentence: str) -> int:
    """How well a key explains an error at `path`: it set it, is named, or lies inside; else 0."""
    if _covers(set_path, path):
        return 3
    if not _covers(path, set_path):
        return 0
    return 2 if set_path.rpartition(".")[2] in re.findall(r"\w+", sentence) else 1


def _covers(above: str, below: str) -> bool:
    """Is `below` the path `above` or inside it (`*` is any element)?"""
    parts, inner = above.split(".") if above else [], below.split(".")
    return len(parts) <= len(inner) and all(
        a == b or "*" in (a, b) for a, b in zip(parts, inner, strict=False)
    )


def read_study_file(file: Path) -> tuple[StudyFile, Source]:
    """Read and check the form of a study file.

    Raises:
        StudyError: not readable, not TOML, unknown key, or value of the wrong type.
    """
    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except FileNotFoundError as error:
        raise StudyError(f"there is no study file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{file} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = line[1] if line else str(len(text.splitlines()))
        raise StudyError(f"{file}:{at}: not valid TOML: {error}") from error
    source = Source(file, text, key_lines(text))
    try:
        return StudyFile.model_validate(content), source
    except ValidationError as error:
        raise _first_error(error, source) from error


def _first_error(error: ValidationError, source: Source) -> StudyError:
    """The first complaint about the form, as a sentence with its line."""
    complaints = error.errors()
    unknown = [complaint for complaint in complaints if complaint["type"] == "extra_forbidden"]
    first = (unknown or complaints)[0]  # a misspelt key also makes the right one missing
    place = tuple(str(part) for part in first["loc"])
    key, parents = place[-1], place[:-1]
    table = f"[{'.'.join(parents)}]" if parents else "the file"
    if first["type"] == "extra_forbidden":
        known = _KNOWN_KEYS.get(parents, ())
        sentence = f"unknown key '{key}' in {table}; {nearest(key, known)}"
    elif first["type"] == "missing":
        sentence = f"{table} needs the key '{key}'"
    else:
        asked = first["msg"].replace("Input should", "should").replace("String should", "should")
        sentence = f"'{key}' {asked}, not {first['input']!r}"
    return source.error(".".join(place), sentence)


def axes_of(table: dict[str, Any], section: str, source: Source) -> dict[str, list[Any]]:
    """Path -> values of `[levers]` or `[uncertainties]`.

    Raises:
        StudyError: a path without a list, an empty list, or a value listed twice.
    """
    axes: dict[str, list[Any]] = {}
    for path, values in flatten(table):
        key = f"{section}.{path}"
        if not isinstance(values, list) or not values:
            raise source.error(key, f"'{path}' needs a list of values, e.g. [1, 2]")
        if any(value in values[:index] for index, value in enumerate(values)):
            raise source.error(key, f"'{path}' lists a value twice")
        axes[path] = values
    return axes
