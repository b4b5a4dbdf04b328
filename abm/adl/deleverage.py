"""One auto-deleveraging of a book, without ticks: who is closed, how much, at what price.

    bankrupt        accounts with equity < 0; deficit D_i = -equity
    fund            pays min(D, fund - floor) to all in proportion; the trigger sets the floor
    what is left    is spread over the positions of an account in proportion to maintenance margin
                    (dYdX v4), which gives every position its bankruptcy price
    rounds          one per instrument (by name) and bankrupt side (longs first); bankrupt accounts
                    of one round stand together, at their mean bankruptcy price, and each is
                    closed at its own, in proportion to its contracts

Positions of an instrument sum to the same number before and after, and so does cash - sum qty
entry over the accounts, up to what the fund and the venue paid in and fees paid out. Accounts that
ADL itself makes bankrupt are reported in the residual deficit, not deleveraged again. Row order
never matters; account ids do.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from abm.adl.bankruptcy import Bankruptcy
from abm.adl.book import Book
from abm.adl.close_price import close_price_of
from abm.adl.design import AdlDesign
from abm.adl.exposure import Candidates
from abm.adl.result import AdlResult
from abm.adl.round import USD, Round, run_round
from abm.adl.score import CustomScore, score_candidates, score_candidates_by
from abm.adl.trigger import Fund, FundAfterProfits, PoolFactor, fund_floor
from abm.adl.water_filling import round_to_lots, total_of, water_fill
from abm.kernel import plain
from abm.rng import Stream, stream_key, tick_key
from abm.units import USD_TOL, Flags, Floats, Floats32, Ints


@dataclass(frozen=True)
class _Fills:
    """Columns of one round's counterparties."""

    account_id: Ints
    instrument: tuple[str, ...]
    contracts: Floats
    close_price: Floats
    burden_usd: Floats
    fee_usd: Floats
    compensation_usd: Floats


def deleverage(
    book: Book,
    design: AdlDesign,
    *,
    fund_usd: float = 0.0,
    fund_peak_usd: float | None = None,
    revenue_usd: float = 0.0,
    seed: int = 0,
) -> AdlResult:
    """Deleverage every bankrupt account of a book by one design.

    Args:
        book: positions, entries, cash, marks.
        design: from the catalog, or a user's own.
        fund_usd: insurance fund before this event.
        fund_peak_usd: its peak in the trigger's window; None = it is at its peak.
        revenue_usd: the venue's fees, out of which it pays compensation.
        seed: of random orders and ties.

    Raises:
        ValueError: the design reads a column that the book does not have, charges accounts
            without a position and the book has several instruments, or needs a pool.
    """
    if not fund_usd >= 0.0:
        raise ValueError(f"fund_usd is {fund_usd}: give a balance that is at least 0")
    if not revenue_usd >= 0.0:
        raise ValueError(f"revenue_usd is {revenue_usd}: give an amount that is at least 0")
    _require_readable(book, design)
    parameters = design.parameters()
    equity_usd = book.equity_usd
    deficit_usd = np.where(equity_usd < 0.0, -equity_usd, 0.0)
    total_usd = total_of(deficit_usd)
    peak_usd = fund_usd if fund_peak_usd is None else max(fund_usd, fund_peak_usd)
    floor_usd, _ = fund_floor(parameters, _fund(fund_usd, peak_usd), False)
    fund_paid_usd = min(total_usd, max(0.0, fund_usd - floor_usd))
    if isinstance(design.trigger, FundAfterProfits):
        fund_paid_usd = min(fund_usd, max(0.0, total_usd - _profits_usd(book)))
    uncovered = 1.0 - fund_paid_usd / total_usd if total_usd > 0.0 else 0.0
    after = dataclasses.replace(book, cash_usd=book.cash_usd + (1.0 - uncovered) * deficit_usd)
    owed_usd = _spread(book, deficit_usd * uncovered)
    key = stream_key(seed, 0, Stream.TIE_BREAK)
    rounds: list[Round] = []
    fills: list[_Fills] = []
    for instrument in range(len(book.instrument)):
        rounds_before = len(rounds)
        for side in (1, -1):
            of_round = np.uint64(tick_key(key, 2 * instrument + (side < 0)))
            losers = _losers(after, owed_usd, instrument, side)
            if owed_usd[losers].sum() > USD_TOL:
                eligible = equity_usd >= 0.0
                after, done, filled = _one_round(
                    after, design, losers, owed_usd[losers], eligible, of_round
                )
                after, filled = _compensate(after, design, filled, revenue_usd)
                revenue_usd -= total_of(filled.compensation_usd)
                rounds.append(done)
                fills.append(filled)
        if design.aftermath.settles_market and rounds_before < len(rounds):
            after = _settled(after, instrument)
    return _result(design, after, rounds, fills, total_usd, fund_paid_usd)


