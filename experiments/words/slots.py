"""The eight slots of a design in words, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from abm.adl.design import AdlDesign
from experiments.words.amounts import capacity, severity, trigger
from experiments.words.prices import aftermath, close_price, disclosure
from experiments.words.shares import allocation, score
from experiments.words.told import Told

TELLERS: Mapping[str, Callable[[AdlDesign], Told]] = MappingProxyType(
    {
        "trigger": trigger,
        "severity": severity,
        "capacity": capacity,
        "score": score,
        "allocation": allocation,
        "close_price": close_price,
        "disclosure": disclosure,
        "aftermath": aftermath,
    }
)
"""Who tells which slot, in the order of `abm.adl.design.SLOTS`."""


def slots_of(design: AdlDesign) -> dict[str, Told]:
    """What is said of each slot, by its name."""
    return {slot: tell(design) for slot, tell in TELLERS.items()}
