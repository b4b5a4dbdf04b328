"""Depositors, stakers and pools in whole worlds: books that balance, and who pays for whom."""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl import encoding as code
from abm.engine.build import build_world
from abm.engine.invariants import Baseline, InvariantError, check_world
from abm.engine.pool_adl import cap_pools
from abm.engine.pooling import pool_standing, side_notional_usd
from abm.engine.run import run_world, simulate
from abm.engine.scenario import Collateral
from abm.engine.seeds import read_prices
from abm.engine.serving import serve_backers
from abm.engine.tick import tick
from abm.market.stablecoin import Stablecoin
from abm.market.tape import KIND_NAMES
from abm.record import bind
from abm.venue.lp_pool import PoolTerms
from abm.venue.lp_vault import Vault
from abm.venue.staking import Staking
from experiments.overrides import with_overrides
from tests.abm.engine.worlds import JUMPY, POOR, harsh, wide

LARGE = replace(POOR, backstop_usd_per_open_interest=0.02, backstop_leverage=10.0)
TIMID = Vault(depositors=20, lockup_s=2.0, threshold_low=0.005, threshold_high=0.2)
VIOLENT = replace(JUMPY, jump_mean=-0.01, jump_deviation=0.02)
SMALL_POOL = PoolTerms(usd_per_open_interest=0.03, open_interest_limit=20.0)


def vaulted(vault: Vault = TIMID, **changes: object):
    return harsh(venues=(replace(LARGE, vault=vault),), **changes)


def pooled(terms: PoolTerms = SMALL_POOL, **changes: object):
    venue = replace(POOR, fund_usd_per_open_interest=0.0, pool=terms)
    return harsh(**{"venues": (venue,), "design": "gmx_v2", "price": VIOLENT, **changes})


@pytest.mark.parametrize("queue", ["pro_rata", "first_come"])
@pytest.mark.parametrize("strategic_share", [0.0, 1.0])
def test_money_is_conserved_in_a_run(queue, strategic_share):
    terms = replace(TIMID, queue=queue, strategic_share=strategic_share, run_above=0.1)
    found = simulate(vaulted(terms, ticks=120), 4, 0, check=True).outcomes
    assert found["vault_withdrawn_usd"] > 0.0
    assert np.isfinite(found["vault_run_s"]) == (strategic_share > 0.0)
    assert found["vault_lowest_price"] < 1.0


def test_watching_the_others_makes_the_run_earlier():
    alone = simulate(vaulted(), 3, 0).outcomes
    watching = replace(TIMID, strategic_share=1.0, run_above=0.05)
    together = simulate(vaulted(watching), 3, 0).outcomes
    assert together["vault_run_s"] < alone["vault_run_s"]


def test_a_lock_up_longer_than_the_run_keeps_everything_as_it_is():
    """Nobody is paid: the same world as with the house's own money, to the last bit."""
    locked = simulate(vaulted(replace(TIMID, lockup_s=1e6)), 3, 0).outcomes
    house = simulate(harsh(venues=(LARGE,)), 3, 0).outcomes
    new = {"vault_run_s", "vault_lowest_price"}
    differ = {name for name in house if locked[name] != house[name] and not np.isnan(house[name])}
    assert differ <= new | {"payoff_backstop_usd"}
    assert locked["vault_run_s"] > 0.0


def test_a_run_takes_cover_from_traders():
    watching = replace(TIMID, strategic_share=1.0, run_above=0.05)
    owned = simulate(vaulted(watching), 3, 0).outcomes
    house = simulate(harsh(venues=(LARGE,)), 3, 0).outcomes
    assert owned["deficit_before_adl_usd"] > house["deficit_before_adl_usd"]
    assert owned["adl_notional_usd"] > house["adl_notional_usd"]


def test_the_last_depositor_leaves_and_a_dead_vault_pays_nobody():
    """Zero shares keep the last price; zero and negative value are a price of zero."""
    world = build_world(vaulted(replace(TIMID, threshold_high=0.005)), 3, 0)
    vaults, accounts = world.backers.vaults, world.state.accounts
    row = int(vaults.row[0])
    first = float(accounts.cash_usd[row])
    accounts.cash_usd[row] = 0.9 * first
    for _ in range(2):  # they ask, then are paid
        serve_backers(bind(world))
        world.clock[0] += 1
    assert vaults.shares.sum() == 0.0
    assert vaults.outside_usd[0] == pytest.approx(0.9 * first)
    assert accounts.cash_usd[row] == pytest.approx(0.0, abs=1e-9)
    serve_backers(bind(world))
    assert vaults.price_usd[0] == pytest.approx(0.9)
    for cash in (0.0, -5.0):
        dead = build_world(vaulted(), 3, 0)
        dead.state.accounts.cash_usd[row] = cash
        for _ in range(3):
            serve_backers(bind(dead))
            dead.clock[0] += 1
        assert dead.backers.vaults.price_usd[0] == 0.0
        assert dead.backers.vaults.withdrawn_usd[0] == 0.0
        assert dead.state.accounts.cash_usd[row] == cash


