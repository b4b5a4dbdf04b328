"""Slot 8: what follows an ADL fill: fees, cancelled orders, a notice.

Fees are charged in the tick. Orders live for one tick there, so that cancelling them, and the
notice, are recorded of a design and not simulated.
"""

from dataclasses import dataclass

from abm.adl import encoding as code
from abm.units import Floats


@dataclass(frozen=True)
class Aftermath:
    """Consequences for a counterparty that was deleveraged.

    Attributes:
        fee_rate: fee on the notional of the ADL fill [1]; negative is a rebate.
        cancel_orders: open orders of the instrument are cancelled.
        notice: the account is told amount and price at once.
    """

    fee_rate: float = 0.0
    cancel_orders: bool = True
    notice: bool = True

    def __post_init__(self) -> None:
        if not -1.0 < self.fee_rate < 1.0:
            raise ValueError(f"Aftermath.fee_rate is {self.fee_rate}: give a share of notional")

    def write(self, parameters: Floats) -> None:
        parameters[code.AFTERMATH_FEE_RATE] = self.fee_rate
        parameters[code.AFTERMATH_CANCEL_ORDERS] = float(self.cancel_orders)
        parameters[code.AFTERMATH_NOTICE] = float(self.notice)
