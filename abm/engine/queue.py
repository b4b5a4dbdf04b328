"""The deleveraging queue of a venue: its scores, what is published of them, what traders see.

A publication scores every open position at the current mark, ranks longs and shorts of each
instrument, and writes a snapshot; after the venue's delay the newest old enough snapshot becomes
visible. Between refreshes nothing changes, however the market moves.
"""

import math

import numpy as np

from abm.adl import encoding as code
from abm.adl.disclosure import closeness, publish
from abm.adl.exposure import Candidates, Exposure, exposure_at
from abm.adl.price_to_adl import prices_to_adl
from abm.adl.rank import RankBuffers
from abm.adl.score import fill_draws, score_by, score_of, score_terms
from abm.engine.precautions import mark_hedges
from abm.engine.reports import across_venues, scores_across
from abm.engine.schedule import is_due
from abm.engine.world import (
    DT_S,
    KEY_DISCLOSURE,
    TICK,
    World,
)
from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.market.columns import BACKSTOP, ESTATE
from abm.rng import tick_key
from abm.venue.margin import bucket_equity, isolated_equity, maintenance_margin
from abm.venue.state import State


@kernel
def exposure_of(state: State, row: int, k: int) -> Exposure:
    """One position and its margin scope, as every score reads it; accounts must be valued."""
    accounts, markets = state.accounts, state.markets
    v = accounts.venue[row]
    qty = accounts.qty_contracts[row, k]
    entry = accounts.entry_price[row, k]
    mark = markets.mark_price[v, k]
    notional = abs(qty) * mark
    pnl = unrealised_pnl(qty, entry, mark)
    if accounts.is_isolated[row, k] and qty != 0.0:
        equity = isolated_equity(accounts, row, k, mark)
        maintenance = maintenance_margin(state.rules, v, notional)
        scope_pnl, scope_notional = pnl, notional
    else:
        equity = accounts.equity_usd[row]
        maintenance = accounts.maintenance_usd[row]
        scope_notional = accounts.notional_usd[row]
        scope_pnl = pnl
        if accounts.qty_contracts.shape[1] > 1:
            scope_pnl = cross_pnl(state, row)
    return Exposure(
        accounts.account_id[row], qty, entry, mark, markets.previous_mark_price[v, k], notional,
        pnl, equity - scope_pnl, equity, maintenance, scope_pnl, scope_notional,
        accounts.opening_leverage[row, k], accounts.hedged_share[row, k],
        accounts.liable_usd[row, k],
    )  # fmt: skip


@kernel
def exposure_in(world: World, row: int, k: int) -> Exposure:
    """`exposure_of` for callers that hold a whole world."""
    return exposure_of(world.state, row, k)


@kernel
def cross_pnl(state: State, row: int) -> float:
    """Unrealised PnL of an account's cross positions [USD]."""
    accounts = state.accounts
    v = accounts.venue[row]
    total = 0.0
    for k in range(accounts.qty_contracts.shape[1]):
        qty = accounts.qty_contracts[row, k]
        if qty != 0.0 and not accounts.is_isolated[row, k]:
            mark = state.markets.mark_price[v, k]
            total += unrealised_pnl(qty, accounts.entry_price[row, k], mark)
    return total


@kernel
def is_eligible(state: State, row: int, k: int) -> bool:
    """May ADL touch this position? Not the house's, not one in forced close."""
    accounts = state.accounts
    kind = accounts.kind[row]
    if kind in (BACKSTOP, ESTATE):
        return False
    bucket = 1 + k if accounts.is_isolated[row, k] else 0
    return bool(accounts.closing[row, bucket] == 0.0)