def test_payments_leave_what_the_inventory_needs():
    """Half of the equity is bound: those due get the same half, or the first get all of theirs."""
    for queue in ("pro_rata", "first_come"):
        terms = Vault(depositors=4, lockup_s=0.0, threshold_high=0.02, queue=queue)
        world = build_world(vaulted(terms), 3, 0)
        vaults, accounts = world.backers.vaults, world.state.accounts
        row = int(vaults.row[0])
        equity = float(accounts.cash_usd[row])
        accounts.cash_usd[row] = 0.9 * equity
        price = world.state.markets.mark_price[0, 0]
        accounts.qty_contracts[row, 0] = 0.45 * equity * 10.0 / price  # N / L = half of E
        accounts.entry_price[row, 0] = price
        serve_backers(bind(world))
        assert vaults.withdrawn_usd[0] == pytest.approx(0.45 * equity)
        left = vaults.shares[0] / (equity / 4)
        expected = [0.5] * 4 if queue == "pro_rata" else [0.0, 0.0, 1.0, 1.0]
        np.testing.assert_allclose(left, expected, atol=1e-12)


def test_thresholds_are_the_same_whatever_else_is_in_the_world():
    """Draws are keyed by venue and place: more traders, stakers or another venue change none."""
    one = build_world(vaulted(), 3, 0).backers.vaults.threshold[0]
    staked = replace(LARGE, vault=TIMID, staking=Staking())
    other = build_world(harsh(traders=150, venues=(staked,)), 3, 0).backers.vaults.threshold[0]
    assert (one == other).all()
    assert (one != build_world(vaulted(), 4, 0).backers.vaults.threshold[0]).all()


@pytest.mark.parametrize("order", ["stakers_first", "venue_first", "pro_rata"])
def test_money_is_conserved_in_a_staked_fund(order):
    staked = replace(
        POOR,
        fund_usd_per_open_interest=0.002,
        staking=Staking(share=0.95, order=order, unstaking_s=10.0, threshold_low=0.001),
    )
    found = simulate(harsh(venues=(staked,), price=VIOLENT), 3, 0, check=True).outcomes
    assert 0.0 < found["stakers_slashed_usd"] <= found["fund_paid_usd"] * (1.0 + 1e-12)
    assert found["stakers_paid_usd"] > 0.0


def test_stakes_are_slashed_until_they_are_paid():
    """With a long unstaking period stakers lose more, and the fund has more to pay with."""
    base = replace(POOR, fund_usd_per_open_interest=0.002)
    found = {}
    for wait in (2.0, 1e5):
        staking = Staking(share=0.95, unstaking_s=wait, threshold_low=0.0, threshold_high=0.01)
        scenario = harsh(venues=(replace(base, staking=staking),), price=VIOLENT)
        found[wait] = simulate(scenario, 3, 0).outcomes
    assert found[2.0]["stakers_paid_usd"] > 0.0
    assert found[1e5]["stakers_paid_usd"] == 0.0
    assert found[1e5]["stakers_slashed_usd"] > found[2.0]["stakers_slashed_usd"]
    assert found[1e5]["fund_paid_usd"] > found[2.0]["fund_paid_usd"]


@pytest.mark.parametrize("seed", [3, 4])
def test_money_is_conserved_against_a_pool(seed):
    found = simulate(pooled(), seed, 0, check=True).outcomes
    assert found["adl_rounds"] > 0.0
    assert found["pool_haircut_usd"] >= found["taken_usd"] > 0.0
    assert found["pool_bad_debt_usd"] > 0.0
    assert found["deficit_before_adl_usd"] == found["payoff_estate_usd"] == 0.0


