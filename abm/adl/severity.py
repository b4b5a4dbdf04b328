"""Slot 2: how much of what is owed ADL takes this round.

    B = theta Q                     theta = 1 (Full), a constant (Fixed), or
    theta = min(1, U / Q)           (Match: never ask for more than the capacity U there is)
    B = min(Q, U Q / (T + Q))       (EqualClaims: whoever takes money out leaves the share that
                                     makes all claims equal; T = all deposits)

Q and U are in the numeraire of the round (contracts, or USD), B is the budget. Sources:
[Chitra2025], where Match is the "smart" severity; Paradex `socialized-losses.mdx`, where
Q / (T + Q) is the socialised-loss factor.
"""

from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.encoding import require_share
from abm.adl.water_filling import total_of
from abm.kernel import kernel
from abm.units import Floats


@dataclass(frozen=True)
class Full:
    """All of it: theta = 1 (every venue that closes positions)."""

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


@dataclass(frozen=True)
class EqualClaims:
    """The share Q / (T + Q) of what is withdrawn, here by everybody at once (Paradex)."""

    def write(self, parameters: Floats) -> None:
        parameters[code.SEVERITY] = code.SEVERITY_EQUAL_CLAIMS
        parameters[code.SEVERITY_THETA] = 1.0


type Severity = Full | Fixed | Match | EqualClaims


@kernel
def budget_of(parameters: Floats, owed: float, capacity: Floats, deposits_usd: float) -> float:
    """Budget B >= 0 of one round.

    Args:
        parameters: the design, `[P]`.
        owed: Q, in the numeraire of the round.
        capacity: `[N]`, in the numeraire of the round.
        deposits_usd: T, the wallets of all accounts; read by `EqualClaims` only.
    """
    severity = int(parameters[code.SEVERITY])
    if severity == code.SEVERITY_MATCH:
        return min(owed, total_of(capacity))
    if severity == code.SEVERITY_EQUAL_CLAIMS:
        share = 1.0 if deposits_usd <= 0.0 else owed / (deposits_usd + owed)
        return min(owed, share * total_of(capacity))
    return float(parameters[code.SEVERITY_THETA]) * owed
