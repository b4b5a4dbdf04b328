"""abm.engine.scenario and presets: every refusal, and the calibrated moments of the crash."""

from dataclasses import replace

import numpy as np
import pytest

from abm.agents.cross_venue import CrossVenue
from abm.engine.presets import CRASH, PRESETS
from abm.engine.run import simulate
from abm.engine.scenario import Collateral, Makers, Scenario, Spot
from abm.venue.resolution import Commitment, Resolution
from abm.venue.rulebook import Rulebook
from tests.abm.engine.worlds import harsh


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"design": "binanse"}, "binance"),
        ({"dt_s": 0.0}, "dt_s"),
        ({"traders": -5}, "traders"),
        ({"disclosure_delay_s": -1.0}, "disclosure_delay_s"),
        ({"venues": ()}, "venues is empty"),
        ({"venues": harsh().venues * 2}, "share a name"),
        ({"designs": ("drift", "okx")}, "one per venue"),
        ({"collateral": (Collateral(instrument=4),)}, "priced by instrument 4"),
        ({"design": "bybit", "ticks": 20_000}, "shorten it"),
        ({"design": "gmx_v2"}, "cannot run in a scenario: its counterparty is a liquidity pool"),
        ({"design": "injective"}, "settles the whole market"),
    ],
)
def test_a_bad_scenario_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        harsh(**change)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Collateral(share=1.5), "share"),
        (lambda: Makers(quote_leverage=0.0), "quote_leverage"),
        (lambda: Spot(depth_per_open_interest=0.0), "depth above 0"),
    ],
)
def test_bad_parts_are_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    "disclosure", ["none", "lights_head", "lights_size", "rank", "price", "design"]
)
def test_disclosure_replaces_that_of_every_venue(disclosure):
    scenario = Scenario(disclosure=disclosure, design="binance")
    (design,) = scenario.adl_designs()
    names = {"none": "Nothing", "lights_head": "Lights", "lights_size": "Lights"}
    names |= {"rank": "ExactRank", "price": "PriceToAdl", "design": "Lights"}
    expected = names[disclosure]
    assert type(design.disclosure).__name__ == expected


def test_a_design_per_venue():
    two = (harsh().venues[0], replace(harsh().venues[0], name="beta"))
    scenario = harsh(venues=two, designs=("drift", "okx"))
    assert [design.id for design in scenario.adl_designs()] == ["drift", "okx"]


@pytest.mark.compiled
def test_the_crash_keeps_the_moments_it_was_calibrated_to():
    """Medians over 40 replicates, Hyperliquid's rule, nobody reacting; wide bands (see presets)."""
    scenario = replace(PRESETS["crash"], design="hyperliquid", reacting=False)
    runs = [simulate(scenario, 20251010, r, series_every_s=60.0) for r in range(40)]
    ratio = np.nanmedian([run.outcomes["adl_to_liquidation"] for run in runs])
    interest = [run.series["open_interest_usd"][0] for run in runs]
    liquidated = [run.outcomes["liquidated_notional_usd"] for run in runs]
    trough = np.median([run.outcomes["min_price_ratio"] for run in runs])
    assert 0.2 < ratio < 0.6  # record: 0.38
    assert 0.2 < np.median(np.divide(liquidated, interest)) < 0.5  # about a third
    assert 0.84 < trough < 0.90  # record: 0.869


JOINED = CrossVenue(hedger_share=1.0, arbitrageurs=3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"venues": (Rulebook(instruments=(1,)),)}, "lists instruments"),
        (
            {
                "price": replace(CRASH.price, initial_price=(1.0, 2.0)),
                "venues": (Rulebook(instruments=(0,)),),
            },
            "no venue lists instrument 1",
        ),
        ({"population": replace(CRASH.population, cross_venue=JOINED)}, "there is one venue"),
        (
            {
                "venues": (Rulebook(name="a"), Rulebook(name="b", max_leverage=5.0)),
                "population": replace(CRASH.population, cross_venue=JOINED),
            },
            "leg_leverage is 5, the venues allow 4.5",
        ),
        (
            {"collateral": (Collateral("one", share=0.6), Collateral("two", share=0.6))},
            "leave some equity in cash",
        ),
        (
            {"resolution": Resolution(commitments=(Commitment("venue", "moon"),))},
            "names venue 'moon'",
        ),
    ],
)
def test_worlds_of_several_venues_that_fit_nothing_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        replace(CRASH, **change)
