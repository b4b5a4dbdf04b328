"""Who pays for a liquidation, in order: book, backstop vault, insurance fund, residual, ADL.

1. *Book.* Solvent forced orders fill at the tick's clearing price, rationed by the makers'
   quotes; none fills below its own bankruptcy price: it waits.
   What is left of an account below `backstop_below` of its maintenance goes to the vault at mark.
2. *Takeover.* A bankrupt bucket hands its positions to the venue's estate at prices that leave it
   with exactly zero (its deficit spread in proportion to maintenance margin, as dYdX v4 does).
3. *Vault* takes bankrupt inventory at the bankruptcy price, within its leverage, loss included.
4. *Fund* pays the difference for what the book still takes at the clearing price; what it lacks,
   others pay (`abm.venue.resolution`).
5. *Residual.* Contracts nobody took: Q, with deficit D = Q max(0, s (b - mark)).
6. *ADL*, a callable that `waterfall` is given: it closes winners against the estate or charges
them.

What ADL leaves stays with the estate, which works it off through the book in later ticks.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from abm.kernel import kernel
from abm.market import tape as events
from abm.market.book import fill_share
from abm.market.ledger import (
    DEFICIT_USD,
    EXTERNAL_USD,
    FUND_PAID_USD,
    HELP_USD,
    LIQUIDATED_USD,
    RESIDUAL_USD,
    VAULT_TAKEN_USD,
)
from abm.market.makers import makers_take
from abm.market.tape import log
from abm.market.trades import charge, fill, put_in, trade, transfer
from abm.units import LOT_TOL, Floats
from abm.venue.backstop import hand_to_vault
from abm.venue.collateral_sale import hand_over_collateral
from abm.venue.insurance_fund import ALLOWANCE, pay_into_fund, payable
from abm.venue.liquidation import BANKRUPT, WAITING
from abm.venue.lp_pool import cut_payout
from abm.venue.margin import (
    bucket_equity,
    bucket_maintenance,
    close_price_of_deficit,
    collateral_usd,
    in_bucket,
    maintenance_margin,
    value_account,
)
from abm.venue.resolution import draw_help, help_for
from abm.venue.rulebook import NO_ORDERS
from abm.venue.state import State


class Inventory(NamedTuple):
    """Bankrupt contracts of one book and side that nobody took."""

    side: int  # +1 the bankrupt side is long, -1 short
    contracts: float
    price: float  # mean bankruptcy price
    deficit_usd: float


@kernel
def forced_fee(state: State, v: int) -> float:
    """Taker and liquidation fee of a forced fill, as a share of notional."""
    return float(state.rules.taker_fee[v] + state.rules.liquidation_fee[v])


@kernel
def equity_after_fill(state: State, row: int, bucket: int) -> float:
    """Equity of a bucket when its forced share fills at the clearing price, fees paid [USD]."""
    accounts, markets = state.accounts, state.markets
    v = accounts.venue[row]
    equity = bucket_equity(accounts, row, bucket, markets.mark_price)
    share = min(1.0, accounts.closing[row, bucket])
    for k in range(accounts.qty_contracts.shape[1]):
        if in_bucket(accounts, row, k, bucket):
            qty = share * accounts.qty_contracts[row, k]
            price = state.forced.fill_price[v, k]
            equity += qty * (price - markets.mark_price[v, k])
            equity -= forced_fee(state, v) * abs(qty) * price
    return equity


@kernel
def sort_out_bankrupt(state: State, v: int, solvent: Floats) -> bool:
    """Mark bankrupt buckets and sum the solvent forced orders; True if any bucket is closing.

    `solvent`: `[2, K]` sells and buys of the solvent [contracts], written.
    """
    accounts, venues = state.accounts, state.venues
    instruments = accounts.qty_contracts.shape[1]
    solvent[:, :] = 0.0
    any_closing = False
    for row in range(venues.account_start[v], venues.account_start[v + 1]):
        if not accounts.in_closing[row]:
            continue
        any_closing = True
        for bucket in range(1 + instruments):
            share = accounts.closing[row, bucket]
            if share > 0.0:
                if bucket_equity(accounts, row, bucket, state.markets.mark_price) < 0.0:
                    accounts.closing[row, bucket] = BANKRUPT
                    continue
                if equity_after_fill(state, row, bucket) < 0.0:
                    accounts.closing[row, bucket] = WAITING
                    continue
                for k in range(instruments):
                    if in_bucket(accounts, row, k, bucket):
                        size = share * accounts.qty_contracts[row, k]
                        if size > 0.0:
                            solvent[0, k] += size
                        else:
                            solvent[1, k] -= size
    return any_closing


@kernel
def fill_solvent(state: State, v: int, solvent: Floats) -> None:
    """Rung 1: fill the solvent forced orders through the book, rationed by the makers' quotes."""
    accounts, venues, forced = state.accounts, state.venues, state.forced
    instruments = accounts.qty_contracts.shape[1]
    for k in range(instruments):
        price = forced.fill_price[v, k]
        sells, buys = solvent[0, k], solvent[1, k]
        sell_share = fill_share(sells, buys, state.markets.bid_usd[v, k] / price)
        buy_share = fill_share(buys, sells, state.markets.ask_usd[v, k] / price)
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            if not accounts.in_closing[row]:
                continue
            for bucket in range(1 + instruments):
                share = accounts.closing[row, bucket]
                if 0.0 < share <= 1.0 and in_bucket(accounts, row, k, bucket):
                    qty = accounts.qty_contracts[row, k]
                    filled = -share * qty * (sell_share if qty > 0.0 else buy_share)
                    notional = abs(filled) * price
                    cut_payout(accounts, venues, state.tape, row, k, (filled, price))
                    charge(accounts, row, k, forced_fee(state, v) * notional)
                    fill(accounts, row, k, filled, price)
                    venues.fees_usd[v] += state.rules.taker_fee[v] * notional
                    pay_into_fund(venues, (v, k), state.rules.liquidation_fee[v] * notional)
                    state.ledger.totals[LIQUIDATED_USD] += notional
                    identity = accounts.account_id[row]
                    log(state.tape, events.LIQUIDATION, (v, k), identity, filled, price, notional)
        net = sells * sell_share - buys * buy_share
        deal = (net, price, state.rules.maker_fee[v])
        makers_take(accounts, state.markets, venues, state.tape, (v, k), deal)


