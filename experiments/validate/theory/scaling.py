"""V1 to V3: how the ratios of the top winner to the losses scale with the size of the market.

    PTSR = max_i (w_i - x_i) / (theta D)        ~ b+_n / (theta n),   n^(1/a+ - 1) for Pareto(a+)
    PMR  = max_i (w_i - x_i) / (theta Delta)    ~ (1/theta) (l+/l-) n^(1/a+ - 1/a-)
    theta* : PTSR(theta*) = 1                   ~ b+_n / n

w: endowments of n winners; D, Delta: sum and largest of n losses; theta: share of the deficit that
is socialised. Under wealth pro-rata x_i = w_i theta D / U, so

    PMR = (max w / Delta) (L / theta - D / U)

exactly when all endowments are multiplied by L: linear in L / theta only while haircuts are small.
A slope agrees when its whole interval lies within `SLOPE_TOL` of the prediction.
Source: [Chitra2025], appendix "Moral Hazard and Extreme Value Analysis".
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.queue import lottery, queue
from abm.adl.mechanisms.shares import equal_dollar, levelling, wealth_pro_rata
from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Settings, Truth, every, judged
from experiments.validate.intervals import (
    Interval,
    log_slope,
    median_band,
    quartile_distance,
)
from experiments.validate.theory.random_books import (
    Books,
    exponential_deficits,
    half_normal_books,
    pareto_books,
)
from experiments.validate.theory.sampled import share_of

type Rule = Callable[[Floats, float, np.random.Generator], Floats]
type Columns = dict[str, Floats]

SEVERITY = 0.05
"""Share of the deficit that is socialised where it is held fixed [1]."""

SLOPE_TOL = 0.06
"""Largest distance of an interval's end from the predicted slope [1]."""

LIGHT_TOL = 0.03
"""The same for a light tail, where the prediction is a logarithm and not a power [1]."""

TAILS = (0.8, 1.2, 1.5, 2.0, 3.0)
PAIRS = ((1.5, 3.0), (2.0, 2.0), (3.0, 1.5))
EXACT_TOL = 1e-9
"""Largest relative error of an identity in float64 [1]."""

RULE_TAIL = 1.5
RULES: tuple[tuple[str, bool, Rule], ...] = (
    ("wealth pro-rata", False, lambda w, budget, _: wealth_pro_rata(w, budget).taken_usd),
    ("equal dollar", False, lambda w, budget, _: equal_dollar(w, budget).taken_usd),
    ("lottery", False, lambda w, budget, rng: lottery(w, budget, rng).taken_usd),
    ("queue by size", True, lambda w, budget, _: queue(w, w, budget).taken_usd),
    ("levelling", True, lambda w, budget, _: levelling(w, budget).taken_usd),
)
"""Rules compared at one tail, and whether they cut the top to a quantile (slope -1)."""

SOURCE = "[Chitra2025], appendix Moral Hazard and Extreme Value Analysis"


def market_sizes(settings: Settings) -> tuple[tuple[int, ...], int]:
    """Numbers of winners, equally spaced in log n, and replicates at each."""
    quick = ((200, 630, 2_000, 6_300, 20_000), 1_000)
    return settings.pick(quick, ((200, 700, 2_400, 8_400, 29_000, 100_000), 2_000))


def ptsr(books: Books, deficits: Floats, severity: float = SEVERITY) -> Floats:
    """Profitability-to-total-solvency ratio of every book under wealth pro-rata."""
    budgets = severity * deficits
    return np.asarray(books.top * (1.0 - budgets / books.total) / budgets)


def safe_severity(books: Books, deficits: Floats, target: float = 1.0) -> Floats:
    """theta* at which PTSR under wealth pro-rata equals `target`: max w / (D (c + max w / U))."""
    return np.asarray(books.top / (deficits * (target + books.top / books.total)))


