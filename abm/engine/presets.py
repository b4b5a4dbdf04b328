"""Named scenarios that studies start from.

`crash` is the default study's: one venue, a Bitcoin-like index through the calm before and the
minutes of 10 October 2025. `benchmark` is the speed benchmark's: one venue, one instrument, exact
ranks published every tick, a jumpy price so that liquidations and ADL really happen. `replay_btc`
walks a recorded path. `two_venues` has hedge legs and second accounts on two venues and two
instruments. `hedge_legs` is two venues that only their traders join. `usde_depeg` has collateral
that loses its peg on one venue of three.
"""

from dataclasses import replace

import numpy as np

from abm.agents.cross_venue import CrossVenue
from abm.agents.population import Population
from abm.engine.scenario import Collateral, Scenario
from abm.market.prices import MertonJumps, Recorded, RegimeCrash, october_2025
from abm.venue.collateral_market import CollateralMarket, CollateralShock
from abm.venue.rulebook import MarginTier, Rulebook

CRASH = Scenario(
    name="crash",
    ticks=1150,
    dt_s=2.0,
    traders=1000,
    price=RegimeCrash(start_s=300.0, duration_s=1500.0, drop=0.095),
)
"""The default study: calm, crash, recovery, with a published queue.

Leverage of the losers, makers' capital and quotes, vault, impact and the index's own fall were
chosen together, by random search, against the record of 10 October 2025 on Hyperliquid (its design,
nobody reacting, medians over replicates): deleveraged / liquidated notional 0.38; liquidated
notional about a third of open interest; cost of ADL / its notional 0.7 % (15.1 of 2,103 M USD); the
venue's BTC mark falls by 13.1 % where the index falls by 11.7 %. The index's own fall is set below
that because the model adds its feedback (forced flow, broken hedges) to it. Tests keep the moments
in wide bands; the burst of ADL is shorter than the record's."""

BENCHMARK = Scenario(
    name="benchmark",
    ticks=200,
    dt_s=1.0,
    traders=1000,
    disclosure="rank",
    price=MertonJumps(
        initial_price=(100.0,),
        volatility_per_year=1.0,
        jumps_per_year=1_500_000.0,
        jump_mean=0.0,
        jump_deviation=0.015,
    ),
    population=Population(
        makers=4,
        reactive_share=0.3,
        isolated_share=0.0,
        losers_leverage_median=12.0,
        maker_usd_per_open_interest=0.05,
    ),
    venues=(
        Rulebook(
            max_leverage=50.0,
            impact_temporary=0.02,
            impact_permanent=0.01,
            fund_usd_per_open_interest=0.001,
            backstop_usd_per_open_interest=0.002,
        ),
    ),
)
"""One venue, one instrument, exact ranks every tick, liquidations and ADL within 200 ticks."""

REPLAY_BTC = Scenario(
    name="replay_btc",
    ticks=1440,
    dt_s=10.0,
    traders=1000,
    price=Recorded(
        files=("btc_ftx_2022.parquet",), start="worst_fall", worst_fall_s=3600.0, lead_s=3600.0
    ),
)
"""A recorded Bitcoin path: four hours around its worst one."""

TWO_VENUES = replace(
    CRASH,
    name="two_venues",
    price=october_2025("BTC", "SOL", start_s=300.0),
    venues=(Rulebook(name="alpha"), Rulebook(name="beta", liquidation_style="to_target")),
    collateral=(Collateral(name="stablecoin", share=0.2, haircut=0.02),),
)
"""Two venues, two instruments, cross and isolated margin, a second collateral asset."""

HEDGE_LEGS = replace(
    CRASH,
    name="hedge_legs",
    venues=(Rulebook(name="alpha"), Rulebook(name="beta")),
    population=Population(
        hedger_share=0.3,
        second_account_share=0.0,
        cross_venue=CrossVenue(
            hedger_share=1.0,
            leg_open_interest=0.5,
            pooled_makers=True,
            arbitrageurs=10,
            arbitrage_mix=(0.6, 0.2, 0.2),
        ),
    ),
    venue_coupling_s=np.inf,
)
"""Two venues with one instrument, joined by traders only: hedgers with a leg on each, arbitrageurs
with limited capital, makers who quote on both from one pool of it."""

_MODERATE = Rulebook(max_leverage=10.0, tiers=(MarginTier(0.0, 0.05),))

USDE_DEPEG = Scenario(
    name="usde_depeg",
    ticks=1800,
    dt_s=2.0,
    traders=600,
    price=RegimeCrash(start_s=300.0, duration_s=600.0, drop=0.025, depth_spread=0.1),
    population=Population(
        losers_leverage_median=8.0,
        losers_leverage_sigma=0.2,
        wealth_p99_usd=500_000.0,
        wealth_cap_usd=1e6,
    ),
    venues=tuple(replace(_MODERATE, name=name) for name in ("alpha", "beta", "gamma")),
    collateral=(
        Collateral(
            name="USDe",
            share=0.9,
            market=CollateralMarket(
                depth_per_held=0.02,
                impact=0.1,
                recovery_s=480.0,
                valued_by="own_book",
                shocks=(CollateralShock("alpha", share=6.4, at_s=300.0, over_s=600.0),),
            ),
        ),
    ),
)
"""One venue's collateral loses its peg in a mild fall of the index; the others' does not.

USDe on 10 October 2025: 0.65 on one venue at 21:54 UTC, 18 one-minute closes below 0.90 and 86
below 0.99; never below 0.9998 in the pool where it is exchanged. The shock and the half-life are
set to the low and to about those minutes (24 and 52 here), the index's fall and the leverage so
that hardly anybody is liquidated while USDe counts as one USD: what is liquidated beyond that is
the oracle's doing. Compare `collateral.0.market.valued_by` = "own_book" with "median"."""

THREE_VENUES = replace(
    HEDGE_LEGS,
    name="three_venues",
    venues=tuple(Rulebook(name=name) for name in ("alpha", "beta", "gamma")),
)
"""`hedge_legs` with a third venue: enough for a clearinghouse with members."""

PRESETS = {
    s.name: s
    for s in (CRASH, BENCHMARK, REPLAY_BTC, TWO_VENUES, HEDGE_LEGS, THREE_VENUES, USDE_DEPEG)
}
"""Every named scenario."""
