"""Splitting a budget: pro-rata, weighted water-filling, levelling, whole lots. Columns are `[N]`.

    pro-rata        x_i = min(1, B / sum c) c_i
    water-filling   x_i = min(c_i, tau w_i)     tau such that sum x = min(B, sum of c with w > 0)
    levelling       x_i = (c_i - L)+            L such that sum x = min(B, sum c)

Water-filling is Newton's method on the concave total g(tau) = sum min(c, tau w): the accounts that
are full at tau leave B - sum c to the open ones, tau' = (B - sum c of the full) / (sum w of the
open). From below tau only grows, so accounts fill up once and no more than N steps are needed; from
above the first step falls below. A large book starts at the answer for a sample of its accounts,
and few passes over the book remain. w = c is pro-rata, w = 1 equal dollars, w = c lambda^p
risk-weighted; w = s^k tends to the queue as k grows.

Sums of a column run in `LANES` parallel lanes over blocks of rows, are folded in pairs and added up
with compensation [Neumaier1974]: the order of additions is fixed, hence the bits on every machine,
the error stays below 75 roundings of the sum of absolute values for any N, and totals meet the
budget to 1e-12. A pass costs about as much as reading the columns (`adlab bench designs`).
"""

import math
from typing import NamedTuple

import numpy as np

from abm.adl.rank import order_descending, order_with_random_ties, rank_buffers
from abm.kernel import kernel
from abm.units import LOT_TOL, Floats, Ints

LANES = 512
"""Sums that run side by side, enough to keep the vector units busy; a power of two."""

BLOCK = 64 * LANES
"""Rows between two compensated additions: 64 roundings per lane, then 9 to fold the lanes."""

SAMPLED = 3072
"""Accounts of a large book from which the first guess of the rate is made."""

RUN = 32
"""How many neighbours are sampled together: reading them costs little more than reading one."""

HUGE = 2.0**600
"""Weights are scaled by 1 / HUGE, 1 or HUGE, so that sums of any weights stay in range."""


class Rate(NamedTuple):
    """tau in x = min(c, tau w), for weights in a `unit`: x = min(c, tau (unit w))."""

    tau: float
    unit: float


@kernel
def compensated(total: float, carry: float, term: float) -> tuple[float, float]:
    """One step of Neumaier's sum: the total so far and the rounding it lost."""
    new_total = total + term
    if abs(total) >= abs(term):
        return new_total, carry + ((total - new_total) + term)
    return new_total, carry + ((term - new_total) + total)


@kernel
def _folded(lanes: Floats, used: int) -> float:
    """Sum of the first `used` lanes, in pairs; the others hold zeros."""
    half = LANES // 2
    while half >= 1:
        if half < used:
            low, high = lanes[:half], lanes[half : 2 * half]
            for j in range(half):
                low[j] += high[j]
        half //= 2
    return float(lanes[0])


@kernel
def total_of(values: Floats) -> float:
    """Sum of a column, exact to 1e-14 of the sum of absolute values."""
    lanes = np.empty(LANES)
    total = carry = 0.0
    for start in range(0, values.size, BLOCK):
        block = values[start : start + BLOCK]
        lanes[:] = 0.0
        for first in range(0, block.size, LANES):
            row = block[first : first + LANES]
            for j in range(row.size):
                lanes[j] += row[j]
        total, carry = compensated(total, carry, _folded(lanes, block.size))
    return total + carry


@kernel
def pro_rata(capacity: Floats, budget: float, taken: Floats) -> float:
    """x_i = min(1, budget / sum c) c_i: `taken` `[N]` out. Returns filled."""
    total = total_of(capacity)
    if budget >= total:
        taken[:] = capacity
        return total
    filled = max(0.0, budget)
    share = filled / total
    for i in range(capacity.size):
        taken[i] = capacity[i] * share
    return filled


@kernel
def _full_and_open(
    weights: Floats, capacity: Floats, rate: Rate, wanted_unit: float, taken: Floats
) -> tuple[float, float, float]:
    """Capacity of the accounts that are full at a rate (with its carry), weight of the open ones.

    Args:
        weights: `[N]`.
        capacity: `[N]`.
        rate: tau.
        wanted_unit: unit of the open weight that is returned.
        taken: `[N]` out, what everybody pays at this rate; `[0]` if that is not wanted.
    """
    tau, unit = rate
    full_lanes, open_lanes = np.empty(LANES), np.empty(LANES)
    full = full_carry = opened = open_carry = 0.0
    for start in range(0, capacity.size, BLOCK):
        end = min(start + BLOCK, capacity.size)
        full_lanes[:] = 0.0
        open_lanes[:] = 0.0
        for first in range(start, end, LANES):
            row, row_weights = capacity[first : first + LANES], weights[first : first + LANES]
            for j in range(row.size):
                is_full = row[j] <= tau * (row_weights[j] * unit)
                full_lanes[j] += row[j] if is_full else 0.0
                open_lanes[j] += 0.0 if is_full else row_weights[j] * wanted_unit
            row_taken = taken[first : first + LANES]
            for j in range(row_taken.size):
                row_taken[j] = min(row[j], tau * (row_weights[j] * unit))
        full, full_carry = compensated(full, full_carry, _folded(full_lanes, end - start))
        opened, open_carry = compensated(opened, open_carry, _folded(open_lanes, end - start))
    return full, full_carry, opened + open_carry


