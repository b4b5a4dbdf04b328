"""The twin agrees where depositors, stakers and pools act: runs, slashes, closes, haircuts."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.outcomes import outcomes_of
from abm.engine.scenario import Collateral
from abm.venue.collateral_market import CollateralMarket, CollateralShock
from abm.venue.lp_pool import PoolTerms
from abm.venue.lp_vault import Vault
from abm.venue.staking import Staking
from tests.abm.reference.comparison import run_both
from tests.abm.reference.scenarios import ANXIOUS, JUMPY, STRAINED, TARGETING, crash, two_venues

LARGE = replace(STRAINED, backstop_usd_per_open_interest=0.02, backstop_leverage=10.0)
"""A venue whose vault takes much and so loses much."""

TIMID = Vault(
    depositors=40, owned=0.9, lockup_s=2.0, threshold_low=0.005, threshold_high=0.3,
    strategic_share=0.4, run_above=0.3,
)  # fmt: skip
"""Depositors who leave soon, some because others do."""

VIOLENT = replace(JUMPY, jump_mean=-0.01, jump_deviation=0.02)
"""Jumps of both signs, large enough to leave accounts below zero at once."""

CROSS = replace(ANXIOUS, isolated_share=0.0)


@pytest.mark.parametrize("queue", ["pro_rata", "first_come"])
def test_a_run_on_a_backstop_vault(queue):
    """The vault pays out, has less to take positions with, and more reaches ADL than without."""
    owned = replace(LARGE, vault=replace(TIMID, queue=queue))
    _, model = run_both(crash(venues=(owned,), ticks=120), 4)
    vault = model.vaults[0]
    assert vault.withdrawn_usd > 0.0
    assert vault.lowest_usd < 1.0
    assert np.isfinite(vault.run_s)
    _, kept = run_both(crash(venues=(LARGE,), ticks=120), 4)
    assert model.ledger.vault_taken_usd < kept.ledger.vault_taken_usd
    assert model.ledger.adl_usd > kept.ledger.adl_usd


def test_deposits_follow_the_return():
    """A vault that keeps the margins of the weak earns, and new money comes."""
    owned = replace(
        LARGE,
        backstop_below=1.0,
        step_share=0.05,
        vault=Vault(depositors=7, chase_per_s=0.05, memory_s=20.0, threshold_high=0.02),
    )
    _, model = run_both(crash(venues=(owned,)), 3)
    vault = model.vaults[0]
    assert vault.peak_usd > 1.0
    assert vault.outside_usd < 0.0


@pytest.mark.parametrize("order", ["stakers_first", "venue_first", "pro_rata"])
def test_staked_funds(order):
    staked = replace(
        STRAINED,
        fund_usd_per_open_interest=0.002,
        liquidation_fee=0.001,
        staking=Staking(
            share=0.95, stakers=30, order=order, unstaking_s=10.0, threshold_low=0.001,
            threshold_high=0.6,
        ),
    )  # fmt: skip
    world, model = run_both(crash(venues=(staked,), price=VIOLENT), 3)
    venue = model.venues[0]
    assert model.ledger.fund_paid_usd > 0.0
    assert venue.slashed_usd > 0.0
    assert model.funds[0].unstaked_usd > 0.0
    assert venue.slashed_usd <= model.ledger.fund_paid_usd * (1.0 + 1e-12)
    assert (world.backers.stakers.shares == 0.0).any()


@pytest.mark.parametrize("seed", [3, 4])
def test_a_pool_as_counterparty(seed):
    """Winners are closed and cut, depositors of the pool leave, what the bankrupt owe is lost."""
    venue = replace(
        STRAINED,
        fund_usd_per_open_interest=0.0,
        pool=PoolTerms(usd_per_open_interest=0.04, open_interest_limit=20.0),
        vault=replace(TIMID, depositors=25),
    )
    scenario = crash(venues=(venue,), design="gmx_v2", price=VIOLENT)
    _, model = run_both(scenario, seed)
    assert model.ledger.adl_rounds > 0
    assert model.ledger.liquidated_usd > 0.0
    assert model.ledger.deficit_usd == 0.0
    assert model.venues[0].haircut_usd > 0.0
    assert model.venues[0].bad_debt_usd > 0.0
    assert model.vaults[0].withdrawn_usd > 0.0


def test_a_pool_that_reserves_for_every_position():
    """Orders that open are refused in part, and depositors are paid from what is not reserved."""
    venue = replace(
        STRAINED,
        pool=PoolTerms(
            usd_per_open_interest=2.05, reserved=1.0, withdrawals_below=np.inf,
            open_interest_limit=1.0,
        ),
        vault=Vault(lockup_s=4.0, threshold_low=0.0, threshold_high=0.02),
    )  # fmt: skip
    scenario = crash(venues=(venue,), design="jupiter", disclosure="none", price=VIOLENT)
    _, model = run_both(scenario, 5)
    assert model.ledger.adl_rounds == 0
    assert model.vaults[0].withdrawn_usd > 0.0


@pytest.mark.compiled
def test_tokens_of_a_vault_carry_its_loss_to_another_venue():
    """Accounts of both venues post shares of alpha's vault; beta's vault holds some, and back."""
    alpha = replace(
        LARGE, backstop_usd_per_open_interest=0.06, vault=replace(TIMID, holds=(("beta", 0.2),))
    )
    beta = replace(
        TARGETING,
        backstop_usd_per_open_interest=0.02,
        vault=replace(TIMID, holds=(("alpha", 0.3),)),
        staking=Staking(unstaking_s=8.0, threshold_low=0.0),
    )
    token = Collateral(name="alpha shares", share=0.005, haircut=0.1, vault="alpha")
    scenario = two_venues(
        designs=("bitmex", "hyperliquid"), venues=(alpha, beta), ticks=60, collateral=(token,)
    )
    world, model = run_both(scenario, 5)
    assert model.vaults[0].lowest_usd < 0.99
    assert world.state.markets.asset_price[0] == pytest.approx(model.vaults[0].price_usd)
    assert world.state.markets.asset_price[0] < 1.0


@pytest.mark.compiled
def test_a_pool_beside_a_book():
    """Arbitrage draws the book's premium, not the pool's, which trades at the index."""
    pool = replace(TARGETING, pool=PoolTerms(usd_per_open_interest=0.03, open_interest_limit=20.0))
    scenario = two_venues(
        designs=("bitmex", "gmx_v2"), venues=(STRAINED, pool), ticks=60, price=replace(
            VIOLENT, initial_price=(100.0, 5.0), correlation=0.7
        ),
    )  # fmt: skip
    world, model = run_both(scenario, 2)
    assert model.ledger.adl_rounds > 0
    assert (world.state.markets.permanent[1] == 0.0).all()
    assert (world.state.markets.permanent[0] != 0.0).any()
    np.testing.assert_array_equal(
        world.state.markets.mark_price[1], world.state.markets.oracle_price[1]
    )


def test_nobody_runs_from_a_vault_without_depositors():
    """The house's own money has no depositors to ask it back: the time of a run is unknown."""
    owned = replace(LARGE, vault=replace(TIMID, owned=0.0))
    world, model = run_both(crash(venues=(owned,), ticks=20), 4)
    assert np.isnan(outcomes_of(world)["vault_run_s"])
    assert np.isnan(model.vaults[0].run_s)


def test_tokens_of_a_vault_have_a_market_of_their_own():
    """Sold on one venue they fall there below what they redeem for, and the lowest value shows it.

    Without a market, what a venue counts has fallen as far as the vault's shares themselves.
    """
    alpha = replace(LARGE, backstop_usd_per_open_interest=0.06, vault=TIMID)
    token = Collateral(name="alpha shares", share=0.005, haircut=0.1, vault="alpha")
    world, model = run_both(crash(venues=(alpha,), collateral=(token,)), 4)
    lowest = model.vaults[0].lowest_usd
    assert lowest < 0.99
    assert world.state.asset_markets.lowest[0] == pytest.approx(lowest, rel=0.01)
    sold = CollateralMarket(
        depth_per_held=0.2, impact=0.5, valued_by="own_book",
        shocks=(CollateralShock("alpha", share=3.0, at_s=2.0, over_s=4.0),),
    )  # fmt: skip
    world, _ = run_both(
        crash(venues=(alpha,), collateral=(replace(token, market=sold),), ticks=10), 4, every=2
    )
    markets = world.state.markets
    assert markets.collateral_value[0, 0] < 0.5 * markets.asset_price[0]
    assert world.state.asset_markets.lowest[0] < 0.5
