"""Depositors of vaults and stakers of funds as objects: who asks, who is paid, and how much.

The order of a tick is `abm.engine.serving`'s: prices, requests (for the loss, then because others
ask), payments, new deposits; for funds: yield, requests, payments.
"""

import math
from dataclasses import dataclass, field

from abm.reference.accounts import Account
from abm.reference.pools import open_interest_usd, standing_of
from abm.reference.rules import (
    asks_back,
    free_equity_usd,
    free_pool_usd,
    inflow_usd,
    keep,
    share_price,
    yield_usd,
)
from abm.reference.venues import Venue
from abm.venue.lp_vault import Vault

SOON_S = 1e-9
"""A payment this close to its time is due [s]."""


@dataclass(slots=True)
class Backer:
    """A depositor, or a staker (who never is strategic)."""

    shares: float
    threshold: float
    is_strategic: bool = False
    due_s: float = math.inf

    @property
    def stays(self) -> bool:
        """Has it shares, and asked nothing back?"""
        return self.shares > 0.0 and self.due_s == math.inf


@dataclass(eq=False)
class OwnedVault:
    """A vault, or pool, that depositors own.

    Attributes:
        held: shares of other vaults, by the place of their venue.
        other_shares: the house's, and those held elsewhere.
        has_depositors: did anybody start with shares?
    """

    venue: Venue
    account: Account
    terms: Vault
    depositors: list[Backer]
    other_shares: float
    outstanding: float
    held: dict[int, float] = field(default_factory=dict)
    price_usd: float = 1.0
    peak_usd: float = 1.0
    slow_usd: float = 1.0
    lowest_usd: float = 1.0
    outside_usd: float = 0.0
    withdrawn_usd: float = 0.0
    run_s: float = math.nan
    has_depositors: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_depositors = any(depositor.shares > 0.0 for depositor in self.depositors)

    def serve(self, now_s: float, dt_s: float) -> None:
        """One tick of its depositors; the price is known already."""
        kept = keep(self.terms.memory_s, dt_s)
        self.peak_usd = max(self.peak_usd, self.price_usd)
        self.lowest_usd = min(self.lowest_usd, self.price_usd)
        self.slow_usd = kept * self.slow_usd + (1.0 - kept) * self.price_usd
        self.hear_requests(now_s)
        self.pay(now_s)
        asked = sum(not depositor.stays for depositor in self.depositors)
        if self.has_depositors and math.isnan(self.run_s) and 2 * asked >= len(self.depositors):
            self.run_s = now_s
        self.take_deposits(dt_s)
        self.outstanding = math.fsum(d.shares for d in self.depositors) + self.other_shares
        self.account.cross.value()

    def hear_requests(self, now_s: float) -> None:
        """Who asks back for the loss, and who because so many do."""
        due_s = now_s + self.terms.lockup_s
        for depositor in self.depositors:
            if depositor.stays and asks_back(self.price_usd, self.peak_usd, depositor.threshold):
                depositor.due_s = due_s
        waiting = math.fsum(d.shares for d in self.depositors if d.due_s < math.inf)
        if waiting > self.terms.run_above * self.outstanding:
            for depositor in self.depositors:
                if depositor.stays and depositor.is_strategic:
                    depositor.due_s = due_s

    @property
    def free_usd(self) -> float:
        """What it may pay out now [USD]."""
        margin, rules = self.account.cross, self.venue.rulebook
        if margin.closing > 0.0:
            return 0.0
        if rules.pool is None:
            return free_equity_usd(
                margin.equity_usd, margin.notional_usd, rules.backstop_leverage, margin.cash_usd
            )
        equity = margin.equity_usd
        stands = standing_of(self.venue)
        held = open_interest_usd(self.venue, 1) + open_interest_usd(self.venue, -1)
        larger = max(stands.long_usd, stands.short_usd)
        reserve = rules.pool.reserved * held
        return free_pool_usd(equity, stands.pool_usd, larger, reserve, rules.pool.withdrawals_below)

    def pay(self, now_s: float) -> None:
        """Pay whom the lock-up has passed, as far as there is free equity."""
        due = [d for d in self.depositors if d.due_s <= now_s + SOON_S]
        owed = math.fsum(d.shares * self.price_usd for d in due)
        free = self.free_usd if owed > 0.0 else 0.0
        if free <= 0.0:
            return
        if self.terms.queue == "pro_rata":
            for depositor in due:
                self.redeem(depositor, free / owed)
            return
        for depositor in sorted(due, key=lambda d: d.due_s):
            if free <= 0.0:
                break
            free -= self.redeem(depositor, free / (depositor.shares * self.price_usd))

    def redeem(self, depositor: Backer, share: float) -> float:
        """Pay a share of what a depositor asked back, at the price now; USD paid."""
        burnt = depositor.shares * min(1.0, share)
        paid = burnt * self.price_usd
        self.account.cross.cash_usd -= paid
        self.outside_usd += paid
        self.withdrawn_usd += paid
        depositor.shares -= burnt
        if share >= 1.0:
            depositor.shares, depositor.due_s = 0.0, math.inf
        return paid

    def take_deposits(self, dt_s: float) -> None:
        """New deposits follow the return; those who stay get the shares."""
        stayers = [d for d in self.depositors if d.due_s == math.inf]
        staying = math.fsum(d.shares for d in stayers)
        value = self.price_usd * self.outstanding
        paid = inflow_usd(value, self.price_usd, self.slow_usd, self.terms.chase_per_s, dt_s)
        if paid > 0.0 and staying > 0.0:
            for depositor in stayers:
                depositor.shares *= 1.0 + paid / (self.price_usd * staying)
            self.account.cross.cash_usd += paid
            self.outside_usd -= paid


