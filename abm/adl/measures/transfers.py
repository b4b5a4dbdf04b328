"""What ADL costs the accounts it closes, marked alike for every design.

    transfer(Delta) = sum side q (m(t + Delta) - p)       closes: q contracts of `side` at price p
                    + cash taken                          cash rounds: the same at every horizon
                    + profit not paid out                 closes against a pool, at the mark

m(t) is one and the same mark for all designs; at Delta = 0 this is the transfer to the bankrupt,
and what changes with Delta is markout, profit that the closed position would have made. The
record's overshoot mixes both: ADL prints of the policy itself enter its later marks, and policies
that were not played are marked at Delta = 0. Positive is a loss of the closed accounts.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from abm.adl.pool import PoolResult
from abm.adl.result import AdlResult
from abm.units import Floats


class Close(NamedTuple):
    """One close.

    Attributes:
        side: of the closed position, +1 or -1.
        contracts: closed, >= 0.
        price: of the close [USD per contract].
        mark_price: at the horizon [USD per contract].
    """

    side: int
    contracts: float
    price: float
    mark_price: float


def markout_transfer(closes: Iterable[Close]) -> float:
    """What the closed accounts missed, sum side q (m - p) [USD]."""
    return sum(side * contracts * (mark - price) for side, contracts, price, mark in closes)


def design_transfers(result: AdlResult, mark_price: dict[str, float]) -> Floats:
    """Transfer of every fill of a design at one set of marks, fees included, `[R]` USD.

    Args:
        result: what a design did to a book.
        mark_price: by instrument, at the horizon: the same for every design compared.

    Raises:
        ValueError: a mark is missing.
    """
    missing = sorted(set(result.instrument) - set(mark_price))
    if missing:
        raise ValueError(f"mark_price lacks {', '.join(missing)}: give one mark per instrument")
    marks = np.array([mark_price[name] for name in result.instrument])
    in_cash = np.isnan(result.close_price)
    price = np.where(in_cash, 0.0, result.close_price)
    closed = result.contracts * (marks - price)
    return np.where(in_cash, result.burden_usd, closed) + result.fee_usd


def pool_transfers(result: PoolResult, mark_price: float, later_mark_price: float) -> Floats:
    """Transfer of every close against a pool: profit kept by the pool, and markout, `[R]` USD.

    Args:
        result: of `deleverage_pool`, whose closes are at `mark_price`.
        mark_price: at the close [USD per contract].
        later_mark_price: at the horizon; the same for every design compared.
    """
    kept = result.profit_usd - result.paid_usd
    return kept + result.contracts * (later_mark_price - mark_price)
