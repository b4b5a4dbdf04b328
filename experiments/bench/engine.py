"""The engine against plain Mesa: agent-steps per second of the same ticks of the same worlds.

All three start from the same world and run the same ticks (the tests hold them to the same
trajectories); building the world is not timed. An agent-step is one trader in one tick.
"""

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

from abm.engine.build import build_world
from abm.engine.presets import PRESETS
from abm.engine.run import run_batch, warm_up
from abm.engine.scenario import Scenario
from abm.engine.tick import tick
from abm.model import MarketModel
from abm.record import bind
from abm.reference import ReferenceModel
from experiments.bench.clock import interleaved, median_ratio, repeat, seconds

SIZES = ((100, 200, 8), (1_000, 200, 4), (10_000, 40, 2), (100_000, 5, 1))
"""Traders, ticks that every contender runs, and worlds of a batch."""

QUICK_SIZES = ((100, 100, 4), (1_000, 40, 2))
"""The same for a quick look."""

ROUNDS = 5
"""Interleaved rounds; the ratio is their median."""

SCENARIOS = ("benchmark", "crash")
"""The named one-venue scenario with exact ranks every tick, and the default study's."""

SEED = 1
"""Root of all luck; the round is the replicate."""


def measure_engine(*, quick: bool = False) -> list[dict[str, Any]]:
    """One row per scenario and size: nanoseconds per agent-step and ratios to plain Mesa."""
    rows = []
    for name in SCENARIOS:
        warm_up(PRESETS[name])
        for traders, ticks, worlds in QUICK_SIZES if quick else SIZES:
            scenario = replace(PRESETS[name], traders=traders)
            rows.append(measure_size(scenario, ticks, worlds, 3 if quick else ROUNDS))
    return rows


def measure_size(scenario: Scenario, ticks: int, worlds: int, rounds: int) -> dict[str, Any]:
    """Plain Mesa, `MarketModel.step` and a batch on one scenario and size."""

    def plain_mesa() -> Callable[[], object]:
        model = ReferenceModel.from_world(build_world(scenario, SEED, 0), scenario)
        return lambda: repeat(model.step, ticks)

    def stepping() -> Callable[[], object]:
        model = MarketModel(scenario, rng=SEED)
        return lambda: repeat(model.step, ticks)

    def batch() -> Callable[[], object]:
        many = [build_world(scenario, SEED, 0) for _ in range(worlds)]
        return lambda: run_batch(many, ticks)

    times = interleaved(
        rounds, {"plain Mesa": plain_mesa, "MarketModel.step": stepping, "batch": batch}
    )
    times["batch"] = [t / worlds for t in times["batch"]]
    steps = scenario.traders * ticks
    return {
        "scenario": scenario.name,
        "traders": scenario.traders,
        "ticks": ticks,
        "agent_steps_per_s": {n: steps / median(t) for n, t in times.items()},
        "ns_per_agent_step": {n: median(t) / steps * 1e9 for n, t in times.items()},
        "step_ratio": median_ratio(times["plain Mesa"], times["MarketModel.step"]),
        "batch_ratio": median_ratio(times["plain Mesa"], times["batch"]),
    }


def measure_overhead(*, quick: bool = False) -> dict[str, float]:
    """Microseconds of `MarketModel.step()`, of its kernel call, and the difference."""
    scenario = replace(PRESETS["benchmark"], traders=100, ticks=2_000)
    warm_up(scenario)
    ticks = 300 if quick else 1_000

    def stepping() -> Callable[[], object]:
        model = MarketModel(scenario, rng=SEED)
        return lambda: repeat(model.step, ticks)

    def kernel_only() -> Callable[[], object]:
        world = build_world(scenario, SEED, 0)
        return lambda: run_batch([world], ticks)

    times = interleaved(7, {"step": stepping, "kernel": kernel_only})
    step, inside = (median(times[name]) / ticks * 1e6 for name in ("step", "kernel"))
    handle = bind(build_world(scenario, SEED, 0))
    call = seconds(lambda: repeat(lambda: tick(handle), ticks)) / ticks * 1e6
    return {"step_us": step, "kernel_us": inside, "call_us": call, "overhead_us": step - inside}
