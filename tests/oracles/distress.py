"""Contagion by naive loops, written from the papers' formulas: distress, failures, fire sales.

Tables are lists of lists or arrays, `exposures[i][j]` is what i has lent to j. Nothing is fast.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Table = Any
"""Rows of numbers."""


def single_hit_debtrank(
    exposures: Table, equity: Sequence[float], shock: Sequence[float]
) -> list[float]:
    """Battiston et al. (2012), Methods: h and the states U, D, I, written as printed.

    h_i(t) = min(1, h_i(t-1) + sum over j with s_j(t-1) = D of W_ji h_j(t-1)), here W of j on i is
    min(1, exposure of i to j / equity of i); D if h > 0 and not I; I if D before.
    """
    n = len(equity)
    h = list(shock)
    state = ["D" if h[i] > 0 else "U" for i in range(n)]
    while "D" in state:
        new = [
            min(
                1.0,
                h[i]
                + sum(
                    min(1.0, exposures[i][j] / equity[i]) * h[j]
                    for j in range(n)
                    if state[j] == "D"
                ),
            )
            for i in range(n)
        ]
        state = ["I" if state[i] in "DI" else ("D" if new[i] > 0 else "U") for i in range(n)]
        h = new
    return h


def differential_debtrank(
    exposures: Table, equity: Sequence[float], shock: Sequence[float], rounds: int
) -> list[float]:
    """Bardoscia et al. (2015): h(t+1) = min(1, h(t) + Λ (h(t) - h(t-1))), h(0) = 0."""
    n = len(equity)
    before, now = [0.0] * n, list(shock)
    for _ in range(rounds):
        after = [
            min(
                1.0,
                now[i] + sum(exposures[i][j] / equity[i] * (now[j] - before[j]) for j in range(n)),
            )
            for i in range(n)
        ]
        before, now = now, after
    return now


def dependency_by_series(shares: Table, terms: int) -> list[list[float]]:
    """Elliott, Golub, Jackson (2014): A = Ĉ (I + C + C² + ...), summed term by term."""
    n = len(shares)
    total = [[float(i == j) for j in range(n)] for i in range(n)]
    power = total
    for _ in range(terms):
        power = [
            [sum(power[i][k] * shares[k][j] for k in range(n)) for j in range(n)] for i in range(n)
        ]
        total = [[total[i][j] + power[i][j] for j in range(n)] for i in range(n)]
    outside = [1.0 - sum(shares[i][j] for i in range(n)) for j in range(n)]
    return [[outside[i] * total[i][j] for j in range(n)] for i in range(n)]


def failure_waves(
    dependency: Table,
    assets: Sequence[float],
    thresholds: Sequence[float],
    costs: Sequence[float],
) -> list[list[int]]:
    """Elliott, Golub, Jackson (2014), section II.D: the hierarchy of failures Z_1, Z_2, ..."""
    n = len(assets)
    failed: set[int] = set()
    waves = []
    while True:
        direct = [assets[j] - (costs[j] if j in failed else 0.0) for j in range(n)]
        value = [sum(dependency[i][j] * direct[j] for j in range(n)) for i in range(n)]
        wave = [i for i in range(n) if i not in failed and value[i] < thresholds[i]]
        if not wave:
            return waves
        waves.append(wave)
        failed.update(wave)


def proportional_fit(
    lent: Sequence[float], borrowed: Sequence[float], scalings: int
) -> list[list[float]]:
    """Upper and Worms (2004): rows and columns scaled in turn from a_i l_j without diagonal."""
    n = len(lent)
    x = [[0.0 if i == j else lent[i] * borrowed[j] for j in range(n)] for i in range(n)]
    for _ in range(scalings):
        for i in range(n):
            total = sum(x[i])
            if total > 0:
                x[i] = [lent[i] * value / total for value in x[i]]
        for j in range(n):
            total = sum(x[i][j] for i in range(n))
            if total > 0:
                for i in range(n):
                    x[i][j] *= borrowed[j] / total
    return x


def threshold_failures(exposures: Table, capital: Sequence[float], first: set[int]) -> set[int]:
    """Gai and Kapadia (2010): who loses more than its capital to failed debtors fails too."""
    failed = set(first)
    while True:
        fresh = {
            i
            for i in range(len(capital))
            if i not in failed and sum(exposures[i][j] for j in failed) > capital[i]
        }
        if not fresh:
            return failed
        failed |= fresh


def overlap_failures(
    holdings: Table, equity: Sequence[float], first: set[int], alpha: float
) -> set[int]:
    """Caccioli et al. (2014): failed sell all, prices exp(-α share sold), losses >= equity fail."""
    n, m = len(holdings), len(holdings[0])
    failed = set(first)
    while True:
        price = []
        for k in range(m):
            supply = sum(holdings[i][k] for i in range(n))
            sold = sum(holdings[i][k] for i in failed)
            price.append(math.exp(-alpha * sold / supply) if supply > 0 else 1.0)
        fresh = {
            i
            for i in range(n)
            if i not in failed
            and sum(holdings[i][k] * (1 - price[k]) for k in range(m)) >= equity[i]
        }
        if not fresh:
            return failed
        failed |= fresh


def senior_clearing_payments(
    owed: Table, outside: Sequence[float], senior: Sequence[float]
) -> list[float]:
    """Acemoglu et al. (2015), section I: pay seniors v first, then the others pro rata.

    x_i = min(y_i, (z_i + sum_j x_ji - v_i)+), iterated from full payment; `owed[i][j]` is what i
    owes to j, y_i all that i owes.
    """
    n = len(outside)
    total = [sum(owed[i]) for i in range(n)]
    paid = list(total)
    for _ in range(200_000):
        received = [
            sum(owed[j][i] / total[j] * paid[j] for j in range(n) if total[j] > 0) for i in range(n)
        ]
        new = [min(total[i], max(0.0, outside[i] + received[i] - senior[i])) for i in range(n)]
        moved = max(abs(a - b) for a, b in zip(new, paid, strict=True))
        paid = new
        if moved < 1e-13:
            break
    return paid


def senior_clearing_defaults(
    owed: Table, outside: Sequence[float], senior: Sequence[float]
) -> list[bool]:
    """Acemoglu et al. (2015), section I: who pays less than it owes to the others."""
    paid = senior_clearing_payments(owed, outside, senior)
    return [paid[i] < sum(owed[i]) - 1e-9 for i in range(len(outside))]


def leverage_cap_sale(
    holding: float, cash: float, other: float, liabilities: float, ratio: float, price: float
) -> float:
    """Cifuentes, Ferrucci, Shin (2005): the smallest sale s that restores the capital ratio.

    equity / (p (holding - s) + other) >= ratio, by bisection over s; all of it if none does.
    """

    def is_restored(s: float) -> bool:
        equity = price * holding + cash + other - liabilities
        return equity > 0 and equity >= ratio * (price * (holding - s) + other) - 1e-15

    if is_restored(0.0):
        return 0.0
    if not is_restored(holding):
        return holding
    low, high = 0.0, holding
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if is_restored(middle) else (middle, high)
    return high


def greatest_price(sales: Any, alpha: float, points: int) -> float:
    """The largest p in (0, 1] with p <= exp(-α sales(p)), on a grid from the top."""
    for p in np.linspace(1.0, 1.0 / points, points):
        if p <= math.exp(-alpha * sales(float(p))) + 1e-12:
            return float(p)
    return 0.0


def linear_spillovers(
    weights: Table,
    assets: Sequence[float],
    debt_to_equity: Sequence[float],
    impact: Sequence[float],
    shock: Sequence[float],
) -> list[float]:
    """Greenwood, Landier, Thesmar (2015), section 2: loss of each bank from all banks' sales."""
    n, k = len(assets), len(impact)
    sales = [
        debt_to_equity[i] * assets[i] * sum(weights[i][a] * shock[a] for a in range(k))
        for i in range(n)
    ]
    move = [impact[a] * sum(weights[i][a] * sales[i] for i in range(n)) for a in range(k)]
    return [assets[i] * sum(weights[i][a] * move[a] for a in range(k)) for i in range(n)]
