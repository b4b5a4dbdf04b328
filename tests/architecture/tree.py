"""What the architecture tests look at: the repository's files and their syntax trees.

The files are those git knows or would add; in a copy without git, all but what `.gitignore` names.
"""

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("abm", "experiments", "analysis", "tests")
NOT_OURS = {".git", ".venv", ".uv", "results", "__pycache__", ".pytest_cache", ".mypy_cache"}
NOT_OURS |= {".ruff_cache", ".import_linter_cache", ".hypothesis"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode == 0:
        found = {ROOT / name for name in listing.stdout.split("\0") if name}
    else:
        found = {p for p in ROOT.rglob("*") if not NOT_OURS & set(p.relative_to(ROOT).parts)}
    return tuple(sorted(path for path in found if path.is_file()))


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its content."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def sources(*packages: str) -> list[Path]:
    """The Python files of some packages (default: of all)."""
    wanted = packages or PACKAGES
    return [p for p in files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in wanted]


def name_of(path: Path) -> str:
    """A path as it reads from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of one source."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def words_of_the_code() -> frozenset[str]:
    """Every word that occurs in abm, experiments or analysis, comments included."""
    words: set[str] = set()
    for path in sources("abm", "experiments", "analysis"):
        words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        words.update(path.relative_to(ROOT).with_suffix("").parts)
    return frozenset(words)
