"""Auto-deleveraging designs: eight slots, one pipeline, a catalog with sources.

    from abm.adl import Book, deleverage
    from abm.adl.catalog import design

    result = deleverage(Book.from_parquet("book.parquet"), design("bitmex"))

`round.py` is the pipeline on one screen; each slot is one file; `deleverage.py` runs a design on a
book of positions without ticks.
"""

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Level, Queue, Tiered, TopShare, WaterFill
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.book import Book
from abm.adl.capacity import Capacity
from abm.adl.close_price import (
    BankruptcyPrice,
    Blend,
    MarkPrice,
    MarkWithSpread,
    NoClose,
    PreviousMarkPrice,
)
from abm.adl.deleverage import deleverage
from abm.adl.design import AdlDesign
from abm.adl.disclosure import ExactRank, Lights, Nothing, PriceToAdl
from abm.adl.exposure import Candidates, Exposure
from abm.adl.pool import PoolResult, deleverage_pool
from abm.adl.result import AdlResult
from abm.adl.score import NO_SCORE, CustomScore, Score
from abm.adl.severity import EqualClaims, Fixed, Full, Match
from abm.adl.trigger import (
    EarlyMargin,
    FundAfterProfits,
    FundDrawdown,
    FundNotUsed,
    InventoryCap,
    PoolDrawdown,
    PoolFactor,
    ResidualDeficit,
)

__all__ = [
    "NO_SCORE",
    "AdlDesign",
    "AdlResult",
    "Aftermath",
    "Bankruptcy",
    "BankruptcyPrice",
    "Blend",
    "Book",
    "Candidates",
    "Capacity",
    "CustomScore",
    "EarlyMargin",
    "EqualClaims",
    "ExactRank",
    "Exposure",
    "Fixed",
    "Full",
    "FundAfterProfits",
    "FundDrawdown",
    "FundNotUsed",
    "InventoryCap",
    "Level",
    "Lights",
    "MarkPrice",
    "MarkWithSpread",
    "Match",
    "NoClose",
    "Nothing",
    "PoolDrawdown",
    "PoolFactor",
    "PoolResult",
    "PreviousMarkPrice",
    "PriceToAdl",
    "Queue",
    "ResidualDeficit",
    "Score",
    "Tiered",
    "TopShare",
    "WaterFill",
    "deleverage",
    "deleverage_pool",
]
