"""Guards in whole runs: the books balance, and each does what it is there for."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.guarding import guard_venues
from abm.engine.order_gate import admit_orders
from abm.engine.precautions import take_precautions
from abm.engine.run import run_world, simulate
from abm.engine.scenario import Scenario
from abm.engine.tick import PHASES
from abm.market.columns import MAKER, TRADER
from abm.market.tape import FILL, LIQUIDATION, TAKEOVER
from abm.record import bind
from abm.venue.forecast import FEATURES, Forecast
from abm.venue.guards import Guards
from experiments.overrides import with_overrides
from tests.abm.engine.worlds import harsh, wide

FIT = Forecast(("near_notional", "cover"), (8.0, -3.0), 0.0)

EVERY = (
    Guards(margin_rule="volatility", exponent=0.5),
    Guards(margin_rule="predictive", forecast=FIT),
    Guards(halt_move=0.01, halt_s=20.0),
    Guards(halt_move=0.03, halt_window_s=20.0, halt_s=10.0, halt_liquidations=True),
    Guards(open_interest_cap=1.0),
    Guards(pnl_weight_initial=0.0, pnl_weight_maintenance=0.3),
    Guards(call_below=3.0, call_grace_s=2.0, call_rise_per_s=0.1),
)


def guarded(scenario: Scenario, guards: Guards) -> Scenario:
    books = tuple(replace(book, guards=guards) for book in scenario.venues)
    return replace(scenario, venues=books)


@pytest.mark.parametrize("guards", EVERY)
@pytest.mark.parametrize("scenario", [harsh(), wide()], ids=("harsh", "wide"))
def test_the_books_balance(guards, scenario):
    usual = simulate(scenario, 3, 0).outcomes
    found = simulate(guarded(scenario, guards), 3, 0, check=True).outcomes
    assert found["refused_orders_usd"] >= 0.0
    assert (found["halted_s"] > 0.0) == np.isfinite(guards.halt_move)
    assert (found["margin_calls"] > 0.0) == (guards.call_below > 0.0)
    assert (found["largest_margin_factor"] > 1.0) == (guards.margin_rule != "flat")
    assert any(found[name] != usual[name] for name in ("fees_usd", "liquidated_notional_usd"))


def test_without_guards_their_columns_stay_as_they_opened():
    world = build_world(harsh(), 3, 0)
    run_world(world, harsh())
    assert np.isnan(world.guard.features).all()
    assert world.guard.totals.tolist() == [0.0, 0.0, 1.0, 0.0]
    assert (world.guard.call_factor == 1.0).all()


def test_nobody_trades_on_a_halted_venue_but_forced_closes_do():
    guards = Guards(halt_move=0.03, halt_window_s=10.0, halt_s=30.0)
    scenario = guarded(harsh(price=replace(harsh().price, jump_mean=-0.01)), guards)
    world = build_world(scenario, 6, 0, event_rows=100_000)
    accounts, tape = world.state.accounts, world.state.tape
    traders = set(accounts.account_id[accounts.kind == TRADER].tolist())
    halted = forced = 0
    for _ in range(scenario.ticks):
        done = int(tape.logged[0])
        run_world(world, replace(scenario, ticks=1))
        rows = tape.rows[done : int(tape.logged[0])]
        if world.clock[0] < world.guard.reopens[0]:
            halted += 1
            fills = rows[rows[:, 1] == FILL]
            assert not traders & set(fills[:, 4].astype(int).tolist())
            assert not accounts.order_contracts.any()
            forced += int(np.isin(rows[:, 1], (LIQUIDATION, TAKEOVER)).sum())
    assert halted >= 15
    assert forced > 0


def test_forced_closes_may_wait_and_then_all_come_at_once():
    guards = Guards(halt_move=0.03, halt_window_s=10.0, halt_s=30.0, halt_liquidations=True)
    scenario = guarded(harsh(price=replace(harsh().price, jump_mean=-0.01)), guards)
    world = build_world(scenario, 6, 0, event_rows=100_000)
    tape, waited = world.state.tape, 0
    for _ in range(scenario.ticks):
        done, waits = int(tape.logged[0]), bool(world.guard.waits[0])
        run_world(world, replace(scenario, ticks=1))
        kinds = tape.rows[done : int(tape.logged[0]), 1]
        if waits:
            waited += 1
            assert not np.isin(kinds, (LIQUIDATION, TAKEOVER)).any()
            assert not world.state.accounts.in_closing.any()
    assert waited >= 14


@pytest.mark.parametrize("cap", [0.8, 1.0, 1.02])
def test_open_interest_stays_below_its_cap(cap):
    scenario = guarded(wide(), Guards(open_interest_cap=cap))
    world = build_world(scenario, 4, 0)

    def open_interest():
        longs = np.maximum(world.state.accounts.qty_contracts, 0.0)
        venue = world.state.accounts.venue
        return np.stack([longs[venue == v].sum(axis=0) for v in range(2)])

    first = open_interest()
    largest = first
    for _ in range(scenario.ticks):
        before = open_interest()
        run_world(world, replace(scenario, ticks=1))
        allowed = np.maximum(cap * first, before)
        assert (open_interest() <= allowed * (1.0 + 1e-9)).all()
        largest = np.maximum(largest, open_interest())
    assert world.guard.totals[3] > 0.0
    assert (largest <= np.maximum(cap, 1.0) * first * (1.0 + 1e-9)).all()


def test_a_full_book_opens_nothing():
    """Room is a difference of sums: what is left of it by rounding opens no position."""
    world = build_world(guarded(harsh(ticks=1), Guards(open_interest_cap=1.0)), 4, 0)
    accounts, limit = world.state.accounts, world.guard.open_interest_limit
    qty, orders = accounts.qty_contracts[:, 0], accounts.order_contracts[:, 0]
    held = 0.0
    for contracts in qty:
        held += max(0.0, contracts)
    limit[0, 0] = held + 1e-11
    orders[:] = np.where(np.arange(qty.size) % 2 == 0, -3.0 * qty, qty)
    assert admit_orders(bind(world), 0)
    np.testing.assert_array_equal(orders[1::2], 0.0)
    np.testing.assert_array_equal(orders[::2], -qty[::2])


def test_a_position_with_nothing_but_profit_behind_it_is_liquidated_and_not_bankrupt():
    """Equity 60 of which 55 is profit: 5 < 20 is closed at weight 0, and is not taken over."""
    for weight, closed in ((1.0, False), (0.0, True)):
        scenario = guarded(harsh(ticks=1), Guards(pnl_weight_maintenance=weight))
        world = build_world(scenario, 1, 0, event_rows=10_000)
        accounts = world.state.accounts
        accounts.is_isolated[:] = False
        accounts.has_isolated[:] = False
        first, second = np.flatnonzero(accounts.kind == TRADER)[:2]
        accounts.qty_contracts[:] = 0.0
        accounts.qty_contracts[[first, second], 0] = [16.0, -16.0]
        mark = float(world.state.markets.mark_price[0, 0])
        accounts.entry_price[[first, second], 0] = mark - 55.0 / 16.0
        accounts.cash_usd[[first, second]] = [5.0, 1e6]
        run_world(world, scenario)
        rows = world.state.tape.rows[: int(world.state.tape.logged[0])]
        mine = rows[rows[:, 4] == accounts.account_id[first]]
        assert bool((mine[:, 1] == LIQUIDATION).any()) == closed
        assert not (mine[:, 1] == TAKEOVER).any()


def test_a_forecast_of_nothing_records_features_and_raises_nothing():
    """What training runs use: slope 0 leaves the world as it is."""
    watching = Guards(margin_rule="predictive", slope=0.0)
    usual = simulate(harsh(), 3, 0).outcomes
    assert simulate(guarded(harsh(), watching), 3, 0).outcomes == pytest.approx(usual, nan_ok=True)
    world = build_world(guarded(harsh(), watching), 3, 0)
    run_world(world, harsh())
    assert np.isfinite(world.guard.features).all()
    assert world.guard.bankruptcies[0] > 0.0


def test_a_forecast_sees_the_danger_come():
    """Features are shares where they say so, and the fund's cover falls as losses grow."""
    scenario = guarded(harsh(), Guards(margin_rule="predictive", slope=0.0))
    world = build_world(scenario, 3, 0)
    rows = []
    for _ in range(scenario.ticks):
        run_world(world, replace(scenario, ticks=1))
        rows.append(dict(zip(FEATURES, world.guard.features[0].tolist(), strict=True)))
    for name in ("leverage", "near_accounts", "near_notional", "cover", "depth", "forced"):
        values = [row[name] for row in rows]
        assert 0.0 <= min(values) <= max(values) <= 1.0
        assert max(values) > min(values)


