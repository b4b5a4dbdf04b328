"""One run, watched: what every deleveraged account looked like when it was closed.

A run's outcomes are sums; the event's published moments are quantiles over accounts and shapes in
time. So the run is advanced tick by tick, and of each ADL fill is kept, as the record's own
reconstruction defines them [1]:

    leverage   position's notional at the close price / cash of the account, 0 where cash <= 0
    profit     unrealised PnL of the position / its notional, both at the close price
    backstop   part of the fill's counterparty that was the backstop vault's inventory

Cash (deposits, realised PnL, margin set aside; not unrealised PnL), quantity and entry price are
those at the end of the tick before: ADL comes before any voluntary trade of its own tick. Each ADL
round closes what was taken over for it, so the vault's part of a fill is its part of the contracts
that its book and side took over since the round before: all of it where a solvent vault sheds
inventory, the bankrupt vault's among all bankrupt accounts' otherwise.

The record knows the data of a window only, so `clipped` cuts a run to it before anything is
measured: the same definitions on the same minutes.

Shapes: F fills, N ticks, K instruments.

[1] github.com/ConejoCapital/HyperMultiAssetedADL, full_analysis_realtime.py, step 5 (as of
    2026-11-20). It calls notional / cash "leverage": unlike notional / equity it is not pulled
    down by the profit that makes an account a candidate.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from abm.engine.build import build_world
from abm.engine.run import refuse_bad_scores, scores_in_python
from abm.engine.scenario import Scenario
from abm.engine.tick import tick
from abm.engine.world import World
from abm.market.columns import BACKSTOP, Accounts
from abm.market.ledger import ADL_FILLS, LIQUIDATED_USD
from abm.market.tape import ADL_CASH, ADL_FILL, BACKSTOP_FILL, TAKEOVER
from abm.record import bind
from abm.units import Floats, Ints

ROWS_PER_POSITION = 8
"""Room in a tick's log, per account and instrument: funding, order, forced close, ADL, spares."""

_ROUNDING = 1e-9
"""Ticks that a quotient of two times may be off."""

_TICK, _KIND, _VENUE, _INSTRUMENT, _ACCOUNT, _CONTRACTS, _PRICE = range(7)


class Window(NamedTuple):
    """The record's clock time in seconds of the run: data begins and ends there."""

    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Observation:
    """What is kept of one run, or of a window of it.

    Attributes:
        begin_s: where it begins; tick n ends at begin_s + (n + 1) dt_s.
        dt_s: length of a tick.
        time_s: when each ADL fill happened `[F]`.
        account: whose position it closed `[F]`.
        notional_usd: closed contracts at the close price `[F]`.
        leverage: the whole position's notional / cash `[F]`.
        profit: unrealised PnL / notional at the close price `[F]`.
        backstop: part of the counterparty that was the vault's `[F]`.
        liquidated_usd: notional of forced closes in each tick `[N]`.
        mark_price: on the first venue, at the beginning and after each tick `[N + 1, K]`.
    """

    begin_s: float
    dt_s: float
    time_s: Floats
    account: Ints
    notional_usd: Floats
    leverage: Floats
    profit: Floats
    backstop: Floats
    liquidated_usd: Floats
    mark_price: Floats


def clipped(seen: Observation, window: Window) -> Observation:
    """The part of an observation within a window: ticks that begin and end in it."""
    first = max(0, math.ceil((window.begin_s - seen.begin_s) / seen.dt_s - _ROUNDING))
    last = math.floor((window.end_s - seen.begin_s) / seen.dt_s + _ROUNDING)
    tick = np.rint((seen.time_s - seen.begin_s) / seen.dt_s)  # 1 for the first
    inside = (tick > first) & (tick <= last)
    per_fill = ("time_s", "account", "notional_usd", "leverage", "profit", "backstop")
    return replace(
        seen,
        begin_s=seen.begin_s + first * seen.dt_s,
        liquidated_usd=seen.liquidated_usd[first:last],
        mark_price=seen.mark_price[first : last + 1],
        **{name: getattr(seen, name)[inside] for name in per_fill},
    )


@dataclass(frozen=True)
class _Before:
    """Accounts at the end of the tick before."""

    cash_usd: Floats  # [A]
    margin_usd: Floats  # [A, K]
    qty_contracts: Floats  # [A, K]
    entry_price: Floats  # [A, K]

    def keep(self, accounts: Accounts) -> None:
        """Remember the accounts as they are now."""
        for name, kept in vars(self).items():
            np.copyto(kept, getattr(accounts, name))


