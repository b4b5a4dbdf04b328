"""One ADL round on one book: who pays how much, and the fills that follow.

    close price -> capacity -> budget -> allocation -> fills against the estate, or cash to it

The rules are the design's; queue, water-filling, levelling and lots are this package's own. Cost to
an account is closed * side * (close price - mark), or the cash taken; its burden is cost / equity.
"""

import math
from typing import NamedTuple

from abm.adl import encoding as code
from abm.adl.allocation import Level, Queue
from abm.adl.close_price import Bankruptcy
from abm.adl.exposure import Exposure
from abm.adl.severity import Match
from abm.engine.world import KEY_TIE
from abm.reference.accounts import hand_over
from abm.reference.allocation import (
    level_fill,
    queue_walk,
    queue_walk_sharing_ties,
    round_to_lots,
    water_fill,
)
from abm.reference.ledger import Close, Ledger
from abm.reference.luck import Luck
from abm.reference.markets import Book
from abm.reference.queues import Holder, exposure_of, holders_of, scores_of
from abm.reference.rules import (
    capacity_of,
    close_price_of,
    is_on_a_paying_side,
    loss_per_contract,
)
from abm.reference.venues import Venue
from abm.reference.waterfall import Inventory


class Candidate(NamedTuple):
    """A holder whom the round may touch.

    Attributes:
        score: float32; -inf = out of the queue.
        capacity: most that may be taken, in the numeraire of the round.
        tie: number that breaks ties, smaller first.
    """

    holder: Holder
    exposure: Exposure
    score: float
    capacity: float
    tie: float


def deleverage_book(
    venue: Venue, book: Book, inventory: Inventory, luck: Luck, ledger: Ledger
) -> float:
    """Apply the venue's design to what nobody took; USD of the deficit it covered."""
    venue.value_accounts()
    holders = holders_of(venue, book)
    exposures = [exposure_of(holder) for holder in holders]
    scores = scores_of(venue, holders, exposures, luck, KEY_TIE)
    bankruptcy = Bankruptcy(
        inventory.side,
        inventory.contracts,
        inventory.deficit_usd,
        inventory.price,
        book.mark_price,
        book.previous_mark_price,
        book.lot_contracts,
    )
    close_price = close_price_of(venue.parameters, bankruptcy)
    payers = payers_of(
        venue, list(zip(holders, exposures, scores, strict=True)), bankruptcy, close_price, luck
    )
    taken = allocate(venue, payers, bankruptcy, math.isnan(close_price))
    if not any(amount > 0.0 for amount in taken):
        return 0.0
    bound_terms = bound_of(holders, exposures)
    total, burden = carry_out(
        venue, book, inventory.side, payers, taken, close_price, luck.tick, ledger
    )
    bound = least_burden(bound_terms, total)
    ledger.adl_rounds += 1
    ledger.taken_usd += total
    ledger.burden = max(ledger.burden, burden)
    ledger.burden_bound = max(ledger.burden_bound, bound)
    ledger.burden_excess = max(ledger.burden_excess, burden - bound)
    return total


def is_eligible(holder: Holder) -> bool:
    """May ADL touch this position? Not the house's, not one in forced close."""
    return not holder.account.is_house and holder.position.margin.closing == 0.0


def payers_of(
    venue: Venue,
    book_of_scores: list[tuple[Holder, Exposure, float]],
    bankruptcy: Bankruptcy,
    close_price: float,
    luck: Luck,
) -> list[Candidate]:
    """The paying side of a book, by account id, each with its capacity."""
    random_ties = venue.parameters[code.ALLOCATION_TIES] == code.TIES_RANDOM
    draws = luck.column(KEY_TIE, venue.account_ids) if random_ties else None
    loss = loss_per_contract(bankruptcy, close_price)
    closes = not math.isnan(close_price)
    payers = []
    for holder, exposure, score in book_of_scores:
        if not is_on_a_paying_side(venue.parameters, exposure.qty_contracts, bankruptcy.side):
            continue
        capacity = 0.0
        if is_eligible(holder) and score != -math.inf:
            capacity = capacity_of(venue.parameters, exposure, loss, closes)
        tie = int(draws[holder.place] * 2.0**32) if draws is not None else holder.place
        payers.append(Candidate(holder, exposure, score, capacity, tie))
    return payers


def budget_of(venue: Venue, owed: float, payers: list[Candidate]) -> float:
    """What the design sets out to take, in the numeraire of the round."""
    if isinstance(venue.design.severity, Match):
        return min(owed, math.fsum(payer.capacity for payer in payers))
    theta: float = venue.parameters[code.SEVERITY_THETA]
    return theta * owed


