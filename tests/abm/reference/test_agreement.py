"""The twin walks the engine's trajectory: cash, positions, quotes, places and totals, all the way.

Each run must have seen forced closes and ADL, else it would prove little.
"""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl import catalog
from abm.adl.catalog import CATALOG
from abm.engine.presets import BENCHMARK
from abm.engine.record import SERIES
from abm.market.ledger import ADL_ROUNDS
from tests.abm.reference import user_designs
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import crash, strained_benchmark, two_venues

DESIGNS = [design.id for design in CATALOG if not design.needs]
CASH_DESIGNS = [
    design.id for design in CATALOG if design.capacity.numeraire != "contracts" and not design.needs
]
assert DESIGNS
assert CASH_DESIGNS
assert user_designs.NAMES


def assert_eventful(model):
    assert model.ledger.liquidated_usd > 0.0
    assert model.ledger.adl_rounds > 0
    assert model.ledger.adl_usd > 0.0


@pytest.mark.compiled
def test_the_benchmark():
    """The speed benchmark compares like with like."""
    run_both(replace(BENCHMARK, traders=300), 2)


@pytest.mark.compiled
def test_the_benchmark_with_adl():
    scenario = strained_benchmark()
    assert scenario.ticks >= 200
    world, model = run_both(scenario, 0, series_every_s=4.0)
    assert_eventful(model)
    assert model.ledger.reaction_volume_usd > 0.0
    for place, measure in enumerate(SERIES):
        recorded = np.array(model.datacollector.model_vars[measure.name])
        np.testing.assert_allclose(recorded, world.series[:, place], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design(design):
    _, model = run_both(crash(design=design), 3)
    assert model.ledger.liquidated_usd > 0.0
    assert model.ledger.deficit_usd > 0.0
    assert (model.ledger.adl_rounds == 0) == catalog.design(design).takes_nothing


@pytest.mark.parametrize("name", user_designs.NAMES)
def test_what_no_catalog_entry_uses(name):
    coarse = replace(crash().venues[0], lot_contracts=(0.01,))
    scenario = crash(design=f"tests.abm.reference.user_designs:{name}", venues=(coarse,))
    _, model = run_both(scenario, 3)
    assert_eventful(model)


@pytest.mark.parametrize("design", ["hyperliquid", "bitmex", "contract_pro_rata", "drift"])
def test_a_vault_that_sheds(design):
    """A solvent vault with much inventory: what it holds beyond its equity goes into ADL."""
    sheds = replace(
        crash().venues[0],
        backstop_usd_per_open_interest=0.02,
        backstop_leverage=10.0,
        backstop_sheds_above=1.0,
    )
    world, _ = run_both(crash(design=design, venues=(sheds,)), 3)
    kept = replace(sheds, backstop_sheds_above=np.inf)
    without, _ = run_both(crash(design=design, venues=(kept,)), 3)
    rounds = (world.state.ledger.totals[ADL_ROUNDS], without.state.ledger.totals[ADL_ROUNDS])
    if design == "drift":  # no deficit, nothing to charge
        assert rounds[0] == rounds[1]
    else:
        assert rounds[0] > rounds[1]


@pytest.mark.compiled
@pytest.mark.parametrize(
    "designs",
    [
        ("binance", "hyperliquid"),
        ("bybit", "okx"),
        ("random_lottery", "dydx_v4"),
        ("hedge_aware", "early_margin"),
        ("liability_snapshot", "compensated_queue"),
    ],
)
def test_many_books_margins_and_venues(designs):
    """Two venues and instruments, isolated margin, collateral; step and to-target, both impacts."""
    scenario = two_venues(designs=designs)
    world, model = run_both(scenario, 5)
    assert_eventful(model)
    assert model.ledger.reaction_volume_usd > 0.0
    assert world.state.accounts.is_isolated.any()
    assert model.ledger.external_usd != 0.0


@pytest.mark.parametrize("disclosure", ["none", "lights_head", "lights_size", "rank", "price"])
@pytest.mark.parametrize("reacting", [False, True])
def test_what_is_published_and_whether_traders_react(disclosure, reacting):
    scenario = crash(
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