@dataclass(eq=False)
class StakedFund:
    """The stakers of one venue's insurance fund."""

    venue: Venue
    stakers: list[Backer]
    peak_usd: float = 1.0
    seen_usd: float = 0.0
    unstaked_usd: float = 0.0

    def serve(self, now_s: float) -> None:
        """Yield, requests and payments of a tick."""
        venue, terms = self.venue, self.venue.rulebook.staking
        total = math.fsum(staker.shares for staker in self.stakers)
        if terms is None or total <= 0.0:
            return
        earned = yield_usd(venue.fees_usd, self.seen_usd, terms.fee_share, total)
        venue.fees_usd -= earned
        venue.pay_stakers(-earned)
        self.seen_usd = venue.fees_usd
        value = venue.stakers_usd / total
        self.peak_usd = max(self.peak_usd, value)
        for staker in self.stakers:
            if staker.stays and asks_back(value, self.peak_usd, staker.threshold):
                staker.due_s = now_s + terms.unstaking_s
            if staker.shares > 0.0 and staker.due_s <= now_s + SOON_S:
                paid = staker.shares * value
                venue.pay_stakers(paid)
                self.unstaked_usd += paid
                staker.shares, staker.due_s = 0.0, math.inf


def price_vaults(vaults: dict[int, OwnedVault], venues: list[Venue]) -> None:
    """Price every vault's shares at the marks now, then redeem the assets that are such."""
    if not vaults:
        return
    for vault in vaults.values():
        vault.account.cross.value()
    moved = math.inf
    while moved > 0.0:
        found = {}
        for v, vault in vaults.items():
            value = vault.account.cross.equity_usd
            for other, shares in vault.held.items():
                value += shares * vaults[other].price_usd
            found[v] = share_price(value, vault.outstanding, vault.price_usd)
        moved = max(abs(found[v] - vault.price_usd) for v, vault in vaults.items())
        moved = moved if moved > 1e-15 else 0.0
        for v, vault in vaults.items():
            vault.price_usd = found[v]
    for venue in venues:
        for asset in venue.assets:
            if asset.vault >= 0:
                asset.price_usd = vaults[asset.vault].price_usd
