"""Hypothesis strategies for ADL books: candidates of one instrument, bankruptcies, whole books.

Numbers are drawn from coarse grids on purpose: ties, zeros and equal shares then happen often.
"""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from abm.adl import Bankruptcy, Book, Candidates

QUICK = settings(max_examples=25, deadline=None)
"""Settings of the property tests: the first example compiles, so there is no deadline."""

MARK_PRICE = 100.0


def candidates_of(
    qty: Any,
    entry: Any,
    wallet: Any,
    *,
    mark: float = MARK_PRICE,
    previous_mark: float = MARK_PRICE,
    ids: Any = None,
    eligible: Any = None,
    other_pnl: Any = 0.0,
    opening_leverage: float = 10.0,
    maintenance_rate: float = 0.05,
    hedged_share: Any = 0.0,
    snapshot_profit: Any = 0.0,
) -> Candidates:
    """Columns of accounts that hold one instrument (and elsewhere an unrealised `other_pnl`)."""
    qty = np.asarray(qty, np.float64)
    n = qty.size
    entry = np.broadcast_to(np.asarray(entry, np.float64), n).copy()
    wallet = np.broadcast_to(np.asarray(wallet, np.float64), n).copy()
    pnl = qty * (mark - entry)
    account_pnl = pnl + np.broadcast_to(np.asarray(other_pnl, np.float64), n)
    notional = np.abs(qty) * mark
    return Candidates(
        account_id=np.arange(n) if ids is None else np.asarray(ids, np.int64),
        qty_contracts=qty,
        entry_price=entry,
        mark_price=np.full(n, mark),
        previous_mark_price=np.full(n, previous_mark),
        notional_usd=notional,
        pnl_usd=pnl,
        wallet_usd=wallet,
        equity_usd=wallet + account_pnl,
        maintenance_margin_usd=maintenance_rate * notional,
        account_pnl_usd=account_pnl,
        account_notional_usd=notional.copy(),
        opening_leverage=np.full(n, opening_leverage),
        hedged_share=np.broadcast_to(np.asarray(hedged_share, np.float64), n).copy(),
        snapshot_profit_usd=np.broadcast_to(np.asarray(snapshot_profit, np.float64), n).copy(),
        eligible=np.ones(n, np.bool_) if eligible is None else np.asarray(eligible, np.bool_),
    )


@st.composite
def candidates(draw: st.DrawFn, min_size: int = 0, max_size: int = 12) -> Candidates:
    """Accounts in one instrument; some flat, some insolvent, some not eligible."""
    n = draw(st.integers(min_size, max_size))
    ids = sorted(draw(st.sets(st.integers(0, 10**6), min_size=n, max_size=n)))
    row = st.lists
    return candidates_of(
        draw(row(st.integers(-8, 8).map(lambda lots: lots * 0.5), min_size=n, max_size=n)),
        draw(row(st.sampled_from([60.0, 90.0, 100.0, 120.0]), min_size=n, max_size=n)),
        draw(row(st.sampled_from([1.0, 20.0, 50.0, 400.0]), min_size=n, max_size=n)),
        previous_mark=draw(st.sampled_from([95.0, 100.0, 105.0])),
        ids=ids,
        eligible=draw(row(st.sampled_from([True, True, True, False]), min_size=n, max_size=n)),
        other_pnl=draw(row(st.sampled_from([0.0, 0.0, 30.0, -30.0]), min_size=n, max_size=n)),
        hedged_share=draw(row(st.sampled_from([0.0, 0.25, 1.0]), min_size=n, max_size=n)),
        snapshot_profit=draw(
            row(st.sampled_from([-9.0, 0.0, 30.0, 200.0]), min_size=n, max_size=n)
        ),
    )


@st.composite
def bankruptcies(draw: st.DrawFn, *, lots: tuple[float, ...] = (0.0, 0.5)) -> Bankruptcy:
    """A claim of one side at a mark of 100, previous mark 95, 100 or 105."""
    side = draw(st.sampled_from([1, -1]))
    contracts = draw(st.integers(1, 60)) * 0.5
    loss = draw(st.sampled_from([0.25, 1.0, 10.0, 40.0]))
    return Bankruptcy(
        side=side,
        contracts=contracts,
        deficit_usd=contracts * loss,
        bankruptcy_price=MARK_PRICE + side * loss,
        mark_price=MARK_PRICE,
        previous_mark_price=draw(st.sampled_from([95.0, 100.0, 105.0])),
        lot=draw(st.sampled_from(lots)),
    )


@st.composite
def book_columns(draw: st.DrawFn, max_accounts: int = 8) -> dict[str, Any]:
    """Columns of a book with one to three instruments; rows in random order, books may be empty."""
    n = draw(st.integers(0, max_accounts))
    ids = draw(st.lists(st.integers(0, 10**6), min_size=n, max_size=n, unique=True))
    names = ("BTC", "ETH", "SOL")[: draw(st.integers(1, 3))]
    cash = {i: draw(st.sampled_from([-40.0, 1.0, 25.0, 120.0])) for i in ids}
    marks = {name: draw(st.sampled_from([50.0, 100.0, 130.0])) for name in names}
    lot = draw(st.sampled_from([0.0, 0.5]))
    rows = [(i, name) for i in ids for name in names if draw(st.booleans())]
    rows = draw(st.permutations(rows))
    count = len(rows)
    qty = st.integers(-8, 8).map(lambda lots: lots * 0.5)
    entry = st.sampled_from([40.0, 100.0, 140.0])
    return {
        "account_id": np.array([i for i, _ in rows], np.int64),
        "instrument": np.array([name for _, name in rows], dtype="U3"),
        "qty_contracts": np.array(draw(st.lists(qty, min_size=count, max_size=count))),
        "entry_price": np.array(draw(st.lists(entry, min_size=count, max_size=count))),
        "cash_usd": np.array([cash[i] for i, _ in rows]),
        "mark_price": np.array([marks[name] for _, name in rows]),
        "previous_mark_price": np.array([marks[name] * 1.01 for _, name in rows]),
        "maintenance_rate": np.full(count, 0.05),
        "lot_contracts": np.full(count, lot),
        "opening_leverage": np.full(count, 10.0),
        "hedged_share": np.full(count, 0.25),
        "snapshot_profit_usd": np.full(count, 30.0),
    }


@st.composite
def books(draw: st.DrawFn, max_accounts: int = 8) -> Book:
    """A valid book, possibly empty, possibly with bankrupt accounts on both sides."""
    return Book.from_columns(draw(book_columns(max_accounts)))
