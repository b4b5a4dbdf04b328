"""The twin walks the engine's trajectory: every cash, position, quote, place and total, all the way.

Each run must have seen forced closes and ADL, else it would prove little.
"""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl.catalog import CATALOG
from abm.engine.presets import BENCHMARK
from abm.engine.record import SERIES
from tests.abm.engine.worlds import harsh, wide
from tests.abm.reference.comparison import run_both

DESIGNS = [design.id for design in CATALOG]
assert DESIGNS


def assert_eventful(model):
    assert model.ledger.liquidated_usd > 0.0
    assert model.ledger.adl_rounds > 0
    assert model.ledger.adl_usd > 0.0


@pytest.mark.compiled
def test_the_benchmark():
    """The speed benchmark compares like with like."""
    scenario = replace(BENCHMARK, traders=300)
    assert scenario.ticks >= 200
    world, model = run_both(scenario, 0, series_every_s=4.0)
    assert_eventful(model)
    assert model.ledger.reaction_volume_usd > 0.0
    for place, measure in enumerate(SERIES):
        recorded = np.array(model.datacollector.model_vars[measure.name])
        np.testing.assert_allclose(recorded, world.series[:, place], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design(design):
    _, model = run_both(harsh(design=design), 3)
    assert model.ledger.liquidated_usd > 0.0
    assert model.ledger.deficit_usd > 0.0
    assert (model.ledger.adl_rounds > 0) == (design != "no_adl")


@pytest.mark.compiled
@pytest.mark.parametrize("designs", [("binance", "hyperliquid"), ("bybit", "okx")])
def test_many_books_margins_and_venues(designs):
    scenario = wide(ticks=200, designs=designs, disclosure_refresh_s=6.0, disclosure_delay_s=4.0)
    _, model = run_both(scenario, 5)
    assert_eventful(model)
    assert model.ledger.reaction_volume_usd > 0.0


@pytest.mark.parametrize("disclosure", ["none", "lights_head", "lights_size", "rank"])
@pytest.mark.parametrize("reacting", [False, True])
def test_what_is_published_and_whether_traders_react(disclosure, reacting):
    scenario = harsh(
        disclosure=disclosure,
        disclosure_refresh_s=6.0,
        disclosure_delay_s=4.0,
        reacting=reacting,
    )
    _, model = run_both(scenario, 3)
    assert_eventful(model)
    reacted = model.ledger.reaction_volume_usd > 0.0
    assert reacted == (reacting and disclosure != "none")
    seen = [position.visible for account in model.accounts for position in account.positions]
    assert np.isfinite(seen).any() == (disclosure != "none")
