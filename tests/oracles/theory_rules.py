"""Allocation rules of the auto-deleveraging literature, each as the slowest code that says it.

Every rule is (endowment w, budget B, ...) -> (taken x, unfilled): lists in account order, USD, with
0 <= x_i <= w_i and sum x + unfilled = B.  Levels are found by bisection down to neighbouring
floats, orders by sorting, integer optima by trying everything.

theory 2.2, as of 2026-11-21, numbers the rules A1 to A16; it follows Chitra et al.,
arXiv:2512.01112 [Chitra2025] and arXiv:2602.15182 [Chitra2026].  [C] is their published code,
github.com/pluriholonomic/autodeleveraging-analysis@aae0be86, read where theory 2.2 is too short.

Reading, for all rules: negative budgets are zero; ties go to the account that comes first;
an account with e <= 0 is no winner and pays nothing under a rule that divides by equity.
"""

import itertools
import math
from collections.abc import Callable

Allocation = tuple[list[float], float]


def smallest_level(reaches: Callable[[float], bool], high: float) -> float:
    """Smallest float in [0, high] at which a condition that switches on once is true."""
    low = 0.0
    if reaches(low):
        return low
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return high
        if reaches(middle):
            high = middle
        else:
            low = middle


def outcome(taken: list[float], budget: float) -> Allocation:
    """The taken amounts and what of the budget they leave open."""
    return taken, max(0.0, max(0.0, budget) - math.fsum(taken))


def water_fill(capacity: list[float], weight: list[float], budget: float) -> Allocation:
    """x_i = min(c_i, τ a_i), τ such that sum x = B; all of the weighted capacity if B is more."""

    def at(level: float) -> list[float]:
        return [min(c, level * a) for c, a in zip(capacity, weight, strict=True)]

    full = [c if a > 0 else 0.0 for c, a in zip(capacity, weight, strict=True)]
    if budget <= 0:
        return outcome([0.0] * len(capacity), budget)
    if math.fsum(full) <= budget:
        return outcome(full, budget)
    high = max(c / a for c, a in zip(capacity, weight, strict=True) if a > 0)
    return outcome(at(smallest_level(lambda t: math.fsum(at(t)) >= budget, high)), budget)


def front_first(score: list[float]) -> list[int]:
    """Account indices by falling score; the account that comes first among equals."""
    return sorted(range(len(score)), key=lambda i: (-score[i], i))


def queue(w: list[float], score: list[float], budget: float) -> Allocation:
    """A1: "Sort by score desc (stable tie-break by id). Fill x_σ(j) = min(w_σ(j), remaining)"."""
    taken, remaining = [0.0] * len(w), max(0.0, budget)
    for i in front_first(score):
        taken[i] = min(w[i], remaining)
        remaining -= taken[i]
    return outcome(taken, budget)


def queue_sharing_ties(w: list[float], score: list[float], budget: float) -> Allocation:
    """A1 with tie = "prorata".

    Reading: a group of equal scores shares what has reached it in proportion to w.
    """
    taken, remaining = [0.0] * len(w), max(0.0, budget)
    for value in sorted(set(score), reverse=True):
        group = [i for i in range(len(w)) if score[i] == value]
        held = math.fsum(w[i] for i in group)
        paid = min(held, remaining)
        for i in group:
            taken[i] = w[i] * (paid / held) if held > 0 else 0.0
        remaining -= paid
    return outcome(taken, budget)


def paper_score(opening_leverage: float, price: float, reference_price: float) -> float:
    """A1 score (a): "l p_T/p_ref", p_ref the bankruptcy price or the mark."""
    return opening_leverage * price / reference_price


def smart_queue(w: list[float], score: list[float], deficit: float) -> Allocation:
    """A2: "A1 with B = min(D, U)".

    Reading: unfilled is counted against min(D, U), so it is zero.
    """
    return queue(w, score, min(deficit, math.fsum(w)))


def lottery_expectation(w: list[float], budget: float) -> list[float]:
    """A16: mean of the queue over every permutation of the accounts, all equally likely."""
    orders = list(itertools.permutations(range(len(w))))
    total = [0.0] * len(w)
    for order in orders:
        taken, _ = queue(w, [float(-place) for place in order], budget)
        total = [a + b for a, b in zip(total, taken, strict=True)]
    return [t / len(orders) for t in total]


