# ruff: noqa: D101
"""A toy simulator with the shape of the real one: fast, seeded, and able to fail, wait or crash.

Its numbers mean nothing. Faults are levers of the scenario, so that a study can ask for them:
`fail_at` raises in one replicate, `crash_marker` ends the worker process once (the marker file is
its memory), `sleep_s` makes a run last.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from abm.rng import Stream, generator
from experiments.engine import Engine


@dataclass(frozen=True)
class Gbm:
    volatility: float = 0.5
    kind: Literal["gbm"] = "gbm"

    def __post_init__(self) -> None:
        if self.volatility < 0.0:
            raise ValueError(f"volatility must be 0 or more, not {self.volatility}")


@dataclass(frozen=True)
class Recorded:
    files: tuple[str, ...] = ("btc.csv",)
    kind: Literal["recorded"] = "recorded"


type Price = Gbm | Recorded


@dataclass(frozen=True)
class Venue:
    design: str = "queue"
    fee_rate: float = 0.001


@dataclass(frozen=True)
class ToyScenario:
    name: str = "toy"
    ticks: int = 20
    dt_s: float = 60.0
    traders: int = 50
    design: str = "queue"
    disclosure: Literal["none", "rank"] = "none"
    reacting: bool = False
    max_leverage: float = 10.0
    min_leverage: float = 1.0
    price: Price = field(default_factory=Gbm)
    venues: tuple[Venue, ...] = (Venue(), Venue())
    fail_at: int = -1
    sleep_s: float = 0.0
    crash_marker: str = ""

    def __post_init__(self) -> None:
        if self.min_leverage <= 0.0:
            raise ValueError(f"min_leverage must be positive, not {self.min_leverage}")
        if self.max_leverage < self.min_leverage:
            raise ValueError("max_leverage must not be below min_leverage")


@dataclass(frozen=True)
class ToyMeasure:
    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class ToyDesign:
    id: str
    names: tuple[str, ...]
    status: str = "provisional"


@dataclass(frozen=True)
class ToyRecord:
    outcomes: Mapping[str, float]
    series: Mapping[str, Any]
    events: Mapping[str, Any] | None
    notes: tuple[str, ...] = ()
    venues: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)


OUTCOMES = (
    ToyMeasure("residual_share", "1", "share left"),
    ToyMeasure("adl_notional_usd", "USD", "taken notional"),
    ToyMeasure("taken_gini", "1", "inequality of what is taken"),
    ToyMeasure("largest_burden_excess", "1", "largest burden above the bound"),
    ToyMeasure("retained_value_beta5", "1", "retained value"),
    ToyMeasure("unsettled_ticks", "ticks", "never known here"),
)
SERIES = (ToyMeasure("time_s", "s", "time"), ToyMeasure("mark_price", "USD", "mark price"))
VENUES = (
    ToyMeasure("open_interest_usd", "USD", "open interest at the start"),
    ToyMeasure("first_failure_s", "s", "first failure, never known at the second venue"),
)
DESIGNS = tuple(
    ToyDesign(name, (f"Venue of {name}",))
    for name in ("queue", "pro_rata", "equal", "random_order")
)


def simulate(
    scenario: ToyScenario,
    seed: int,
    replicate: int,
    *,
    series_every_s: float | None = None,
    events: bool = False,
    network_every_s: float | None = None,
) -> ToyRecord:
    if scenario.sleep_s:
        time.sleep(scenario.sleep_s)
    if scenario.crash_marker and not Path(scenario.crash_marker).exists():
        Path(scenario.crash_marker).touch()
        os._exit(9)
    if replicate == scenario.fail_at:
        raise ValueError(f"replicate {replicate} was told\nto fail")
    shocks = generator(seed, replicate, Stream.PRICE).standard_normal(scenario.ticks)
    tilt = len(scenario.design) + 10.0 * scenario.reacting + len(scenario.disclosure)
    path = 100.0 + np.cumsum(shocks)
    numbers = {m.name: float(path.mean() * (i + 1) + tilt) for i, m in enumerate(OUTCOMES)}
    numbers["unsettled_ticks"] = float("nan")
    time_s = np.arange(scenario.ticks) * scenario.dt_s
    keep = slice(None) if series_every_s is None else time_s % series_every_s == 0.0
    series = {"time_s": time_s[keep], "mark_price": path[keep]}
    log = {"tick": np.arange(3), "kind": np.array(["fill", "adl_fill", "fill"])}
    notes = ("run step by step",) if ":" in scenario.design else ()
    network = () if network_every_s is None else network_of(scenario, path, network_every_s)
    return ToyRecord(numbers, series, log if events else None, notes, *network)


def network_of(
    scenario: ToyScenario, path: Any, every_s: float
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two venues and as many links per time as the replicate's luck has it, at times none."""
    venues = {
        "venue": ["east", "west"],
        "open_interest_usd": path[:2] * 1e6,
        "first_failure_s": np.array([60.0 * len(scenario.design), np.nan]),
    }
    time_s = np.arange(scenario.ticks) * scenario.dt_s
    at = np.flatnonzero((time_s % every_s == 0.0) & (path > 100.0))
    links = {
        "time_s": np.repeat(time_s[at], 2),
        "source": np.array(["east", "west"] * at.size, dtype=object),
        "target": ["hedgers"] * (2 * at.size),
        "layer": ["hedge", "börse"] * at.size,
        "usd": np.outer(path[at], [1.0, 1e-3]).ravel(),
    }
    return venues, links


def warm_up(scenario: ToyScenario) -> None:
    assert isinstance(scenario, ToyScenario)


def describe(design: Any) -> str:
    return f"{design.id} is a toy"


def version() -> str:
    return "toy-1"


ENGINE = Engine(
    presets={
        "crash": ToyScenario(),
        "replay": ToyScenario(price=Recorded()),
    },
    simulate=simulate,
    warm_up=warm_up,
    outcomes=OUTCOMES,
    series=SERIES,
    venues=VENUES,
    designs=DESIGNS,
    describe=describe,
    version=version,
)
