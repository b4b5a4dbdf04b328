"""Prices at the start of a tick: index, premium, mark, and the venue's running statistics.

index      exogenous path * exp(pressure), the pressure left by spot sales and perp flow
premium    transient (halves every resilience_s) + permanent (halves every arbitrage_s, drawn to
           the mean over venues: arbitrage between venues and against the index)
mark       oracle * exp(clip(weight * premium over the oracle, ±band))
"""

import math

from abm.kernel import kernel
from abm.market.book import mark_of
from abm.market.columns import Markets
from abm.venue.rulebook import Rules

PRESSURE_HALF_LIFE_S = 600.0
"""How long spot takes to forget a forced sale [s]; not observable, swept in sensitivity studies."""

TREND_HALF_LIFE_S = 60.0
"""Memory of the average that trend followers compare the index with [s]."""

VARIANCE_HALF_LIFE_S = 60.0
"""Memory of the makers' variance estimate [s]."""


@kernel
def keep(half_life_s: float, dt_s: float) -> float:
    """Share of a decaying quantity that is left after `dt_s`."""
    return math.exp(-math.log(2.0) * dt_s / half_life_s)


@kernel
def advance_prices(markets: Markets, rules: Rules, tick: int, dt_s: float) -> None:
    """Move index, premia and marks to `tick`; path row 0 is the price before the first tick."""
    pressure_kept = keep(PRESSURE_HALF_LIFE_S, dt_s)
    trend_kept = keep(TREND_HALF_LIFE_S, dt_s)
    variance_kept = keep(VARIANCE_HALF_LIFE_S, dt_s)
    for k in range(markets.index_price.size):
        markets.index_pressure[k] *= pressure_kept
        before = markets.index_price[k]
        now = markets.index_path[tick, k] * math.exp(markets.index_pressure[k])
        markets.index_price[k] = now
        move = math.log(now / before)
        variance = markets.variance_per_s[k]
        markets.variance_per_s[k] = variance_kept * variance + (1.0 - variance_kept) * (
            move * move / dt_s
        )
        slow = markets.slow_index[k]
        markets.slow_index[k] = trend_kept * slow + (1.0 - trend_kept) * now
    for v in range(markets.mark_price.shape[0]):
        transient_kept = keep(rules.resilience_s[v], dt_s)
        permanent_kept = keep(rules.arbitrage_s[v], dt_s)
        for k in range(markets.index_price.size):
            markets.transient[v, k] *= transient_kept
            markets.permanent[v, k] *= permanent_kept
            markets.previous_mark_price[v, k] = markets.mark_price[v, k]
            markets.oracle_price[v, k] = markets.index_price[k]
    for c in range(markets.asset_price.size):
        k = markets.collateral_instrument[c]
        markets.asset_price[c] = markets.index_price[k] if k >= 0 else 1.0
        for v in range(markets.mark_price.shape[0]):
            kept = 1.0 - markets.collateral_haircut[c]
            markets.collateral_value[v, c] = markets.asset_price[c] * kept
    mark_books(markets, rules)


@kernel
def set_mark(markets: Markets, rules: Rules, v: int, k: int) -> None:
    """Set one mark price from the venue's index and the book's premium over that index."""
    index, oracle = markets.index_price[k], markets.oracle_price[v, k]
    premium = markets.transient[v, k] + markets.permanent[v, k]
    if oracle != index:
        premium += math.log(index / oracle)
    markets.mark_price[v, k] = mark_of(oracle, premium, rules.mark_weight[v], rules.mark_band[v])


@kernel
def mark_books(markets: Markets, rules: Rules) -> None:
    """Set every mark price."""
    for v in range(markets.mark_price.shape[0]):
        for k in range(markets.index_price.size):
            set_mark(markets, rules, v, k)