def slopes_by_rule(settings: Settings, rng: np.random.Generator) -> dict[str, Interval]:
    """Slope of PTSR in n under each rule when the whole deficit is taken, the same books for all.

    The deficit is a third of the capacity: large enough for rules that cut the top to reach it.
    These cut it to a level l with E (w - l)+ = 1, l = 4; books of n accounts are below it by the
    tail they lack, n^(-1/3), so their slope comes near -1 slowly.
    """
    sizes = settings.pick((400, 1_300, 4_000, 13_000), (1_000, 5_000, 22_000, 100_000))
    replicates = settings.pick(60, 150)
    ratios = np.empty((len(RULES), len(sizes), replicates))
    for row, size in enumerate(sizes):
        for column in range(replicates):
            endowments = np.exp(rng.standard_exponential(size) / RULE_TAIL)
            budget = rng.gamma(size)
            for number, (_, _, rule) in enumerate(RULES):
                left = endowments - rule(endowments, budget, rng)
                ratios[number, row, column] = left.max() / budget
    return {
        name: log_slope(sizes, values, rng)
        for (name, _, _), values in zip(RULES, ratios, strict=True)
    }


def ptsr_scaling(settings: Settings, rng: np.random.Generator) -> Finding:
    """V1: slope of PTSR in n by tail, its light-tailed form, and the rules it depends on."""
    sizes, replicates = market_sizes(settings)
    books = pareto_books(TAILS, sizes, replicates, rng)
    ratios = [ptsr(book, exponential_deficits(sizes, replicates, rng)) for book in books]
    slopes = [log_slope(sizes, values, rng) for values in ratios]
    light_ratio = ptsr(
        half_normal_books(sizes, replicates, rng), exponential_deficits(sizes, replicates, rng)
    )
    light = _light_slope(sizes, light_ratio, rng)
    by_rule = slopes_by_rule(settings, rng)
    predicted = [1 / tail - 1 for tail in TAILS]
    holds = every(_all_agree(predicted, slopes), light.agrees(0.0, LIGHT_TOL))
    spread = quartile_distance(np.log(books[TAILS.index(RULE_TAIL)].top[-1]), rng)
    frechet = (math.log(math.log(4)) - math.log(math.log(4 / 3))) / RULE_TAIL
    by_rule_predicted = [-1.0 if cuts else 1 / RULE_TAIL - 1 for _, cuts, _ in RULES]
    gentle = [by_rule[name].value for name, cuts, _ in RULES if not cuts]
    cutting = [by_rule[name].value for name, cuts, _ in RULES if cuts]
    measurements = [
        slope.measurement(f"slope of PTSR in n, tail {tail:g}", value, "slope")
        for tail, value, slope in zip(TAILS, predicted, slopes, strict=True)
    ]
    measurements += [
        light.measurement("slope of PTSR n / √(2 log n), half-normal winners", 0.0, "slope"),
        *(
            by_rule[name].measurement(f"slope under {name}, tail {RULE_TAIL}", value, "slope")
            for (name, _, _), value in zip(RULES, by_rule_predicted, strict=True)
        ),
        spread.measurement(
            f"quartile distance of log υ (Fréchet limit), tail {RULE_TAIL}", frechet
        ),
    ]
    return Finding(
        judged(holds),
        f"{'All' if holds else 'Not all'} slopes lie within {SLOPE_TOL} of 1/α − 1; at tail"
        f" {RULE_TAIL} rules that leave the top alone share one slope ({min(gentle):.2f} to"
        f" {max(gentle):.2f}) and rules that cut it fall faster ({min(cutting):.2f} to"
        f" {max(cutting):.2f}): the law is that of a maximum over a sum.",
        tuple(measurements),
        {
            "ptsr_scaling": _curves(TAILS, sizes, ratios),
            "ptsr_slopes": {"tail": np.array(TAILS)} | _slope_columns(predicted, slopes),
            "ptsr_slopes_by_rule": {
                "rule": [name for name, _, _ in RULES],
                **_slope_columns(by_rule_predicted, list(by_rule.values())),
            },
        },
    )


