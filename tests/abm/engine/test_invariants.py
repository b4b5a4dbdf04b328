"""Money and contracts come from nowhere in no tick of any design, venue or margin mode."""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl.catalog import CATALOG
from abm.engine.build import build_world
from abm.engine.invariants import Baseline, InvariantError, check_world
from abm.engine.run import run_world, simulate
from abm.engine.tick import tick
from abm.market.columns import BACKSTOP, ESTATE, MAKER, TRADER
from abm.market.tape import ADL_FILL, BACKSTOP_FILL, FILL, FUND, LIQUIDATION, TAKEOVER
from abm.record import bind
from tests.abm.engine.worlds import harsh, wide

POSITION_KINDS = (FILL, LIQUIDATION, TAKEOVER, BACKSTOP_FILL, ADL_FILL)
"""Events that change the position of the account they name."""

MANY = (LIQUIDATION, TAKEOVER, ADL_FILL)
"""Rungs that log one event per account; the others act once."""

DESIGNS = [entry for entry in CATALOG if not entry.needs]
assert DESIGNS


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
def test_every_design_keeps_the_books(entry):
    record = simulate(harsh(design=entry.id), 3, 0, check=True)
    assert record.outcomes["liquidated_notional_usd"] > 0.0
    assert record.outcomes["deficit_before_adl_usd"] > 0.0
    touched = record.outcomes["adl_accounts"]
    assert (touched == 0.0) == entry.takes_nothing


@pytest.mark.parametrize("disclosure", ["none", "lights_head", "lights_size", "rank", "price"])
def test_many_books_and_margins(disclosure):
    scenario = wide(disclosure=disclosure, disclosure_refresh_s=6.0, disclosure_delay_s=4.0)
    record = simulate(scenario, 4, 0, check=True)
    assert record.outcomes["adl_accounts"] > 0.0
    assert (record.outcomes["reaction_volume_usd"] > 0.0) == (disclosure != "none")


def test_the_waterfall_goes_in_order():
    """Per tick and side of a book the log never shows an earlier rung after a later one."""
    log = simulate(harsh(ticks=120), 6, 0, events=True).events
    rung = {LIQUIDATION: 0, TAKEOVER: 1, BACKSTOP_FILL: 2, FUND: 3, ADL_FILL: 4}
    seen = set()
    last: dict[tuple[float, float, float, bool], int] = {}
    names = ("tick", "kind", "venue", "instrument", "contracts")
    for now, kind, venue, k, contracts in zip(*(log[name] for name in names), strict=True):
        if kind not in rung:
            continue
        # the vault's own row shows what it takes, every other row what is given away
        bankrupt_is_long = contracts > 0.0 if kind in (BACKSTOP_FILL, ADL_FILL) else contracts < 0.0
        where = (now, venue, k, bankrupt_is_long)
        seen.add(rung[kind])
        if kind == BACKSTOP_FILL and last.get(where, 0) == 0:
            continue  # what the book left of weak but solvent accounts
        assert rung[kind] >= last.get(where, 0)
        assert kind in MANY or rung[kind] > last.get(where, -1)
        last[where] = rung[kind]
    assert seen == {0, 1, 2, 3, 4}


def test_the_log_rebuilds_every_position_and_adl_only_shrinks_them():
    """Start + logged fills = end, for every ordinary account; no ADL fill flips or grows one."""
    scenario = harsh(ticks=120)
    world = build_world(scenario, 6, 0)
    accounts = world.state.accounts
    held = dict(
        zip(accounts.account_id.tolist(), accounts.qty_contracts[:, 0].tolist(), strict=True)
    )
    log = simulate(scenario, 6, 0, events=True).events
    run_world(world, scenario)
    fills = 0
    for kind, identity, contracts in zip(
        log["kind"].tolist(), log["account_id"].tolist(), log["contracts"].tolist(), strict=True
    ):
        if kind not in POSITION_KINDS or identity < 0:
            continue
        before = held[int(identity)]
        after = before + contracts
        held[int(identity)] = after
        if kind == ADL_FILL:
            fills += 1
            assert abs(after) <= abs(before) * (1 + 1e-12)
            assert after * before >= -1e-9
    assert fills > 10
    for row in np.flatnonzero((accounts.kind == TRADER) | (accounts.kind == MAKER)):
        identity = int(accounts.account_id[row])
        scale = max(1.0, abs(held[identity]))
        assert held[identity] == pytest.approx(accounts.qty_contracts[row, 0], abs=1e-9 * scale)


