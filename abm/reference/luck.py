"""The same luck as the engine's: draws are a function of (key, tick, identity).

A whole column of draws is fetched at once; nothing here depends on the order of agents.
"""

import numpy as np

from abm.rng import fill_uniform, tick_key
from abm.units import Floats, Ints, Words


class Luck:
    """The keys of a world and the clock.

    Attributes:
        keys: `[4]`, one per purpose (`abm.engine.world`).
        tick: current tick.
    """

    def __init__(self, keys: Words) -> None:
        self.keys = keys.copy()
        self.tick = 0

    def column(self, purpose: int, identities: Ints) -> list[float]:
        """This tick's draws in (0, 1), one per identity."""
        draws: Floats = np.empty(identities.size)
        key = np.uint64(tick_key(self.keys[purpose], self.tick))
        fill_uniform(key, identities, draws)
        numbers: list[float] = draws.tolist()
        return numbers
