"""Recorded bars: read once, checked, kept as the corner points of a price path.

A file holds one instrument: a time column (the bar's opening time) and open, high, low, close. It
is read the first time it is asked for and kept under its path, modification time and size, because
a sweep asks for it thousands of times.

Time may be a timestamp or a whole number since 1970; its unit follows from its magnitude: seconds,
milliseconds (Binance until 2024), microseconds (Binance spot since 2025), nanoseconds.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.units import Floats

TIME_COLUMNS = ("open_time", "timestamp", "wall_clock_utc")
"""Names looked for, in this order, when the time column is not named."""

_FILES_KEPT = 32


@dataclass(frozen=True, eq=False)
class Klines:
    """Bars of one instrument, `[B]` each.

    Attributes:
        file: where they come from.
        time_s: opening times, seconds since 1970 UTC, strictly increasing.
        open_high_low_close: `[B, 4]` in USD.
        bar_s: length of a bar: the shortest distance of two opening times [s].
        corner_s: times of the corners of the open-high-low-close path `[3B+1]`.
        corner_price: prices there `[3B+1]`.
    """

    file: Path
    time_s: Floats
    open_high_low_close: Floats
    bar_s: float
    corner_s: Floats
    corner_price: Floats

    @property
    def end_s(self) -> float:
        """End of the last bar, seconds since 1970 UTC."""
        return float(self.time_s[-1]) + self.bar_s


def load_klines(file: str, time_column: str, price_columns: tuple[str, str, str, str]) -> Klines:
    """Bars of `file` (.parquet, .csv, .csv.gz), from memory when the file has not changed.

    A relative path is looked for in the working folder, then in the folder `ADLAB_DATA`.

    Args:
        file: path.
        time_column: name of the opening time; "" for the first of `TIME_COLUMNS` that is there.
        price_columns: names of open, high, low and close.

    Raises:
        ValueError: no such file, unknown kind, no rows, a missing column, or a bad cell; the
            sentence names file, row (the first data row is 1) and column.
    """
    found = _find(file)
    facts = found.stat()
    return _load(found, facts.st_mtime_ns, facts.st_size, time_column, price_columns)


def _find(file: str) -> Path:
    """The file itself, in the working folder or in `ADLAB_DATA`."""
    places = [Path(file)]
    if "ADLAB_DATA" in os.environ:
        places.append(Path(os.environ["ADLAB_DATA"]) / file)
    for place in places:
        if place.is_file():
            return place.resolve()
    raise ValueError(
        f"no price file at {' or '.join(str(place.absolute()) for place in places)}; "
        "give an absolute path or set ADLAB_DATA to the data folder"
    )


@lru_cache(maxsize=_FILES_KEPT)
def _load(
    file: Path,
    _modified_ns: int,
    size: int,
    time_column: str,
    price_columns: tuple[str, str, str, str],
) -> Klines:
    """Read, check and prepare; the second and third argument make changed files new entries."""
    columns = _read_columns(file, size)
    if time_column == "":
        present = [name for name in TIME_COLUMNS if name in columns]
        time_column = present[0] if present else TIME_COLUMNS[0]
    for name in (time_column, *price_columns):
        if name not in columns:
            raise ValueError(
                f"{file} has no column {name!r} but {', '.join(columns)}; "
                "name its columns by time_column and price_columns"
            )
    time_s = _seconds(file, time_column, columns[time_column])
    prices = [_prices(file, name, columns[name]) for name in price_columns]
    return _prepare(file, time_s, np.stack(prices, axis=1), price_columns)


def _read_columns(file: Path, size: int) -> dict[str, Any]:
    """Columns of the file by name, as arrow arrays."""
    # arrow takes a quarter of a second to import: only runs on recorded prices pay for it
    import pyarrow.csv
    import pyarrow.parquet

    kind = file.name.removesuffix(".gz").rpartition(".")[2]
    if kind not in ("parquet", "csv"):
        raise ValueError(
            f"{file} is neither .parquet nor .csv nor .csv.gz; convert it to one of them"
        )
    if size == 0:
        raise ValueError(f"{file} is empty; give a file with at least one bar")
    read = pyarrow.parquet.read_table if kind == "parquet" else pyarrow.csv.read_csv
    table = read(str(file))
    if table.num_rows == 0:
        raise ValueError(f"{file} has columns but no rows; give a file with at least one bar")
    return {name: table.column(name) for name in table.column_names}


def _seconds(file: Path, name: str, column: Any) -> Floats:
    """Seconds since 1970 `[B]`, strictly increasing."""
    kind = str(column.type)
    if column.null_count:
        row = column.to_pylist().index(None) + 1
        raise ValueError(f"{file}, row {row}, column {name!r}: no time; fill or drop the row")
    if kind.startswith("timestamp"):
        time_s = np.asarray(column.cast("timestamp[ns]").cast("int64").to_numpy() / 1e9)
    elif kind.startswith(("int", "uint", "double")):
        stamps = np.asarray(column.to_numpy(), dtype=np.float64)
        unit = next((u for u in (1e9, 1e6, 1e3) if np.abs(stamps).max() > 1e11 * u / 1e3), 1.0)
        time_s = stamps / unit
    else:
        raise ValueError(
            f"{file}, column {name!r} holds {kind}, not times; "
            "write ISO timestamps or whole numbers since 1970"
        )
    late = np.flatnonzero(~(np.diff(time_s) > 0.0))
    if late.size:
        raise ValueError(
            f"{file}, row {late[0] + 2}, column {name!r}: time does not increase; "
            "sort the rows by time and drop repeated ones"
        )
    return time_s


def _prices(file: Path, name: str, column: Any) -> Floats:
    """Prices `[B]`: finite numbers above zero."""
    kind = str(column.type)
    if not kind.startswith(("int", "uint", "float", "double", "decimal", "halffloat")):
        raise ValueError(
            f"{file}, column {name!r} holds {kind}, not numbers; "
            "remove its text or name another column"
        )
    prices = np.asarray(column.cast("float64").to_numpy(), dtype=np.float64)
    unknown = np.flatnonzero(~np.isfinite(prices))
    if unknown.size:
        raise ValueError(
            f"{file}, row {unknown[0] + 1}, column {name!r}: "
            f"price is {prices[unknown[0]]}; fill or drop the row"
        )
    wrong = np.flatnonzero(prices <= 0.0)
    if wrong.size:
        raise ValueError(
            f"{file}, row {wrong[0] + 1}, column {name!r}: "
            f"price {prices[wrong[0]]:g} is not positive; correct or drop the row"
        )
    return prices


def _prepare(file: Path, time_s: Floats, bars: Floats, names: tuple[str, str, str, str]) -> Klines:
    """Check that high and low enclose the bar, and lay the corners of the path.

    A bar goes from its start to the extreme against its own direction, to the other extreme, to its
    close, at 0, 1/3, 2/3 and 1 of its length: a rising bar open, low, high, close, a falling one
    open, high, low, close. A bar starts from the close before it; its own open, one trade later, is
    used for the first bar only.
    """
    opening, high, low, close = bars.T
    wrong = np.flatnonzero((high < np.maximum(opening, close)) | (low > np.minimum(opening, close)))
    if wrong.size:
        raise ValueError(
            f"{file}, row {wrong[0] + 1}: {names[1]!r} and {names[2]!r} do not enclose open and "
            "close; correct the row or the order of price_columns"
        )
    bar_s = float(np.diff(time_s).min()) if time_s.size > 1 else 60.0
    rising = close >= opening
    corners = np.stack((np.where(rising, low, high), np.where(rising, high, low), close), axis=1)
    spacing = np.array([1.0, 2.0, 3.0]) * bar_s / 3.0
    corner_s = np.concatenate((time_s[:1], (time_s[:, None] + spacing).ravel()))
    corner_price = np.concatenate((opening[:1], corners.ravel()))
    for array in (time_s, bars, corner_s, corner_price):
        array.setflags(write=False)
    return Klines(file, time_s, bars, bar_s, corner_s, corner_price)
