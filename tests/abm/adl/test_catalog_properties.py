"""Every catalog design on a thousand random books, all rounds checked in compiled loops.

`adlab bench designs` plays ten thousand. The second half trips every check, so that a green first
half means something.
"""

import dataclasses

import numpy as np
import pytest

from abm.adl import Bankruptcy, Fixed, Queue
from abm.adl.catalog import CATALOG, design
from abm.adl.round import CONTRACTS, USD, Round
from experiments.bench.properties import (
    BOUNDS,
    BUDGET,
    CHECKS,
    ELIGIBILITY,
    LOTS,
    MET,
    check_accounts,
    check_design,
    check_totals,
    random_books,
)
from tests.strategies import candidates_of

BOOKS = random_books(1_000, seed=2)


@pytest.mark.compiled
@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_every_round_keeps_the_books(entry):
    broken = dict(zip(CHECKS, check_design(entry.parameters(), BOOKS).tolist(), strict=True))
    assert broken == dict.fromkeys(CHECKS, 0)


@pytest.mark.compiled
def test_books_are_of_all_kinds():
    candidates = BOOKS.candidates
    for share in (
        np.mean(candidates.qty_contracts == 0.0),
        np.mean(candidates.equity_usd <= 0.0),
        np.mean(~candidates.eligible),
        np.mean(candidates.pnl_usd > 0.0),
        np.mean(BOOKS.lot > 0.0),
        np.mean(BOOKS.side > 0),
    ):
        assert 0.02 < share < 0.98


@pytest.mark.compiled
def test_a_design_that_stops_early_does_not_meet_its_budget():
    hurried = dataclasses.replace(design("bitmex"), allocation=Queue(max_visits=1))
    counts = check_design(hurried.parameters(), BOOKS)
    assert counts[MET] > 100
    assert np.delete(counts, MET).tolist() == [0, 0, 0, 0]
    halved = dataclasses.replace(design("bitmex"), severity=Fixed(0.37))  # lots still whole
    assert check_design(halved.parameters(), BOOKS).tolist() == [0, 0, 0, 0, 0]


TAMPERED = (
    ([1.0, 0.5, 0.0, 0.0], ()),
    ([-0.5, 0.5, 0.0, 0.0], (BOUNDS,)),
    ([2.5, 0.5, 0.0, 0.0], (BOUNDS,)),
    ([0.7, 0.5, 0.0, 0.0], (LOTS,)),
    ([1.0, 0.0, 0.5, 0.0], (ELIGIBILITY,)),  # stands on the bankrupt side
    ([1.0, 0.0, 0.0, 0.5], (ELIGIBILITY,)),  # is excluded
)
assert TAMPERED


@pytest.mark.parametrize(("taken", "expected"), TAMPERED)
def test_what_an_account_is_promised(taken, expected):
    book = candidates_of([-2.0, -1.0, 1.0, -1.0], 120.0, 900.0, eligible=[True, True, True, False])
    claim = Bankruptcy(1, 5.0, 5.0, 101.0, 100.0, 100.0, 0.5)
    done = Round(CONTRACTS, 101.0, 5.0, 1.5, 2)
    broken = np.zeros(5, np.bool_)
    capacity = np.array([2.0, 1.0, 1.0, 1.0])
    parameters = design("bitmex").parameters()
    check_accounts(parameters, book, claim, done, capacity, np.array(taken), broken)
    assert np.flatnonzero(broken).tolist() == sorted(expected)


TOTALS = (
    (Round(USD, np.nan, 3.0, 3.0, 2), 5.0, 0.0, ()),
    (Round(USD, np.nan, 4.0, 3.0, 2), 3.0, 0.0, ()),  # nobody can pay more
    (Round(USD, np.nan, 4.0, 3.0, 2), 5.0, 0.0, (MET,)),
    (Round(USD, np.nan, 3.0, 3.0, 3), 5.0, 0.0, (BUDGET,)),  # miscounted
    (Round(USD, np.nan, 2.0, 3.0, 2), 5.0, 0.0, (BUDGET, MET)),
    (Round(USD, np.nan, 3.0, 2.9, 2), 2.9, 0.0, (BUDGET,)),
    (Round(CONTRACTS, 99.0, 3.4, 3.0, 2), 3.4, 0.5, ()),
    (Round(CONTRACTS, 99.0, 3.6, 3.0, 2), 5.0, 0.5, (MET,)),
)
assert TOTALS


@pytest.mark.parametrize(("done", "payable", "lot", "expected"), TOTALS)
def test_what_a_round_promises(done, payable, lot, expected):
    broken = np.zeros(5, np.bool_)
    check_totals(done, payable, lot, np.array([1.0, 2.0, 0.0]), broken)
    assert np.flatnonzero(broken).tolist() == sorted(expected)
