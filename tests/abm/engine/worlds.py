"""Small scenarios for tests: harsh enough that liquidation and ADL really happen."""

from dataclasses import replace

from abm.agents.population import Population
from abm.engine.presets import PRESETS
from abm.engine.scenario import Collateral, Makers, Scenario
from abm.market.prices import MertonJumps
from abm.venue.rulebook import Rulebook

POOR = Rulebook(
    name="alpha",
    impact_temporary=0.02,
    impact_permanent=0.01,
    mark_weight=0.5,
    index_pass_through=0.3,
    fund_usd_per_open_interest=0.0005,
    backstop_usd_per_open_interest=0.0005,
)
"""A venue whose fund and vault are soon used up."""

ANXIOUS = Population(
    makers=3,
    maker_usd_per_open_interest=0.05,
    reactive_share=0.5,
    reactive_per_s=0.2,
    losers_leverage_median=12.0,
    losers_leverage_sigma=0.6,
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
"""A price that falls in jumps: about fifteen in four minutes."""


def harsh(traders: int = 120, ticks: int = 60, **changes: object) -> Scenario:
    """One venue, one instrument, ADL within a minute or two."""
    scenario = Scenario(
        name="harsh",
        traders=traders,
        ticks=ticks,
        dt_s=2.0,
        price=JUMPY,
        population=ANXIOUS,
        venues=(POOR,),
        makers=Makers(quote_leverage=0.2, inventory_leverage=3.0),
        markout_s=20.0,
    )
    return replace(scenario, **changes)


def wide(traders: int = 160, ticks: int = 60, **changes: object) -> Scenario:
    """Two venues, two instruments, isolated margin, collateral, both impact forms."""
    scenario = harsh(traders, ticks)
    beta = replace(
        POOR, name="beta", liquidation_style="to_target", impact_form="square_root",
        liquidation_fee=0.005,
    )  # fmt: skip
    scenario = replace(
        scenario,
        name="wide",
        price=replace(JUMPY, initial_price=(100.0, 5.0), correlation=0.7),
        population=replace(ANXIOUS, isolated_share=0.4),
        venues=(POOR, beta),
        collateral=(
            Collateral(share=0.1, haircut=0.05),
            Collateral(name="coin", share=0.1, haircut=0.2, instrument=0),
        ),
    )
    return replace(scenario, **changes)


BENCHMARK = PRESETS["benchmark"]
"""The speed benchmark's scenario."""
