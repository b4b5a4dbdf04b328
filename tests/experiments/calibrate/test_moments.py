"""Every moment against a plain loop over the fills, and what is unknown."""

import itertools
import math

import numpy as np
import pytest

from abm.engine.presets import CRASH
from experiments.calibrate.moments import HILL_SHARE, MOMENTS, RECORD_ACCOUNTS, moments_of
from experiments.calibrate.observe import Observation, Window, backstop_shares, clipped
from tests.experiments.calibrate.toy_runs import toy_run

WINDOW = Window(1600.0, 2300.0)
NAMES = [moment.name for moment in MOMENTS]


def quantile(values: list[float], level: float) -> float:
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def by_loops(seen: Observation, window: Window) -> dict[str, float]:
    """The moments as their definitions read, one after another, of fills in the window."""
    inside = [f for f, t in enumerate(seen.time_s.tolist()) if window[0] < t <= window[1]]
    fills: dict[int, list[int]] = {}
    for f in inside:
        fills.setdefault(int(seen.account[f]), []).append(f)
    fills = dict(sorted(fills.items()))
    notional = [sum(float(seen.notional_usd[f]) for f in fs) for fs in fills.values()]
    leverage = [sum(float(seen.leverage[f]) for f in fs) / len(fs) for fs in fills.values()]
    profit = [sum(float(seen.profit[f]) for f in fs) / len(fs) for fs in fills.values()]
    n, total = len(notional), sum(notional)
    largest = sorted(notional, reverse=True)
    k = round(n * HILL_SHARE)
    part = n * 100 / RECORD_ACCOUNTS
    whole = math.floor(part)
    times = sorted(float(seen.time_s[f]) for f in inside)
    sizes = [1]
    for before, after in itertools.pairwise(times):
        if after - before <= 5.0:
            sizes[-1] += 1
        else:
            sizes.append(1)
    liquidated, first, opening, lowest = 0.0, math.inf, math.nan, math.inf
    for tick in range(len(seen.liquidated_usd) + 1):
        clock_s, mark = tick * seen.dt_s, float(seen.mark_price[tick, 0])
        if clock_s == window.begin_s:
            opening = mark
        if window.begin_s <= clock_s <= window.end_s:
            lowest = min(lowest, mark)
        if window.begin_s < clock_s <= window.end_s:
            forced = float(seen.liquidated_usd[tick - 1])
            liquidated += forced
            if forced > 0.0:
                first = min(first, clock_s)
    weight = [float(seen.notional_usd[f]) for f in inside]
    return {
        "event": 1.0,
        **{f"leverage_p{p}": quantile(leverage, p / 100) for p in (25, 50, 75, 90)},
        "gini": sum(abs(a - b) for a in notional for b in notional) / (2 * n * total),
        "hill": k / sum(math.log(largest[i] / largest[k]) for i in range(k)),
        "top_1": largest[0] / total,
        "top_10": sum(largest[:10]) / total,
        "top_100": (sum(largest[:whole]) + (part - whole) * largest[whole]) / total,
        "adl_to_liquidation": total / liquidated,
        "first_adl_delay_s": times[0] - first,
        "duration_s": times[-1] - times[0] + seen.dt_s,
        "half_s": times[math.ceil(0.5 * len(times)) - 1] - times[0],
        "ninety_s": times[math.ceil(0.9 * len(times)) - 1] - times[0],
        "biggest_cluster": max(sizes) / len(times),
        "clusters": len(sizes),
        "backstop_share": sum(
            float(seen.backstop[f]) * x for f, x in zip(inside, weight, strict=True)
        )
        / sum(weight),
        "profitable_share": sum(float(seen.profit[f]) > 0.0 for f in inside) / len(times),
        "profit_p50": quantile(profit, 0.5),
        "venue_fall": 1.0 - lowest / opening,
    }


@pytest.mark.parametrize("replicate", range(6))
def test_moments_are_what_their_definitions_say(replicate: int) -> None:
    seen = toy_run(CRASH, 3, replicate, fills=80 + 50 * replicate)
    expected = by_loops(seen, WINDOW)
    assert seen.time_s.min() < WINDOW.begin_s  # the window does cut
    if round(np.unique(clipped(seen, WINDOW).account).size * HILL_SHARE) < 5:
        expected["hill"] = math.nan
    assert [*expected] == NAMES
    np.testing.assert_allclose(moments_of(seen, WINDOW), [*expected.values()], rtol=1e-12)


def test_a_run_without_enough_accounts_knows_only_that_and_its_fall() -> None:
    found = dict(zip(NAMES, moments_of(toy_run(CRASH, 3, 0, fills=12), WINDOW), strict=True))
    assert found["event"] == 0.0
    assert 0.0 < found["venue_fall"] < 0.12
    assert all(math.isnan(found[name]) for name in NAMES if name not in ("event", "venue_fall"))


def test_scales_lead_there_and_back() -> None:
    for moment in MOMENTS:
        assert moment.unscaled(moment.scaled(0.37)) == pytest.approx(0.37)
    log = next(moment for moment in MOMENTS if moment.scale == "log")
    assert math.isnan(log.scaled(0.0))


def test_adl_outside_the_window_is_no_event() -> None:
    seen = toy_run(CRASH, 3, 1, fills=300)
    assert seen.time_s.max() < 2000.0
    found = dict(zip(NAMES, moments_of(seen, Window(2000.0, 2300.0)), strict=True))
    assert found["event"] == 0.0
    assert all(math.isnan(found[name]) for name in NAMES if name not in ("event", "venue_fall"))


def test_the_whole_run_is_a_window_too() -> None:
    seen = toy_run(CRASH, 3, 2)
    cut = clipped(seen, Window(0.0, CRASH.ticks * CRASH.dt_s))
    assert cut.begin_s == 0.0
    for name in ("time_s", "account", "liquidated_usd", "mark_price", "backstop"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(seen, name))


TAKEOVER, BACKSTOP, FILL = 2, 3, 4
VAULT = 90


def logged(kind: int, account: int, contracts: float, instrument: int = 1) -> list[float]:
    return [5, kind, 0, instrument, account, contracts, 99.0, 0.0]


def shares(*rows: list[float]) -> list[float]:
    return backstop_shares(np.array(rows), np.array([VAULT])).tolist()


def test_the_vaults_part_is_by_contracts_in_the_same_book_and_side() -> None:
    assert shares(
        logged(TAKEOVER, VAULT, -6.0),  # the vault, long
        logged(TAKEOVER, 7, -2.0),
        logged(TAKEOVER, VAULT, -50.0, instrument=0),
        logged(TAKEOVER, 8, 1.0),  # a bankrupt short
        logged(FILL, 3, 2.0),
        logged(FILL, 4, -2.0),
    ) == [0.75, 0.0]


def test_a_vault_that_sheds_and_bankrupts_of_the_same_tick_are_told_apart() -> None:
    bankrupt = [logged(TAKEOVER, 7, -2.0), logged(BACKSTOP, VAULT, 1.0), logged(FILL, 4, 1.0)]
    shed, back = logged(TAKEOVER, VAULT, -6.0), logged(BACKSTOP, VAULT, 3.0)
    assert shares(shed, logged(FILL, 3, 3.0), back, *bankrupt) == [1.0, 0.0]
    assert shares(shed, logged(FILL, 3, 6.0), *bankrupt) == [1.0, 0.0]
    assert shares(shed, logged(BACKSTOP, VAULT, 6.0), *bankrupt) == [0.0]  # nobody took any
