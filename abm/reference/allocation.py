"""Who pays how much, by sorting: the textbook versions of `abm.adl.allocation`.

queue           in score order, x_i = min(c_i, what is left)
water-filling   x_i = min(c_i, τ w_i): accounts fill up in the order of c_i / w_i, so walk the
                sorted breakpoints until τ = (B - Σ full c) / Σ open w is below the next one
levelling       x_i = (c_i - L)₊: cut the largest, the two largest, ... down to a common level
lots            everybody the whole lots, the missing ones to the largest remainders
"""

import math
from collections.abc import Sequence
from itertools import accumulate, groupby

import numpy as np

from abm.units import LOT_TOL


def queue_walk(
    capacity: Sequence[float], budget: float, lot: float, max_visits: float
) -> list[float]:
    """Amounts along a queue that is in order already, in whole lots if `lot` > 0."""
    taken = [0.0] * len(capacity)
    left = budget
    for place, most in enumerate(capacity):
        if left <= 0.0 or place >= max_visits:
            break
        amount = min(most, left)
        if lot > 0.0:
            amount = min(whole_lots(amount, lot) * lot, amount)
        taken[place] = amount
        left -= amount
    return taken


def queue_walk_sharing_ties(
    capacity: Sequence[float], scores: Sequence[float], budget: float
) -> list[float]:
    """The same, but equals who cannot all pay in full pay in proportion to capacity."""
    taken = [0.0] * len(capacity)
    left = budget
    for _, places in groupby(range(len(capacity)), key=lambda place: scores[place]):
        group = list(places)
        together = math.fsum(capacity[place] for place in group)
        share = 1.0 if together <= left else left / together
        for place in group:
            taken[place] = capacity[place] * share
        left = max(0.0, left - together)
    return taken


def water_fill(capacity: Sequence[float], weights: Sequence[float], budget: float) -> list[float]:
    """x_i = min(c_i, τ w_i) with Σ x = min(budget, Σ of c with w > 0)."""
    taken = [0.0] * len(capacity)
    payers = [i for i, most in enumerate(capacity) if most > 0.0 and weights[i] > 0.0]
    if budget <= 0.0 or not payers:
        return taken
    payers.sort(key=lambda i: capacity[i] / weights[i])
    given = [0.0, *accumulate(capacity[i] for i in payers)]
    open_weight = list(accumulate(weights[i] for i in reversed(payers)))[::-1]
    for place, i in enumerate(payers):  # payers[:place] pay all they can
        rate = max(0.0, budget - given[place]) / open_weight[place]
        if capacity[i] > rate * weights[i]:
            for later in payers[place:]:
                taken[later] = min(capacity[later], rate * weights[later])
            break
        taken[i] = capacity[i]
    return taken


def level_fill(capacity: Sequence[float], budget: float) -> list[float]:
    """x_i = (c_i - L)₊ with Σ x = min(budget, Σ c)."""
    if budget <= 0.0:
        return [0.0] * len(capacity)
    if budget >= math.fsum(capacity):
        return list(capacity)
    falling = [*sorted(capacity, reverse=True), 0.0]
    level = 0.0
    for count, top in enumerate(accumulate(falling[:-1]), start=1):
        level = (top - budget) / count
        if level >= falling[count]:
            break
    return [max(0.0, most - level) for most in capacity]


def top_fill(
    capacity: Sequence[float], order: Sequence[int], budget: float, top: int, lot: float
) -> list[float]:
    """The first `top` in order who can pay share pro-rata, one more until they suffice."""
    chosen: list[int] = []
    total = 0.0
    for i in order:
        if capacity[i] <= 0.0:
            continue
        if len(chosen) >= top and total >= budget * (1.0 - 1e-12):
            break
        chosen.append(i)
        total += whole_lots(capacity[i], lot) * lot if lot > 0.0 else capacity[i]
    line = [capacity[i] if i in set(chosen) else 0.0 for i in range(len(capacity))]
    return water_fill(line, line, budget)


def tier_fill(
    capacity: Sequence[float], shares: Sequence[Sequence[float]], budget: float
) -> list[float]:
    """Junior slices first, pro-rata within a tier.

    Args:
        capacity: the most each can give.
        shares: of each one's capacity, the share junior to each edge, most junior first.
        budget: of the round.
    """
    taken = [0.0] * len(capacity)
    above = [0.0] * len(capacity)
    left = budget
    tiers = len(shares[0]) + 1 if shares else 0
    for tier in range(tiers):
        edge = [share[tier] if tier < tiers - 1 else 1.0 for share in shares]
        slices = [c * max(0.0, s - a) for c, s, a in zip(capacity, edge, above, strict=True)]
        paid = water_fill(slices, slices, max(0.0, left))
        left -= min(math.fsum(paid), max(0.0, left))
        taken = [min(x + y, c) for x, y, c in zip(taken, paid, capacity, strict=True)]
        above = edge
        if left <= 0.0:
            break
    return taken


def whole_lots(quantity: float, lot: float) -> int:
    """How many whole lots fit; within `LOT_TOL` of the next counts as the next."""
    return math.floor(quantity / lot + LOT_TOL)


def round_to_lots(
    taken: Sequence[float],
    capacity: Sequence[float],
    order_of_ties: Sequence[float],
    budget: float,
    lot: float,
) -> list[float]:
    """Whole lots by the largest-remainder method, nobody above capacity.

    Args:
        taken: real amounts, by account id.
        capacity: the most each can give.
        order_of_ties: among equal remainders the smaller number goes first.
        budget: of the round.
        lot: smallest step.
    """
    lots = [whole_lots(amount, lot) for amount in taken]
    rounded = [min(n * lot, most) for n, most in zip(lots, capacity, strict=True)]
    missing = whole_lots(min(math.fsum(taken), budget), lot) - sum(lots)
    rests = [max(0.0, amount / lot - n) for amount, n in zip(taken, lots, strict=True)]
    remainders = np.array(rests, np.float32).tolist()  # as scores, so that ties are ties
    waiting = [
        i
        for i, rest in enumerate(rests)
        if rest > LOT_TOL and whole_lots(capacity[i], lot) > lots[i]
    ]
    waiting.sort(key=lambda i: (-remainders[i], order_of_ties[i]))
    for i in waiting[: max(0, missing)]:
        rounded[i] = min(rounded[i] + lot, capacity[i])
    return rounded
