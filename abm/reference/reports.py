"""What venues know of a trader's accounts elsewhere, live or reported, over objects."""

import math
from dataclasses import dataclass, field

import numpy as np

from abm.adl.exposure import Exposure
from abm.engine.reports import ExposureReport
from abm.engine.world import KEY_REPORT
from abm.reference.accounts import Account, IsolatedMargin, Owner
from abm.reference.luck import Luck
from abm.reference.rules import centred, is_due, without_dust


def pnl_of(account: Account) -> float:
    """Unrealised profit of all positions [USD]."""
    return sum(p.pnl_usd for p in account.positions if p.qty_contracts != 0.0)


def equity_of(account: Account) -> float:
    """Cross equity as last valued, and the isolated margins' [USD]."""
    isolated = [m.equity_usd for m in account.margins if isinstance(m, IsolatedMargin)]
    return account.cross.equity_usd + sum(isolated)


@dataclass(slots=True)
class Report:
    """All accounts at one time: by account (contracts, equity, profit), by owner spot units."""

    taken_s: float
    accounts: dict[int, tuple[list[float], float, float]] = field(default_factory=dict)
    spot: dict[int, list[float]] = field(default_factory=dict)


class Reporter:
    """Tells venues what their traders hold elsewhere."""

    def __init__(self, choice: ExposureReport, accounts: list[Account], luck: Luck) -> None:
        self.choice = choice
        self.everybody = accounts
        self.waiting: list[Report] = []
        self.shown: Report | None = None
        if not choice.live:
            for account in accounts:
                account.cross.value()
            self.shown = self._take(luck, 0.0)

    def report(self, luck: Luck, dt_s: float) -> None:
        """Take a report if one is due, and show the newest that is old enough."""
        if self.choice.live:
            return
        now_s = luck.tick * dt_s
        if is_due(luck.tick, dt_s, self.choice.refresh_s):
            self.waiting.append(self._take(luck, now_s))
        while self.waiting and self.waiting[0].taken_s <= now_s - self.choice.delay_s + 1e-9:
            self.shown = self.waiting.pop(0)

    def _take(self, luck: Luck, now_s: float) -> Report:
        """Every account with its own error, every owner's spot without one."""
        ids = np.array([account.account_id for account in self.everybody])
        draws = luck.column(KEY_REPORT, ids)
        report = Report(now_s)
        for account, draw in zip(self.everybody, draws, strict=True):
            factor = math.exp(self.choice.error * centred(draw))
            held = [factor * position.qty_contracts for position in account.positions]
            numbers = held, factor * equity_of(account), factor * pnl_of(account)
            report.accounts[id(account)] = numbers
            report.spot[id(account.owner)] = list(account.owner.spot_units)
        return report

    def contracts_elsewhere(self, account: Account, k: int) -> float:
        """What the owner holds of an instrument elsewhere, as it is known."""
        owner = account.owner
        others = _others(owner, account)
        if self.shown is None:
            return owner.spot_units[k] + sum(o.positions[k].qty_contracts for o in others)
        spot = self.shown.spot[id(owner)][k] if self.choice.sees_spot else 0.0
        return spot + sum(self.shown.accounts[id(other)][0][k] for other in others)

    def across_venues(self, account: Account, own: Exposure) -> Exposure:
        """The exposure with profit, equity and net notional of the owner over all venues."""
        own_pnl, equity, notional = pnl_of(account), equity_of(account), 0.0
        pnl = 0.0
        for other in _others(account.owner, account):
            if self.shown is None:
                equity += equity_of(other)
                pnl += pnl_of(other)
            else:
                equity += self.shown.accounts[id(other)][1]
                pnl += self.shown.accounts[id(other)][2]
        pnl = without_dust(own_pnl + pnl, abs(own_pnl) + abs(pnl))
        for leg in account.positions:
            mine, other_legs = leg.qty_contracts, self.contracts_elsewhere(account, leg.book.k)
            net = without_dust(mine + other_legs, abs(mine) + abs(other_legs))
            notional += abs(net) * leg.book.mark_price
        return own._replace(
            wallet_usd=equity - pnl,
            equity_usd=equity,
            account_pnl_usd=pnl,
            account_notional_usd=notional,
        )


def _others(owner: Owner, account: Account) -> list[Account]:
    """The owner's other accounts."""
    return [other for _, other in owner.accounts if other is not account]
