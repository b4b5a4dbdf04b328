"""The crash: worked paths without noise, the stated mean drop, and the facts of 10 October 2025."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from abm.market import RegimeCrash, october_2025
from abm.market.prices.october_2025 import INDEX_FALLS, MOMENTS, VENUE_FALLS

QUIET = {"volatility_calm_per_year": 0.0, "volatility_crash_per_year": 0.0}


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_even_fall_and_recovery_by_hand():
    """100 falls by 20 % over 4 s after 2 calm seconds, then half of it returns, half-life 2 s."""
    crash = RegimeCrash(
        initial_price=(100.0,),
        drop=0.2,
        start_s=2.0,
        duration_s=4.0,
        depth_spread=0.0,
        acceleration=1.0,
        burst_share=0.0,
        recovery=0.5,
        recovery_half_life_s=2.0,
        **QUIET,
    )
    fallen = [100, 100, 100, 95, 90, 85, 80]
    regained = [80 + 10 * (1 - 2**-0.5), 85, 80 + 10 * (1 - 2**-1.5), 87.5]
    assert crash.trough_s == 6.0
    assert_allclose(crash.path(generator(), 10, 1.0)[:, 0], fallen + regained, rtol=1e-14)
    assert_allclose(crash.expected_path(10, 1.0)[:, 0], fallen + regained, rtol=1e-14)


def test_acceleration_puts_the_fall_late():
    crash = RegimeCrash(
        initial_price=(100.0,), drop=0.1, start_s=0.0, duration_s=10.0, acceleration=2.0
    )
    assert_allclose(crash.expected_path(5, 1.0)[-1, 0], 100 * (1 - 0.1 * 0.25))


def test_bursts_are_steps_that_add_up_to_the_drop():
    crash = RegimeCrash(
        drop=0.3, depth_spread=0.0, bursts=6, burst_share=1.0, recovery=0.0, **QUIET
    )
    prices = crash.path(generator(), 3000, 1.0)[:, 0] / crash.initial_price[0]
    falls = -np.diff(prices)
    assert (falls > 0).sum() <= 6
    assert_allclose(prices[: int(crash.start_s) + 1], 1.0)
    assert_allclose(prices[int(crash.trough_s) :], 0.7)


@pytest.mark.parametrize("dt_s", [2.0, 60.0])
def test_mean_path_over_replicates_meets_the_stated_drop(dt_s):
    crash = RegimeCrash(initial_price=(100.0, 10.0), drop=(0.15, 0.4), depth_spread=0.5)
    ticks = int(3600 / dt_s)
    paths = np.stack([crash.path(generator(seed), ticks, dt_s) for seed in range(1200)])
    error = paths.std(0) / np.sqrt(len(paths))
    assert (np.abs(paths.mean(0) - crash.expected_path(ticks, dt_s)) <= 4.5 * error + 1e-9).all()
    trough = paths[:, int(crash.trough_s / dt_s)]
    assert_allclose(1 - trough.mean(0) / crash.initial_price, [0.15, 0.4], atol=0.015)


def test_replicates_differ_in_severity_within_the_spread():
    """Depth is 1 + spread (2B - 1), B ~ Beta(2, 2): standard deviation spread / sqrt(5)."""
    crash = RegimeCrash(initial_price=(1.0,), drop=0.2, depth_spread=0.5, recovery=0.0, **QUIET)
    depth = np.array(
        [(1 - crash.path(generator(seed), 40, 60.0)[-1, 0]) / 0.2 for seed in range(2000)]
    )
    assert depth.min() > 0.5
    assert depth.max() < 1.5
    assert_allclose(depth.mean(), 1.0, atol=0.02)
    assert_allclose(depth.std(), 0.5 / np.sqrt(5), rtol=0.05)


def test_a_longer_run_of_a_replicate_is_the_same_crash():
    crash = october_2025("BTC", "ETH")
    short, long = (crash.path(generator(3), ticks, 1.0) for ticks in (900, 3000))
    assert_array_equal(short, long[:901])


def test_noise_has_the_volatility_of_its_regime():
    crash = RegimeCrash(
        drop=0.0,
        start_s=20_000.0,
        duration_s=20_000.0,
        volatility_calm_per_year=0.5,
        volatility_crash_per_year=4.0,
        recovery_half_life_s=10.0,
    )
    r = np.diff(np.log(crash.path(generator(), 60_000, 1.0)[:, 0])) * np.sqrt(365 * 86_400)
    measured = [r[a : a + 19_000].std() for a in (0, 20_500, 41_000)]
    assert_allclose(measured, [0.5, 4.0, 0.5], rtol=0.03)


def test_a_negative_drop_is_a_rally():
    crash = RegimeCrash(initial_price=(10.0,), drop=-0.3, depth_spread=0.0, recovery=0.0, **QUIET)
    assert_allclose(crash.path(generator(), 60, 60.0)[-1], 13.0)


def test_the_clock_of_10_october():
    """First ADL 61.7 s after the first liquidation; ADL lasted 10.88 minutes; trough in between."""
    after = {name: moment.after_s for name, moment in MOMENTS.items()}
    assert_allclose(after["first_adl"] - after["first_liquidation"], 61.70, atol=0.01)
    assert_allclose((after["last_adl"] - after["first_adl"]) / 60, 10.88, atol=0.005)
    assert after["first_adl"] < after["trough"] < after["last_adl"]
    assert all(moment.source.as_of for moment in MOMENTS.values())


def test_the_falls_of_10_october():
    drops = {name: round(fall.drop, 3) for name, fall in INDEX_FALLS.items()}
    assert drops == {"BTC": 0.117, "ETH": 0.156, "SOL": 0.246, "XRP": 0.430}
    assert all(0.5 < fall.recovery < 0.9 for fall in INDEX_FALLS.values())
    assert all(source.as_of for fall in INDEX_FALLS.values() for source in fall.sources)
    assert all(drop > INDEX_FALLS[name].drop for name, (drop, _) in VENUE_FALLS.items())


def test_default_is_btc_on_10_october():
    """Binance BTC: worst minute -5.00 %; 112,000 at 21:15 to 103,441 at 21:20 is -7.6 %."""
    crash = RegimeCrash()
    assert_allclose(crash.drop, INDEX_FALLS["BTC"].drop, atol=0.0005)
    first, last = int(crash.start_s) // 60, int(crash.trough_s) // 60
    minutes = np.stack(
        [np.log(crash.path(generator(seed), 2400, 1.0)[::60, 0]) for seed in range(400)]
    )
    worst = np.expm1(np.median(np.diff(minutes[:, first : last + 1]).min(axis=1)))
    assert_allclose(worst, -0.05, atol=0.006)
    last_five = np.expm1(np.median(minutes[:, last] - minutes[:, last - 5]))
    assert_allclose(last_five, 103_441 / 112_000 - 1, atol=0.01)
