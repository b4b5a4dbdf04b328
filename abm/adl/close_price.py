"""Slot 6: at which price counterparties are closed, or that they are not closed at all.

    Bankruptcy     the price at which the bankrupt equity is zero: ADL passes the whole loss on
    Mark           the mark now: counterparties lose nothing against it, the deficit stays
    MarkWithSpread the mark, moved by a spread in the counterparty's favour (Deribit)
    PreviousMark   the mark before the last update (Hyperliquid)
    Blend          alpha x bankruptcy + (1 - alpha) x mark; FTX: alpha = 2/3
    NoClose        positions stay open, counterparties pay cash (Drift, haircuts of the literature)

All prices in USD per contract. A close price is affine in the bankruptcy price, so the mean price
of several bankrupt accounts is the price of their mean. Sources: see each catalog entry.
"""

import math
from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.bankruptcy import Bankruptcy as Bankruptcy
from abm.adl.encoding import require_share
from abm.kernel import kernel
from abm.units import Floats


@dataclass(frozen=True)
class BankruptcyPrice:
    """Close at the bankruptcy price of the bankrupt account."""

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_BANKRUPTCY


@dataclass(frozen=True)
class MarkPrice:
    """Close at the mark; the deficit is not passed on."""

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_MARK


@dataclass(frozen=True)
class MarkWithSpread:
    """Close at the mark, moved against the bankrupt side by `spread` x mark.

    Attributes:
        spread: share of the mark that the counterparty gains, [0, 1).
    """

    spread: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.spread < 1.0:
            raise ValueError(f"MarkWithSpread.spread is {self.spread}: give a share in [0, 1)")

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_MARK_WITH_SPREAD
        parameters[code.CLOSE_SPREAD] = self.spread


@dataclass(frozen=True)
class PreviousMarkPrice:
    """Close at the mark before the last update."""

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_PREVIOUS_MARK


@dataclass(frozen=True)
class Blend:
    """alpha x bankruptcy price + (1 - alpha) x mark, alpha in [0, 1]."""

    alpha: float

    def __post_init__(self) -> None:
        require_share(self.alpha, "Blend.alpha")

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_BLEND
        parameters[code.CLOSE_ALPHA] = self.alpha


@dataclass(frozen=True)
class NoClose:
    """Positions stay open; the burden is cash."""

    def write(self, parameters: Floats) -> None:
        parameters[code.CLOSE_PRICE] = code.CLOSE_NONE


type ClosePrice = BankruptcyPrice | MarkPrice | MarkWithSpread | PreviousMarkPrice | Blend | NoClose


@kernel
def close_price_of(parameters: Floats, bankruptcy: Bankruptcy) -> float:
    """Close price [USD per contract]; NaN when nothing is closed."""
    choice = int(parameters[code.CLOSE_PRICE])
    if choice == code.CLOSE_BANKRUPTCY:
        return bankruptcy.bankruptcy_price
    if choice == code.CLOSE_MARK:
        return bankruptcy.mark_price
    if choice == code.CLOSE_MARK_WITH_SPREAD:
        spread = float(parameters[code.CLOSE_SPREAD])
        return bankruptcy.mark_price * (1.0 - bankruptcy.side * spread)
    if choice == code.CLOSE_PREVIOUS_MARK:
        return bankruptcy.previous_mark_price
    if choice == code.CLOSE_BLEND:
        alpha = float(parameters[code.CLOSE_ALPHA])
        return alpha * bankruptcy.bankruptcy_price + (1.0 - alpha) * bankruptcy.mark_price
    return math.nan
