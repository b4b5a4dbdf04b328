"""The twin walks along where venues are joined: legs, arbitrage, pooled capital, help, reports."""

from dataclasses import replace

import numpy as np
import pytest

from abm.agents.cross_venue import CrossVenue
from abm.engine.reports import ExposureReport
from abm.market.columns import ARBITRAGEUR, HEDGER
from abm.venue.resolution import Commitment, Resolution
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import ANXIOUS, STRAINED, TARGETING, two_venues

JOINED = CrossVenue(
    hedger_share=0.6,
    leg_leverage=8.0,
    cut_share=0.5,
    reopen_share=0.3,
    pooled_makers=True,
    arbitrageurs=6,
    arbitrage_mix=(0.5, 0.25, 0.25),
)
"""A bit of everything."""


def joined(**changes):
    """Two venues joined by traders only: no other force draws their prices together."""
    scenario = two_venues(
        ticks=100,
        population=replace(ANXIOUS, hedger_share=0.4, cross_venue=JOINED),
        venue_coupling_s=np.inf,
    )
    return replace(scenario, **changes)


def funded(**changes):
    """The two strained venues with funds that are worth something."""
    choices = {"fund_usd_per_open_interest": 0.002, **changes}
    return tuple(replace(venue, **choices) for venue in (STRAINED, TARGETING))


@pytest.mark.compiled
@pytest.mark.parametrize("designs", [("binance", "hyperliquid"), ("drift", "hedge_aware")])
def test_legs_arbitrage_and_one_pool_of_makers_capital(designs):
    world, model = run_both(joined(designs=designs), 5)
    roles, totals = world.traders.role, world.state.ledger
    assert model.ledger.adl_rounds > 0
    assert totals.flow_usd[ARBITRAGEUR] != 0.0
    assert totals.flow_usd[HEDGER] != 0.0
    assert (np.diff(world.traders.account_start)[roles == ARBITRAGEUR] == 2).all()


@pytest.mark.compiled
def test_a_clearinghouse_and_promises_pay():
    resolution = Resolution(
        mutual_share=0.5,
        capital_usd_per_open_interest=1e-4,
        assessment=0.5,
        commitments=(Commitment("beta", "alpha", 0.3), Commitment("alpha", "beta", 0.3)),
    )
    world, model = run_both(
        joined(resolution=resolution, venues=funded(fund_usd_per_open_interest=0.0005)), 5
    )
    paid = world.state.backing.paid_usd
    assert paid[0, 0] > 0.0  # its own contribution
    assert paid[0, 2] > 0.0  # the clearinghouse's capital
    assert paid[0, 1] > 0.0  # the other member
    assert model.ledger.help_usd == pytest.approx(paid.sum(), rel=1e-9)


@pytest.mark.compiled
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("to_book", ["beyond_vault", "none"])
def test_vaults_that_share_capital_and_keep_the_bankrupt_from_the_book(pooled, to_book):
    scenario = joined(
        resolution=Resolution(pooled_backstops=pooled),
        venues=funded(bankrupt_to_book=to_book, backstop_usd_per_open_interest=0.01),
    )
    world, model = run_both(scenario, 5)
    assert model.ledger.vault_taken_usd > 0.0
    without = joined(
        resolution=Resolution(pooled_backstops=pooled),
        venues=funded(backstop_usd_per_open_interest=0.01),
    )
    other, _ = run_both(without, 5)
    assert other.state.ledger.lowest_ratio.min() != world.state.ledger.lowest_ratio.min()


@pytest.mark.compiled
@pytest.mark.parametrize(
    "report",
    [
        ExposureReport(),
        ExposureReport(live=False, refresh_s=6.0, delay_s=7.0, error=0.3),
        ExposureReport(live=False, refresh_s=0.0, delay_s=0.0, sees_spot=False),
    ],
)
def test_exposure_over_all_venues_live_late_and_wrong(report):
    scenario = joined(designs=("cross_venue_queue", "hedge_aware"), exposure_report=report)
    world, model = run_both(scenario, 5)
    assert model.ledger.adl_rounds > 0
    assert world.state.accounts.hedged_share.max() > 0.0


@pytest.mark.compiled
def test_venues_publish_by_their_own_clocks():
    """BitMEX shows lights, Drift nothing."""
    world, _ = run_both(joined(designs=("bitmex", "drift"), disclosure="design"), 5)
    start = world.state.venues.account_start
    visible = world.state.accounts.visible
    assert np.isfinite(visible[: start[1]]).any()
    assert np.isnan(visible[start[1] :]).all()


@pytest.mark.compiled
def test_an_instrument_that_one_venue_does_not_list():
    """Nobody trades it there, arbitrageurs pass it over, its book stands still."""
    world, model = run_both(joined(venues=(STRAINED, replace(TARGETING, instruments=(0,)))), 5)
    beta = world.state.accounts.venue == 1
    assert (world.state.accounts.qty_contracts[beta, 1] == 0.0).all()
    assert world.state.markets.permanent[1, 1] == 0.0
    assert np.abs(world.state.accounts.qty_contracts[~beta, 1]).sum() > 0.0
    assert model.ledger.adl_rounds > 0


@pytest.mark.compiled
def test_a_venue_that_sends_nothing_to_its_book_keeps_to_that_with_pooled_vaults():
    """Whatever the other venue does: the room is shared by those alone that have some."""
    scenario = joined(
        resolution=Resolution(pooled_backstops=True),
        venues=(
            replace(STRAINED, backstop_usd_per_open_interest=0.01),
            replace(TARGETING, bankrupt_to_book="none", backstop_usd_per_open_interest=0.01),
        ),
    )
    world, _ = run_both(scenario, 5)
    assert np.isinf(world.state.forced.kept_usd[1])
    assert world.state.forced.kept_usd[0] == 0.0
