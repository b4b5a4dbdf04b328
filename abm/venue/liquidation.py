"""Who is liquidated, how much of it, and how far that moves the price: the least-loss fixed point.

A margin bucket (the cross margin of an account, or one isolated position) is liquidated when its
equity is below its maintenance requirement. Forced orders move the book, the mark follows, and more
buckets may fall below: liquidation and price are solved together inside the tick by iterating from
the price before any forced order. The move is that of all
forced orders, whether they fill or end in the vault or in ADL: they were all sent to the book. The
iteration is one-sided (shares and net flow only grow), so it
climbs to the *least* fixed point, the smallest cascade consistent with itself; rounds are capped
and a cascade that has not settled by then is reported, not hidden.

`closing[row, bucket]` is the share of the bucket in forced close; `BANKRUPT` marks a bucket whose
equity is negative, which the waterfall takes over at its bankruptcy price; `WAITING` one whose
order cannot fill now without making it so.
"""

import math
from typing import NamedTuple

from abm.kernel import kernel
from abm.market.book import impact_share, mean_impact, temporary_impact
from abm.market.columns import BACKSTOP, ESTATE, Accounts, Markets, Venues
from abm.units import Floats
from abm.venue.backstop import vault_capital
from abm.venue.guarding import Guarding, called_maintenance, counted_equity
from abm.venue.lp_pool import pool_price
from abm.venue.margin import (
    bucket_equity,
    bucket_maintenance,
    bucket_notional,
    in_bucket,
    value_accounts,
)
from abm.venue.mark import set_mark
from abm.venue.rulebook import ALL, FULL, NO_ORDERS, STEP, Rules

WAITING, BANKRUPT = 1.5, 2.0
"""Values of `closing` above any share: solvent at the mark but not at the clearing price, so that
the order rests at the bankruptcy price and does not fill; bankrupt at the mark."""

SETTLED = 1e-9
"""A share that grows by less than this no longer counts as growing [1]."""


class Forced(NamedTuple):
    """Forced orders of one tick, per book."""

    sell_contracts: Floats  # [V, K]
    buy_contracts: Floats  # [V, K]
    net_contracts: Floats  # [V, K] buys - sells, only ever deepened
    start_transient: Floats  # [V, K] premium before any forced order
    start_permanent: Floats  # [V, K]
    fill_price: Floats  # [V, K] one clearing price for all forced orders
    share: Floats  # [V, K] |net| / what the makers quote against it, at most 1
    kept_usd: Floats  # [V] bankrupt notional that is not sent to the book


@kernel
def liquidation_share(
    style: int, equity_usd: float, maintenance_usd: float, notional_usd: float, terms: Floats
) -> float:
    """Share of a bucket to close, in (0, 1]; `terms` = (step share, step above, target ratio)."""
    if style == FULL or equity_usd <= 0.0:
        return 1.0
    if style == STEP:
        return terms[0] if notional_usd > terms[1] else 1.0
    return float(min(1.0, max(0.0, 1.0 - equity_usd / (terms[2] * maintenance_usd))))


@kernel
def flag_account(
    accounts: Accounts, row: int, markets: Markets, rules: Rules, terms: Floats, guard: Guarding
) -> bool:
    """Raise `closing` of one account's buckets where equity is too low; True if any share grew."""
    grew = False
    v = accounts.venue[row]
    kind = accounts.kind[row]
    for bucket in range(accounts.closing.shape[1]):
        if bucket > 0 and not in_bucket(accounts, row, bucket - 1, bucket):
            continue
        maintenance = bucket_maintenance(accounts, row, bucket, markets.mark_price, rules)
        if maintenance <= 0.0:
            continue
        equity = bucket_equity(accounts, row, bucket, markets.mark_price)
        if guard.is_strict[v] and kind != BACKSTOP:
            equity = counted_equity(accounts, row, bucket, markets.mark_price, guard)
            prices = markets.mark_price
            maintenance = called_maintenance(accounts, row, bucket, prices, rules, guard)
        if equity >= (0.0 if kind == BACKSTOP else maintenance):
            continue
        notional = bucket_notional(accounts, row, bucket, markets.mark_price)
        share = liquidation_share(rules.liquidation_style[v], equity, maintenance, notional, terms)
        if share > accounts.closing[row, bucket] + SETTLED:
            accounts.closing[row, bucket] = share
            accounts.in_closing[row] = True
            grew = True
    return grew


