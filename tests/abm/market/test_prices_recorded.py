"""Recorded prices: the path inside a bar by hand, windows, caching, the bootstrap, real data."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from abm.market import Garch, GeometricBrownian, MertonJumps, Recorded, RegimeCrash
from abm.market.prices import klines
from abm.units import Floats

START = 1_667_692_800  # 2022-11-06T00:00:00Z
BARS = [  # open, high, low, close: rising, falling, falling, rising
    (100.0, 106.0, 97.0, 103.0),
    (103.5, 104.0, 90.0, 91.0),
    (91.0, 92.0, 80.0, 85.0),
    (85.0, 99.0, 84.0, 98.0),
]


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def write(file: Path, bars: list[tuple[float, ...]] = BARS, unit: int = 1, gap: int = 60) -> str:
    columns = dict(zip(("open", "high", "low", "close"), np.array(bars).T, strict=True))
    stamps = (START + gap * np.arange(len(bars))) * unit
    table = pa.table({"open_time": stamps, **columns})
    if file.suffix == ".parquet":
        pyarrow.parquet.write_table(table, file)
    else:
        pyarrow.csv.write_csv(table, file)
    return str(file)


def replay(file: str, ticks: int, dt_s: float, **options: object) -> Floats:
    return Recorded(files=(file,), **{"start": "first"} | options).path(generator(), ticks, dt_s)[
        :, 0
    ]


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_path_inside_a_bar(tmp_path, name):
    """A rising bar goes open-low-high-close, a falling one high-low-close, each third of a bar."""
    file = write(tmp_path / name)
    corners = [100, 97, 106, 103, 104, 90, 91, 92, 80, 85, 84, 99, 98]
    assert_allclose(replay(file, 12, 20.0), corners, rtol=1e-14)
    assert_allclose(replay(file, 2, 10.0), [100, 98.5, 97], rtol=1e-14)


def test_hold_keeps_the_last_close(tmp_path):
    file = write(tmp_path / "bars.csv")
    held = [100, 100, 103, 103, 91, 91, 85, 85, 98]
    assert_array_equal(replay(file, 8, 30.0, within_bar="hold"), held)


@pytest.mark.parametrize("within_bar", ["open_high_low_close", "hold"])
def test_every_close_is_met_at_its_minute(tmp_path, within_bar):
    file = write(tmp_path / "bars.parquet")
    path = replay(file, 4, 60.0, within_bar=within_bar)
    assert_array_equal(path, [100, 103, 91, 85, 98])


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_whole_numbers_of_any_unit_are_times(tmp_path, unit):
    """Seconds, milliseconds, microseconds, nanoseconds since 1970."""
    file = write(tmp_path / "bars.csv", unit=unit)
    assert_array_equal(replay(file, 1, 60.0, start="2022-11-06T00:02:00"), [91, 85])


def test_iso_times_and_named_columns(tmp_path):
    file = tmp_path / "bars.csv"
    rows = [f"2022-11-06 00:0{i}:00,{o},{h},{lo},{c}" for i, (o, h, lo, c) in enumerate(BARS)]
    file.write_text("\n".join(["when,o,h,l,c", *rows]) + "\n")
    options = {"time_column": "when", "price_columns": ("o", "h", "l", "c")}
    path = replay(str(file), 2, 60.0, start="2022-11-06T01:01:00+01:00", **options)
    assert_array_equal(path, [103, 91, 85])


def test_a_missing_bar_is_bridged_in_a_straight_line(tmp_path):
    file = tmp_path / "bars.csv"
    lines = ["open_time,open,high,low,close", f"{START},10,10,10,10", f"{START + 60},10,10,10,10"]
    lines += [f"{START + 240},40,40,40,40"]
    file.write_text("\n".join(lines) + "\n")
    assert_allclose(
        replay(str(file), 4, 60.0), [10, 10, 10, 10 + 30 * 60 / 140, 10 + 30 * 120 / 140]
    )


def test_worst_fall_is_found_and_led_in(tmp_path):
    """Closes 103, 91, 85, 98: the worst minute is 103 -> 91, the worst two 103 -> 85."""
    file = write(tmp_path / "bars.csv")
    worst = {"start": "worst_fall"}
    assert_array_equal(replay(file, 1, 60.0, worst_fall_s=60.0, **worst), [103, 91])
    assert_array_equal(replay(file, 1, 120.0, worst_fall_s=120.0, **worst), [103, 85])
    assert_array_equal(
        replay(file, 2, 60.0, worst_fall_s=60.0, lead_s=60.0, **worst), [100, 103, 91]
    )


def test_several_files_are_several_instruments(tmp_path):
    doubled = [tuple(2 * price for price in bar) for bar in BARS]
    files = (write(tmp_path / "a.csv"), write(tmp_path / "b.parquet", doubled))
    process = Recorded(files=files, start="first")
    prices = process.path(generator(), 12, 20.0)
    assert process.instruments == 2
    assert_allclose(prices[:, 1], 2 * prices[:, 0])


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path, monkeypatch):
    file, reads, read = tmp_path / "bars.csv", [], klines._read_columns
    monkeypatch.setattr(klines, "_read_columns", lambda *a: reads.append(a) or read(*a))
    write(file)
    for _ in range(3):
        assert replay(str(file), 1, 60.0)[-1] == 103
    assert len(reads) == 1
    write(file, [(100.0, 107.0, 97.0, 103.25), *BARS[1:]])
    assert replay(str(file), 1, 60.0)[-1] == 103.25
    assert len(reads) == 2


def test_a_relative_file_is_found_in_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "btc").mkdir()
    write(tmp_path / "btc" / "bars.csv")
    monkeypatch.setenv("ADLAB_DATA", str(tmp_path))
    assert_array_equal(replay("btc/bars.csv", 1, 60.0), [100, 103])


def test_bootstrap_reorders_blocks_of_the_record(tmp_path):
    rng = np.random.default_rng(0)
    closes = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(60)))
    bars = [(c, 1.001 * c, 0.999 * c, c) for c in closes]
    doubled = [tuple(2 * price for price in bar) for bar in bars]
    files = (write(tmp_path / "a.csv", bars), write(tmp_path / "b.csv", doubled))
    process = Recorded(files=files, start="first", within_bar="hold", bootstrap_block_s=300.0)
    drawn = process.path(generator(1), 59, 60.0)
    assert_array_equal(drawn, process.path(generator(1), 59, 60.0))
    assert (drawn[1:] != process.path(generator(2), 59, 60.0)[1:]).any()
    assert_allclose(drawn[:, 1], 2 * drawn[:, 0])  # instruments keep their moves together
    record = np.diff(np.log(replay(files[0], 59, 60.0, within_bar="hold")))
    returns = np.diff(np.log(drawn[:, 0]))
    source = np.abs(returns[:, None] - record).argmin(axis=1)
    assert_allclose(returns, record[source], atol=1e-12)
    inside = np.arange(58) % 5 != 4  # steps that stay inside a block of five ticks
    assert_array_equal((np.diff(source) % 59)[inside], 1)


@pytest.fixture
def ftx(data_dir) -> str:
    return str(data_dir / "btc_1min" / "btc_ftx_2022.parquet")


@pytest.mark.parametrize("within_bar", ["open_high_low_close", "hold"])
def test_real_closes_are_met_at_every_minute(ftx, within_bar):
    closes = pyarrow.parquet.read_table(ftx).column("close").to_numpy()
    path = replay(ftx, closes.size * 12, 5.0, within_bar=within_bar)
    assert_array_equal(path[12::12], closes)


def test_real_lows_and_highs_are_met(ftx):
    table = pyarrow.parquet.read_table(ftx)
    path = replay(ftx, table.num_rows * 3, 20.0)[1:].reshape(-1, 3)
    assert_allclose(path.min(axis=1), table.column("low").to_numpy())
    assert_allclose(path.max(axis=1), table.column("high").to_numpy())


def test_real_worst_half_hour(ftx):
    """The worst thirty minutes of BTC around the failure of FTX: -7.76 %."""
    path = replay(ftx, 1800, 1.0, start="worst_fall", worst_fall_s=1800.0)
    assert_allclose(path[-1] / path[0] - 1, -0.0776, atol=5e-5)


@pytest.mark.parametrize(
    "name", ["busd_2023", "celsius_3ac_2022", "terra_luna_2022", "usdc_svb_2023"]
)
def test_every_real_file_is_readable(data_dir, name):
    path = replay(str(data_dir / "btc_1min" / f"btc_{name}.parquet"), 600, 1.0)
    assert np.isfinite(path).all()


def minute_returns(data_dir: Path, name: str) -> Floats:
    table = pyarrow.parquet.read_table(data_dir / "btc_1min" / f"btc_{name}.parquet")
    return np.diff(np.log(table.column("close").to_numpy()))


def daily_volatility(returns: Floats) -> float:
    days = returns[: returns.size // 1440 * 1440].reshape(-1, 1440)
    return float(np.median(np.sqrt((days**2).sum(axis=1) * 365)))


def test_default_volatilities_are_the_measured_ones(data_dir):
    terra = minute_returns(data_dir, "terra_luna_2022")
    calm = daily_volatility(minute_returns(data_dir, "busd_2023"))
    assert_allclose(GeometricBrownian().volatility_per_year, daily_volatility(terra), atol=0.005)
    assert_allclose(RegimeCrash().volatility_calm_per_year, calm, atol=0.005)
    halves = np.lib.stride_tricks.sliding_window_view(terra, 30)
    worst = halves[halves.sum(axis=1).argmin()]
    assert_allclose(
        RegimeCrash().volatility_crash_per_year, worst.std() * np.sqrt(525_600), atol=0.005
    )


def test_default_jumps_are_the_measured_ones(data_dir):
    r = minute_returns(data_dir, "terra_luna_2022")
    jump = np.abs(r) > 8 * 1.4826 * np.median(np.abs(r))
    default = MertonJumps()
    assert_allclose(default.jumps_per_year, jump.sum() / r.size * 525_600, rtol=0.005)
    assert_allclose(default.jump_mean, r[jump].mean(), atol=5e-5)
    assert_allclose(default.jump_deviation, r[jump].std(), atol=5e-5)
    rest = np.sqrt((r[~jump] ** 2).mean() * 525_600)
    assert_allclose(default.volatility_per_year, rest, atol=0.005)


def test_default_garch_has_the_measured_variance(data_dir):
    default = Garch()
    variance = default.omega / (1 - default.alpha - default.beta)
    assert_allclose(variance, minute_returns(data_dir, "busd_2023").var(), rtol=0.02)
