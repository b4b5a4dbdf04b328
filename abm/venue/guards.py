"""Pre-emption: what a venue does before auto-deleveraging is needed, as one frozen choice.

    margin rule     flat         f = 1
                    volatility   f = clip((σ / σ_calm)^γ, 1, largest)
                    predictive   f = min(largest, 1 + slope P), P a fitted forecast (`Forecast`)
                    f multiplies every maintenance requirement, beside the ADL design's own factor
    halt            no trading for `halt_s` once a mark has moved by more than `halt_move` (log)
                    within `halt_window_s`; forced closes go on unless `halt_liquidations`
    open interest   orders that enlarge positions are rationed so that a book's open interest stays
                    below a multiple of its first; what reduces a position always passes
    PnL weights     profit that is not realised counts in part: w_i for new orders, w_m for the
                    liquidation test; bankruptcy is judged on all of it
    margin calls    a requirement that rises with the time since the call: `abm.venue.margin_calls`

σ is the makers' variance estimate of the instrument for which it is largest: a venue with one
margin factor for all books must follow its wildest. Everything is off by default.

Sources: volatility-scaled margin, Murphy, Vasios & Vause (2014), "An investigation into the
procyclicality of risk-based initial margin models", Bank of England FSP 29; halts by a price band,
SEC Rel. 34-67091 (2012), "Limit up - limit down"; PnL weights, drift-labs/protocol-v2,
state/perp_market.rs, `get_unrealized_asset_weight` (there per position, and the initial weight may
shrink further with a market's imbalance).
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from abm.kernel import kernel
from abm.venue.forecast import Forecast

FLAT, VOLATILITY, PREDICTIVE = 0, 1, 2
"""Margin rules, by code."""

MARGIN_RULES = ("flat", "volatility", "predictive")
"""Names of the margin rules, by code."""


@dataclass(frozen=True)
class Guards:
    """What one venue does before ADL is needed; the default does nothing.

    Attributes:
        margin_rule: "flat", "volatility" or "predictive".
        calm_volatility_per_year: σ_calm, at which requirements are the rulebook's.
        exponent: γ of the volatility rule.
        slope: rise of the factor per unit of probability, predictive rule.
        largest_factor: no rule raises requirements beyond this.
        forecast: the fit that the predictive rule reads.
        halt_move: log move of a mark that halts the venue; inf = never.
        halt_window_s: within so many seconds.
        halt_s: length of a halt.
        halt_liquidations: do forced closes, and with them ADL, wait until the halt is over?
        open_interest_cap: largest open interest of a book over that at the start; inf = none.
        pnl_weight_initial: weight of unrealised profit in the margin of new orders; below 1 the
            venue also refuses what exceeds its initial margin.
        pnl_weight_maintenance: weight of unrealised profit in the liquidation test.
        call_below: equity / requirement below which an account is called; 0 = no calls.
        call_grace_s: time after a call in which the requirement does not rise.
        call_rise_per_s: rise of a called account's requirement after that, as a share of it.
    """

    margin_rule: Literal["flat", "volatility", "predictive"] = "flat"
    calm_volatility_per_year: float = 0.8
    exponent: float = 1.0
    slope: float = 1.0
    largest_factor: float = 3.0
    forecast: Forecast = field(default_factory=Forecast)
    halt_move: float = math.inf
    halt_window_s: float = 60.0
    halt_s: float = 300.0
    halt_liquidations: bool = False
    open_interest_cap: float = math.inf
    pnl_weight_initial: float = 1.0
    pnl_weight_maintenance: float = 1.0
    call_below: float = 0.0
    call_grace_s: float = 60.0
    call_rise_per_s: float = 0.002

    def __post_init__(self) -> None:
        for name in ("calm_volatility_per_year", "halt_move", "halt_window_s", "halt_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")
        for name in ("exponent", "slope", "open_interest_cap", "call_grace_s", "call_rise_per_s"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more.")
        for name in ("pnl_weight_initial", "pnl_weight_maintenance"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a weight is between 0 and 1.")
        self._check_rules()

    def _check_rules(self) -> None:
        """Refuse rules that lack what they need."""
        if self.margin_rule not in MARGIN_RULES:
            raise ValueError(
                f"margin_rule is {self.margin_rule!r}: choose from {', '.join(MARGIN_RULES)}."
            )
        if not 1.0 <= self.largest_factor < math.inf:
            raise ValueError(f"largest_factor is {self.largest_factor}: give 1 or more.")
        if self.margin_rule == "predictive" and self.slope > 0.0 and not self.forecast.features:
            raise ValueError(
                "the predictive rule has no forecast: fit one with adlab forecast, or take slope 0."
            )
        if self.call_below != 0.0 and not 1.0 < self.call_below < math.inf:
            raise ValueError(f"call_below is {self.call_below}: give a ratio above 1, or 0.")

    @property
    def is_strict(self) -> bool:
        """Does the liquidation test differ from equity below requirement?"""
        return self.pnl_weight_maintenance < 1.0 or self.call_below > 0.0


def ticks_of(seconds: float, dt_s: float) -> int:
    """Whole ticks that stand for a time, at least one."""
    return max(1, round(seconds / dt_s))


@kernel
def volatility_factor(ratio: float, exponent: float, largest: float) -> float:
    """Factor on requirements at σ / σ_calm = `ratio` [1]."""
    return float(min(largest, max(1.0, ratio**exponent)))


@kernel
def predicted_factor(probability: float, slope: float, largest: float) -> float:
    """Factor on requirements at a forecast probability of bankruptcies [1]."""
    return min(largest, 1.0 + slope * probability)


@kernel
def log_move(price: float, past_price: float) -> float:
    """Size of the log move between two prices [1]."""
    return abs(math.log(price / past_price))


@kernel
def unproven(pnl_usd: float, weight: float) -> float:
    """Part of a position's unrealised PnL that does not count [USD]; losses count in full."""
    return (1.0 - weight) * max(0.0, pnl_usd)


@kernel
def added_contracts(qty_contracts: float, order_contracts: float) -> float:
    """By how much an order, filled in full, would enlarge a position beyond its size, >= 0.

    An order through zero first closes and then opens: only what it opens counts.
    """
    if qty_contracts * order_contracts >= 0.0:
        return abs(order_contracts)
    return max(0.0, abs(order_contracts) - abs(qty_contracts))


@kernel
def admitted(qty_contracts: float, order_contracts: float, share: float) -> float:
    """The order when only `share` of what it adds is let through [contracts].

    Of nothing let through remains what the order closes, to the last bit.
    """
    if share >= 1.0:
        return order_contracts
    closes = min(abs(order_contracts), abs(qty_contracts))
    if qty_contracts * order_contracts >= 0.0:
        closes = 0.0
    kept = min(
        abs(order_contracts), closes + share * added_contracts(qty_contracts, order_contracts)
    )
    return kept if order_contracts > 0.0 else -kept


@kernel
def room_below(limit_contracts: float, held_contracts: float, lot_contracts: float) -> float:
    """What may still be added below a limit [contracts]; less than a lot is no room.

    A difference of two sums is known to their rounding only, which a lot is far above.
    """
    room = limit_contracts - held_contracts
    return room if room >= lot_contracts else 0.0


@kernel
def share_within(wanted: float, room: float) -> float:
    """Share of `wanted` that fits into `room`, in [0, 1]; 1 when nothing is wanted."""
    if wanted <= room or wanted <= 0.0:
        return 1.0
    return max(0.0, room) / wanted
