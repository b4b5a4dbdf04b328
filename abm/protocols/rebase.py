"""A rebase: every holder's units grow or shrink by the same share, by rule.

    deviation   δ = P / P* - 1
    supply      ΔS / S = l + (U - l) / (1 - (U / l) 2^(-g δ))       where |δ| >= band, else 0

with (l, U) = (-5 %, 5 %) above the target, (-7.7 %, 7.7 %) below it, g = 45, once a day. The
sigmoid passes through 0 at δ = 0 and saturates: at δ = -0.5 nearly 7.7 % of everybody's units go.

The market price of a unit does not move by itself when units are taken away, its fair price (market
value over units) does: the gap closes with a half-life. Until it has, a position in units is worth
less by the rebase, which is how a borrower is deleveraged by the protocol.

Source: Ampleforth, `UFragmentsPolicy.sol` (ampleforth-contracts@701eee27):
`computeRebasePercentage`, `inDeviationThreshold`.
"""

import math
from dataclasses import dataclass

from abm.kernel import kernel

SECONDS_PER_DAY = 86_400.0
"""Ampleforth rebases once a day [s]."""


@dataclass(frozen=True)
class Rebase:
    """A token's rebase rule; the defaults are Ampleforth's, but switched off.

    Attributes:
        every_s: time between rebases; 0 = units never change.
        first_s: time of the first.
        band: deviation from the target below which supply stays.
        growth: g, steepness of the sigmoid.
        most_above, most_below: U above and below the target; l is its negative.
        repricing_s: half-life of the gap between market price and fair price after a rebase.
    """

    every_s: float = 0.0
    first_s: float = 60.0
    band: float = 0.025
    growth: float = 45.0
    most_above: float = 0.05
    most_below: float = 0.077
    repricing_s: float = 3600.0

    def __post_init__(self) -> None:
        if not (self.every_s >= 0.0 and self.first_s >= 0.0 and self.band >= 0.0):
            raise ValueError("every_s, first_s and band must be 0 or more.")
        if not (self.growth > 0.0 and self.repricing_s > 0.0):
            raise ValueError("growth and repricing_s must be above 0.")
        if not (0.0 < self.most_above < 1.0 and 0.0 < self.most_below < 1.0):
            raise ValueError("most_above and most_below are shares of supply between 0 and 1.")


@kernel
def rebase_curve(deviation: float, growth: float, lowest: float, highest: float) -> float:
    """The sigmoid l + (U - l) / (1 - (U / l) 2^(-g δ)): share by which supply changes."""
    steep = min(max(-growth * deviation, -1000.0), 1000.0)  # beyond, the sigmoid is flat
    return lowest + (highest - lowest) / (1.0 - (highest / lowest) * math.exp2(steep))


@kernel
def rebase_share(
    deviation: float, band: float, growth: float, most_above: float, most_below: float
) -> float:
    """Share by which supply changes at a deviation of the price from its target."""
    if abs(deviation) < band:
        return 0.0
    most = most_above if deviation > 0.0 else most_below
    return rebase_curve(deviation, growth, -most, most)


@kernel
def is_rebase_due(now_s: float, dt_s: float, first_s: float, every_s: float) -> bool:
    """Does a rebase fall into the tick that ends at `now_s`? Never when `every_s` is 0."""
    if every_s <= 0.0 or now_s < first_s:
        return False
    done = int((now_s - first_s) / every_s)
    before = now_s - dt_s - first_s
    return before < 0.0 or int(before / every_s) != done


@kernel
def unit_price(index: float, first_index: float, supply_scale: float, gap_factor: float) -> float:
    """Market price of a unit, 1 at the start: market value moves with the index [1].

    `supply_scale` is supply over its start, `gap_factor` market over fair price.
    """
    return index / first_index / supply_scale * gap_factor