def test_a_shedding_vault_stays_within_its_limit_while_winners_are_left():
    """After a waterfall its notional is at most three times its equity; the books still balance."""
    sheds = replace(
        harsh().venues[0],
        backstop_usd_per_open_interest=0.05,
        backstop_leverage=3.0,
        backstop_sheds_above=3.0,
    )
    scenario = harsh(venues=(sheds,), design="bitmex", disclosure="none")
    world = build_world(scenario, 3, 0, event_rows=100_000)
    accounts, baseline = world.state.accounts, Baseline.of(world)
    vault = int(world.state.venues.backstop_row[0])
    shed = 0
    for _ in range(scenario.ticks):
        done = int(world.state.tape.logged[0])
        run_world(world, replace(scenario, ticks=1))
        check_world(world, baseline)
        log = world.state.tape.rows[done : int(world.state.tape.logged[0])]
        mine = log[log[:, 4] == accounts.account_id[vault]]
        shed += int((mine[:, 1] == TAKEOVER).sum())
        assert accounts.equity_usd[vault] > 0.0
        if not (mine[:, 1] == BACKSTOP_FILL).any():  # nothing came back for want of winners
            assert accounts.notional_usd[vault] <= 3.0 * accounts.equity_usd[vault] * (1 + 1e-9)
    assert shed > 0


def test_house_accounts_are_never_touched_by_adl():
    scenario = harsh()
    world = build_world(scenario, 3, 0)
    house = {
        int(i)
        for i, kind in zip(world.state.accounts.account_id, world.state.accounts.kind, strict=True)
        if kind in (BACKSTOP, ESTATE)
    }
    log = simulate(scenario, 6, 0, events=True).events
    hit = {
        int(i) for i, kind in zip(log["account_id"], log["kind"], strict=True) if kind == ADL_FILL
    }
    assert hit
    assert not hit & house


def test_an_account_below_zero_is_left_with_nothing():
    """Right after a takeover the account is flat and its cash is zero: its owner owes nothing."""
    scenario = harsh(ticks=120, disclosure="none")
    world = build_world(scenario, 6, 0, event_rows=100_000)
    handle = bind(world)
    accounts, tape = world.state.accounts, world.state.tape
    row_of = {int(i): row for row, i in enumerate(accounts.account_id)}
    seen, taken_over = 0, 0
    for _ in range(scenario.ticks):
        tick(handle)
        for event in tape.rows[seen : tape.logged[0]]:
            if event[1] == TAKEOVER:
                row = row_of[int(event[4])]
                taken_over += 1
                assert accounts.qty_contracts[row, 0] == 0.0
                assert accounts.cash_usd[row] == pytest.approx(0.0, abs=1e-6)
        seen = int(tape.logged[0])
    assert taken_over > 0


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda w: w.state.accounts.cash_usd.__setitem__(0, np.nan), "cash_usd has a NaN"),
        (lambda w: w.state.accounts.cash_usd.__setitem__(0, 1e9), "came from nowhere"),
        (lambda w: w.state.accounts.qty_contracts.__setitem__((0, 0), 1e9), "open interest"),
        (lambda w: w.state.venues.fund_usd.__setitem__(0, -1.0), "fund is negative"),
        (lambda w: w.state.markets.mark_price.__setitem__((0, 0), 0.0), "not positive"),
    ],
)
def test_every_guard_trips(damage, says):
    world = build_world(harsh(), 3, 0)
    baseline = Baseline.of(world)
    check_world(world, baseline)
    damage(world)
    with pytest.raises(InvariantError, match=says):
        check_world(world, baseline)


def test_a_venue_without_a_vault_and_a_fund_works():
    bare = replace(
        harsh().venues[0], fund_usd_per_open_interest=0.0, backstop_usd_per_open_interest=0.0
    )
    record = simulate(harsh(venues=(bare,)), 3, 0, check=True)
    assert record.outcomes["vault_taken_usd"] == 0.0
    assert record.outcomes["fund_paid_usd"] == 0.0
