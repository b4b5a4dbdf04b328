"""The state of the world as columns: who holds what, at which price, on which venue.

Arrays are the truth; everything else (Mesa agents, frames, reports) is a view on them. Rows of
`Accounts` are sorted by venue and, inside a venue, by id, so that the row order of a venue *is* its
id order and a stable sort breaks ties by id. A trader finds its accounts through `account_start`
and `account_rows` (compressed sparse rows). Columns are written in place by the few kernels
allowed to.

Shapes: A accounts, T traders, K instruments, V venues, C collateral assets, M makers' accounts.
Prices are USD per contract, linear contracts: one contract pays one unit of the index.
"""

from typing import NamedTuple

from abm.units import Codes, Flags, Floats, Ints

TRADER, MAKER, BACKSTOP, ESTATE = 0, 1, 2, 3
"""Kinds of account: an ordinary one, a market maker's, the backstop vault, the bankruptcy
estate."""

DIRECTIONAL, HEDGER, MARKET_MAKER, ARBITRAGEUR, HOUSE = range(5)
"""Roles of traders; the house owns the backstop vaults and the estates."""

ROLE_NAMES = ("directional", "hedger", "maker", "arbitrageur", "house")
"""Names of the roles, by code."""


class Accounts(NamedTuple):
    """One row per account, sorted by (venue, id)."""

    account_id: Ints  # [A] persistent; keys draws and ties
    trader: Ints  # [A] row of the owner in Traders
    venue: Ints  # [A]
    kind: Codes  # [A] TRADER, MAKER, BACKSTOP, ESTATE
    cash_usd: Floats  # [A] deposits and realised PnL of the cross margin
    collateral: Floats  # [A, C] units of other collateral assets
    qty_contracts: Floats  # [A, K] long > 0
    entry_price: Floats  # [A, K] average cost
    margin_usd: Floats  # [A, K] margin set aside for an isolated position
    is_isolated: Flags  # [A, K]
    has_isolated: Flags  # [A] any position of the row may be isolated
    opening_leverage: Floats  # [A, K] notional / margin when the position was opened
    equity_usd: Floats  # [A] cross equity at the current mark (derived)
    maintenance_usd: Floats  # [A] cross maintenance requirement at the current mark (derived)
    notional_usd: Floats  # [A] cross notional at the current mark (derived)
    closing: (
        Floats  # [A, 1 + K] share of a margin bucket in forced close; 0 = cross, 1 + k isolated
    )
    in_closing: Flags  # [A] some bucket of the row is in forced close
    order_contracts: Floats  # [A, K] signed order sent to the book this tick
    visible: Floats  # [A, K] what the owner sees of it after the venue's delay
    taken_usd: Floats  # [A] cost of ADL at the mark of its round, summed over rounds
    closed_usd: Floats  # [A] notional closed by ADL, summed over rounds
    hedged_share: Floats  # [A, K] of the position, offset by the trader's others and its spot
    liable_usd: Floats  # [A, K] profit of the snapshot before the last: what a snapshot claims
    frozen_usd: Floats  # [A, K] profit of the last snapshot


class Traders(NamedTuple):
    """One row per trader: a decision maker with one or more accounts."""

    trader_id: Ints  # [T] persistent
    role: Codes  # [T] DIRECTIONAL, HEDGER, MARKET_MAKER, ARBITRAGEUR, HOUSE
    account_start: Ints  # [T + 1] accounts of t: account_rows[account_start[t]:account_start[t+1]]
    account_rows: Ints  # [A]
    wallet_usd: Floats  # [T] cash off the venues
    spot_units: Floats  # [T, K] units of the underlying held in spot
    spot_order: Floats  # [T, K] signed spot order this tick
    target_leverage: Floats  # [T]
    attention_per_s: Floats  # [T] rate at which the trader looks at the market
    reaction: Codes  # [T] what it does when it ranks high: see agents.reactions
    threshold: Floats  # [T] published place from which it reacts, in [0, 1]
    fraction: Floats  # [T] share of the position a reaction moves, in [0, 1]
    trend: Floats  # [T] weight of the recent return in its orders (contrarian < 0)
    noise: Floats  # [T] size of its random orders, as a share of equity
    initial_usd: Floats  # [T] wealth at t = 0
    left: Flags  # [T] has left the market for good
    overridden: Flags  # [T] decides in Python (a user's subclass of Trader)
    style: Codes  # [T] how a hedger mends its hedge; what an arbitrageur watches


class Markets(NamedTuple):
    """Prices and books."""

    index_path: Floats  # [ticks + 1, K] exogenous index, known to nobody in advance
    index_pressure: Floats  # [K] log deviation of the index that spot and perp flow has caused
    index_price: Floats  # [K] the spot market
    oracle_price: Floats  # [V, K] what a venue takes for the index
    slow_index: Floats  # [K] exponential average of the index: what trend followers compare with
    variance_per_s: Floats  # [K] exponential average of squared log returns per second
    mark_price: Floats  # [V, K]
    previous_mark_price: Floats  # [V, K] mark at the end of the tick before
    transient: Floats  # [V, K] log premium that decays: temporary impact
    permanent: Floats  # [V, K] log premium that arbitrage removes slowly: permanent impact
    bid_usd: Floats  # [V, K] what the makers still buy this tick
    ask_usd: Floats  # [V, K] what they still sell this tick
    depth_usd: Floats  # [V, K] quoted depth: the mean of bids and asks
    funding_rate: Floats  # [V, K] per eight hours
    asset_price: Floats  # [C] USD per unit of a collateral asset, outside the venues
    collateral_value: Floats  # [V, C] what a venue counts per unit, after its haircut [USD]
    collateral_haircut: Floats  # [C] in [0, 1]
    collateral_instrument: Ints  # [C] instrument whose index prices the asset; -1 = one USD


class Venues(NamedTuple):
    """Venues: which rows are theirs, and what the house owns."""

    account_start: Ints  # [V + 1] rows of v: account_start[v]:account_start[v+1]
    maker_start: Ints  # [V + 1]
    maker_rows: Ints  # [M] rows of the makers' accounts
    maker_bid_usd: Floats  # [M, K] quotes
    maker_ask_usd: Floats  # [M, K]
    estate_row: Ints  # [V]
    backstop_row: Ints  # [V] -1 = no backstop
    fund_usd: Floats  # [V] insurance fund
    fund_peak_usd: Floats  # [V] rolling peak of the fund
    fund_drawdown_usd: Floats  # [V] largest fall below an earlier peak so far
    inventory_limit_usd: Floats  # [V] largest notional the ADL design lets the vault hold
    fund_pnl_usd: Floats  # [V, K] what each book has brought the fund, < 0 when it cost it
    fund_pnl_peak_usd: Floats  # [V, K] largest so far
    adl_on: Flags  # [V, K] memory of the trigger's hysteresis
    fees_usd: Floats  # [V] earned by the venue
    stakers_usd: Floats  # [V] what of the fund is stakers'; the rest is the venue's
    slashed_usd: Floats  # [V] stakers' part of what the fund has paid
    slashing_order: Ints  # [V] whose money of the fund pays first: see `abm.venue.staking`
    payout_share: Floats  # [V, 2] what a pool pays of the profit of a closing long, short; else 1
    haircut_usd: Floats  # [V] profits that the pool has not paid
    bad_debt_usd: Floats  # [V] what the bankrupt have cost the pool, after the fund
    vaults_pooled: Flags  # [1] do the backstop vaults share one capital?


def buckets(instruments: int) -> int:
    """Margin buckets of an account: one cross bucket and one per isolated position."""
    return 1 + instruments
