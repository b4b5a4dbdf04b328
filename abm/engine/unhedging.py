"""The un-hedging of a running world, measured: what `abm.contagion.reproduction` takes as given.

Of one instrument, on every venue, at the present marks:

    ρ_v   USD of longs whose liquidation price lies within a move below the mark / that move
    η_v   share of these whose bankruptcy price lies within a jump below their liquidation price:
          they are bankrupt when they are met, and ADL closes them without touching the book
    κ_v   log fall of the mark per USD sold, from the rules and the quoted depth
    H_uv  of the shorts on u the share that cross-venue hedgers hold against longs on v which they
          then cut; on the diagonal the share of those who open the closed short again
    A     what a drop on one venue does to another: identity, unless it is given

Taken for granted, so that the matrix is the first order of what a run does: longs lie evenly within
the move; funds and vaults are used up, so that the bankrupt end in ADL where the venue keeps their
orders from the book, and in the book elsewhere (η = 0); ADL closes the shorts of a venue in
proportion, whatever the design's order; a partial liquidation is its first step; square-root impact
is the secant of a sale of all that the move liquidates; hedgers look at once, cut legs in
proportion and have the margin to open again; what hedgers sell in spot, bids that differ from asks,
and prices of other instruments are left out. A fall is meant: shorts are not liquidated by it.

Shapes: A accounts, V venues.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.agents.trading import CUT_LEG, REOPEN_LEG
from abm.contagion import UnHedging
from abm.engine.world import DT_S, World
from abm.market.book import temporary_impact
from abm.market.columns import BACKSTOP, ESTATE, HEDGER
from abm.units import Floats, Ints
from abm.venue.rulebook import FULL, NO_ORDERS, STEP

HALVINGS = 60
"""Of the move, until a liquidation price is found."""


class Longs(NamedTuple):
    """Longs that a fall may liquidate, with the margin behind each; prices of others stay.

    Attributes:
        venue: `[L]`.
        qty_contracts: `[L]`.
        mark_price: `[L]` now.
        free_usd: `[L]` equity without the position's value, equity = free + qty price.
        others_usd: `[L]` maintenance requirement of the other positions on the same margin.
    """

    venue: Ints
    qty_contracts: Floats
    mark_price: Floats
    free_usd: Floats
    others_usd: Floats


def unhedging_of(
    world: World,
    *,
    move: float = 0.01,
    jump: float | None = None,
    instrument: int = 0,
    pass_through: Floats | None = None,
) -> UnHedging:
    """Measure A, κ, η, H and ρ in a world; see the file's first lines.

    Args:
        world: now, its quotes set.
        move: log fall within which liquidation prices are counted, above 0.
        jump: log fall with which a liquidation price is met; None = one standard deviation of a
            tick, as makers see it (`variance_per_s`).
        instrument: row of the instrument.
        pass_through: A, `[V, V]`; None = identity, venues joined by traders only.

    Raises:
        ValueError: the move or the jump is out of range, or there is no such instrument.
    """
    markets = world.state.markets
    venues, instruments = markets.mark_price.shape
    if not 0.0 < move < math.inf:
        raise ValueError(f"move is {move}: give a log fall above 0")
    if not 0 <= instrument < instruments:
        raise ValueError(f"instrument is {instrument}: the world has 0 to {instruments - 1}")
    if jump is None:
        jump = math.sqrt(markets.variance_per_s[instrument] * world.terms[DT_S])
    if not jump >= 0.0:
        raise ValueError(f"jump is {jump}: give a log fall of 0 or more")
    sold, bankrupt = liquidated_usd(world, instrument, move, jump)
    offbook = np.divide(bankrupt, sold, out=np.zeros(venues), where=sold > 0.0)
    offbook[world.state.rules.bankrupt_to_book != NO_ORDERS] = 0.0
    return UnHedging(
        pass_through=np.eye(venues) if pass_through is None else pass_through,
        impact=impact_per_usd(world, instrument, sold),
        offbook_share=offbook,
        hedge_sales=hedge_sales(world, instrument),
        density_usd=sold / move,
    )


def impact_per_usd(world: World, instrument: int, sold_usd: Floats) -> Floats:
    """κ: log fall of each venue's mark per USD, in a sale of so many USD `[V]`: `[V]`.

    Where nothing is sold, in a sale that takes the whole depth; inf where there is no depth.
    """
    rules, depth = world.state.rules, world.state.markets.depth_usd[:, instrument]
    found = np.empty(depth.size)
    for v in range(depth.size):
        if depth[v] <= 0.0:
            found[v] = np.inf
            continue
        share = min(1.0, sold_usd[v] / depth[v]) if sold_usd[v] > 0.0 else 1.0
        moved = temporary_impact(rules.impact_form[v], rules.impact_temporary[v], share)
        moved += rules.impact_permanent[v] * share
        found[v] = rules.mark_weight[v] * moved / (share * depth[v])
    return found


def liquidated_usd(
    world: World, instrument: int, move: float, jump: float
) -> tuple[Floats, Floats]:
    """USD of longs that a fall liquidates, and of those that are bankrupt at once: `[V]`, `[V]`."""
    rules = world.state.rules
    longs = longs_of(world, instrument)
    met = (_slack(world, longs, 0.0) >= 0.0) & (_slack(world, longs, move) < 0.0)
    longs = Longs(
        venue=longs.venue[met],
        qty_contracts=longs.qty_contracts[met],
        mark_price=longs.mark_price[met],
        free_usd=longs.free_usd[met],
        others_usd=longs.others_usd[met],
    )
    low, high = np.zeros(met.sum()), np.full(met.sum(), move)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        safe = _slack(world, longs, middle) >= 0.0
        low, high = np.where(safe, middle, low), np.where(safe, high, middle)
    price = longs.mark_price * np.exp(-high - jump)
    bankrupt = longs.free_usd + longs.qty_contracts * price < 0.0
    notional = longs.qty_contracts * longs.mark_price
    style, v = rules.liquidation_style[longs.venue], longs.venue
    steps = (style == STEP) & (notional > rules.step_above_usd[v])
    share = np.where(steps, rules.step_share[v], 1.0)
    share = np.where((style != STEP) & (style != FULL), 1.0 - 1.0 / rules.target_ratio[v], share)
    usd = np.where(bankrupt, 1.0, share) * notional
    sold, broken = np.zeros((2, rules.max_leverage.size))
    np.add.at(sold, v, usd)
    np.add.at(broken, v[bankrupt], usd[bankrupt])
    return sold, broken


def longs_of(world: World, instrument: int) -> Longs:
    """The longs in an instrument, the house's left out."""
    accounts, markets = world.state.accounts, world.state.markets
    marks = markets.mark_price[accounts.venue]
    qty, alone = accounts.qty_contracts, accounts.is_isolated
    house = (accounts.kind == BACKSTOP) | (accounts.kind == ESTATE)
    rows: Ints = np.flatnonzero((qty[:, instrument] > 0.0) & ~house)
    pnl = np.where(alone, 0.0, qty * (marks - accounts.entry_price))
    needed = np.where(
        alone, 0.0, maintenance_usd(world, accounts.venue[:, None], np.abs(qty) * marks)
    )
    pnl[:, instrument] = needed[:, instrument] = 0.0
    counted = (accounts.collateral * markets.collateral_value[accounts.venue]).sum(axis=1)
    cross = accounts.cash_usd + counted + pnl.sum(axis=1)
    own = alone[rows, instrument]
    margin = np.where(own, accounts.margin_usd[rows, instrument], cross[rows])
    bought = qty[rows, instrument] * accounts.entry_price[rows, instrument]
    return Longs(
        venue=accounts.venue[rows],
        qty_contracts=qty[rows, instrument],
        mark_price=marks[rows, instrument],
        free_usd=margin - bought,
        others_usd=np.where(own, 0.0, needed.sum(axis=1)[rows]),
    )


