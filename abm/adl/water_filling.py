"""Splitting a budget: weighted water-filling, levelling, whole lots. Kernels over columns `[N]`.

    water-filling   x_i = min(c_i, tau w_i)     tau such that sum x = min(B, sum of c with w > 0)
    levelling       x_i = (c_i - L)+            L such that sum x = min(B, sum c)

Both are solved exactly in a few passes: guess the rate from the accounts not yet settled, settle
those the guess exceeds, repeat until none does. The rate only grows, so an account settles once;
sums are compensated [Neumaier1974]: the total meets the budget to 1e-12. w = c is pro-rata, w = 1
equal dollars, w = c lambda^p risk-weighted; w = s^k tends to the queue as k grows.
"""

import math

import numpy as np

from abm.adl.rank import order_descending, order_with_random_ties, rank_buffers
from abm.kernel import kernel
from abm.units import LOT_TOL, Flags, Floats, Ints


@kernel
def compensated(total: float, carry: float, term: float) -> tuple[float, float]:
    """One step of Neumaier's sum: the total so far and the rounding it lost."""
    new_total = total + term
    if abs(total) >= abs(term):
        return new_total, carry + ((total - new_total) + term)
    return new_total, carry + ((term - new_total) + total)


@kernel
def total_of(values: Floats) -> float:
    """Compensated sum of a column."""
    total = carry = 0.0
    for i in range(values.size):
        total, carry = compensated(total, carry, values[i])
    return total + carry


@kernel
def _common_rate(
    weights: Floats, capacity: Floats, settled: Flags, budget: float
) -> tuple[float, float]:
    """Largest open weight, and the rate at which open accounts absorb what the settled leave.

    Rates are relative to the largest weight, so that weights of any magnitude can be used; a
    largest weight of 0 says that nobody is left who could pay.
    """
    largest = given = given_carry = 0.0
    for i in range(weights.size):
        if settled[i]:
            given, given_carry = compensated(given, given_carry, capacity[i])
        elif capacity[i] > 0.0:
            largest = max(largest, weights[i])
    if largest <= 0.0:
        return 0.0, 0.0
    total = carry = 0.0
    for i in range(weights.size):
        if not settled[i] and capacity[i] > 0.0:
            total, carry = compensated(total, carry, weights[i] / largest)
    left = (budget - given) - given_carry
    return largest, max(0.0, left) / (total + carry)


@kernel
def water_fill(weights: Floats, capacity: Floats, budget: float, taken: Floats) -> float:
    """x_i = min(c_i, tau w_i): `taken` `[N]` out, sum = min(budget, sum of c with w > 0).

    Args:
        weights: >= 0, `[N]`; an account of weight 0 takes nothing.
        capacity: >= 0, `[N]`, in the numeraire of the round.
        budget: >= 0.
        taken: `[N]` out.

    Returns:
        filled, below the budget when the weighted capacity is too small.
    """
    taken[:] = 0.0
    if budget <= 0.0:
        return 0.0
    settled = np.zeros(weights.size, np.bool_)
    largest, rate = _common_rate(weights, capacity, settled, budget)
    while largest > 0.0:
        more = False
        for i in range(weights.size):
            if not settled[i] and capacity[i] > 0.0:
                taken[i] = min(weights[i] / largest * rate, capacity[i])
                settled[i] = taken[i] == capacity[i]
                more = more or settled[i]
        if not more:
            break
        largest, rate = _common_rate(weights, capacity, settled, budget)
    return min(total_of(taken), budget)


@kernel
def level_fill(capacity: Floats, budget: float, taken: Floats) -> float:
    """x_i = (c_i - L)+: the largest are cut down to a common level. Returns filled."""
    total = total_of(capacity)
    taken[:] = 0.0
    if total <= 0.0 or budget <= 0.0:
        return 0.0
    if budget >= total:
        taken[:] = capacity
        return total
    largest = capacity.max()
    depth = math.inf  # of the cut below the largest capacity; it only shrinks
    holders = -1
    while True:
        gaps = carry = 0.0
        count = 0
        for i in range(capacity.size):
            if largest - capacity[i] < depth:
                gaps, carry = compensated(gaps, carry, largest - capacity[i])
                count += 1
        if count == holders:
            break
        holders = count
        depth = min(depth, (budget + (gaps + carry)) / count)
    for i in range(capacity.size):
        taken[i] = min(max(0.0, depth - (largest - capacity[i])), capacity[i])
    return min(total_of(taken), budget)


@kernel
def whole_lots(quantity: float, lot: float) -> float:
    """How many whole lots fit into `quantity`; within `LOT_TOL` of the next counts as the next."""
    return math.floor(quantity / lot + LOT_TOL)


@kernel
def round_to_lots(
    capacity: Floats,
    budget: float,
    lot: float,
    identities: Ints,
    key: np.uint64,
    random_ties: bool,
    taken: Floats,
) -> float:
    """Replace real amounts by whole lots with the largest-remainder method; returns filled.

    Everyone keeps the whole lots of the real amount; the lots still missing from the budget go to
    the largest remainders, one each, never above capacity. Ties: smaller id first, or random.
    """
    count = taken.size
    remainder = np.empty(count, np.float32)
    real = total_of(taken)
    handed_out = 0.0
    for i in range(count):
        lots = whole_lots(taken[i], lot)
        rest = max(0.0, taken[i] / lot - lots)
        room = whole_lots(capacity[i], lot) > lots
        remainder[i] = rest if room and rest > LOT_TOL else -1.0
        handed_out += lots
        taken[i] = min(lots * lot, capacity[i])
    missing = whole_lots(min(real, budget), lot) - handed_out
    if missing > 0.0:
        order = np.empty(count, np.int64)
        buffers = rank_buffers(count)
        if random_ties:
            order_with_random_ties(remainder, identities, key, count, order, buffers)
        else:
            order_descending(remainder, count, order, buffers)
        for place in range(count):
            i = order[place]
            if missing <= 0.0 or remainder[i] < 0.0:
                break
            taken[i] = min(taken[i] + lot, capacity[i])
            missing -= 1.0
    return min(total_of(taken), budget)
