"""What a venue knows of a trader's accounts elsewhere: live, or as an oracle reports it.

    hedged share   min(1, what the trader's other accounts and spot offset / position)
    across venues  pnl and equity of all the trader's accounts, its *net* notional Σ_k |net_k p_k|

Live by default. With a report, a snapshot of every account is taken every `refresh_s` and shown
`delay_s` later; each number carries a factor exp(error z), z of unit variance, its own for every
account and snapshot. A venue's own accounts are always known exactly. No production venue shares
such reports (research on designs found none): the values are to be swept.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl import encoding as code
from abm.adl.exposure import Exposure
from abm.agents.trading import centred
from abm.engine.schedule import is_due
from abm.engine.world import DT_S, KEY_REPORT, TICK, Reports, World
from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.rng import tick_key, uniform

REFRESH_S, DELAY_S, ERROR, SEES_SPOT = range(4)
"""Places in `Reports.terms`."""


@dataclass(frozen=True)
class ExposureReport:
    """How venues learn of a trader's positions elsewhere.

    Attributes:
        live: they see them as they are; everything else is then without effect.
        refresh_s, delay_s: how often, and how late.
        error: standard deviation of the log of each reported number.
        sees_spot: does the report hold spot and wallets off the venues too?
    """

    live: bool = True
    refresh_s: float = 10.0
    delay_s: float = 10.0
    error: float = 0.0
    sees_spot: bool = True

    def __post_init__(self) -> None:
        for name in ("refresh_s", "delay_s", "error"):
            if not 0.0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more.")


WHOLE = 1e-9
"""What is left of a hedge below this share is rounding: a rank must not hang on it [1]."""


@kernel
def without_dust(net: float, gross: float) -> float:
    """A difference of large numbers, zero when only their rounding is left."""
    return net if abs(net) > WHOLE * gross else 0.0


class Elsewhere(NamedTuple):
    """A trader's accounts other than one, as they are known there."""

    equity_usd: float
    pnl_usd: float


def open_reports(report: ExposureReport, dt_s: float, shape: tuple[int, int, int]) -> Reports:
    """Room for as many snapshots as are older than the delay; `shape` = (A, T, K)."""
    accounts, traders, instruments = shape
    between = max(1, int(report.refresh_s / dt_s))
    slots = 0 if report.live else 2 + math.ceil(report.delay_s / (between * dt_s))
    return Reports(
        contracts=np.zeros((slots, accounts, instruments)),
        equity_usd=np.zeros((slots, accounts)),
        pnl_usd=np.zeros((slots, accounts)),
        spot_units=np.zeros((slots, traders, instruments)),
        taken_s=np.full(slots, np.inf),
        shown=np.full(1, -1),
        taken=np.zeros(1, np.int64),
        terms=np.array([report.refresh_s, report.delay_s, report.error, float(report.sees_spot)]),
    )


@kernel
def account_pnl(world: World, row: int) -> float:
    """Unrealised profit of all positions of an account, isolated ones included [USD]."""
    accounts = world.state.accounts
    v = accounts.venue[row]
    total = 0.0
    for k in range(accounts.qty_contracts.shape[1]):
        qty = accounts.qty_contracts[row, k]
        if qty != 0.0:
            mark = world.state.markets.mark_price[v, k]
            total += unrealised_pnl(qty, accounts.entry_price[row, k], mark)
    return total


@kernel
def account_equity(world: World, row: int) -> float:
    """Equity of an account, cross (as last valued) and isolated [USD]."""
    accounts = world.state.accounts
    v = accounts.venue[row]
    total = accounts.equity_usd[row]
    for k in range(accounts.qty_contracts.shape[1]):
        if accounts.is_isolated[row, k]:
            mark = world.state.markets.mark_price[v, k]
            qty = accounts.qty_contracts[row, k]
            total += accounts.margin_usd[row, k]
            if qty != 0.0:
                total += unrealised_pnl(qty, accounts.entry_price[row, k], mark)
    return float(total)


@kernel
def is_live(world: World) -> bool:
    """Do venues see positions elsewhere as they are?"""
    return bool(world.reports.taken_s.size == 0)


