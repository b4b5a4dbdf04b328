"""Random books for comparisons with oracles: one instrument at a mark of 100, lots of 0.5.

Two kinds. "plain": everybody solvent, with cash, in this instrument alone. "rich": some insolvent,
some with profits and notional elsewhere. Ties, flat and ineligible accounts occur in both.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from abm.adl import Bankruptcy, Candidates

MARK = 100.0
LOT = 0.5


def random_books(count: int, kind: str, seed: int) -> Iterator[tuple[Candidates, Bankruptcy]]:
    """`count` books of a kind, each with a claim."""
    luck = np.random.default_rng([seed, len(kind)])
    for _ in range(count):
        yield random_book(luck, kind)


def random_book(luck: np.random.Generator, kind: str) -> tuple[Candidates, Bankruptcy]:
    """One book and one claim of 0.5 to 25 contracts."""
    n = int(luck.integers(1, 15))
    qty = luck.integers(-8, 9, n) * LOT
    eligible = luck.random(n) < 0.9
    entry = luck.choice([40.0, 60.0, 90.0, 99.5, 100.0, 101.0, 120.0, 150.0, 250.0], n)
    wallet = np.maximum(luck.uniform(0.5, 800.0, n), 1.0 - qty * (MARK - entry))
    if luck.random() < 0.25:  # exact ties
        entry[:] = entry[0]
        wallet[:] = wallet.max() * 2.0
        qty[:] = np.sign(qty) * 2.0
    other_pnl, other_notional = np.zeros(n), np.zeros(n)
    if kind == "rich":
        elsewhere = luck.random(n) < 0.3
        other_pnl = np.where(elsewhere, luck.uniform(-200.0, 200.0, n), 0.0)
        other_notional = np.where(elsewhere, luck.uniform(10.0, 900.0, n), 0.0)
        wallet = np.where(luck.random(n) < 0.1, wallet - 1_000.0, wallet)
    previous = float(luck.choice([95.0, 100.0, 104.0]))
    pnl = qty * (MARK - entry)
    notional = np.abs(qty) * MARK
    candidates = Candidates(
        account_id=np.sort(luck.choice(10_000, n, replace=False)),
        qty_contracts=qty,
        entry_price=entry,
        mark_price=np.full(n, MARK),
        previous_mark_price=np.full(n, previous),
        notional_usd=notional,
        pnl_usd=pnl,
        wallet_usd=wallet,
        equity_usd=wallet + pnl + other_pnl,
        maintenance_margin_usd=0.03 * notional + 0.05 * other_notional,
        account_pnl_usd=pnl + other_pnl,
        account_notional_usd=notional + other_notional,
        opening_leverage=luck.choice([2.0, 5.0, 20.0], n),
        hedged_share=luck.choice([0.0, 0.3, 1.0], n),
        snapshot_profit_usd=luck.choice([-50.0, 0.0, 10.0, 300.0], n),
        eligible=eligible,
    )
    side = int(luck.choice([1, -1]))
    contracts = int(luck.integers(1, 51)) * LOT
    loss = float(luck.choice([0.05, 0.5, 3.0, 20.0]))
    price = MARK + side * loss
    return candidates, Bankruptcy(side, contracts, contracts * loss, price, MARK, previous, LOT)


def as_dicts(
    candidates: Candidates, bankruptcy: Bankruptcy
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The same book and claim as the oracles read them; every trader has one account."""
    rows = [
        {name: column[i].item() for name, column in candidates._asdict().items()}
        for i in range(candidates.account_id.size)
    ]
    for row in rows:
        row["trader_id"] = row["account_id"]
    return rows, {**bankruptcy._asdict(), "trader_id": -1}