@kernel
def gather_candidates(world: World, v: int, k: int) -> Candidates:
    """Columns of every account of a venue for one instrument; views on the round's scratch."""
    state, numbers = world.state, world.buffers.numbers
    begin, end = state.venues.account_start[v], state.venues.account_start[v + 1]
    n = end - begin
    eligible = np.empty(n, np.bool_)
    for i in range(n):
        x = exposure_of(state, begin + i, k)
        numbers[0, i] = x.qty_contracts
        numbers[1, i] = x.entry_price
        numbers[2, i] = x.mark_price
        numbers[3, i] = x.previous_mark_price
        numbers[4, i] = x.notional_usd
        numbers[5, i] = x.pnl_usd
        numbers[6, i] = x.wallet_usd
        numbers[7, i] = x.equity_usd
        numbers[8, i] = x.maintenance_margin_usd
        numbers[9, i] = x.account_pnl_usd
        numbers[10, i] = x.account_notional_usd
        numbers[11, i] = x.opening_leverage
        numbers[12, i] = x.hedged_share
        numbers[13, i] = x.snapshot_profit_usd
        eligible[i] = is_eligible(state, begin + i, k)
    return Candidates(
        state.accounts.account_id[begin:end], numbers[0, :n], numbers[1, :n], numbers[2, :n],
        numbers[3, :n], numbers[4, :n], numbers[5, :n], numbers[6, :n], numbers[7, :n],
        numbers[8, :n], numbers[9, :n], numbers[10, :n], numbers[11, :n], numbers[12, :n],
        numbers[13, :n], eligible,
    )  # fmt: skip


@kernel
def score_book(world: World, v: int, k: int, candidates: Candidates, key: np.uint64) -> bool:
    """Scores of gathered candidates into `buffers.scores`; False if one is NaN."""
    parameters = world.designs[v]
    profit = int(parameters[code.SCORE_PROFIT])
    begin = world.state.venues.account_start[v]
    n = candidates.qty_contracts.size
    draws = world.buffers.signal
    if profit == code.PROFIT_DRAW or profit == code.PROFIT_SCAN:
        fill_draws(parameters, candidates, key, draws[:n])
    known = True
    across = scores_across(world, v)
    for i in range(n):
        if profit == code.PROFIT_CUSTOM:
            score = float(world.buffers.queue_scores[begin + i, k])
        else:
            exposure = exposure_at(candidates, i)
            if across and candidates.qty_contracts[i] != 0.0:
                exposure = across_venues(world, begin + i, exposure)
            score = score_of(parameters, exposure, draws[i])
        if math.isnan(score):
            known = False
            score = -math.inf
        world.buffers.scores[i] = score
    return known


@kernel
def score_book_directly(world: World, v: int, k: int) -> bool:
    """The same without gathering, for scores that need no lottery number: the hot path."""
    state = world.state
    terms = score_terms(world.designs[v])
    begin, end = state.venues.account_start[v], state.venues.account_start[v + 1]
    known = True
    for i in range(end - begin):
        qty = state.accounts.qty_contracts[begin + i, k]
        world.buffers.numbers[0, i] = qty
        if qty != 0.0:
            exposure = exposure_of(state, begin + i, k)
            if terms.scope == code.SCOPE_TRADER:
                exposure = across_venues(world, begin + i, exposure)
            score = score_by(terms, exposure, 0.0)
            known = known and not math.isnan(score)
            world.buffers.scores[i] = score if not math.isnan(score) else -math.inf
    return known


@kernel
def has_bankrupt(state: State, v: int) -> bool:
    """Is any margin bucket in forced close worth less than nothing?"""
    accounts = state.accounts
    for row in range(state.venues.account_start[v], state.venues.account_start[v + 1]):
        if accounts.in_closing[row]:
            for bucket in range(accounts.closing.shape[1]):
                if accounts.closing[row, bucket] > 0.0 and (
                    bucket_equity(accounts, row, bucket, state.markets.mark_price) < 0.0
                ):
                    return True
    return False


@kernel
def score_queue(world: World, v: int, k: int, key: np.uint64) -> bool:
    """Scores of one book as its waterfall finds them; False on a NaN.

    All rounds of a waterfall use them. An account without a position then is not in the queue,
    unless the design charges such accounts as well.
    """
    known = score_book(world, v, k, gather_candidates(world, v, k), key)
    flat_too = int(world.designs[v, code.CAPACITY_SIDES]) == code.SIDES_BOTH_AND_FLAT
    begin, end = world.state.venues.account_start[v], world.state.venues.account_start[v + 1]
    for i in range(end - begin):
        held = world.state.accounts.qty_contracts[begin + i, k] != 0.0
        score = world.buffers.scores[i] if held or flat_too else np.float32(-np.inf)
        world.buffers.queue_scores[begin + i, k] = score
    return known


