"""Money and contracts come from nowhere in no tick of any design, venue or margin mode."""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl.catalog import CATALOG
from abm.engine.build import build_world
from abm.engine.invariants import Baseline, InvariantError, check_world
from abm.engine.run import simulate
from abm.market.columns import BACKSTOP, ESTATE
from tests.abm.engine.worlds import harsh, wide

DESIGNS = [design.id for design in CATALOG]
assert DESIGNS


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_keeps_the_books(design):
    record = simulate(harsh(design=design), 3, 0, check=True)
    assert record.outcomes["liquidated_notional_usd"] > 0.0
    assert record.outcomes["deficit_before_adl_usd"] > 0.0
    touched = record.outcomes["adl_accounts"]
    assert (touched == 0.0) == (design == "no_adl")


@pytest.mark.parametrize("disclosure", ["none", "lights_head", "lights_size", "rank"])
def test_many_books_and_margins(disclosure):
    scenario = wide(disclosure=disclosure, disclosure_refresh_s=6.0, disclosure_delay_s=4.0)
    record = simulate(scenario, 5, 1, check=True)
    assert record.outcomes["adl_accounts"] > 0.0
    assert (record.outcomes["reaction_volume_usd"] > 0.0) == (disclosure != "none")


def test_the_waterfall_goes_in_order():
    """Per tick and book the log never shows a later rung before an earlier one."""
    record = simulate(harsh(), 3, 0, events=True)
    log = record.events
    rung = {1: 0, 2: 1, 3: 2, 6: 3, 4: 4, 5: 4}  # liquidation, takeover, vault, fund, ADL
    seen = set()
    last: dict[tuple[float, float, float], int] = {}
    for tick, kind, venue, k in zip(
        log["tick"], log["kind"], log["venue"], log["instrument"], strict=True
    ):
        if kind in rung:
            seen.add(rung[kind])
            where = (tick, venue, k)
            if rung[kind] == 2 and last.get(where, 0) == 0:
                continue  # solvent remainders go to the vault before the takeover
            assert rung[kind] >= last.get(where, 0) or rung[kind] == 2
            last[where] = rung[kind]
    assert seen == {0, 1, 2, 3, 4}


def test_adl_never_flips_or_grows_a_position():
    """Replaying the log: an ADL fill only shrinks the position it hits."""
    scenario = harsh()
    world = build_world(scenario, 3, 0)
    held = {int(i): 0.0 for i in world.state.accounts.account_id}
    record = simulate(scenario, 3, 0, events=True)
    start = dict(
        zip(
            world.state.accounts.account_id.tolist(),
            world.state.accounts.qty_contracts[:, 0].tolist(),
            strict=True,
        )
    )
    held.update(start)
    log = record.events
    fills = 0
    for kind, identity, contracts in zip(
        log["kind"], log["account_id"], log["contracts"], strict=True
    ):
        if identity < 0 or kind in (7, 8, 9):
            continue
        before = held[int(identity)]
        held[int(identity)] = before + contracts
        if kind == 4:
            fills += 1
            after = before + contracts
            assert abs(after) <= abs(before) + 1e-9
            assert after * before >= -1e-9
    assert fills > 10


def test_house_accounts_are_never_touched_by_adl():
    scenario = harsh()
    world = build_world(scenario, 3, 0)
    house = {
        int(i)
        for i, kind in zip(world.state.accounts.account_id, world.state.accounts.kind, strict=True)
        if kind in (BACKSTOP, ESTATE)
    }
    log = simulate(scenario, 3, 0, events=True).events
    hit = {int(i) for i, kind in zip(log["account_id"], log["kind"], strict=True) if kind == 4}
    assert hit
    assert not hit & house


def test_an_account_below_zero_is_left_with_nothing():
    """A bankrupt account ends flat with its cash at zero: its owner owes nothing."""
    scenario = harsh()
    log = simulate(scenario, 3, 0, events=True).events
    assert (log["kind"] == 2).sum() > 0


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