@kernel
def _unit_for(opened: float, unit: float, is_first: bool) -> float:
    """The unit in which an open weight is neither too large nor too small for a quotient.

    Open weights only shrink from step to step, so the unit is lowered in the first one only.

    Raises:
        ValueError: a weight is NaN or infinite.
    """
    if is_first and not opened <= HUGE:
        if unit < 1.0:
            raise ValueError("a weight is not finite: give numbers that are at least 0")
        return 1.0 / HUGE
    if opened < 1.0 / HUGE:
        return HUGE
    return unit


@kernel
def _pay_at_common_rate(
    weights: Floats, capacity: Floats, budget: float, guess: Rate, taken: Floats
) -> tuple[Rate, float]:
    """The rate at which the budget is met or everybody is full, and filled: `taken` `[N]` out.

    Args:
        weights: `[N]`.
        capacity: `[N]`.
        budget: > 0.
        guess: a first rate, of any quality; 0 for none.
        taken: `[N]` out.
    """
    rate, unit = guess, guess.unit
    is_first = True  # a step from a guess may go down, all others go up
    paying = taken[:0]  # until the rate is likely to be final
    while True:
        full, carry, opened = _full_and_open(weights, capacity, rate, unit, paying)
        left = (budget - full) - carry
        new_unit = _unit_for(opened, unit, is_first)
        if new_unit != unit:
            unit = new_unit
        elif left <= 0.0 or opened <= 0.0:  # nothing is left to pay, or nobody to pay it
            if not is_first or rate.tau <= 0.0:
                break
            rate = Rate(0.0, unit)  # the guess was too high
        else:
            tau = left / opened
            if not is_first and unit == rate.unit and tau <= rate.tau:
                break
            few = (tau - rate.tau) * capacity.size <= rate.tau  # accounts fill up on the way
            paying = taken if few or full <= 0.0 else taken[:0]
            rate, is_first = Rate(tau, unit), False
    if paying.size < taken.size:
        _full_and_open(weights, capacity, rate, unit, taken)
    return rate, budget if opened > 0.0 else min(full + carry, budget)


@kernel
def _sample(column: Floats) -> Floats:
    """`SAMPLED` rows of a column, in runs of `RUN` from all over it."""
    runs = SAMPLED // RUN
    sample = np.empty(SAMPLED)
    for k in range(runs):
        begin = k * (column.size // runs)
        sample[k * RUN : (k + 1) * RUN] = column[begin : begin + RUN]
    return sample


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
    if budget <= 0.0:
        taken[:] = 0.0
        return 0.0
    guess = Rate(0.0, 1.0)
    if capacity.size >= 8 * SAMPLED:
        total = total_of(capacity)
        if budget >= total:
            for i in range(capacity.size):
                taken[i] = capacity[i] if weights[i] > 0.0 else 0.0
            return min(total_of(taken), budget)
        some_weights, some_capacity = _sample(weights), _sample(capacity)
        share = total_of(some_capacity) / total
        guess, _ = _pay_at_common_rate(
            some_weights, some_capacity, budget * share, guess, np.empty(SAMPLED)
        )
    return _pay_at_common_rate(weights, capacity, budget, guess, taken)[1]


@kernel
def _gaps_within(capacity: Floats, largest: float, depth: float) -> tuple[float, float]:
    """Sum of the gaps below the largest capacity that are smaller than `depth`, and their number.

    Args:
        capacity: `[N]`.
        largest: of them.
        depth: > 0; inf for all gaps.
    """
    gap_lanes, count_lanes = np.empty(LANES), np.empty(LANES)
    gaps = carry = count = 0.0
    for start in range(0, capacity.size, BLOCK):
        block = capacity[start : start + BLOCK]
        gap_lanes[:] = 0.0
        count_lanes[:] = 0.0
        for first in range(0, block.size, LANES):
            row = block[first : first + LANES]
            for j in range(row.size):
                gap = largest - row[j]
                gap_lanes[j] += gap if gap < depth else 0.0
                count_lanes[j] += 1.0 if gap < depth else 0.0
        gaps, carry = compensated(gaps, carry, _folded(gap_lanes, block.size))
        count += _folded(count_lanes, block.size)
    return gaps + carry, count


@kernel
def level_fill(capacity: Floats, budget: float, taken: Floats) -> float:
    """x_i = (c_i - L)+: the largest are cut down to a common level. Returns filled."""
    total = total_of(capacity)
    if total <= 0.0 or budget <= 0.0:
        taken[:] = 0.0
        return 0.0
    if budget >= total:
        taken[:] = capacity
        return total
    largest = capacity.max()
    depth = math.inf  # of the cut below the largest capacity; it only shrinks
    gaps, holders = _gaps_within(capacity, largest, depth)
    while True:
        depth = min(depth, (budget + gaps) / holders)
        gaps, count = _gaps_within(capacity, largest, depth)
        if count == holders:
            break
        holders = count
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
