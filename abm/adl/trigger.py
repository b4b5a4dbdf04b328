"""Slot 1: when ADL starts, told as the balance below which the fund no longer pays.

A loss L meets a fund F with floor f: the fund pays min(L, (F - f)+), ADL must pass on the rest.

    ResidualDeficit   f = 0                              ADL only when the fund is empty
    FundDrawdown      f = (1 - on) peak, and f = F while ADL is on (until drawdown < off)
    InventoryCap      f = 0, and the fund holds at most share x F of net notional
    FundNotUsed       f = inf                            ADL at once, the fund is for other losses

Example of Bybit: pool 1 M, symbol loses 350 k, on = 30 %: the floor is 700 k, ADL passes on 50 k.
Sources: Bybit docs `adl-alert`; Binance insurance-fund rule 2019; dYdX v4 `deleveraging.go`.
"""

import math
from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.encoding import require_at_least_zero, require_share
from abm.kernel import kernel
from abm.units import Floats

_DRAWDOWN_TOL = 1e-12  # a fund drawn exactly to its floor counts as drawn to the floor


@dataclass(frozen=True)
class ResidualDeficit:
    """ADL takes what is left when the fund is empty (BitMEX, Hyperliquid, Drift)."""

    def write(self, parameters: Floats) -> None:
        parameters[code.TRIGGER] = code.TRIGGER_RESIDUAL
        parameters[code.TRIGGER_INVENTORY_SHARE] = math.inf


@dataclass(frozen=True)
class FundDrawdown:
    """ADL starts when the fund has lost `on` of its rolling peak, stops below `off` (Bybit).

    Attributes:
        on: drawdown that starts ADL, share of the peak.
        off: drawdown under which ADL stops, at most `on`; equal to `on` means no hysteresis.
        window_s: look-back of the peak [s].
    """

    on: float = 0.30
    off: float = 0.25
    window_s: float = 8.0 * 3600.0

    def __post_init__(self) -> None:
        require_share(self.on, "FundDrawdown.on", above_zero=True)
        require_share(self.off, "FundDrawdown.off")
        require_at_least_zero(self.window_s, "FundDrawdown.window_s")
        if self.off > self.on:
            raise ValueError(f"FundDrawdown.off {self.off} is above on {self.on}: swap the two")

    def write(self, parameters: Floats) -> None:
        parameters[code.TRIGGER] = code.TRIGGER_DRAWDOWN
        parameters[code.TRIGGER_ON] = self.on
        parameters[code.TRIGGER_OFF] = self.off
        parameters[code.TRIGGER_WINDOW_S] = self.window_s
        parameters[code.TRIGGER_INVENTORY_SHARE] = math.inf


@dataclass(frozen=True)
class InventoryCap:
    """The fund takes over positions up to `share` of its balance in net notional (Binance 2019)."""

    share: float = 1.0

    def __post_init__(self) -> None:
        require_at_least_zero(self.share, "InventoryCap.share")

    def write(self, parameters: Floats) -> None:
        parameters[code.TRIGGER] = code.TRIGGER_INVENTORY
        parameters[code.TRIGGER_INVENTORY_SHARE] = self.share


@dataclass(frozen=True)
class FundNotUsed:
    """Deleveraging never draws on the fund (dYdX v4, where the fund serves liquidation fills)."""

    def write(self, parameters: Floats) -> None:
        parameters[code.TRIGGER] = code.TRIGGER_NO_FUND
        parameters[code.TRIGGER_INVENTORY_SHARE] = math.inf


type Trigger = ResidualDeficit | FundDrawdown | InventoryCap | FundNotUsed


@kernel
def fund_floor(
    parameters: Floats, fund_usd: float, peak_usd: float, is_on: bool
) -> tuple[float, bool]:
    """How far the fund may be drawn now, and whether ADL is on.

    Args:
        parameters: the design, `[P]`.
        fund_usd: balance before this loss [USD].
        peak_usd: largest balance inside the window [USD].
        is_on: memory of the last call; False at the start.

    Returns:
        floor_usd: the fund pays min(loss, max(0, fund_usd - floor_usd)).
        is_on: memory for the next call.
    """
    trigger = int(parameters[code.TRIGGER])
    if trigger == code.TRIGGER_NO_FUND:
        return math.inf, True
    if trigger != code.TRIGGER_DRAWDOWN:
        return 0.0, fund_usd <= 0.0
    if peak_usd <= 0.0:
        return 0.0, True
    drawdown = 1.0 - fund_usd / peak_usd
    threshold = parameters[code.TRIGGER_OFF] if is_on else parameters[code.TRIGGER_ON]
    now_on = drawdown >= threshold - _DRAWDOWN_TOL
    floor_usd = fund_usd if now_on else (1.0 - parameters[code.TRIGGER_ON]) * peak_usd
    return max(0.0, floor_usd), now_on


@kernel
def inventory_limit(parameters: Floats, fund_usd: float) -> float:
    """Largest net notional the fund may hold after taking over a position [USD]; inf = no cap."""
    share = float(parameters[code.TRIGGER_INVENTORY_SHARE])
    if math.isinf(share):
        return math.inf
    return share * max(0.0, fund_usd)
