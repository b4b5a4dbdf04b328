"""Slot 7: what a trader is shown of the own place in the queue.

    Nothing      NaN
    Lights       0.2, 0.4, 0.6, 0.8, 1.0: five lights, 1.0 = the first fifth of the own side
    ExactRank    (n - rank + 1) / n: 1 = first, 1 / n = last
    PriceToAdl   (1 - |P - M| / M)+: 1 = at the mark; P is the nearest price at which the position
                 would be deleveraged (`price_to_adl.py`), 0 when there is none in sight

A light counts heads (the exact rank rounded up to the next 20 %) or contracts (BitMEX: the size
share from the front of the queue, the own position included, rounded up to the next 20 %, which
shows as 1.0 for 20 % and as 0.2 for 100 %). A price to ADL needs the other side's bankruptcy
prices, so whoever holds those publishes it; `publish` leaves it NaN. The engine carries out refresh
and delay; here they are values.
Sources: BitMEX "What is auto-deleveraging"; Binance API `adlQuantile` (head count, every 30 s).
"""

import math
from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.encoding import code_of, require_at_least_zero
from abm.adl.rank import RankBuffers, own_side_percentiles, row_of, sort_both_sides
from abm.kernel import kernel
from abm.units import Floats, Floats32, Ints

_LIGHTS = 5
_SHARE_TOL = 1e-9  # a cumulated share this close above a fifth still counts as that fifth


@dataclass(frozen=True)
class Nothing:
    """Nothing is published."""

    def write(self, parameters: Floats) -> None:
        parameters[code.DISCLOSURE] = code.DISCLOSE_NOTHING


@dataclass(frozen=True)
class Lights:
    """Five lights, by "head" or by "size".

    Attributes:
        by: what a fifth is a fifth of.
        refresh_s: time between two publications [s]; 0 = every tick.
        delay_s: age of what is published [s].
    """

    by: str = "head"
    refresh_s: float = 0.0
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        code_of(code.LIGHTS, self.by, "kind of lights")
        require_at_least_zero(self.refresh_s, "Lights.refresh_s")
        require_at_least_zero(self.delay_s, "Lights.delay_s")

    def write(self, parameters: Floats) -> None:
        parameters[code.DISCLOSURE] = code.LIGHTS[self.by]
        parameters[code.DISCLOSURE_REFRESH_S] = self.refresh_s
        parameters[code.DISCLOSURE_DELAY_S] = self.delay_s


@dataclass(frozen=True)
class ExactRank:
    """The exact place in the queue.

    Attributes:
        refresh_s: time between two publications [s]; 0 = every tick.
        delay_s: age of what is published [s].
    """

    refresh_s: float = 0.0
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        require_at_least_zero(self.refresh_s, "ExactRank.refresh_s")
        require_at_least_zero(self.delay_s, "ExactRank.delay_s")

    def write(self, parameters: Floats) -> None:
        parameters[code.DISCLOSURE] = code.DISCLOSE_RANK
        parameters[code.DISCLOSURE_REFRESH_S] = self.refresh_s
        parameters[code.DISCLOSURE_DELAY_S] = self.delay_s


@dataclass(frozen=True)
class PriceToAdl:
    """How near the price is at which the position would be deleveraged.

    Attributes:
        refresh_s: time between two publications [s]; 0 = every tick.
        delay_s: age of what is published [s].
    """

    refresh_s: float = 0.0
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        require_at_least_zero(self.refresh_s, "PriceToAdl.refresh_s")
        require_at_least_zero(self.delay_s, "PriceToAdl.delay_s")

    def write(self, parameters: Floats) -> None:
        parameters[code.DISCLOSURE] = code.DISCLOSE_PRICE
        parameters[code.DISCLOSURE_REFRESH_S] = self.refresh_s
        parameters[code.DISCLOSURE_DELAY_S] = self.delay_s


type Disclosure = Nothing | Lights | ExactRank | PriceToAdl


@kernel
def closeness(price: float, mark_price: float) -> float:
    """What is shown of a price to ADL: 1 at the mark, 0 at twice the mark, at 0 or unknown."""
    if math.isnan(price):
        return 0.0
    return max(0.0, 1.0 - abs(price / mark_price - 1.0))


@kernel
def _light_by_head(words: Ints, begin: int, end: int, signal: Floats) -> None:
    holders = end - begin
    for place in range(begin, end):
        fifth = (_LIGHTS * (end - place) + holders - 1) // holders
        signal[row_of(words[place])] = fifth / _LIGHTS


@kernel
def _light_by_size(words: Ints, begin: int, end: int, qty: Floats, signal: Floats) -> None:
    total = 0.0
    for place in range(begin, end):
        total += abs(qty[row_of(words[place])])
    cumulated = 0.0
    for place in range(begin, end):
        row = row_of(words[place])
        cumulated += abs(qty[row])
        fifth = math.ceil(_LIGHTS * cumulated / total - _SHARE_TOL)
        signal[row] = (_LIGHTS + 1 - min(max(fifth, 1), _LIGHTS)) / _LIGHTS


@kernel
def publish(
    parameters: Floats,
    scores: Floats32,
    qty_contracts: Floats,
    count: int,
    signal: Floats,
    buffers: RankBuffers,
) -> None:
    """What each holder of one instrument sees: `signal[:count]` out.

    Args:
        parameters: the design, `[P]`.
        scores: float32 scores, `[N]`.
        qty_contracts: signed positions, `[N]`; 0 = no position, signal NaN.
        count: rows that take part.
        signal: in [0, 1], own side, 1 = first in the queue; NaN = nothing published.
        buffers: working memory of the ranking.

    Raises:
        ValueError: a position has score NaN.
    """
    choice = int(parameters[code.DISCLOSURE])
    if choice == code.DISCLOSE_RANK:
        own_side_percentiles(scores, qty_contracts, count, signal, buffers)
        return
    signal[:count] = math.nan
    if choice == code.DISCLOSE_NOTHING or choice == code.DISCLOSE_PRICE:
        return
    words, longs, shorts = sort_both_sides(scores, qty_contracts, count, buffers)
    if choice == code.DISCLOSE_LIGHTS_HEAD:
        _light_by_head(words, 0, longs, signal)
        _light_by_head(words, longs, longs + shorts, signal)
    else:
        _light_by_size(words, 0, longs, qty_contracts, signal)
        _light_by_size(words, longs, longs + shorts, qty_contracts, signal)
