"""The matrix of rules and axioms: one cell decided, all of them stored and read back.

    holds            no counterexample in N books; with a reason where it is proved
    refuted          a counterexample, as small as it could be made
    not applicable   the axiom has no meaning for the rule, with the reason

`counterexamples.json` beside this file is the matrix as it ships, one cell per line; it is written
by `python -m experiments.validate.axioms --write` and replayed by the tests.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.adl.axioms.accounting import ACCOUNTING
from abm.adl.axioms.axiom import Axiom, Breach
from abm.adl.axioms.case import case_of
from abm.adl.axioms.invariance import INVARIANCE
from abm.adl.axioms.manipulation import MANIPULATION
from abm.adl.axioms.margin import MARGIN
from abm.adl.axioms.proofs import reason_of
from abm.adl.axioms.rule import Rule
from abm.adl.axioms.search import Counterexample, search
from abm.adl.axioms.sequence import SEQUENCE
from abm.adl.axioms.shape import SHAPE

AXIOMS: tuple[Axiom, ...] = (
    *ACCOUNTING,
    *MARGIN,
    *SHAPE,
    *INVARIANCE,
    *SEQUENCE,
    *MANIPULATION,
)
"""All of them, in the order of the table."""

HOLDS, REFUTED, NOT_APPLICABLE = "holds", "refuted", "not applicable"

FILE = Path(__file__).with_name("counterexamples.json")


@dataclass(frozen=True)
class Cell:
    """The verdict on one rule and one axiom.

    Attributes:
        rule, axiom: their ids.
        group: of the rule.
        state: "holds", "refuted" or "not applicable".
        books: random books that were looked at.
        reason: why it is proved, or why it has no meaning; empty otherwise.
        found: the counterexample of a refuted cell.
    """

    rule: str
    axiom: str
    group: str
    state: str
    books: int
    reason: str = ""
    found: Counterexample | None = None

    def as_json(self) -> dict[str, Any]:
        """As names, numbers and lists."""
        cell: dict[str, Any] = {
            "rule": self.rule,
            "axiom": self.axiom,
            "group": self.group,
            "state": self.state,
            "books": self.books,
        }
        if self.reason:
            cell["reason"] = self.reason
        if self.found is not None:
            cell |= {
                "size": float(f"{self.found.breach.size:.6g}"),
                "sentence": self.found.breach.sentence,
                "attack": dict(self.found.attack),
                "case": self.found.case.as_json(),
            }
        return cell


def axiom(name: str) -> Axiom:
    """The axiom with this id.

    Raises:
        ValueError: there is none.
    """
    found = {each.id: each for each in AXIOMS}
    if name not in found:
        raise ValueError(f"no axiom {name!r}: write one of {', '.join(found)}")
    return found[name]


def decide(rule: Rule, demand: Axiom, books: int, seed: int) -> Cell:
    """Look for a counterexample; all rules meet the same random books.

    Args:
        rule: a design or mechanism.
        demand: the axiom.
        books: random books to look at.
        seed: of the whole matrix.
    """
    why = rule.excluded or rule.not_applicable.get(demand.id, "")
    if why:
        return Cell(rule.id, demand.id, rule.group, NOT_APPLICABLE, 0, why)
    rng = np.random.default_rng([seed, zlib.crc32(demand.id.encode())])
    found, tried = search(rule, demand, books, rng)
    if found is not None:
        return Cell(rule.id, demand.id, rule.group, REFUTED, tried, found=found)
    return Cell(rule.id, demand.id, rule.group, HOLDS, tried, reason_of(rule, demand.id))


def cell_of(stored_cell: Mapping[str, Any]) -> Cell:
    """The cell that `Cell.as_json` wrote."""
    found = None
    if "case" in stored_cell:
        breach = Breach(float(stored_cell["size"]), str(stored_cell["sentence"]))
        found = Counterexample(case_of(stored_cell["case"]), dict(stored_cell["attack"]), breach)
    names = ("rule", "axiom", "group", "state", "books")
    return Cell(
        **{name: stored_cell[name] for name in names},
        reason=stored_cell.get("reason", ""),
        found=found,
    )


def as_text(cells: Iterable[Cell], books: int, seed: int) -> str:
    """The file of counterexamples: strict JSON, one cell per line."""
    lines = ",\n".join(json.dumps(cell.as_json(), allow_nan=False) for cell in cells)
    return f'{{"books": {books}, "seed": {seed}, "cells": [\n{lines}\n]}}\n'


@cache
def stored(file: Path = FILE) -> tuple[Cell, ...]:
    """The matrix as it ships."""
    return tuple(cell_of(cell) for cell in json.loads(file.read_text())["cells"])
