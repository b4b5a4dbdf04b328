"""Stylised facts of the model's own crash: which of them its prices have without a record. C10.

The model's marks are taken every minute in three settings, all with the traders, the book and the
venue of the default study:

    preset       the default study: 38 minutes around a crash
    crash day    the same crash after six hours, with the calm before and the aftermath
    GARCH day    an index whose volatility clusters, without a crash

and those of the index process alone stand beside them, so that what trading adds can be seen.
Returns of all replicates make one sample; memory is taken inside replicates; the bootstrap is over
replicates. Nothing is tuned here: process and population are those of the other studies. A fact
holds where the interval lies in its range, and is refuted where it lies outside.

Sources and ranges: `stylised_facts`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from abm.engine.build import build_world
from abm.engine.presets import CRASH
from abm.engine.run import simulate
from abm.engine.scenario import Scenario
from abm.market.prices import Garch, RegimeCrash
from abm.units import Floats
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Truth,
    every,
    judged,
)
from experiments.validate.contagion.series import (
    autocorrelation,
    excess_kurtosis,
    hill,
    log_returns,
)
from experiments.validate.contagion.stylised_facts import FACTS, LAGS, MINUTE_S, Fact
from experiments.validate.intervals import ENDS

type Series = Literal["mark", "process"]

SERIES: tuple[Series, ...] = ("mark", "process")
WORDS: Mapping[Truth, str] = {True: "holds", False: "refuted", None: "unclear"}
RESAMPLES = 100
LEAST_HOURS = 100
"""Hourly returns below which their kurtosis is not taken."""

DAY_S = 86_400.0
QUIET_S = 21_600.0
"""Calm before the crash of a day [s]; the crash itself is the default study's."""

DAY_TICK_S = 10.0


@dataclass(frozen=True)
class Setting:
    """One scenario and how often it is run.

    Attributes:
        name: in tables.
        scenario: what is run.
        quick, full: replicates.
    """

    name: str
    scenario: Scenario
    quick: int
    full: int


def settings_of() -> tuple[Setting, ...]:
    """The three settings."""
    ticks = round(DAY_S / DAY_TICK_S)
    day = replace(
        CRASH,
        name="crash_day",
        ticks=ticks,
        dt_s=DAY_TICK_S,
        price=RegimeCrash(start_s=QUIET_S, duration_s=1500.0, drop=0.095),
    )
    garch = replace(
        CRASH, name="garch_day", ticks=round(DAY_S / MINUTE_S), dt_s=MINUTE_S, price=Garch()
    )
    return (
        Setting("preset", CRASH, 30, 400),
        Setting("crash day", day, 6, 60),
        Setting("GARCH day", garch, 10, 100),
    )


def minutes(scenario: Scenario, seed: int, replicate: int) -> dict[Series, Floats]:
    """One replicate every minute, `[minutes + 1]`: its mark, and its index process alone."""
    series = simulate(scenario, seed, replicate, series_every_s=MINUTE_S).series
    path = build_world(scenario, seed, replicate).state.markets.index_path
    return {
        "mark": series["mark_price"],
        "process": np.asarray(path[:: round(MINUTE_S / scenario.dt_s), 0]),
    }


class Parts(NamedTuple):
    """What the pooled statistics of one replicate are made of.

    Attributes:
        returns, hourly: log returns of a minute and of an hour.
        products: sums of products at each lag (r at 1, then |r| at `LAGS`), NaN when too short.
        powers: sums of squares of r and of |r|, centred.
    """

    returns: Floats
    hourly: Floats
    products: Floats
    powers: Floats


def parts_of(prices: Floats) -> Parts:
    """The parts of one replicate's prices."""
    returns = log_returns(prices)
    sizes = np.abs(returns)
    powers = [float(np.sum((values - values.mean()) ** 2)) for values in (returns, sizes)]
    memory = [autocorrelation(returns, 1), *(autocorrelation(sizes, lag) for lag in LAGS)]
    products = np.array(memory) * np.array([powers[0], *[powers[1]] * len(LAGS)])
    return Parts(returns, log_returns(prices, 60), products, np.array(powers))