def wealth_pro_rata(w: list[float], budget: float) -> Allocation:
    """A3: "x_i = w_i B/U", all of w if B > U."""
    total = math.fsum(w)
    paid = min(max(0.0, budget), total)
    return outcome([v * (paid / total) if total > 0 else 0.0 for v in w], budget)


def equity_pro_rata(w: list[float], equity: list[float], budget: float) -> Allocation:
    """A3: "weights = equity, capped at w_i via A5"; [C]: what a cap blocks, the others pay."""
    return water_fill(w, [max(0.0, e) for e in equity], budget)


def pnl_pro_rata(pnl: list[float], equity: list[float], budget: float) -> Allocation:
    """A3: "weights = PNL before equity cap. [C] caps c_u = min(PNL_+, equity_+)"."""
    weight = [max(0.0, p) for p in pnl]
    capacity = [min(a, max(0.0, e)) for a, e in zip(weight, equity, strict=True)]
    return water_fill(capacity, weight, budget)


def levered_pro_rata(w: list[float], leverage: list[float], budget: float) -> Allocation:
    """A4: "Correct: h_i = min(1, τ l_i), τ from budget (weighted water-fill)"; x_i = h_i w_i."""
    return rap(w, leverage, budget, [1.0] * len(w))


def burden_caps(
    haircut_cap: list[float],
    cash: list[float],
    pnl: list[float],
    equity_floor: list[float],
    w: list[float],
) -> list[float]:
    """A5: "caps β_i = min(hbar_i, (c_i + PNL_i - efloor_i)/w_i) clipped to [0,1]".

    Reading: 0 where w_i = 0, since nothing can be taken there.
    """
    caps = []
    for i in range(len(w)):
        room = (cash[i] + pnl[i] - equity_floor[i]) / w[i] if w[i] > 0 else 0.0
        caps.append(max(0.0, min(1.0, haircut_cap[i], room)))
    return caps


def capped_pro_rata(w: list[float], caps: list[float], budget: float) -> Allocation:
    """A5: "h_i = min(eta, β_i)"; "if B > Σ β w infeasible (return shortfall)"."""
    return rap(w, [1.0] * len(w), budget, caps)


def rap(w: list[float], risk: list[float], budget: float, caps: list[float]) -> Allocation:
    """A6: "h_i = min(β_i, τ r_i), Σ h_i w_i = B"; "r_i = 0 and unfilled budget: return shortfall".

    Written on fractions: β_i w_i is the capacity, r_i w_i the weight.
    """
    capacity = [b * v for b, v in zip(caps, w, strict=True)]
    return water_fill(capacity, [r * v for r, v in zip(risk, w, strict=True)], budget)


def linear_risk(leverage: list[float]) -> list[float]:
    """A6: "g linear λ (=> r = λ²)", since r_i = λ_i g(λ_i)."""
    return [v * v for v in leverage]


def power_risk(leverage: list[float], exponent: float) -> list[float]:
    """A6: "g power λ^c", so r = λ^(1+c)."""
    return [v * v**exponent for v in leverage]


def cvar_risk(leverage: list[float], threshold: float) -> list[float]:
    """A6: "g CVaR (λ - τ0)_+", so r = λ (λ - τ0)_+."""
    return [v * max(0.0, v - threshold) for v in leverage]


def shortfall_density(leverage: list[float], shocks: list[float]) -> list[float]:
    """A6: "r = ρ(λ) = λ ψ(1/λ), ψ(u) = E[(u+Z)_-]", E the mean over the sample.

    Reading: Z is the relative price move in the holder's own favour (a short's is the negative);
    (·)_- is the positive size of the negative part; ρ = 0 at λ = 0, its limit for bounded Z.
    """
    density = []
    for v in leverage:
        short = [max(0.0, -(1 / v + z)) for z in shocks] if v > 0 else [0.0]
        density.append(v * math.fsum(short) / len(short))
    return density


