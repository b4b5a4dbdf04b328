"""Line numbers of the keys in a TOML file, so that an error can say where it is.

The standard parser forgets lines. A TOML file is a sequence of statements (a table header, or a
key with its value), and a statement is complete as soon as its own text parses: collect lines
until it does, and the keys it defines are on the line where it began.

Tables in an array count from zero: `[[points]]` with `design = "x"` gives `points.0.design`.
"""

import tomllib
from collections.abc import Iterator
from typing import Any


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of every header and key of a valid TOML text, by dotted path."""
    lines: dict[str, int] = {}
    tables_seen: dict[str, int] = {}
    prefix = ""
    for line, statement, content in _statements(text):
        if statement.lstrip().startswith("["):
            prefix = _header_path(content, tables_seen)
            lines.setdefault(prefix, line)
        else:
            for path, _ in flatten(content):
                _note_with_parents(lines, f"{prefix}.{path}" if prefix else path, prefix, line)
    return lines


def flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested tables as (dotted path, value); a list is a leaf."""
    for key, value in table.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            yield from flatten(value, path)
        else:
            yield path, value


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(first line, text, parsed content) of every statement."""
    collected, first = "", 1
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not collected:
            first = number
        collected += line
        try:
            content = tomllib.loads(collected)
        except tomllib.TOMLDecodeError:
            continue
        if content:
            yield first, collected, content
        collected = ""


def _header_path(content: dict[str, Any], tables_seen: dict[str, int]) -> str:
    """Dotted path of a `[header]` or of the next element of a `[[header]]`."""
    parts: list[str] = []
    inner: Any = content
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        parts.append(key)
    path = ".".join(parts)
    if isinstance(inner, list):
        index = tables_seen.get(path, 0)
        tables_seen[path] = index + 1
        return f"{path}.{index}"
    return path


def _note_with_parents(lines: dict[str, int], path: str, prefix: str, line: int) -> None:
    """Note the path and the inline tables above it, down to the header."""
    while len(path) > len(prefix):
        lines.setdefault(path, line)
        path = path.rpartition(".")[0]
