"""Accounts before a world exists: positions, entries and cash of a drawn population or a real book.

A drawn trader has one account with one position (makers start flat); some have a second account on
the next venue with a fifth of their equity, or with half of it and the other leg of a hedge;
arbitrageurs and makers with pooled capital have one on every venue. A real book is taken as it is;
makers take the side that it leaves open. Where a pool is the counterparty, all of it is opened at
the first price.
"""

from typing import NamedTuple

import numpy as np

from abm.agents.population import Drawn, draw_population
from abm.engine.real_book import BookRows, RealBook, read_book
from abm.engine.scenario import Scenario
from abm.market.columns import DIRECTIONAL, MAKER, MARKET_MAKER, TRADER
from abm.units import Codes, Flags, Floats, Ints

SECOND_ACCOUNT_SHARE = 0.2
"""Share of a trader's equity on its second account [1]."""

LEG_SHARE = 0.5
"""Share of a cross-venue hedger's equity behind its second leg [1]."""


class Holdings(NamedTuple):
    """Accounts before they are sorted by venue: ordinary ones only."""

    account_id: Ints  # [B]
    trader: Ints  # [B]
    venue: Ints  # [B]
    kind: Codes  # [B]
    cash_usd: Floats  # [B]
    qty_contracts: Floats  # [B, K]
    entry_price: Floats  # [B, K]
    margin_usd: Floats  # [B, K]
    is_isolated: Flags  # [B, K]
    opening_leverage: Floats  # [B, K]


class MoreAccounts(NamedTuple):
    """Accounts of traders who have more than one: the second and further ones."""

    trader: Ints  # [B]
    venue: Ints  # [B]
    share: Floats  # [B] of the trader's equity
    is_leg: Flags  # [B] holds the opposite of the home position


def further_accounts(drawn: Drawn, venues: int) -> MoreAccounts:
    """Who has an account on which other venues, by trader: the next one, or all of them."""
    traders = np.arange(drawn.role.size)
    steps = np.where(drawn.everywhere, venues - 1, drawn.second_account | drawn.has_leg)
    if venues == 1:
        steps = np.zeros_like(steps)
    trader = np.repeat(traders, steps)
    step = np.arange(trader.size) - np.repeat(np.cumsum(steps) - steps, steps) + 1
    share = np.where(drawn.has_leg, LEG_SHARE, SECOND_ACCOUNT_SHARE)
    share = np.where(drawn.everywhere, 1.0 / venues, share)
    venue = (drawn.home[trader] + step) % venues
    return MoreAccounts(trader, venue, share[trader], drawn.has_leg[trader])


def open_at_pools(holdings: Holdings, scenario: Scenario, prices: Floats) -> Holdings:
    """Positions on a pool's venue as if opened now: a pool owes no profit that it never sold.

    Profits so far are paid in cash into the margin behind each position, whose equity stays.
    """
    has_pool = np.array([book.pool is not None for book in scenario.venues])[holdings.venue]
    at_pool = has_pool[:, None] & (holdings.qty_contracts != 0.0)
    if not at_pool.any():
        return holdings
    gained = np.where(at_pool, holdings.qty_contracts * (prices - holdings.entry_price), 0.0)
    isolated = np.where(holdings.is_isolated, gained, 0.0)
    return holdings._replace(
        cash_usd=holdings.cash_usd + (gained - isolated).sum(axis=1),
        margin_usd=holdings.margin_usd + isolated,
        entry_price=np.where(at_pool, prices, holdings.entry_price),
    )


def draw_holdings(
    scenario: Scenario, luck: np.random.Generator, prices: Floats
) -> tuple[Holdings, Drawn]:
    """Accounts of a drawn population, positions on their books included."""
    population = scenario.population
    assert not isinstance(population, RealBook)
    venues, instruments = len(scenario.venues), scenario.instruments
    cap = 0.9 * min(book.max_leverage for book in scenario.venues)
    drawn = draw_population(
        population, luck, scenario.traders, venues, instruments, cap, scenario.listed_books()
    )
    traders = scenario.traders
    more = further_accounts(drawn, venues)
    owner = np.concatenate([np.arange(traders), more.trader])
    count = owner.size
    qty = np.zeros((count, instruments))
    entry = np.zeros((count, instruments))
    rows = np.arange(traders)
    price = prices[drawn.instrument]
    size = drawn.side * drawn.equity_usd * drawn.leverage / price
    held = size != 0.0
    paid = price * np.exp(-drawn.side * drawn.gain)
    qty[rows, drawn.instrument] = size
    entry[rows[held], drawn.instrument[held]] = paid[held]
    legs = np.flatnonzero(more.is_leg)
    hedged = more.trader[legs]
    qty[traders + legs, drawn.instrument[hedged]] = -size[hedged]
    entry[traders + legs, drawn.instrument[hedged]] = paid[hedged]
    unrealised = (qty * (prices - entry)).sum(axis=1)
    equity = drawn.equity_usd.copy()
    moved = more.share * equity[more.trader]
    given = np.bincount(more.trader, weights=moved, minlength=traders)
    cash = np.concatenate([equity - given, moved]) - unrealised
    isolated = np.zeros((count, instruments), np.bool_)
    isolated[rows[drawn.isolated], drawn.instrument[drawn.isolated]] = True
    margin = np.zeros((count, instruments))
    set_aside = np.where(drawn.isolated, cash[:traders], 0.0)
    margin[rows, drawn.instrument] = set_aside
    cash[:traders] -= set_aside
    opening = np.zeros((count, instruments))
    opening[rows, drawn.instrument] = np.where(drawn.has_leg, 2.0, 1.0) * drawn.leverage
    opening[traders + legs, drawn.instrument[hedged]] = 2.0 * drawn.leverage[hedged]
    return (
        Holdings(
            account_id=np.arange(count),
            trader=owner,
            venue=np.concatenate([drawn.home, more.venue]),
            kind=np.where(drawn.role[owner] == MARKET_MAKER, MAKER, TRADER).astype(np.int8),
            cash_usd=cash,
            qty_contracts=qty,
            entry_price=entry,
            margin_usd=margin,
            is_isolated=isolated,
            opening_leverage=opening,
        ),
        drawn,
    )


