"""One small book under every design: who is first, what is taken, what it costs.

    account                 1       2      3      4      5      6     7
    contracts             100     -40    -60    -80    -20    100     0
    entry price           120     100    150    120     75     79     -
    cash [USD]          2,700     200  1,800  1,200  1,200  1,900   700
    equity [USD]         -300     600  5,400  3,600    900  3,000   700
    leverage                -       6      1      2      2      3     0

The mark has just fallen from 94 to 90, and account 1 is bankrupt: it owes 100 contracts at a
bankruptcy price of 93, that is 300 USD, and the fund is empty. 2, 3 and 4 are short and win, 5 is
short and loses, 6 is long and wins, 7 holds nothing. For a design with a pool behind the traders
the shorts win 6,100 USD from a pool of 7,000. All numbers come from `deleverage` and
`deleverage_pool`; scores and places from the functions they call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from abm.adl.allocation import Queue, TopShare, queue_order
from abm.adl.bankruptcy import Bankruptcy, is_on_a_paying_side
from abm.adl.book import Book
from abm.adl.capacity import fill_capacity
from abm.adl.close_price import close_price_of
from abm.adl.deleverage import deleverage
from abm.adl.design import AdlDesign
from abm.adl.exposure import Candidates
from abm.adl.pool import PoolResult, deleverage_pool
from abm.adl.result import AdlResult
from abm.adl.score import NO_SCORE, CustomScore, Score, score_candidates, score_candidates_by
from abm.adl.trigger import PoolFactor
from abm.kernel import plain
from abm.rng import Stream, stream_key, tick_key
from abm.units import Floats, Floats32, Ints
from experiments.words.told import faces_pool, number, takes_cash, takes_nothing

SEED = 0
MARK, PREVIOUS_MARK = 90.0, 94.0
POOL_USD = 7_000.0
REVENUE_USD = 150.0
"""Fees of the venue, out of which a design may compensate."""

_COLUMNS: dict[str, list[float]] = {
    "qty_contracts": [100.0, -40.0, -60.0, -80.0, -20.0, 100.0, 0.0],
    "entry_price": [120.0, 100.0, 150.0, 120.0, 75.0, 79.0, 90.0],
    "cash_usd": [2_700.0, 200.0, 1_800.0, 1_200.0, 1_200.0, 1_900.0, 700.0],
    "opening_leverage": [5.0, 10.0, 2.0, 5.0, 5.0, 4.0, 1.0],
    "hedged_share": [0.0, 0.75, 0.0, 0.0, 0.0, 0.0, 0.0],
    "snapshot_profit_usd": [-2_500.0, 200.0, 3_300.0, 2_000.0, -400.0, 1_600.0, 400.0],
}
"""Of accounts 1 to 7; the snapshot is of a mark of 95, when 7 still held a winning position."""

BANKRUPT = 1
"""Id of the account that is."""


def book() -> Book:
    """The book; its only instrument has a maintenance rate of 5 %."""
    same = {
        "instrument": "PERP",
        "mark_price": MARK,
        "previous_mark_price": PREVIOUS_MARK,
        "maintenance_rate": 0.05,
    }
    rows = len(_COLUMNS["qty_contracts"])
    account_id = {"account_id": list(range(1, rows + 1))}
    columns = {name: [value] * rows for name, value in same.items()}
    return Book.from_columns(_COLUMNS | columns | account_id)


@dataclass(frozen=True)
class Line:
    """One account of the example.

    Attributes:
        account: its id.
        qty_contracts: position before, long > 0.
        entry_price: USD per contract; NaN when flat.
        leverage: N / e; NaN when bankrupt.
        score: of an account that may be picked; NaN when nobody is first or it is out.
        place: in the order in which accounts are reached, 1 = first; 0 = none.
        taken: contracts or USD, in the numeraire of the round.
        burden_usd: loss against the mark, or cash taken; of a pool, profit that is not paid.
    """

    account: int
    qty_contracts: float
    entry_price: float
    leverage: float
    score: float
    place: int
    taken: float
    burden_usd: float


@dataclass(frozen=True)
class Example:
    """What a design does to the book.

    Attributes:
        lines: one per account.
        in_contracts: unit of `taken`; USD when False.
        sentence: close price, deficit, what remains.
    """

    lines: tuple[Line, ...]
    in_contracts: bool
    sentence: str


def work_out(design: AdlDesign) -> Example:
    """Run a design on the book.

    Raises:
        ValueError: the design's own score gave NaN.
    """
    before = book()
    _, candidates = before.candidates(0, before.equity_usd >= 0.0)
    owed = _bankruptcy(before)
    scores, places = _order(design, candidates, owed)
    taken, burden_usd = np.zeros(scores.size), np.zeros(scores.size)
    if isinstance(design.trigger, PoolFactor):
        closed = deleverage_pool(before, design, "PERP", -1, POOL_USD, seed=SEED)
        rows = np.searchsorted(before.account_id, closed.account_id)
        np.add.at(taken, rows, np.abs(closed.contracts))
        np.add.at(burden_usd, rows, closed.profit_usd - closed.paid_usd)
        sentence = " ".join(_said_of_pool(design.trigger, closed))
    else:
        result = deleverage(before, design, revenue_usd=REVENUE_USD, seed=SEED)
        rows = np.searchsorted(before.account_id, result.account_id)
        in_cash = takes_cash(design)
        np.add.at(taken, rows, result.burden_usd if in_cash else np.abs(result.contracts))
        np.add.at(burden_usd, rows, result.burden_usd)
        sentence = " ".join(_said(design, result, owed))
    sentence += " The order is drawn." if _is_drawn(design) else ""
    lines = _lines(candidates, scores, places, taken, burden_usd)
    return Example(tuple(lines), not takes_cash(design), sentence)


def _is_drawn(design: AdlDesign) -> bool:
    return isinstance(design.score, Score) and design.score.profit in ("draw", "scan")


def _bankruptcy(before: Book) -> Bankruptcy:
    """What account 1 owes."""
    contracts = float(before.qty_contracts[before.position_account == BANKRUPT - 1][0])
    deficit_usd = -float(before.equity_usd[BANKRUPT - 1])
    bankruptcy_price = MARK + deficit_usd / contracts
    return Bankruptcy(1, contracts, deficit_usd, bankruptcy_price, MARK, PREVIOUS_MARK, 0.0)


def _order(design: AdlDesign, candidates: Candidates, owed: Bankruptcy) -> tuple[Floats32, Ints]:
    """Score of every account that may be picked, and its place, 1 = first: `[N]` each.

    The keys of the draws are those of `deleverage` for the longs of the first instrument, and of
    `deleverage_pool`.
    """
    parameters, count = design.parameters(), candidates.account_id.size
    key = stream_key(SEED, 0, Stream.TIE_BREAK)
    key = key if faces_pool(design) else np.uint64(tick_key(key, 0))
    scores, places = np.empty(count, np.float32), np.zeros(count, np.int64)
    if isinstance(design.score, CustomScore):
        plain(score_candidates_by)(design.score.function, candidates, scores)
    else:
        score_candidates(parameters, candidates, key, scores)
    capacity = np.empty(count)
    close_price = close_price_of(parameters, owed)
    fill_capacity(parameters, candidates, scores, owed, close_price, capacity)
    in_order = isinstance(design.allocation, Queue | TopShare)
    if not in_order or design.score == NO_SCORE or takes_nothing(design):
        scores[:] = np.nan
        return scores, places
    order = queue_order(parameters, candidates, scores, owed.side, key)
    places[order[capacity[order] > 0.0]] = np.arange(1, np.count_nonzero(capacity[order]) + 1)
    for row in range(count):
        if not is_on_a_paying_side(parameters, candidates.qty_contracts[row], owed.side):
            scores[row] = np.nan
    scores[~candidates.eligible | ~np.isfinite(scores)] = np.nan
    return scores, places


def _lines(
    candidates: Candidates, scores: Floats32, places: Ints, taken: Floats, burden_usd: Floats
) -> Iterator[Line]:
    """The table, row by row."""
    for row, account in enumerate(candidates.account_id):
        qty, equity_usd = candidates.qty_contracts[row], candidates.equity_usd[row]
        yield Line(
            account=int(account),
            qty_contracts=float(qty),
            entry_price=float(candidates.entry_price[row]) if qty != 0.0 else np.nan,
            leverage=float(candidates.notional_usd[row] / equity_usd) if equity_usd > 0 else np.nan,
            score=float(scores[row]),
            place=int(places[row]),
            taken=float(taken[row]),
            burden_usd=float(burden_usd[row]),
        )


def _said(design: AdlDesign, result: AdlResult, owed: Bankruptcy) -> Iterator[str]:
    """Close price, deficit, what remains."""
    deficit = number(result.deficit_usd)
    paid_usd = float(result.burden_usd.sum())
    if takes_nothing(design):
        yield f"Nobody is touched: the deficit of {deficit} USD stays."
        return
    if takes_cash(design):
        yield f"Nothing is closed; {number(paid_usd)} USD of cash meet a deficit of {deficit} USD."
    else:
        filled = number(result.rounds[0].filled)
        yield (
            f"Close price {number(result.rounds[0].close_price)} (bankruptcy price "
            f"{number(owed.bankruptcy_price)}, mark {number(MARK)}, mark before "
            f"{number(PREVIOUS_MARK)}): {filled} of {number(owed.contracts)} contracts are "
            f"closed, the burden is {number(paid_usd)} USD, the deficit was {deficit}."
        )
    yield f"{number(result.residual_deficit_usd)} USD of deficit remain."
    left_usd = float(result.book.equity_usd[result.book.account_id == BANKRUPT][0])
    if left_usd > 1e-6:
        yield f"The bankrupt account is left with {number(left_usd)} USD."
    back_usd = float(result.compensation_usd.sum())
    if back_usd > 0.0:
        yield (
            f"Out of fees of {number(REVENUE_USD)} USD the venue pays back {number(back_usd)} USD "
            "of the burden."
        )
    if design.aftermath.settles_market:
        yield "Then every position ends at the mark."


def _said_of_pool(trigger: PoolFactor, closed: PoolResult) -> Iterator[str]:
    """The factor before and after."""
    profit_usd = closed.factor * POOL_USD
    yield (
        f"The shorts' profit of {number(profit_usd)} USD is {number(closed.factor)} of a pool of "
        f"{number(POOL_USD)} USD, more than {number(trigger.largest)}: closes at the mark "
        f"({number(MARK)}) bring it to {number(closed.factor_after)}, and "
        f"{number(float(closed.paid_usd.sum()))} USD of profit are paid out."
    )


def table(example: Example) -> Iterator[str]:
    """The example as lines of text."""
    unit = "contracts" if example.in_contracts else "USD"
    yield _aligned(_COLUMN_NAMES)
    yield _aligned(("",) * 7 + (unit, "USD"))
    for line in example.lines:
        side = "long" if line.qty_contracts > 0 else "short" if line.qty_contracts < 0 else "flat"
        bankrupt = line.account == BANKRUPT
        yield _aligned(
            (
                str(line.account),
                side,
                number(abs(line.qty_contracts)),
                _cell(line.entry_price),
                "bankrupt" if bankrupt else _cell(line.leverage),
                _cell(line.score),
                str(line.place or "-"),
                number(line.taken),
                number(line.burden_usd),
            )
        )


_COLUMN_NAMES = (
    "account",
    "side",
    "size",
    "entry",
    "leverage",
    "score",
    "place",
    "taken",
    "burden",
)


def _aligned(cells: Sequence[str]) -> str:
    """One line of the table."""
    widths = (7, 5, 5, 6, 8, 8, 5, 10, 8)
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _cell(value: float) -> str:
    return "-" if np.isnan(value) else number(value)
