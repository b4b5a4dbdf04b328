"""One ADL round on one book: who pays how much, and the fills that follow.

    close price -> capacity -> budget -> allocation -> fills against the estate, or cash to it

The rules are the design's; queue, water-filling, levelling and lots are this package's own. Cost to
an account is closed * side * (close price - mark), or the cash taken; its burden is cost / equity.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl.allocation import Allocation, Level, Queue, Tiered, TopShare, WaterFill
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.exposure import Exposure
from abm.adl.severity import EqualClaims, Fixed, Match
from abm.engine.world import KEY_TIE
from abm.reference.accounts import hand_over
from abm.reference.allocation import (
    level_fill,
    queue_walk,
    queue_walk_sharing_ties,
    round_to_lots,
    tier_fill,
    top_fill,
    water_fill,
)
from abm.reference.ledger import Close, Ledger
from abm.reference.luck import Luck
from abm.reference.markets import Book
from abm.reference.queues import Holder, everybody_of, exposure_of, is_eligible, queued_of
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
        by_profit: whether the design counts profit, and not equity, as endowment.
    """

    holder: Holder
    exposure: Exposure
    score: float
    capacity: float
    tie: int
    by_profit: bool

    @property
    def endowment_usd(self) -> float:
        """What the numeraire counts before caps [USD]."""
        return self.exposure.pnl_usd if self.by_profit else self.exposure.equity_usd


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
        holders = queued_of(self.venue, self.book)
        exposures = [exposure_of(holder) for holder in holders]
        close_price = close_price_of(self.venue.parameters, self.bankruptcy)
        payers = self.payers(holders, exposures, close_price)
        taken = self.allocate(payers, in_cash=math.isnan(close_price))
        if not any(amount > 0.0 for amount in taken):
            return 0.0
        total, paid_back, burden = self.carry_out(payers, taken, close_price)
        bound = least_burden(holders, exposures, total - paid_back)
        ledger = self.ledger
        ledger.adl_rounds += 1
        ledger.taken_usd += total - paid_back
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
        by_profit = venue.design.capacity.numeraire == "pnl_usd"
        payers = []
        for holder, exposure, score in zip(holders, exposures, scores, strict=True):
            if is_on_a_paying_side(parameters, exposure.qty_contracts, side):
                capacity = 0.0
                if is_eligible(holder) and score != -math.inf:
                    capacity = capacity_of(parameters, exposure, loss, closes)
                tie = ties[holder.place]
                payers.append(Payer(holder, exposure, score, capacity, tie, by_profit))
        return payers

    def allocate(self, payers: list[Payer], *, in_cash: bool) -> list[float]:
        """What is taken from each payer, in contracts or USD."""
        rule = self.venue.design.allocation
        capacity = [payer.capacity for payer in payers]
        owed = self.inventory.deficit_usd if in_cash else self.inventory.contracts
        lot = 0.0 if in_cash else self.book.lot_contracts
        budget = self.budget(owed, capacity)
        if isinstance(rule, Queue):
            taken = walk(rule, payers, budget, lot)
        else:
            taken = share_out(rule, payers, budget, lot)
        walks_in_lots = isinstance(rule, Queue) and rule.ties != "pro_rata"
        if lot > 0.0 and not walks_in_lots:
            if isinstance(rule, TopShare):
                capacity = [c if x > 0.0 else 0.0 for c, x in zip(capacity, taken, strict=True)]
            taken = round_to_lots(taken, capacity, [payer.tie for payer in payers], budget, lot)
        return taken

    def budget(self, owed: float, capacity: list[float]) -> float:
        """What the design sets out to take of what is owed, in the numeraire of the round."""
        severity = self.venue.design.severity
        if isinstance(severity, Match):
            return min(owed, math.fsum(capacity))
        if isinstance(severity, EqualClaims):
            everybody = everybody_of(self.venue, self.book)
            deposits = math.fsum(exposure_of(holder).wallet_usd for holder in everybody)
            share = 1.0 if deposits <= 0.0 else owed / (deposits + owed)
            return min(owed, share * math.fsum(capacity))
        return severity.theta * owed if isinstance(severity, Fixed) else owed

    def carry_out(
        self, payers: list[Payer], taken: list[float], close_price: float
    ) -> tuple[float, float, float]:
        """Move positions and cash as decided; (cost, compensation [USD], largest burden)."""
        total = paid_back = burden = 0.0
        costs: list[tuple[Payer, float]] = []
        for payer, amount in zip(payers, taken, strict=True):
            if amount <= 0.0:
                continue
            if math.isnan(close_price):
                cost = self.charge_winner(payer, amount)
            else:
                cost = self.close_winner(payer, amount, close_price)
            costs.append((payer, cost))
            self.ledger.adl_fills += 1
            total += cost
        share = self.compensated_share([cost for _, cost in costs])
        for payer, cost in costs:
            paid = share * max(0.0, cost)
            payer.holder.account.cross.cash_usd += paid
            self.venue.fees_usd -= paid
            payer.holder.account.taken_usd += cost - paid
            paid_back += paid
            if payer.exposure.equity_usd > 0.0:
                burden = max(burden, (cost - paid) / payer.exposure.equity_usd)
            payer.holder.account.cross.value()
        return total, paid_back, burden

    def compensated_share(self, costs_usd: list[float]) -> float:
        """Share of each loss that the venue pays back: the design's, or what fees suffice for."""
        share = self.venue.design.aftermath.compensation
        wanted = 0.0
        for cost in costs_usd:
            wanted += share * max(0.0, cost)
        if wanted <= 0.0:
            return 0.0
        return share * min(1.0, max(0.0, self.venue.fees_usd) / wanted)

    def charge_winner(self, payer: Payer, amount_usd: float) -> float:
        """Take cash for the estate from the margin behind a position; cost [USD]."""
        payer.holder.position.charge(amount_usd)
        self.venue.estate.cross.cash_usd += amount_usd
        self.ledger.adl_usd += amount_usd
        self.book.adl_usd += amount_usd
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
        book.adl_usd += contracts * book.mark_price
        account.closed_usd += contracts * book.mark_price
        return contracts * side * (price - book.mark_price)