def _require_readable(book: Book, design: AdlDesign) -> None:
    """Raise if a design cannot be run on this book."""
    if isinstance(design.trigger, PoolFactor):
        raise ValueError(f"{design.id!r} closes against a pool: use deleverage_pool")
    if design.capacity.flat_too and len(book.instrument) > 1:
        raise ValueError(
            f"{design.id!r} charges accounts whatever they hold: give a book of one instrument, "
            "with a row of 0 contracts for each account that has none"
        )
    for reads, name in (
        (design.reads_hedges, "hedged_share"),
        (design.reads_snapshot, "snapshot_profit_usd"),
    ):
        if reads and np.isnan(getattr(book, name)).any():
            raise ValueError(f"{design.id!r} reads {name}: add that column to the book")


def _fund(fund_usd: float, peak_usd: float) -> Fund:
    """The fund before the event; what it lost since its peak, the instrument has cost it."""
    return Fund(fund_usd, peak_usd, fund_usd - peak_usd, 0.0)


def _profits_usd(book: Book) -> float:
    """Open profits of all solvent accounts [USD]."""
    solvent = book.equity_usd[book.position_account] > 0.0
    return total_of(np.where(solvent, np.maximum(0.0, book.pnl_usd), 0.0))


def _compensate(
    book: Book, design: AdlDesign, fills: _Fills, revenue_usd: float
) -> tuple[Book, _Fills]:
    """The venue pays back a share of the losses, all alike when its revenue does not suffice."""
    share = design.aftermath.compensation
    wanted_usd = share * np.maximum(0.0, fills.burden_usd)
    total_usd = total_of(wanted_usd)
    if total_usd <= 0.0 or revenue_usd <= 0.0:
        return book, fills
    paid_usd = wanted_usd * min(1.0, revenue_usd / total_usd)
    cash_usd = book.cash_usd.copy()
    np.add.at(cash_usd, np.searchsorted(book.account_id, fills.account_id), paid_usd)
    book = dataclasses.replace(book, cash_usd=cash_usd)
    return book, dataclasses.replace(fills, compensation_usd=paid_usd)


def _settled(book: Book, instrument: int) -> Book:
    """Every position of one instrument closed at its mark."""
    rows = np.flatnonzero(book.position_instrument == instrument)
    cash_usd = book.cash_usd.copy()
    np.add.at(cash_usd, book.position_account[rows], book.pnl_usd[rows])
    qty_contracts = book.qty_contracts.copy()
    qty_contracts[rows] = 0.0
    return dataclasses.replace(book, cash_usd=cash_usd, qty_contracts=qty_contracts)


