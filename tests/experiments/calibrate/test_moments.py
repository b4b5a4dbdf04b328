"""Every moment against a plain loop over the fills, and what is unknown."""

import itertools
import math

import numpy as np
import pytest

from abm.engine.presets import CRASH
from experiments.calibrate.moments import HILL_SHARE, MOMENTS, RECORD_ACCOUNTS, Window, moments_of
from experiments.calibrate.observe import Observation, backstop_shares
from tests.experiments.calibrate.toy_runs import toy_run

WINDOW = Window(1600.0, 2300.0)
NAMES = [moment.name for moment in MOMENTS]


def accounts_of(seen: Observation) -> dict[int, list[int]]:
    fills: dict[int, list[int]] = {}
    for f, account in enumerate(seen.account.tolist()):
        fills.setdefault(account, []).append(f)
    return dict(sorted(fills.items()))


def quantile(values: list[float], level: float) -> float:
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def by_loops(seen: Observation, window: Window) -> dict[str, float]:
    """The moments as their definitions read, one after another."""
    fills = accounts_of(seen)
    notional = [sum(float(seen.notional_usd[f]) for f in fs) for fs in fills.values()]
    leverage = [sum(float(seen.leverage[f]) for f in fs) / len(fs) for fs in fills.values()]
    profit = [sum(float(seen.profit[f]) for f in fs) / len(fs) for fs in fills.values()]
    n, total = len(notional), sum(notional)
    largest = sorted(notional, reverse=True)
    k = round(n * HILL_SHARE)
    part = n * 100 / RECORD_ACCOUNTS
    whole = math.floor(part)
    times = sorted(float(t) for t in seen.time_s)
    sizes = [1]
    for before, after in itertools.pairwise(times):
        if after - before < 5.0:
            sizes[-1] += 1
        else:
            sizes.append(1)
    forced_times = [seen.dt_s * (i + 1) for i in range(len(seen.liquidated_usd))]
    inside = [i for i, t in enumerate(forced_times) if window.begin_s <= t <= window.end_s]
    liquidated = sum(float(seen.liquidated_usd[i]) for i in inside)
    first = min(forced_times[i] for i in inside if seen.liquidated_usd[i] > 0.0)
    deleveraged = sum(
        float(x)
        for x, t in zip(seen.notional_usd, seen.time_s, strict=True)
        if window.begin_s <= t <= window.end_s
    )
    return {
        "event": 1.0,
        **{f"leverage_p{p}": quantile(leverage, p / 100) for p in (25, 50, 75, 90)},
        "gini": sum(abs(a - b) for a in notional for b in notional) / (2 * n * total),
        "hill": k / sum(math.log(largest[i] / largest[k]) for i in range(k)),
        "top_1": largest[0] / total,
        "top_10": sum(largest[:10]) / total,
        "top_100": (sum(largest[:whole]) + (part - whole) * largest[whole]) / total,
        "adl_to_liquidation": deleveraged / liquidated,
        "first_adl_delay_s": times[0] - first,
        "duration_s": times[-1] - times[0] + seen.dt_s,
        "half_s": times[math.ceil(0.5 * len(times)) - 1] - times[0],
        "ninety_s": times[math.ceil(0.9 * len(times)) - 1] - times[0],
        "biggest_cluster": max(sizes) / len(times),
        "clusters": len(sizes),
        "backstop_share": sum(
            float(b) * float(x) for b, x in zip(seen.backstop, seen.notional_usd, strict=True)
        )
        / sum(float(x) for x in seen.notional_usd),
        "profitable_share": sum(p > 0.0 for p in seen.profit.tolist()) / len(times),
        "profit_p50": quantile(profit, 0.5),
        "venue_fall": 1.0 - 0.88,
    }


@pytest.mark.parametrize("replicate", range(6))
def test_moments_are_what_their_definitions_say(replicate: int) -> None:
    seen = toy_run(CRASH, 3, replicate, fills=60 + 40 * replicate)
    expected = by_loops(seen, WINDOW)
    if round(len(accounts_of(seen)) * HILL_SHARE) < 5:
        expected["hill"] = math.nan
    assert [*expected] == NAMES
    np.testing.assert_allclose(moments_of(seen, WINDOW), [*expected.values()], rtol=1e-12)


def test_a_run_without_enough_accounts_knows_only_that_and_its_fall() -> None:
    found = dict(zip(NAMES, moments_of(toy_run(CRASH, 3, 0, fills=12), WINDOW), strict=True))
    assert found["event"] == 0.0
    assert found["venue_fall"] == pytest.approx(0.12)
    assert all(math.isnan(found[name]) for name in NAMES if name not in ("event", "venue_fall"))


def test_scales_lead_there_and_back() -> None:
    for moment in MOMENTS:
        assert moment.unscaled(moment.scaled(0.37)) == pytest.approx(0.37)
    log = next(moment for moment in MOMENTS if moment.scale == "log")
    assert math.isnan(log.scaled(0.0))


def test_the_vaults_part_is_by_contracts_in_the_same_book_and_side() -> None:
    #            tick kind venue k  account contracts price amount
    fill_short = [5, 4, 0, 1, 3, 2.0, 100.0, 0.0]  # the bankrupt side is long
    fill_long = [5, 4, 0, 1, 4, -2.0, 100.0, 0.0]
    taken = np.array(
        [
            [5, 2, 0, 1, 90, -6.0, 99.0, 0.0],  # the vault, long
            [5, 2, 0, 1, 7, -2.0, 98.0, 0.0],
            [5, 2, 0, 0, 90, -50.0, 98.0, 0.0],  # another instrument
            [5, 2, 0, 1, 8, 1.0, 98.0, 0.0],  # a bankrupt short
        ]
    )
    shares = backstop_shares(np.array([fill_short, fill_long]), taken, np.array([90]))
    assert shares.tolist() == [0.75, 0.0]
