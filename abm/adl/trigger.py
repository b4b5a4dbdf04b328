"""Slot 1: when ADL starts, told as the balance below which the fund no longer pays.

A loss L meets a fund F with floor f: the fund pays min(L, (F - f)+), ADL must pass on the rest.

    ResidualDeficit   f = 0                              ADL only when the fund is empty
    FundDrawdown      f = (1 - on) peak, and f = F while ADL is on (until drawdown < off)
    PoolDrawdown      f = F - (PnL - line)+, line = max PnL - on max F: the symbol's own drawdown
    InventoryCap      f = 0, and the fund holds at most share x F of net notional
    FundNotUsed       f = inf                            ADL at once, the fund is for other losses
    FundAfterProfits  the fund pays what the winners' profits do not suffice for (Percolator)
    EarlyMargin       f = 0, and margin requirements grow before the fund is empty
    PoolFactor        no fund: the profit of one side is too large for the pool behind it (GMX)

Example of Bybit: pool 1 M, symbol loses 350 k, on = 30 %: the floor is 700 k, ADL passes on 50 k.
Sources: Bybit docs `adl-alert`; Binance insurance-fund rule 2019; dYdX v4 `deleveraging.go`;
Percolator `haircut.rs`; GMX `AdlUtils.sol`.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from abm.adl import encoding as code
from abm.adl.encoding import require_at_least_zero, require_share
from abm.kernel import kernel
from abm.units import Floats

_DRAWDOWN_TOL = 1e-12  # a fund drawn exactly to its floor counts as drawn to the floor


def _write(parameters: Floats, choice: int) -> None:
    """The code of a trigger, and values with which the other entries say nothing."""
    parameters[code.TRIGGER] = choice
    parameters[code.TRIGGER_INVENTORY_SHARE] = math.inf
    parameters[code.TRIGGER_STRESS] = math.inf
    parameters[code.TRIGGER_RAISE] = 1.0
    parameters[code.TRIGGER_PAYOUT_CAP] = math.inf


@dataclass(frozen=True)
class ResidualDeficit:
    """ADL takes what is left when the fund is empty (BitMEX, Hyperliquid, Drift)."""

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_RESIDUAL)


def _require_drawdown(name: str, on: float, off: float, window_s: float) -> None:
    require_share(on, f"{name}.on", above_zero=True)
    require_share(off, f"{name}.off")
    require_at_least_zero(window_s, f"{name}.window_s")
    if off > on:
        raise ValueError(f"{name}.off {off} is above on {on}: swap the two")


@dataclass(frozen=True)
class FundDrawdown:
    """ADL starts when the fund has lost `on` of its rolling peak, stops below `off` (OKX).

    Attributes:
        on: drawdown that starts ADL, share of the peak.
        off: drawdown under which ADL stops, at most `on`; equal to `on` means no hysteresis.
        window_s: look-back of the peak [s].
    """

    on: float = 0.30
    off: float = 0.25
    window_s: float = 8.0 * 3600.0

    def __post_init__(self) -> None:
        _require_drawdown("FundDrawdown", self.on, self.off, self.window_s)

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_DRAWDOWN)
        parameters[code.TRIGGER_ON] = self.on
        parameters[code.TRIGGER_OFF] = self.off
        parameters[code.TRIGGER_WINDOW_S] = self.window_s


@dataclass(frozen=True)
class PoolDrawdown:
    """A symbol may cost its pool `on` of the pool's peak; what is beyond is passed on (Bybit).

    What is passed on is the loss beyond -on, whether the alert is still on or not: between -on and
    -off the flag stays, and costs nobody anything.
    Rule 1: on when (PnL - max PnL) / max F < -on and F > min_pool_usd, off when above -off.
    Rule 2: on when F <= 0. Rule 3: a symbol taken out of its pool has a fund of its own, for which
    only rule 2 is left (`alone`).

    Attributes:
        on: loss of the symbol from its peak, as a share of the pool's peak, that starts ADL.
        off: the same, under which ADL stops; at most `on`.
        window_s: look-back of both peaks [s].
        min_pool_usd: a pool at or below this does not start rule 1 [USD].
        alone: rule 3.
    """

    on: float = 0.30
    off: float = 0.25
    window_s: float = 8.0 * 3600.0
    min_pool_usd: float = 10_000.0
    alone: bool = False

    def __post_init__(self) -> None:
        _require_drawdown("PoolDrawdown", self.on, self.off, self.window_s)
        require_at_least_zero(self.min_pool_usd, "PoolDrawdown.min_pool_usd")

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_RESIDUAL if self.alone else code.TRIGGER_POOL_DRAWDOWN)
        parameters[code.TRIGGER_ON] = self.on
        parameters[code.TRIGGER_OFF] = self.off
        parameters[code.TRIGGER_WINDOW_S] = self.window_s
        parameters[code.TRIGGER_MIN_POOL_USD] = self.min_pool_usd


@dataclass(frozen=True)
class InventoryCap:
    """The fund takes over positions up to `share` of its balance in net notional (Binance 2019).

    Taking over needs somebody who holds: in the simulator the backstop vault does. On a book
    without time the fund pays cash as for `ResidualDeficit`, and the cap does not bind.
    """

    share: float = 1.0

    def __post_init__(self) -> None:
        require_at_least_zero(self.share, "InventoryCap.share")

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_INVENTORY)
        parameters[code.TRIGGER_INVENTORY_SHARE] = self.share


@dataclass(frozen=True)
class FundNotUsed:
    """Deleveraging never draws on the fund (dYdX v4, where the fund serves liquidation fills)."""

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_NO_FUND)


@dataclass(frozen=True)
class FundAfterProfits:
    """Winners' open profits pay first, then the fund, then everybody's equity (Percolator)."""

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_AFTER_PROFITS)


@dataclass(frozen=True)
class EarlyMargin:
    """Requirements are raised while losses in sight outgrow the fund, so that less is left to ADL.

    Initial and maintenance margin alike.

    s = Σ deficits if every mark moved by `move` against its accounts / fund; requirements are
    multiplied by min(largest, max(1, s / stress)).

    Attributes:
        stress: ratio s from which margins are raised [1].
        largest: largest factor on requirements [1].
    """

    stress: float = 0.5
    largest: float = 2.0

    def __post_init__(self) -> None:
        if not self.stress > 0.0:
            raise ValueError(f"EarlyMargin.stress is {self.stress}: give a ratio above 0")
        if not 1.0 <= self.largest < math.inf:
            raise ValueError(f"EarlyMargin.largest is {self.largest}: give a factor of at least 1")

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_RESIDUAL)
        parameters[code.TRIGGER_STRESS] = self.stress
        parameters[code.TRIGGER_RAISE] = self.largest


@dataclass(frozen=True)
class PoolFactor:
    """The profit of one side over the pool behind it passes `largest` (GMX v2).

    Attributes:
        largest: profit / pool above which positions are closed [1].
        after: no close may lead below this factor [1].
        payout_cap: profits above this share of the pool are paid out in proportion [1].
    """

    largest: float = 0.85
    after: float = 0.77
    payout_cap: float = 0.90

    def __post_init__(self) -> None:
        require_share(self.largest, "PoolFactor.largest", above_zero=True)
        require_share(self.after, "PoolFactor.after")
        require_share(self.payout_cap, "PoolFactor.payout_cap", above_zero=True)
        if self.after > self.largest:
            raise ValueError(f"PoolFactor.after {self.after} is above largest: swap the two")

    def write(self, parameters: Floats) -> None:
        _write(parameters, code.TRIGGER_POOL_FACTOR)
        parameters[code.TRIGGER_ON] = self.largest
        parameters[code.TRIGGER_OFF] = self.after
        parameters[code.TRIGGER_PAYOUT_CAP] = self.payout_cap


type Trigger = (
    ResidualDeficit
    | FundDrawdown
    | PoolDrawdown
    | InventoryCap
    | FundNotUsed
    | FundAfterProfits
    | EarlyMargin
    | PoolFactor
)


class Fund(NamedTuple):
    """The fund behind a book before a loss.

    Attributes:
        balance_usd: now.
        peak_usd: largest balance inside the window.
        pnl_usd: what this instrument has brought the fund, below 0 when it cost it something.
        pnl_peak_usd: largest `pnl_usd` inside the window.
    """

    balance_usd: float
    peak_usd: float
    pnl_usd: float
    pnl_peak_usd: float


@kernel
def fund_floor(parameters: Floats, fund: Fund, is_on: bool) -> tuple[float, bool]:
    """How far the fund may be drawn now, and whether ADL is on.

    Args:
        parameters: the design, `[P]`.
        fund: before this loss.
        is_on: memory of the last call; False at the start.

    Returns:
        floor_usd: the fund pays min(loss, max(0, fund_usd - floor_usd)).
        is_on: memory for the next call; of a pool's drawdown rule alone where there is one.
    """
    trigger = int(parameters[code.TRIGGER])
    if trigger == code.TRIGGER_POOL_DRAWDOWN:
        return _pool_floor(parameters, fund, is_on)
    if trigger == code.TRIGGER_NO_FUND or trigger == code.TRIGGER_AFTER_PROFITS:
        return math.inf, True
    if trigger != code.TRIGGER_DRAWDOWN:
        return 0.0, fund.balance_usd <= 0.0
    if fund.peak_usd <= 0.0:
        return 0.0, True
    drawdown = 1.0 - fund.balance_usd / fund.peak_usd
    threshold = parameters[code.TRIGGER_OFF] if is_on else parameters[code.TRIGGER_ON]
    now_on = drawdown >= threshold - _DRAWDOWN_TOL
    floor_usd = fund.balance_usd if now_on else (1.0 - parameters[code.TRIGGER_ON]) * fund.peak_usd
    return max(0.0, floor_usd), now_on


@kernel
def _pool_floor(parameters: Floats, fund: Fund, is_on: bool) -> tuple[float, bool]:
    """Bybit's rules 1 and 2; the line is where the symbol has cost the pool its share.

    The memory is rule 1's alone: rule 2 is the sign of the balance.
    """
    if fund.peak_usd <= 0.0:
        return 0.0, is_on
    ratio = (fund.pnl_usd - fund.pnl_peak_usd) / fund.peak_usd
    large = fund.balance_usd > parameters[code.TRIGGER_MIN_POOL_USD]
    if is_on:
        now_on = not ratio > -parameters[code.TRIGGER_OFF]
    else:
        now_on = large and ratio < -parameters[code.TRIGGER_ON]
    if not now_on and not large:
        return 0.0, False
    line_usd = fund.pnl_peak_usd - parameters[code.TRIGGER_ON] * fund.peak_usd
    return max(0.0, fund.balance_usd - max(0.0, fund.pnl_usd - line_usd)), now_on


@kernel
def is_by_book(parameters: Floats) -> bool:
    """Whether each book has a limit of its own on the fund, so that one's draw is not another's."""
    return int(parameters[code.TRIGGER]) == code.TRIGGER_POOL_DRAWDOWN


@kernel
def inventory_limit(parameters: Floats, fund_usd: float) -> float:
    """Largest net notional the fund may hold after taking over a position [USD]; inf = no cap."""
    share = float(parameters[code.TRIGGER_INVENTORY_SHARE])
    if math.isinf(share):
        return math.inf
    return share * max(0.0, fund_usd)


@kernel
def margin_factor(parameters: Floats, threatened_usd: float, fund_usd: float) -> float:
    """Factor >= 1 on margin requirements while the losses in sight outgrow the fund.

    Args:
        parameters: the design, `[P]`.
        threatened_usd: deficits that a further move of the marks would make.
        fund_usd: balance of the fund.
    """
    stress = float(parameters[code.TRIGGER_STRESS])
    largest = float(parameters[code.TRIGGER_RAISE])
    if math.isinf(stress) or threatened_usd <= 0.0:
        return 1.0
    if fund_usd <= 0.0:
        return largest
    return min(largest, max(1.0, threatened_usd / fund_usd / stress))
