"""V4 to V6: what the queue does to the largest winner.

    top survivor      max_i (w_i - x_i)
    queue by size     the largest pays in full, then the next; leaves max(w_1 - B, w_2) if B <= w_1
    levelling         x_i = (w_i - L)+, leaves L: nobody can leave less, because getting all below
                      a level l costs sum (w_i - l)+, which exceeds B for every l < L
    pro-rata          leaves w_1 (1 - B / U)

[Chitra2025] defines the top survivor as the maximum over all accounts and proves its statements for
the account that was the largest before; the two differ once B > w_1 - w_2.
Source: [Chitra2025], proposition "Queue Minimizes Top Survivor" and what follows it.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.shares import levelling, wealth_pro_rata
from abm.units import Flags, Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged
from experiments.validate.intervals import ENDS, RESAMPLES
from experiments.validate.theory.sampled import agrees, mean_interval, share_of

EXACT_TOL = 1e-9
"""Relative distance below which two amounts are the same [1]."""

TAILS = (1.2, 1.5, 2.0, 3.0)
SIZES = (3, 10, 100, 1_000)
SHOWN = 1_000
"""Books of a table of single books."""

SOURCE = "[Chitra2025], appendix Moral Hazard and Extreme Value Analysis"


class Survivors(NamedTuple):
    """Random books and what three rules leave of them; every column `[books]`, in units of w_1.

    Attributes:
        budget: B.
        second: w_2.
        total: U.
        queue: top survivor under the queue by size.
        pro_rata: top survivor under wealth pro-rata.
        levelling: top survivor under levelling.
        first_left: what the queue leaves to the account that was the largest.
        certificate: |sum (w - L)+ - B| with L what levelling leaves; 0 proves L minimal.
    """

    budget: Floats
    second: Floats
    total: Floats
    queue: Floats
    pro_rata: Floats
    levelling: Floats
    first_left: Floats
    certificate: Floats

    @property
    def within_gap(self) -> Flags:
        """Whether B <= w_1 - w_2, so that the queue never reaches below the second account."""
        return np.asarray(self.budget <= 1.0 - self.second)


def survivors_of(endowments: Floats, budget: float) -> tuple[float, ...]:
    """One row of `Survivors`: a book with w_1 = 1 and a budget B <= w_1."""
    by_queue = endowments - queue(endowments, endowments, budget).taken_usd
    by_share = endowments - wealth_pro_rata(endowments, budget).taken_usd
    by_level = endowments - levelling(endowments, budget).taken_usd
    level = float(by_level.max())
    return (
        budget,
        float(np.partition(endowments, -2)[-2]),
        float(endowments.sum()),
        float(by_queue.max()),
        float(by_share.max()),
        level,
        float(by_queue[endowments.argmax()]),
        abs(float(np.maximum(endowments - level, 0.0).sum()) - budget),
    )


def random_survivors(
    books: int,
    rng: np.random.Generator,
    sizes: Sequence[int] = SIZES,
    tails: Sequence[float] = TAILS,
) -> Survivors:
    """Pareto books of all sizes and tails in turn, budgets uniform in (0, w_1)."""
    rows = []
    for number in range(books):
        size, tail = sizes[number % len(sizes)], tails[number // len(sizes) % len(tails)]
        endowments = np.exp(rng.standard_exponential(size) / tail)
        rows.append(survivors_of(endowments / endowments.max(), float(rng.uniform())))
    return Survivors(*np.array(rows).T)


def top_survivor(settings: Settings, rng: np.random.Generator) -> Finding:
    """V4: who leaves the smallest maximum; fixture w = (10, 10, 1), B = 10 and random books."""
    books = settings.pick(4_000, 40_000)
    sample = random_survivors(books, rng)
    beaten = sample.levelling < sample.queue * (1.0 - EXACT_TOL)
    pro_rata_below = sample.pro_rata < sample.queue * (1.0 - EXACT_TOL)
    within = sample.within_gap
    first_minimal = np.abs(sample.first_left - (1.0 - sample.budget)) <= EXACT_TOL
    fixture = survivors_of(np.array([10.0, 10.0, 1.0]), 10.0)
    certified = sample.certificate <= EXACT_TOL
    corrected = bool(within.any() and not beaten[within].any() and certified.all())
    return Finding(
        judged(not bool(beaten.any()), corrected),
        f"The queue leaves a larger maximum than levelling in {beaten.mean():.0%} of books and a"
        f" larger one than pro-rata in {pro_rata_below.mean():.0%}; levelling is the minimiser"
        f" (certified in {certified.mean():.0%}); while B ≤ w₁ − w₂ the queue is one too, in"
        f" {(~beaten[within]).mean():.0%} of those books.",
        (
            Measurement(
                "queue's top survivor, w = (10, 10, 1), B = 10", 0.0, fixture[3], unit="USD"
            ),
            Measurement("pro-rata's", 110 / 21, fixture[4], unit="USD"),
            Measurement("levelling's", 5.0, fixture[5], unit="USD"),
            _share("books with a smaller maximum than the queue's", 0.0, beaten),
            _share("books where pro-rata's is smaller", 0.0, pro_rata_below),
            _share("books with a smaller maximum, B ≤ w₁ − w₂", 0.0, beaten[within]),
            _share("books with a smaller maximum, B > w₁ − w₂", 0.0, beaten[~within]),
            _share("books where the first account is left w₁ − B", 1.0, first_minimal),
            Measurement(
                "largest |Σ(w − L)₊ − B| / w₁ of levelling", 0.0, float(sample.certificate.max())
            ),
            *_beaten_by_tail(books // len(SIZES), rng),
        ),
        {"top_survivor": _by_budget(sample)},
    )


def _beaten_by_tail(books: int, rng: np.random.Generator) -> list[Measurement]:
    """Share of books of 20 accounts in which the queue is not the minimiser, tail by tail."""
    measured = []
    for tail in TAILS:
        sample = random_survivors(books, rng, (20,), (tail,))
        beaten = sample.levelling < sample.queue * (1.0 - EXACT_TOL)
        measured.append(
            _share(f"books of 20 accounts with a smaller one, tail {tail}", 0.0, beaten)
        )
    return measured


def _by_budget(sample: Survivors) -> dict[str, list[float] | list[str]]:
    """Mean top survivor, and share of books where it is not the smallest, by tenth of the budget.

    Both with 95 % intervals, per rule.
    """
    rules: list[str] = []
    names = ("budget", "mean", "low", "high", "beaten", "beaten_low", "beaten_high")
    columns: dict[str, list[float]] = {name: [] for name in names}
    for rule in ("queue", "pro_rata", "levelling"):
        left: Floats = getattr(sample, rule)
        for low, high in itertools.pairwise(np.linspace(0.0, 1.0, 11)):
            inside = (sample.budget > low) & (sample.budget <= high)
            beaten = _share("", 0.0, (sample.levelling < left * (1.0 - EXACT_TOL))[inside])
            shares = (beaten.measured, beaten.low, beaten.high)
            row = ((low + high) / 2, *mean_interval(left[inside]), *shares)
            rules.append(rule)
            for name, value in zip(names, row, strict=True):
                columns[name].append(float(value))
    return {"rule": rules, **columns}


def queue_gap(settings: Settings, rng: np.random.Generator) -> Finding:
    """V5: distance of pro-rata's top survivor from the queue's, and of PTSR, against formulas."""
    sample = random_survivors(settings.pick(4_000, 40_000), rng)
    severity = rng.uniform(0.05, 0.95, sample.budget.size)
    formula = sample.budget * (1.0 - 1.0 / sample.total)
    gap = sample.pro_rata - sample.queue
    within = sample.within_gap
    error = np.abs(gap - formula)
    ratio_gap = gap / sample.budget  # theta D is the budget
    corrected = np.abs(ratio_gap - formula / sample.budget)[within]
    printed = np.abs(ratio_gap - severity * formula / sample.budget)[within]
    outside = error[~within] > EXACT_TOL
    negative = gap < -EXACT_TOL
    stated = bool((error <= EXACT_TOL).all() and (printed <= EXACT_TOL).all())
    holds = bool((error[within] <= EXACT_TOL).all() and (corrected <= EXACT_TOL).all())
    return Finding(
        judged(stated, holds),
        "The gap B(1 − w₁/U) is exact while B ≤ w₁ − w₂ and wrong in"
        f" {outside.mean():.0%} of books beyond it (negative in {negative.mean():.0%} of all);"
        " the gap of PTSR is 1 − w₁/U, without θ.",
        (
            Measurement(
                "largest error of B(1 − w₁/U), B ≤ w₁ − w₂", 0.0, float(error[within].max())
            ),
            _share("books beyond where it fails", 0.0, outside),
            _share("books where pro-rata leaves less", 0.0, negative),
            Measurement(
                "largest error of PTSR gap 1 − w₁/U (correction)", 0.0, float(corrected.max())
            ),
            Measurement("smallest error of PTSR gap θ(1 − w₁/U)", 0.0, float(printed.min())),
            _mean("mean error of PTSR gap θ(1 − w₁/U)", 0.0, printed),
        ),
        {
            "queue_gap": {
                "gap": gap[:SHOWN],
                "formula": formula[:SHOWN],
                "within_gap": within[:SHOWN],
            }
        },
    )


def _share(name: str, predicted: float, hits: Flags) -> Measurement:
    return share_of(name, predicted, int(np.count_nonzero(hits)), hits.size)


def _mean(name: str, predicted: float, values: Floats) -> Measurement:
    return Measurement(name, predicted, *mean_interval(values))


LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)
"""Levels at which VaR and ES are compared [1]."""

FAR_LEVEL = 0.99
"""Level up to which the survivors are compared by a ratio of VaR [1]."""

EXTREME = 1.0 - 1e-6
"""Level at which ES / VaR is compared with its limit [1]."""

RATIO_TOL = 0.02
"""Relative distance from the limit within which a ratio of ES and VaR counts as reached [1]."""


def tail_mean(values: Floats, level: float) -> float:
    """Expected shortfall of a sample: mean of the values from the quantile upwards."""
    ordered = np.sort(values)
    return float(ordered[math.ceil(level * ordered.size) - 1 :].mean())


def value_at_risk(values: Floats, level: float) -> float:
    """Quantile of a sample, an order statistic (so that monotone maps commute with it)."""
    return float(np.sort(values)[math.ceil(level * values.size) - 1])


def shortfall_ratio(tail: float, size: int, budget: float, rng: np.random.Generator) -> float:
    """ES / VaR of (w_1 - B)+ at `EXTREME`; w_1 the largest of n Pareto, by stratified quantiles.

    Beyond `EXTREME` the missing probability is that of `EXTREME` times s^4, s uniform, so that the
    far tail is sampled densely; each draw has weight 4 s^3, and the variance is finite.
    """
    strata = 20_000
    places = (np.arange(strata) + rng.uniform(size=strata)) / strata
    missing = (1.0 - EXTREME) * places**4
    # survival of the maximum is 1 - (1 - y^-a)^n, inverted without loss of digits near 1
    beyond = -np.expm1(np.log1p(-missing) / size)
    threshold = -math.expm1(math.log(EXTREME) / size)
    left = np.maximum(beyond ** (-1.0 / tail) - budget, 0.0)
    return float((4.0 * places**3 * left).mean() / max(threshold ** (-1.0 / tail) - budget, 0.0))


def top_survivor_samples(
    tail: float, books: int, rng: np.random.Generator
) -> tuple[float, Floats, Floats, Floats]:
    """Budget, largest endowment, and top survivor under queue and levelling, 50 Pareto winners.

    The budget is fixed at half the median of the largest endowment, so that both regimes occur.
    """
    size = 50
    endowments = np.exp(rng.standard_exponential((books, size)) / tail)
    budget = 0.5 * float(np.median(endowments.max(axis=1)))
    left = np.array(
        [
            (
                (row - queue(row, row, budget).taken_usd).max(),
                (row - levelling(row, budget).taken_usd).max(),
            )
            for row in endowments
        ]
    )
    return budget, endowments.max(axis=1), left[:, 0], left[:, 1]


def tail_of_survivor(settings: Settings, rng: np.random.Generator) -> Finding:
    """V6: VaR and ES of the top survivor against the formulas, and the limit of ES / VaR."""
    books = settings.pick(10_000, 100_000)
    budget, first, by_queue, by_level = top_survivor_samples(1.5, books, rng)
    original = np.maximum(first - budget, 0.0)
    identity = max(
        abs(value_at_risk(original, u) - max(value_at_risk(first, u) - budget, 0.0))
        / max(value_at_risk(first, u), 1.0)
        for u in LEVELS
    )
    rows = {
        "level": list(LEVELS),
        "formula_var": [value_at_risk(original, u) for u in LEVELS],
        "queue_var": [value_at_risk(by_queue, u) for u in LEVELS],
        "levelling_var": [value_at_risk(by_level, u) for u in LEVELS],
        "formula_es": [tail_mean(original, u) for u in LEVELS],
        "queue_es": [tail_mean(by_queue, u) for u in LEVELS],
        "levelling_es": [tail_mean(by_level, u) for u in LEVELS],
    }
    ratios = [_ratio_measurement(tail, rng) for tail in (1.5, 2.0, 3.0)]
    limit = every(*(agrees(one, RATIO_TOL * one.predicted) for one in ratios))
    attained = rows["queue_var"][0] <= rows["formula_var"][0] * (1.0 + EXACT_TOL)
    ratios_of_quantiles = _quantile_ratios(by_queue, original, rng)
    larger = by_queue > by_level * (1.0 + EXACT_TOL)
    law = every(identity <= EXACT_TOL, limit)
    return Finding(
        judged(every(law, attained and not bool(larger.any())), law),
        "VaR of (w₁ − B)₊ is max(VaR w₁ − B, 0) and ES/VaR tends to α/(α − 1), but this is the"
        " account that was the largest: the median of the largest left is"
        f" {rows['queue_var'][0]:.3g} under the queue, {rows['levelling_var'][0]:.3g} under"
        f" levelling and {rows['formula_var'][0]:.3g} by the formula; at level {FAR_LEVEL:g} queue"
        f" and formula differ by a factor {ratios_of_quantiles[-1].measured:.3f}.",
        (
            Measurement("largest relative error of VaR((w₁ − B)₊)", 0.0, identity),
            *ratios,
            *ratios_of_quantiles,
            _share("books where levelling leaves less than the queue", 0.0, larger),
        ),
        {"tail_of_survivor": rows},
    )


def _quantile_ratios(
    by_queue: Floats, original: Floats, rng: np.random.Generator
) -> list[Measurement]:
    """VaR of the queue's largest over VaR of (w_1 - B)+ by level, paired bootstrap over books."""
    levels = [level for level in LEVELS if level <= FAR_LEVEL]
    measured = np.quantile(by_queue, levels) / np.quantile(original, levels)
    ratios = np.empty((RESAMPLES, len(levels)))
    for sample in range(RESAMPLES):
        rows = rng.integers(by_queue.size, size=by_queue.size)
        ratios[sample] = np.quantile(by_queue[rows], levels) / np.quantile(original[rows], levels)
    lows, highs = np.quantile(ratios, ENDS, axis=0)
    return [
        Measurement(f"VaR {level:g} of the queue's largest / formula", 1.0, *numbers)
        for level, *numbers in zip(
            levels, measured.tolist(), lows.tolist(), highs.tolist(), strict=True
        )
    ]