def test_a_pool_gains_what_its_traders_lose():
    """No hedgers, no spot: the payoffs of pool and traders sum to minus the venue's fees."""
    people = replace(harsh().population, hedger_share=0.0)
    scenario = pooled(population=people, reacting=False)
    found = simulate(scenario, 3, 0).outcomes
    traders = sum(
        found[f"payoff_{r}_usd"] for r in ("directional", "hedger", "maker", "arbitrageur")
    )
    scale = abs(found["payoff_pool_usd"])
    assert scale > 100.0
    assert traders + found["payoff_pool_usd"] == pytest.approx(-found["fees_usd"], abs=1e-9 * scale)


def test_closes_lead_a_side_to_the_limit_and_not_below_it():
    """At most 85 % after the closes, unless nobody is left; a round that ends stops at 77 %."""
    scenario = pooled()
    world = build_world(scenario, 3, 0)
    handle, closed = bind(world), 0
    for _ in range(scenario.ticks):
        before = world.state.ledger.totals[6]
        tick(handle)
        if world.state.ledger.totals[6] > before:
            closed += 1
    assert closed > 0
    accounts = world.state.accounts
    mine = np.flatnonzero((accounts.kind == 0) & (accounts.qty_contracts[:, 0] < 0.0))
    accounts.entry_price[mine, 0] = 4.0 * world.state.markets.mark_price[0, 0]
    pool_usd, _, shorts = pool_standing(bind(world.state), 0)
    assert shorts / pool_usd > 0.85
    cap_pools(handle)
    pool_usd, _, shorts = pool_standing(bind(world.state), 0)
    assert 0.77 - 1e-9 <= shorts / pool_usd <= 0.85


def test_a_pool_trades_at_the_index_and_keeps_its_limits():
    """No premium, no funding, makers idle; no side grows beyond its limit by its own orders."""
    terms = PoolTerms(usd_per_open_interest=2.0, open_interest_limit=0.5)
    scenario = pooled(terms, ticks=30)
    world = build_world(scenario, 3, 0)
    handle, accounts = bind(world), world.state.accounts
    longs = accounts.qty_contracts.clip(min=0.0).copy()
    for _ in range(30):
        tick(handle)
        assert world.state.markets.transient[0, 0] == world.state.markets.funding_rate[0, 0] == 0.0
        assert world.state.markets.mark_price[0, 0] == world.state.markets.index_price[0]
    assert (accounts.qty_contracts[accounts.kind == 1] == 0.0).all()
    pool_usd, _, _ = pool_standing(bind(world.state), 0)
    assert side_notional_usd(bind(world.state), 0, -1, 1) > 0.0
    before = longs[accounts.kind == 0].sum()
    after = accounts.qty_contracts[accounts.kind == 0].clip(min=0.0).sum()
    assert pool_usd > 0.0
    assert after < before * 1.05


def test_depositors_of_a_pool_wait_while_traders_have_won():
    """Above 70 % nobody is paid."""
    scenario = pooled()
    venue = replace(scenario.venues[0], vault=Vault(lockup_s=0.0, threshold_high=0.02))
    world = build_world(replace(scenario, venues=(venue,)), 3, 0)
    accounts, pool = world.state.accounts, int(world.state.venues.estate_row[0])
    mine = np.flatnonzero((accounts.kind == 0) & (accounts.qty_contracts[:, 0] > 0.0))
    mark = world.state.markets.mark_price[0, 0]
    accounts.cash_usd[pool] *= 0.9
    pool_usd, longs, _ = pool_standing(bind(world.state), 0)
    short_of = (0.75 * pool_usd - longs) / 0.25  # more profit enlarges the pool as well
    accounts.entry_price[mine, 0] -= short_of / accounts.qty_contracts[mine, 0].sum()
    pool_usd, longs, _ = pool_standing(bind(world.state), 0)
    assert longs / pool_usd == pytest.approx(0.75)
    assert mark > 0.0
    serve_backers(bind(world))
    assert (world.backers.vaults.due_s < np.inf).any()
    assert world.backers.vaults.withdrawn_usd[0] == 0.0