class Pair(NamedTuple):
    """Winners and losers of one pair of tails, each `[sizes, replicates]`."""

    winners: Books
    losers: Books

    def pmr(self, imbalance: float = 1.0, severity: float = SEVERITY) -> Floats:
        """PMR under wealth pro-rata when every winner's endowment is `imbalance` times larger."""
        haircut = np.minimum(severity * self.losers.total / (imbalance * self.winners.total), 1.0)
        top = imbalance * self.winners.top * (1.0 - haircut)
        return np.asarray(top / (severity * self.losers.top))

    def at_largest(self) -> "Pair":
        """The largest market only, `[1, replicates]`."""
        winners, losers = self
        return Pair(
            Books(winners.top[-1:], winners.total[-1:]), Books(losers.top[-1:], losers.total[-1:])
        )


def pairs_of_tails(sizes: Sequence[int], replicates: int, rng: np.random.Generator) -> list[Pair]:
    """Books of the pairs of tails (a+, a-) in `PAIRS`."""
    winners = pareto_books([pair[0] for pair in PAIRS], sizes, replicates, rng)
    losers = pareto_books([pair[1] for pair in PAIRS], sizes, replicates, rng)
    return [Pair(*books) for books in zip(winners, losers, strict=True)]


def exponents_of_leverage(pair: Pair, rng: np.random.Generator) -> tuple[Interval, ...]:
    """Exponents of PMR in L, in theta, and in theta at haircuts that rise from 20 % to 80 %.

    The same markets stand at every L and theta, so they are resampled together.

    Args:
        pair: tails (1.5, 3) with mean capacity twice the mean deficit, one size.
        rng: of the bootstrap.
    """
    imbalances, gentle = np.geomspace(1.0, 16.0, 5), np.geomspace(0.002, 0.05, 5)
    harsh = np.geomspace(0.24, 0.96, 5)  # with L = 0.6 the mean haircut is 0.83 theta
    paths = (
        (imbalances, [pair.pmr(imbalance=float(value)) for value in imbalances]),
        (gentle, [pair.pmr(severity=float(value)) for value in gentle]),
        (harsh, [pair.pmr(0.6, float(value)) for value in harsh]),
    )
    return tuple(
        log_slope(grid.tolist(), np.concatenate(rows), rng, paired=True) for grid, rows in paths
    )


def exponent_of_head_count(replicates: int, rng: np.random.Generator) -> Interval:
    """Exponent of PMR in the number of winners at given leverage and losers, tails (1.5, 3)."""
    counts = (1_000, 2_000, 4_000, 8_000, 16_000)
    winners = pareto_books([1.5], counts, replicates, rng)[0]
    losers = pareto_books([3.0], counts[:1], replicates, rng)[0]
    return log_slope(counts, Pair(winners, losers).pmr(), rng)


def affine_error(rng: np.random.Generator) -> float:
    """Largest relative distance of PMR under the rule itself from its affine form in L / theta."""
    worst = 0.0
    for imbalance, severity in ((1.0, 0.1), (1.5, 0.4), (3.0, 0.9), (8.0, 0.05)):
        winners, losers = np.exp(rng.standard_exponential((2, 500)) / np.array([[1.5], [3.0]]))
        budget = severity * losers.sum()
        endowments = imbalance * winners
        left = endowments - wealth_pro_rata(endowments, budget).taken_usd
        ratio = winners.max() / losers.max()
        affine = ratio * (imbalance / severity - losers.sum() / winners.sum())
        worst = max(worst, abs(left.max() / (severity * losers.max()) / affine - 1.0))
    return worst


