"""Running totals of a run, as plain attributes; names and meanings as in `abm.market.ledger`."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from abm.market.columns import ROLE_NAMES
from abm.reference.markets import Book

ROLES = len(ROLE_NAMES)
"""Roles of traders, the house included."""


class Close(NamedTuple):
    """One ADL fill, kept until its markout.

    Attributes:
        contracts: signed as the position that was closed.
    """

    tick: int
    book: Book
    contracts: float
    price: float

    def markout_usd(self) -> float:
        """What the closed position would have gained since [USD]."""
        return self.contracts * (self.book.mark_price - self.price)


@dataclass(slots=True)
class Ledger:
    """Sums over the episode [USD unless said otherwise]; `burden*` are maxima over ADL rounds.

    Attributes:
        min_mark_ratio: lowest mark over the first index, first venue and instrument [1].
        closes: ADL fills whose markout is not due yet, oldest first.
    """

    external_usd: float = 0.0
    liquidated_usd: float = 0.0
    deficit_usd: float = 0.0
    residual_usd: float = 0.0
    adl_usd: float = 0.0
    taken_usd: float = 0.0
    adl_fills: int = 0
    adl_rounds: int = 0
    unsettled_ticks: int = 0
    fund_paid_usd: float = 0.0
    vault_taken_usd: float = 0.0
    markout_usd: float = 0.0
    burden: float = 0.0
    burden_bound: float = 0.0
    burden_excess: float = -math.inf
    reaction_volume_usd: float = 0.0
    min_mark_ratio: float = 1.0
    help_usd: float = 0.0
    reaction_usd: list[float] = field(default_factory=lambda: [0.0] * ROLES)
    flow_usd: list[float] = field(default_factory=lambda: [0.0] * ROLES)
    closes: deque[Close] = field(default_factory=deque)

    def mark_out(self, latest_tick: int) -> None:
        """Value the ADL closes of `latest_tick` and before at the mark now, and forget them."""
        while self.closes and self.closes[0].tick <= latest_tick:
            self.markout_usd += self.closes.popleft().markout_usd()

    def open_markout_usd(self) -> float:
        """Closes whose horizon is not over yet, valued at the mark now [USD]."""
        return sum(close.markout_usd() for close in self.closes)


def borne(ledger: Ledger) -> dict[str, float]:
    """The sums that are also kept by venue."""
    return {
        "deficit": ledger.deficit_usd,
        "residual": ledger.residual_usd,
        "adl": ledger.adl_usd,
        "liquidated": ledger.liquidated_usd,
    }
