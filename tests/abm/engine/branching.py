"""Two venues whose un-hedging is set by construction: density, impact, bankruptcies and hedges.

Longs have liquidation prices spread evenly below the market and are of two sizes: the smaller has
no maintenance requirement, so that it is bankrupt when it is liquidated and ADL closes it; the
larger is solvent and is sold. Cross-venue hedgers have a leg on each venue.
"""

import math

import numpy as np

from abm.agents.cross_venue import CrossVenue
from abm.agents.population import Population
from abm.engine.scenario import Makers, Scenario, Spot
from abm.engine.world import World
from abm.market.columns import DIRECTIONAL
from abm.market.prices import GeometricBrownian
from abm.units import Ints
from abm.venue.rulebook import MarginTier, Rulebook

FIRST_PRICE = 100.0
SHOCK = 5e-4
"""First log drop of the index."""

REACH = 2e-3
"""Liquidation prices lie evenly between here and the market, in log price."""

NO_RATE, RATE = 1e-6, 0.06
"""Maintenance below and above the tier's edge; the larger positions stand half above it."""

SIZES = (0.5, 1.5)
"""Contracts of the two kinds of position, before they are scaled."""


def lined_up(cutting: float, traders: int, ticks: int) -> Scenario:
    """Two venues without fees, funding, funds, vaults or recovery; equal traders, no noise."""
    venues = tuple(
        Rulebook(
            name=name,
            lot_contracts=(1e-9,),
            max_leverage=1000.0,
            tiers=(MarginTier(0.0, NO_RATE), MarginTier(1.0, RATE)),
            taker_fee=0.0,
            maker_fee=0.0,
            liquidation_style="full",
            impact_temporary=0.0,
            resilience_s=math.inf,
            arbitrage_s=math.inf,
            mark_weight=1.0,
            mark_band=1.0,
            funding_sensitivity=0.0,
            index_pass_through=0.0,
            fund_usd_per_open_interest=0.0,
            backstop_usd_per_open_interest=0.0,
            bankrupt_to_book="none",
            house_unwind_per_s=0.0,
            max_rounds=1000,
        )
        for name in ("alpha", "beta")
    )
    population = Population(
        hedger_share=0.4,
        makers=2,
        wealth_p50_usd=1000.0,
        wealth_p90_usd=1000.001,
        wealth_p99_usd=1000.002,
        wealth_cap_usd=1000.003,
        winners_leverage=(1.0,) * 6,
        losers_leverage_median=1.0,
        losers_leverage_sigma=0.0,
        wealth_leverage_correlation=0.0,
        winning_gain_mean=0.0,
        winning_gain_sigma=0.0,
        losing_gain_sigma=0.0,
        isolated_share=0.0,
        second_account_share=0.0,
        maker_usd_per_open_interest=1000.0,
        reactive_share=0.0,
        reactive_per_s=1e6,
        passive_per_s=0.0,
        trend=0.0,
        noise=0.0,
        cross_venue=CrossVenue(
            hedger_share=1.0,
            leg_open_interest=0.6,
            leg_leverage=2.0,
            leg_tolerance=0.0,
            cut_share=cutting,
        ),
    )
    return Scenario(
        ticks=ticks,
        dt_s=1.0,
        traders=traders,
        design="contract_pro_rata",
        disclosure="none",
        reacting=False,
        price=GeometricBrownian(initial_price=(FIRST_PRICE,), volatility_per_year=0.0),
        population=population,
        venues=venues,
        makers=Makers(quote_leverage=1.0, inventory_leverage=1e6, calm_volatility_per_year=1e6),
        spot=Spot(impact=0.0, fee=0.0),
        venue_coupling_s=math.inf,
        markout_s=0.0,
    )


def spread_longs(
    world: World, v: int, eta: float, luck: np.random.Generator
) -> tuple[float, float]:
    """Give a venue's longs two sizes and liquidation prices; (their open interest, η met)."""
    accounts, rules = world.state.accounts, world.state.rules
    role = world.traders.role[accounts.trader]
    long = (role == DIRECTIONAL) & (accounts.qty_contracts[:, 0] > 0.0) & (accounts.venue == v)
    rows: Ints = luck.permutation(np.flatnonzero(long))
    low, high = SIZES
    small = np.arange(rows.size) < round(rows.size * eta * high / (low + (high - low) * eta))
    qty = np.where(small, low, high)
    qty = qty * (accounts.qty_contracts[rows, 0].sum() / qty.sum())
    edge = qty.max() / np.where(small, low, high).max() * FIRST_PRICE
    trigger = FIRST_PRICE * np.exp(-REACH * luck.random(rows.size))
    needed = np.where(
        small, NO_RATE * qty * trigger, RATE * qty * trigger - (RATE - NO_RATE) * edge
    )
    rules.tier_above_usd[v, 1] = edge
    rules.tier_deduction_usd[v, 1] = (RATE - NO_RATE) * edge
    accounts.qty_contracts[rows, 0] = qty
    accounts.entry_price[rows, 0] = FIRST_PRICE
    accounts.cash_usd[rows] = needed - qty * (trigger - FIRST_PRICE)
    return float(qty.sum() * FIRST_PRICE), float(qty[small].sum() / qty.sum())