def pmr_scaling(settings: Settings, rng: np.random.Generator) -> Finding:
    """V2: slope of PMR in n by pair of tails, and its dependence on leverage and severity."""
    sizes, replicates = market_sizes(settings)
    pairs = pairs_of_tails(sizes, replicates, rng)
    predicted = [1 / plus - 1 / minus for plus, minus in PAIRS]
    ratios = [pair.pmr() for pair in pairs]
    slopes = [log_slope(sizes, values, rng) for values in ratios]
    in_ratio, in_severity, harsh = exponents_of_leverage(pairs[0].at_largest(), rng)
    heads = exponent_of_head_count(settings.pick(2_000, 10_000), rng)
    error = affine_error(rng)
    common = every(
        _all_agree(predicted, slopes),
        in_ratio.agrees(1.0, SLOPE_TOL),
        in_severity.agrees(-1.0, SLOPE_TOL),
    )
    stated = every(common, harsh.agrees(-1.0, SLOPE_TOL), heads.agrees(1 + 1 / 1.5, SLOPE_TOL))
    corrected = every(common, error < EXACT_TOL, heads.agrees(1 / 1.5, SLOPE_TOL))
    tails = {
        "alpha_winners": np.array([pair[0] for pair in PAIRS]),
        "alpha_losers": np.array([pair[1] for pair in PAIRS]),
    }
    return Finding(
        judged(stated, corrected),
        f"The slope in n is {'' if _all_agree(predicted, slopes) else 'not '}as stated; PMR is"
        " linear in Λ/θ only while haircuts are small"
        f" (exponent of θ {harsh.value:.2f} at haircuts of 20 to 80 %), and more winners of the"
        f" same leverage raise it with exponent {heads.value:.2f}, so Λ is a ratio of mean"
        " leverages: mass from head count is already in b_n.",
        (
            *(
                slope.measurement(
                    f"slope of PMR in n, tails {plus:g} and {minus:g}", value, "slope"
                )
                for (plus, minus), value, slope in zip(PAIRS, predicted, slopes, strict=True)
            ),
            in_ratio.measurement("exponent of the leverage ratio Λ, small haircuts", 1.0, "slope"),
            in_severity.measurement("exponent of θ, small haircuts", -1.0, "slope"),
            harsh.measurement("exponent of θ, haircuts of 20 to 80 %", -1.0, "slope"),
            heads.measurement("exponent of the number of winners", 1 + 1 / 1.5, "slope"),
            heads.measurement("exponent of the number of winners (correction)", 1 / 1.5, "slope"),
            Interval(error, math.nan, math.nan).measurement(
                "relative error of PMR = (υ/Δ)(Λ/θ − D/U) (correction)", 0.0
            ),
        ),
        {
            "pmr_scaling": _curves(range(len(PAIRS)), sizes, ratios)
            | {name: np.repeat(values, len(sizes)) for name, values in tails.items()},
            "pmr_slopes": tails | _slope_columns(predicted, slopes),
            "pmr_leverage": _leverage_table(pairs[0].at_largest()),
        },
    )


def severity_scaling(settings: Settings, rng: np.random.Generator) -> Finding:
    """V3: slope in n of the largest severity that keeps PTSR at 1."""
    sizes, replicates = market_sizes(settings)
    books = pareto_books(TAILS, sizes, replicates, rng)
    severities = [
        safe_severity(book, exponential_deficits(sizes, replicates, rng)) for book in books
    ]
    finite_mean = [number for number, tail in enumerate(TAILS) if tail > 1.0]
    predicted = [1 / TAILS[number] - 1 for number in finite_mean]
    slopes = [log_slope(sizes, severities[number], rng) for number in finite_mean]
    light = _light_slope(
        sizes,
        safe_severity(
            half_normal_books(sizes, replicates, rng), exponential_deficits(sizes, replicates, rng)
        ),
        rng,
    )
    never_binds = share_of(
        "share of largest markets with θ* ≥ 1, tail 0.8",
        1.0,
        int(np.count_nonzero(severities[0][-1] >= 1.0)),
        replicates,
    )
    holds = every(_all_agree(predicted, slopes), light.agrees(0.0, LIGHT_TOL))
    return Finding(
        judged(holds),
        f"{'All' if holds else 'Not all'} slopes of the severity at which PTSR is 1 lie within"
        f" {SLOPE_TOL} of 1/α − 1; with infinite mean (tail 0.8) it exceeds 1 in"
        f" {never_binds.measured:.1%} of the largest markets and does not bind.",
        (
            *(
                slope.measurement(f"slope of θ* in n, tail {TAILS[number]:g}", value, "slope")
                for number, value, slope in zip(finite_mean, predicted, slopes, strict=True)
            ),
            light.measurement("slope of θ* n / √(2 log n), half-normal winners", 0.0, "slope"),
            never_binds,
        ),
        {
            "severity_scaling": _curves(TAILS, sizes, severities),
            "severity_slopes": {"tail": np.array(TAILS)[finite_mean]}
            | _slope_columns(predicted, slopes),
        },
    )


