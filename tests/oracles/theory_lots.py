"""Allocation in whole lots: the exact min-max, the rounding of the authors' code, integer pro-rata.

A holding is (account, lots held, USD lost per lot closed).  theory 2.2 A9 (iii), A10, A11, as of
2026-11-21; [C] = github.com/pluriholonomic/autodeleveraging-analysis@aae0be86.

Reading: lots held are counted downwards, with 1e-12 forgiven as [C] does.
"""

import itertools
import math

Holding = tuple[int, float, float]
FORGIVEN = 1e-12
SMALLEST_RESIDUAL_USD = 1e-9
BUDGET_TOLERANCE_USD = 1e-6
LARGEST_SCALE = 64.0
BISECTIONS = 18


def whole(lots: float) -> int:
    """Whole lots in a quantity of lots."""
    return math.floor(max(0.0, lots) + FORGIVEN)


def min_max_lots(
    holdings: list[Holding], equity: list[float], budget: float
) -> tuple[float, list[list[int]]]:
    """A9 (iii): "min M s.t. Σ k_j d_j >= B, 0 <= k_j <= K_j integer, Σ_{j in i} k_j d_j <= M e_i".

    Tries every combination.  Returns the optimal M and every optimal vector of lots;
    (inf, []) if no combination reaches the budget.

    Reading: an account with e <= 0 may close nothing (M e_i would be no burden); M is not limited
    to 1, as [C] does; of losses within 1e-9 of each other either is optimal.
    """
    best: list[tuple[float, list[int]]] = []
    for lots in itertools.product(*(range(whole(held) + 1) for _, held, _ in holdings)):
        lost = [0.0] * len(equity)
        for count, (account, _, gap) in zip(lots, holdings, strict=True):
            lost[account] += count * gap
        if math.fsum(lost) < budget - SMALLEST_RESIDUAL_USD:
            continue
        if any(loss > 0 and e <= 0 for loss, e in zip(lost, equity, strict=True)):
            continue
        level = max(loss / e if e > 0 else 0.0 for loss, e in zip(lost, equity, strict=True))
        best.append((level, list(lots)))
    least = min((level for level, _ in best), default=math.inf)
    return least, [lots for level, lots in best if level <= least + SMALLEST_RESIDUAL_USD]


def round_one_account(targets: list[float], holdings: list[Holding]) -> list[int]:
    """A10: "floor to lots, then add lots by largest residual/d".

    [C]: a holding is a candidate while its own residual exceeds 1e-9 and it has a lot left; stop
    once the account's lots reach its target. So the sum ends at or above the target unless lots
    run out, and a holding gets at most one lot added.
    """
    lots = [
        min(math.floor(target / gap), whole(held))
        for target, (_, held, gap) in zip(targets, holdings, strict=True)
    ]
    while True:
        residual = [t - k * h[2] for t, k, h in zip(targets, lots, holdings, strict=True)]
        if math.fsum(residual) <= BUDGET_TOLERANCE_USD:
            return lots
        open_ = [
            j
            for j in range(len(lots))
            if residual[j] > SMALLEST_RESIDUAL_USD and lots[j] < whole(holdings[j][1])
        ]
        if not open_:
            return lots
        lots[max(open_, key=lambda j: (residual[j] / holdings[j][2], -j))] += 1


def at_scale(
    holdings: list[Holding], capacity: list[float], budget: float, scale: float
) -> list[float]:
    """A10 at one scale s: haircut of each account in USD.

    "target = capped PR of s B over per-user contract capacity; split across the user's coins ∝
    (contracts × gap)".  [C]: contract capacity is min(Σ contracts × gap, capacity); after the
    rounding no haircut exceeds the account's capacity.
    """
    exposed = [0.0] * len(capacity)
    for account, held, gap in holdings:
        exposed[account] += held * gap
    reachable = [min(a, c) for a, c in zip(exposed, capacity, strict=True)]
    total = math.fsum(reachable)
    share = min(1.0, scale * budget / total) if total > 0 else 0.0
    taken = [0.0] * len(capacity)
    for account in range(len(capacity)):
        own = [holding for holding in holdings if holding[0] == account]
        if not own or exposed[account] <= 0:
            continue
        target = reachable[account] * share
        targets = [target * held * gap / exposed[account] for _, held, gap in own]
        lots = round_one_account(targets, own)
        lost = math.fsum(k * gap for k, (_, _, gap) in zip(lots, own, strict=True))
        taken[account] = min(lost, capacity[account])
    return taken


def fixed_point_rounding(
    holdings: list[Holding], capacity: list[float], budget: float
) -> tuple[list[float], float]:
    """A10: "double s until Σ >= B (max 64), then 18 bisection steps".  Returns haircuts and s.

    [C]: s = 1 is kept if it suffices (no bisection below 1); if 64 does not suffice, what 64
    reaches is returned; the bisection runs between the last two scales and keeps the smaller
    scale that suffices.
    """

    def suffices(taken: list[float]) -> bool:
        return math.fsum(taken) >= budget - BUDGET_TOLERANCE_USD

    low, high = 0.0, 1.0
    taken = at_scale(holdings, capacity, budget, high)
    if suffices(taken):
        return taken, high
    while high < LARGEST_SCALE and not suffices(taken):
        low, high = high, high * 2
        taken = at_scale(holdings, capacity, budget, high)
    if not suffices(taken):
        return taken, high
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        tried = at_scale(holdings, capacity, budget, middle)
        if suffices(tried):
            high, taken = middle, tried
        else:
            low = middle
    return taken, high


def coin_budgets(gap_usd: list[float], budget: float) -> list[float]:
    """A11: "B_coin = B gapUSD_coin/Σ", the sum over coins with a positive gap."""
    total = math.fsum(max(0.0, g) for g in gap_usd)
    return [budget * max(0.0, g) / total for g in gap_usd]


def integer_contracts(
    qty: list[float], gap_per_contract: float, coin_budget: float, lot: float
) -> tuple[list[float], float]:
    """A11: contracts closed of each account in one coin, and the contracts left open.

    "Q = ceil(B_coin/gap); ideal Q q_i/Σq over accounts with floor(q_i) >= 1; floor, then largest
    remainder (one pass)".  [C]: Σq over the eligible; no account beyond its whole lots; the
    remainder is that of the ideal, also of a capped account, which is passed over.

    Reading: with a lot, everything is counted in lots (gap per lot = gap per contract × lot);
    1e-12 lots are forgiven in ceil; the account that comes first wins among equal remainders.
    """
    gap = gap_per_contract * lot
    needed = math.ceil(coin_budget / gap - FORGIVEN)
    held = [whole(q / lot) for q in qty]
    total = math.fsum(q for q, h in zip(qty, held, strict=True) if h >= 1)
    ideal = [needed * q / total if h >= 1 else 0.0 for q, h in zip(qty, held, strict=True)]
    closed = [min(math.floor(a), h) for a, h in zip(ideal, held, strict=True)]
    left = needed - sum(closed)
    for i in sorted(range(len(qty)), key=lambda i: (math.floor(ideal[i]) - ideal[i], i)):
        if left > 0 and closed[i] < held[i]:
            closed[i] += 1
            left -= 1
    return [k * lot for k in closed], left * lot
