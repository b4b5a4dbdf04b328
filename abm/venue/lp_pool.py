"""A liquidity pool as the counterparty of every trade, in place of market makers.

    price            the venue's index e^(± spread), against the net flow of each book
    pool             M = its equity + what the traders' open profits and losses sum up to
    open interest    of a side at most `open_interest_limit` M; of both, reserved part at most M
    paid of a close  min(1, cap M / side's profit) of its profit, cap the design's (GMX: 90 %)
    withdrawals      such that side's profit <= withdrawals_below M, and the reserve stays

A bankrupt account's positions are the pool's at once: what they cost beyond the insurance fund
and others' help is the pool's bad debt. Marks are the index: no impact, no premium, hence no
funding (borrowing and imbalance fees are left out). Whom the design closes when a side's profit is
too large for the pool is `abm.engine.pool_adl`'s. Both sides and all instruments stand before one
pool, profits summed by side (GMX: a market per instrument, and in it one token for each side).
A pool that is owed less than it owes goes on paying: its equity below zero is the shortfall.

Sources: gmx-io/gmx-synthetics@a5c0c883 `MarketUtils.sol`, `config/markets.ts` (pool value, 90 %
and 70 %; the open-interest limit differs by market and is this model's number); Jupiter docs, "JLP
pool" (USD are reserved for traders' profits; whether a payout has a cap is not published, and none
is modelled), as of 2025-10.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.market import tape as events
from abm.market.columns import Accounts, Venues
from abm.market.tape import Tape, log
from abm.market.trades import charge, put_in
from abm.units import Floats


@dataclass(frozen=True)
class PoolTerms:
    """A venue's liquidity pool.

    Attributes:
        usd_per_open_interest: the pool's equity at the start.
        spread: log distance of the fill from the index, against the net flow.
        open_interest_limit: largest open interest of a side, as a multiple of the pool.
        reserved: part of every position's size set aside in the pool for its profit (0 = none, as
            at GMX; 1 = all of it, as at Jupiter); the pool opens and pays out no more than is free.
        withdrawals_below: a withdrawal may not lift a side's profit above this share of the pool.
    """

    usd_per_open_interest: float = 2.0
    spread: float = 0.0005
    open_interest_limit: float = 0.9
    reserved: float = 0.0
    withdrawals_below: float = 0.70

    def __post_init__(self) -> None:
        for name in ("usd_per_open_interest", "open_interest_limit"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")
        if not self.withdrawals_below > 0.0:
            raise ValueError("withdrawals_below must be above 0; inf never blocks a withdrawal.")
        if not 0.0 <= self.spread < 0.5:
            raise ValueError(f"spread is {self.spread}: give a log distance from 0 to 0.5.")
        if not 0.0 <= self.reserved <= 1.0:
            raise ValueError(f"reserved is {self.reserved}: a share lies between 0 and 1.")


class PoolRules(NamedTuple):
    """The pool terms of all venues as columns."""

    is_on: Floats  # [V] 1 = the venue has a pool
    spread: Floats  # [V]
    open_interest_limit: Floats  # [V]
    reserved: Floats  # [V]
    withdrawals_below: Floats  # [V]


def pool_rules(terms: tuple[PoolTerms | None, ...]) -> PoolRules:
    """Columns of several venues' pool terms."""
    known = [term or PoolTerms() for term in terms]
    return PoolRules(
        is_on=np.array([float(term is not None) for term in terms]),
        spread=np.array([term.spread for term in known]),
        open_interest_limit=np.array([term.open_interest_limit for term in known]),
        reserved=np.array([term.reserved for term in known]),
        withdrawals_below=np.array([term.withdrawals_below for term in known]),
    )


@kernel
def pool_price(index_price: float, spread: float, net_contracts: float) -> float:
    """Fill of a book whose net flow is `net_contracts` [USD]: dearer to buy, cheaper to sell."""
    if net_contracts == 0.0:
        return index_price
    return index_price * math.exp(spread if net_contracts > 0.0 else -spread)


@kernel
def payout_share(side_usd: float, pool_usd: float, cap: float) -> float:
    """Share of a closing profit that is paid; `cap` in units of the pool, inf = always all."""
    if math.isinf(cap) or side_usd <= 0.0:
        return 1.0
    if pool_usd <= 0.0:
        return 0.0
    factor = side_usd / pool_usd
    return 1.0 if factor <= cap else cap / factor


@kernel
def closing_profit(qty_contracts: float, entry_price: float, traded: float, price: float) -> float:
    """Profit that a trade realises, 0 for a loss or when it opens [USD]."""
    if qty_contracts * traded >= 0.0:
        return 0.0
    closed = min(abs(traded), abs(qty_contracts))
    side = 1.0 if qty_contracts > 0.0 else -1.0
    return max(0.0, closed * side * (price - entry_price))


@kernel
def opening_part(qty_contracts: float, order: float) -> float:
    """Contracts of an order that open or add, >= 0; the rest closes."""
    if qty_contracts * order >= 0.0:
        return abs(order)
    return max(0.0, abs(order) - abs(qty_contracts))


@kernel
def opening_share(wanted_usd: float, room_usd: float) -> float:
    """Share of the opening orders that a limit lets through."""
    if wanted_usd <= 0.0:
        return 1.0
    return min(1.0, max(0.0, room_usd) / wanted_usd)


@kernel
def free_pool_usd(
    equity_usd: float, pool_usd: float, larger_side_usd: float, reserve_usd: float, below: float
) -> float:
    """What the pool may pay out to its owners [USD].

    Args:
        equity_usd: of the pool.
        pool_usd: M, the pool before the traders' open profits.
        larger_side_usd: profit of the side that has more.
        reserve_usd: set aside for open positions.
        below: largest profit / pool that a withdrawal may leave.
    """
    blocked = max(0.0, larger_side_usd) / below
    return max(0.0, min(equity_usd, pool_usd - max(blocked, reserve_usd)))


@kernel
def cut_payout(
    accounts: Accounts, venues: Venues, tape: Tape, row: int, k: int, fill: tuple[float, float]
) -> float:
    """Before `fill = (traded, price)`: what of its profit the pool keeps [USD]."""
    v = accounts.venue[row]
    qty = accounts.qty_contracts[row, k]
    share = venues.payout_share[v, 0 if qty > 0.0 else 1]
    if share >= 1.0:
        return 0.0
    profit = closing_profit(qty, accounts.entry_price[row, k], fill[0], fill[1])
    return keep_profit(accounts, venues, tape, (row, k), profit * (1.0 - share))


@kernel
def keep_profit(
    accounts: Accounts, venues: Venues, tape: Tape, position: tuple[int, int], cut_usd: float
) -> float:
    """Move the unpaid part of a profit from an account to the pool [USD]."""
    row, k = position
    if cut_usd <= 0.0:
        return 0.0
    v = accounts.venue[row]
    charge(accounts, row, k, cut_usd)
    put_in(accounts, venues.estate_row[v], cut_usd)
    venues.haircut_usd[v] += cut_usd
    log(tape, events.PAYOUT_CUT, (v, k), accounts.account_id[row], 0.0, float("nan"), cut_usd)
    return float(cut_usd)