def observe(scenario: Scenario, seed: int, replicate: int) -> Observation:
    """Run one replicate and keep what the moments need.

    Args:
        scenario: all choices; its designs must close positions and have a shipped score.
        seed: root of all luck.
        replicate: which luck.

    Raises:
        ValueError: the design takes cash, or its score runs in Python.
        ScoreError: a score was NaN.
    """
    accounts_guess = scenario.traders * 2 + 2 * len(scenario.venues)
    room = ROWS_PER_POSITION * accounts_guess * scenario.instruments
    world = build_world(scenario, seed, replicate, event_rows=room)
    if scores_in_python(world):
        raise ValueError(f"design {scenario.design!r} has a score of its own: use a shipped design")
    handle, state = bind(world), world.state
    row_of = np.argsort(state.accounts.account_id)  # ids are 0 to A - 1
    marks = np.empty((scenario.ticks + 1, scenario.instruments))
    marks[0] = state.markets.mark_price[0]
    liquidated, fills = np.zeros(scenario.ticks), []
    names = ("cash_usd", "margin_usd", "qty_contracts", "entry_price")
    before = _Before(*(getattr(state.accounts, name).copy() for name in names))
    totals = state.ledger.totals
    for n in range(scenario.ticks):
        before.keep(state.accounts)
        done, closed = totals[LIQUIDATED_USD], totals[ADL_FILLS]
        state.tape.logged[0] = 0
        tick(handle)
        liquidated[n] = totals[LIQUIDATED_USD] - done
        marks[n + 1] = state.markets.mark_price[0]
        if totals[ADL_FILLS] > closed:  # a vault's shedding liquidates nobody
            fills.append(_fills(world, before, row_of, scenario.dt_s))
    refuse_bad_scores(world, scenario)
    columns = np.concatenate([np.empty((6, 0)), *fills], axis=1)
    return Observation(
        begin_s=0.0,
        dt_s=scenario.dt_s,
        time_s=columns[0],
        account=columns[1].astype(np.int64),
        notional_usd=columns[2],
        leverage=columns[3],
        profit=columns[4],
        backstop=columns[5],
        liquidated_usd=liquidated,
        mark_price=marks,
    )


def _fills(world: World, before: _Before, row_of: Ints, dt_s: float) -> Floats:
    """The tick's ADL fills `[6, F]`: time, account, notional, leverage, profit, backstop."""
    tape, accounts = world.state.tape, world.state.accounts
    logged = int(tape.logged[0])
    if logged > tape.rows.shape[0]:
        raise ValueError(f"a tick logged {logged} events: raise ROWS_PER_POSITION")
    rows = tape.rows[:logged]
    if (rows[:, _KIND] == ADL_CASH).any():
        raise ValueError("the design takes cash: moments need one that closes positions")
    adl = rows[rows[:, _KIND] == ADL_FILL]
    account = adl[:, _ACCOUNT].astype(np.int64)
    row, k = row_of[account], adl[:, _INSTRUMENT].astype(np.int64)
    price = adl[:, _PRICE]
    qty, entry = before.qty_contracts[row, k], before.entry_price[row, k]
    held = before.cash_usd[row] + before.margin_usd[row].sum(axis=1)
    notional = np.abs(qty) * price
    leverage = np.where(held > 0.0, notional / np.where(held > 0.0, held, 1.0), 0.0)
    vaults = accounts.account_id[accounts.kind == BACKSTOP]
    return np.stack(
        [
            adl[:, _TICK] * dt_s,
            account.astype(np.float64),
            np.abs(adl[:, _CONTRACTS]) * price,
            leverage,
            np.sign(qty) * (price - entry) / price,
            backstop_shares(rows, vaults),
        ]
    )


def backstop_shares(rows: Floats, vaults: Ints) -> Floats:
    """The vaults' part of each ADL fill's counterparty `[F]`.

    The log is in order: takeovers, what the vault takes or gets back, ADL fills, book by book. A
    vault that sheds hands over its own contracts only; what nobody takes of them returns to it.

    Args:
        rows: the tick's events in order `[E, 8]`. Contracts of a takeover are < 0 where the
            bankrupt side is long, those of an ADL fill are > 0 there: they close a short.
        vaults: ids of the backstop vaults.
    """
    kept = rows[np.isin(rows[:, _KIND], (TAKEOVER, BACKSTOP_FILL, ADL_FILL))]
    pending: dict[tuple[float, float, bool], _Taken] = {}
    shares = []
    for row, is_vault in zip(kept.tolist(), np.isin(kept[:, _ACCOUNT], vaults), strict=True):
        kind, contracts = row[_KIND], row[_CONTRACTS]
        is_long = contracts < 0.0 if kind == TAKEOVER else contracts > 0.0
        book = (row[_VENUE], row[_INSTRUMENT], is_long)
        taken = pending.get(book, _NOTHING)
        if kind == ADL_FILL:
            shares.append(taken.vault / taken.whole if taken.whole > 0.0 else math.nan)
            pending[book] = taken._replace(is_done=True)
        elif kind == TAKEOVER:
            taken = _NOTHING if taken.is_done else taken
            more = abs(contracts)
            vault = taken.vault + (more if is_vault else 0.0)
            pending[book] = _Taken(taken.whole + more, vault, is_done=False)
        elif is_vault and taken.whole == taken.vault:
            pending[book] = _NOTHING  # what it could not shed
    return np.array(shares)


class _Taken(NamedTuple):
    """Contracts taken over for the next ADL round of a book and side."""

    whole: float
    vault: float
    is_done: bool  # the round has been held


_NOTHING = _Taken(0.0, 0.0, is_done=False)
