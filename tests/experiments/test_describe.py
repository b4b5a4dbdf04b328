"""`adlab describe`: a page for every design and mechanism, and a sentence for what is neither."""

from dataclasses import replace
from pathlib import Path

import pytest

from abm.adl.axioms import AXIOMS
from abm.adl.catalog import CATALOG, design
from abm.adl.design import SLOTS, AdlDesign
from abm.adl.mechanisms.catalog import MECHANISMS, Mechanism
from experiments.engine import shipped_engine
from experiments.errors import StudyError
from experiments.lookup import page_of
from experiments.words import describe, describe_mechanism
from experiments.words.page import NOT_JUDGED, cells_of


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_a_design_has_a_page(entry: AdlDesign) -> None:
    text = describe(entry)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"{entry.id}: ")
    labels = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    for label in (*SLOTS, "letters", "sources", "note", "axioms", "violated", "worked"):
        assert label in labels, f"{entry.id} says nothing of {label}"
    flat = " ".join(text.split())
    for part in (*entry.unpublished, entry.note, entry.rationale, entry.needs):
        assert " ".join(part.split()) in flat
    for source in entry.sources:
        assert str(source) in flat
    assert ("unpublished" in labels) == (entry.status == "provisional")


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_a_design_is_judged_by_every_axiom(entry: AdlDesign) -> None:
    """A design that the stored matrix lacks, or an axiom that it lacks, is a failure here."""
    cells = cells_of(entry.id)
    assert [cell.axiom for cell in cells] == [axiom.id for axiom in AXIOMS]
    flat = " ".join(describe(entry).split())
    assert NOT_JUDGED not in flat
    for cell, axiom in zip(cells, AXIOMS, strict=True):
        assert axiom.title in flat
        assert cell.found is None or f"{axiom.title}: {cell.found.breach.sentence}" in flat


def test_what_cannot_run_in_ticks_and_what_needs_a_pool_for_it() -> None:
    pool, never = describe(design("gmx_v2")), describe(design("injective"))
    assert "\nin ticks     runs only on a venue with a pool: " in pool
    assert "no ticks" not in pool
    assert "\nno ticks     cannot run in ticks: " in never
    assert "in ticks" not in describe(design("bitmex"))


def test_a_missing_row_of_the_matrix_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.words.page.stored", lambda: ())
    assert NOT_JUDGED in " ".join(describe(design("bitmex")).split())


def test_a_users_design_has_no_axioms_and_no_borrowed_sources() -> None:
    text = describe(replace(design("hyperliquid"), id="mine", names=("my own",)))
    assert text.startswith("mine: my own\na design of your own\n")
    assert "derived from hyperliquid" in text
    assert "gitbook" not in text
    assert "only designs of the catalog have been judged" in text


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.id)
def test_a_mechanism_has_a_page(mechanism: Mechanism) -> None:
    text = describe_mechanism(mechanism)
    assert max(map(len, text.splitlines())) <= 80
    for part in (mechanism.id, mechanism.name, mechanism.formula, mechanism.where):
        assert part in " ".join(text.split())
    assert "Args:" not in text


def test_mechanisms_that_take_are_judged() -> None:
    pages = {mechanism.id: describe_mechanism(mechanism) for mechanism in MECHANISMS}
    assert pages["rap"].count("judged as") == 2  # linear risk, and the tail
    assert "judged as    min_max_lots" in pages["min_max_lots"]
    assert "judged as" not in pages["matched_severity"]


def _page(name: str, folder: Path) -> str:
    return "\n".join(page_of(name, shipped_engine(), folder))


def test_names_lead_to_pages(tmp_path: Path) -> None:
    assert "traders = " in _page("crash", tmp_path)
    for slot in SLOTS:
        assert slot in _page("wealth_pro_rata", tmp_path)
    assert "mechanism of the theory" in _page("theory:wealth_pro_rata", tmp_path)
    assert "mechanism of the theory" in _page("rap", tmp_path)


def test_unknown_names_are_one_sentence_with_the_nearest(tmp_path: Path) -> None:
    for name, near in (("bitmx", "'bitmex'"), ("raps", "'rap'"), ("crsh", "'crash'")):
        with pytest.raises(StudyError, match=f"nothing is called '{name}'; did you mean.*{near}"):
            _page(name, tmp_path)
    with pytest.raises(StudyError, match="adlab list shows what there is"):
        _page("zzzzzz", tmp_path)
    with pytest.raises(StudyError, match="no module 'nowhere'"):
        _page("nowhere:Design", tmp_path)