@kernel
def hand_on_solvent(state: State, v: int) -> None:
    """Rung 1, second half: what the book left of weak but solvent accounts goes to the vault."""
    accounts, venues, rules = state.accounts, state.venues, state.rules
    for row in range(venues.account_start[v], venues.account_start[v + 1]):
        if not accounts.in_closing[row] or row == venues.backstop_row[v]:
            continue
        for bucket in range(1 + accounts.qty_contracts.shape[1]):
            if not 0.0 < accounts.closing[row, bucket] < BANKRUPT:
                continue
            value_account(accounts, row, state.markets, rules)
            prices = state.markets.mark_price
            needed = bucket_maintenance(accounts, row, bucket, prices, rules)
            equity = bucket_equity(accounts, row, bucket, prices)
            if needed > 0.0 and 0.0 <= equity < rules.backstop_below[v] * needed:
                hand_on_bucket(state, row, bucket, equity)


@kernel
def hand_on_bucket(state: State, row: int, bucket: int, equity_usd: float) -> None:
    """Hand a bucket's positions to the vault at the mark, and what is left of its margin."""
    accounts, rules = state.accounts, state.rules
    v = accounts.venue[row]
    rest = 0.0
    for k in range(accounts.qty_contracts.shape[1]):
        if in_bucket(accounts, row, k, bucket):
            qty = accounts.qty_contracts[row, k]
            side = 1 if qty > 0.0 else -1
            mark = state.markets.mark_price[v, k]
            order = (v, k, side, row)
            taken = hand_to_vault(
                accounts, state.markets, state.venues, rules, order, abs(qty), mark
            )
            rest += abs(accounts.qty_contracts[row, k])
            state.ledger.totals[VAULT_TAKEN_USD] += taken * mark
            state.ledger.totals[LIQUIDATED_USD] += taken * mark
            identity = accounts.account_id[row]
            log(state.tape, events.BACKSTOP_FILL, (v, k), identity, -side * taken, mark, 0.0)
    if rest == 0.0 and rules.backstop_keeps_margin[v] > 0.0:
        margin = max(0.0, min(equity_usd, accounts.cash_usd[row]))
        transfer(accounts, row, state.venues.backstop_row[v], margin)