def _ratio_measurement(tail: float, rng: np.random.Generator) -> Measurement:
    """ES / VaR at `EXTREME` with its limit, over 30 independent stratified samples."""
    size = 1_000
    ratios = [shortfall_ratio(tail, size, 0.5 * size ** (1 / tail), rng) for _ in range(30)]
    return Measurement(
        f"ES/VaR of (w₁ − B)₊ at 1 − 1e-6, tail {tail:g}",
        tail / (tail - 1.0),
        *mean_interval(ratios),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V4",
        "Queue and top survivor",
        f"{SOURCE}, Proposition Queue Minimizes Top Survivor",
        "For any budget the queue by size uniquely minimises the largest endowment left, hence"
        " PTSR and PMR, among all rules that meet the budget.",
        top_survivor,
        "True for B ≤ w₁ − w₂; for any larger budget levelling leaves the smallest maximum.",
    ),
    Claim(
        "V5",
        "Pro-rata minus queue",
        "[Chitra2025], Proposition Queue Maximizes Damage to Top Winner",
        "For B ≤ w₁ pro-rata leaves B(1 − w₁/U) > 0 more at the top than the queue, and its PTSR is"
        " larger by θ(1 − w₁/U).",
        queue_gap,
        "For B ≤ w₁ − w₂ the gap is B(1 − w₁/U), and that of PTSR is 1 − w₁/U.",
    ),
    Claim(
        "V6",
        "VaR and ES of the top survivor",
        f"{SOURCE}, Proposition Queue minimizes VaR/ES of the top survivor",
        "Under the queue VaR and ES of the top survivor are those of (w₁ − B)₊, the smallest of any"
        " rule at every level; VaR is max(VaR w₁ − B, 0), and ES/VaR tends to α/(α − 1).",
        tail_of_survivor,
        "This is the law of what is left to the account that was the largest; the largest account"
        " left is larger under the queue than under levelling, and agrees with it in the far tail.",
    ),
)