def _spread(book: Book, deficit_usd: Floats) -> Floats:
    """Deficit of each position by maintenance margin, `[M]`; of a short at most its notional."""
    positions = np.bincount(book.position_account, book.qty_contracts != 0.0, deficit_usd.size)
    weight = np.where(
        positions[book.position_account] == 1.0,
        (book.qty_contracts != 0.0).astype(np.float64),
        book.maintenance_margin_usd,
    )
    of_account = deficit_usd[book.position_account]
    weight[of_account == 0.0] = 0.0
    if np.isnan(weight).any():
        raise ValueError(
            "a bankrupt account holds several positions: add maintenance_rate to the book"
        )
    total = np.bincount(book.position_account, weight, deficit_usd.size)[book.position_account]
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0)
    return np.where(
        book.qty_contracts < 0.0,
        np.minimum(share * of_account, book.notional_usd),
        share * of_account,
    )


def _losers(book: Book, owed_usd: Floats, instrument: int, side: int) -> Ints:
    """Rows of the positions of one bankrupt side."""
    of_side = (book.position_instrument == instrument) & (book.qty_contracts * side > 0.0)
    return np.flatnonzero(of_side & (owed_usd > 0.0))


def _bankruptcy(book: Book, losers: Ints, owed_usd: float, contracts: float) -> Bankruptcy:
    """The claim of some positions of one side, at their mean bankruptcy price."""
    instrument = int(book.position_instrument[losers[0]])
    side = 1 if book.qty_contracts[losers[0]] > 0.0 else -1
    mark_price = float(book.mark_price[instrument])
    return Bankruptcy(
        side=side,
        contracts=contracts,
        deficit_usd=owed_usd,
        bankruptcy_price=mark_price + side * owed_usd / contracts,
        mark_price=mark_price,
        previous_mark_price=float(book.previous_mark_price[instrument]),
        lot=float(book.lot_contracts[instrument]),
    )


def _scores(design: AdlDesign, candidates: Candidates, key: np.uint64) -> Floats32:
    scores = np.empty(candidates.account_id.size, np.float32)
    if isinstance(design.score, CustomScore):
        plain(score_candidates_by)(design.score.function, candidates, scores)
    else:
        score_candidates(design.parameters(), candidates, key, scores)
    return scores


def _one_round(
    book: Book,
    design: AdlDesign,
    losers: Ints,
    owed_usd: Floats,
    eligible: Flags,
    key: np.uint64,
) -> tuple[Book, Round, _Fills]:
    """Run one round and move positions and cash accordingly."""
    contracts = total_of(np.abs(book.qty_contracts[losers]))
    bankruptcy = _bankruptcy(book, losers, total_of(owed_usd), contracts)
    if design.reads_previous_mark and np.isnan(bankruptcy.previous_mark_price):
        raise ValueError(f"{design.id!r} closes at the previous mark: add previous_mark_price")
    rows, candidates = book.candidates(int(book.position_instrument[losers[0]]), eligible)
    taken = np.zeros(rows.size)
    scores = _scores(design, candidates, key)
    done = run_round(design.parameters(), candidates, scores, bankruptcy, key, taken)
    payers = rows[taken > 0.0]
    taken = taken[taken > 0.0]
    if done.numeraire == USD:
        return _move_cash(book, done, losers, owed_usd, payers, taken)
    return _move_contracts(book, design, done, bankruptcy, (losers, owed_usd), (payers, taken))


def _move_cash(
    book: Book, done: Round, losers: Ints, owed_usd: Floats, payers: Ints, taken_usd: Floats
) -> tuple[Book, Round, _Fills]:
    """Counterparties pay cash; the bankrupt receive it in proportion to what they owe."""
    cash_usd = book.cash_usd.copy()
    np.subtract.at(cash_usd, book.position_account[payers], taken_usd)
    received = total_of(taken_usd) * owed_usd / total_of(owed_usd)
    np.add.at(cash_usd, book.position_account[losers], received)
    nothing = np.zeros(payers.size)
    fills = _fills(book, payers, nothing, done.close_price, taken_usd, nothing)
    return dataclasses.replace(book, cash_usd=cash_usd), done, fills


