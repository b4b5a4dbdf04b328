"""One tick with Python in it: the engine's phases, called one by one.

Traders that decide in Python do so right before the compiled decisions of the others: everybody has
seen the same prices and the same published places, and nobody sees another's orders. Designs with a
score in plain Python are scored before the phases that need scores. Everything else is the
compiled code of the fast path.
"""

from abm.adl.design import AdlDesign
from abm.engine.deciding import decide
from abm.engine.stepwise import score_in_python
from abm.engine.tick import PHASES, publish_queue, run_waterfall
from abm.engine.world import ROUNDS, World
from abm.model.population import Population


def tick_in_python(
    world: World, handle: World, population: Population, designs: tuple[AdlDesign, ...]
) -> int:
    """Advance by one tick, phase by phase; the number of orders that venues rejected."""
    rejected = 0
    for phase in PHASES:
        if phase is decide:
            rejected = population.decide(handle)
        elif phase is publish_queue or (phase is run_waterfall and world.clock[ROUNDS] != 0):
            score_in_python(world, handle, designs)
        phase(handle)
    return rejected
