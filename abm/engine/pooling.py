"""How a liquidity pool stands and trades: its value, what it quotes, whom it lets open.

    M           equity of the pool + open profits and losses of all traders = what it would hold if
                nobody had any
    room        of a side: open_interest_limit M - its open interest; of both, where positions are
                reserved for: (M - reserved x open interest) / reserved

Orders that close always go through; those that open are cut in proportion. The pool's account is
the venue's estate, whose only maker it is: it quotes for every position twice over. Source: see
`abm.venue.lp_pool`.
"""

import math

from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.market.columns import ESTATE
from abm.venue.lp_pool import opening_part, opening_share
from abm.venue.margin import value_account
from abm.venue.state import State


@kernel
def pool_standing(state: State, v: int) -> tuple[float, float, float]:
    """The pool M, profit of the longs and of the shorts, all instruments together [USD]."""
    accounts = state.accounts
    pool = state.venues.estate_row[v]
    value_account(accounts, pool, state.markets, state.rules)
    longs = 0.0
    shorts = 0.0
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        if accounts.kind[row] == ESTATE:
            continue
        for k in range(accounts.qty_contracts.shape[1]):
            qty = accounts.qty_contracts[row, k]
            mark = state.markets.mark_price[v, k]
            pnl = unrealised_pnl(qty, accounts.entry_price[row, k], mark)
            if qty > 0.0:
                longs += pnl
            elif qty < 0.0:
                shorts += pnl
    return float(accounts.equity_usd[pool] + longs + shorts), longs, shorts


@kernel
def side_notional_usd(state: State, v: int, k: int, side: int) -> float:
    """Open interest of the traders on one side of one book, or of all with k = -1 [USD]."""
    accounts = state.accounts
    total = 0.0
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        if accounts.kind[row] != ESTATE:
            for j in range(accounts.qty_contracts.shape[1]):
                if k < 0 or j == k:
                    size = max(0.0, side * accounts.qty_contracts[row, j])
                    total += size * state.markets.mark_price[v, j]
    return total


@kernel
def quote_pool(state: State, v: int) -> None:
    """The pool quotes on every instrument: twice what is open there and what may be opened."""
    venues = state.venues
    pool_usd, _, _ = pool_standing(state, v)
    may_open = state.rules.pool.open_interest_limit[v] * max(0.0, pool_usd)
    for m in range(venues.maker_start[v], venues.maker_start[v + 1]):
        for k in range(state.markets.index_price.size):
            held = side_notional_usd(state, v, k, 1) + side_notional_usd(state, v, k, -1)
            venues.maker_bid_usd[m, k] = 2.0 * (held + may_open)
            venues.maker_ask_usd[m, k] = 2.0 * (held + may_open)


@kernel
def wanted_openings_usd(state: State, v: int, side: int) -> float:
    """What the orders of one side would open at the mark [USD]."""
    accounts = state.accounts
    total = 0.0
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        for k in range(accounts.qty_contracts.shape[1]):
            order = accounts.order_contracts[row, k]
            if side * order > 0.0:
                part = opening_part(accounts.qty_contracts[row, k], order)
                total += part * state.markets.mark_price[v, k]
    return total


@kernel
def opening_shares(state: State, v: int) -> tuple[float, float]:
    """Share of the longs' and of the shorts' openings that the pool lets through."""
    rules = state.rules.pool
    pool_usd, _, _ = pool_standing(state, v)
    limit = rules.open_interest_limit[v] * pool_usd
    longs, shorts = side_notional_usd(state, v, -1, 1), side_notional_usd(state, v, -1, -1)
    buys, sells = wanted_openings_usd(state, v, 1), wanted_openings_usd(state, v, -1)
    both = 1.0
    if rules.reserved[v] > 0.0:
        room = pool_usd / rules.reserved[v] - longs - shorts
        both = opening_share(buys + sells, room)
    return (
        min(both, opening_share(buys, limit - longs)),
        min(both, opening_share(sells, limit - shorts)),
    )


@kernel
def ration_openings(state: State, v: int) -> None:
    """Cut the orders that open to what the pool lets through."""
    accounts = state.accounts
    long_share, short_share = opening_shares(state, v)
    if long_share >= 1.0 and short_share >= 1.0:
        return
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        for k in range(accounts.qty_contracts.shape[1]):
            order = accounts.order_contracts[row, k]
            if order != 0.0:
                part = opening_part(accounts.qty_contracts[row, k], order)
                share = long_share if order > 0.0 else short_share
                left = abs(order) - part * (1.0 - share)
                accounts.order_contracts[row, k] = math.copysign(left, order)


@kernel
def calm_pool(state: State, v: int) -> None:
    """A pool trades at the index: arbitrage between venues leaves no premium there."""
    for k in range(state.markets.index_price.size):
        state.markets.transient[v, k] = 0.0
        state.markets.permanent[v, k] = 0.0
