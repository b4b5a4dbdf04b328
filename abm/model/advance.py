"""One tick with Python in it: the engine's phases, called one by one.

Traders that decide in Python do so right before the compiled decisions of the others: everybody has
seen the same prices and the same published places, and nobody sees another's orders. A user's own
score is set before the phases that need scores. Everything else is the compiled code of the fast
path.
"""

from collections.abc import Mapping

from abm.engine.deciding import decide
from abm.engine.stepwise import Scorer, needs_scores
from abm.engine.tick import PHASES
from abm.engine.world import World
from abm.model.population import Population


def tick_in_python(
    world: World, handle: World, population: Population, scorers: Mapping[int, Scorer]
) -> int:
    """Advance by one tick, phase by phase; the number of orders that venues rejected."""
    rejected = 0
    for phase in PHASES:
        if phase is decide:
            rejected = population.decide(handle)
        elif needs_scores(phase, world):
            for v, scorer in scorers.items():
                scorer(handle, v)
        phase(handle)
    return rejected
