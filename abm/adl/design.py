"""An ADL design is eight slots, each a small frozen value, with its names, sources and status.

    trigger . severity . capacity . score . allocation . close_price . disclosure . aftermath

`parameters()` is the same design as the float64 vector that the compiled pipeline reads. A
combination without meaning is refused here: cash has no contracts, a close no charge per contract.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from abm.adl import encoding as code
from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Allocation, Tiered
from abm.adl.capacity import Capacity
from abm.adl.close_price import ClosePrice, NoClose, PreviousMarkPrice
from abm.adl.disclosure import Disclosure
from abm.adl.score import CustomScore, Score
from abm.adl.severity import EqualClaims, Fixed, Severity
from abm.adl.trigger import Trigger
from abm.citation import Citation
from abm.units import Floats

SLOTS = (
    "trigger",
    "severity",
    "capacity",
    "score",
    "allocation",
    "close_price",
    "disclosure",
    "aftermath",
)


@dataclass(frozen=True)
class AdlDesign:
    """One way to auto-deleverage.

    Attributes:
        id: short name used in study files, an identifier.
        names: venues or papers that use it, and other names.
        sources: where the rule was read; required of every design in the catalog.
        status: "checked" when the rule is published and an independent oracle agrees,
            "provisional" when a part of it is not published or known second hand, "user" for one
            that does not ship with the catalog.
        note: how ambiguous wording was settled here, and what is not modelled.
        unpublished: parts of the rule that no source publishes; a design of the catalog is
            provisional exactly when there are some.
        needs: why the design cannot run in the simulator of ticks, or only on a venue with a pool;
            empty when it runs on any.
        rationale: why a design that no venue has might be wanted.
    """

    id: str
    names: tuple[str, ...]
    trigger: Trigger
    severity: Severity
    capacity: Capacity
    score: Score | CustomScore
    allocation: Allocation
    close_price: ClosePrice
    disclosure: Disclosure
    aftermath: Aftermath = field(default_factory=Aftermath)
    sources: tuple[Citation, ...] = ()
    status: Literal["provisional", "checked", "user"] = "provisional"
    note: str = ""
    unpublished: tuple[str, ...] = ()
    needs: str = ""
    rationale: str = ""

    def __post_init__(self) -> None:
        if not self.id.isidentifier():
            raise ValueError(f"design id {self.id!r} is not an identifier: use letters, digits, _")
        in_cash = isinstance(self.close_price, NoClose)
        numeraire = self.capacity.numeraire
        if in_cash and numeraire == "contracts":
            raise ValueError(
                "nothing is closed, so contracts cannot be taken: choose a capacity in USD"
            )
        if not in_cash and self.capacity.is_charge:
            raise ValueError(f"{numeraire} is a charge in cash: use close_price=NoClose()")
        if not in_cash and self.capacity.both_sides:
            raise ValueError("a close is against the other side: write both_sides=False")
        if in_cash and self.capacity.health != "any":
            raise ValueError("health judges a close: leave it out with NoClose()")
        if isinstance(self.severity, EqualClaims) and not in_cash:
            raise ValueError("EqualClaims is a share of money: use close_price=NoClose()")
        if isinstance(self.allocation, Tiered) and numeraire not in ("pnl_usd", "equity_usd"):
            raise ValueError("Tiered slices profit or equity: use one of them as numeraire")

    def parameters(self) -> Floats:
        """The design as the vector `[P]` that kernels read (see `abm.adl.encoding`)."""
        parameters = np.zeros(code.LENGTH)
        for slot in SLOTS:
            getattr(self, slot).write(parameters)
        return parameters

    @property
    def reads_previous_mark(self) -> bool:
        """Whether the close price needs the mark before the last update."""
        return isinstance(self.close_price, PreviousMarkPrice)

    @property
    def takes_nothing(self) -> bool:
        """Whether no trader is ever touched: the residual stays with venue, pool or vault."""
        return self.severity == Fixed(0.0)

    @property
    def reads_hedges(self) -> bool:
        """Whether the score needs the share of a position that is hedged elsewhere."""
        return isinstance(self.score, Score) and self.score.spares_hedges

    @property
    def reads_snapshot(self) -> bool:
        """Whether the capacity needs a profit from before."""
        return self.capacity.numeraire == "snapshot_usd"
