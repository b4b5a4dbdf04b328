"""What ADL did to a book: a row per counterparty and round, the rounds, the book afterwards."""

from dataclasses import dataclass

import numpy as np

from abm.adl.book import Book
from abm.adl.round import Round
from abm.units import Floats, Ints


@dataclass(frozen=True)
class AdlResult:
    """What ADL did to a book. Columns have one row per counterparty and round, `[R]`.

    Attributes:
        design: id of the design.
        account_id: `[R]` who was taken from.
        instrument: `[R]` in which instrument.
        contracts: `[R]` closed, signed as the position was; 0 in a cash round.
        close_price: `[R]` USD per contract; NaN in a cash round.
        burden_usd: `[R]` loss against the mark, or cash taken; negative is a gain.
        fee_usd: `[R]` fee on the fill.
        compensation_usd: `[R]` paid back by the venue.
        rounds: one `Round` per instrument and bankrupt side.
        deficit_usd: of all bankrupt accounts before anything was paid.
        fund_paid_usd: what the fund paid.
        residual_deficit_usd: negative equity left in the book after the rounds.
        book: the book afterwards.
    """

    design: str
    account_id: Ints
    instrument: tuple[str, ...]
    contracts: Floats
    close_price: Floats
    burden_usd: Floats
    fee_usd: Floats
    compensation_usd: Floats
    rounds: tuple[Round, ...]
    deficit_usd: float
    fund_paid_usd: float
    residual_deficit_usd: float
    book: Book

    def table(self, rows: int = 10) -> str:
        """The largest burdens as text, and the totals."""
        order = np.lexsort((self.account_id, -self.burden_usd))
        lines = [f"{'account':>12} {'instrument':>12} {'contracts':>14} {'price':>14} {'USD':>14}"]
        for i in order[:rows]:
            lines.append(
                f"{self.account_id[i]:>12} {self.instrument[i]:>12} {self.contracts[i]:>14.6g} "
                f"{self.close_price[i]:>14.6g} {self.burden_usd[i]:>14.2f}"
            )
        lines.append(
            f"{self.design}: deficit {self.deficit_usd:.2f} USD, fund paid "
            f"{self.fund_paid_usd:.2f}, {self.account_id.size} fills, residual "
            f"{self.residual_deficit_usd:.2f}"
        )
        return "\n".join(lines)

    __str__ = table