def test_a_loss_of_a_vault_reaches_a_venue_that_takes_its_shares():
    """Beta's accounts post shares of alpha's vault; when they fall, more of beta is liquidated."""
    alpha = replace(wide().venues[0], backstop_usd_per_open_interest=0.3, vault=Vault(depositors=3))
    token = Collateral(name="alpha shares", share=0.04, vault="alpha")
    scenario = wide(venues=(alpha, wide().venues[1]), collateral=(token,), ticks=20)
    world = build_world(scenario, 4, 0)
    hurt = build_world(scenario, 4, 0)
    row = int(hurt.backers.vaults.row[0])
    hurt.state.accounts.cash_usd[row] *= 0.25
    for one in (world, hurt):
        run_world(one, scenario)
    assert hurt.state.markets.asset_price[0] < 0.3
    assert hurt.state.markets.collateral_value[1, 0] < 0.3
    fallen = [
        (one.state.accounts.equity_usd[one.state.accounts.venue == 1]) for one in (world, hurt)
    ]
    assert fallen[1].sum() < fallen[0].sum()
    liquidated = [one.state.ledger.totals[1] for one in (world, hurt)]
    assert liquidated[1] > liquidated[0]


def test_tokens_are_priced_before_anybody_is_margined():
    alpha = replace(LARGE, backstop_usd_per_open_interest=0.3, vault=Vault())
    token = Collateral(name="alpha shares", share=0.01, haircut=0.2, vault="alpha")
    world = build_world(harsh(venues=(alpha,), collateral=(token,)), 3, 0)
    world.state.accounts.cash_usd[int(world.backers.vaults.row[0])] *= 0.5
    read_prices(bind(world))
    assert world.state.markets.asset_price[0] == pytest.approx(0.5)
    assert world.state.markets.collateral_value[0, 0] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda: {"collateral": (Collateral(vault="alpha"),)}, "has no depositors"),
        (lambda: {"collateral": (Collateral(vault="beta"),)}, "has no depositors"),
        (lambda: {"venues": (replace(POOR, pool=PoolTerms()),)}, "closes winners against a"),
        (lambda: {"collateral": (Collateral(vault="alpha", instrument=0),)}, "two prices"),
        (
            lambda: {"collateral": (Collateral(vault="alpha", issuer=Stablecoin(0.1)),)},
            "a vault or an issuer",
        ),
        (
            lambda: {"venues": (replace(POOR, backstop_usd_per_open_interest=0.0, vault=Vault()),)},
            "vault has owners",
        ),
        (
            lambda: {"venues": (replace(POOR, vault=Vault(holds=(("alpha", 0.1),))),)},
            "holds itself",
        ),
    ],
)
def test_what_does_not_fit_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        harsh(design="bitmex", **change())


def test_more_tokens_than_there_are_is_refused():
    scenario = vaulted(collateral=(Collateral(share=0.5, vault="alpha"),))
    with pytest.raises(ValueError, match="lower the collateral's share"):
        build_world(scenario, 3, 0)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda w: w.state.venues.stakers_usd.__setitem__(0, 1e9), "are not in the funds"),
        (lambda w: w.backers.vaults.shares.__setitem__((0, 0), -1.0), "less than no shares"),
        (lambda w: w.backers.vaults.price_usd.__setitem__(0, np.nan), "has no price"),
        (lambda w: w.backers.vaults.outside_usd.__setitem__(0, 50.0), "came from nowhere"),
    ],
)
def test_every_guard_trips(damage, says):
    world = build_world(vaulted(), 3, 0)
    baseline = Baseline.of(world)
    check_world(world, baseline)
    damage(world)
    with pytest.raises(InvariantError, match=says):
        check_world(world, baseline)


def test_terms_are_levers_of_a_study():
    changed = with_overrides(
        harsh(), {"venues.0.vault.lockup_s": 60.0, "venues.0.staking.order": "pro_rata"}
    )
    assert changed.venues[0].vault == Vault(lockup_s=60.0)
    assert changed.venues[0].staking == Staking(order="pro_rata")
    small = with_overrides(
        harsh(), {"design": "gmx_v2", "venues.0.pool.usd_per_open_interest": 0.5}
    )
    assert small.venues[0].pool == PoolTerms(usd_per_open_interest=0.5)
    assert small.adl_designs()[0].parameters()[code.TRIGGER_PAYOUT_CAP] == 0.9


def test_payments_are_in_the_log():
    log = simulate(vaulted(ticks=120), 4, 0, events=True)
    paid = log.events["amount_usd"][log.events["kind"] == KIND_NAMES.index("withdrawal")]
    assert paid.sum() == pytest.approx(log.outcomes["vault_withdrawn_usd"])
    cuts = simulate(pooled(), 3, 0, events=True)
    kept = cuts.events["amount_usd"][cuts.events["kind"] == KIND_NAMES.index("payout_cut")]
    assert kept.sum() == pytest.approx(cuts.outcomes["pool_haircut_usd"])
