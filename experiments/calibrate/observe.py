"""One run, watched: what every deleveraged account looked like when it was closed.

A run's outcomes are sums; the event's published moments are quantiles over accounts and shapes in
time. So the run is advanced tick by tick, and of each ADL fill is kept, as the record's own
reconstruction defines them [1]:

    leverage   position's notional at the close price / cash of the account, 0 where cash <= 0
    profit     unrealised PnL of the position / its notional, both at the close price
    backstop   part of the fill's counterparty that was the backstop vault's inventory

Cash (deposits, realised PnL, margin set aside; not unrealised PnL), quantity and entry price are
those at the end of the tick before: ADL comes before any voluntary trade of its own tick. The
waterfall closes all bankrupt inventory of a book and side together, so the vault's part of a fill
is its part of the contracts taken over in that tick, book and side.

Shapes: F fills, N ticks, K instruments.

[1] github.com/ConejoCapital/HyperMultiAssetedADL, full_analysis_realtime.py, step 5 (as of
    2026-11-20). It calls notional / cash "leverage": unlike notional / equity it is not pulled
    down by the profit that makes an account a candidate.
"""

from dataclasses import dataclass

import numpy as np

from abm.engine.build import build_world
from abm.engine.run import refuse_bad_scores, scores_in_python
from abm.engine.scenario import Scenario
from abm.engine.tick import tick
from abm.engine.world import World
from abm.market.columns import BACKSTOP, Accounts
from abm.market.ledger import LIQUIDATED_USD
from abm.market.tape import ADL_CASH, ADL_FILL, TAKEOVER
from abm.record import bind
from abm.units import Floats, Ints

ROWS_PER_POSITION = 8
"""Room in a tick's log, per account and instrument: funding, order, forced close, ADL, spares."""

_TICK, _KIND, _VENUE, _INSTRUMENT, _ACCOUNT, _CONTRACTS, _PRICE = range(7)


@dataclass(frozen=True)
class Observation:
    """What is kept of one run.

    Attributes:
        dt_s: length of a tick.
        time_s: when each ADL fill happened `[F]`.
        account: whose position it closed `[F]`.
        notional_usd: closed contracts at the close price `[F]`.
        leverage: the whole position's notional / cash `[F]`.
        profit: unrealised PnL / notional at the close price `[F]`.
        backstop: part of the counterparty that was the vault's `[F]`.
        liquidated_usd: notional of forced closes in each tick `[N]`.
        lowest_mark: lowest mark price / first, on the first venue `[K]`.
    """

    dt_s: float
    time_s: Floats
    account: Ints
    notional_usd: Floats
    leverage: Floats
    profit: Floats
    backstop: Floats
    liquidated_usd: Floats
    lowest_mark: Floats


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
    first, lowest = state.markets.mark_price[0].copy(), state.markets.mark_price[0].copy()
    liquidated, fills = np.zeros(scenario.ticks), []
    names = ("cash_usd", "margin_usd", "qty_contracts", "entry_price")
    before = _Before(*(getattr(state.accounts, name).copy() for name in names))
    for n in range(scenario.ticks):
        before.keep(state.accounts)
        done = state.ledger.totals[LIQUIDATED_USD]
        state.tape.logged[0] = 0
        tick(handle)
        liquidated[n] = state.ledger.totals[LIQUIDATED_USD] - done
        np.minimum(lowest, state.markets.mark_price[0], out=lowest)
        if liquidated[n] > 0.0:
            fills.append(_fills(world, before, row_of, scenario.dt_s))
    refuse_bad_scores(world, scenario)
    columns = np.concatenate([np.empty((6, 0)), *fills], axis=1)
    return Observation(
        dt_s=scenario.dt_s,
        time_s=columns[0],
        account=columns[1].astype(np.int64),
        notional_usd=columns[2],
        leverage=columns[3],
        profit=columns[4],
        backstop=columns[5],
        liquidated_usd=liquidated,
        lowest_mark=lowest / first,
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
    if not len(adl):
        return np.empty((6, 0))
    taken = rows[rows[:, _KIND] == TAKEOVER]
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
            backstop_shares(adl, taken, vaults),
        ]
    )


def backstop_shares(adl: Floats, taken: Floats, vaults: Ints) -> Floats:
    """The vaults' part of each ADL fill's counterparty `[F]`.

    Args:
        adl: the tick's ADL fills, rows of the event log `[F, 8]`; contracts > 0 close a short.
        taken: the tick's takeovers `[E, 8]`; contracts < 0 were a bankrupt long's.
        vaults: ids of the backstop vaults.
    """
    share = np.zeros(len(adl))
    is_vault = np.isin(taken[:, _ACCOUNT], vaults)
    for i, fill in enumerate(adl):
        there = (
            (taken[:, _VENUE] == fill[_VENUE])
            & (taken[:, _INSTRUMENT] == fill[_INSTRUMENT])
            & (taken[:, _CONTRACTS] * fill[_CONTRACTS] < 0.0)
        )
        whole = np.abs(taken[there, _CONTRACTS]).sum()
        vault = np.abs(taken[there & is_vault, _CONTRACTS]).sum()
        share[i] = vault / whole if whole > 0.0 else np.nan
    return share
