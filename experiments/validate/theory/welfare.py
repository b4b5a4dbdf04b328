"""V13 and V15: what a static severity costs against hindsight; the list of V12 to V16.

    fairness    F = max_i (w_i - x_i) / (theta D)              the sources' PTSR, larger is better
    price       PoA = W(dynamic) / W(static)                   W a welfare, >= 0
    load        kappa = theta n / b_n                          b_n = n^(1/alpha)
    sum, min    of two objectives scaled to [0, 1]: fairness min(1, F) and coverage theta

Pro-rata has F ~ 1 / theta for small theta: a hindsight that may cover as little as it likes has no
best severity, at any load. V13 therefore gives hindsight the source's theta ~ b_n / n, and asks
what is left of its price when it must cover what the static rule covers. In V15 full coverage is
worth 1 to a static rule, so that a price of the sum above 2 cannot occur: the minimum decides.

n winners with Pareto endowments w, index alpha = 1.5, and n losers with deficits of mean 1. Source:
[Chitra2025] = arXiv:2512.01112, price of anarchy phase transitions and the aggregation paradox.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from abm.adl.mechanisms.queue import queue
from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Truth, every, judged
from experiments.validate.intervals import above, within
from experiments.validate.theory.ruin import REVENUE
from experiments.validate.theory.sampled import agrees, mean_interval, mean_of
from experiments.validate.theory.separation import ALPHA, OPPOSING, SEPARATION, endowments

THETA = 0.5
"""Static severity of V13."""

FLAT = 0.25
"""A log-log slope whose interval lies within this of zero counts as no growth [1]."""

SLOPE_TOL = 0.06
"""Half-width around a predicted slope within which it counts as met [1]."""

ROUNDS = 12
"""Rounds over which a common total is spread in V13."""

SHARES = np.linspace(0.0, 1.0, 401)[1:]
"""Severities on which V15 searches."""


class Prices(NamedTuple):
    """Prices of fairness at one size: hindsight free, with the same budget, the same total."""

    free: float
    same_budget: float
    same_total: float


def fairness(endowment_usd: Floats, taken_usd: Floats) -> float:
    """Largest endowment left over the amount socialised."""
    return float((endowment_usd - taken_usd).max() / taken_usd.sum())


def pro_rata_fairness(endowment_usd: Floats, budget_usd: float) -> float:
    """F of pro-rata, (1 - B / U) v / B with v = max w."""
    haircut = min(budget_usd / float(endowment_usd.sum()), 1.0)
    return (1.0 - haircut) * float(endowment_usd.max()) / budget_usd


def levelled_budgets(books: Sequence[Floats], total_usd: float) -> Floats:
    """Budgets `[T]` of a given total under which pro-rata is equally fair in every book.

    F = (1 - B / U) v / B gives B = 1 / (F / v + 1 / U); the total falls in F.
    """
    top_usd = np.array([book.max() for book in books])
    all_usd = np.array([book.sum() for book in books])

    def excess_usd(log_fairness: float) -> float:
        return float((1.0 / (np.exp(log_fairness) / top_usd + 1.0 / all_usd)).sum() - total_usd)

    level = np.exp(float(brentq(excess_usd, -40.0, 40.0)))
    return np.asarray(1.0 / (level / top_usd + 1.0 / all_usd))


def prices(rng: np.random.Generator, size: int) -> Prices:
    """The three prices in one draw of 12 books of a size."""
    books = [(endowments(rng, size), float(rng.gamma(size))) for _ in range(ROUNDS)]
    endowment_usd, deficit_usd = books[0]
    static = pro_rata_fairness(endowment_usd, THETA * deficit_usd)
    chosen = min(THETA, size ** (1.0 / ALPHA) / size)  # the source's optimum, theta ~ b_n / n
    free = pro_rata_fairness(endowment_usd, chosen * deficit_usd)
    spared = queue(endowment_usd, -endowment_usd, THETA * deficit_usd)  # the top account pays last
    worst_static = min(pro_rata_fairness(book, THETA * deficit) for book, deficit in books)
    total_usd = THETA * sum(deficit for _, deficit in books)
    moved_usd = levelled_budgets([book for book, _ in books], total_usd)
    worst_moved = min(
        pro_rata_fairness(book, budget) for (book, _), budget in zip(books, moved_usd, strict=True)
    )
    return Prices(
        free / static,
        fairness(endowment_usd, spared.taken_usd) / static,
        worst_moved / worst_static,
    )


def fairness_price(settings: Settings, rng: np.random.Generator) -> Finding:
    """V13: the price against load, with and without a common coverage."""
    sizes = settings.pick((100, 316, 1000, 3162, 10_000), (100, 1000, 10_000, 100_000))
    repeats = settings.pick(240, 400)
    load = np.array([THETA * size ** (1.0 - 1.0 / ALPHA) for size in sizes])
    drawn = np.array([[prices(rng, size) for size in sizes] for _ in range(repeats)])  # [R, S, 3]
    kinds = ("free", "same budget", "same total")
    predicted = (1.0, 0.0, 0.0)
    logs = np.log(drawn)
    slopes = [
        mean_of(
            f"slope of price in load, {kind}",
            expected,
            [np.polyfit(np.log(load), run[:, k], 1)[0] for run in logs],
            "slope",
        )
        for k, (kind, expected) in enumerate(zip(kinds, predicted, strict=True))
    ]
    grows = agrees(slopes[0], SLOPE_TOL)
    stated = every(grows, *(above(one.low, one.high, FLAT) for one in slopes[1:]))
    corrected = every(grows, *(_flat(one) for one in slopes[1:]))
    sentence = (
        f"The price grows with load (slope {slopes[0].measured:.2f}) only because hindsight leaves "
        f"the deficit uncovered; with the same budget each round or the same total its slope is "
        f"{slopes[1].measured:+.2f} and {slopes[2].measured:+.2f}."
    )
    rows = [
        (kind, size, load[s], *np.exp(mean_interval(logs[:, s, k])))
        for k, kind in enumerate(kinds)
        for s, size in enumerate(sizes)
    ]
    names = ("coverage", "accounts", "load", "price", "low", "high")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Finding(
        judged(stated, corrected), sentence, tuple(slopes), {"v13_fairness_price": table}
    )


def _flat(slope: Measurement) -> Truth:
    """Whether a slope counts as no growth."""
    return within(slope.low, slope.high, 0.0, FLAT)


def frontier(rng: np.random.Generator, size: int) -> Floats:
    """Scaled fairness of pro-rata at each severity of `SHARES` in one book."""
    endowment_usd, deficit_usd = endowments(rng, size), float(rng.gamma(size))
    haircut = np.minimum(SHARES * deficit_usd / endowment_usd.sum(), 1.0)
    left_usd = (1.0 - haircut) * endowment_usd.max()
    return np.asarray(np.minimum(1.0, left_usd / (SHARES * deficit_usd)))


def limit_slope(load: Floats) -> float:
    """Slope of the granted min-price when scaled tops are Frechet, as they are for large books."""
    top = (-np.log((np.arange(2000) + 0.5) / 2000.0)) ** (-1.0 / ALPHA)
    haircut = SHARES * (ALPHA - 1.0) / ALPHA  # deficits of mean 1, endowments of mean 3
    price = []
    for kappa in load:
        mean = np.minimum(1.0, (1.0 - haircut) * top[:, None] / (kappa * SHARES)).mean(axis=0)
        price.append(1.0 / np.minimum(mean, SHARES).max())
    return float(np.polyfit(np.log(load), np.log(price), 1)[0])


def aggregate_prices(books: Floats) -> tuple[float, float, float, float]:
    """Prices of the sum and the minimum over books `[R, S]` of scaled fairness.

    Returns:
        (sum, min) when the dynamic policy is granted 1 in both objectives, then (sum, min) when it
        chooses a severity per book under the same trade-off as the static one.
    """
    mean = books.mean(axis=0)
    static_sum = float((mean + SHARES).max())
    static_min = float(np.minimum(mean, SHARES).max())
    own_sum = float((books + SHARES).max(axis=1).mean())
    own_min = float(np.minimum(books, SHARES).max(axis=1).mean())
    return 2.0 / static_sum, 1.0 / static_min, own_sum / static_sum, own_min / static_min


def aggregation(settings: Settings, rng: np.random.Generator) -> Finding:
    """V15: prices of sum and minimum, of a policy granted both and of one with the same books."""
    sizes = np.array(settings.pick((100, 1000, 10_000), (100, 1000, 10_000, 100_000)))
    load = sizes ** (1.0 - 1.0 / ALPHA)
    found = np.array(
        [
            [aggregate_prices(np.array([frontier(rng, size) for _ in range(40)])) for size in sizes]
            for _ in range(settings.pick(8, 40))
        ]
    )  # [R, S, 4]
    slopes = [[np.polyfit(np.log(load), np.log(run[:, k]), 1)[0] for run in found] for k in (1, 3)]
    expected = limit_slope(load)
    granted = mean_of("slope of min-price in load, granted both", expected, slopes[0], "slope")
    same = mean_of("slope of min-price in load, same books", 0.0, slopes[1], "slope")
    largest = Measurement("largest sum-price, granted both", 2.0, float(found[..., 0].max()))
    grows = above(same.low, same.high, FLAT)
    corrected = every(above(granted.low, granted.high, FLAT), _flat(same))
    sentence = (
        f"The sum-price stays at or below {largest.measured:.2f}, as it must where full coverage "
        f"alone is worth 1; the min-price grows with slope {granted.measured:.2f} in load only if "
        "the dynamic policy is granted both objectives in full, and has slope "
        f"{same.measured:+.2f} if it faces the books that the static one faces."
    )
    rows = [
        (kind, size, load[s], *np.exp(mean_interval(np.log(found[:, s, k]))))
        for k, kind in enumerate(("sum, granted", "min, granted", "sum, same", "min, same"))
        for s, size in enumerate(sizes)
    ]
    names = ("aggregate", "accounts", "load", "price", "low", "high")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Finding(
        judged(grows, corrected), sentence, (largest, granted, same), {"v15_aggregation": table}
    )


FAIRNESS = Claim(
    "V13",
    "fairness price of anarchy",
    "[Chitra2025], fairness phase transition",
    "PoA of expected PTSR is bounded iff the load kappa is, and grows like kappa otherwise.",
    fairness_price,
    "Only as far as hindsight covers less than the static rule; with the same coverage the price "
    "does not grow with load.",
)

AGGREGATION = Claim(
    "V15",
    "sum and minimum of objectives",
    "[Chitra2025], aggregation paradox",
    "PoA of the sum is at most 2; PoA of the minimum diverges under heavy tails.",
    aggregation,
    "The price of the minimum grows only for a dynamic policy that is granted both objectives in "
    "full; it does not for one that faces the books of the static rule.",
)

CLAIMS: tuple[Claim, ...] = (SEPARATION, FAIRNESS, REVENUE, AGGREGATION, OPPOSING)
"""V12 to V16."""
