"""The guards of all venues as columns, and what the liquidation test reads of them.

    counted equity   e - Σ (1 - w_m) (unrealised PnL of a position)₊
    requirement      m times the factor of the bucket's margin call
    liquidated       when counted equity < requirement; the vault only when it is bankrupt

Shapes: F features, W marks kept (one more than the longest window has ticks), G totals.
"""

from typing import NamedTuple

from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.market.columns import Accounts
from abm.units import Flags, Floats, Ints
from abm.venue.guards import unproven
from abm.venue.margin import bucket_equity, bucket_maintenance, in_bucket
from abm.venue.rulebook import Rules

HALTED_S, MARGIN_CALLS, LARGEST_FACTOR, REFUSED_USD = range(4)
"""Places in `Guarding.totals`: seconds without trading, summed over venues; calls opened; largest
margin factor of any venue; notional of orders that were cancelled or cut."""

TOTALS = 4
"""Length of `Guarding.totals`."""


class Guarding(NamedTuple):
    """The guards of every venue: choices first, then what they remember."""

    margin_rule: Ints  # [V]
    calm_variance_per_s: Floats  # [V]
    exponent: Floats  # [V]
    slope: Floats  # [V]
    largest_factor: Floats  # [V]
    intercept: Floats  # [V]
    coefficients: Floats  # [V, F]
    halt_move: Floats  # [V]
    halt_window_ticks: Ints  # [V]
    halt_ticks: Ints  # [V]
    halt_liquidations: Flags  # [V]
    open_interest_limit: Floats  # [V, K] contracts, inf = no cap, 0 = not listed
    pnl_weight_initial: Floats  # [V]
    pnl_weight_maintenance: Floats  # [V]
    call_below: Floats  # [V]
    call_grace_s: Floats  # [V]
    call_rise_per_s: Floats  # [V]
    is_strict: Flags  # [V] does the liquidation test differ from equity < maintenance?
    marks: Floats  # [W, V, K] a ring by tick
    counted_from: Ints  # [V] first tick whose mark a halt looks at
    reopens: Ints  # [V] first tick with trading again; 0 = never halted
    waits: Flags  # [V] do forced closes wait in the next tick?
    called_s: Floats  # [A, 1 + K] when a bucket's call began; NaN = no call
    call_factor: Floats  # [A, 1 + K] on its requirement
    features: Floats  # [V, F] as last seen; NaN unless the margin rule is predictive
    bankruptcies: Floats  # [V] buckets that went bankrupt so far; counted for the same rule
    totals: Floats  # [TOTALS]


@kernel
def unproven_profit(accounts: Accounts, row: int, bucket: int, marks: Floats, w: float) -> float:
    """Unrealised profit of a bucket that does not count at weight `w` [USD].

    `marks`: `[K]` of the account's venue.
    """
    total = 0.0
    if w >= 1.0:
        return total
    for k in range(marks.size):
        if in_bucket(accounts, row, k, bucket):
            qty, entry = accounts.qty_contracts[row, k], accounts.entry_price[row, k]
            total += unproven(unrealised_pnl(qty, entry, marks[k]), w)
    return total


@kernel
def counted_equity(
    accounts: Accounts, row: int, bucket: int, mark_price: Floats, guard: Guarding
) -> float:
    """Equity of a bucket as its venue's liquidation test counts it [USD]."""
    v = accounts.venue[row]
    weight = guard.pnl_weight_maintenance[v]
    equity = bucket_equity(accounts, row, bucket, mark_price)
    return equity - unproven_profit(accounts, row, bucket, mark_price[v], weight)


@kernel
def called_maintenance(
    accounts: Accounts, row: int, bucket: int, mark_price: Floats, rules: Rules, guard: Guarding
) -> float:
    """Requirement of a bucket with its margin call's factor [USD]."""
    needed = bucket_maintenance(accounts, row, bucket, mark_price, rules)
    return float(needed * guard.call_factor[row, bucket])