@kernel
def take_over(state: State, v: int, contracts: Floats, cost: Floats) -> None:
    """Rung 2: the estate takes every bankrupt bucket at prices that leave it with zero.

    `contracts`, `cost`: `[2, K]` bankrupt longs and shorts [contracts] and Σ contracts * price
    [USD], written.
    """
    accounts, venues, rules = state.accounts, state.venues, state.rules
    instruments = accounts.qty_contracts.shape[1]
    estate = venues.estate_row[v]
    contracts[:, :] = 0.0
    cost[:, :] = 0.0
    for row in range(venues.account_start[v], venues.account_start[v + 1]):
        if not accounts.in_closing[row]:
            continue
        for bucket in range(1 + instruments):
            if accounts.closing[row, bucket] != BANKRUPT:
                continue
            value_account(accounts, row, state.markets, rules)
            prices = state.markets.mark_price
            equity = bucket_equity(accounts, row, bucket, prices)
            needed = bucket_maintenance(accounts, row, bucket, prices, rules)
            for k in range(instruments):
                if not in_bucket(accounts, row, k, bucket):
                    continue
                qty = accounts.qty_contracts[row, k]
                mark = prices[v, k]
                share = maintenance_margin(rules, v, abs(qty) * mark) / needed
                price = close_price_of_deficit(mark, qty, equity, share)
                if qty > 0.0:
                    trade(accounts, estate, row, k, qty, price)
                else:
                    trade(accounts, row, estate, k, -qty, price)
                lane = 0 if qty > 0.0 else 1
                contracts[lane, k] += abs(qty)
                cost[lane, k] += abs(qty) * price
                identity = accounts.account_id[row]
                state.ledger.totals[LIQUIDATED_USD] += abs(qty) * mark
                log(state.tape, events.TAKEOVER, (v, k), identity, -qty, price, equity * share)
            close_books(state, row, bucket, estate)


@kernel
def close_books(state: State, row: int, bucket: int, estate: int) -> None:
    """Sell a bankrupt account's other collateral and hand its rounding remainder to the estate."""
    accounts = state.accounts
    if bucket == 0:
        hand_over_collateral(state, row, estate)
        proceeds = collateral_usd(accounts, row, state.markets)
        if proceeds != 0.0:
            accounts.collateral[row, :] = 0.0
            put_in(accounts, row, proceeds)
            state.ledger.totals[EXTERNAL_USD] += proceeds
        transfer(accounts, row, estate, accounts.cash_usd[row])


@kernel
def vault_takes(state: State, book: tuple[int, int], lot: Inventory) -> float:
    """Rung 3: the vault takes bankrupt inventory at the bankruptcy price; contracts taken."""
    v, k = book
    accounts, venues, markets = state.accounts, state.venues, state.markets
    order = (v, k, lot.side, venues.estate_row[v])
    taken = hand_to_vault(accounts, markets, venues, state.rules, order, lot.contracts, lot.price)
    if taken > 0.0:
        state.ledger.totals[VAULT_TAKEN_USD] += taken * markets.mark_price[v, k]
        identity = accounts.account_id[venues.backstop_row[v]]
        log(state.tape, events.BACKSTOP_FILL, book, identity, lot.side * taken, lot.price, 0.0)
    return taken