def test_guards_are_levers():
    changed = with_overrides(
        harsh(),
        {
            "venues.0.guards.halt_move": 0.05,
            "venues.0.guards.margin_rule": "predictive",
            "venues.0.guards.forecast": {
                "features": ["cover"],
                "coefficients": [-2.0],
                "intercept": 0.5,
                "horizon_s": 30.0,
            },
        },
    )
    guards = changed.venues[0].guards
    assert guards.halt_move == 0.05
    assert guards.forecast == Forecast(("cover",), (-2.0,), 0.5, 30.0)


def test_calls_read_the_requirements_of_the_next_liquidations():
    """The design raises margins, the rule too; cross and isolated margins are tested alike."""
    guards = Guards(margin_rule="volatility", exponent=0.5, call_below=2.0, call_grace_s=2.0)
    population = replace(harsh().population, isolated_share=0.6)
    scenario = guarded(harsh(design="early_margin", population=population), guards)
    world = build_world(scenario, 3, 0)
    handle, accounts, raised = bind(world), world.state.accounts, 0
    is_isolated, isolated_call = accounts.is_isolated[:, 0], world.guard.called_s[:, 1]
    for phase in PHASES * 12:
        phase(handle)
        if phase is not take_precautions and phase is not guard_venues:
            continue
        factor = float(world.state.rules.margin_factor[0])
        gain = world.state.markets.mark_price[0, 0] - accounts.entry_price[:, 0]
        needed = np.abs(accounts.qty_contracts[:, 0]) * world.state.markets.mark_price[0, 0]
        needed *= factor * 0.0125
        cross = np.where(is_isolated, 0.0, needed)
        np.testing.assert_allclose(accounts.maintenance_usd, cross, rtol=1e-9)
        if phase is guard_venues:
            raised += factor > guards.largest_factor
            own = accounts.margin_usd[:, 0] + accounts.qty_contracts[:, 0] * gain
            equity = np.where(is_isolated, own, accounts.equity_usd)
            is_weak = (equity < 2.0 * needed) & (accounts.kind <= MAKER)
            called_s = np.where(is_isolated, isolated_call, world.guard.called_s[:, 0])
            np.testing.assert_array_equal(np.isfinite(called_s), is_weak)
    assert raised >= 2
