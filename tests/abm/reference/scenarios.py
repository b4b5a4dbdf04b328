"""Small scenarios in which liquidation and ADL really happen.

Every number that matters is written out, so that a calibration of the defaults changes none.
"""

from dataclasses import replace

from abm.agents.population import Population
from abm.engine.presets import BENCHMARK
from abm.engine.scenario import Collateral, Makers, Scenario, Spot
from abm.market.prices import MertonJumps
from abm.venue.rulebook import MarginTier, Rulebook

PATIENT_S = 3600.0
"""A markout horizon beyond the end of every run here [s]."""

STRAINED = Rulebook(
    name="alpha",
    liquidation_style="step",
    step_above_usd=20_000.0,
    impact_form="linear",
    impact_temporary=0.02,
    impact_permanent=0.01,
    mark_weight=0.5,
    mark_band=0.05,
    index_pass_through=0.3,
    fund_usd_per_open_interest=0.0005,
    backstop_usd_per_open_interest=0.0005,
)
"""A venue with a thin book, and a fund and a vault that are soon used up."""

TARGETING = replace(
    STRAINED,
    name="beta",
    liquidation_style="to_target",
    liquidation_fee=0.005,
    impact_form="square_root",
    tiers=(MarginTier(0.0, 0.0125), MarginTier(10_000.0, 0.02), MarginTier(1e6, 0.04)),
)
"""The same with other rules: just enough is liquidated, square-root impact, more tiers."""

ANXIOUS = Population(
    makers=3,
    losers_leverage_median=12.0,
    losers_leverage_sigma=0.6,
    isolated_share=0.1,
    maker_usd_per_open_interest=0.05,
    reactive_share=0.5,
    reactive_per_s=0.2,
    threshold_low=0.3,
)
"""Traders who look often and borrow much."""

JUMPY = MertonJumps(
    initial_price=(100.0,),
    volatility_per_year=1.5,
    jumps_per_year=2e6,
    jump_mean=-0.004,
    jump_deviation=0.006,
)
"""A price that falls in jumps: about seven in two minutes."""


def crash(**changes: object) -> Scenario:
    """One venue and instrument; isolated margins, except where ADL takes cash."""
    scenario = Scenario(
        name="crash",
        ticks=60,
        dt_s=2.0,
        traders=120,
        price=JUMPY,
        population=ANXIOUS,
        venues=(STRAINED,),
        makers=Makers(quote_leverage=0.2, inventory_leverage=3.0),
        spot=Spot(depth_per_open_interest=0.2, impact=0.01),
        markout_s=PATIENT_S,
    )
    scenario = replace(scenario, **changes)
    if scenario.adl_designs()[0].capacity.numeraire == "contracts":
        return scenario
    return replace(scenario, population=replace(scenario.population, isolated_share=0.0))


def two_venues(**changes: object) -> Scenario:
    """Two venues and instruments, much isolated margin, two collateral assets."""
    scenario = crash(
        name="two_venues",
        ticks=200,
        traders=160,
        price=replace(JUMPY, initial_price=(100.0, 5.0), correlation=0.7),
        population=replace(ANXIOUS, isolated_share=0.4),
        venues=(STRAINED, TARGETING),
        collateral=(
            Collateral(share=0.1, haircut=0.05),
            Collateral(name="coin", share=0.1, haircut=0.2, instrument=0),
        ),
        disclosure_refresh_s=6.0,
        disclosure_delay_s=4.0,
    )
    return replace(scenario, **changes)


def strained_benchmark() -> Scenario:
    """The speed benchmark with fewer traders, on a venue that has to deleverage."""
    population = replace(BENCHMARK.population, losers_leverage_median=15.0)
    price = replace(BENCHMARK.price, jumps_per_year=2e6)
    return replace(BENCHMARK, traders=300, venues=(STRAINED,), population=population, price=price)
