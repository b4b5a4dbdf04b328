"""Stylised facts of Bitcoin minutes in five crises, and of the model's marks that replay them. C7.

What is judged, against ranges from outside the data; an interval decides, and an open one is open:

    tail         Hill index at 1 %                          2 to 5           Cont 2001, fact 2
    r            autocorrelation at one minute              -0.1 to 0.1      small: own bound
    |r|          at 1, 10, 60 and 360 minutes               above 0          Cont 2001, facts 6, 8
    decay        |r| ~ lag^-b over these four               b of 0.2 to 0.4  Cont 2001, fact 8
    aggregation  kurtosis of hours over that of minutes     below 1          Cont 2001, fact 4

An interval is that of a bootstrap over days, so that memory within a day is kept. What is replayed
is the record itself: the model's index follows it, so that the replay is no second witness of a
fact. It is judged by the paired change, replay less record on the same days, which is to lie within
a tenth of the record's number.

Sources: Cont, Quantitative Finance 1, 2001 (facts and ranges); Takaishi, Journal of Physics:
Conference Series 1730, 2021 (arXiv 2009.06874): Bitcoin's tail moved from about 2 to about 3.
Data: Binance klines in github.com/nl2992/ICAIF_stablecoin-contagion-network (MIT), BTCUSDT.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
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
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Truth, every, judged
from experiments.validate.contagion.series import (
    autocorrelation,
    excess_kurtosis,
    hill,
    log_returns,
)
from experiments.validate.data import data_folder
from experiments.validate.intervals import ENDS, within

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
"""In the order of `facts_of`, with ranges measured on the five windows: they judge C10, not C7."""


class Expected(NamedTuple):
    """A fact as the literature has it, and how far a replay may move it.

    Attributes:
        name: in tables.
        low, high: range of the literature.
        wide: range of the correction.
        slack: change that is none, as a number; NaN: `SLACK` of the record's number.
    """

    name: str
    low: float
    high: float
    wide: tuple[float, float]
    slack: float = math.nan

    def slack_of(self, value: float) -> float:
        """The change that is none where the record has `value`."""
        return SLACK * abs(value) if math.isnan(self.slack) else self.slack


SLACK = 0.1
"""Relative change that is none [1]."""

LEAST_MEMORY = 1e-3
"""Memory that some weeks of minutes cannot tell from none [1]."""

AGGREGATION = "kurtosis, 60 min / 1 min"
EXPECTED = (
    Expected("Hill index, 1 %", 2.0, 5.0, (2.0, 5.0)),
    Expected("memory of r, 1 min", -0.1, 0.1, (-0.1, 0.1), 0.01),
    *(
        Expected(f"memory of |r|, {lag}", 0.0, 1.0, (0.0, 1.0))
        for lag in ("1 min", "10 min", "60 min", "6 h")
    ),
    Expected("decay of memory, b", 0.2, 0.4, (0.0, 1.0)),
    Expected(AGGREGATION, 0.0, 1.0, (0.0, 1.0)),
)
"""In the order of `judged_of`."""


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


def judged_of(facts: Floats) -> Floats:
    """The eight judged numbers of the eight statistics, `[8, ...]` of `[8, ...]`.

    The decay is the least-squares slope of -log memory on log lag; a memory below `LEAST_MEMORY`
    counts as that, which makes a decay to nothing large and finite.
    """
    logs = np.log(np.maximum(facts[2:6], LEAST_MEMORY))
    x = np.log(np.array(LAGS)) - np.log(np.array(LAGS)).mean()
    decay = -np.tensordot(x, logs, 1) / np.square(x).sum()
    return np.concatenate([facts[:6], decay[None], (facts[7] / facts[6])[None]])


def days_drawn(prices: Floats, rng: np.random.Generator) -> Ints:
    """Days of every resample, `[RESAMPLES, days]`."""
    days = (prices.size - 1) // DAY
    return rng.integers(max(1, days), size=(RESAMPLES, days))


def resampled(prices: Floats, chosen: Ints) -> Floats:
    """The eight statistics of every resample of days, `[8, RESAMPLES]`; NaN with fewer than two.

    Pairs of returns and hours stay in the day they begin in; the last part of a day is left out.
    """
    returns = log_returns(prices)
    days = chosen.shape[1]
    if days < 2:
        return np.full((len(FACTS), RESAMPLES), math.nan)
    sizes = np.abs(returns)
    hourly = log_returns(prices, 60)
    return np.stack(
        [
            _tails(sizes[: days * DAY].reshape(days, DAY), chosen),
            _memory(returns, 1, days, chosen),
            *(_memory(sizes, lag, days, chosen) for lag in LAGS),
            _kurtosis(returns[: days * DAY].reshape(days, DAY), chosen),
            _kurtosis(hourly[: days * 24].reshape(days, 24), chosen),
        ]
    )


def ends_of(values: Floats) -> list[tuple[float, float]]:
    """95 % intervals of the rows of `[F, RESAMPLES]`."""
    low, high = np.quantile(values, ENDS, axis=1, method="nearest")
    return list(zip(low.tolist(), high.tolist(), strict=True))


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


def in_range(low: float, high: float, bounds: tuple[float, float]) -> Truth:
    """Whether an interval lies within bounds: None when a part does, or an end is unknown."""
    middle = 0.5 * (bounds[0] + bounds[1])
    return within(low, high, middle, bounds[1] - middle)


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C7: every fact of every crisis against the literature, and what the replay changes of it."""
    rows: list[Row] = []
    for crisis, file in files_of(settings.data).items():
        recorded = closes(file)
        marks = replayed(file, recorded.size, int(rng.integers(2**31)))
        rows += rows_of(crisis, recorded, marks, days_drawn(recorded, rng))
    own = [row for row in rows if row.series == "record"]
    other = [row for row in rows if row.series == "replay"]
    stated = every(*(row.truth for row in own), *(row.kept for row in other))
    corrected = every(
        *(row.wide for row in own), *(row.kept for row in other if row.fact != AGGREGATION)
    )
    return Finding(
        judged(stated, corrected),
        f"Of {len(own)} numbers of the record {_count(own, 'truth')}: {_named(own, 'truth')}. The "
        "five windows are independent of the ranges, which are the literature's; the replay is "
        f"not independent of the record: of {len(other)} paired changes {_count(other, 'kept')}: "
        f"{_named(other, 'kept')}.",
        tuple(measurement for row in rows for measurement in _measurements(row)),
        {"stylised_facts": _table(rows)},
    )


