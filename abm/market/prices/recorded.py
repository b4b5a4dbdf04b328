"""A recorded path: bars of real markets, put on the tick grid.

Between two closes the price follows the bar's open-high-low-close path in straight lines (see
`klines`), or holds the last close. At the end of every bar it equals the bar's close. Over missing
bars the price goes straight to the next one.

One recorded path is one path. For replicates that differ, the circular block bootstrap cuts the
window's log returns per tick into blocks with random starts and joins them in a new order; the
instruments' returns stay together, so their correlation is kept.

Source of the bootstrap: Politis and Romano, "A circular block-resampling procedure for stationary
data", in Exploring the Limits of Bootstrap, 1992.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import numpy as np

from abm.market.prices.klines import Klines, load_klines
from abm.market.prices.process import check_clock, check_scalar, compound
from abm.units import Floats

FIRST = "first"
"""Start of the window: the first bar on record."""

WORST_FALL = "worst_fall"
"""Start of the window: where the worst fall of the first file begins, less the lead."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Index prices from files of bars, one file per instrument.

    Attributes:
        files: Parquet or CSV files, one per instrument; relative ones are looked for in the working
            folder, then in the folder `ADLAB_DATA`.
        start: "first", "worst_fall", or an ISO time such as "2022-11-08T18:00:00" (UTC).
        worst_fall_s: length of the fall that "worst_fall" looks for [s].
        lead_s: record shown before the worst fall begins [s].
        within_bar: "open_high_low_close" or "hold".
        bootstrap_block_s: length of a block of the bootstrap [s]; 0 replays the record as it was.
        time_column: column of the opening time; "" for the first of open_time, timestamp,
            wall_clock_utc that the file has.
        price_columns: columns of open, high, low and close.
        kind: tag in study files.

    Raises:
        ValueError: an unknown start or interpolation, or a negative length of time. Files are read
            by `path`, not here, so that a study can be checked where the data is not.
    """

    files: tuple[str, ...]
    start: str = WORST_FALL
    worst_fall_s: float = 3600.0
    lead_s: float = 0.0
    within_bar: Literal["open_high_low_close", "hold"] = "open_high_low_close"
    bootstrap_block_s: float = 0.0
    time_column: str = ""
    price_columns: tuple[str, str, str, str] = ("open", "high", "low", "close")
    kind: Literal["recorded"] = "recorded"

    def __post_init__(self) -> None:
        owner = type(self).__name__
        if isinstance(self.files, str) or len(self.files) == 0:
            raise ValueError(
                f"{owner}.files must be a tuple with one file per instrument, got {self.files!r}"
            )
        if len(self.price_columns) != 4:
            raise ValueError(
                f"{owner}.price_columns must name open, high, low and close, "
                f"got {self.price_columns!r}"
            )
        if self.within_bar not in ("open_high_low_close", "hold"):
            raise ValueError(
                f'{owner}.within_bar is {self.within_bar!r}; choose "open_high_low_close" or "hold"'
            )
        check_scalar(owner, "worst_fall_s", self.worst_fall_s, 1e-9)
        check_scalar(owner, "lead_s", self.lead_s, 0.0)
        check_scalar(owner, "bootstrap_block_s", self.bootstrap_block_s, 0.0)
        if self.start not in (FIRST, WORST_FALL):
            _utc_seconds(self.start)

    @property
    def instruments(self) -> int:
        """K."""
        return len(self.files)

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]`; see `PriceProcess.path`.

        Raises:
            ValueError: a bad file (see `load_klines`), or a window that the record does not cover.
        """
        check_clock(type(self).__name__, ticks, dt_s)
        opening, high, low, close = self.price_columns
        columns = (opening, high, low, close)
        records = [load_klines(file, self.time_column, columns) for file in self.files]
        start_s = self._start(records[0])
        time_s = start_s + dt_s * np.arange(ticks + 1, dtype=np.float64)
        prices = np.empty((ticks + 1, len(records)))
        for k, record in enumerate(records):
            _check_window(record, start_s, float(time_s[-1]))
            prices[:, k] = _prices_at(record, time_s, self.within_bar)
        if self.bootstrap_block_s == 0.0:
            return prices
        return self._resampled(generator, prices, dt_s)

    def _start(self, record: Klines) -> float:
        """Start of the window, seconds since 1970 UTC."""
        if self.start == FIRST:
            return float(record.time_s[0])
        if self.start == WORST_FALL:
            return worst_fall_start(record, self.worst_fall_s) - self.lead_s
        return _utc_seconds(self.start)

    def _resampled(self, generator: np.random.Generator, prices: Floats, dt_s: float) -> Floats:
        """Circular block bootstrap of the window's log returns; the first row is kept."""
        owner = type(self).__name__
        ticks, block = prices.shape[0] - 1, round(self.bootstrap_block_s / dt_s)
        if not 1 <= block <= ticks:
            raise ValueError(
                f"{owner}.bootstrap_block_s is {self.bootstrap_block_s:g} s; "
                f"choose between one tick ({dt_s:g} s) and the window ({ticks * dt_s:g} s), "
                "or 0 for off"
            )
        starts = generator.integers(0, ticks, -(-ticks // block))  # [blocks]
        rows = (starts[:, None] + np.arange(block)).ravel()[:ticks] % ticks
        return compound(owner, prices[0], np.diff(np.log(prices), axis=0)[rows])


@lru_cache(maxsize=256)
def worst_fall_start(record: Klines, worst_fall_s: float) -> float:
    """Where the worst fall over `worst_fall_s` begins: seconds since 1970 UTC, the end of a bar.

    The fall compares closes that many bars apart; of equal falls the first counts.

    Raises:
        ValueError: fewer bars than the fall needs.
    """
    close = record.open_high_low_close[:, 3]
    bars = max(1, round(worst_fall_s / record.bar_s))
    if bars >= close.size:
        raise ValueError(
            f"{record.file} has {close.size} bars of {record.bar_s:g} s, too few for a fall over "
            f"{worst_fall_s:g} s; lower worst_fall_s or give a longer file"
        )
    first = int(np.argmin(close[bars:] / close[:-bars]))
    return float(record.time_s[first]) + record.bar_s


def _prices_at(record: Klines, time_s: Floats, within_bar: str) -> Floats:
    """Prices at the given times `[ticks+1]`."""
    if within_bar == "hold":
        ended = np.searchsorted(record.time_s + record.bar_s, time_s, side="right")  # bars over
        close = record.open_high_low_close[:, 3]
        return np.where(ended > 0, close[ended - 1], record.open_high_low_close[0, 0])
    return np.interp(time_s, record.corner_s, record.corner_price)


def _check_window(record: Klines, start_s: float, end_s: float) -> None:
    """Refuse a window that begins before or ends after the record."""
    begin = float(record.time_s[0])
    if start_s < begin or end_s > record.end_s:
        raise ValueError(
            f"{record.file} runs from {_iso(begin)} to {_iso(record.end_s)} but the window from "
            f"{_iso(start_s)} to {_iso(end_s)}; move start, shorten lead_s or run fewer ticks"
        )


def _iso(time_s: float) -> str:
    """ISO time in UTC, without fractions of a second."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc_seconds(text: str) -> float:
    """Seconds since 1970 of an ISO time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f'Recorded.start is {text!r}; write "first", "worst_fall" or an ISO time '
            'such as "2022-11-08T18:00:00"'
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
