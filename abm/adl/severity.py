"""Slot 2: how much of what is owed ADL takes this round.

    B = theta Q                     theta = 1 (Full), a constant (Fixed), or
    theta = min(1, U / Q)           (Match: never ask for more than the capacity U there is)

Q and U are in the numeraire of the round (contracts, or USD), B is the budget. Source:
[Chitra2025], where Match is the "smart" severity.
"""

from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.encoding import require_share
from abm.adl.water_filling import total_of
from abm.kernel import kernel
from abm.units import Floats


@dataclass(frozen=True)
class Full:
    """All of it: theta = 1 (every venue read so far)."""

    def write(self, parameters: Floats) -> None:
        parameters[code.SEVERITY] = code.SEVERITY_FIXED
        parameters[code.SEVERITY_THETA] = 1.0


@dataclass(frozen=True)
class Fixed:
    """A constant share theta in [0, 1]; theta = 0 is no ADL at all."""

    theta: float

    def __post_init__(self) -> None:
        require_share(self.theta, "Fixed.theta")

    def write(self, parameters: Floats) -> None:
        parameters[code.SEVERITY] = code.SEVERITY_FIXED
        parameters[code.SEVERITY_THETA] = self.theta


@dataclass(frozen=True)
class Match:
    """As much as the candidates can give: theta = min(1, U / Q)."""

    def write(self, parameters: Floats) -> None:
        parameters[code.SEVERITY] = code.SEVERITY_MATCH
        parameters[code.SEVERITY_THETA] = 1.0


type Severity = Full | Fixed | Match


@kernel
def budget_of(parameters: Floats, owed: float, capacity: Floats) -> float:
    """Budget B >= 0 of one round; `owed` and `capacity` `[N]` in the numeraire of the round."""
    if int(parameters[code.SEVERITY]) == code.SEVERITY_MATCH:
        return min(owed, total_of(capacity))
    return float(parameters[code.SEVERITY_THETA]) * owed