def shortfall_left(h: list[float], equity: list[float], density: list[float]) -> float:
    """A7: "δ = Σ (1-h_i) e_i ρ_i": a haircut h scales the *whole* equity and the position with it.

    That is only what happens if w = e; shortfall_left_of_cash is the same for any w.
    """
    return math.fsum((1 - a) * e * r for a, e, r in zip(h, equity, density, strict=True))


def shortfall_left_of_cash(x: list[float], equity: list[float], density: list[float]) -> float:
    """Σ (e_i - x_i) ρ_i: what is seized leaves equity dollar by dollar, leverage unchanged.

    Reading: 1.1 has e'_i = c_i + PNL_i - x_i, so this, and not Σ (1-h) e ρ, is δ of 1.1 if w < e.
    """
    return math.fsum((e - a) * r for a, e, r in zip(x, equity, density, strict=True))


def greedy_density(
    w: list[float], equity: list[float], density: list[float], budget: float
) -> Allocation:
    """A7: "queue with score ρ_i e_i/w_i; minimises δ".

    Reading: accounts with w = 0 go last.
    """
    score = [-math.inf] * len(w)
    for i in range(len(w)):
        if w[i] > 0:
            score[i] = density[i] * equity[i] / w[i]
    return queue(w, score, budget)


def levelling(w: list[float], budget: float) -> Allocation:
    """A8: "x_i = (w_i - L)_+, L s.t. Σx = B"."""
    paid = min(max(0.0, budget), math.fsum(w))

    def cut(depth: float) -> list[float]:
        return [max(0.0, v - max(0.0, max(w) - depth)) for v in w]

    depth = smallest_level(lambda t: math.fsum(cut(t)) >= paid, max(w))
    return outcome(cut(depth), budget)


def equal_dollar(w: list[float], budget: float) -> Allocation:
    """A8': "x_i = min(w_i, κ)"."""
    return water_fill(w, [1.0] * len(w), budget)


def min_max_capacity(w: list[float], budget: float) -> tuple[float, list[float]]:
    """A9 (i): "capacity norm x_i/u_i: optimum = A3 exactly (unique; dual value B/U)".

    Found without A3: the smallest M with Σ min(u_i, M u_i) >= B, or 1 if none.
    """
    level = smallest_level(lambda m: math.fsum(min(v, m * v) for v in w) >= budget, 1.0)
    return level, [min(v, level * v) for v in w]


def min_max_equity(w: list[float], equity: list[float], budget: float) -> tuple[float, list[float]]:
    """A9 (ii): "equity norm: x_i = min(u_i, M e_i), M by water-fill".

    Reading: M may exceed 1; a budget out of reach takes all that can be reached, at the smallest
    M that does.
    """
    taken, _ = water_fill(w, [max(0.0, e) for e in equity], budget)
    return max([x / e for x, e in zip(taken, equity, strict=True) if e > 0], default=0.0), taken


def vector_mirror_descent(w: list[float], budget: float) -> Allocation:
    """A12: "Euclidean projection of 0 onto {h in [0,1]^n, w·h = B}: h_i = min(1, μ w_i)"."""
    return rap(w, w, budget, [1.0] * len(w))


def tiered(tiers: list[list[float]], budget: float) -> Allocation:
    """A14: "exhaust tier m before m+1, smooth rule inside".

    Rows are tiers, first to be taken first; columns are accounts.
    Reading: the smooth rule inside a tier is A3.
    """
    taken, remaining = [0.0] * len(tiers[0]), max(0.0, budget)
    for bucket in tiers:
        inside, remaining = wealth_pro_rata(bucket, remaining)
        taken = [a + b for a, b in zip(taken, inside, strict=True)]
    return taken, remaining


def backstop_auction(
    offers: list[tuple[float, float]], budget: float
) -> tuple[list[float], float, float]:
    """A15: "BLP fills q at premium κ"; offers are (largest USD taken over, premium per USD).

    Returns fills, premium paid in USD, and the rest that goes to auto-deleveraging.
    Reading: the text gives one provider and no auction; the cheapest premium is filled first and
    every provider is paid its own premium on what it fills.
    """
    fills, unfilled = queue([q for q, _ in offers], [-k for _, k in offers], budget)
    paid = math.fsum(fill * k for fill, (_, k) in zip(fills, offers, strict=True))
    return fills, paid, unfilled
