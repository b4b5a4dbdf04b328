"""Stylised facts of Bitcoin minutes in five crises, and of the model's marks that replay them. C7.

Per series of one-minute prices: the Hill index at 1 %; the autocorrelation of r at one minute and
of |r| at 1, 10, 60 and 360 minutes; the excess kurtosis of one-minute and of hourly returns.

    heavy tails, no memory of r, long memory of |r|, tails that thin out with aggregation

An interval is that of a bootstrap over days, so that memory within a day is kept. A range holds a
number that rounds into it. What is replayed is the record itself: the model's index follows it and
its book, makers and liquidations add to the mark, so that the facts can only be kept or lost.

Sources: Cont, Quantitative Finance 1, 2001 (the facts); Takaishi, 2020, for Bitcoin's tail near 3.
Data: Binance klines in github.com/nl2992/ICAIF_stablecoin-contagion-network (MIT), BTCUSDT.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from abm.engine.presets import CRASH
from abm.engine.run import simulate
from abm.market.prices import Recorded
from abm.market.prices.klines import load_klines
from abm.units import Floats, Ints
from experiments.errors import StoreError
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged
from experiments.validate.contagion.series import (
    autocorrelation,
    excess_kurtosis,
    hill,
    log_returns,
)
from experiments.validate.data import data_folder
from experiments.validate.intervals import ENDS

FOLDER = "btc_1min"
WINDOWS: dict[str, str] = {
    "Terra/Luna 2022": "btc_terra_luna_2022.parquet",
    "Celsius/3AC 2022": "btc_celsius_3ac_2022.parquet",
    "FTX 2022": "btc_ftx_2022.parquet",
    "BUSD 2023": "btc_busd_2023.parquet",
    "USDC/SVB 2023": "btc_usdc_svb_2023.parquet",
}
"""Crisis -> file of one-minute bars."""

FETCH = (
    "git clone https://github.com/nl2992/ICAIF_stablecoin-contagion-network, put the five BTC "
    "files of data/_arb_kline_cache into a folder btc_1min as btc_terra_luna_2022.parquet, "
    "btc_celsius_3ac_2022.parquet, btc_ftx_2022.parquet, btc_busd_2023.parquet and "
    "btc_usdc_svb_2023.parquet, and give the folder above it with --data DIR or ADLAB_DATA"
)

MINUTE_S = 60.0
DAY = 1440
"""Minutes of a block of the bootstrap."""

RESAMPLES = 200
LAGS = (1, 10, 60, 360)
"""Lags of the memory of |r| [minutes]."""


class Fact(NamedTuple):
    """A statistic and the range it has in recorded crises, to the digits that are given."""

    name: str
    low: float
    high: float
    digits: int

    def holds(self, value: float) -> bool:
        """Whether a value rounds into the range; an unknown one does not."""
        half = 0.5 * 10.0**-self.digits
        return self.low - half <= value <= self.high + half


FACTS = (
    Fact("Hill index, 1 %", 2.6, 3.4, 1),
    Fact("memory of r, 1 min", 0.005, 0.036, 3),
    Fact("memory of |r|, 1 min", 0.28, 0.45, 2),
    Fact("memory of |r|, 10 min", 0.19, 0.32, 2),
    Fact("memory of |r|, 60 min", 0.13, 0.27, 2),
    Fact("memory of |r|, 6 h", 0.04, 0.21, 2),
    Fact("excess kurtosis, 1 min", 8.0, 105.0, 0),
    Fact("excess kurtosis, 60 min", 1.3, 14.0, 0),
)
"""In the order of `facts_of`."""


def facts_of(prices: Floats) -> tuple[float, ...]:
    """The eight statistics of one-minute prices."""
    returns = log_returns(prices)
    sizes = np.abs(returns)
    return (
        hill(returns),
        autocorrelation(returns, 1),
        *(autocorrelation(sizes, lag) for lag in LAGS),
        excess_kurtosis(returns),
        excess_kurtosis(log_returns(prices, 60)),
    )


def intervals_of(prices: Floats, rng: np.random.Generator) -> list[tuple[float, float]]:
    """95 % intervals of the eight statistics by a bootstrap over days.

    Pairs of returns and hours stay in the day they begin in; the last part of a day is left out.
    """
    returns = log_returns(prices)
    days = returns.size // DAY
    if days < 2:
        return [(math.nan, math.nan)] * len(FACTS)
    chosen = rng.integers(days, size=(RESAMPLES, days))
    sizes = np.abs(returns)
    hourly = log_returns(prices, 60)
    resampled = (
        _tails(sizes[: days * DAY].reshape(days, DAY), chosen),
        _memory(returns, 1, days, chosen),
        *(_memory(sizes, lag, days, chosen) for lag in LAGS),
        _kurtosis(returns[: days * DAY].reshape(days, DAY), chosen),
        _kurtosis(hourly[: days * 24].reshape(days, 24), chosen),
    )
    ends = (np.quantile(values, ENDS) for values in resampled)
    return [(float(low), float(high)) for low, high in ends]


def _tails(days: Floats, chosen: Ints) -> Floats:
    """Hill index of every resample, `[RESAMPLES]`."""
    return np.array([hill(days[one].ravel()) for one in chosen])


def _memory(values: Floats, lag: int, days: int, chosen: Ints) -> Floats:
    """Autocorrelation of every resample, from sums of products by day, `[RESAMPLES]`."""
    centred = values - values.mean()
    later = np.append(centred[lag:], np.zeros(lag))
    products = (centred * later)[: days * DAY].reshape(days, DAY).sum(axis=1)
    powers = (centred**2)[: days * DAY].reshape(days, DAY).sum(axis=1)
    return np.asarray(products[chosen].sum(axis=1) / powers[chosen].sum(axis=1))


def _kurtosis(days: Floats, chosen: Ints) -> Floats:
    """Excess kurtosis of every resample, `[RESAMPLES]`."""
    centred = days - days.mean()
    fourth, second = (centred**4).mean(axis=1), (centred**2).mean(axis=1)
    return np.asarray(fourth[chosen].mean(axis=1) / second[chosen].mean(axis=1) ** 2 - 3.0)


def files_of(given: str | None) -> Mapping[str, Path]:
    """The file of every crisis.

    Raises:
        StoreError: one is not there; the sentence says what to fetch.
    """
    try:
        folder = data_folder(given)
    except StoreError as error:
        raise StoreError(f"{str(error).partition(':')[0]}: {FETCH}") from error
    found = {}
    for crisis, name in WINDOWS.items():
        places = (folder / FOLDER / name, folder / name)
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise StoreError(f"there are no Bitcoin minutes at {places[0]}: {FETCH}")
        found[crisis] = there
    return found


def closes(file: Path) -> Floats:
    """Closing prices of one-minute bars, `[B]`."""
    bars = load_klines(str(file), "", ("open", "high", "low", "close"))
    return np.asarray(bars.open_high_low_close[:, 3])


def replayed(file: Path, minutes: int, seed: int) -> Floats:
    """The model's mark every minute while its index repeats a record, `[minutes]`."""
    price = Recorded(files=(str(file),), start="first", within_bar="hold")
    scenario = replace(
        CRASH, name="replay", ticks=minutes - 1, dt_s=MINUTE_S, traders=400, price=price
    )
    return simulate(scenario, seed, 0, series_every_s=MINUTE_S).series["mark_price"]


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C7: every fact of every crisis, of the record and of the model that replays it."""
    files = files_of(settings.data)
    keys = (
        "series",
        "crisis",
        "fact",
        "value",
        "low",
        "high",
        "range_low",
        "range_high",
        "verdict",
    )
    table: dict[str, list[float | str]] = {key: [] for key in keys}
    missed: dict[str, list[str]] = {"record": [], "replay": []}
    spans: dict[str, list[float]] = {fact.name: [] for fact in FACTS}
    for crisis, file in files.items():
        recorded = closes(file)
        marks = replayed(file, recorded.size, int(rng.integers(2**31)))
        for series, prices in (("record", recorded), ("replay", marks)):
            ends = intervals_of(prices, rng)
            for fact, value, (low, high) in zip(FACTS, facts_of(prices), ends, strict=True):
                verdict = "holds" if fact.holds(value) else "refuted"
                row: tuple[float | str, ...] = (
                    *(series, crisis, fact.name, value, low, high),
                    *(fact.low, fact.high, verdict),
                )
                for key, cell in zip(keys, row, strict=True):
                    table[key].append(cell)
                if verdict == "refuted":
                    missed[series].append(f"{fact.name} in {crisis}")
                if series == "record":
                    spans[fact.name].append(value)
    tests = len(files) * len(FACTS)
    hills = spans[FACTS[0].name]
    lost = f" ({'; '.join(missed['replay'])})" if missed["replay"] else ""
    return Finding(
        judged(every(not missed["record"], not missed["replay"])),
        f"Of the record {tests - len(missed['record'])} of {tests} numbers lie in their ranges "
        f"(tail index {min(hills):.1f} to {max(hills):.1f}), of the marks of the model that "
        f"replays it {tests - len(missed['replay'])} of {tests}{lost}.",
        _measurements(table),
        {"stylised_facts": table},
    )


def _measurements(table: Mapping[str, list[float | str]]) -> tuple[Measurement, ...]:
    """Every number with its interval, widened to the number itself where a bootstrap misses it.

    What is predicted is a range, which stands in the name.
    """
    made = []
    for series, crisis, fact, value, low, high, first, last, _ in zip(*table.values(), strict=True):
        name = f"{fact}, {series} of {crisis}, {first:g} to {last:g}"
        at = float(value)
        made.append(Measurement(name, math.nan, at, min(at, float(low)), max(at, float(high))))
    return tuple(made)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C7",
        "Stylised facts of crisis minutes",
        "[Cont2001]; [Takaishi2020]; ranges: measured on the five windows",
        "Bitcoin minutes in five crises have a tail index of 2.6 to 3.4 (1 %), no memory of r "
        "(0.005 to 0.036), a memory of |r| that lasts for hours, and tails that thin out with "
        "aggregation; the marks of the model that replays them keep all of it.",
        run,
    ),
)
