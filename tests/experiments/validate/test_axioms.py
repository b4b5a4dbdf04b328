"""The tables of the matrix: same books, same bytes, and a reader can tell the verdicts apart."""

import csv
from pathlib import Path

import pandas as pd

from abm.adl.axioms import AXIOMS, stored
from abm.adl.axioms.matrix import FILE, as_text
from analysis.validation import axioms as figure
from experiments.validate import axioms

BOOKS = 4
SEED = 3


def test_a_rule_is_decided_alike_every_time() -> None:
    first = axioms.cells_of("wealth_pro_rata", BOOKS, SEED)
    again = axioms.cells_of("wealth_pro_rata", BOOKS, SEED)
    assert as_text(first, BOOKS, SEED) == as_text(again, BOOKS, SEED)
    assert [cell.axiom for cell in first] == [demand.id for demand in AXIOMS]
    assert {cell.state for cell in first} == {"holds", "refuted"}


def test_files_hold_every_cell(tmp_path: Path) -> None:
    cells = [cell for cell in stored() if cell.rule in ("bitmex", "theory:lottery", "no_adl")]
    written = axioms.write(cells, tmp_path, BOOKS, SEED)
    assert {file.name for file in written} == {"axioms.csv", "axioms.md", FILE.name}
    rows = list(csv.DictReader((tmp_path / "data" / "axioms.csv").read_text().splitlines()))
    assert len(rows) == len(cells) == 3 * len(AXIOMS)
    for row, cell in zip(rows, cells, strict=True):
        assert (row["rule"], row["axiom"], row["state"]) == (cell.rule, cell.axiom, cell.state)
        assert bool(row["sentence"]) == (cell.state == "refuted")


def test_the_table_shows_each_verdict_by_its_sign() -> None:
    cells = [cell for cell in stored() if cell.rule in ("bitmex", "theory:lottery")]
    text = axioms.markdown(cells)
    (line,) = (line for line in text.splitlines() if line.startswith("| bitmex |"))
    signs = [sign.strip() for sign in line.split("|")[2:-1]]
    of_bitmex = [cell for cell in cells if cell.rule == "bitmex"]
    for sign, cell in zip(signs, of_bitmex, strict=True):
        assert (sign == "×") == (cell.state == "refuted"), cell.axiom
        assert (sign == "●") == (cell.state == "holds" and bool(cell.reason)), cell.axiom
    assert "–" in text.split("theory:lottery")[1]


def test_the_figure_draws_the_whole_matrix(tmp_path: Path) -> None:
    axioms.write(stored(), tmp_path, BOOKS, SEED)
    (drawn,) = figure.FIGURES
    made = drawn.draw_from(tmp_path / "data")
    shown = sum(len(line.get_xdata()) for axes in made.axes for line in axes.lines)
    assert shown == len(stored())
    assert made.get_size_inches()[1] <= 9.7


def test_rows_stand_under_their_group() -> None:
    cells = pd.DataFrame(
        {"group": ["mechanisms", "queues", "queues"], "rule": ["theory:queue", "bitmex", "okx"]}
    )
    labels = [row.label for row in figure.rows_of(cells)]
    assert labels == ["Venues: queues", "BitMEX", "OKX", "Theory, as functions", "queue"]
    assert [len(half) for half in figure.halves(figure.rows_of(cells))] == [3, 2]
