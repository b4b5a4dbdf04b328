"""The matrix that ships: counterexamples still refute, and what holds survives new books."""

import json
import zlib

import numpy as np
import pytest

from abm.adl.axioms import AXIOMS, Cell, axiom, case_of, judge, rule, rules, search, stored
from abm.adl.axioms.matrix import HOLDS, NOT_APPLICABLE, REFUTED, as_text, cell_of
from abm.adl.axioms.search import shrink

QUICK_BOOKS = 8
"""New books per cell that holds; the stored verdict comes from many more."""

SEED = 7


def cells_of(name: str) -> list[Cell]:
    return [cell for cell in stored() if cell.rule == name]


def test_every_rule_and_axiom_has_its_cell() -> None:
    wanted = {(each.id, demand.id) for each in rules() for demand in AXIOMS}
    assert {(cell.rule, cell.axiom) for cell in stored()} == wanted, (
        "write the matrix again: python -m experiments.validate.axioms OUT --write"
    )


@pytest.mark.parametrize("name", sorted({cell.rule for cell in stored()}))
def test_counterexamples_still_refute(name: str) -> None:
    lost = [
        cell.axiom
        for cell in cells_of(name)
        if cell.found is not None
        and judge(rule(name), axiom(cell.axiom), cell.found.case, cell.found.attack) is None
    ]
    assert not lost, f"{name} no longer misses {lost}: write the matrix again"


@pytest.mark.parametrize("name", sorted({cell.rule for cell in stored()}))
def test_what_holds_survives_new_books(name: str) -> None:
    for cell in cells_of(name):
        if cell.state == HOLDS:
            words = f"{cell.rule}/{cell.axiom}".encode()
            rng = np.random.default_rng([SEED, zlib.crc32(words)])
            found, _ = search(rule(name), axiom(cell.axiom), QUICK_BOOKS, rng)
            assert found is None, f"{name} misses {cell.axiom}: {found.breach.sentence}"


def test_cells_say_what_they_should() -> None:
    for cell in stored():
        assert (cell.state == REFUTED) == (cell.found is not None)
        assert cell.state != NOT_APPLICABLE or cell.reason
        assert cell.state != HOLDS or cell.books > 0
    assert {cell.state for cell in stored()} == {HOLDS, REFUTED, NOT_APPLICABLE}


def test_counterexamples_are_small() -> None:
    sizes = [len(cell.found.case.accounts) for cell in stored() if cell.found]
    assert np.median(sizes) <= 3
    assert max(sizes) <= 9


def test_a_cell_survives_the_file() -> None:
    cells = stored()[:60]
    again = [cell_of(each) for each in json.loads(as_text(cells, 1, 2))["cells"]]
    assert [cell.as_json() for cell in again] == [cell.as_json() for cell in cells]


def test_a_case_survives_the_file() -> None:
    case = axiom("anonymous").random_case(np.random.default_rng(4), rule("bitmex"))
    assert case_of(json.loads(json.dumps(case.as_json()))) == case


def test_shrinking_keeps_the_failure_and_does_not_grow() -> None:
    demand, queue = axiom("rank_preserving"), rule("bitmex")
    rng = np.random.default_rng(11)
    found, _ = search(queue, demand, 100, rng)
    assert found is not None
    again = shrink(queue, demand, found)
    assert again == found, "a shrunk counterexample is as small as it gets"
    assert judge(queue, demand, found.case, found.attack) is not None
    assert len(found.case.accounts) <= 3
