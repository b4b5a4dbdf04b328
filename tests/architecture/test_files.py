"""A file fits in the head, a function on a screen, and each says first what it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, name_of, sources, syntax, texts

FILE_LINES = 400
FUNCTION_LINES = 60
HOMELESS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "core",
    "tools",
    "stuff",
}
UNCLEAR = {"df", "upnl", "ltv", "bk", "lev", "cap_eff", "px", "im", "mm"}
"""Names with two meanings in this field, or with none (GLOSSARY.md, column "never")."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(syntax(path)) if isinstance(node, Function))


def test_there_is_something_to_look_at() -> None:
    for package in ("abm", "experiments", "analysis", "tests"):
        assert len(sources(package)) > 3, f"{package} was not found below {ROOT}"


def test_a_file_fits_in_the_head() -> None:
    long = {
        name_of(path): lines
        for path in sources()
        if (lines := path.read_text(encoding="utf-8").count("\n")) > FILE_LINES
    }
    assert not long, f"split these files, {FILE_LINES} lines at most: {long}"


def test_a_function_fits_on_a_screen() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path in sources()
        for node in _functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long, f"split these functions, {FUNCTION_LINES} lines at most: {long}"


def test_every_file_opens_with_its_docstring() -> None:
    silent = [
        name_of(path)
        for path in sources()
        if ast.get_docstring(syntax(path)) is None
        and not (path.name == "__init__.py" and not syntax(path).body and "tests" in path.parts)
    ]
    assert not silent, f"say in the first line what these files are: {silent}"


def test_everything_public_is_documented() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in sources("abm", "experiments", "analysis")
        for node in syntax(path).body
        if isinstance(node, Function | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert not silent, f"document what these do, in which units: {silent}"


def test_every_folder_of_sources_is_a_package() -> None:
    folders = {path.parent for path in sources()}
    bare = [name_of(folder) for folder in folders if not (folder / "__init__.py").is_file()]
    assert not bare, f"the import contracts do not see folders without __init__.py: {sorted(bare)}"


def test_no_file_without_a_home() -> None:
    homeless = [name_of(p) for p in sources() if HOMELESS & {p.stem, *p.relative_to(ROOT).parts}]
    assert not homeless, f"a file without a better name has no home yet: {homeless}"


def test_no_name_with_two_meanings() -> None:
    unclear = {
        f"{name_of(path)}:{node.lineno} {name}"
        for path in sources("abm", "experiments", "analysis")
        for node in ast.walk(syntax(path))
        if (name := getattr(node, "arg", None) or getattr(node, "id", None)) in UNCLEAR
        and isinstance(node, ast.arg | ast.Name)
    }
    assert not unclear, f"use the glossary's word: {sorted(unclear)}"


def test_the_simulator_does_not_print() -> None:
    calls = (
        (path, node.func)
        for path in sources("abm")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call)
    )
    prints = [
        f"{name_of(path)}:{function.lineno}"
        for path, function in calls
        if isinstance(function, ast.Name) and function.id == "print"
    ]
    assert not prints, f"return it or record it: {prints}"


def test_nothing_is_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    left = [name_of(path) for path, text in texts() if any(mark in text for mark in marks)]
    assert not left, f"do it, or open an issue: {left}"
