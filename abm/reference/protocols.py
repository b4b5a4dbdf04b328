"""Seed systems as objects: lending protocols with their borrowers, and issuers of stablecoins."""

import math
from dataclasses import dataclass

from abm.protocols.lending import LendingProtocol
from abm.reference.ledger import Ledger
from abm.reference.markets import Asset, Instrument
from abm.reference.rules import (
    coin_price,
    debt_ratio,
    falling_threshold,
    in_same_tick,
    is_rebase_due,
    issue,
    keep,
    rebase_share,
    repaid,
    settlement_price,
    unit_price,
)


@dataclass(eq=False, slots=True)
class Borrower:
    """Units of collateral against a debt."""

    units: float
    debt_usd: float

    def ratio(self, price: float) -> float:
        """Debt over collateral."""
        return debt_ratio(self.debt_usd, self.units * price)


@dataclass
class LendingDesk:
    """One lending protocol.

    Attributes:
        all_debt_usd: debt at the start, the scale of the repayers' means.
        lender_usd: what lenders got back.
        gap: log market price over fair price of a unit.
    """

    terms: LendingProtocol
    instrument: Instrument
    borrowers: list[Borrower]
    all_debt_usd: float
    first_index: float
    supply_scale: float = 1.0
    gap: float = 0.0
    lender_usd: float = 0.0
    sold_usd: float = 0.0
    bad_debt_usd: float = 0.0

    @property
    def price(self) -> float:
        """Market price of a unit."""
        index = self.instrument.index_price
        return unit_price(index, self.first_index, self.supply_scale, math.exp(self.gap))

    def step(self, now_s: float, dt_s: float, spot_impact: float, ledger: Ledger) -> None:
        """Rebase, deleverage, and press the index with what is sold."""
        before = self.sold_usd, self.lender_usd
        self.rebase(now_s, dt_s)
        self.deleverage(now_s, dt_s)
        share = (self.sold_usd - before[0]) / self.instrument.spot_depth_usd
        self.instrument.pressure -= spot_impact * share
        ledger.external_usd += self.lender_usd - before[1]

    def rebase(self, now_s: float, dt_s: float) -> None:
        """Close the price gap a little; change everybody's units if a rebase is due."""
        rule = self.terms.rebase
        self.gap *= keep(rule.repricing_s, dt_s)
        if is_rebase_due(now_s, dt_s, rule.first_s, rule.every_s):
            share = rebase_share(
                self.price - 1.0, rule.band, rule.growth, rule.most_above, rule.most_below
            )
            self.supply_scale *= 1.0 + share
            self.gap += math.log1p(share)
            for borrower in self.borrowers:
                borrower.units *= 1.0 + share

    def deleverage(self, now_s: float, dt_s: float) -> None:
        """Ticks of borrowers above the threshold, from the highest debt ratio down."""
        price, terms = self.price, self.terms
        days = now_s / 86_400.0
        threshold = falling_threshold(terms.threshold, terms.threshold_falls_per_day, days)
        means = terms.repaid_per_s * self.all_debt_usd * dt_s
        indebted = [borrower for borrower in self.borrowers if borrower.debt_usd > 0.0]
        queue = sorted(indebted, key=lambda borrower: -borrower.ratio(price))
        while queue and means > 0.0 and queue[0].ratio(price) >= threshold:
            first = queue.pop(0)
            together = [first]
            while queue and in_same_tick(
                first.ratio(price), queue[0].ratio(price), terms.tick_width
            ):
                together.append(queue.pop(0))
            means -= self.take_down(together, price, means)

    def take_down(self, together: list[Borrower], price: float, means: float) -> float:
        """Repay for borrowers of one tick and sell their collateral, pro rata; debt repaid."""
        debt = sum(borrower.debt_usd for borrower in together)
        value = sum(borrower.units * price for borrower in together)
        paid = repaid(debt, value, self.terms.target, self.terms.bonus, means)
        bonus = 1.0 + self.terms.bonus
        sold, owed_share = bonus * paid, 1.0 - paid / debt
        if paid >= value / bonus:
            sold, owed_share = value, 0.0
            self.bad_debt_usd += debt - paid
        for borrower in together:
            borrower.units *= 1.0 - sold / value
            borrower.debt_usd *= owed_share
        self.lender_usd += paid
        self.sold_usd += sold
        return paid


@dataclass
class Issuer:
    """A stablecoin's issuer: coins, and the speculator's collateral behind them.

    Attributes:
        assets: the coin as each venue counts it.
    """

    demand_usd: float
    beta: float
    expected_return: float
    instrument: Instrument
    assets: list[Asset]
    coins: float
    units: float
    has_collapsed: bool = False

    def step(self, spot_impact: float) -> None:
        """Issue or buy back coins, price them, and trade the collateral in spot."""
        index = self.instrument.index_price
        collateral = self.units * index
        price = math.nan
        if not self.has_collapsed:
            issued = issue(self.demand_usd, self.coins, collateral, self.beta, self.expected_return)
            self.has_collapsed = math.isnan(issued)
            if not self.has_collapsed:
                self.coins += issued
                price = coin_price(self.demand_usd, self.coins)
                self.units += issued * price / index
                flow = issued * price / self.instrument.spot_depth_usd
                self.instrument.pressure += spot_impact * flow
        if self.has_collapsed:
            price = settlement_price(self.coins, collateral)
        for asset in self.assets:
            asset.price_usd = price
