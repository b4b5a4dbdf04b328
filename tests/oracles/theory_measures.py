"""Measures of the auto-deleveraging literature and of allocation games: theory 3.1 and 3.2.

Lists are in account order (or round order where that is said), money in USD.  A ratio whose
denominator does not exist is NaN.

theory 3.1 and 3.2, as of 2026-11-21, after [Chitra2025] (arXiv:2512.01112) and [Chitra2026]
(arXiv:2602.15182); [C] = github.com/pluriholonomic/autodeleveraging-analysis@aae0be86.
"""

import math
from collections.abc import Callable
from itertools import pairwise

SMALLEST = 1e-12  # [C]: a denominator at or below is none


def ratio(numerator: float, denominator: float) -> float:
    """The quotient, NaN unless the denominator is positive ([C]: above 1e-12)."""
    return numerator / denominator if denominator > SMALLEST else math.nan


def top_survivor(w: list[float], x: list[float]) -> float:
    """Largest endowment left, max_i (w_i - x_i), not below zero."""
    return max([max(0.0, a - b) for a, b in zip(w, x, strict=True)], default=0.0)


def ptsr_paper(w: list[float], x: list[float], theta: float, deficit: float) -> float:
    """3.1: "PTSR_paper = E[max_i(w_i-x_i)/(theta D)]", one realisation of what E averages."""
    return ratio(top_survivor(w, x), theta * deficit)


def pmr_paper(w: list[float], x: list[float], theta: float, largest_loss: float) -> float:
    """3.1: "PMR_paper = E[max_i(w_i-x_i)/(theta Delta)]", one realisation."""
    return ratio(top_survivor(w, x), theta * largest_loss)


def ptsr_code(w: list[float], x: list[float], deficit: float) -> float:
    """3.1: "PTSR_code = max(cap-x)/(D-H)", "NaN when H >= D"."""
    return ratio(top_survivor(w, x), deficit - math.fsum(x))


def pmr_code(w: list[float], x: list[float], deficit: float, largest_loss: float) -> float:
    """3.1: "PMR_code = max(cap-x)/(clip((D-H)/D,0,1)·max_loss)", NaN when H >= D."""
    if deficit <= 0:
        return math.nan
    left = max(0.0, min(1.0, (deficit - math.fsum(x)) / deficit))
    return ratio(top_survivor(w, x), left * largest_loss)


def rd_nse(w: list[float], x: list[float], deficit: float) -> float:
    """3.1: "RD-NSE = m/(m + D - H), m = max(cap-x)"; "exceeds 1 when H > D"."""
    kept = top_survivor(w, x)
    return ratio(kept, kept + deficit - math.fsum(x))


def overshoot(taken: list[float], needed: list[float]) -> float:
    """3.1: "Overshoot O = Σ(H-B) (signed)", over rounds."""
    return math.fsum(h - b for h, b in zip(taken, needed, strict=True))


def overshoot_only(taken: list[float], needed: list[float]) -> float:
    """3.1: "O+ = Σ(H-B)_+"."""
    return math.fsum(max(0.0, h - b) for h, b in zip(taken, needed, strict=True))


def undershoot_only(taken: list[float], needed: list[float]) -> float:
    """3.1: "undershoot V_T = Σ(B-H)_+"."""
    return overshoot_only(needed, taken)


def tracking(taken: list[float], needed: list[float]) -> float:
    """3.1: "tracking T = Σ|H-B|"."""
    return math.fsum(abs(h - b) for h, b in zip(taken, needed, strict=True))


def max_pct(x: list[float], equity: list[float]) -> float:
    """3.1: "max_pct = max_i x_i/e_i clipped to 1".

    [C]: accounts without positive equity are left out; 0 if none is left.
    """
    return min(1.0, max([a / e for a, e in zip(x, equity, strict=True) if e > SMALLEST], default=0))


def fairness_regret(budgets: list[float], pct: list[float], reference: list[float]) -> float:
    """3.1: "Fairness regret Σ B_t |max_pct_π - max_pct_ILP|"."""
    rounds = zip(budgets, pct, reference, strict=True)
    return math.fsum(b * abs(m - r) for b, m, r in rounds)


def excess_burden(budgets: list[float], pct: list[float], lower_bound: list[float]) -> float:
    """3.1: "Use one-sided (·)_+ against a certified lower bound"."""
    rounds = zip(budgets, pct, lower_bound, strict=True)
    return math.fsum(b * max(0.0, m - r) for b, m, r in rounds)


def severity_loss(played: list[float], wanted: list[float], deficits: list[float]) -> float:
    """2.1: Σ_t D_t |θ_t - θ*_t|; rounds without deficit cost nothing."""
    rounds = zip(played, wanted, deficits, strict=True)
    return math.fsum(d * abs(p - w) for p, w, d in rounds if d > 0)


