"""What every design must keep in every round, checked in compiled loops over random books.

    bounds         0 <= x_i <= c_i; a close never exceeds the position
    budget         sum x = filled <= budget, and the accounts touched are counted
    met            filled = min(B, what can be paid); in whole lots when the instrument has lots
    lots           every close is a whole number of lots
    eligibility    nobody insolvent, excluded, flat (unless the design charges them) or on the
                   bankrupt side of a close pays anything

Books are small, of one instrument, with ties, flat, insolvent and excluded accounts; half of them
have lots of 0.5. Amounts are compared with a tolerance of 1e-12 of the budget.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.adl import encoding as code
from abm.adl.allocation import fill_weights
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.capacity import fill_capacity
from abm.adl.close_price import close_price_of
from abm.adl.exposure import Candidates
from abm.adl.round import CONTRACTS, Round, run_round
from abm.adl.score import score_candidates
from abm.kernel import kernel
from abm.units import LOT_TOL, Flags, Floats, Ints

CHECKS = ("bounds", "budget", "met", "lots", "eligibility")
"""What is checked, in the order of the counts."""

BOUNDS, BUDGET, MET, LOTS, ELIGIBILITY = range(5)

SAME = 1e-12
"""Tolerance of sums, as a share of the budget [1]."""

MARK = 100.0
LOT = 0.5
MOST_ROWS = 14


class Books(NamedTuple):
    """Many small books, one after another.

    Attributes:
        start: `[B + 1]` first row of each book.
        candidates: `[R]` the rows of all books.
        side, contracts, loss_usd, previous_mark_price, lot: `[B]` the claim of each book.
    """

    start: Ints
    candidates: Candidates
    side: Ints
    contracts: Floats
    loss_usd: Floats
    previous_mark_price: Floats
    lot: Floats


def random_books(count: int, seed: int) -> Books:
    """So many books with one claim each, of 1 to 14 accounts."""
    luck = np.random.default_rng(seed)

    def pick(values: list[float], size: int) -> Floats:
        return np.array(values)[luck.integers(0, len(values), size)]

    sizes = luck.integers(1, MOST_ROWS + 1, count)
    start = np.concatenate([[0], np.cumsum(sizes)])
    book = np.repeat(np.arange(count), sizes)
    rows = int(start[-1])
    lot = pick([0.0, LOT], count)
    qty: Floats = luck.integers(-8, 9, rows) * LOT * pick([1.0, 0.77], count)[book]
    qty = np.where(lot[book] > 0.0, np.round(qty / LOT) * LOT, qty)
    entry = pick([40.0, 60.0, 90.0, 99.5, 100.0, 101.0, 120.0, 150.0, 250.0], rows)
    wallet = luck.uniform(0.5, 800.0, rows)
    tied = (luck.random(count) < 0.25)[book]  # exact ties: everybody like the first
    first = start[:-1][book]
    entry, wallet = np.where(tied, entry[first], entry), np.where(tied, 900.0, wallet)
    qty = np.where(tied, np.sign(qty) * 2.0, qty)
    elsewhere = luck.random(rows) < 0.3
    other_pnl = np.where(elsewhere, luck.uniform(-300.0, 200.0, rows), 0.0)
    other_notional = np.where(elsewhere, luck.uniform(10.0, 900.0, rows), 0.0)
    previous = pick([95.0, 100.0, 104.0], count)
    pnl, notional = qty * (MARK - entry), np.abs(qty) * MARK
    candidates = Candidates(
        account_id=np.arange(rows),
        qty_contracts=qty,
        entry_price=entry,
        mark_price=np.full(rows, MARK),
        previous_mark_price=previous[book],
        notional_usd=notional,
        pnl_usd=pnl,
        wallet_usd=wallet,
        equity_usd=wallet + pnl + other_pnl,
        maintenance_margin_usd=0.03 * notional + 0.05 * other_notional,
        account_pnl_usd=pnl + other_pnl,
        account_notional_usd=notional + other_notional,
        opening_leverage=pick([2.0, 5.0, 20.0], rows),
        hedged_share=pick([0.0, 0.3, 1.0], rows),
        snapshot_profit_usd=pick([-50.0, 0.0, 10.0, 300.0], rows),
        eligible=luck.random(rows) < 0.9,
    )
    return Books(
        start=start,
        candidates=candidates,
        side=luck.choice([1, -1], count),
        contracts=LOT * luck.integers(1, 51, count).astype(np.float64),
        loss_usd=pick([0.05, 0.5, 3.0, 20.0], count),
        previous_mark_price=previous,
        lot=lot,
    )


@kernel
def rows_of(candidates: Candidates, first: int, last: int) -> Candidates:
    """The rows of one book."""
    return Candidates(
        candidates.account_id[first:last],
        candidates.qty_contracts[first:last],
        candidates.entry_price[first:last],
        candidates.mark_price[first:last],
        candidates.previous_mark_price[first:last],
        candidates.notional_usd[first:last],
        candidates.pnl_usd[first:last],
        candidates.wallet_usd[first:last],
        candidates.equity_usd[first:last],
        candidates.maintenance_margin_usd[first:last],
        candidates.account_pnl_usd[first:last],
        candidates.account_notional_usd[first:last],
        candidates.opening_leverage[first:last],
        candidates.hedged_share[first:last],
        candidates.snapshot_profit_usd[first:last],
        candidates.eligible[first:last],
    )


@kernel
def claim_of(books: Books, b: int) -> Bankruptcy:
    """The claim of one book."""
    contracts, side = books.contracts[b], books.side[b]
    loss_usd, previous = books.loss_usd[b], books.previous_mark_price[b]
    return Bankruptcy(
        side,
        contracts,
        contracts * loss_usd,
        MARK + side * loss_usd,
        MARK,
        previous,
        books.lot[b],
    )


@kernel
def may_pay(parameters: Floats, candidates: Candidates, i: int, side: int, closes: bool) -> bool:
    """Whether an account may pay anything at all."""
    qty = candidates.qty_contracts[i]
    if not candidates.eligible[i] or candidates.equity_usd[i] <= 0.0:
        return False
    if closes or int(parameters[code.CAPACITY_SIDES]) == code.SIDES_OPPOSITE:
        return bool(qty * side < 0.0)
    return bool(qty != 0.0) or int(parameters[code.CAPACITY_SIDES]) == code.SIDES_BOTH_AND_FLAT


@kernel
def check_accounts(
    parameters: Floats,
    candidates: Candidates,
    claim: Bankruptcy,
    done: Round,
    capacity: Floats,
    taken: Floats,
    broken: Flags,
) -> None:
    """What every single account is promised: `broken` `[checks]` is set where it is not kept."""
    closes = done.numeraire == CONTRACTS
    for i in range(taken.size):
        x = taken[i]
        if not 0.0 <= x <= capacity[i]:
            broken[BOUNDS] = True
        if closes and x > abs(candidates.qty_contracts[i]):
            broken[BOUNDS] = True
        if x != 0.0 and not may_pay(parameters, candidates, i, claim.side, closes):
            broken[ELIGIBILITY] = True
        if closes and claim.lot > 0.0 and abs(x / claim.lot - round(x / claim.lot)) > LOT_TOL:
            broken[LOTS] = True


@kernel
def payable_of(parameters: Floats, candidates: Candidates, capacity: Floats, lot: float) -> float:
    """What all accounts together can pay, in whole lots if there are lots."""
    weights = np.ones(capacity.size)
    if int(parameters[code.ALLOCATION]) == code.ALLOCATION_WATER_FILL:
        fill_weights(parameters, candidates, capacity, weights)
    payable = 0.0
    for i in range(capacity.size):
        if weights[i] > 0.0:
            most = capacity[i]
            payable += math.floor(most / lot + LOT_TOL) * lot if lot > 0.0 else most
    return payable


@kernel
def check_totals(done: Round, payable: float, lot: float, taken: Floats, broken: Flags) -> None:
    """What the round as a whole promises."""
    total = 0.0
    touched = 0
    for x in taken:
        total += x
        touched += 1 if x != 0.0 else 0
    if not (abs(total - done.filled) <= SAME * done.budget and done.filled <= done.budget):
        broken[BUDGET] = True
    if touched != done.touched:
        broken[BUDGET] = True
    due = min(done.budget, payable)
    if lot > 0.0:
        due = math.floor(due / lot + LOT_TOL) * lot
    if not abs(done.filled - due) <= SAME * done.budget:
        broken[MET] = True


@kernel
def check_design(parameters: Floats, books: Books) -> Ints:
    """How many books broke each check, `[checks]`."""
    counts = np.zeros(5, np.int64)
    for b in range(books.side.size):
        candidates = rows_of(books.candidates, books.start[b], books.start[b + 1])
        claim = claim_of(books, b)
        n = candidates.account_id.size
        scores, taken, capacity = np.empty(n, np.float32), np.empty(n), np.empty(n)
        key = np.uint64(b)
        score_candidates(parameters, candidates, key, scores)
        done = run_round(parameters, candidates, scores, claim, key, taken)
        price = close_price_of(parameters, claim)
        fill_capacity(parameters, candidates, scores, claim, price, capacity)
        broken = np.zeros(5, np.bool_)
        lot = claim.lot if done.numeraire == CONTRACTS else 0.0
        payable = payable_of(parameters, candidates, capacity, lot)
        check_accounts(parameters, candidates, claim, done, capacity, taken, broken)
        check_totals(done, payable, lot, taken, broken)
        counts += broken
    return counts
