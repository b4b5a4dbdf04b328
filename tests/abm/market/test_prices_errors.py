"""Every way to get a price process wrong ends in one sentence that says what to do."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from abm.market import Garch, GeometricBrownian, MertonJumps, Recorded, RegimeCrash, october_2025

NAN = float("nan")
TWO, THREE = {"initial_price": (1.0, 1.0)}, {"initial_price": (1.0, 1.0, 1.0)}

PARAMETERS = [
    (GeometricBrownian, {"initial_price": ()}, r"one price per instrument.*write \(100.0,\)"),
    (GeometricBrownian, {"initial_price": 100.0}, "one price per instrument"),
    (GeometricBrownian, {"initial_price": (1.0, 0.0)}, r"initial_price is 0; set it .* above 0"),
    (GeometricBrownian, {"initial_price": (NAN,)}, "initial_price must be finite"),
    (GeometricBrownian, {"initial_price": ("a",)}, "must hold numbers only"),
    (GeometricBrownian, {"drift_per_year": (1.0, 2.0)}, "2 numbers for 1 instruments; give one"),
    (GeometricBrownian, {"volatility_per_year": -0.5}, r"volatility_per_year is -0.5; set it to 0"),
    (GeometricBrownian, {"volatility_per_year": NAN}, "volatility_per_year must be finite"),
    (
        GeometricBrownian,
        THREE | {"correlation": -0.6},
        r"correlation = -0.6 is not positive definite",
    ),
    (GeometricBrownian, TWO | {"correlation": 1.0}, "not positive definite for 2 instruments"),
    (GeometricBrownian, TWO | {"correlation": NAN}, "not positive definite"),
    (GeometricBrownian, TWO | {"correlation": ((1.0, 0.5),)}, "is not a 2 x 2 matrix"),
    (GeometricBrownian, TWO | {"correlation": ((1.0, 0.1), (0.2, 1.0))}, "is not symmetric"),
    (
        GeometricBrownian,
        TWO | {"correlation": ((2.0, 0.1), (0.1, 1.0))},
        "1 everywhere on its diag",
    ),
    (
        MertonJumps,
        {"jumps_per_year": -1.0},
        "jumps_per_year is -1.0; set it to a number of 0 or more",
    ),
    (MertonJumps, {"jump_deviation": -1.0}, "jump_deviation is -1; set it to 0 or more"),
    (MertonJumps, {"common_jump_share": 1.5}, "set it to a number between 0 and 1"),
    (MertonJumps, {"common_jump_share": "all"}, "is 'all'; set it to a number between 0 and 1"),
    (MertonJumps, TWO | {"correlation": 2.0}, "MertonJumps.correlation = 2.0 is not positive"),
    (Garch, {"omega": 0.0}, "omega is 0; set it to a number above 0"),
    (Garch, {"alpha": -0.1}, "alpha is -0.1; set it to 0 or more"),
    (Garch, {"beta": -0.1}, "beta is -0.1; set it to 0 or more"),
    (Garch, {"alpha": 0.2, "beta": 0.8}, r"alpha \+ beta = 1, so no stationary variance; lower"),
    (Garch, {"step_s": 0.0}, "step_s is 0.0; set it"),
    (RegimeCrash, {"start_s": -1.0}, "start_s is -1.0; set it"),
    (RegimeCrash, {"duration_s": 0.0}, "duration_s is 0.0; set it"),
    (RegimeCrash, {"depth_spread": 2.0}, "depth_spread is 2.0; set it to a number between 0 and 1"),
    (RegimeCrash, {"acceleration": 0.0}, "acceleration is 0.0; set it"),
    (RegimeCrash, {"bursts": 0}, "bursts is 0; set it"),
    (RegimeCrash, {"bursts": 2.5}, "bursts is 2.5; set it to a whole number"),
    (RegimeCrash, {"burst_share": -0.1}, "burst_share is -0.1; set it"),
    (RegimeCrash, {"recovery": -0.1}, "recovery is -0.1; set it to 0 or more"),
    (RegimeCrash, {"recovery_half_life_s": 0.0}, "recovery_half_life_s is 0.0; set it"),
    (RegimeCrash, {"volatility_crash_per_year": -1.0}, "volatility_crash_per_year is -1; set it"),
    (RegimeCrash, {"drop": 0.9}, r"can lose 117% of the price .* lower drop or depth_spread"),
    (RegimeCrash, {"drop": (0.1, 0.2)}, "2 numbers for 1 instruments"),
    (Recorded, {"files": ()}, "one file per instrument"),
    (Recorded, {"files": "btc.csv"}, "files must be a tuple"),
    (Recorded, {"files": ("a",), "price_columns": ("c",)}, "must name open, high, low and close"),
    (Recorded, {"files": ("a",), "within_bar": "cubic"}, '"open_high_low_close" or "hold"'),
    (Recorded, {"files": ("a",), "start": "noon"}, r"start is 'noon'; write \"first\""),
    (Recorded, {"files": ("a",), "worst_fall_s": 0.0}, "worst_fall_s is 0.0; set it"),
    (Recorded, {"files": ("a",), "lead_s": -1.0}, "lead_s is -1.0; set it"),
    (Recorded, {"files": ("a",), "bootstrap_block_s": -1.0}, "bootstrap_block_s is -1.0; set it"),
]


@pytest.mark.parametrize(("family", "fields", "sentence"), PARAMETERS)
def test_wrong_parameters(family, fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        family(**fields)


@pytest.mark.parametrize("process", [GeometricBrownian(), MertonJumps(), Garch(), RegimeCrash()])
def test_wrong_clock(process):
    with pytest.raises(ValueError, match="ticks=-1; ask for 0 ticks or more"):
        process.path(np.random.default_rng(), -1, 1.0)
    with pytest.raises(ValueError, match="dt_s=0; a tick must last more than 0 seconds"):
        process.path(np.random.default_rng(), 1, 0.0)


def test_garch_refuses_another_step():
    with pytest.raises(ValueError, match="steps of 60 s but a tick lasts 1 s; refit omega"):
        Garch().path(np.random.default_rng(), 10, 1.0)


def test_a_price_beyond_float64_is_an_error():
    process = GeometricBrownian(drift_per_year=1e6, volatility_per_year=0.0)
    with pytest.raises(ValueError, match="left the range of float64; lower the volatility"):
        process.path(np.random.default_rng(), 2, 365 * 86_400.0)


def test_unknown_instrument_of_10_october():
    with pytest.raises(ValueError, match=r"no fall of 'DOGE' .* choose from BTC, ETH, SOL, XRP"):
        october_2025("BTC", "DOGE")


HEADER = "open_time,open,high,low,close"
GOOD = ["0,10,11,9,10", "60,10,11,9,10", "120,10,11,9,10"]

FILES = [
    ("f.csv", "", "is empty; give a file with at least one bar"),
    ("f.csv", HEADER + "\n", "columns but no rows"),
    ("f.txt", "1", "neither .parquet nor .csv nor .csv.gz; convert"),
    ("f.csv", "t,open,high,low,close\n0,1,1,1,1\n", "no column 'open_time' but t, open, high"),
    ("f.csv", "open_time,open,high,low\n0,1,1,1\n", "has no column 'close' but open_time, open"),
    ("f.csv", [HEADER, *GOOD[:2], "120,10,11,9,nan"], "row 3, column 'close': price is nan; fill"),
    ("f.csv", [HEADER, GOOD[0], "60,10,inf,9,10"], "row 2, column 'high': price is inf"),
    ("f.csv", [HEADER, GOOD[0], "60,10,11,,10"], "row 2, column 'low': price is nan"),
    ("f.csv", [HEADER, GOOD[0], "60,10,11,0,10"], "row 2, column 'low': price 0 is not positive"),
    ("f.csv", [HEADER, GOOD[0], "60,10,11,-3,10"], "price -3 is not positive; correct or drop"),
    ("f.csv", [HEADER, GOOD[0], "60,10,11,9,ten"], "column 'close' holds string, not numbers"),
    (
        "f.csv",
        [HEADER, GOOD[1], GOOD[0]],
        "row 2, column 'open_time': time does not increase; sort",
    ),
    ("f.csv", [HEADER, GOOD[0], GOOD[0]], "row 2, column 'open_time': time does not increase"),
    ("f.csv", [HEADER, GOOD[0], ",10,11,9,10"], "row 2, column 'open_time': no time; fill or drop"),
    ("f.csv", [HEADER, "noon,10,11,9,10"], "column 'open_time' holds string, not times; write ISO"),
    ("f.csv", [HEADER, GOOD[0], "60,10,9,11,10"], "row 2: 'high' and 'low' do not enclose"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), FILES)
def test_wrong_files(tmp_path, name, text, sentence):
    file = tmp_path / name
    file.write_text(text if isinstance(text, str) else "\n".join(text) + "\n")
    with pytest.raises(ValueError, match=sentence) as caught:
        Recorded(files=(str(file),), start="first").path(np.random.default_rng(), 1, 1.0)
    assert str(file) in str(caught.value)


def test_parquet_without_rows(tmp_path):
    file = tmp_path / "f.parquet"
    columns = {name: pa.array([], pa.float64()) for name in HEADER.split(",")}
    pyarrow.parquet.write_table(pa.table(columns), file)
    with pytest.raises(ValueError, match="columns but no rows"):
        Recorded(files=(str(file),)).path(np.random.default_rng(), 1, 1.0)


def test_missing_file_names_the_places(tmp_path, monkeypatch):
    monkeypatch.setenv("ADLAB_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"no price file at .* or .*set ADLAB_DATA") as caught:
        Recorded(files=("btc/none.csv",)).path(np.random.default_rng(), 1, 1.0)
    assert str(tmp_path / "btc" / "none.csv") in str(caught.value)


WINDOWS = [
    (
        {"start": "first"},
        200,
        "runs from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z but the window",
    ),
    ({"start": "2020-01-01"}, 10, "move start, shorten lead_s or run fewer ticks"),
    ({"start": "worst_fall", "worst_fall_s": 60.0, "lead_s": 300.0}, 10, "shorten lead_s"),
    (
        {"start": "worst_fall", "worst_fall_s": 600.0},
        10,
        "3 bars of 60 s, too few for a fall over 600",
    ),
    ({"start": "first", "bootstrap_block_s": 0.1}, 10, r"between one tick \(1 s\) and the window"),
    ({"start": "first", "bootstrap_block_s": 99.0}, 10, r"the window \(10 s\), or 0 for off"),
]


@pytest.mark.parametrize(("fields", "ticks", "sentence"), WINDOWS)
def test_wrong_windows(tmp_path: Path, fields, ticks, sentence):
    file = tmp_path / "f.csv"
    file.write_text("\n".join([HEADER, *GOOD]) + "\n")
    with pytest.raises(ValueError, match=sentence):
        Recorded(files=(str(file),), **fields).path(np.random.default_rng(), ticks, 1.0)