@kernel
def take_report(world: World) -> None:
    """Take a snapshot if one is due, and show the newest that is old enough."""
    reports = world.reports
    if is_live(world):
        return
    tick, dt_s = world.clock[TICK], world.terms[DT_S]
    now_s = tick * dt_s
    every_s = reports.terms[REFRESH_S]
    first = reports.taken[0] == 0
    if first or is_due(tick, dt_s, every_s):
        write_report(world, reports.taken[0] % reports.taken_s.size, now_s)
        reports.taken[0] += 1
    latest_s = now_s - reports.terms[DELAY_S]
    for slot in range(reports.taken_s.size):
        old = reports.shown[0]
        if reports.taken_s[slot] <= latest_s + 1e-9 and (
            old < 0 or reports.taken_s[slot] > reports.taken_s[old]
        ):
            reports.shown[0] = slot
    if first:
        reports.shown[0] = 0  # what everybody knew when the episode began


@kernel
def write_report(world: World, slot: int, now_s: float) -> None:
    """Write every account and every trader's spot into one snapshot."""
    accounts, traders, reports = world.state.accounts, world.traders, world.reports
    key = tick_key(world.keys[KEY_REPORT], world.clock[TICK])
    error = reports.terms[ERROR]
    for row in range(accounts.cash_usd.size):
        factor = math.exp(error * centred(uniform(key, accounts.account_id[row])))
        for k in range(accounts.qty_contracts.shape[1]):
            reports.contracts[slot, row, k] = factor * accounts.qty_contracts[row, k]
        reports.equity_usd[slot, row] = factor * account_equity(world, row)
        reports.pnl_usd[slot, row] = factor * account_pnl(world, row)
    for t in range(traders.trader_id.size):
        for k in range(traders.spot_units.shape[1]):
            reports.spot_units[slot, t, k] = traders.spot_units[t, k]
    reports.taken_s[slot] = now_s


@kernel
def contracts_elsewhere(world: World, row: int, k: int) -> float:
    """What the owner of an account holds of an instrument elsewhere, as it is known."""
    accounts, traders, reports = world.state.accounts, world.traders, world.reports
    t = accounts.trader[row]
    live = is_live(world)
    slot = reports.shown[0]
    total = 0.0
    if live:
        total = traders.spot_units[t, k]
    elif reports.terms[SEES_SPOT] > 0.0:
        total = reports.spot_units[slot, t, k]
    for place in range(traders.account_start[t], traders.account_start[t + 1]):
        other = traders.account_rows[place]
        if other != row:
            if live:
                total += accounts.qty_contracts[other, k]
            else:
                total += reports.contracts[slot, other, k]
    return float(total)


@kernel
def accounts_elsewhere(world: World, row: int) -> Elsewhere:
    """Equity and profit of the owner's other accounts, as they are known."""
    traders, reports = world.traders, world.reports
    t = world.state.accounts.trader[row]
    equity = pnl = 0.0
    for place in range(traders.account_start[t], traders.account_start[t + 1]):
        other = traders.account_rows[place]
        if other == row:
            continue
        if is_live(world):
            equity += account_equity(world, other)
            pnl += account_pnl(world, other)
        else:
            equity += reports.equity_usd[reports.shown[0], other]
            pnl += reports.pnl_usd[reports.shown[0], other]
    return Elsewhere(equity, pnl)


@kernel
def net_notional(world: World, row: int) -> float:
    """Σ_k |own + elsewhere| mark: what the trader is exposed to over all venues [USD]."""
    accounts = world.state.accounts
    v = accounts.venue[row]
    total = 0.0
    for k in range(accounts.qty_contracts.shape[1]):
        own, other = accounts.qty_contracts[row, k], contracts_elsewhere(world, row, k)
        total += (
            abs(without_dust(own + other, abs(own) + abs(other)))
            * world.state.markets.mark_price[v, k]
        )
    return total


@kernel
def across_venues(world: World, row: int, exposure: Exposure) -> Exposure:
    """The exposure of a position with profit, equity and notional of its owner over all venues."""
    other = accounts_elsewhere(world, row)
    own_pnl = account_pnl(world, row)
    pnl = without_dust(own_pnl + other.pnl_usd, abs(own_pnl) + abs(other.pnl_usd))
    equity = account_equity(world, row) + other.equity_usd
    return Exposure(
        exposure.account_id, exposure.qty_contracts, exposure.entry_price, exposure.mark_price,
        exposure.previous_mark_price, exposure.notional_usd, exposure.pnl_usd, equity - pnl,
        equity, exposure.maintenance_margin_usd, pnl, net_notional(world, row),
        exposure.opening_leverage, exposure.hedged_share, exposure.snapshot_profit_usd,
    )  # fmt: skip


@kernel
def scores_across(world: World, v: int) -> bool:
    """Does a venue's score read its traders' exposure over all venues?"""
    return bool(int(world.designs[v, code.SCORE_SCOPE]) == code.SCOPE_TRADER)
