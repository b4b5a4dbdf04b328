"""`adlab list`: what there is, in 80 columns."""

import io

import pytest

from abm.adl.catalog import CATALOG
from abm.adl.mechanisms.catalog import MECHANISMS
from experiments.engine import Engine, shipped_engine
from experiments.errors import StudyError
from experiments.listing import EVERY, Kept, tables
from experiments.progress import console_for
from experiments.words import family_of
from tests.experiments.toy_engine import ENGINE


def _listed(what: str | None, kept: Kept = EVERY, engine: Engine | None = None) -> list[str]:
    stream = io.StringIO()
    console = console_for(stream)
    for made in tables(engine or shipped_engine(), what, kept):
        console.print(made)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in stream.getvalue()
    return lines


def _ids(lines: list[str]) -> list[str]:
    known = {design.id for design in CATALOG}
    return [line.split()[0] for line in lines if line[:1].strip() and line.split()[0] in known]


def _first_words(lines: list[str]) -> set[str]:
    return {line.split("│")[1].strip() for line in lines if line.startswith("│")}


def test_every_design_is_listed_whole() -> None:
    lines = _listed("designs")
    assert sorted(_ids(lines)) == sorted(design.id for design in CATALOG)
    status = {line.split()[0]: line for line in lines if _ids([line])}
    assert all(design.status in status[design.id] for design in CATALOG)
    for name in ("gains", "no_adl"):
        assert "no trader is touched" in status[name]
    families = [line[3:].strip() for line in lines if line.startswith("-- ")]
    assert families == list(dict.fromkeys(map(family_of, CATALOG)))


def test_designs_are_filtered() -> None:
    provisional = {design.id for design in CATALOG if design.status == "provisional"}
    on_chain = {design.id for design in CATALOG if family_of(design) == "on chain"}
    assert set(_ids(_listed("designs", Kept(status="provisional")))) == provisional
    for name in ("on_chain", "on chain"):
        assert set(_ids(_listed("designs", Kept(family=name)))) == on_chain
    both = Kept("provisional", "on_chain")
    assert set(_ids(_listed("designs", both))) == provisional & on_chain != set()


def test_filters_that_match_nothing_are_told() -> None:
    with pytest.raises(StudyError, match="no family 'pool'; did you mean 'pools'"):
        _listed("designs", Kept(family="pool"))
    with pytest.raises(StudyError, match="no design in proposals is provisional"):
        _listed("designs", Kept("provisional", "proposals"))
    for what in (None, "presets"):
        with pytest.raises(StudyError, match="write adlab list designs"):
            _listed(what, Kept(status="checked"))


def test_the_other_lists() -> None:
    assert {mechanism.id for mechanism in MECHANISMS} <= _first_words(_listed("mechanisms"))
    assert any("replay_btc" in line for line in _listed("studies"))
    assert any("crash" in line for line in _listed("presets"))
    assert any("taken_gini" in line for line in _listed("outcomes"))
    everything = "\n".join(_listed(None))
    for title in ("designs (65)", "mechanisms", "studies", "presets", "outcomes"):
        assert title in everything


def test_a_simulator_whose_designs_have_no_slots_is_listed_too() -> None:
    lines = _listed("designs", engine=ENGINE)
    assert any(line.split()[:1] == ["pro_rata"] for line in lines)
    assert not any(line.startswith("--") for line in lines)
