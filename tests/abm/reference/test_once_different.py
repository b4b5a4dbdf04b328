"""Cases in which the engine once did not do what its documentation says, and the twin did.

Each kept the two apart until the engine was put right.
"""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.scenario import Makers
from abm.reference import ReferenceModel
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import crash, two_venues


def thin_makers():
    """Makers with so much inventory that the last round a venue allows flags one of them."""
    venue = replace(
        crash().venues[0],
        max_rounds=1,
        mark_weight=1.0,
        mark_band=1.0,
        impact_temporary=0.05,
        impact_permanent=0.05,
    )
    return crash(
        ticks=30,
        makers=Makers(quote_leverage=20.0, inventory_leverage=70.0),
        population=replace(crash().population, makers=6),
        venues=(venue,),
    )


def test_open_interest_nets_to_zero_in_the_twin_when_the_cascade_does_not_settle():
    scenario = thin_makers()
    model = ReferenceModel.from_world(build_world(scenario, 22, 0), scenario)
    for _ in range(scenario.ticks):
        model.step()
    held = np.array([account.positions[0].qty_contracts for account in model.accounts])
    assert model.ledger.unsettled_ticks > 0
    assert abs(held.sum()) < 1e-9 * np.abs(held).sum()


def test_quotes_when_the_cascade_does_not_settle():
    run_both(thin_makers(), 22)


def test_cash_comes_from_the_margin_behind_the_position():
    scenario = crash(design="wealth_pro_rata")
    some_isolated = replace(scenario.population, isolated_share=0.1)
    run_both(replace(scenario, population=some_isolated), 3)


def test_markout_at_the_horizon():
    run_both(crash(markout_s=20.0), 3)


def test_a_refresh_between_two_ticks():
    run_both(crash(dt_s=1.0, disclosure_refresh_s=1.2, disclosure_delay_s=2.4), 3)


@pytest.mark.compiled
def test_a_users_score_inside_the_waterfall():
    scenario = two_venues(design="tests.abm.reference.user_designs:Wallet")
    poor = [
        replace(venue, fund_usd_per_open_interest=0.0, backstop_usd_per_open_interest=0.0)
        for venue in scenario.venues
    ]
    rich_makers = replace(scenario.population, makers=12, maker_usd_per_open_interest=0.5)
    run_both(replace(scenario, venues=tuple(poor), population=rich_makers), 22)