@kernel
def publish_book(world: World, v: int, k: int, slot: int, key: np.uint64) -> bool:
    """Score and rank one book and write its places into snapshot `slot`; False on a NaN score."""
    buffers = world.buffers
    parameters = world.designs[v]
    profit = int(parameters[code.SCORE_PROFIT])
    if int(parameters[code.DISCLOSURE]) == code.DISCLOSE_PRICE:
        return publish_prices(world, v, k, slot, key)
    if profit == code.PROFIT_DRAW or profit == code.PROFIT_SCAN or profit == code.PROFIT_CUSTOM:
        known = score_book(world, v, k, gather_candidates(world, v, k), key)
    else:
        known = score_book_directly(world, v, k)
    begin, end = world.state.venues.account_start[v], world.state.venues.account_start[v + 1]
    n = end - begin
    ranks = RankBuffers(buffers.ranks.front, buffers.ranks.back, buffers.ranks.counts)
    publish(parameters, buffers.scores, buffers.numbers[0], n, buffers.signal, ranks)
    for i in range(n):
        world.board.snapshots[slot, begin + i, k] = buffers.signal[i]
    return known


@kernel
def publish_prices(world: World, v: int, k: int, slot: int, key: np.uint64) -> bool:
    """How near each position's price to ADL is, into snapshot `slot`; False on a NaN score."""
    candidates = gather_candidates(world, v, k)
    known = score_book(world, v, k, candidates, key)
    begin = world.state.venues.account_start[v]
    n = candidates.qty_contracts.size
    scores, price = world.buffers.scores[:n], world.buffers.signal[:n]
    price[:] = math.nan
    for side in (1, -1):
        prices_to_adl(candidates, scores, side, world.state.venues.fund_usd[v], price)
    for i in range(n):
        place = math.nan
        if candidates.qty_contracts[i] != 0.0:
            place = closeness(price[i], candidates.mark_price[i])
        world.board.snapshots[slot, begin + i, k] = place
    return known


@kernel
def is_publication_due(world: World, v: int) -> bool:
    """Does a venue publish at the end of this tick?"""
    parameters = world.designs[v]
    if int(parameters[code.DISCLOSURE]) == code.DISCLOSE_NOTHING:
        return False
    refresh_s = parameters[code.DISCLOSURE_REFRESH_S]
    return is_due(world.clock[TICK], world.terms[DT_S], refresh_s)


@kernel
def is_any_publication_due(world: World) -> bool:
    """Does some venue publish at the end of this tick?"""
    due = False
    for v in range(world.designs.shape[0]):
        due = due or is_publication_due(world, v)
    return due


@kernel
def disclose(world: World) -> bool:
    """Publish what is due and show what is old enough; False if a score was NaN.

    Every venue has its own refresh clock and delay, those of its design.
    """
    tick = world.clock[TICK]
    now_s = tick * world.terms[DT_S]
    known = True
    if is_any_publication_due(world):
        mark_hedges(world)
    for v in range(world.designs.shape[0]):
        parameters = world.designs[v]
        if int(parameters[code.DISCLOSURE]) == code.DISCLOSE_NOTHING:
            continue
        if is_publication_due(world, v):
            slot = world.board.taken[v] % world.board.published_s.shape[1]
            key = tick_key(world.keys[KEY_DISCLOSURE], tick)
            for k in range(world.state.markets.index_price.size):
                known = publish_book(world, v, k, slot, key) and known
            world.board.published_s[v, slot] = now_s
            world.board.taken[v] += 1
        show(world, v, now_s - parameters[code.DISCLOSURE_DELAY_S])
    return known


@kernel
def show(world: World, v: int, latest_s: float) -> None:
    """Make the newest snapshot that a venue took at or before `latest_s` visible."""
    board, venues = world.board, world.state.venues
    best = -1
    for slot in range(board.published_s.shape[1]):
        taken_s = board.published_s[v, slot]
        due = board.visible_s[v] < taken_s <= latest_s + 1e-9
        if due and (best < 0 or taken_s > board.published_s[v, best]):
            best = slot
    if best >= 0:
        board.visible_s[v] = board.published_s[v, best]
        visible = world.state.accounts.visible
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            for k in range(visible.shape[1]):
                visible[row, k] = board.snapshots[best, row, k]