def pooled(parts: Sequence[Parts]) -> Floats:
    """The eight statistics of some replicates together, `[8]`; NaN where a series is too short."""
    returns = np.concatenate([one.returns for one in parts])
    hourly = np.concatenate([one.hourly for one in parts])
    products = np.sum([one.products for one in parts], axis=0)
    powers = np.sum([one.powers for one in parts], axis=0)
    memory = products / np.array([powers[0], *[powers[1]] * len(LAGS)])
    late = excess_kurtosis(hourly) if hourly.size >= LEAST_HOURS else math.nan
    return np.array([hill(returns), *memory, excess_kurtosis(returns), late])


def judged_fact(fact: Fact, low: float, high: float) -> Truth:
    """Whether an interval lies in a fact's range; None where it is open or unknown."""
    if fact.holds(low) and fact.holds(high):
        return True
    half = 0.5 * 10.0**-fact.digits
    return False if high < fact.low - half or low > fact.high + half else None


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C10: every fact in every setting, of marks and of the index process alone."""
    keys = (
        "setting",
        "series",
        "fact",
        "value",
        "low",
        "high",
        "range_low",
        "range_high",
        "verdict",
    )
    table: dict[str, list[float | str]] = {key: [] for key in keys}
    tests: list[Truth] = []
    for setting in settings_of():
        count, seed = settings.pick(setting.quick, setting.full), int(rng.integers(2**31))
        runs = [minutes(setting.scenario, seed, replicate) for replicate in range(count)]
        draws = rng.integers(count, size=(RESAMPLES, count))
        for series in SERIES:
            parts = [parts_of(one[series]) for one in runs]
            values = pooled(parts)
            again = np.array([pooled([parts[i] for i in draw]) for draw in draws])
            low, high = np.quantile(again, ENDS, axis=0)
            for number, fact in enumerate(FACTS):
                value = float(values[number])
                ends = (min(value, float(low[number])), max(value, float(high[number])))
                truth = judged_fact(fact, *ends)
                verdict = WORDS[truth] if math.isfinite(value) else "unknown"
                row: tuple[float | str, ...] = (
                    *(setting.name, series, fact.name, value, *ends),
                    *(fact.low, fact.high, verdict),
                )
                for key, cell in zip(keys, row, strict=True):
                    table[key].append(cell)
                if series == "mark" and math.isfinite(value):
                    tests.append(truth)
    return Finding(
        judged(every(*tests)),
        _sentence(table),
        _measurements(table),
        {"crash_facts": table},
    )


def _sentence(table: Mapping[str, list[float | str]]) -> str:
    """Which facts each setting misses."""
    said = []
    for setting in dict.fromkeys(table["setting"]):
        rows = [
            (fact, float(value), verdict)
            for name, series, fact, value, verdict in zip(
                *(table[key] for key in ("setting", "series", "fact", "value", "verdict")),
                strict=True,
            )
            if name == setting and series == "mark" and verdict != "unknown"
        ]
        missed = [f"{fact} ({value:.2g})" for fact, value, verdict in rows if verdict == "refuted"]
        said.append(f"{setting}: {len(missed)} of {len(rows)} missed, {', '.join(missed) or '-'}")
    counts = {
        name: sum(
            one == name and verdict == "refuted"
            for one, verdict in zip(table["series"], table["verdict"], strict=True)
        )
        for name in SERIES
    }
    return (
        f"Of the facts of recorded crises the model's own marks miss {counts['mark']}, and the "
        f"index process alone {counts['process']}. {'; '.join(said)}."
    )


def _measurements(table: Mapping[str, list[float | str]]) -> tuple[Measurement, ...]:
    """Every known number of the marks; the range stands in the name."""
    made = []
    for setting, series, fact, value, low, high, first, last, verdict in zip(
        *table.values(), strict=True
    ):
        if series == "mark" and verdict != "unknown":
            name = f"{fact}, {setting}, {first:g} to {last:g}"
            made.append(Measurement(name, math.nan, float(value), float(low), float(high)))
    return tuple(made)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C10",
        "Stylised facts without a record",
        "[Cont2001]; ranges: measured on five crises (C7)",
        "The marks of the model's own crash, with nothing recorded in it, have the tail index, the "
        "memory and the kurtosis of Bitcoin minutes in a crisis.",
        run,
    ),
)