def allocate(
    venue: Venue, payers: list[Candidate], bankruptcy: Bankruptcy, in_cash: bool
) -> list[float]:
    """What is taken from each payer, in contracts or USD."""
    owed = bankruptcy.deficit_usd if in_cash else bankruptcy.contracts
    lot = 0.0 if in_cash else bankruptcy.lot
    budget = budget_of(venue, owed, payers)
    rule = venue.design.allocation
    capacity = [payer.capacity for payer in payers]
    if isinstance(rule, Queue):
        order = sorted(range(len(payers)), key=lambda i: (-payers[i].score, payers[i].tie))
        line = [capacity[i] for i in order]
        if rule.ties == "pro_rata":
            walked = queue_walk_sharing_ties(line, [payers[i].score for i in order], budget)
        else:
            walked = queue_walk(line, budget, lot, venue.parameters[code.ALLOCATION_MAX_VISITS])
        place_of = {i: place for place, i in enumerate(order)}
        taken = [walked[place_of[i]] for i in range(len(payers))]
    elif isinstance(rule, Level):
        taken = level_fill(capacity, budget)
    else:
        taken = water_fill(capacity, weights_of(venue, payers), budget)
    if lot > 0.0 and not (isinstance(rule, Queue) and rule.ties != "pro_rata"):
        taken = round_to_lots(taken, capacity, [payer.tie for payer in payers], budget, lot)
    return taken


def weights_of(venue: Venue, payers: list[Candidate]) -> list[float]:
    """Water-filling weights: capacity, one, or capacity * leverage ** power."""
    choice = venue.parameters[code.ALLOCATION_WEIGHT]
    power: float = venue.parameters[code.ALLOCATION_POWER]
    weights = []
    for payer in payers:
        weight = payer.capacity
        if weight > 0.0 and choice == code.WEIGHT_ONE:
            weight = 1.0
        if weight > 0.0 and choice == code.WEIGHT_RISK:
            exposure = payer.exposure
            weight *= (exposure.account_notional_usd / exposure.equity_usd) ** power
        weights.append(weight)
    return weights


def carry_out(
    venue: Venue,
    book: Book,
    side: int,
    payers: list[Candidate],
    taken: list[float],
    close_price: float,
    tick: int,
    ledger: Ledger,
) -> tuple[float, float]:
    """Move positions and cash as decided; (cost to the accounts [USD], largest burden)."""
    total = burden = 0.0
    for payer, amount in zip(payers, taken, strict=True):
        if amount <= 0.0:
            continue
        account = payer.holder.account
        if math.isnan(close_price):
            account.cross.cash_usd -= amount
            venue.estate.cross.cash_usd += amount
            ledger.adl_usd += amount
            cost = amount
        else:
            cost = close_winner(venue, book, side, payer, amount, close_price, tick, ledger)
        account.taken_usd += cost
        ledger.adl_fills += 1
        total += cost
        if payer.exposure.equity_usd > 0.0:
            burden = max(burden, cost / payer.exposure.equity_usd)
        account.cross.value()
    return total, burden


def close_winner(
    venue: Venue,
    book: Book,
    side: int,
    payer: Candidate,
    contracts: float,
    price: float,
    tick: int,
    ledger: Ledger,
) -> float:
    """Close contracts of an account against the estate; cost at the mark [USD]."""
    position, account = payer.holder.position, payer.holder.account
    hand_over(venue.estate.positions[book.k], position, side, contracts, price)
    fee = venue.parameters[code.AFTERMATH_FEE_RATE] * contracts * price
    position.charge(fee)
    venue.fees_usd += fee
    ledger.closes.append(Close(tick, book, -side * contracts, price))
    ledger.adl_usd += contracts * book.mark_price
    account.closed_usd += contracts * book.mark_price
    return contracts * side * (price - book.mark_price)


def bound_of(holders: list[Holder], exposures: list[Exposure]) -> list[tuple[float, float]]:
    """Profit that could be taken, and equity, of every eligible holder before the round [USD]."""
    terms = []
    for holder, exposure in zip(holders, exposures, strict=True):
        equity = max(0.0, exposure.equity_usd)
        profit = max(0.0, exposure.pnl_usd)
        if is_eligible(holder) and equity > 0.0:
            terms.append((min(profit, equity), equity))
    return terms


def least_burden(terms: list[tuple[float, float]], total_usd: float) -> float:
    """Least possible max_i x_i / e_i when accounts in profit pay `total_usd` together [1]."""
    paid = water_fill([most for most, _ in terms], [equity for _, equity in terms], total_usd)
    return max((x / equity for x, (_, equity) in zip(paid, terms, strict=True)), default=0.0)
