"""The state of the market: who holds what, and at which price.

Columns of accounts, the only functions that change a position or cash, the depth of the book, and
the index-price processes of `abm.market.prices`, whose names are repeated here.
"""

from abm.market.prices import (
    PRICE_PROCESSES,
    AnyPriceProcess,
    Garch,
    GeometricBrownian,
    MertonJumps,
    PriceProcess,
    Recorded,
    RegimeCrash,
    october_2025,
)

__all__ = [
    "PRICE_PROCESSES",
    "AnyPriceProcess",
    "Garch",
    "GeometricBrownian",
    "MertonJumps",
    "PriceProcess",
    "Recorded",
    "RegimeCrash",
    "october_2025",
]
