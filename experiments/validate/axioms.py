"""The matrix of rules and axioms, decided anew: `python -m experiments.validate.axioms OUT`.

    OUT/data/axioms.csv           one row per cell: rule, axiom, verdict, what was seen
    OUT/axioms.md                 rules x axioms as a table for readers
    OUT/counterexamples.json      every cell, with the book that refutes it

Same books and seed, same bytes, whatever the number of workers. `--write` also replaces the matrix
that ships with the package, which the tests replay.
"""

import argparse
import collections
import csv
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from abm.adl.axioms import AXIOMS, Cell, decide, rule, rules
from abm.adl.axioms.matrix import FILE, as_text
from experiments.executors.threads import pinned_threads
from experiments.files import written_atomically

BOOKS = 200
"""Random books per cell, for a rule without draws and of usual speed."""

SEED = 20251010

COLUMNS = ("group", "rule", "axiom", "title", "state", "books", "size", "sentence", "reason")
"""Columns of axioms.csv."""

SIGNS = {"holds": "○", "refuted": "×", "not applicable": "–"}
"""Verdicts as the table shows them; ● is one that is proved."""


def cells_of(name: str, books: int, seed: int) -> list[Cell]:
    """All cells of one rule."""
    return [decide(rule(name), demand, books, seed) for demand in AXIOMS]


def matrix(books: int = BOOKS, seed: int = SEED, workers: int = 1) -> list[Cell]:
    """All cells, rule by rule.

    Args:
        books: random books per cell.
        seed: of all random numbers.
        workers: processes.
    """
    names = [each.id for each in rules()]
    if workers <= 1:
        return [cell for name in names for cell in cells_of(name, books, seed)]
    context = multiprocessing.get_context("spawn")
    with pinned_threads(), ProcessPoolExecutor(workers, mp_context=context) as pool:
        count = len(names)
        found = pool.map(cells_of, names, [books] * count, [seed] * count)
        return [cell for cells in found for cell in cells]


def run(out: Path, books: int = BOOKS, seed: int = SEED, workers: int = 1) -> list[Path]:
    """Decide every cell and write the tables.

    Args:
        out: a folder, made if need be.
        books: random books per cell.
        seed: of all random numbers.
        workers: processes.

    Returns:
        The files written.

    Raises:
        DiskError: a file cannot be written.
    """
    return write(matrix(books, seed, workers), out, books, seed)


def write(cells: Sequence[Cell], out: Path, books: int, seed: int) -> list[Path]:
    """Write a matrix: CSV, Markdown and the file of counterexamples."""
    (out / "data").mkdir(parents=True, exist_ok=True)
    files = {
        out / "data" / "axioms.csv": as_csv(cells),
        out / "axioms.md": markdown(cells),
        out / FILE.name: as_text(cells, books, seed),
    }
    for file, text in files.items():
        with written_atomically(file) as stream:
            stream.write(text.encode())
    return list(files)


def summary(file: Path) -> str:
    """One line of a decided matrix, from its JSON file."""
    states = collections.Counter(cell["state"] for cell in json.loads(file.read_text())["cells"])
    parts = [f"{states[state]:,} {state}" for state in SIGNS if states[state]]
    return f"{sum(states.values()):,} cells: {', '.join(parts)}"


def as_csv(cells: Iterable[Cell]) -> str:
    """One row per cell."""
    titles = {demand.id: demand.title for demand in AXIOMS}
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    for cell in cells:
        breach = cell.found.breach if cell.found else None
        size = f"{breach.size:.6g}" if breach else ""
        seen = breach.sentence if breach else ""
        names = (cell.group, cell.rule, cell.axiom, titles[cell.axiom], cell.state)
        table.writerow([*names, cell.books, size, seen, cell.reason])
    return stream.getvalue()


def markdown(cells: Iterable[Cell]) -> str:
    """Rules x axioms, one table per group, and what the signs mean."""
    by_rule: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in cells:
        by_rule.setdefault((cell.group, cell.rule), {})[cell.axiom] = cell
    shown = [demand for demand in AXIOMS if any(demand.id in row for row in by_rule.values())]
    lines = ["# Rules and axioms", ""]
    lines += ["● proved, ○ no counterexample found, × refuted, – not applicable.", ""]
    heading = ["| rule |" + "".join(f" {demand.title} |" for demand in shown)]
    heading.append("|---|" + ":-:|" * len(shown))
    for group in dict.fromkeys(group for group, _ in by_rule):
        lines += [f"## {group.replace('_', ' ')}", "", *heading]
        for (of_group, name), row in by_rule.items():
            if of_group == group:
                signs = (_sign(row.get(demand.id)) for demand in shown)
                lines.append(f"| {name} |" + "".join(f" {sign} |" for sign in signs))
        lines.append("")
    lines += ["## What is demanded", ""]
    lines += [f"- **{demand.title}.** {demand.statement}" for demand in shown]
    return "\n".join(lines) + "\n"


def _sign(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return "●" if cell.state == "holds" and cell.reason else SIGNS[cell.state]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.validate.axioms",
        description="Decide every cell of the matrix of rules and axioms.",
    )
    parser.add_argument("out", type=Path, help="folder for the tables")
    parser.add_argument("--books", type=int, default=BOOKS, help="random books per cell")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--write", action="store_true", help="replace the matrix that ships")
    chosen = parser.parse_args(arguments)
    cells = matrix(chosen.books, SEED, chosen.workers)
    files = write(cells, chosen.out, chosen.books, SEED)
    if chosen.write:
        with written_atomically(FILE) as stream:
            stream.write(as_text(cells, chosen.books, SEED).encode())
        files.append(FILE)
    sys.stdout.writelines(f"{file}\n" for file in files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
