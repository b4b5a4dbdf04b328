"""`docs/designs.md` is what the catalog says now."""

import re
from pathlib import Path

import pytest

from abm.adl.catalog import CATALOG
from abm.adl.design import SLOTS
from experiments.words import designs_table
from experiments.words.designs_table import FILE, main, text
from experiments.words.slots import slots_of


def _rows(page: str) -> list[list[str]]:
    """Cells of the rows of all tables."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [re.split(r" (?<!\\)\| ", line.removeprefix("| ").removesuffix(" |")) for line in lines]


def test_the_committed_page_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), (
        "write it: python -m experiments.words.designs_table --write"
    )


def test_one_row_a_design_and_one_cell_a_slot() -> None:
    rows = {
        row[0].split("`")[1]: row[1:]
        for row in _rows(text())
        if len(row) == len(SLOTS) + 1 and "`" in row[0]
    }
    assert sorted(rows) == sorted(design.id for design in CATALOG)
    for design in CATALOG:
        cells = [cell.replace("\\", "") for cell in rows[design.id]]
        assert cells == [told.short for told in slots_of(design).values()]


def test_what_is_unpublished_is_told() -> None:
    below = text().partition("## Provisional designs")[2]
    told = {row[0].strip("`"): row for row in _rows(below)[1:]}
    provisional = [design for design in CATALOG if design.status == "provisional"]
    assert set(told) == {design.id for design in provisional}
    for design in provisional:
        assert all(part in told[design.id][1] for part in design.unpublished)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "designs.md"
    monkeypatch.setattr(designs_table, "FILE", file)
    assert main([]) == 0
    assert capsys.readouterr().out == text()
    assert not file.exists()
    assert main(["--write"]) == 0
    assert file.read_text(encoding="utf-8") == text()
    assert main(["--wirte"]) == 1
    assert "only option" in capsys.readouterr().err