def queue_order(rule: Queue | TopShare, payers: list[Payer]) -> list[int]:
    """Places of the payers in the queue's order."""

    def key(i: int) -> tuple[float, ...]:
        payer = payers[i]
        if rule.ties == "pnl_wallet_newest":
            x = payer.exposure
            return (-payer.score, -_float32(x.pnl_usd), _float32(x.wallet_usd), -float(i))
        return (-payer.score, float(payer.tie))

    return sorted(range(len(payers)), key=key)


def _float32(value: float) -> float:
    return float(np.float32(value))


def walk(rule: Queue, payers: list[Payer], budget: float, lot: float) -> list[float]:
    """What a queue takes from each payer."""
    order = queue_order(rule, payers)
    line = [payers[i].capacity for i in order]
    if rule.ties == "pro_rata":
        walked = queue_walk_sharing_ties(line, [payers[i].score for i in order], budget)
    else:
        walked = queue_walk(line, budget, lot, rule.max_visits or math.inf)
    amounts = dict(zip(order, walked, strict=True))
    return [amounts[i] for i in range(len(payers))]


def share_out(rule: Allocation, payers: list[Payer], budget: float, lot: float) -> list[float]:
    """What a rule that shares takes from each payer, before rounding to lots."""
    capacity = [payer.capacity for payer in payers]
    if isinstance(rule, Level):
        return level_fill(capacity, budget)
    if isinstance(rule, TopShare):
        return top_fill(capacity, queue_order(rule, payers), budget, rule.top, lot)
    if isinstance(rule, Tiered):
        shares = [shares_above(rule, payer) for payer in payers]
        return tier_fill(capacity, shares, budget)
    assert isinstance(rule, WaterFill)
    longs = math.fsum(p.capacity for p in payers if p.exposure.qty_contracts > 0.0)
    shorts = math.fsum(p.capacity for p in payers if p.exposure.qty_contracts < 0.0)
    weights = [
        weight_of(rule, p, capacity, longs if p.exposure.qty_contracts > 0.0 else shorts)
        for p in payers
    ]
    return water_fill(capacity, weights, budget)


def shares_above(rule: Tiered, payer: Payer) -> list[float]:
    """Share of a payer's capacity that is junior to each edge, most junior first."""
    x = payer.exposure
    entry_usd = abs(x.qty_contracts) * x.entry_price
    endowment_usd = payer.endowment_usd
    if endowment_usd <= 0.0:
        return [0.0 for _ in rule.edges]
    return [min(1.0, max(0.0, x.pnl_usd - edge * entry_usd) / endowment_usd) for edge in rule.edges]


def weight_of(rule: WaterFill, payer: Payer, capacity: list[float], side_total: float) -> float:
    """Water-filling weight of one payer; see `abm.adl.allocation`."""
    if payer.capacity <= 0.0 or rule.weight == "capacity":
        return payer.capacity
    if rule.weight == "one":
        return 1.0
    if rule.weight == "equity":
        return payer.exposure.equity_usd
    if rule.weight == "capacity_squared":
        return float((payer.capacity / max(capacity)) ** 2)
    if rule.weight == "share_of_side":
        return payer.capacity / side_total
    leverage = payer.exposure.account_notional_usd / payer.exposure.equity_usd
    if rule.weight == "risk":
        return float(payer.capacity * leverage**rule.power)
    return payer.capacity * leverage * max(0.0, leverage - rule.power)


def least_burden(holders: list[Holder], exposures: list[Exposure], total_usd: float) -> float:
    """Least possible max_i x_i / e_i when accounts in profit pay `total_usd` together [1]."""
    equities, profits = [], []
    for holder, exposure in zip(holders, exposures, strict=True):
        if is_eligible(holder) and exposure.equity_usd > 0.0:
            equities.append(exposure.equity_usd)
            profits.append(min(max(0.0, exposure.pnl_usd), exposure.equity_usd))
    paid = water_fill(profits, equities, total_usd)
    return max((x / equity for x, equity in zip(paid, equities, strict=True)), default=0.0)
