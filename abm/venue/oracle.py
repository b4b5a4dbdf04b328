"""An oracle: which prices a venue takes for the index, how they are joined, what bending one costs.

    weighted   I = Σ w_s p_s / Σ w_s                    over the sources that answer
    median     the weighted median: half of the weight at or below, half at or above; the mean of
               the two middle values where a value ends exactly at half

A source may be late, noisy, stuck at its last value, silent, or pushed. Of k equal sources, fewer
than ceil(k / 2) bent ones leave a median between honest values [Donoho, Huber 1983]; one bent
source moves a weighted mean by w_s.

Pushing a price by ε is bought with the flow Q at which impact is ε:

    linear        ε = Y Q / V          Q = V ε / Y            cost Q ε / 2
    square root   ε = Y sqrt(Q / V)    Q = V (ε / Y)²         cost Q 2 ε / 3

with V the depth and Y the impact at Q = V (Yσ of the square-root law). Cost is flow times mean
slippage, as if the position were valued at the price before: a lower bound, since a price that is
held against arbitrage must be paid for again. The push moves what the source reports, not the
market that the modelled accounts trade in.

Sources: Donier, Bonart, "A million metaorder analysis of market impact on the Bitcoin", Market
Microstructure and Liquidity 2015; Donoho, Huber, "The notion of breakdown point", 1983.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from abm.kernel import kernel
from abm.market.book import SQUARE_ROOT
from abm.words import check_words

SPOT, BOOK = 0, 1
"""What a source reads: the spot market, or the middle of a venue's book."""


@dataclass(frozen=True)
class Source:
    """One price that an oracle reads. Times are seconds since the start of the run.

    Attributes:
        kind: "spot", "own_book" (the venue's own), or "book" of the venue named.
        venue: whose book; for "book" only.
        weight: relative weight.
        delay_s: age of what is read.
        error: standard deviation of an independent log error per reading.
        stuck_from_s, stuck_until_s: while it repeats its last value.
        fails_from_s, fails_until_s: while it does not answer; the others share its weight.
        push_usd: flow that somebody sends to bend it, sells < 0.
        push_from_s, push_until_s: while it is bent.
        push_instrument: instrument whose price is bent.
    """

    kind: Literal["spot", "own_book", "book"] = "spot"
    venue: str = ""
    weight: float = 1.0
    delay_s: float = 0.0
    error: float = 0.0
    stuck_from_s: float = np.inf
    stuck_until_s: float = np.inf
    fails_from_s: float = np.inf
    fails_until_s: float = np.inf
    push_usd: float = 0.0
    push_from_s: float = 0.0
    push_until_s: float = np.inf
    push_instrument: int = 0

    def __post_init__(self) -> None:
        check_words(self)
        if not (self.weight > 0.0 and math.isfinite(self.weight)):
            raise ValueError(f"weight is {self.weight}: give a number above 0, or drop the source.")
        if not 0.0 <= self.delay_s < math.inf or not self.error >= 0.0:
            raise ValueError("a source needs a finite delay_s and an error of at least 0.")
        if (self.kind == "book") != bool(self.venue):
            raise ValueError('name a venue with kind "book", and with no other kind.')
        for what in ("stuck", "fails", "push"):
            if getattr(self, f"{what}_from_s") > getattr(self, f"{what}_until_s"):
                raise ValueError(f"{what}_until_s is before {what}_from_s: give the later time.")
        if self.push_instrument < 0:
            raise ValueError("push_instrument is below 0: instruments count from 0.")


@dataclass(frozen=True)
class Oracle:
    """What a venue takes for the index: the spot index itself, unless told otherwise.

    Attributes:
        sources: the prices read once a tick, before the mark is set.
        rule: "weighted" mean, or weighted "median".
    """

    sources: tuple[Source, ...] = (Source(),)
    rule: Literal["weighted", "median"] = "weighted"

    def __post_init__(self) -> None:
        check_words(self)
        if not self.sources:
            raise ValueError("sources is empty: give at least one.")


@kernel
def is_during(now_s: float, from_s: float, until_s: float) -> bool:
    """Is `now_s` in [from, until)?"""
    return from_s <= now_s < until_s


@kernel
def noise_factor(error: float, first: float, second: float) -> float:
    """exp(error * z), z normal from two draws in (0, 1) (Box, Muller 1958)."""
    if error <= 0.0:
        return 1.0
    return math.exp(error * math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second))


@kernel
def move_of_flow(form: int, impact: float, flow_usd: float, depth_usd: float) -> float:
    """ε: log move that a flow of `flow_usd` >= 0 makes in a market of `depth_usd`."""
    if form == SQUARE_ROOT:
        return impact * math.sqrt(flow_usd / depth_usd)
    return impact * flow_usd / depth_usd


@kernel
def flow_to_move(form: int, impact: float, move: float, depth_usd: float) -> float:
    """Q: flow that moves the log price by `move` >= 0 [USD]; inf where nothing can."""
    if move <= 0.0:
        return 0.0
    if impact <= 0.0:
        return math.inf
    if form == SQUARE_ROOT:
        return depth_usd * (move / impact) * (move / impact)
    return depth_usd * move / impact


@kernel
def slippage_cost(form: int, flow_usd: float, move: float) -> float:
    """Flow times the mean log distance of its fills: a half of the move, two thirds for sqrt."""
    return flow_usd * move * (2.0 / 3.0 if form == SQUARE_ROOT else 0.5)


@kernel
def cost_to_move(form: int, impact: float, move: float, depth_usd: float) -> float:
    """What moving a source by `move` costs at least [USD]."""
    return slippage_cost(form, flow_to_move(form, impact, move, depth_usd), move)
