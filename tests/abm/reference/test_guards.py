"""The twin walks the engine's trajectory under every guard, in runs in which the guard acts."""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl import encoding as code
from abm.engine.scenario import Scenario
from abm.venue.forecast import FEATURES, Forecast
from abm.venue.guarding import HALTED_S, LARGEST_FACTOR, MARGIN_CALLS, REFUSED_USD
from abm.venue.guards import Guards
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import JUMPY, crash, two_venues

LOUD = Forecast(FEATURES, tuple(1.0 + 0.1 * place for place in range(len(FEATURES))), -1.0)
"""A forecast in which every feature matters."""

CALLS = Guards(call_below=3.0, call_grace_s=2.0, call_rise_per_s=0.05)


def guarded(scenario: Scenario, *guards: Guards) -> Scenario:
    """The scenario with guards, one per venue or the same for all."""
    chosen = guards * len(scenario.venues) if len(guards) == 1 else guards
    books = zip(scenario.venues, chosen, strict=True)
    return replace(scenario, venues=tuple(replace(book, guards=guard) for book, guard in books))


def assert_liquidated(model):
    assert model.ledger.liquidated_usd > 0.0


@pytest.mark.parametrize(
    "guards",
    [
        Guards(margin_rule="volatility", exponent=0.5, largest_factor=2.0),
        Guards(margin_rule="predictive", slope=1.5, forecast=LOUD),
    ],
)
def test_margin_rules(guards):
    world, model = run_both(guarded(crash(), guards), 3, every=5)
    assert world.guard.totals[LARGEST_FACTOR] > 1.1
    assert_liquidated(model)
    if guards.margin_rule == "predictive":
        assert world.guard.bankruptcies.sum() > 0.0
        assert not np.isnan(world.guard.features).any()


@pytest.mark.parametrize("waits", [False, True])
def test_halts(waits):
    guards = Guards(halt_move=0.02, halt_window_s=10.0, halt_s=14.0, halt_liquidations=waits)
    world, model = run_both(guarded(crash(), guards), 3, every=5)
    assert 0.0 < world.guard.totals[HALTED_S] < 120.0
    assert world.guard.totals[REFUSED_USD] > 0.0
    assert_liquidated(model)


@pytest.mark.parametrize("waits", [False, True])
def test_a_halted_vault_sheds_nothing(waits):
    sheds = replace(
        crash().venues[0],
        backstop_usd_per_open_interest=0.02,
        backstop_leverage=10.0,
        backstop_sheds_above=1.0,
        guards=Guards(halt_move=0.03, halt_window_s=20.0, halt_s=30.0, halt_liquidations=waits),
    )
    world, _ = run_both(crash(venues=(sheds,), design="bitmex"), 3, every=5)
    assert world.guard.totals[HALTED_S] > 0.0


@pytest.mark.parametrize(
    "guards", [Guards(open_interest_cap=0.99), Guards(pnl_weight_initial=0.0)], ids=("cap", "pnl")
)
def test_refused_orders(guards):
    strict = guarded(two_venues(ticks=60), guards)
    books = tuple(replace(book, max_leverage=12.0) for book in strict.venues)
    world, _ = run_both(replace(strict, venues=books), 5, every=5)
    assert world.guard.totals[REFUSED_USD] > 0.0


def test_profit_that_does_not_count():
    _, usual = run_both(crash(), 3)
    _, model = run_both(guarded(crash(), Guards(pnl_weight_maintenance=0.2)), 3, every=5)
    assert model.ledger.liquidated_usd != usual.ledger.liquidated_usd


def test_margin_calls():
    """Quiet times and a deep book: nobody is liquidated but those whose call ran out."""
    deep = replace(crash().venues[0], impact_temporary=0.002, impact_permanent=0.001)
    quiet = replace(JUMPY, jump_mean=-0.0003, jump_deviation=0.001)
    _, usual = run_both(crash(price=quiet, venues=(deep,)), 3)
    world, model = run_both(guarded(crash(price=quiet, venues=(deep,)), CALLS), 3, every=5)
    assert world.guard.totals[MARGIN_CALLS] > 10.0
    assert usual.ledger.liquidated_usd == 0.0
    assert model.ledger.liquidated_usd > 10_000.0


@pytest.mark.compiled
def test_all_of_them_on_many_books_and_margins():
    """Isolated margins, collateral, two venues of which one has other guards, early margin too."""
    some = replace(CALLS, margin_rule="predictive", forecast=LOUD, pnl_weight_maintenance=0.8)
    others = replace(
        CALLS,
        margin_rule="volatility",
        halt_move=0.03,
        halt_s=20.0,
        halt_liquidations=True,
        open_interest_cap=1.0,
        pnl_weight_initial=0.5,
    )
    scenario = guarded(two_venues(designs=("hedge_aware", "early_margin")), some, others)
    world, model = run_both(scenario, 8)
    assert world.designs[1, code.TRIGGER_RAISE] > 1.0
    assert (world.guard.totals[[HALTED_S, MARGIN_CALLS, REFUSED_USD]] > 0.0).all()
    assert model.ledger.adl_rounds > 0


@pytest.mark.parametrize(
    "guards",
    [
        replace(CALLS, margin_rule="volatility", exponent=0.5),
        replace(CALLS, margin_rule="predictive", forecast=LOUD),
    ],
)
def test_calls_under_a_design_that_raises_margins(guards):
    population = replace(crash().population, isolated_share=0.6)
    scenario = guarded(crash(design="early_margin", population=population), guards)
    world, _ = run_both(scenario, 3, every=5)
    assert world.guard.totals[LARGEST_FACTOR] > world.designs[0, code.TRIGGER_RAISE]
    assert world.guard.totals[MARGIN_CALLS] > 0.0
