"""A design or a mechanism on one page of 80 columns: `adlab describe NAME`.

slots with their formulas, letters, sources, what is not published, axioms, a worked example
"""

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator

from abm.adl.axioms import AXIOMS, Cell, stored
from abm.adl.axioms.catalog_rules import group_of
from abm.adl.axioms.matrix import FILE
from abm.adl.catalog import CATALOG, as_users_own
from abm.adl.design import AdlDesign
from abm.adl.mechanisms.catalog import Mechanism
from experiments.words.slots import slots_of
from experiments.words.told import faces_pool, symbols_of
from experiments.words.worked_example import table, work_out

WIDTH = 80

NOT_JUDGED = (
    "not judged yet: the stored matrix has no row for this rule; write it with "
    "python -m experiments.validate.axioms OUT --write"
)
"""Shown of a shipped rule only when the matrix is older than the catalog."""

_LABEL = 13
_THEORY = "theory:"  # before the id of a mechanism in the matrix of axioms
_SECTION = re.compile(r"^(?:Args|Attributes|Returns|Raises|Source):", flags=re.MULTILINE)

_STATUS = {
    "checked": "checked: agrees with an oracle written from the source alone",
    "provisional": "provisional: a part of the rule is not published, see below",
    "user": "a design of your own",
}


def describe(design: AdlDesign) -> str:
    """A design on one page.

    Raises:
        ValueError: a user's score gives NaN.
    """
    own = design if design in CATALOG else as_users_own(design)
    return "\n".join(_design_lines(own))


def describe_mechanism(mechanism: Mechanism) -> str:
    """A mechanism of the theory on one page."""
    return "\n".join(_mechanism_lines(mechanism))


def family_of(design: AdlDesign) -> str:
    """The file of the catalog that holds a design, in words; empty for a user's own."""
    return group_of(design).replace("_", " ") if design in CATALOG else ""


def _row(label: str, text: str) -> Iterator[str]:
    """A label and a text, wrapped."""
    room = WIDTH - _LABEL
    lines = textwrap.wrap(text, room, break_long_words=True, break_on_hyphens=False) or [""]
    for place, line in enumerate(lines):
        yield f"{label if place == 0 else '':<{_LABEL}}{line}".rstrip()


def _rows(label: str, texts: Iterable[str]) -> Iterator[str]:
    """Several texts under one label."""
    for place, text in enumerate(texts):
        yield from _row(label if place == 0 else "", text)


def _design_lines(design: AdlDesign) -> Iterator[str]:
    """All lines of a design's page."""
    yield from textwrap.wrap(f"{design.id}: {', '.join(design.names)}", WIDTH)
    family = family_of(design)
    yield from textwrap.wrap(f"{family}; {_STATUS[design.status]}".removeprefix("; "), WIDTH)
    yield ""
    told = slots_of(design)
    for slot, said in told.items():
        yield from _rows(slot, (line for line in (*said.formula, said.words) if line))
    letters = symbols_of(tuple(line for said in told.values() for line in said.formula))
    yield ""
    yield from _row("letters", "; ".join(f"{name} {text}" for name, text in letters.items()))
    yield ""
    yield from _sources(design)
    for label in ("note", "rationale"):
        yield from _rows(label, [getattr(design, label)] * bool(getattr(design, label)))
    yield from _rows("unpublished", design.unpublished)
    if design.needs and faces_pool(design):
        yield from _row("in ticks", f"runs only on a venue with a pool: {design.needs}")
    elif design.needs:
        yield from _row("no ticks", f"cannot run in ticks: {design.needs}")
    yield ""
    yield from _axioms(design)
    yield ""
    yield "worked example"
    example = work_out(design)
    yield from table(example)
    yield from textwrap.wrap(example.sentence, WIDTH)


def _sources(design: AdlDesign) -> Iterator[str]:
    """Where the rule was read; addresses stay in one piece."""
    yield "sources" if design.sources else "sources      none given"
    for source in design.sources:
        yield from textwrap.wrap(
            str(source),
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _axioms(design: AdlDesign) -> Iterator[str]:
    """Axioms held and violated, from the stored matrix."""
    if design not in CATALOG:
        yield from _row("axioms", "only designs of the catalog have been judged")
        return
    cells = cells_of(design.id)
    if not cells:
        yield from _row("axioms", NOT_JUDGED)
        return
    yield from _verdicts(cells)
    yield from _held_means(cells)


def cells_of(rule: str) -> tuple[Cell, ...]:
    """The row of the stored matrix for one rule, in the order of the axioms."""
    by_axiom = {cell.axiom: cell for cell in _matrix() if cell.rule == rule}
    return tuple(by_axiom[axiom.id] for axiom in AXIOMS if axiom.id in by_axiom)


def _matrix() -> tuple[Cell, ...]:
    """The stored matrix; nothing before it is written for the first time."""
    return stored() if FILE.is_file() else ()


def _verdicts(cells: tuple[Cell, ...]) -> Iterator[str]:
    """Held, violated with the stored counterexample, without meaning."""
    titles = {axiom.id: axiom.title for axiom in AXIOMS}
    held = [
        titles[cell.axiom] + (" (proved)" if cell.reason else "")
        for cell in cells
        if cell.state == "holds"
    ]
    yield from _row("axioms held", "; ".join(held) or "none")
    violated = [
        f"{titles[cell.axiom]}: {cell.found.breach.sentence}"
        for cell in cells
        if cell.found is not None
    ]
    yield from _rows("violated", violated or ["none"])
    without = [
        f"{titles[cell.axiom]}: {cell.reason}" for cell in cells if cell.state == "not applicable"
    ]
    yield from _rows("no meaning", without)


def _held_means(cells: Iterable[Cell]) -> Iterator[str]:
    """What the verdicts above rest on."""
    books = max(cell.books for cell in cells)
    yield from _row(
        "",
        f"Held means: no counterexample in up to {books} random books, or proved. What violates "
        "is the smallest book found.",
    )


def _mechanism_lines(mechanism: Mechanism) -> Iterator[str]:
    """All lines of a mechanism's page."""
    yield f"{mechanism.id}: {mechanism.name}"
    yield "mechanism of the theory: a function of columns, without a venue"
    yield ""
    yield from _row("formula", mechanism.formula)
    yield from _row("source", mechanism.source)
    yield from _row("where", mechanism.where)
    yield ""
    yield from _prose(mechanism)
    variants = _variants(mechanism)
    for variant, cells in variants.items():
        yield from _row("judged as", variant)
        yield from _verdicts(cells)
        yield ""
    if variants:
        yield from _held_means(cell for cells in variants.values() for cell in cells)


def _prose(mechanism: Mechanism) -> Iterator[str]:
    """What the docstring of the function says, before its arguments."""
    module, _, name = mechanism.where.rpartition(".")
    text = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
    for block in _SECTION.split(text)[0].strip().split("\n\n"):
        is_prose = not any(line.startswith(" ") for line in block.splitlines())
        for line in [" ".join(block.split())] if is_prose else block.splitlines():
            indent = "  " + " " * (len(line) - len(line.lstrip()))
            yield from textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent=indent)
        yield ""


def _variants(mechanism: Mechanism) -> dict[str, tuple[Cell, ...]]:
    """Rows of the matrix of axioms that judge a mechanism: by its own id, or with a choice."""
    rules = dict.fromkeys(cell.rule for cell in _matrix() if cell.rule.startswith(_THEORY))
    names = [rule.removeprefix(_THEORY) for rule in rules]
    own = [name for name in names if f"{name}_".startswith(f"{mechanism.id}_")]
    return {name: cells_of(f"{_THEORY}{name}") for name in own}
