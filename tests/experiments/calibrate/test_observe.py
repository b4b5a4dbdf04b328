"""A watched run is the run itself, and what it says of a fill follows from the opening."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.presets import CRASH
from abm.engine.run import simulate
from abm.market.tape import ADL_FILL, KIND_NAMES
from experiments.calibrate.observe import observe

SMALL = replace(
    CRASH,
    traders=150,
    ticks=150,
    dt_s=10.0,
    design="hyperliquid",
    disclosure="none",
    reacting=False,
    price=replace(CRASH.price, start_s=60.0, duration_s=1200.0, drop=0.25, depth_spread=0.0),
)


def test_a_watched_run_has_the_fills_and_sums_of_the_run() -> None:
    run, seen = simulate(SMALL, 5, 1, events=True), observe(SMALL, 5, 1)
    events = run.events or {}
    adl = events["kind"] == ADL_FILL
    assert KIND_NAMES[ADL_FILL] == "adl_fill"
    assert adl.sum() > 20
    np.testing.assert_array_equal(seen.account, events["account_id"][adl])
    np.testing.assert_array_equal(seen.time_s, events["tick"][adl] * SMALL.dt_s)
    notional = np.abs(events["contracts"][adl]) * events["price"][adl]
    np.testing.assert_array_equal(seen.notional_usd, notional)
    total = run.outcomes["liquidated_notional_usd"]
    assert seen.liquidated_usd.sum() == pytest.approx(total, rel=1e-12)
    lowest = seen.mark_price[:, 0].min() / seen.mark_price[0, 0]
    assert lowest == pytest.approx(run.outcomes["min_price_ratio"])


def test_adl_of_a_vault_that_sheds_is_seen_in_ticks_without_liquidations() -> None:
    venue = replace(SMALL.venues[0], backstop_leverage=20.0, backstop_sheds_above=1.0)
    scenario = replace(SMALL, venues=(venue,))
    run, seen = simulate(scenario, 5, 1, events=True), observe(scenario, 5, 1)
    events = run.events or {}
    adl = events["kind"] == ADL_FILL
    tick = np.rint(seen.time_s / scenario.dt_s).astype(np.int64)
    alone = seen.liquidated_usd[tick - 1] == 0.0
    assert alone.sum() > 5
    assert (seen.backstop[alone] == 1.0).all()
    np.testing.assert_array_equal(seen.account, events["account_id"][adl])
    np.testing.assert_array_equal(tick, events["tick"][adl])
    notional = np.abs(events["contracts"][adl]) * events["price"][adl]
    np.testing.assert_array_equal(seen.notional_usd, notional)


def test_the_first_fill_of_who_never_traded_follows_from_the_opening() -> None:
    run, seen = simulate(SMALL, 5, 1, events=True), observe(SMALL, 5, 1)
    events = run.events or {}
    accounts = build_world(SMALL, 5, 1).state.accounts
    trading = np.isin(events["kind"], [KIND_NAMES.index(n) for n in ("fill", "liquidation")])
    checked, closed = 0, set()
    price = np.abs(events["price"][events["kind"] == ADL_FILL])
    for f, account in enumerate(seen.account.tolist()):
        if account in closed or account in events["account_id"][trading]:
            continue
        closed.add(account)
        row = int(np.flatnonzero(accounts.account_id == account)[0])
        qty, entry = accounts.qty_contracts[row, 0], accounts.entry_price[row, 0]
        cash = accounts.cash_usd[row] + accounts.margin_usd[row, 0]
        assert qty < 0.0
        assert seen.profit[f] == pytest.approx(entry / price[f] - 1.0)
        if cash > 0.0:  # funding is the only other thing that moved cash
            assert seen.leverage[f] == pytest.approx(-qty * price[f] / cash, rel=0.05)
        checked += 1
    assert checked > 10


def test_designs_that_take_cash_are_refused() -> None:
    with pytest.raises(ValueError, match="takes cash"):
        observe(replace(SMALL, design="wealth_pro_rata"), 5, 1)