def dynamic_regret(played: list[float], wanted: list[float], deficits: list[float]) -> float:
    """Σ l_t(θ_t) - Σ min_θ l_t(θ); each minimum is 0, at θ*_t."""
    return severity_loss(played, wanted, deficits)


def static_regret(
    played: list[float], wanted: list[float], deficits: list[float], cap: float = 1.0
) -> float:
    """Σ l_t(θ_t) - min_θ Σ l_t(θ) over constants in [0, cap].

    The sum of kinks D|θ - θ*| is least at a kink or an end, so those are all tried.
    """
    kinks = [w for w, d in zip(wanted, deficits, strict=True) if d > 0 and 0 <= w <= cap]
    best = min(
        severity_loss([theta] * len(wanted), wanted, deficits) for theta in [0.0, cap, *kinks]
    )
    return severity_loss(played, wanted, deficits) - best


def class_regret(own_loss: float, class_losses: list[float]) -> float:
    """3.1: "policy-class regret": own loss less that of the best policy of the class."""
    return own_loss - min(class_losses)


def path_variation(wanted: list[float]) -> float:
    """3.1: "P_T = Σ|θ*_t - θ*_{t-1}|".

    Reading: rounds where θ* does not exist (NaN) are passed over.
    """
    known = [w for w in wanted if not math.isnan(w)]
    return math.fsum(abs(b - a) for a, b in pairwise(known))


def instance_bound(variation: float, deficits: list[float]) -> float:
    """3.1: "B_inst = sqrt((1+2P)ΣD²)"."""
    return math.sqrt((1 + 2 * variation) * math.fsum(d * d for d in deficits))


def discounted(horizons: list[float], overshoots: list[float], half_life: float) -> float:
    """3.1: "weights λe^{-λΔ}, λ = ln2/half-life, trapezoid over the horizon grid, normalised".

    Reading: divided by the trapezoid of the weights on the same grid, so a constant stays.
    """
    rate = math.log(2) / half_life
    weights = [rate * math.exp(-rate * h) for h in horizons]
    area, mass = 0.0, 0.0
    for i, j in pairwise(range(len(horizons))):
        width = horizons[j] - horizons[i]
        area += width * (weights[i] * overshoots[i] + weights[j] * overshoots[j]) / 2
        mass += width * (weights[i] + weights[j]) / 2
    return area / mass


def inversion_rate(before: list[float], after: list[float]) -> float:
    """3.1: "share of adjacent pairs (sorted by pre-ADL capacity) whose post-ADL order flips".

    Reading: all n-1 pairs count; a flip is strictly smaller before and strictly larger after;
    NaN with fewer than two accounts.
    """
    order = sorted(range(len(before)), key=lambda i: (-before[i], i))
    flips = sum(1 for i, j in pairwise(order) if before[i] > before[j] and after[i] < after[j])
    return flips / (len(order) - 1) if len(order) > 1 else math.nan


def middle_ranks(values: list[float]) -> list[float]:
    """Rank from 1 (smallest); equals share the mean of their ranks."""
    ranks = []
    for v in values:
        below = sum(1 for other in values if other < v)
        equal = sum(1 for other in values if other == v)
        ranks.append(below + (equal + 1) / 2)
    return ranks


def rank_stability(first: list[float], second: list[float]) -> float:
    """3.1: "correlation of normalised burden ranks between adjacent rounds".

    Reading: Pearson correlation of middle ranks, over the accounts in both rounds (given
    aligned); NaN if all burdens of a round are equal. Dividing ranks by n changes nothing.
    """
    a, b = middle_ranks(first), middle_ranks(second)
    mean = (len(a) + 1) / 2
    joint = math.fsum((p - mean) * (q - mean) for p, q in zip(a, b, strict=True))
    spread = math.fsum((p - mean) ** 2 for p in a) * math.fsum((q - mean) ** 2 for q in b)
    return joint / math.sqrt(spread) if spread > 0 else math.nan


def undo_fraction(
    time: float, change: float, trades: list[tuple[float, float]], window: float
) -> float:
    """3.1: "min(|ΔADL|, Σ opposite later trades)/|ΔADL|"; trades are (time, signed change).

    Reading: later = after the close and at most `window` after; NaN for a close of nothing.
    """
    back = math.fsum(abs(q) for t, q in trades if q * change < 0 and 0 < t - time <= window)
    return ratio(min(abs(change), back), abs(change))


def gini(values: list[float]) -> float:
    """One minus twice the area under the Lorenz curve.

    Reading: 0 when nobody holds anything, as in tests.oracles.measures.
    """
    total = math.fsum(values)
    if total == 0:
        return 0.0
    area, height = 0.0, 0.0
    for v in sorted(values):
        area += (height + height + v / total) / 2 / len(values)
        height += v / total
    return 1 - 2 * area


