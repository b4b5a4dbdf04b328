"""The twin agrees on oracles, collateral markets, stablecoins and lending protocols that act."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.scenario import Collateral
from abm.market.prices import RegimeCrash
from abm.market.stablecoin import Stablecoin
from abm.protocols.lending import LendingProtocol
from abm.protocols.rebase import Rebase
from abm.venue.collateral_market import CollateralMarket, CollateralShock
from abm.venue.oracle import Oracle, Source
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import crash, two_venues

SHAKY = (
    Source(delay_s=6.0, error=0.002),
    Source(kind="own_book", weight=2.0, stuck_from_s=20.0, stuck_until_s=40.0),
    Source(
        kind="book", venue="beta", push_usd=-20_000.0, push_from_s=10.0, push_until_s=60.0,
        fails_from_s=70.0, fails_until_s=90.0,
    ),
    Source(push_usd=5_000.0, push_from_s=30.0, push_until_s=50.0, push_instrument=1),
)  # fmt: skip
"""Late, noisy, stuck, bent, silent: each source has its fault."""


@pytest.mark.parametrize("rule", ["weighted", "median"])
def test_oracles_of_faulty_sources(rule):
    """One venue reads four faulty sources, the other the spot index."""
    base = two_venues(ticks=60)
    alpha = replace(base.venues[0], oracle=Oracle(SHAKY, rule))
    world, model = run_both(replace(base, venues=(alpha, base.venues[1])), 5)
    markets = world.state.markets
    assert (markets.oracle_price[0] != markets.index_price).all()
    assert (markets.oracle_price[1] == markets.index_price).all()
    assert model.outside.oracles.cost_usd > 0.0
    assert model.outside.oracles.stale_ticks == 0
    assert model.ledger.liquidated_usd > 0.0


def test_an_oracle_whose_sources_all_fail():
    """From 20 s to 60 s nothing answers: twenty ticks of 2 s at the last price."""
    silent = Oracle((Source(fails_from_s=20.0, fails_until_s=60.0),))
    scenario = crash(venues=(replace(crash().venues[0], oracle=silent),))
    world, model = run_both(scenario, 3)
    assert model.outside.oracles.stale_ticks == 20
    assert world.outside.feeds.totals[0] == 20


@pytest.mark.parametrize("valued_by", ["own_book", "redemption", "median"])
def test_collateral_that_venues_sell(valued_by):
    """A venue sells what its liquidated and bankrupt accounts held, and depegs it for itself."""
    market = CollateralMarket(
        depth_per_held=0.2,
        impact=0.05,
        recovery_s=120.0,
        valued_by=valued_by,
        shocks=(CollateralShock("beta", share=3.0, at_s=20.0, over_s=30.0),),
    )
    assets = (
        Collateral(share=0.3, haircut=0.05, market=market),
        Collateral(name="coin", share=0.1, haircut=0.2, instrument=0),
    )
    world, model = run_both(two_venues(collateral=assets, ticks=100), 5)
    desk = model.outside.collateral
    assert desk.sold_usd > 0.0
    assert (world.state.asset_markets.discount[:, 0] < 0.0).all()
    assert (world.state.asset_markets.discount[:, 1] == 0.0).all()
    beta = world.state.markets.collateral_value[1, 0]
    assert (beta < 0.95) == (valued_by != "redemption")
    estates = world.state.venues.estate_row
    assert (world.state.accounts.collateral[estates] == 0.0).all()


@pytest.mark.parametrize(("seed", "collapses"), [(6, True), (1, False)])
def test_a_stablecoin_in_a_spiral(seed, collapses):
    """Falling collateral makes the issuer buy back: the coin rises above its peg, then breaks."""
    coin = Stablecoin(demand_per_open_interest=0.05, collateral_ratio=1.6)
    asset = Collateral(name="coin", share=0.2, haircut=0.02, issuer=coin)
    falling = RegimeCrash(start_s=10.0, duration_s=60.0, drop=0.12)
    world, model = run_both(crash(collateral=(asset,), price=falling), seed)
    issuer = model.outside.issuers[0]
    assert issuer.has_collapsed == collapses
    assert world.outside.issuers.coins[0] < issuer.demand_usd
    settled = world.state.markets.asset_price[0] == 1.0  # the collateral still covers the coins
    assert settled == collapses


def test_borrowers_against_rebasing_and_leveraged_positions():
    """A rebase cuts every unit; ticks of borrowers are taken from the highest ratio down."""
    rebasing = LendingProtocol(
        rebase=Rebase(every_s=40.0, first_s=20.0), debt_per_open_interest=0.2
    )
    ticks = LendingProtocol(
        name="ticks",
        tick_width=0.01,
        repaid_per_s=0.004,
        threshold_falls_per_day=60.0,
        instrument=1,
    )
    alone = two_venues(ticks=80)
    world, model = run_both(replace(alone, protocols=(rebasing, ticks)), 5)
    for desk in model.outside.lending:
        assert desk.sold_usd > 0.0
        owed = sum(borrower.debt_usd for borrower in desk.borrowers)
        assert owed + desk.lender_usd + desk.bad_debt_usd == pytest.approx(desk.all_debt_usd)
    assert model.outside.lending[0].supply_scale < 1.0
    assert model.outside.lending[1].supply_scale == 1.0
    quiet, _ = run_both(alone, 5)
    pressed = world.state.markets.index_price < quiet.state.markets.index_price
    assert pressed.all()


def test_everything_at_once():
    """Oracles, depegs, a spiral and protocols in one world."""
    base = two_venues(ticks=60)
    assets = (
        Collateral(
            share=0.2, haircut=0.05,
            market=CollateralMarket(depth_usd=(30_000.0, 60_000.0), impact=0.02,
                                    recovery_s=np.inf, valued_by="median"),
        ),
        Collateral(
            name="dai", share=0.1,
            market=CollateralMarket(depth_per_held=0.5, valued_by="own_book"),
            issuer=Stablecoin(demand_per_open_interest=0.1, expected_return=0.01),
        ),
    )  # fmt: skip
    venues = tuple(replace(v, oracle=Oracle(SHAKY, "median")) for v in base.venues)
    protocols = (LendingProtocol(highest_ratio=0.799),)
    world, model = run_both(replace(base, venues=venues, collateral=assets, protocols=protocols), 5)
    assert model.outside.collateral.sold_usd > 0.0
    assert model.outside.lending[0].sold_usd > 0.0
    assert world.state.markets.asset_price[1] != 1.0
