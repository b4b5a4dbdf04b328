"""`docs/designs.md`: designs x slots, and what is unpublished, all of it from the catalog.

    python -m experiments.words.designs_table            print it
    python -m experiments.words.designs_table --write    replace docs/designs.md

A test compares the file with this text.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from abm.adl.catalog import CATALOG
from abm.adl.design import AdlDesign
from experiments.words.page import family_of
from experiments.words.slots import slots_of
from experiments.words.told import SYMBOLS

FILE = Path(__file__).parents[2] / "docs" / "designs.md"

_HEAD = """\
# Designs

{count} ADL designs, {checked} checked and {provisional} provisional, by their eight slots. A cell
says in a few words what the value of the slot does. `adlab describe DESIGN` gives the formula of
every slot, the sources, the axioms held and violated and a worked example; `adlab list designs`
gives a list.

This page is written by `python -m experiments.words.designs_table --write`.
"""

_LEGEND = """\
## Legend

- **capacity** is who may be touched, then the most that is taken from one account. Insolvent
  accounts are never touched.
- **score** is who is first: the largest. With a close it ranks the side opposite to the bankrupt
  one. Losers (u < 0) are scored alike unless the cell says otherwise.
- **allocation** is who pays how much: one after the other (queue), or all at once.
- **close price** "none, cash" leaves positions open and takes money.
- **\\*** after an id: provisional, see the last table.
- **-**: not reached, since no trader is ever touched.
"""

_PROVISIONAL = """\
## Provisional designs

A part of these rules is not published, or known second hand. What stands in for it is said in the
note.
"""


def text() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    """The page, block by block."""
    provisional = [design for design in CATALOG if design.status == "provisional"]
    count = len(CATALOG)
    yield _HEAD.format(count=count, checked=count - len(provisional), provisional=len(provisional))
    slots = [slot.replace("_", " ") for slot in slots_of(CATALOG[0])]
    for family, designs in groupby(sorted(CATALOG, key=_place), family_of):
        yield f"## {family[0].upper()}{family[1:]}\n"
        yield from _table(["design", *slots], map(_cells, designs))
    yield _LEGEND
    yield from _table(["letter", "meaning"], SYMBOLS.items())
    yield _PROVISIONAL
    rows = ((f"`{each.id}`", "; ".join(each.unpublished), each.note) for each in provisional)
    yield from _table(["design", "unpublished", "note"], rows)


def _place(design: AdlDesign) -> int:
    """Families in the order in which the catalog first names them."""
    families = list(dict.fromkeys(map(family_of, CATALOG)))
    return families.index(family_of(design))


def _cells(design: AdlDesign) -> list[str]:
    """One row of the table of slots."""
    mark = " \\*" if design.status == "provisional" else ""
    return [f"`{design.id}`{mark}", *(_escaped(told.short) for told in slots_of(design).values())]


def _escaped(cell: str) -> str:
    """A cell in which nothing is markup."""
    return cell.replace("*", "\\*")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of Markdown, and an empty line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '\\|') for cell in row)} |"
    yield ""


def main(words: Sequence[str]) -> int:
    """Print the page, or write it; the exit code."""
    if list(words) not in ([], ["--write"]):
        sys.stderr.write("designs_table: the only option is --write\n")
        return 1
    if words:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
