"""What a trader holds: sums over its accounts, for one trader or for many at once.

    equity    Σ_accounts (cross equity + Σ_k isolated margin and its unrealised PnL)   [USD]
    PnL       Σ_accounts Σ_k q (mark - entry)                                          [USD]
    notional  Σ_accounts Σ_k |q| mark                                                  [USD]

The mark is the one of the account's venue. Each function takes a world and rows of traders `[n]`
and gives `[n]`, or `[n, K]` where instruments cannot be added up. Sums run in the order of the
accounts' rows, so that one trader alone and one among many have the same bits. A call costs some
ten microseconds, for one trader as for hundreds: read many through the set, not one by one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.reactions import REACTION_NAMES
from abm.engine.world import World
from abm.market.columns import ROLE_NAMES
from abm.units import Floats, Ints

_ROLES = np.array(ROLE_NAMES)
_REACTIONS = np.array(REACTION_NAMES)


class Owned(NamedTuple):
    """The accounts of some traders.

    Attributes:
        rows: `[m]` rows of accounts, trader by trader.
        owner: `[m]` which of the traders asked for, 0 to n - 1.
        traders: n.
    """

    rows: Ints
    owner: Ints
    traders: int

    def total(self, values: Floats) -> Floats:
        """Σ over each trader's accounts: `[m]` -> `[n]`."""
        return np.bincount(self.owner, weights=values, minlength=self.traders)


def accounts_of(world: World, traders: Ints) -> Owned:
    """The account rows of some traders, from compressed sparse rows."""
    start = world.traders.account_start
    sizes = start[traders + 1] - start[traders]
    owner = np.repeat(np.arange(traders.size), sizes)
    first = np.cumsum(sizes) - sizes  # [n] where each trader's accounts begin in the result
    place = np.arange(owner.size) - first[owner] + start[traders][owner]
    return Owned(world.traders.account_rows[place], owner, traders.size)


def marks_of(world: World, rows: Ints) -> Floats:
    """Mark price of every instrument at the venue of each account: `[m, K]` [USD]."""
    state = world.state
    return state.markets.mark_price[state.accounts.venue[rows]]


def position_pnl(world: World, rows: Ints) -> Floats:
    """Unrealised PnL of every position of some accounts: `[m, K]` [USD]."""
    accounts = world.state.accounts
    entry = accounts.entry_price[rows]
    return accounts.qty_contracts[rows] * (marks_of(world, rows) - entry)


def equity_usd(world: World, traders: Ints) -> Floats:
    """Equity on all venues, isolated margin included; collateral counts after its haircut [USD]."""
    owned = accounts_of(world, traders)
    accounts = world.state.accounts
    isolated = accounts.is_isolated[owned.rows]
    bucket = accounts.margin_usd[owned.rows] + position_pnl(world, owned.rows)
    aside = np.where(isolated, bucket, 0.0).sum(axis=1)
    return owned.total(accounts.equity_usd[owned.rows] + aside)


def pnl_usd(world: World, traders: Ints) -> Floats:
    """Unrealised PnL of all positions at the mark [USD]."""
    owned = accounts_of(world, traders)
    return owned.total(position_pnl(world, owned.rows).sum(axis=1))


def notional_usd(world: World, traders: Ints) -> Floats:
    """Σ |q| mark over all positions [USD]."""
    owned = accounts_of(world, traders)
    held = np.abs(world.state.accounts.qty_contracts[owned.rows])
    return owned.total((held * marks_of(world, owned.rows)).sum(axis=1))


def net_notional_usd(world: World, traders: Ints) -> Floats:
    """Σ q mark over all positions, long > 0 [USD]."""
    owned = accounts_of(world, traders)
    held = world.state.accounts.qty_contracts[owned.rows]
    return owned.total((held * marks_of(world, owned.rows)).sum(axis=1))


def qty_contracts(world: World, traders: Ints) -> Floats:
    """Net position in each instrument, all accounts together: `[n, K]` [contracts]."""
    owned = accounts_of(world, traders)
    held = world.state.accounts.qty_contracts[owned.rows]
    return np.stack([owned.total(held[:, k]) for k in range(held.shape[1])], axis=1)


def place(world: World, traders: Ints) -> Floats:
    """Highest visible place in the queue over all positions, 1 = first; NaN: nothing published."""
    owned = accounts_of(world, traders)
    seen = np.fmax.reduce(world.state.accounts.visible[owned.rows], axis=1)
    highest = np.full(owned.traders, np.nan)
    np.fmax.at(highest, owned.owner, seen)
    return highest


def taken_usd(world: World, traders: Ints) -> Floats:
    """Cost of ADL so far, at the mark of each round [USD]."""
    owned = accounts_of(world, traders)
    return owned.total(world.state.accounts.taken_usd[owned.rows])


def closed_usd(world: World, traders: Ints) -> Floats:
    """Notional closed by ADL so far [USD]."""
    owned = accounts_of(world, traders)
    return owned.total(world.state.accounts.closed_usd[owned.rows])


def role_name(world: World, traders: Ints) -> NDArray[np.str_]:
    """Name of the role."""
    return _ROLES[world.traders.role[traders]]


def reaction_name(world: World, traders: Ints) -> NDArray[np.str_]:
    """Name of what the trader does when it ranks high."""
    return _REACTIONS[world.traders.reaction[traders]]
