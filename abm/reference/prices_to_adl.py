"""The price at which each position would be deleveraged, by definition and without cleverness.

For a position: walk the other side's bankruptcy prices outwards from the mark until more contracts
are bankrupt than stand before it, then on until the losses have used up the fund.
"""

import math
from typing import NamedTuple

from abm.adl.exposure import Exposure

SAME = 1e-9
"""Contracts that differ by less count as equal."""


class Bankrupt(NamedTuple):
    """A position of the other side: where it goes bankrupt, times the queue's side."""

    signed_price: float
    contracts: float


def price_to_adl(ahead: float, others: list[Bankrupt], side: int, fund_usd: float) -> float:
    """Price to ADL of one position; NaN if there is none.

    Args:
        ahead: contracts that stand before it in its queue.
        others: the other side, first bankrupt first.
        side: of the position.
        fund_usd: what the fund may pay before ADL.
    """
    reached, contracts = math.nan, 0.0
    for other in others:
        contracts += other.contracts
        if contracts > ahead + SAME:
            reached = other.signed_price
            break
    exhausted = fund_used_up(others, max(0.0, fund_usd))
    if math.isnan(reached) or math.isinf(exhausted):
        return math.nan
    price = side * max(reached, exhausted)
    return price if price > 0.0 else math.nan


def fund_used_up(others: list[Bankrupt], fund_usd: float) -> float:
    """Side times the price at which the losses reach the fund; inf if they never do."""
    loss = contracts = 0.0
    for place, other in enumerate(others):
        contracts += other.contracts
        following = others[place + 1].signed_price if place + 1 < len(others) else math.inf
        reached = other.signed_price + (fund_usd - loss) / contracts
        if reached < following:
            return reached
        loss += contracts * (following - other.signed_price)
    return math.inf


def bankrupt_side(exposures: list[Exposure], side: int) -> list[Bankrupt]:
    """Everybody against `side`, first bankrupt first."""
    others = [
        Bankrupt(side * (x.mark_price - x.equity_usd / x.qty_contracts), abs(x.qty_contracts))
        for x in exposures
        if x.qty_contracts * side < 0.0
    ]
    return sorted(others, key=lambda other: other.signed_price)
