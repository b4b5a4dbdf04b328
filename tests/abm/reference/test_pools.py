"""The twin agrees on pools beside guards and helpers, in runs in which both act."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.outcomes import outcomes_of
from abm.venue.guarding import HALTED_S, REFUSED_USD
from abm.venue.guards import Guards
from abm.venue.lp_pool import PoolTerms
from abm.venue.resolution import Commitment, Resolution
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import STRAINED, TARGETING, crash, two_venues
from tests.abm.reference.test_vaults import TIMID, VIOLENT

POOL = PoolTerms(usd_per_open_interest=0.04, open_interest_limit=20.0)

HALT = Guards(halt_move=0.02, halt_window_s=10.0, halt_s=14.0)
CAP = replace(HALT, halt_move=0.03, open_interest_cap=1.0, pnl_weight_initial=0.2)
WAIT = replace(HALT, halt_liquidations=True)


def pooled(terms: PoolTerms = POOL, **changes: object):
    venue = replace(
        STRAINED, fund_usd_per_open_interest=0.0, pool=terms, vault=replace(TIMID, depositors=25)
    )
    return crash(venues=(replace(venue, **changes),), design="gmx_v2", price=VIOLENT)


@pytest.mark.parametrize(
    ("guards", "terms"),
    [
        (HALT, replace(POOL, reserved=0.04)),
        (CAP, replace(POOL, open_interest_limit=10.0)),
        (CAP, replace(POOL, reserved=0.04)),
        (WAIT, POOL),
    ],
    ids=("halt and reserve", "cap and limit", "cap and reserve", "a halt that waits"),
)
def test_guards_before_the_pool(guards, terms):
    """Orders pass the venue's guards first, and what is left of them its pool's limits."""
    world, model = run_both(pooled(terms, guards=guards), 4, every=5)
    assert world.guard.totals[HALTED_S] > 0.0
    assert world.guard.totals[REFUSED_USD] > 0.0
    assert model.ledger.adl_rounds > 0


@pytest.mark.parametrize("helps", [False, True])
def test_help_for_a_pool(helps):
    """What the bankrupt cost a pool is paid by its fund, then by others; the rest is a failure."""
    giver = replace(STRAINED, name="giver", fund_usd_per_open_interest=0.5)
    pool = replace(TARGETING, name="pooled", fund_usd_per_open_interest=0.0001, pool=POOL)
    promise = Commitment("giver", "pooled", 1.0 if helps else 0.0)
    scenario = two_venues(
        venues=(giver, pool), designs=("no_adl", "gmx_v2"), ticks=40, collateral=(),
        price=replace(VIOLENT, initial_price=(100.0, 5.0), correlation=0.7),
        resolution=Resolution(commitments=(promise,)),
    )  # fmt: skip
    world, model = run_both(scenario, 2, every=5)
    bad_debt, outcomes = model.venues[1].bad_debt_usd, outcomes_of(world)
    assert (outcomes["help_usd"] > 0.0) == helps
    assert (bad_debt > 1.0) != helps
    assert np.isfinite(world.state.ledger.failed_s[1]) != helps
    assert world.state.backing.paid_usd[1, 0] == pytest.approx(outcomes["help_usd"])
