"""ADL designs that a user wrote: `design = "my_designs:FairQueue"` in a study file.

The module is looked for in the study's folder first. Its text is part of what the study is, so
the text of every file it is made of (itself and the neighbours it imports, followed by name)
enters the study's hash and is copied beside the results, where `resume` and `replay` find it
again.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.engine import Design
from experiments.errors import StudyError, nearest

_OURS = ("abm", "analysis", "experiments", "tests")


def design_names(overrides: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, design name) of every design that overrides name: fields `design` and `designs`."""
    for path, value in overrides.items():
        field = path.rpartition(".")[2]
        if field == "design" and isinstance(value, str):
            yield path, value
        elif field == "designs" and isinstance(value, list):
            yield from ((path, name) for name in value if isinstance(name, str))


def find_design[D: Design](name: str, shipped: Iterable[D], folder: Path) -> D | Any:
    """A design by name.

    Args:
        name: a shipped id, or `module:Name` of a user's design.
        shipped: the shipped designs.
        folder: where a user's module is looked for first.

    Raises:
        StudyError: unknown id, module that cannot be imported, or name that is not in it.
    """
    if ":" not in name:
        by_id = {design.id: design for design in shipped}
        if name not in by_id:
            raise StudyError(f"unknown design '{name}'; {nearest(name, by_id)}")
        return by_id[name]
    module_name, _, attribute = name.partition(":")
    module = _imported(module_name, folder)
    if not hasattr(module, attribute):
        public = [known for known in vars(module) if not known.startswith("_")]
        where = f"'{module_name}.py'"
        raise StudyError(f"no design '{attribute}' in {where}; {nearest(attribute, public)}")
    found = getattr(module, attribute)
    return found() if callable(found) else found


def design_files(names: Iterable[str], folder: Path) -> tuple[Path, ...]:
    """The files that the users' designs among `names` are made of, sorted.

    Followed are the imports, by name, as long as they lead to files in `folder`; a module that is
    installed elsewhere counts with its own file only.
    """
    modules = [name.partition(":")[0] for name in names if ":" in name]
    installed = {file for name in modules if (file := _installed_file(name, folder))}
    return tuple(sorted(installed | _followed(modules, folder)))


def _followed(modules: list[str], folder: Path) -> set[Path]:
    """Files in `folder` that these modules are made of."""
    waiting, found = list(modules), set[Path]()
    while waiting:
        module = waiting.pop()
        if "." in module:
            waiting.append(module.rpartition(".")[0])
        file = _file_of(module, folder)
        if file is not None and file not in found:
            found.add(file)
            waiting += _imports(file)
    return found


def put_on_path(folder: Path) -> None:
    """Let imports look into `folder` first."""
    text = str(folder)
    if text in sys.path:
        sys.path.remove(text)
    sys.path.insert(0, text)
    importlib.invalidate_caches()


def _imported(module_name: str, folder: Path) -> Any:
    """The user's module as it is on disk now."""
    put_on_path(folder)
    _forget(module_name, folder)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise StudyError(f"'{module_name}.py' imports '{error.name}', not installed") from error
        raise StudyError(
            f"there is no module '{module_name}' for a design; put {module_name}.py into {folder}"
        ) from error
    except SyntaxError as error:
        place = f"{error.filename}:{error.lineno}"
        raise StudyError(f"{place}: the design module does not parse ({error.msg})") from error
    except Exception as error:  # the module is the user's; any failure is theirs
        raise StudyError(
            f"'{module_name}.py' fails on import ({type(error).__name__}: {error})"
        ) from error


def _forget(module_name: str, folder: Path) -> None:
    """Drop what an earlier study loaded by these names: edited since, or of another folder."""
    if _file_of(module_name, folder) is None:
        return
    for file in _followed([module_name], folder):
        name = ".".join(file.relative_to(folder.resolve()).with_suffix("").parts)
        sys.modules.pop(name.removesuffix(".__init__"), None)


def _file_of(module_name: str, folder: Path) -> Path | None:
    """The file of a module in `folder`, None when it lives elsewhere or is ours."""
    if module_name.partition(".")[0] in _OURS:
        return None
    stem = folder.joinpath(*module_name.split("."))
    for file in (stem.with_suffix(".py"), stem / "__init__.py"):
        if file.is_file():
            return file.resolve()
    return None


def _installed_file(module_name: str, folder: Path) -> Path | None:
    """The file of a module that is not in `folder`."""
    if _file_of(module_name, folder) is not None:
        return None
    spec = importlib.util.find_spec(module_name)
    return Path(spec.origin).resolve() if spec is not None and spec.origin else None


def _imports(file: Path) -> list[str]:
    """Names of the modules that a file imports (relative ones by their last part)."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError:
        return []  # the import itself reports it, with its line
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
