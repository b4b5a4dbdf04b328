"""The price to ADL: its oracle on random books, a worked example, what is shown of it."""

import math

import numpy as np
import pytest

from abm.adl.catalog import design
from abm.adl.disclosure import closeness
from abm.adl.price_to_adl import prices_to_adl
from abm.adl.score import score_candidates
from tests.abm.adl.oracle_books import MARK, as_dicts, random_books
from tests.oracles.new_designs import price_to_adl
from tests.strategies import candidates_of


def prices_of(candidates, side, fund_usd):
    scores = np.empty(candidates.account_id.size, np.float32)
    score_candidates(design("price_to_adl").parameters(), candidates, np.uint64(0), scores)
    price = np.full(scores.size, -1.0)
    prices_to_adl(candidates, scores, side, fund_usd, price)
    return price


@pytest.mark.parametrize("fund_usd", [0.0, 5.0, 300.0, 1e5])
def test_agrees_with_the_oracle(fund_usd):
    found = 0
    for candidates, claim in random_books(1000, "plain", seed=21):
        side = claim.side
        price = prices_of(candidates, side, fund_usd)
        expected = price_to_adl(as_dicts(candidates, claim)[0], side, fund_usd)
        for i, identity in enumerate(candidates.account_id.tolist()):
            if candidates.qty_contracts[i] * side <= 0.0:
                assert price[i] == -1.0
            else:
                ours, theirs = price[i], expected.get(identity, math.nan)
                assert ours == pytest.approx(theirs, rel=1e-9, nan_ok=True)
                found += not math.isnan(ours)
    assert found > 100


def first_price_by_trial(candidates, scores, i, side, fund_usd):
    """The first of many prices outwards from the mark at which ADL would reach account i."""
    qty, equity = candidates.qty_contracts, candidates.equity_usd
    able = candidates.eligible & (equity > 0.0)
    mine = able & (side * qty > 0.0)
    ahead = sum(
        abs(qty[j])
        for j in np.flatnonzero(mine)
        if scores[j] > scores[i] or (scores[j] == scores[i] and j < i)
    )
    for move in np.linspace(0.0, 1.0, 401):
        price = MARK * (1.0 + side * move)
        after = equity + qty * (price - MARK)
        broke = able & (side * qty < 0.0) & (after < 0.0)
        if np.abs(qty[broke]).sum() > ahead + 1e-9 and -after[broke].sum() > fund_usd:
            return price
    return math.nan


@pytest.mark.parametrize("fund_usd", [0.0, 300.0])
def test_no_price_before_it_and_any_price_beyond_it_would_do(fund_usd):
    """Trying prices one by one, without the derivation that kernel and oracle share."""
    found = 0
    for candidates, claim in random_books(150, "plain", seed=22):
        side = claim.side
        scores = np.empty(candidates.account_id.size, np.float32)
        score_candidates(design("price_to_adl").parameters(), candidates, np.uint64(0), scores)
        price = prices_of(candidates, side, fund_usd)
        for i in np.flatnonzero(side * candidates.qty_contracts > 0.0):
            if not candidates.eligible[i]:
                continue
            tried = first_price_by_trial(candidates, scores, i, side, fund_usd)
            step = MARK / 400.0
            if math.isnan(tried):
                far = math.isnan(price[i]) or abs(price[i] - MARK) > MARK - step
                assert far
            else:
                assert abs(price[i] - MARK) <= abs(tried - MARK) + 1e-9
                assert abs(price[i] - MARK) >= abs(tried - MARK) - step - 1e-9
                found += 1
    assert found > 50


def test_worked_example():
    """Longs of 3 and 1 stand against a short of 2 with 40 of equity, bankrupt at 120.

    The first is reached there; the second when 4 contracts are bankrupt, which never happens.
    With a fund of 10 the short must owe 10: 2 (P - 120) = 10 at 125.
    """
    book = candidates_of([3.0, 1.0, -2.0], [50.0, 90.0, 100.0], [100.0, 100.0, 40.0])
    assert prices_of(book, 1, 0.0)[:2].tolist() == pytest.approx([120.0, math.nan], nan_ok=True)
    assert prices_of(book, 1, 10.0)[0] == pytest.approx(125.0)


def test_what_is_shown():
    assert closeness(100.0, 100.0) == 1.0
    assert closeness(120.0, 100.0) == pytest.approx(0.8)
    assert closeness(70.0, 100.0) == pytest.approx(0.7)
    assert closeness(300.0, 100.0) == 0.0
    assert closeness(math.nan, 100.0) == 0.0
