"""What a trader that decides in Python may do: trade, pay in, hedge in spot, leave.

`Orders` is filled in by the trader and checked before anything is written. A mistake (a wrong
shape, a NaN, money that is not there) is an error. An order that a venue would not take is rejected
and counted: one on a position in forced close, or one that adds to a position beyond the initial
margin,

    |q + order| mark > max leverage * (equity behind the position + paid in)

which is the limit that the compiled rules keep, too, position by position.

Shapes: n own accounts, K instruments.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from abm.engine.deciding import deposit
from abm.engine.world import World
from abm.market.ledger import REACTION_VOLUME_USD
from abm.model.holdings import marks_of, position_pnl
from abm.units import USD_TOL, Flags, Floats, Ints


@dataclass(slots=True)
class Orders:
    """One trader's orders of one tick.

    Attributes:
        contracts: `[n, K]` signed orders to the books, buys > 0 [contracts].
        spot_units: `[K]` signed orders in spot, bought with cash of the wallet and sold from what
            is held: nobody borrows.
        deposit_usd: `[n, K]` cash from the wallet to the margin behind a position [USD].
        is_reaction: these orders answer the place in the queue, and count as such in the outcomes.
        leaves: the trader leaves for good because of its place, once these orders are sent; what it
            still holds is wound up tick by tick, as for every trader that has left.
    """

    contracts: Floats
    spot_units: Floats
    deposit_usd: Floats
    is_reaction: bool = False
    leaves: bool = False

    @classmethod
    def none(cls, accounts: int, instruments: int) -> Self:
        """No orders, for `accounts` own accounts."""
        shape = (accounts, instruments)
        return cls(np.zeros(shape), np.zeros(instruments), np.zeros(shape))


def in_liquidation(world: World, rows: Ints) -> Flags:
    """Which positions of some accounts is the venue closing by force? `[m, K]`."""
    accounts = world.state.accounts
    closing = accounts.closing[rows]
    return np.where(accounts.is_isolated[rows], closing[:, 1:], closing[:, :1]) > 0.0


def scope_equity_usd(world: World, rows: Ints) -> Floats:
    """Equity behind each position, the isolated bucket's or the cross account's: `[m, K]` [USD].

    A flat isolated position has the cross account behind it, from which its margin will come.
    """
    accounts = world.state.accounts
    bucket = accounts.margin_usd[rows] + position_pnl(world, rows)
    return np.where(_on_its_own(world, rows), bucket, accounts.equity_usd[rows, None])


def scope_notional_usd(world: World, rows: Ints) -> Floats:
    """Notional of all positions on the same margin as each position: `[m, K]` [USD]."""
    accounts = world.state.accounts
    own = np.abs(accounts.qty_contracts[rows]) * marks_of(world, rows)
    return np.where(_on_its_own(world, rows), own, accounts.notional_usd[rows, None])


def _on_its_own(world: World, rows: Ints) -> Flags:
    """Which positions are open and margined in isolation: `[m, K]`."""
    accounts = world.state.accounts
    alone: Flags = accounts.is_isolated[rows] & (accounts.qty_contracts[rows] != 0.0)
    return alone


def submit(world: World, handle: World, row: int, orders: Orders) -> int:
    """Check a trader's orders and write them into the columns; the number that venues rejected.

    Args:
        world: the columns.
        handle: what kernels take in their place.
        row: of the trader.
        orders: as filled in by `Trader.decide`.

    Raises:
        ValueError: a shape is wrong, a number is missing, or the money is not there.
    """
    accounts, traders = world.state.accounts, world.traders
    rows = traders.account_rows[traders.account_start[row] : traders.account_start[row + 1]]
    _refuse_malformed(world, row, rows, orders)
    taken = _taken_by_venues(world, rows, orders)
    contracts = np.where(taken, orders.contracts, 0.0)
    accounts.order_contracts[rows] += contracts
    traders.spot_order[row] += orders.spot_units
    for i, k in np.argwhere(orders.deposit_usd).tolist():
        deposit(handle, row, rows.item(i), k, orders.deposit_usd.item(i, k))
    if orders.is_reaction:
        _count_reaction(world, row, rows, contracts, orders.spot_units)
    if orders.leaves:
        traders.left[row] = True
    return int(np.count_nonzero(~taken))


def _refuse_malformed(world: World, row: int, rows: Ints, orders: Orders) -> None:
    """Raise on what no venue could make sense of."""
    traders = world.traders
    who = f"orders of trader {traders.trader_id[row]}"
    instruments = traders.spot_units.shape[1]
    shapes = {
        "contracts": (rows.size, instruments),
        "spot_units": (instruments,),
        "deposit_usd": (rows.size, instruments),
    }
    for name, shape in shapes.items():
        values = np.asarray(getattr(orders, name))
        if values.shape != shape:
            raise ValueError(f"{who}: {name} has shape {values.shape}, give {shape}.")
        if not np.isfinite(values).all():
            raise ValueError(f"{who}: {name} has a number that is not finite; guard its divisors.")
    paid = orders.deposit_usd.sum()
    wallet = max(0.0, traders.wallet_usd[row])  # fees of spot trades may take it below zero
    if (orders.deposit_usd < 0.0).any() or paid > wallet + USD_TOL:
        raise ValueError(
            f"{who}: deposit_usd sums to {paid}; pay in amounts from 0 up to the wallet's "
            f"{wallet} USD."
        )
    price = world.state.markets.index_price
    cost = (np.maximum(orders.spot_units, 0.0) * price).sum()
    short = -orders.spot_units - np.maximum(traders.spot_units[row], 0.0)
    if cost > max(0.0, wallet - paid) + USD_TOL or (short * price > USD_TOL).any():
        raise ValueError(
            f"{who}: spot_units {orders.spot_units.tolist()} needs cash or units that the trader "
            "does not have; nobody borrows."
        )


def _taken_by_venues(world: World, rows: Ints, orders: Orders) -> Flags:
    """Which orders the venues take; an order of zero is always taken: `[n, K]`."""
    accounts = world.state.accounts
    held = accounts.qty_contracts[rows]
    after = held + orders.contracts
    mark = marks_of(world, rows)
    isolated = accounts.is_isolated[rows]
    paid = np.where(isolated, 0.0, orders.deposit_usd).sum(axis=1, keepdims=True)
    equity = scope_equity_usd(world, rows) + np.where(isolated, orders.deposit_usd, paid)
    rules, venue = world.state.rules, accounts.venue[rows]
    limit = (rules.max_leverage[venue] / rules.margin_factor[venue])[:, None] * equity
    within = np.abs(after) * mark <= limit
    closed = in_liquidation(world, rows)
    reduces = np.abs(after) <= np.abs(held)
    taken: Flags = (orders.contracts == 0.0) | (~closed & (reduces | within))
    return taken


def _count_reaction(world: World, row: int, rows: Ints, contracts: Floats, spot: Floats) -> None:
    """Add a trader's orders to the flow that the queue has caused."""
    ledger = world.state.ledger
    value = contracts * marks_of(world, rows)
    hedge = np.abs(spot) * world.state.markets.index_price
    ledger.reaction_usd[world.traders.role[row]] += value.sum()
    ledger.totals[REACTION_VOLUME_USD] += np.abs(value).sum() + hedge.sum()
