"""The network of a run: exposures by hand, losses that add up, times that were asked for."""

from dataclasses import replace

import numpy as np
import pytest

from abm.agents.cross_venue import CrossVenue
from abm.engine.build import build_world
from abm.engine.network import (
    VENUES,
    NetworkRecorder,
    account_wealth,
    opposite_legs,
    pooled_equity,
)
from abm.engine.run import simulate
from abm.market.columns import HEDGER, MARKET_MAKER
from abm.venue.lp_vault import Vault
from abm.venue.staking import Staking
from tests.abm.reference.scenarios import ANXIOUS, crash, two_venues

ACROSS = CrossVenue(hedger_share=1.0, pooled_makers=True, arbitrageurs=4)
SCENARIO = two_venues(
    ticks=40,
    population=replace(ANXIOUS, cross_venue=ACROSS),
    venue_coupling_s=np.inf,
    reacting=False,
)


def edges(links, layer, time_s):
    rows = zip(
        *(links[name] for name in ("time_s", "source", "target", "layer", "usd")), strict=True
    )
    return {(s, t): usd for when, s, t, kind, usd in rows if kind == layer and when == time_s}


def test_legs_are_counted_trader_by_trader():
    world = build_world(SCENARIO, 1, 0)
    legs = opposite_legs(world, HEDGER)
    accounts, traders, marks = world.state.accounts, world.traders, world.state.markets.mark_price
    expected = 0.0
    for t in np.flatnonzero(traders.role == HEDGER):
        for k in range(2):
            at = np.zeros(2)
            for row in traders.account_rows[
                traders.account_start[t] : traders.account_start[t + 1]
            ]:
                at[accounts.venue[row]] += accounts.qty_contracts[row, k]
            if at[0] * at[1] < 0.0:
                expected += min(abs(at)) * marks[1, k]
    assert legs[0, 1] == pytest.approx(expected)
    assert expected > 0.0
    assert np.diag(legs).tolist() == [0.0, 0.0]


def test_makers_quote_from_capital_elsewhere():
    world = build_world(SCENARIO, 1, 0)
    accounts = world.state.accounts
    maker = world.traders.role[accounts.trader] == MARKET_MAKER
    owned = account_wealth(world)[maker & (accounts.venue == 0)].sum()
    assert pooled_equity(world)[0, 1] == pytest.approx(owned)


def test_a_run_writes_its_network_at_the_start_on_the_way_and_at_the_end():
    record = simulate(SCENARIO, 5, 0, network_every_s=30.0, check=True)
    assert sorted(set(record.links["time_s"])) == [0.0, 30.0, 60.0, 80.0]
    assert record.venues["venue"] == ["alpha", "beta"]
    assert set(record.venues) == {"venue", *(measure.name for measure in VENUES)}
    assert sum(record.venues["deficit_usd"]) == pytest.approx(
        record.outcomes["deficit_before_adl_usd"]
    )
    assert record.venues["adl_usd"][0] == pytest.approx(record.outcomes["adl_first_usd"])
    assert edges(record.links, "hedge", 0.0)["alpha", "beta"] > 0.0
    plain = simulate(SCENARIO, 5, 0)
    assert (plain.links, plain.venues) == ({}, {})
    np.testing.assert_equal(plain.outcomes, record.outcomes)


def test_losses_of_a_class_are_what_it_lost():
    world = build_world(SCENARIO, 5, 0)
    recorder = NetworkRecorder(world, ("alpha", "beta"))
    accounts = world.state.accounts
    hedgers = np.flatnonzero(
        (world.traders.role[accounts.trader] == HEDGER) & (accounts.venue == 1)
    )
    accounts.cash_usd[hedgers[0]] -= 123.0
    recorder.write()
    assert edges(recorder.links(), "loss", 0.0) == {("beta", "hedgers"): pytest.approx(123.0)}


def test_what_owners_take_out_of_vault_and_fund_is_no_loss():
    venue = replace(
        SCENARIO.venues[1], vault=Vault(depositors=5), staking=Staking(),
        backstop_usd_per_open_interest=0.02, fund_usd_per_open_interest=0.02,
    )  # fmt: skip
    world = build_world(replace(SCENARIO, venues=(SCENARIO.venues[0], venue)), 5, 0)
    recorder = NetworkRecorder(world, ("alpha", "beta"))
    row = int(world.state.venues.backstop_row[1])
    world.state.accounts.cash_usd[row] -= 150.0  # of which 120 have been paid to depositors
    world.backers.vaults.outside_usd[1] += 120.0
    world.state.venues.fund_usd[1] -= 40.0
    world.backers.stakers.unstaked_usd[1] += 40.0
    recorder.write()
    lost = edges(recorder.links(), "loss", 0.0)
    assert lost == {("beta", "vault:beta"): pytest.approx(30.0)}


def test_one_venue_has_no_links_to_others():
    record = simulate(crash(ticks=10), 3, 0, network_every_s=20.0)
    assert not {"hedge", "maker_capital", "arbitrage"} & set(record.links["layer"])
    assert record.outcomes["failed_venues"] in (0.0, 1.0)
    assert np.isnan(record.outcomes["deficit_others_usd"])


def test_an_interval_must_be_above_zero():
    with pytest.raises(ValueError, match="network_every_s"):
        simulate(SCENARIO, 5, 0, network_every_s=0.0)
