"""Slot 8: what follows an ADL fill: fees, compensation, cancelled orders, a notice, gates.

Fees are charged, and compensation is paid out of the venue's fee revenue, in the same round. Orders
live for one tick in the simulator, so that cancelling them, the notice, a right to re-enter and a
gate on withdrawals are recorded of a design and not simulated; nothing there keeps an account from
re-entering at once.
"""

from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.encoding import require_at_least_zero, require_share
from abm.units import Floats


@dataclass(frozen=True)
class Aftermath:
    """Consequences for a counterparty that was deleveraged.

    Attributes:
        fee_rate: fee on the notional of the ADL fill [1]; negative is a rebate.
        cancel_orders: open orders of the instrument are cancelled.
        notice: the account is told amount and price at once.
        compensation: share of the loss against the mark that the venue pays back out of its fees.
        reentry_s: how long the account may re-enter at the ADL price [s]; 0 = no such right.
        withdrawal_gate_s: how long withdrawals are stopped afterwards [s].
        settles_market: every position of the instrument ends at the mark after the round.
    """

    fee_rate: float = 0.0
    cancel_orders: bool = True
    notice: bool = True
    compensation: float = 0.0
    reentry_s: float = 0.0
    withdrawal_gate_s: float = 0.0
    settles_market: bool = False

    def __post_init__(self) -> None:
        require_share(self.compensation, "Aftermath.compensation")
        require_at_least_zero(self.reentry_s, "Aftermath.reentry_s")
        require_at_least_zero(self.withdrawal_gate_s, "Aftermath.withdrawal_gate_s")
        if not -1.0 < self.fee_rate < 1.0:
            raise ValueError(f"Aftermath.fee_rate is {self.fee_rate}: give a share of notional")

    def write(self, parameters: Floats) -> None:
        parameters[code.AFTERMATH_FEE_RATE] = self.fee_rate
        parameters[code.AFTERMATH_CANCEL_ORDERS] = float(self.cancel_orders)
        parameters[code.AFTERMATH_NOTICE] = float(self.notice)
        parameters[code.AFTERMATH_COMPENSATION] = self.compensation
