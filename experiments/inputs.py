"""Files that a scenario reads: recorded prices, a real book of positions.

A study names them relative to itself, to the working folder or to `ADLAB_DATA`; a run gets
absolute paths, and the study's hash takes their bytes in place of their names. `--data` replaces
the files of recorded prices.
"""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments.errors import StudyError

_FILE_FIELD = {"recorded": "files", "real_book": "path"}
"""Field that names the files, by the `kind` of the part of a scenario that reads them."""


def input_files(scenario: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path of the field, its value: one name or a tuple of names) for every file field."""
    if isinstance(scenario, tuple):
        for index, part in enumerate(scenario):
            yield from input_files(part, f"{path}.{index}")
    elif dataclasses.is_dataclass(scenario):
        field_name = _FILE_FIELD.get(str(getattr(scenario, "kind", "")))
        for field in dataclasses.fields(scenario):
            below = f"{path}.{field.name}" if path else field.name
            value = getattr(scenario, field.name)
            if field.name == field_name:
                yield below, value
            else:
                yield from input_files(value, below)


def names_of(value: Any) -> tuple[str, ...]:
    """The file names in a file field."""
    return (value,) if isinstance(value, str) else tuple(value)


def resolved(scenario: Any, study_folder: Path, data: Sequence[Path]) -> dict[str, Any]:
    """Overrides that give every file field absolute paths.

    Args:
        scenario: the scenario as written.
        study_folder: where names are looked for first.
        data: files that replace those of recorded prices; empty for none.

    Raises:
        StudyError: a file is not there.
    """
    overrides: dict[str, Any] = {}
    for path, value in input_files(scenario):
        if isinstance(value, str):
            overrides[path] = str(_found(value, study_folder, ""))
        elif data:
            overrides[path] = [str(_found(str(file), Path.cwd(), "")) for file in data]
        else:
            hint = "; say which file with --data FILE"
            overrides[path] = [str(_found(name, study_folder, hint)) for name in value]
    return overrides


def _found(name: str, study_folder: Path, hint: str) -> Path:
    """The absolute path of a file."""
    folders = [study_folder, Path.cwd()]
    if "ADLAB_DATA" in os.environ:
        folders.append(Path(os.environ["ADLAB_DATA"]))
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).absolute()
    what = "recorded prices of the" if hint else "file of the"
    raise StudyError(f"the {what} scenario, '{name}', is not there{hint}")
