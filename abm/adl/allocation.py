"""Slot 5: who pays how much.

An allocation splits a budget B over N candidates, none paying more than the capacity c_i:

    Queue        in score order, x_i = min(c_i, what is left)
    WaterFill    x_i = min(c_i, tau w_i), lambda = N / e of the account, and w one of
                 "capacity" c (pro-rata)     "one" 1 (equal dollar)    "equity" e
                 "risk" c lambda^p           "tail_risk" c lambda (lambda - p)+
                 "capacity_squared" c^2      (vector mirror descent)
                 "share_of_side" c / sum of c of the own side: each side pays half (Vertex)
    Level        x_i = (c_i - L)+
    TopShare     the largest by score share in proportion to capacity, more of them if needed
    Tiered       junior slices of the capacity first, in proportion within a tier (`tiers.py`)

and in all of them sum x = min(B, sum c over those who can pay); what is short shows as filled < B.
Ties are broken by a rule the design names: "id" (smaller account id first), "random" (seeded),
"pro_rata" (equals share in proportion to capacity; a queue only) or "pnl_wallet_newest" (larger
unrealised PnL, smaller wallet, larger id; a queue only; Ethereal).
Sources: [Young1988] for the rules; [Chitra2025] for risk weights (linear g is power 2, since r =
lambda g(lambda); the tail is its CVaR weight); dYdX v4 `deleveraging.go` for the limit of visits;
FTX help pages for the top ten.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl import encoding as code
from abm.adl.bankruptcy import is_on_a_paying_side
from abm.adl.encoding import code_of
from abm.adl.exposure import Candidates
from abm.adl.rank import (
    lexicographic_order,
    order_of_rows,
    order_with_random_ties,
    rank_buffers,
)
from abm.adl.tiers import NO_EDGE, TIERS, tier_fill
from abm.adl.water_filling import (
    level_fill,
    pro_rata,
    round_to_lots,
    total_of,
    water_fill,
    whole_lots,
)
from abm.kernel import kernel
from abm.units import Floats, Floats32, Ints


@dataclass(frozen=True)
class Queue:
    """In score order until the budget is met; the last one pays in part.

    Attributes:
        ties: "id", "random", "pro_rata" or "pnl_wallet_newest".
        max_visits: accounts of the paying side looked at, skipped ones included; None = all.
    """

    ties: str = "id"
    max_visits: int | None = None

    def __post_init__(self) -> None:
        code_of(code.TIES, self.ties, "tie rule")
        if self.max_visits is not None and self.max_visits < 1:
            raise ValueError(f"Queue.max_visits is {self.max_visits}: give at least 1, or None")
        if self.max_visits is not None and self.ties == "pro_rata":
            raise ValueError("max_visits cuts through a tie: use ties='id' or 'random'")

    def write(self, parameters: Floats) -> None:
        parameters[code.ALLOCATION] = code.ALLOCATION_QUEUE
        parameters[code.ALLOCATION_TIES] = code.TIES[self.ties]
        visits = math.inf if self.max_visits is None else float(self.max_visits)
        parameters[code.ALLOCATION_MAX_VISITS] = visits


@dataclass(frozen=True)
class WaterFill:
    """x_i = min(c_i, tau w_i).

    Attributes:
        weight: "capacity", "one", "equity", "risk", "tail_risk", "capacity_squared" or
            "share_of_side".
        power: exponent of effective leverage for "risk", the leverage above which risk counts for
            "tail_risk"; 0 for the others.
        ties: who gets an odd lot among equal remainders, "id" or "random".
    """

    weight: str = "capacity"
    power: float = 0.0
    ties: str = "id"

    def __post_init__(self) -> None:
        code_of(code.WEIGHTS, self.weight, "weight")
        code_of({"id": 0, "random": 1}, self.ties, "tie rule of odd lots")
        if self.weight not in ("risk", "tail_risk") and self.power != 0.0:
            needs = "weight='risk' or 'tail_risk'"
            raise ValueError(f"power belongs to {needs}, not to {self.weight!r}: leave it out")
        if not math.isfinite(self.power):
            raise ValueError(f"WaterFill.power is {self.power}: give a finite number")

    def write(self, parameters: Floats) -> None:
        parameters[code.ALLOCATION] = code.ALLOCATION_WATER_FILL
        parameters[code.ALLOCATION_WEIGHT] = code.WEIGHTS[self.weight]
        parameters[code.ALLOCATION_POWER] = self.power
        parameters[code.ALLOCATION_TIES] = code.TIES[self.ties]
        parameters[code.ALLOCATION_MAX_VISITS] = math.inf


@dataclass(frozen=True)
class Level:
    """x_i = (c_i - L)+: minimises the largest capacity that is left.

    Attributes:
        ties: who gets an odd lot among equal remainders, "id" or "random".
    """

    ties: str = "id"

    def __post_init__(self) -> None:
        code_of({"id": 0, "random": 1}, self.ties, "tie rule of odd lots")

    def write(self, parameters: Floats) -> None:
        parameters[code.ALLOCATION] = code.ALLOCATION_LEVEL
        parameters[code.ALLOCATION_TIES] = code.TIES[self.ties]
        parameters[code.ALLOCATION_MAX_VISITS] = math.inf


@dataclass(frozen=True)
class TopShare:
    """The first `top` by score share in proportion to capacity; one more until they suffice.

    Attributes:
        top: how many share at first.
        ties: who comes first among equal scores and gets an odd lot, "id" or "random".
    """

    top: int = 10
    ties: str = "id"

    def __post_init__(self) -> None:
        code_of({"id": 0, "random": 1}, self.ties, "tie rule")
        if self.top < 1:
            raise ValueError(f"TopShare.top is {self.top}: give at least 1")

    def write(self, parameters: Floats) -> None:
        parameters[code.ALLOCATION] = code.ALLOCATION_TOP_SHARE
        parameters[code.ALLOCATION_TIES] = code.TIES[self.ties]
        parameters[code.ALLOCATION_MAX_VISITS] = math.inf
        parameters[code.ALLOCATION_TOP] = float(self.top)


@dataclass(frozen=True)
class Tiered:
    """Junior slices of the capacity are used up before senior ones; pro-rata within a tier.

    Attributes:
        edges: returns on entry that part the tiers, falling, one to three; the profit above
            edges[0] is the most junior, what lies below the last edge the most senior.
        ties: who gets an odd lot among equal remainders, "id" or "random".
    """

    edges: tuple[float, ...] = (0.0,)
    ties: str = "id"

    def __post_init__(self) -> None:
        code_of({"id": 0, "random": 1}, self.ties, "tie rule of odd lots")
        falling = all(a > b for a, b in zip(self.edges, self.edges[1:], strict=False))
        if not 1 <= len(self.edges) < TIERS or not falling or not min(self.edges) >= 0.0:
            edges = f"Tiered.edges is {self.edges}"
            raise ValueError(f"{edges}: give one to three falling returns of at least 0")

    def write(self, parameters: Floats) -> None:
        parameters[code.ALLOCATION] = code.ALLOCATION_TIERED
        parameters[code.ALLOCATION_TIES] = code.TIES[self.ties]
        parameters[code.ALLOCATION_MAX_VISITS] = math.inf
        for place in range(TIERS - 1):
            edge = self.edges[place] if place < len(self.edges) else NO_EDGE
            parameters[code.ALLOCATION_EDGE + place] = edge


type Allocation = Queue | WaterFill | Level | TopShare | Tiered


class Claim(NamedTuple):
    """What is to be split.

    Attributes:
        budget: in the numeraire of the round.
        side: +1 when the bankrupt side is long, -1 when it is short.
        lot: smallest step in the numeraire; 0 = continuous.
        key: of random ties.
    """

    budget: float
    side: int
    lot: float
    key: np.uint64


@kernel
def fill_weights(
    parameters: Floats, candidates: Candidates, capacity: Floats, weights: Floats
) -> None:
    """Water-filling weights `[N]` out; 0 where capacity is 0."""
    choice = int(parameters[code.ALLOCATION_WEIGHT])
    power = parameters[code.ALLOCATION_POWER]
    largest = 0.0  # squares of shares of it cannot overflow
    if choice == code.WEIGHT_CAPACITY_SQUARED and capacity.size > 0:
        largest = capacity.max()
    longs = shorts = 0.0
    if choice == code.WEIGHT_SHARE_OF_SIDE:
        longs = total_of(np.where(candidates.qty_contracts > 0.0, capacity, 0.0))
        shorts = total_of(np.where(candidates.qty_contracts < 0.0, capacity, 0.0))
    for i in range(capacity.size):
        weights[i] = capacity[i]
        if capacity[i] <= 0.0 or choice == code.WEIGHT_CAPACITY:
            continue
        if choice == code.WEIGHT_ONE:
            weights[i] = 1.0
        elif choice == code.WEIGHT_EQUITY:
            weights[i] = candidates.equity_usd[i]
        elif choice == code.WEIGHT_CAPACITY_SQUARED:
            weights[i] = (capacity[i] / largest) ** 2
        elif choice == code.WEIGHT_SHARE_OF_SIDE:
            weights[i] = capacity[i] / (longs if candidates.qty_contracts[i] > 0.0 else shorts)
        else:
            leverage = candidates.account_notional_usd[i] / candidates.equity_usd[i]
            if choice == code.WEIGHT_RISK:
                weights[i] = capacity[i] * leverage**power
            else:
                weights[i] = capacity[i] * leverage * max(0.0, leverage - power)


@kernel
def fill_queue(
    order: Ints, capacity: Floats, budget: float, lot: float, max_visits: float, taken: Floats
) -> float:
    """Walk the queue: each takes what is left up to capacity, in whole lots when lot > 0.

    Args:
        order: rows in queue order, `[M]`, M <= N.
        capacity: `[N]`; a row of capacity 0 is visited and skipped.
        budget: in the numeraire of the round.
        lot: smallest step; 0 = continuous.
        max_visits: rows looked at; inf = all.
        taken: `[N]` out, zero before.

    Returns:
        filled.
    """
    left = budget
    visits = 0.0
    for place in range(order.size):
        if left <= 0.0 or visits >= max_visits:
            break
        visits += 1.0
        i = order[place]
        amount = min(capacity[i], left)
        if lot > 0.0:
            amount = min(whole_lots(amount, lot) * lot, amount)
        taken[i] = amount
        left -= amount
    return budget - max(0.0, left)


@kernel
def fill_queue_sharing_ties(
    order: Ints, scores: Floats32, capacity: Floats, budget: float, taken: Floats
) -> float:
    """Walk the queue by groups of equal score; a group that cannot pay in full pays pro-rata."""
    left = budget
    first = 0
    while first < order.size and left > 0.0:
        last = first
        group = 0.0
        while last < order.size and scores[order[last]] == scores[order[first]]:
            group += capacity[order[last]]
            last += 1
        share = 1.0 if group <= left else left / group
        for place in range(first, last):
            taken[order[place]] = capacity[order[place]] * share
        left = left - group if group <= left else 0.0
        first = last
    return min(total_of(taken), budget)


@kernel
def queue_order(
    parameters: Floats,
    candidates: Candidates,
    scores: Floats32,
    side: int,
    key: np.uint64,
) -> Ints:
    """Rows of the paying side, first in the queue first: `[M]`."""
    buffers = rank_buffers(scores.size)
    listed = 0
    for i in range(scores.size):
        buffers.front[listed] = i
        listed += is_on_a_paying_side(parameters, candidates.qty_contracts[i], side)
    ties = int(parameters[code.ALLOCATION_TIES])
    if ties != code.TIES_RANDOM and ties != code.TIES_PNL_WALLET_NEWEST:
        return order_of_rows(scores, listed, buffers)
    rows = buffers.front[:listed].copy()
    own_scores = scores[rows]
    order = np.empty(listed, np.int64)
    if ties == code.TIES_PNL_WALLET_NEWEST:
        own_pnl = candidates.pnl_usd[rows].astype(np.float32)
        own_wallet = (-candidates.wallet_usd[rows]).astype(np.float32)
        lexicographic_order(own_scores, own_pnl, own_wallet, listed, order, buffers)
    else:
        own_ids = candidates.account_id[rows]
        order_with_random_ties(own_scores, own_ids, key, listed, order, buffers)
    return rows[order]


@kernel
def _allocate_queue(
    parameters: Floats,
    order: Ints,
    scores: Floats32,
    capacity: Floats,
    budget: float,
    lot: float,
    taken: Floats,
) -> float:
    if int(parameters[code.ALLOCATION_TIES]) == code.TIES_PRO_RATA:
        return fill_queue_sharing_ties(order, scores, capacity, budget, taken)
    max_visits = parameters[code.ALLOCATION_MAX_VISITS]
    return fill_queue(order, capacity, budget, lot, max_visits, taken)


@kernel
def top_fill(
    order: Ints, capacity: Floats, budget: float, lot: float, top: float, taken: Floats
) -> float:
    """The first `top` who can pay share pro-rata, one more until they suffice: `taken` out."""
    chosen = np.zeros(capacity.size)
    sharing = 0.0
    total = 0.0
    for place in range(order.size):
        i = order[place]
        if capacity[i] <= 0.0:
            continue
        if sharing >= top and total >= budget * (1.0 - 1e-12):
            break
        chosen[i] = capacity[i]
        sharing += 1.0
        total += whole_lots(capacity[i], lot) * lot if lot > 0.0 else capacity[i]
    return pro_rata(chosen, budget, taken)


@kernel
def _allocate_shares(
    parameters: Floats, candidates: Candidates, capacity: Floats, budget: float, taken: Floats
) -> float:
    allocation = int(parameters[code.ALLOCATION])
    if allocation == code.ALLOCATION_LEVEL:
        return level_fill(capacity, budget, taken)
    if allocation == code.ALLOCATION_TIERED:
        return tier_fill(parameters, candidates, capacity, budget, taken)
    if int(parameters[code.ALLOCATION_WEIGHT]) == code.WEIGHT_CAPACITY:
        return pro_rata(capacity, budget, taken)
    weights = np.empty(capacity.size)
    fill_weights(parameters, candidates, capacity, weights)
    return water_fill(weights, capacity, budget, taken)


@kernel
def allocate(
    parameters: Floats,
    candidates: Candidates,
    scores: Floats32,
    capacity: Floats,
    claim: Claim,
    taken: Floats,
) -> float:
    """Split the budget: `taken` `[N]` out, 0 <= taken <= capacity. Returns filled <= budget."""
    budget, side, lot, key = claim
    allocation = int(parameters[code.ALLOCATION])
    in_shares = allocation != code.ALLOCATION_QUEUE
    if allocation == code.ALLOCATION_TOP_SHARE:
        order = queue_order(parameters, candidates, scores, side, key)
        top = parameters[code.ALLOCATION_TOP]
        filled = top_fill(order, capacity, budget, lot, top, taken)
        capacity = np.where(taken > 0.0, capacity, 0.0)
    elif in_shares:
        filled = _allocate_shares(parameters, candidates, capacity, budget, taken)
    else:
        taken[:] = 0.0
        order = queue_order(parameters, candidates, scores, side, key)
        filled = _allocate_queue(parameters, order, scores, capacity, budget, lot, taken)
    ties = int(parameters[code.ALLOCATION_TIES])
    if lot > 0.0 and (in_shares or ties == code.TIES_PRO_RATA):
        ids = candidates.account_id
        return round_to_lots(capacity, budget, lot, ids, key, ties == code.TIES_RANDOM, taken)
    return filled