def _move_contracts(
    book: Book,
    design: AdlDesign,
    done: Round,
    bankruptcy: Bankruptcy,
    bankrupt: tuple[Ints, Floats],
    paying: tuple[Ints, Floats],
) -> tuple[Book, Round, _Fills]:
    """Both sides close: counterparties at the close price, each bankrupt account at its own."""
    losers, owed_usd = bankrupt
    payers, taken = paying
    side = bankruptcy.side
    closed = _closed_of_losers(book, losers, total_of(taken), bankruptcy.lot)
    contracts = np.abs(book.qty_contracts[losers])
    own_price = np.array(
        [
            close_price_of(design.parameters(), _bankruptcy(book, losers[i : i + 1], owed, size))
            for i, (owed, size) in enumerate(zip(owed_usd, contracts, strict=True))
        ]
    )
    if (
        closed.any()
    ):  # odd lots move the mean of the losers' prices: shift it back to the close price
        own_price += (taken.sum() * done.close_price - (closed * own_price).sum()) / closed.sum()
    cash_usd = book.cash_usd.copy()
    qty_contracts = book.qty_contracts.copy()
    account = book.position_account
    gain = side * closed * (own_price - book.entry_price[losers])
    np.add.at(cash_usd, account[losers], gain)
    qty_contracts[losers] -= side * closed
    fee_usd = design.aftermath.fee_rate * taken * done.close_price
    gain = -side * taken * (done.close_price - book.entry_price[payers]) - fee_usd
    np.add.at(cash_usd, account[payers], gain)
    qty_contracts[payers] += side * taken
    burden_usd = side * taken * (done.close_price - bankruptcy.mark_price) + 0.0
    fills = _fills(book, payers, -side * taken, done.close_price, burden_usd, fee_usd)
    return dataclasses.replace(book, cash_usd=cash_usd, qty_contracts=qty_contracts), done, fills


def _closed_of_losers(book: Book, losers: Ints, filled: float, lot: float) -> Floats:
    """What each bankrupt position closes of `filled` contracts: pro-rata, in whole lots."""
    contracts = np.abs(book.qty_contracts[losers])
    closed = np.zeros(losers.size)
    water_fill(contracts, contracts, filled, closed)
    if lot > 0.0 and filled < total_of(contracts):
        ids = book.account_id[book.position_account[losers]]
        round_to_lots(contracts, filled, lot, ids, np.uint64(0), False, closed)
    return closed


def _fills(
    book: Book,
    payers: Ints,
    contracts: Floats,
    close_price: float,
    burden_usd: Floats,
    fee_usd: Floats,
) -> _Fills:
    return _Fills(
        account_id=book.account_id[book.position_account[payers]],
        instrument=tuple(book.instrument[k] for k in book.position_instrument[payers]),
        contracts=contracts,
        close_price=np.full(payers.size, close_price),
        burden_usd=burden_usd,
        fee_usd=fee_usd,
        compensation_usd=np.zeros(payers.size),
    )


def _result(
    design: AdlDesign,
    after: Book,
    rounds: list[Round],
    fills: list[_Fills],
    deficit_usd: float,
    fund_paid_usd: float,
) -> AdlResult:
    def column(name: str) -> Floats:
        return np.concatenate([np.empty(0), *(getattr(each, name) for each in fills)])

    return AdlResult(
        design=design.id,
        account_id=column("account_id").astype(np.int64),
        instrument=tuple(name for each in fills for name in each.instrument),
        contracts=column("contracts"),
        close_price=column("close_price"),
        burden_usd=column("burden_usd"),
        fee_usd=column("fee_usd"),
        compensation_usd=column("compensation_usd"),
        rounds=tuple(rounds),
        deficit_usd=deficit_usd,
        fund_paid_usd=fund_paid_usd,
        residual_deficit_usd=total_of(np.maximum(0.0, -after.equity_usd)),
        book=after,
    )