@kernel
def fund_and_book(state: State, book: tuple[int, int], lot: Inventory, limits: Floats) -> float:
    """Rung 4: the estate sells to the makers as far as fund and backing pay; contracts sold."""
    v, k = book
    accounts, venues = state.accounts, state.venues
    price = state.forced.fill_price[v, k]
    loss = lot.side * (lot.price - price)
    quoted = state.markets.bid_usd[v, k] if lot.side > 0 else state.markets.ask_usd[v, k]
    sold = min(lot.contracts, quoted / price)
    own = venues.fund_usd[v]
    helped = 0.0
    if loss > 0.0:
        helped = help_for(venues, state.backing, v)
        own = payable(venues, v, limits, k)
        sold = min(sold, (own + helped) / loss)
    if sold <= 0.0:
        return 0.0
    fill(accounts, venues.estate_row[v], k, -lot.side * sold, price)
    deal = (lot.side * sold, price, state.rules.maker_fee[v])
    makers_take(accounts, state.markets, venues, state.tape, book, deal)
    paid = min(loss * sold, own)
    pay_into_fund(venues, book, -paid)
    limits[ALLOWANCE, k] -= paid
    if helped > 0.0:
        drawn = draw_help(venues, state.backing, v, loss * sold - paid)
        state.ledger.totals[HELP_USD] += drawn
        put_in(accounts, venues.estate_row[v], drawn)
    put_in(accounts, venues.estate_row[v], paid)
    state.ledger.totals[FUND_PAID_USD] += max(0.0, paid)
    log(state.tape, events.FUND, book, -1, -lot.side * sold, price, paid)
    return float(sold)


@kernel
def pool_bears(state: State, v: int, contracts: Floats, cost: Floats, limits: Floats) -> None:
    """In place of rungs 3 to 6: the pool holds what the bankrupt leave; fund and help pay it.

    `contracts`, `cost`: as `take_over` wrote them. What neither pays is bad debt.
    """
    venues = state.venues
    for k in range(contracts.shape[1]):
        for lane in range(2):
            side = 1.0 if lane == 0 else -1.0
            mark = state.markets.mark_price[v, k]
            loss = max(0.0, side * (cost[lane, k] - contracts[lane, k] * mark))
            paid = max(0.0, min(loss, payable(venues, v, limits, k)))
            pay_into_fund(venues, (v, k), -paid)
            limits[ALLOWANCE, k] -= paid
            drawn = 0.0
            if loss > paid:
                drawn = draw_help(venues, state.backing, v, loss - paid)
                state.ledger.totals[HELP_USD] += drawn
            if paid + drawn > 0.0:
                put_in(state.accounts, venues.estate_row[v], paid + drawn)
                state.ledger.totals[FUND_PAID_USD] += paid
                log(state.tape, events.FUND, (v, k), -1, 0.0, mark, paid + drawn)
            venues.bad_debt_usd[v] += loss - paid - drawn


def waterfall(adl: Callable[..., float]) -> Callable[..., None]:
    """The waterfall whose last rung is `adl`.

    Args:
        adl: a kernel `adl(context, (v, k), inventory) -> USD of the deficit it covered`.

    Returns:
        The kernel `absorb(state, v, limits, lanes, context)`: one venue's waterfall of a tick.
    """

    @kernel
    def absorb(state: State, v: int, limits: Floats, lanes: Floats, context: Any) -> None:
        # limits: `[2, K]` on the fund; lanes: `[6, K]` scratch; context: for `adl`
        markets = state.markets
        if not sort_out_bankrupt(state, v, lanes[0:2]):
            return
        fill_solvent(state, v, lanes[0:2])
        hand_on_solvent(state, v)
        contracts, cost = lanes[2:4], lanes[4:6]
        take_over(state, v, contracts, cost)
        if state.rules.pool.is_on[v] > 0.0:
            pool_bears(state, v, contracts, cost, limits)
            return
        for k in range(markets.index_price.size):
            tolerance = LOT_TOL * state.rules.lot_contracts[v, k]
            for lane in range(2):
                if contracts[lane, k] <= tolerance:
                    continue
                side = 1 if lane == 0 else -1
                price = cost[lane, k] / contracts[lane, k]
                left = contracts[lane, k]
                left -= vault_takes(state, (v, k), Inventory(side, left, price, 0.0))
                if state.rules.bankrupt_to_book[v] != NO_ORDERS:
                    lot = Inventory(side, left, price, 0.0)
                    left -= fund_and_book(state, (v, k), lot, limits)
                if left > tolerance:
                    deficit = left * max(0.0, side * (price - markets.mark_price[v, k]))
                    state.ledger.totals[DEFICIT_USD] += deficit
                    covered = adl(context, (v, k), Inventory(side, left, price, deficit))
                    state.ledger.totals[RESIDUAL_USD] += max(0.0, deficit - max(0.0, covered))

    return absorb
