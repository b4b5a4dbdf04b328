"""abm.engine.run: the same bits from every path, and users' own designs."""

from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.run import ScoreError, run_batch, run_world, simulate, warm_up
from abm.engine.tick import PHASES, run_ticks, tick
from abm.engine.world import World
from abm.market.ledger import LIQUIDATED_USD
from abm.record import bind
from tests.abm.engine import user_designs
from tests.abm.engine.worlds import harsh, wide


def bits(world: World) -> bytes:
    """Everything that a tick may write, as bytes."""
    state = world.state
    columns = (*state.accounts, *state.markets, *state.venues, *state.ledger, *world.traders)
    return b"".join(column.tobytes() for column in (*columns, world.board.snapshots))


@pytest.mark.parametrize("scenario", [harsh(), wide()], ids=["one book", "many books"])
def test_tick_by_tick_phase_by_phase_and_whole_runs_agree(scenario):
    whole, ticks, phases = (build_world(scenario, 4, 0) for _ in range(3))
    run_ticks(bind(whole), scenario.ticks)
    handle = bind(ticks)
    for _ in range(scenario.ticks):
        tick(handle)
    handle = bind(phases)
    for _ in range(scenario.ticks):
        for phase in PHASES:
            phase(handle)
    assert bits(whole) == bits(ticks) == bits(phases)
    assert whole.state.ledger.totals[LIQUIDATED_USD] > 0.0


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_batches_and_threads_agree_with_single_runs(threads):
    scenario = harsh()
    single = [build_world(scenario, 4, r) for r in range(5)]
    for world in single:
        run_world(world, scenario)
    batch = [build_world(scenario, 4, r) for r in range(5)]
    run_batch(batch, scenario.ticks, threads)
    assert [bits(world) for world in batch] == [bits(world) for world in single]


def test_designs_meet_the_same_shocks():
    """Same replicate, another design: same index path, same population, same draws."""
    one, other = (build_world(harsh(design=d), 4, 7) for d in ("binance", "drift"))
    assert np.array_equal(one.state.markets.index_path, other.state.markets.index_path)
    assert np.array_equal(one.state.accounts.cash_usd, other.state.accounts.cash_usd)
    assert np.array_equal(one.keys, other.keys)
    another = build_world(harsh(), 4, 8)
    assert not np.array_equal(one.keys, another.keys)


def test_nobody_reacts_to_what_is_not_published():
    """With nothing published, switching reactions on changes nothing at all."""
    on, off = (simulate(harsh(disclosure="none", reacting=r), 4, 0).outcomes for r in (True, False))
    np.testing.assert_equal(on, off)
    shown = simulate(harsh(disclosure="rank"), 4, 0).outcomes
    hidden = simulate(harsh(disclosure="rank", reacting=False), 4, 0).outcomes
    assert shown["reaction_volume_usd"] > 0.0
    assert hidden["reaction_volume_usd"] == 0.0


@pytest.mark.parametrize("name", ["compiled_binance", "python_binance", "odd_binance"])
def test_a_users_design_gives_the_same_as_the_shipped_one(name):
    """Binance's score written by a user: compiled where numba can, else step by step, same bits."""
    shipped = simulate(harsh(design="binance"), 4, 0)
    users = simulate(harsh(design=f"tests.abm.engine.user_designs:{name}"), 4, 0)
    np.testing.assert_equal(users.outcomes, shipped.outcomes)
    assert users.outcomes["adl_accounts"] > 0.0
    in_python = name != "compiled_binance" and not numba.config.DISABLE_JIT
    assert bool(users.notes) == in_python  # uncompiled, everything runs in Python and none says so


def test_a_score_that_is_not_a_number_is_an_error():
    with pytest.raises(ScoreError, match="not a number"):
        simulate(harsh(design="tests.abm.engine.user_designs:unknown_score"), 4, 0)
    assert user_designs.unknown_score.id == "unknown_score"


def test_the_event_log_grows_and_changes_nothing(monkeypatch):
    monkeypatch.setattr("abm.engine.run.EVENT_ROWS", 10)
    logged = simulate(harsh(), 4, 0, events=True)
    silent = simulate(harsh(), 4, 0)
    np.testing.assert_equal(logged.outcomes, silent.outcomes)
    assert logged.events["tick"].size > 10
    assert (np.diff(logged.events["tick"]) >= 0).all()
    assert silent.events is None


def test_the_series_is_recorded_at_its_interval():
    record = simulate(harsh(ticks=50), 4, 0, series_every_s=10.0)
    assert record.series["time_s"].tolist() == [10.0 * i for i in range(11)]
    assert (np.diff(record.series["liquidated_usd"]) >= 0.0).all()
    assert record.series["adl_usd"][-1] == record.outcomes["adl_notional_usd"]
    assert simulate(harsh(ticks=5), 4, 0).series == {}


def test_disclosure_delay_and_refresh():
    """With delay d and refresh r a trader sees a snapshot between d and d + r seconds old."""
    fresh = harsh(disclosure_refresh_s=0.0, disclosure_delay_s=0.0)
    late = harsh(disclosure_refresh_s=6.0, disclosure_delay_s=8.0, reacting=False)
    fresh = replace(fresh, reacting=False)
    seen = []
    world = build_world(fresh, 4, 0)
    handle = bind(world)
    for _ in range(30):
        tick(handle)
        seen.append(world.state.accounts.visible.copy())
    world = build_world(late, 4, 0)
    handle = bind(world)
    for now in range(1, 31):
        tick(handle)
        age_ok = [
            t
            for t in range(1, now + 1)
            if 8.0 <= 2.0 * (now - t) < 8.0 + 6.0 and (2 * t) // 6 != (2 * t - 2) // 6
        ]
        if age_ok:
            assert np.array_equal(
                world.state.accounts.visible, seen[max(age_ok) - 1], equal_nan=True
            )
        else:
            assert np.isnan(world.state.accounts.visible).all()


def test_warm_up_leaves_no_trace():
    warm_up(harsh())
    warm_up(harsh(design="tests.abm.engine.user_designs:compiled_binance"))


def test_a_million_traders_fit(tmp_path: Path):
    """Memory per trader, extrapolated: one account, one instrument, under 1 GiB for a million."""
    from abm.engine.presets import PRESETS

    world = build_world(replace(PRESETS["benchmark"], traders=20_000), 1, 0)
    total = 0
    pending = [world]
    while pending:
        for value in pending.pop():
            if isinstance(value, np.ndarray):
                total += value.nbytes
            else:
                pending.append(value)
    assert total / 20_000 * 1e6 < 2**30