def lorenz_top(values: list[float], heads: int) -> float:
    """Share of the total that the `heads` largest hold; NaN when nobody holds anything."""
    return ratio(math.fsum(sorted(values, reverse=True)[:heads]), math.fsum(values))


def atkinson(values: list[float], aversion: float) -> float:
    """1 - (mean v^(1-ε))^(1/(1-ε)) / mean, the geometric mean at ε = 1.

    Reading: 1 if somebody holds nothing and ε >= 1 (the limit); NaN when nobody holds anything.
    """
    n, mean = len(values), math.fsum(values) / len(values)
    if mean <= 0:
        return math.nan
    if aversion >= 1 and min(values) == 0:
        return 1.0
    if aversion == 1:
        return 1 - math.exp(math.fsum(math.log(v) for v in values) / n) / mean
    power = 1 - aversion
    return 1 - math.pow(math.fsum(math.pow(v, power) for v in values) / n, 1 / power) / mean


def kolm(values: list[float], aversion: float) -> float:
    """(1/α) ln mean exp(α (mean - v)), in the unit of v; α in its inverse."""
    mean = math.fsum(values) / len(values)
    return (
        math.log(math.fsum(math.exp(aversion * (mean - v)) for v in values) / len(values))
        / aversion
    )


def jain(values: list[float]) -> float:
    """(Σv)² / (n Σv²): 1 if all are equal, 1/n if one has all; NaN when nobody has anything."""
    squares = math.fsum(v * v for v in values)
    return math.fsum(values) ** 2 / (len(values) * squares) if squares > 0 else math.nan


def herfindahl(values: list[float]) -> float:
    """Σ share²; NaN when nobody holds anything."""
    total = math.fsum(values)
    return math.fsum((v / total) ** 2 for v in values) if total > 0 else math.nan


def submajorises(one: list[float], other: list[float], tolerance: float = 1e-9) -> bool:
    """Every partial sum of the sorted (largest first) `one` is at least that of `other`."""
    a, b = sorted(one, reverse=True), sorted(other, reverse=True)
    return all(math.fsum(a[:k]) >= math.fsum(b[:k]) - tolerance for k in range(1, len(a) + 1))


def majorises(one: list[float], other: list[float], tolerance: float = 1e-9) -> bool:
    """3.2: "majorisation test (partial sums of sorted x/w)": as above, and equal totals."""
    same = abs(math.fsum(one) - math.fsum(other)) <= tolerance
    return same and submajorises(one, other, tolerance)


def norm(values: list[float], order: float) -> float:
    """Length of a vector: order 1, 2, ... or infinity."""
    if math.isinf(order):
        return max(abs(v) for v in values)
    return math.pow(math.fsum(math.pow(abs(v), order) for v in values), 1 / order)


def lipschitz(
    inputs: list[list[float]], outputs: list[list[float]], orders: tuple[float, float] = (1, 1)
) -> float:
    """3.2: "Lipschitz constant of s->x": the largest slope over all pairs of the sample.

    A lower bound of the constant. `orders` are the norms of s and of x.
    Reading: 1-norms, as V24 has ||Q(s)-Q(s')||_1; infinite if x differs at equal s.
    """
    steepest = 0.0
    for i in range(len(inputs)):
        for j in range(i):
            run = norm([a - b for a, b in zip(inputs[i], inputs[j], strict=True)], orders[0])
            rise = norm([a - b for a, b in zip(outputs[i], outputs[j], strict=True)], orders[1])
            if rise > 0:
                steepest = max(steepest, rise / run if run > 0 else math.inf)
    return steepest


def sybil_gain(
    rule: Callable[[list[float]], list[float]], whole: float, parts: list[float], rest: list[float]
) -> float:
    """3.2: "sybil gain x(single) - Σx(split)"; positive if splitting pays.

    Reading: the account, whole or in parts, stands before the others.
    """
    return rule([whole, *rest])[0] - math.fsum(rule([*parts, *rest])[: len(parts)])


def markout_transfer(closes: list[tuple[int, float, float, float]]) -> float:
    """3.2: "markout-consistent transfer Σ b dq (m(t+Δ) - p_exec)".

    A close is (side of the closed position, contracts, price, mark Δ later); positive is what the
    closed accounts lost by being closed.
    """
    return math.fsum(b * q * (mark - price) for b, q, price, mark in closes)


def rank_entropy(rounds: list[list[int]]) -> list[float]:
    """3.2: "queue-rank entropy" of each account, in nats; rows are rounds, columns accounts.

    Reading: Shannon entropy of the ranks an account held over the rounds; 0 = always the same
    place, ln n = every place equally often.
    """
    entropies = []
    for account in range(len(rounds[0])):
        held = [ranks[account] for ranks in rounds]
        shares = [held.count(rank) / len(held) for rank in sorted(set(held))]
        entropies.append(-math.fsum(p * math.log(p) for p in shares) if len(shares) > 1 else 0.0)
    return entropies
