"""Closing winners against a pool: GMX's oracle on random books, its limits, refused input."""

import numpy as np
import pytest

from abm.adl import Book, deleverage_pool
from abm.adl.catalog import design
from tests.oracles.pools import gmx_v2

GMX = design("gmx_v2")


def random_side(luck: np.random.Generator) -> tuple[Book, float]:
    """Longs and shorts at a mark of 100 with lots of 0.5, and a pool that may be too small."""
    n = int(luck.integers(1, 12))
    qty = luck.integers(-8, 9, n) * 0.5
    book = Book.from_columns(
        {
            "account_id": luck.choice(1000, n, replace=False),
            "instrument": np.full(n, "BTC"),
            "qty_contracts": qty,
            "entry_price": luck.choice([50.0, 80.0, 99.0, 130.0], n),
            "cash_usd": np.full(n, 1e4),
            "mark_price": np.full(n, 100.0),
            "lot_contracts": np.full(n, 0.5),
        }
    )
    profit = book.pnl_usd[book.qty_contracts > 0.0].sum()
    return book, float(max(1.0, profit) * luck.uniform(0.4, 2.0))


def test_agrees_with_the_oracle_in_the_order_of_its_picks():
    """The keeper may pick anybody: the oracle is given all winners, those closed in our order."""
    luck = np.random.default_rng(3)
    closed = 0
    for _ in range(3000):
        book, pool_usd = random_side(luck)
        found = deleverage_pool(book, GMX, "BTC", 1, pool_usd, seed=int(luck.integers(99)))
        longs = np.flatnonzero(book.qty_contracts > 0.0)
        rows = [
            {
                "account_id": int(book.account_id[book.position_account[i]]),
                "qty_contracts": float(book.qty_contracts[i]),
                "pnl_usd": float(book.pnl_usd[i]),
                "eligible": True,
            }
            for i in longs
        ]
        order = found.account_id.tolist()
        expected = gmx_v2(rows, pool_usd, order, lot=0.5)
        assert found.account_id.tolist() == list(expected)
        assert found.contracts.tolist() == pytest.approx(list(expected.values()))
        closed += len(order)
        if found.factor <= 0.85:
            assert order == []
        elif order:
            assert 0.77 - 1e-9 <= found.factor_after < found.factor
            assert (found.paid_usd <= found.profit_usd + 1e-12).all()
    assert closed > 1000


def test_profits_beyond_the_cap_are_paid_in_proportion():
    """Profit 100 on a pool of 80 is a factor of 1.25: a close is paid 0.9 / 1.25 = 72 %."""
    book = Book.from_columns(
        {
            "account_id": [1],
            "instrument": ["BTC"],
            "qty_contracts": [1.0],
            "entry_price": [100.0],
            "cash_usd": [50.0],
            "mark_price": [200.0],
        }
    )
    done = deleverage_pool(book, GMX, "BTC", 1, 80.0)
    assert done.factor == pytest.approx(1.25)
    np.testing.assert_allclose(done.paid_usd, 0.72 * done.profit_usd)
    assert done.factor_after == pytest.approx(0.77)


def test_without_a_pool_nobody_is_closed():
    book, _ = random_side(np.random.default_rng(1))
    done = deleverage_pool(book, GMX, "BTC", 1, 0.0)
    assert done.account_id.size == 0
    assert np.isnan(done.factor)


def test_refused():
    book, pool_usd = random_side(np.random.default_rng(1))
    with pytest.raises(ValueError, match="PoolFactor"):
        deleverage_pool(book, design("bitmex"), "BTC", 1, pool_usd)
    with pytest.raises(ValueError, match="use one of BTC"):
        deleverage_pool(book, GMX, "DOGE", 1, pool_usd)