class Row(NamedTuple):
    """One fact of one series of one crisis.

    Attributes:
        value: with its interval `ends`.
        change: replay less record with its interval; NaN for the record.
        truth, wide: whether it lies in the literature's range and in the correction's.
        kept: whether the change is none; None for the record, of which it is not asked.
    """

    series: str
    crisis: str
    fact: str
    value: float
    ends: tuple[float, float]
    change: tuple[float, float, float]
    truth: Truth
    wide: Truth
    kept: Truth


def rows_of(crisis: str, recorded: Floats, marks: Floats, chosen: Ints) -> list[Row]:
    """Every fact of a record and of its replay, resampled on the same days."""
    values = [judged_of(np.array(facts_of(prices))) for prices in (recorded, marks)]
    again = [judged_of(resampled(prices, chosen)) for prices in (recorded, marks)]
    changes = [(math.nan, math.nan)] * len(EXPECTED), ends_of(again[1] - again[0])
    moved = np.full(len(EXPECTED), math.nan), values[1] - values[0]
    rows = []
    for number, series in enumerate(("record", "replay")):
        for place, (fact, ends) in enumerate(zip(EXPECTED, ends_of(again[number]), strict=True)):
            change = (float(moved[number][place]), *changes[number][place])
            slack = fact.slack_of(float(values[0][place]))
            truth, wide = (in_range(*ends, one) for one in ((fact.low, fact.high), fact.wide))
            kept = within(change[1], change[2], 0.0, slack)
            at = float(values[number][place])
            rows.append(Row(series, crisis, fact.name, at, ends, change, truth, wide, kept))
    return rows


def _count(rows: Sequence[Row], test: str) -> str:
    """How many passed, failed and are open."""
    found = [getattr(row, test) for row in rows]
    return f"{found.count(True)} hold, {found.count(False)} fail, {found.count(None)} are open"


def _named(rows: Sequence[Row], test: str) -> str:
    """The facts that failed or are open, with their crises."""
    missed: dict[str, list[str]] = {}
    for row in rows:
        truth = getattr(row, test)
        if truth is not True:
            word = "open" if truth is None else "failed"
            missed.setdefault(f"{row.fact} {word}", []).append(row.crisis)
    return "; ".join(f"{fact} in {', '.join(names)}" for fact, names in missed.items()) or "none"


def _table(rows: Sequence[Row]) -> dict[str, list[float | str]]:
    """The rows as columns, for the figure."""
    bounds = {fact.name: (fact.low, fact.high) for fact in EXPECTED}
    words = {True: "holds", False: "refuted", None: "unclear"}
    keys = ("series", "crisis", "fact", "value", "low", "high", "range_low", "range_high")
    more = ("verdict", "change", "change_low", "change_high")
    table: dict[str, list[float | str]] = {key: [] for key in (*keys, *more)}
    for row in rows:
        ends = (min(row.value, row.ends[0]), max(row.value, row.ends[1]))
        test = row.truth if row.series == "record" else row.kept
        cells: tuple[float | str, ...] = (
            *row[:4],
            *ends,
            *bounds[row.fact],
            words[test],
            *row.change,
        )
        for key, cell in zip(table, cells, strict=True):
            table[key].append(cell)
    return table


def _measurements(row: Row) -> Iterator[Measurement]:
    """A number of the record, or the change of the replay, with its interval.

    An interval is widened to the number itself where a bootstrap misses it. What is predicted of a
    record is a range, which stands in the name; of a change it is nought.
    """
    fact = next(one for one in EXPECTED if one.name == row.fact)
    if row.series == "record":
        name = f"{row.fact}, record of {row.crisis}, {fact.low:g} to {fact.high:g}"
        predicted, at, low, high = math.nan, row.value, *row.ends
    else:
        name = f"change of {row.fact}, replay of {row.crisis}"
        predicted, (at, low, high) = 0.0, row.change
    yield Measurement(name, predicted, at, min(at, low), max(at, high))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C7",
        "Stylised facts of crisis minutes",
        "[Cont2001], section 2 (facts and ranges); [Takaishi2021]",
        "Bitcoin minutes in five crises have the facts of the literature: a tail index between 2 "
        "and 5, next to no memory of r (0.1), a memory of |r| that is positive up to six hours and "
        "decays as lag^-b with b between 0.2 and 0.4, and tails that thin out with aggregation; a "
        "model whose index repeats them changes none of it by more than a tenth (paired; 0.01 for "
        "the memory of r).",
        run,
        "b lies between 0 and 1, and the replay keeps all but the ratio of the kurtoses.",
    ),
)
