"""One ADL round on one book: who pays how much, and the fills that follow.

    close price -> capacity -> budget -> allocation -> fills against the estate, or cash to it

The rules are the design's; queue, water-filling, levelling and lots are this package's own. Cost to
an account is closed * side * (close price - mark), or the cash taken; its burden is cost / equity.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from abm.adl.allocation import Level, Queue, WaterFill
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.exposure import Exposure
from abm.adl.severity import Fixed, Match
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
from abm.reference.queues import Holder, exposure_of, holders_of
from abm.reference.rules import (
    capacity_of,
    close_price_of,
    is_on_a_paying_side,
    loss_per_contract,
)
from abm.reference.venues import Venue
from abm.reference.waterfall import Inventory


class Payer(NamedTuple):
    """A holder on a paying side.

    Attributes:
        score: float32; -inf = out of the queue.
        capacity: most that may be taken, in the numeraire of the round; 0 = not touched.
        tie: number that breaks ties, smaller first.
    """

    holder: Holder
    exposure: Exposure
    score: float
    capacity: float
    tie: int


def is_eligible(holder: Holder) -> bool:
    """May ADL touch this position? Not the house's, not one in forced close."""
    return not holder.account.is_house and holder.position.margin.closing == 0.0


@dataclass(slots=True)
class AdlRound:
    """One round: a venue's design against what nobody took of one book."""

    venue: Venue
    book: Book
    inventory: Inventory
    luck: Luck
    ledger: Ledger

    def run(self) -> float:
        """Carry the round out; USD of the deficit it covered."""
        self.venue.value_accounts()
        holders = holders_of(self.venue, self.book)
        exposures = [exposure_of(holder) for holder in holders]
        close_price = close_price_of(self.venue.parameters, self.bankruptcy)
        payers = self.payers(holders, exposures, close_price)
        taken = self.allocate(payers, in_cash=math.isnan(close_price))
        if not any(amount > 0.0 for amount in taken):
            return 0.0
        total, burden = self.carry_out(payers, taken, close_price)
        bound = least_burden(holders, exposures, total)
        ledger = self.ledger
        ledger.adl_rounds += 1
        ledger.taken_usd += total
        ledger.burden = max(ledger.burden, burden)
        ledger.burden_bound = max(ledger.burden_bound, bound)
        ledger.burden_excess = max(ledger.burden_excess, burden - bound)
        return total

    @property
    def bankruptcy(self) -> Bankruptcy:
        """What is owed, as the rules read it."""
        inventory, book = self.inventory, self.book
        return Bankruptcy(
            inventory.side,
            inventory.contracts,
            inventory.deficit_usd,
            inventory.price,
            book.mark_price,
            book.previous_mark_price,
            book.lot_contracts,
        )

    def payers(
        self, holders: list[Holder], exposures: list[Exposure], close_price: float
    ) -> list[Payer]:
        """The paying side of the book, by account id, each with score and capacity."""
        venue, side = self.venue, self.inventory.side
        parameters = venue.parameters
        scores = [venue.queue_scores.get(holder.position, -math.inf) for holder in holders]
        loss = loss_per_contract(self.bankruptcy, close_price)
        closes = not math.isnan(close_price)
        places = range(len(venue.accounts))
        ties = list(places)
        if venue.design.allocation.ties == "random":
            draws = self.luck.column(KEY_TIE, venue.account_ids)
            ties = [int(draw * 2.0**32) for draw in draws]
        payers = []
        for holder, exposure, score in zip(holders, exposures, scores, strict=True):
            if is_on_a_paying_side(parameters, exposure.qty_contracts, side):
                capacity = 0.0
                if is_eligible(holder) and score != -math.inf:
                    capacity = capacity_of(parameters, exposure, loss, closes)
                payers.append(Payer(holder, exposure, score, capacity, ties[holder.place]))
        return payers

    def allocate(self, payers: list[Payer], *, in_cash: bool) -> list[float]:
        """What is taken from each payer, in contracts or USD."""
        rule = self.venue.design.allocation
        capacity = [payer.capacity for payer in payers]
        owed = self.inventory.deficit_usd if in_cash else self.inventory.contracts
        lot = 0.0 if in_cash else self.book.lot_contracts
        budget = self.budget(owed, capacity)
        if isinstance(rule, Queue):
            order = sorted(range(len(payers)), key=lambda i: (-payers[i].score, payers[i].tie))
            line = [capacity[i] for i in order]
            if rule.ties == "pro_rata":
                walked = queue_walk_sharing_ties(line, [payers[i].score for i in order], budget)
            else:
                walked = queue_walk(line, budget, lot, rule.max_visits or math.inf)
            amounts = dict(zip(order, walked, strict=True))
            taken = [amounts[i] for i in range(len(payers))]
        elif isinstance(rule, Level):
            taken = level_fill(capacity, budget)
        else:
            taken = water_fill(capacity, [weight_of(rule, payer) for payer in payers], budget)
        walks_in_lots = isinstance(rule, Queue) and rule.ties != "pro_rata"
        if lot > 0.0 and not walks_in_lots:
            taken = round_to_lots(taken, capacity, [payer.tie for payer in payers], budget, lot)
        return taken

    def budget(self, owed: float, capacity: list[float]) -> float:
        """What the design sets out to take of what is owed, in the numeraire of the round."""
        severity = self.venue.design.severity
        if isinstance(severity, Match):
            return min(owed, math.fsum(capacity))
        return severity.theta * owed if isinstance(severity, Fixed) else owed

    def carry_out(
        self, payers: list[Payer], taken: list[float], close_price: float
    ) -> tuple[float, float]:
        """Move positions and cash as decided; (cost to the accounts [USD], largest burden)."""
        total = burden = 0.0
        for payer, amount in zip(payers, taken, strict=True):
            if amount <= 0.0:
                continue
            if math.isnan(close_price):
                cost = self.charge_winner(payer, amount)
            else:
                cost = self.close_winner(payer, amount, close_price)
            payer.holder.account.taken_usd += cost
            self.ledger.adl_fills += 1
            total += cost
            if payer.exposure.equity_usd > 0.0:
                burden = max(burden, cost / payer.exposure.equity_usd)
            payer.holder.account.cross.value()
        return total, burden

    def charge_winner(self, payer: Payer, amount_usd: float) -> float:
        """Take cash for the estate from the margin behind a position; cost [USD]."""
        payer.holder.position.charge(amount_usd)
        self.venue.estate.cross.cash_usd += amount_usd
        self.ledger.adl_usd += amount_usd
        return amount_usd

    def close_winner(self, payer: Payer, contracts: float, price: float) -> float:
        """Close contracts of an account against the estate; cost at the mark [USD]."""
        venue, book, side, ledger = self.venue, self.book, self.inventory.side, self.ledger
        position, account = payer.holder.position, payer.holder.account
        fee = venue.design.aftermath.fee_rate * contracts * price
        position.charge(fee)
        venue.fees_usd += fee
        hand_over(venue.estate.positions[book.k], position, side, contracts, price)
        ledger.closes.append(Close(self.luck.tick, book, -side * contracts, price))
        ledger.adl_usd += contracts * book.mark_price
        account.closed_usd += contracts * book.mark_price
        return contracts * side * (price - book.mark_price)


def weight_of(rule: WaterFill, payer: Payer) -> float:
    """Water-filling weight of one payer: capacity, one, or capacity * leverage ** power."""
    weight = payer.capacity
    if weight > 0.0 and rule.weight == "one":
        weight = 1.0
    if weight > 0.0 and rule.weight == "risk":
        leverage = payer.exposure.account_notional_usd / payer.exposure.equity_usd
        weight *= leverage**rule.power
    return weight


def least_burden(holders: list[Holder], exposures: list[Exposure], total_usd: float) -> float:
    """Least possible max_i x_i / e_i when accounts in profit pay `total_usd` together [1]."""
    equities, profits = [], []
    for holder, exposure in zip(holders, exposures, strict=True):
        if is_eligible(holder) and exposure.equity_usd > 0.0:
            equities.append(exposure.equity_usd)
            profits.append(min(max(0.0, exposure.pnl_usd), exposure.equity_usd))
    paid = water_fill(profits, equities, total_usd)
    return max((x / equity for x, equity in zip(paid, equities, strict=True)), default=0.0)
