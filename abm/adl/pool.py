"""Deleveraging against a pool: close winners until their profit fits the pool behind them (GMX v2).

    f = profit of the side / pool               profit nets winners and losers of the side
    on                                          f > largest (85 %)
    one close                                   whole, or the part that leads to f = after (77 %)
    payout                                      min(1, payout_cap / f) of the profit of a close

The keeper picks account and size; the contract only checks that f falls and does not fall below
`after`. The order of picks is therefore a score of the design's (a lottery in the catalog). What a
winner is paid leaves the pool. With a pool of zero or less there is no factor and nobody is closed.
Source: gmx-io/gmx-synthetics@a5c0c883 `AdlUtils.sol`, `MarketUtils.sol`, `config/markets.ts`.
"""

from dataclasses import dataclass

import numpy as np

from abm.adl.book import Book
from abm.adl.design import AdlDesign
from abm.adl.exposure import Candidates
from abm.adl.pool_close import pool_close
from abm.adl.rank import order_descending, rank_buffers
from abm.adl.score import score_candidates
from abm.adl.trigger import PoolFactor
from abm.adl.water_filling import total_of
from abm.rng import Stream, stream_key
from abm.units import Floats, Floats32, Ints


@dataclass(frozen=True)
class PoolResult:
    """What was closed against the pool. Columns have one row per close, `[R]`, first pick first.

    Attributes:
        account_id: `[R]` who was closed.
        contracts: `[R]` closed, signed as the position was.
        profit_usd: `[R]` profit of what was closed, at the mark.
        paid_usd: `[R]` of it that was paid out.
        factor: profit / pool before the first close; NaN without a pool.
        factor_after: after the last close.
    """

    account_id: Ints
    contracts: Floats
    profit_usd: Floats
    paid_usd: Floats
    factor: float
    factor_after: float


def deleverage_pool(
    book: Book, design: AdlDesign, instrument: str, side: int, pool_usd: float, *, seed: int = 0
) -> PoolResult:
    """Close winners of one side while their profit is too large for the pool behind them.

    Args:
        book: positions, entries, cash, marks.
        design: with the trigger `PoolFactor`.
        instrument: whose side.
        side: +1 the longs, -1 the shorts.
        pool_usd: what the pool can pay that side.
        seed: of the keeper's picks, when they are a lottery.

    Raises:
        ValueError: the design has another trigger, or the instrument is not in the book.
    """
    if not isinstance(design.trigger, PoolFactor):
        raise ValueError(f"{design.id!r} has no pool: give a design with the trigger PoolFactor")
    if instrument not in book.instrument:
        raise ValueError(f"the book has no {instrument!r}: use one of {', '.join(book.instrument)}")
    column = book.instrument.index(instrument)
    _, candidates = book.candidates(column, np.ones(book.account_id.size, np.bool_))
    scores = np.empty(candidates.account_id.size, np.float32)
    score_candidates(design.parameters(), candidates, stream_key(seed, 0, Stream.TIE_BREAK), scores)
    picks = _picks(candidates, scores, side)
    profit_usd = np.where(side * candidates.qty_contracts > 0.0, candidates.pnl_usd, 0.0)
    lot = float(book.lot_contracts[column])
    taken, paid_usd, after = _closes(
        design.trigger, np.abs(candidates.qty_contracts), profit_usd, picks, pool_usd, lot
    )
    done = taken > 0.0
    rows = picks[done]
    return PoolResult(
        account_id=candidates.account_id[rows],
        contracts=side * taken[done],
        profit_usd=profit_usd[rows] * taken[done] / np.abs(candidates.qty_contracts[rows]),
        paid_usd=paid_usd[done],
        factor=total_of(profit_usd) / pool_usd if pool_usd > 0.0 else np.nan,
        factor_after=after,
    )


def _picks(candidates: Candidates, scores: Floats32, side: int) -> Ints:
    """Winners of the side in the keeper's order."""
    winners = np.flatnonzero((side * candidates.qty_contracts > 0.0) & (candidates.pnl_usd > 0.0))
    order = np.empty(winners.size, np.int64)
    order_descending(scores[winners], winners.size, order, rank_buffers(winners.size))
    return winners[order]


def _closes(
    trigger: PoolFactor,
    size: Floats,
    profit_usd: Floats,
    picks: Ints,
    pool_usd: float,
    lot: float,
) -> tuple[Floats, Floats, float]:
    """Contracts closed and money paid of each pick, and the factor afterwards."""
    taken, paid_usd = np.zeros(picks.size), np.zeros(picks.size)
    side_usd = total_of(profit_usd)
    for place, i in enumerate(picks):
        if pool_usd <= 0.0 or side_usd / pool_usd <= trigger.largest:
            break
        contracts, paid = pool_close(
            (size[i], profit_usd[i]), side_usd, pool_usd, (trigger.after, trigger.payout_cap), lot
        )
        gain_usd = contracts * (profit_usd[i] / size[i])
        taken[place], paid_usd[place] = contracts, paid * gain_usd
        side_usd, pool_usd = side_usd - gain_usd, pool_usd - paid * gain_usd
    return taken, paid_usd, side_usd / pool_usd if pool_usd > 0.0 else np.nan
