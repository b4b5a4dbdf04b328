"""Queues as extreme points: jumps under score noise, worst burden, churn of who pays. V24 to V26.

    V24   ||Q(s) - Q(s')||_1 = 2B          for scores that differ by any delta > 0
    V25   argmin max_i x_i / u_i = u B / U      unique; max_i x_i / u_i > B / U for every queue
    V26   sum_t |a_t - a_(t-1)| = (T - 1)(a_max - a_min)  queue,  0  pro-rata

Books are columns u `[N]` of unit or Pareto capacities [USD]; a_t is the mean impact slope of the
accounts that pay in round t, weighted by the square of what they pay. Beyond the printed
constructions, which are worst cases, V24 measures the jump expected under random score noise and
V26 random slopes, random order, several accounts per round, and winners who come and go.

Source: [Chitra2026] (arXiv:2602.15182), appendices C and D.5.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linprog

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.risk import rap
from abm.adl.mechanisms.shares import equity_pro_rata, wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Table
from experiments.validate.theory.sampled import agrees, mean_interval, mean_of

EXACT = 1e-9
"""An identity of float64 sums holds within this [1]."""

NEAR = 0.05
"""Distance from its expectation within which the churn of random orders is called usual [1]."""

LP_EXACT = 1e-6
"""Feasibility tolerance of the linear solver, as a share of the budget [1]."""

NOISES = (0.001, 0.003, 0.01, 0.03, 0.1)
BUDGET_SHARE = 0.25
SLOPES = (0.2, 1.0)
"""Smallest and largest impact slope [USD per contract per contract]."""

ARRIVALS = 0.1
"""Share of winners replaced each round where winners come and go [1]."""

type Draw = Callable[[int], Floats]
type Allocation = Callable[[Floats, Floats, float], Split]
"""(capacities, scores, budget) -> what each account pays."""


def queue_jump(settings: Settings, rng: np.random.Generator) -> Finding:
    """V24: swap two scores that differ by delta; then perturb all scores at random."""
    deltas = 10.0 ** -np.arange(1.0, 13.0)
    worst = max(abs(swap_jump(queue, rng, float(delta)) - 1.0) for delta in deltas)
    shared = swap_jump(rap, rng, float(deltas[-1]))
    jumps = _noise_jumps(settings, rng)
    rows = [
        (rule, noise, *mean_interval(draws), _expected_jump(noise) if rule == "queue" else math.nan)
        for (rule, noise), draws in jumps.items()
    ]
    exponent = _exponent(
        "exponent of the expected jump in the noise",
        1.0,
        NOISES,
        [jumps["queue", noise] for noise in NOISES],
    )
    middle = NOISES[2]
    ratio = float(jumps["queue", middle].mean() / jumps["shares", middle].mean())
    columns = ("rule", "noise", "mean", "low", "high", "predicted")
    return Finding(
        "holds" if worst < EXACT else "refuted",
        f"A swap of two scores {deltas[-1]:.0e} apart moves the whole budget; under random noise "
        f"the expected jump is proportional to the noise (exponent {exponent.measured:.2f}), "
        f"{ratio:.1f} times that of shares by the same score.",
        (
            Measurement("largest |jump / 2B - 1|, delta 1e-1 to 1e-12", 0.0, worst),
            Measurement("jump / 2B of shares by the same score, delta 1e-12", math.nan, shared),
            mean_of(
                f"expected jump / 2B at noise {middle:g}",
                _expected_jump(middle),
                jumps["queue", middle],
            ),
            exponent,
        ),
        {"queue_jump": _table(columns, rows)},
    )


def swap_jump(rule: Allocation, rng: np.random.Generator, delta: float) -> float:
    """||x(s) - x(s')||_1 / 2B when the two first accounts, delta apart in score, change places."""
    capacity, score, budget = _two_large(rng, delta)
    swapped = score.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    before, after = (rule(capacity, s, budget).taken_usd for s in (score, swapped))
    return float(np.abs(before - after).sum()) / (2.0 * budget)


def _two_large(rng: np.random.Generator, delta: float) -> tuple[Floats, Floats, float]:
    """A book whose first two accounts could each pay the whole budget, scores delta apart."""
    budget = float(rng.uniform(1.0, 10.0))
    capacity = rng.uniform(0.1, 1.0, 12)
    capacity[:2] = budget * rng.uniform(1.0, 3.0, 2)
    score = rng.uniform(0.0, 1.0, 12)
    score[:2] = 2.0 + delta, 2.0
    return capacity, score, budget


def _noise_jumps(settings: Settings, rng: np.random.Generator) -> dict[tuple[str, float], Floats]:
    """Jumps over 2B by rule and noise of the scores, `[draws]` each.

    Unit capacities, scores uniform on [0, 1], noise normal: accounts within the noise of the
    cut-off change places.
    """
    accounts, draws = settings.pick(1000, 2000), settings.pick(80, 400)
    capacity, budget = np.ones(accounts), BUDGET_SHARE * accounts
    rules: tuple[Allocation, ...] = (queue, rap)
    jumps: dict[tuple[str, float], Floats] = {}
    for noise in NOISES:
        found = np.empty((2, draws))
        for draw in range(draws):
            score = rng.uniform(0.0, 1.0, accounts)
            scores = score, np.maximum(score + noise * rng.standard_normal(accounts), 0.0)
            for row, rule in enumerate(rules):
                before, after = (rule(capacity, one, budget).taken_usd for one in scores)
                found[row, draw] = float(np.abs(before - after).sum()) / (2.0 * budget)
        jumps["queue", noise], jumps["shares", noise] = found
    return jumps


def _expected_jump(noise: float) -> float:
    """Jump of a queue over 2B for small noise: noise / (budget share * sqrt(2 pi))."""
    return noise / (BUDGET_SHARE * math.sqrt(2.0 * math.pi))


def _table(columns: tuple[str, ...], rows: Sequence[Sequence[float | str]]) -> Table:
    """Columns by name from rows."""
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


def _exponent(
    name: str, predicted: float, levels: Sequence[float], samples: Sequence[Floats]
) -> Measurement:
    """Slope of log means in log levels, interval from 8 groups of the draws of each level.

    NaN where a group is zero throughout: then there is no power law.
    """
    groups = np.array([draws.reshape(8, -1).mean(axis=1) for draws in samples])  # [levels, 8]
    if not (groups > 0.0).all():
        return Measurement(name, predicted, math.nan, unit="slope")
    return mean_of(name, predicted, np.polyfit(np.log(levels), np.log(groups), 1)[0], "slope")


def min_max_is_pro_rata(settings: Settings, rng: np.random.Generator) -> Finding:
    """V25: the linear programme, the width of its optimal set, and every queue of small books."""
    books, accounts = settings.pick(20, 200), 5
    gap = width = 0.0
    queues, worse, closest, equity_excess = 0, 0, math.inf, []
    for _ in range(books):
        capacity = rng.pareto(1.5, accounts) + 0.1
        budget = float(rng.uniform(0.02, 0.98)) * float(capacity.sum())
        level = budget / float(capacity.sum())
        gap = max(gap, abs(_min_max(capacity, budget) / level - 1.0))
        width = max(width, _width(capacity, budget, level) / budget)
        for order in itertools.permutations(range(accounts)):
            taken = queue(capacity, np.array(order, np.float64), budget).taken_usd
            burden = float((taken / capacity).max())
            queues, worse = queues + 1, worse + (burden > level * (1.0 + EXACT))
            closest = min(closest, burden / level)
        equity = capacity * rng.uniform(0.5, 6.0, accounts)
        shares, best = (
            (split.taken_usd / equity).max()
            for split in (
                wealth_pro_rata(capacity, budget),
                equity_pro_rata(capacity, equity, budget),
            )
        )
        equity_excess.append(float(shares / best))
    holds = gap < LP_EXACT and width < LP_EXACT and worse == queues
    return Finding(
        "holds" if holds else "refuted",
        f"Pro-rata is the only optimum in {books} books, and all {queues} queues have a larger "
        "worst burden; measured in equity instead of capacity, the norm of the published code, "
        f"pro-rata is {np.mean(equity_excess):.2f} times the optimum.",
        (
            Measurement("largest |optimum / (B/U) - 1|", 0.0, gap),
            Measurement("largest width of the optimal set / B", 0.0, width),
            Measurement("share of queues above B/U", 1.0, worse / queues),
            Measurement("smallest burden of a queue / (B/U)", math.nan, closest),
            mean_of("pro-rata's worst share of equity / optimum", math.nan, equity_excess),
        ),
    )


def _min_max(capacity: Floats, budget: float) -> float:
    """Smallest z with x <= z u, sum x = B, 0 <= x <= u, by HiGHS."""
    count = capacity.size
    solved = linprog(
        np.r_[np.zeros(count), 1.0],
        A_ub=np.c_[np.eye(count), -capacity],
        b_ub=np.zeros(count),
        A_eq=np.r_[np.ones(count), 0.0][None],
        b_eq=[budget],
        bounds=[*((0.0, u) for u in capacity), (0.0, None)],
        method="highs",
    )
    return _solved(solved)


def _width(capacity: Floats, budget: float, level: float) -> float:
    """Widest range of one account's payment over all optima: max x_i - min x_i [USD]."""
    widest = 0.0
    for i in range(capacity.size):
        ends = [
            sign
            * _solved(
                linprog(
                    sign * np.eye(capacity.size)[i],
                    A_eq=np.ones((1, capacity.size)),
                    b_eq=[budget],
                    bounds=[(0.0, level * u * (1.0 + EXACT)) for u in capacity],
                    method="highs",
                )
            )
            for sign in (1.0, -1.0)
        ]
        widest = max(widest, ends[1] - ends[0])
    return widest


def _solved(result: object) -> float:
    """Objective of a linear programme that was solved to its optimum."""
    if getattr(result, "status", None) != 0:
        raise ValueError(f"the linear programme was not solved: {getattr(result, 'message', '')}")
    return float(result.fun)  # type: ignore[attr-defined]


def queue_churn(settings: Settings, rng: np.random.Generator) -> Finding:
    """V26: path variation of the effective slope, as printed and under random slopes and order."""
    low, high = SLOPES
    rounds, repeats = settings.pick(64, 256), settings.pick(40, 200)
    printed = _variation("queue", np.resize([low, high], 2 * rounds), rounds)
    exact = printed / ((rounds - 1) * (high - low)) - 1.0
    even = _variation("pro_rata", np.resize([low, high], 2 * rounds), rounds)
    table = _churn_table(settings, rng, repeats)
    several, fall = _several(settings, rng)
    random = _per_round(
        "queue", lambda n: rng.permutation(np.resize([low, high], n)), rounds, repeats
    )
    accounts = 2 * rounds
    order = mean_of(
        "two slopes in random order, per round / range",
        accounts / (2.0 * (accounts - 1)),
        random / (high - low),
    )
    spread = mean_of(
        "uniform slopes, per round / range",
        1.0 / 3.0,
        _per_round("queue", lambda n: rng.uniform(low, high, n), rounds, repeats) / (high - low),
    )
    sorted_slopes = _variation("queue", np.sort(rng.uniform(low, high, accounts)), rounds)
    turnover = mean_of(
        "pro-rata, a tenth of the winners replaced, per round / range",
        math.nan,
        [_turnover(rng, 2 * rounds, rounds) / (high - low) for _ in range(repeats)],
    )
    holds = abs(exact) < EXACT and even < EXACT
    usual = agrees(order, NEAR) and agrees(spread, NEAR)
    return Finding(
        "holds" if holds else "refuted",
        "The identity is exact for alternating slopes"
        f"{' and half or a third of it remains in random order' if usual else ''}; sorted by slope "
        f"the variation is {sorted_slopes / (high - low):.2f} of the range in all {rounds} rounds, "
        f"and it falls as m^{fall.measured:.2f} when a round closes m accounts.",
        (
            Measurement("P_T / ((T-1) range) - 1, queue as printed", 0.0, exact),
            Measurement("P_T, pro-rata on the same book", 0.0, even, unit="slope"),
            order,
            spread,
            fall,
            turnover,
        ),
        {"queue_churn_path": table, "queue_churn_several": several},
    )


def _effective_slopes(rule: str, slopes: Floats, rounds: int, per_round: int = 1) -> Floats:
    """Mean slope of those who pay, `[rounds]`; closed accounts leave. Unit capacities."""
    left = np.ones(slopes.size)
    place = -np.arange(slopes.size, dtype=np.float64)
    effective = np.empty(rounds)
    for t in range(rounds):
        split = (
            queue(left, place, float(per_round))
            if rule == "queue"
            else wealth_pro_rata(left, float(per_round))
        )
        weight = split.taken_usd**2
        effective[t] = float((slopes * weight).sum() / weight.sum())
        left = np.maximum(left - split.taken_usd, 0.0)
    return effective


def _variation(rule: str, slopes: Floats, rounds: int, per_round: int = 1) -> float:
    """P_T: total variation of the effective slope over the rounds."""
    return float(np.abs(np.diff(_effective_slopes(rule, slopes, rounds, per_round))).sum())


def _per_round(rule: str, draw: Draw, rounds: int, repeats: int, per_round: int = 1) -> Floats:
    """P_T / (T - 1) of independent books of 2 T m accounts, `[repeats]`."""
    accounts = 2 * rounds * per_round
    return np.array(
        [_variation(rule, draw(accounts), rounds, per_round) / (rounds - 1) for _ in range(repeats)]
    )


def _churn_table(settings: Settings, rng: np.random.Generator, repeats: int) -> Table:
    """P_T over the range of slopes against T: printed order, random order, sorted, pro-rata."""
    low, high = SLOPES
    draws: dict[str, tuple[str, Draw]] = {
        "alternating": ("queue", lambda n: np.resize([low, high], n)),
        "random order": ("queue", lambda n: rng.permutation(np.resize([low, high], n))),
        "uniform slopes": ("queue", lambda n: rng.uniform(low, high, n)),
        "sorted by slope": ("queue", lambda n: np.sort(rng.uniform(low, high, n))),
        "pro-rata": ("pro_rata", lambda n: rng.uniform(low, high, n)),
    }
    rows = []
    for name, (rule, draw) in draws.items():
        for rounds in settings.pick((4, 8, 16, 32, 64), (4, 8, 16, 32, 64, 128, 256)):
            totals = _per_round(rule, draw, rounds, repeats // 2) * (rounds - 1) / (high - low)
            rows.append((name, rounds, *mean_interval(totals)))
    return _table(("order", "rounds", "mean", "low", "high"), rows)


def _several(settings: Settings, rng: np.random.Generator) -> tuple[Table, Measurement]:
    """Variation per round against the number of accounts a round closes, and its exponent.

    With uniform slopes the effective slope is a mean of m, so that its step is near
    (range / sqrt 12) * 2 / sqrt(pi m).
    """
    low, high = SLOPES
    rounds, repeats = 16, settings.pick(40, 200)
    numbers = tuple(2**k for k in range(7))
    samples = [
        _per_round("queue", lambda n: rng.uniform(low, high, n), rounds, repeats, m) / (high - low)
        for m in numbers
    ]
    rows = [
        (float(m), *mean_interval(draws), 2.0 / math.sqrt(12.0 * math.pi * m))
        for m, draws in zip(numbers, samples, strict=True)
    ]
    fall = _exponent("exponent in accounts closed per round", -0.5, numbers, samples)
    return _table(("accounts", "mean", "low", "high", "predicted"), rows), fall


def _turnover(rng: np.random.Generator, accounts: int, rounds: int) -> float:
    """Variation per round of pro-rata's slope when a tenth of the winners is new each round."""
    slopes = rng.uniform(*SLOPES, accounts)
    effective = np.empty(rounds)
    for t in range(rounds):
        weight = wealth_pro_rata(np.ones(accounts), 1.0).taken_usd ** 2
        effective[t] = float((slopes * weight).sum() / weight.sum())
        leaving = rng.choice(accounts, round(ARRIVALS * accounts), replace=False)
        slopes[leaving] = rng.uniform(*SLOPES, leaving.size)
    return float(np.abs(np.diff(effective)).sum()) / (rounds - 1)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V24",
        "A queue jumps by 2B",
        "[Chitra2026], Proposition 8",
        "With two accounts that could each pay the budget, scores that differ by any delta > 0 "
        "can change the queue's allocation by 2B in the 1-norm.",
        queue_jump,
    ),
    Claim(
        "V25",
        "Min-max burden is pro-rata",
        "[Chitra2026], Proposition 9",
        "For 0 < B < U and positive capacities, pro-rata is the only minimiser of the largest "
        "burden max x_i/u_i, and every queue has a larger one.",
        min_max_is_pro_rata,
    ),
    Claim(
        "V26",
        "Churn makes a queue's slope jump",
        "[Chitra2026], Proposition 11",
        "2T unit accounts with alternating impact slopes: the path variation of the effective "
        "slope is (T-1)(a_max - a_min) under a queue that closes one account per round and 0 "
        "under pro-rata.",
        queue_churn,
    ),
)