def _all_agree(predicted: Sequence[float], slopes: Sequence[Interval]) -> Truth:
    return every(
        *(slope.agrees(value, SLOPE_TOL) for value, slope in zip(predicted, slopes, strict=True))
    )


def _light_slope(sizes: Sequence[int], values: Floats, rng: np.random.Generator) -> Interval:
    """Slope of `values` n / sqrt(2 log n), 0 when the largest grows like that of n normals."""
    counts = np.array(sizes, np.float64)[:, None]
    return log_slope(sizes, values * counts / np.sqrt(2.0 * np.log(counts)), rng)


def _curves(keys: Sequence[float], sizes: Sequence[int], values: Sequence[Floats]) -> Columns:
    """Medians with bands of several curves over n, by key."""
    bands = [median_band(rows) for rows in values]
    return {
        "key": np.repeat(np.asarray(keys, np.float64), len(sizes)),
        "n": np.tile(np.asarray(sizes, np.float64), len(keys)),
        "median": np.concatenate([band.median for band in bands]),
        "low": np.concatenate([band.low for band in bands]),
        "high": np.concatenate([band.high for band in bands]),
    }


def _slope_columns(predicted: Sequence[float], slopes: Sequence[Interval]) -> Columns:
    return {
        "predicted": np.array(predicted),
        "slope": np.array([slope.value for slope in slopes]),
        "low": np.array([slope.low for slope in slopes]),
        "high": np.array([slope.high for slope in slopes]),
    }


def _leverage_table(pair: Pair) -> Columns:
    """Median PMR of one market against L / theta, with the linear claim beside it."""
    steps = np.geomspace(0.7, 320.0, 25)
    band = median_band(np.concatenate([pair.pmr(float(step), 1.0) for step in steps]))
    linear = np.median(pair.winners.top / pair.losers.top) * steps
    return {"leverage_over_severity": steps, "linear": linear} | band._asdict()


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V1",
        "PTSR scaling",
        f"{SOURCE}, Theorem PTSR scaling",
        "For a rule that leaves the top winner alone, PTSR grows as b+_n/(θ n): n^(1/α − 1) for"
        " Pareto winners, √(log n)/n for light tails.",
        ptsr_scaling,
    ),
    Claim(
        "V2",
        "PMR scaling",
        f"{SOURCE}, Theorem PMR scaling",
        "PMR grows as (1/θ)(ℓ+/ℓ−) n^(1/α+ − 1/α−), with ℓ± the total leverage of winners and"
        " losers.",
        pmr_scaling,
        "PMR = (υ/Δ)(Λ/θ − D/U) under pro-rata: linear in Λ/θ while haircuts are small, with Λ"
        " the ratio of mean leverages, since the number of accounts already enters through b_n.",
    ),
    Claim(
        "V3",
        "Safe severity",
        f"{SOURCE}; section Extreme-value scaling",
        "The largest severity that keeps PTSR bounded below falls as b_n/n: n^(1/α − 1) for"
        " Pareto winners, √(2 log n)/n for light tails.",
        severity_scaling,
    ),
)
