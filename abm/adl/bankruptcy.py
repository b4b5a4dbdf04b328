"""What a bankrupt side owes, and how its contracts translate into dollars.

    deficit_usd = contracts x |mark - bankruptcy price|
    dollars     = contracts x loss per contract at the close price

The second line is the exchange rate of the two numeraires of an ADL round: they are tied by it and
never mixed.
"""

import math
from typing import NamedTuple

from abm.adl import encoding as code
from abm.kernel import kernel
from abm.units import Floats


class Bankruptcy(NamedTuple):
    """What one side of one instrument owes: one bankrupt account, or several taken together.

    Attributes:
        side: +1 when the bankrupt side is long, -1 when it is short.
        contracts: to close, > 0.
        deficit_usd: contracts x |mark - bankruptcy price| [USD].
        bankruptcy_price: at which the bankrupt equity is zero [USD per contract].
        mark_price: now [USD per contract].
        previous_mark_price: before the last update [USD per contract].
        lot: smallest step of a position [contracts]; 0 = continuous.
    """

    side: int
    contracts: float
    deficit_usd: float
    bankruptcy_price: float
    mark_price: float
    previous_mark_price: float
    lot: float


@kernel
def is_on_a_paying_side(parameters: Floats, qty_contracts: float, side: int) -> bool:
    """Whether a position stands on a side that may pay for a bankrupt `side`."""
    sides = int(parameters[code.CAPACITY_SIDES])
    if sides == code.SIDES_BOTH_AND_FLAT:
        return True
    if sides == code.SIDES_BOTH:
        return qty_contracts != 0.0
    return qty_contracts * side < 0.0


@kernel
def loss_per_contract(bankruptcy: Bankruptcy, close_price: float) -> float:
    """What a counterparty loses against the mark per contract closed, >= 0 [USD].

    A bankrupt long sells at `close_price` above the mark to a short, who overpays close - mark.
    Without a close price (NaN) nothing is lost.
    """
    if math.isnan(close_price):
        return 0.0
    return max(0.0, bankruptcy.side * (close_price - bankruptcy.mark_price))
