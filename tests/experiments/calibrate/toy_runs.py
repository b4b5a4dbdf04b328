"""Runs that were never simulated: fills drawn from a few parameters, fast and known."""

from typing import Any

import numpy as np

from experiments.calibrate.observe import Observation


def toy_run(scenario: Any, seed: int, replicate: int, fills: int = 150) -> Observation:
    """Fills whose leverage, profit and notional have the population's own parameters."""
    generator = np.random.default_rng([seed, replicate])
    population = scenario.population
    time_s = 1560.0 + np.sort(2.0 * np.round(200.0 * generator.random(fills)))
    mark = 100.0 - 12.0 * np.arange(scenario.ticks + 1) / scenario.ticks
    noise = generator.standard_normal((2, fills))
    liquidated = np.where(np.arange(scenario.ticks) % 7 == 3, 5e3, 0.0)
    return Observation(
        begin_s=0.0,
        dt_s=scenario.dt_s,
        time_s=time_s,
        account=generator.integers(0, fills, fills),
        notional_usd=1e3 * generator.random(fills) ** (-1.0 / population.tail_index),
        leverage=population.losers_leverage_median * np.exp(0.5 * noise[0]),
        profit=population.winning_gain_mean + 0.05 * noise[1],
        backstop=generator.random(fills),
        liquidated_usd=liquidated,
        mark_price=mark[:, None],
    )
