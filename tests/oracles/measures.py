"""Measures of who bears the burden, and what a trader is told about its place in the queue."""

import math
from fractions import Fraction

LIGHTS = 5


def gini(values: list[float]) -> float:
    """Mean absolute difference over twice the mean: sum_i sum_j |x_i - x_j| / (2 n sum x).

    Textbook definition.  Reading: 0 when nobody holds anything.
    """
    total = sum(values)
    if not values or total == 0:
        return 0.0
    differences = 0.0
    for x in values:
        for y in values:
            differences += abs(x - y)
    return differences / (2 * len(values) * total)


def top_share(values: list[float], fraction: float) -> float:
    """Share of the total that the largest holders have.

    Reading: the largest ceil(fraction * n), at least one; 0 when nobody holds anything.
    """
    total = sum(values)
    if not values or total == 0:
        return 0.0
    heads = max(1, math.ceil(Fraction(str(fraction)) * len(values)))
    held = 0.0
    for value in sorted(values, reverse=True)[:heads]:
        held += value
    return held / total


def min_max_burden(
    capacity: list[float], equity: list[float], budget: float
) -> tuple[float, list[float]]:
    """The least achievable maximum of x_i/e_i, and the allocation that attains it.

    theory 2.2 A9 (ii), as of 2026-11-20: "equity norm x_i/e_i: x_i = min(u_i, M e_i), M by
    water-fill = capped equity PR; when caps slack M = B/sum e".

    M moves up through the breakpoints u_i/e_i; between two of them the sum of min(u_i, M e_i) is
    linear.

    Reading: accounts with e <= 0 take no part; a budget above the capacities takes everything.
    """
    payers = [i for i in range(len(equity)) if equity[i] > 0 and capacity[i] > 0]
    payers.sort(key=lambda i: capacity[i] / equity[i])
    exhausted, level = 0.0, 0.0
    for k, i in enumerate(payers):
        open_equity = sum(equity[j] for j in payers[k:])
        level = capacity[i] / equity[i]
        if exhausted + level * open_equity >= budget:
            level = max(0.0, budget - exhausted) / open_equity
            break
        exhausted += capacity[i]
    taken = [0.0] * len(equity)
    for i in payers:
        taken[i] = min(capacity[i], level * equity[i])
    return level, taken


def queue_order(scores: list[float], account_ids: list[int]) -> list[int]:
    """Indices from the front of the queue: highest score, then smaller account id."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], account_ids[i]))


def quintiles_by_size(
    scores: list[float], quantities: list[float], account_ids: list[int]
) -> list[int]:
    """Quintile of each account by cumulated size, 1 at the front of the queue, 5 at the back.

    BitMEX, designs 2.1, as of 2026-11-20 [D]: "size-weighted quintile, not head-count: sort by
    score, cumulate quantity, round the cumulative share up to the next 20%."  Its own quantity
    counts for an account.
    """
    total = sum(Fraction(abs(quantity)) for quantity in quantities)
    cumulated = Fraction(0)
    quintile = [0] * len(scores)
    for i in queue_order(scores, account_ids):
        cumulated += Fraction(abs(quantities[i]))
        quintile[i] = math.ceil(LIGHTS * cumulated / total)
    return quintile


def quintiles_by_head(scores: list[float], account_ids: list[int]) -> list[int]:
    """Quintile of each account by rank, 1 at the front of the queue, 5 at the back.

    Binance, designs 2.2, as of 2026-11-20 [M]: "Quantile is head-count based (contrast BitMEX)".

    Reading: the rank's share of all users is rounded up to the next 20%, as BitMEX rounds.
    """
    quintile = [0] * len(scores)
    for ahead, i in enumerate(queue_order(scores, account_ids)):
        quintile[i] = math.ceil(Fraction(LIGHTS * (ahead + 1), len(scores)))
    return quintile


def lights_lit(quintile: int) -> int:
    """Lights that burn: all five at the front of the queue, one at the back.

    Reading: designs says "5 lights, size-weighted quintiles" and not which end is lit; more is
    more danger.
    """
    return LIGHTS + 1 - quintile


def rank_percentiles(scores: list[float], account_ids: list[int]) -> list[float]:
    """Rank / #users, rank 1 first to be closed.

    Binance, designs 2.2, as of 2026-11-20 [M]: "Quantile = rank(LevPnL)/#users".

    Reading: the rank counts from the front of the queue, so small is dangerous; the venue's own
    code 0-4 grows with danger.
    """
    percentile = [0.0] * len(scores)
    for ahead, i in enumerate(queue_order(scores, account_ids)):
        percentile[i] = (ahead + 1) / len(scores)
    return percentile