def maintenance_usd(world: World, venue: Ints, notional_usd: Floats) -> Floats:
    """Tiered maintenance requirement of positions, shapes broadcast; 0 without one."""
    rules = world.state.rules
    above = rules.tier_above_usd[venue][..., 1:]
    level = (notional_usd[..., None] > above).sum(axis=-1)
    venue = np.broadcast_to(venue, notional_usd.shape)
    needed = rules.tier_rate[venue, level] * notional_usd - rules.tier_deduction_usd[venue, level]
    return np.asarray(rules.margin_factor[venue] * needed)


def _slack(world: World, longs: Longs, fall: Floats | float) -> Floats:
    """Equity less maintenance after a log fall of the mark: `[L]` USD, falling with it."""
    value = longs.qty_contracts * longs.mark_price * np.exp(-np.asarray(fall))
    return longs.free_usd + value - longs.others_usd - maintenance_usd(world, longs.venue, value)


def hedge_sales(world: World, instrument: int) -> Floats:
    """H: of the shorts closed on u (row), the share then sold on v: `[V, V]`."""
    accounts, traders = world.state.accounts, world.traders
    venues = world.designs.shape[0]
    qty = accounts.qty_contracts[:, instrument]
    held = np.zeros((traders.trader_id.size, venues))
    np.add.at(held, (accounts.trader, accounts.venue), qty)
    hedger = traders.role == HEDGER
    cut = _cut(held[hedger & (traders.style == CUT_LEG)])
    again = _cut(held[hedger & (traders.style == REOPEN_LEG)]).sum(axis=1)
    shorts = np.bincount(accounts.venue, np.maximum(-qty, 0.0), venues)
    total = (cut + np.diag(again)) * world.state.markets.mark_price[:, instrument]
    notional = (shorts * world.state.markets.mark_price[:, instrument])[:, None]
    return np.divide(total, notional, out=np.zeros_like(total), where=notional > 0.0)


def _cut(held: Floats) -> Floats:
    """Contracts short on u against longs on v, spread in proportion: `[V, V]` of `[H, V]`."""
    long, short = np.maximum(held, 0.0), np.maximum(-held, 0.0)
    larger = np.maximum(long.sum(axis=1), short.sum(axis=1))
    share = np.divide(long, larger[:, None], out=np.zeros_like(long), where=larger[:, None] > 0.0)
    return np.asarray(short.T @ share)