@kernel
def flag_accounts(
    accounts: Accounts, markets: Markets, venues: Venues, rules: Rules, terms: Floats,
    guard: Guarding,
) -> bool:  # fmt: skip
    """Flag every account of every venue; `terms`: `[3]` scratch. True if any share grew."""
    grew = False
    for v in range(venues.estate_row.size):
        if guard.waits[v]:
            continue
        terms[0] = rules.step_share[v]
        terms[1] = rules.step_above_usd[v]
        terms[2] = rules.target_ratio[v]
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            weak = accounts.equity_usd[row] < accounts.maintenance_usd[row] or guard.is_strict[v]
            if (weak or accounts.has_isolated[row]) and accounts.kind[row] != ESTATE:
                grew = flag_account(accounts, row, markets, rules, terms, guard) or grew
    return grew


@kernel
def send_bucket(accounts: Accounts, row: int, bucket: int, forced: Forced) -> None:
    """Add the forced share of one bucket's positions to the books' flows [contracts]."""
    v = accounts.venue[row]
    share = min(1.0, accounts.closing[row, bucket])
    for k in range(accounts.qty_contracts.shape[1]):
        if in_bucket(accounts, row, k, bucket):
            size = share * accounts.qty_contracts[row, k]
            if size > 0.0:
                forced.sell_contracts[v, k] += size
            else:
                forced.buy_contracts[v, k] -= size


@kernel
def gather_forced(accounts: Accounts, markets: Markets, venues: Venues, forced: Forced) -> None:
    """Sum the forced sells and buys of each book [contracts].

    Bankrupt buckets that are kept from the book are left out, by id, as far as the room goes.
    """
    shared = math.inf
    for v in range(venues.estate_row.size):
        forced.sell_contracts[v, :] = 0.0
        forced.buy_contracts[v, :] = 0.0
        room = forced.kept_usd[v]
        is_shared = venues.vaults_pooled[0] and 0.0 < room < math.inf
        if is_shared:
            room = min(room, shared)
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            if not accounts.in_closing[row]:
                continue
            for bucket in range(accounts.closing.shape[1]):
                if accounts.closing[row, bucket] <= 0.0:
                    continue
                if bucket_equity(accounts, row, bucket, markets.mark_price) < 0.0:
                    notional = bucket_notional(accounts, row, bucket, markets.mark_price)
                    if notional <= room:
                        room -= notional
                        continue
                send_bucket(accounts, row, bucket, forced)
        if is_shared:
            shared = room


@kernel
def sum_quotes(accounts: Accounts, markets: Markets, venues: Venues) -> None:
    """What the makers quote on each book; a maker in forced close quotes nothing."""
    for v in range(venues.estate_row.size):
        for k in range(markets.index_price.size):
            bid = 0.0
            ask = 0.0
            for m in range(venues.maker_start[v], venues.maker_start[v + 1]):
                if accounts.closing[venues.maker_rows[m], 0] == 0.0:
                    bid += venues.maker_bid_usd[m, k]
                    ask += venues.maker_ask_usd[m, k]
            markets.bid_usd[v, k] = bid
            markets.ask_usd[v, k] = ask
            markets.depth_usd[v, k] = 0.5 * (bid + ask)