def _as_they_are(drawn: Drawn, rows: BookRows, owner: Ints, prices: Floats) -> None:
    """Equity and leverage of a real book's traders: `owner`: `[P]` trader of each position row."""
    count = int(owner.max()) + 1
    price = prices[rows.instrument]
    pnl = rows.qty_contracts * (price - rows.entry_price)
    once = np.unique(rows.account_id, return_index=True)[1]  # cash stands on every row
    cash = np.bincount(owner[once], weights=rows.cash_usd[once], minlength=count)
    equity = cash + np.bincount(owner, weights=pnl + rows.margin_usd, minlength=count)
    notional = np.bincount(owner, weights=np.abs(rows.qty_contracts) * price, minlength=count)
    drawn.equity_usd[:count] = np.maximum(equity, 0.0)
    drawn.leverage[:count] = np.where(
        equity > 0.0, notional / np.where(equity > 0.0, equity, 1.0), 1.0
    )


def read_holdings(
    scenario: Scenario, luck: np.random.Generator, prices: Floats
) -> tuple[Holdings, Drawn]:
    """Accounts of a real book, plus makers who take the side that the book leaves open."""
    book = scenario.population
    assert isinstance(book, RealBook)
    venues, instruments = len(scenario.venues), scenario.instruments
    rows = read_book(book.path, venues, instruments)
    ids, first, position = np.unique(rows.account_id, return_index=True, return_inverse=True)
    owners, owner = np.unique(rows.trader_id[first], return_inverse=True)
    makers = book.behaviour.makers * venues
    drawn = draw_population(
        book.behaviour,
        luck,
        max(owners.size + makers, 4 * venues * instruments + makers),
        venues,
        instruments,
        1.0,
    )
    keep = np.concatenate([np.arange(owners.size), np.arange(makers) + drawn.role.size - makers])
    drawn = Drawn(*(column[keep] for column in drawn))
    drawn.role[: owners.size] = DIRECTIONAL
    _as_they_are(drawn, rows, owner[position], prices)
    count = ids.size + makers
    qty, entry, margin, opening = (np.zeros((count, instruments)) for _ in range(4))
    isolated = np.zeros((count, instruments), np.bool_)
    qty[position, rows.instrument] = rows.qty_contracts
    entry[position, rows.instrument] = rows.entry_price
    margin[position, rows.instrument] = rows.margin_usd
    isolated[position, rows.instrument] = rows.is_isolated
    venue = np.concatenate([rows.venue[first], np.arange(makers) % venues])
    interest = np.abs(qty * prices).sum() / 2.0
    cash = np.full(count, book.behaviour.maker_usd_per_open_interest * interest / makers)
    cash[: ids.size] = rows.cash_usd[first]
    for v in range(venues):
        mine = np.flatnonzero(venue[ids.size :] == v) + ids.size
        for k in range(instruments):
            open_side = qty[venue == v, k].sum()
            qty[mine, k] = -open_side / mine.size
            entry[mine, k] = prices[k] if open_side != 0.0 else 0.0
    notional = np.abs(qty) * prices
    backing = np.where(isolated, margin, cash[:, None])
    np.divide(notional, backing, out=opening, where=backing > 0.0)
    return (
        Holdings(
            account_id=np.concatenate([ids, ids.max() + 1 + np.arange(makers)]),
            trader=np.concatenate([owner, owners.size + np.arange(makers)]),
            venue=venue,
            kind=np.repeat(np.array([TRADER, MAKER], np.int8), [ids.size, makers]),
            cash_usd=cash,
            qty_contracts=qty,
            entry_price=entry,
            margin_usd=margin,
            is_isolated=isolated,
            opening_leverage=opening,
        ),
        drawn,
    )
