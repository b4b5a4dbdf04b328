"""The eight slots of a design in words, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from abm.adl.design import AdlDesign
from experiments.words.amounts import capacity, severity, trigger
from experiments.words.prices import aftermath, close_price, disclosure
from experiments.words.shares import allocation, score
from experiments.words.told import Told, takes_nothing

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


NOT_REACHED = Told("-", (), "Not reached.")
"""Said of who pays, where nobody ever does."""

_OF_PAYERS = ("capacity", "score", "allocation", "close_price")


def slots_of(design: AdlDesign) -> dict[str, Told]:
    """What is said of each slot, by its name."""
    told = {slot: tell(design) for slot, tell in TELLERS.items()}
    return told | (dict.fromkeys(_OF_PAYERS, NOT_REACHED) if takes_nothing(design) else {})