@kernel
def move_books(markets: Markets, rules: Rules, forced: Forced) -> None:
    """Premium, mark and clearing price of each book under the deepest net forced flow so far."""
    for v in range(markets.mark_price.shape[0]):
        form = rules.impact_form[v]
        temporary, permanent = rules.impact_temporary[v], rules.impact_permanent[v]
        for k in range(markets.index_price.size):
            start = forced.start_transient[v, k] + forced.start_permanent[v, k]
            middle = markets.index_price[k] * math.exp(start)
            net = forced.buy_contracts[v, k] - forced.sell_contracts[v, k]
            deepest = forced.net_contracts[v, k]
            if deepest == 0.0 or (net * deepest > 0.0 and abs(net) > abs(deepest)):
                deepest = net
            forced.net_contracts[v, k] = deepest
            sign = 1.0 if deepest > 0.0 else -1.0
            quoted = markets.ask_usd[v, k] if deepest > 0.0 else markets.bid_usd[v, k]
            share = max(impact_share(abs(deepest) * middle, quoted), forced.share[v, k])
            forced.share[v, k] = share
            markets.transient[v, k] = forced.start_transient[v, k] + sign * temporary_impact(
                form, temporary, share
            )
            markets.permanent[v, k] = forced.start_permanent[v, k] + sign * permanent * share
            forced.fill_price[v, k] = middle * math.exp(
                sign * mean_impact(form, temporary, permanent, share)
            )
            if rules.pool.is_on[v] > 0.0:
                index = markets.oracle_price[v, k]
                forced.fill_price[v, k] = pool_price(index, rules.pool.spread[v], deepest)
            set_mark(markets, rules, v, k)


@kernel
def begin_forced(accounts: Accounts, markets: Markets, forced: Forced) -> None:
    """Forget the last tick's forced orders and remember the premium they start from."""
    for row in range(accounts.cash_usd.size):
        if accounts.in_closing[row]:
            accounts.in_closing[row] = False
            accounts.closing[row, :] = 0.0
    for v in range(markets.mark_price.shape[0]):
        for k in range(markets.index_price.size):
            forced.sell_contracts[v, k] = 0.0
            forced.buy_contracts[v, k] = 0.0
            forced.net_contracts[v, k] = 0.0
            forced.share[v, k] = 0.0
            forced.start_transient[v, k] = markets.transient[v, k]
            forced.start_permanent[v, k] = markets.permanent[v, k]
            premium = markets.transient[v, k] + markets.permanent[v, k]
            forced.fill_price[v, k] = markets.index_price[k] * math.exp(premium)


@kernel
def kept_from_book_usd(
    accounts: Accounts, markets: Markets, venues: Venues, rules: Rules, v: int
) -> float:
    """Notional of bankrupt accounts that never reaches the book [USD]."""
    vault = venues.backstop_row[v]
    if rules.bankrupt_to_book[v] == NO_ORDERS:
        return math.inf
    if vault < 0 or rules.bankrupt_to_book[v] == ALL:
        return 0.0
    equity, notional = vault_capital(accounts, markets, venues, rules, v)
    return float(max(0.0, rules.backstop_leverage[v] * equity - notional))


@kernel
def liquidate(
    accounts: Accounts,
    markets: Markets,
    venues: Venues,
    rules: Rules,
    forced: Forced,
    terms: Floats,
    guard: Guarding,
) -> int:
    """Iterate to the fixed point; rounds needed, negative when the cap was hit first."""
    begin_forced(accounts, markets, forced)
    value_accounts(accounts, markets, rules)
    sum_quotes(accounts, markets, venues)
    for v in range(venues.estate_row.size):
        forced.kept_usd[v] = kept_from_book_usd(accounts, markets, venues, rules, v)
    cap = 0
    for v in range(venues.estate_row.size):
        cap = max(cap, rules.max_rounds[v])
    rounds = 0
    while flag_accounts(accounts, markets, venues, rules, terms, guard):
        if rounds == cap:
            sum_quotes(accounts, markets, venues)  # makers flagged just now quote no more
            return -rounds
        rounds += 1
        gather_forced(accounts, markets, venues, forced)
        sum_quotes(accounts, markets, venues)
        move_books(markets, rules, forced)
        value_accounts(accounts, markets, rules)
    return rounds
