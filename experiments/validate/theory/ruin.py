"""V14: a fund fed by a constant share of fees against heavy-tailed deficits: ruin and revenue.

    claims       compound Poisson, one a unit of time, mean mu = 0.5; tail (1 + x / s)^-alpha, or
                 exponential
    fund         premiums c t, c = delta mu_Phi, mu_Phi = 1 the fees a unit of time
    ruin         psi(u) = P(S_N > u), N geometric(mu / c), S_N a sum of N integrated-tail draws
                 (Pollaczek-Khinchine), so psi ~ const u^-(alpha - 1), or exponential in u
    unfunded     R_n = sup_{t <= n} (claims - premiums)+        from an empty fund
    welfare      W = E[(1 - delta) mu_Phi n - 2 R_n]            static: best constant delta
    price        PoA = n (mu_Phi - mu) / W                      against perfect foresight

psi is estimated by the conditional Monte Carlo of Asmussen and Kroese (2006): the largest summand
is integrated out, so a probability of 1e-4 needs no rare event. Source: [Chitra2025] =
arXiv:2512.01112, revenue phase transition.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Verdict
from experiments.validate.theory.sampled import mean_interval, mean_of

MEAN_CLAIM, FEES, PENALTY = 0.5, 1.0, 2.0
INDICES = (1.2, 1.5, 1.8)
LOADS_USD = np.logspace(4.0, 8.0, 9)
DIVERSIONS = np.linspace(0.525, 0.975, 19)
MIDDLE = DIVERSIONS.size // 2
LIGHT = math.inf
"""Tail index that stands for exponential claims."""


def tail_of_excess(x: Floats, index: float) -> Floats:
    """Survival function of the integrated tail of a claim, index alpha - 1."""
    if math.isinf(index):
        return np.asarray(np.exp(-np.maximum(x, 0.0) / MEAN_CLAIM))
    scale = MEAN_CLAIM * (index - 1.0)
    return np.asarray((1.0 + np.maximum(x, 0.0) / scale) ** -(index - 1.0))


def draw_excess(rng: np.random.Generator, size: int, index: float) -> Floats:
    """Draws from the integrated tail by inversion."""
    uniform = 1.0 - rng.random(size)
    if math.isinf(index):
        return np.asarray(-MEAN_CLAIM * np.log(uniform))
    scale = MEAN_CLAIM * (index - 1.0)
    return np.asarray(scale * (uniform ** (-1.0 / (index - 1.0)) - 1.0))


def draw_claims(rng: np.random.Generator, shape: tuple[int, ...], index: float) -> Floats:
    """Claims with mean `MEAN_CLAIM`; infinite variance for an index below 2."""
    if math.isinf(index):
        return rng.exponential(MEAN_CLAIM, shape)
    return np.asarray(MEAN_CLAIM * (index - 1.0) * rng.pareto(index, shape))


def ruin_probability(
    rng: np.random.Generator, start_usd: float, load: float, index: float, draws: int
) -> Floats:
    """Unbiased draws of psi(u), `[R]`; their mean is the estimate.

    Args:
        rng: source of randomness.
        start_usd: u, the fund at the start.
        load: claims per premium, mu / c < 1.
        index: alpha of claims.
        draws: R.
    """
    count = rng.geometric(1.0 - load, draws) - 1  # [R] summands
    total, largest = np.zeros(draws), np.zeros(draws)
    for k in range(1, int(count.max())):
        more = count > k  # all summands but one
        drawn = draw_excess(rng, int(more.sum()), index)
        total[more] += drawn
        largest[more] = np.maximum(largest[more], drawn)
    needed = np.maximum(largest, start_usd - total)
    return np.asarray(np.where(count > 0, count * tail_of_excess(needed, index), 0.0))


def unfunded(
    rng: np.random.Generator, rounds: int, paths: int, index: float, mean_claim: float = MEAN_CLAIM
) -> Floats:
    """R_n of an empty fund for each diversion of `DIVERSIONS`, on common paths: `[paths, 19]`."""
    worst = np.zeros((paths, DIVERSIONS.size))
    for path in range(paths):
        count = rng.poisson(rounds)
        time = np.sort(rng.random(count)) * rounds
        claims = draw_claims(rng, (count,), index) * (mean_claim / MEAN_CLAIM)
        claimed_usd = np.cumsum(claims)
        for j, diversion in enumerate(DIVERSIONS):
            worst[path, j] = np.max(claimed_usd - diversion * FEES * time, initial=0.0)
    return worst


class Price(NamedTuple):
    """Price of the best constant diversion, and what it leaves unfunded.

    Attributes:
        price, low, high: PoA with its interval; infinite where welfare may be negative.
        residual: E R_n as a share of all claims.
        unfunded_usd: R_n of each path at the diversion 0.75, `[paths]`.
    """

    price: float
    low: float
    high: float
    residual: float
    unfunded_usd: Floats


def static_price(rng: np.random.Generator, rounds: int, paths: int, index: float) -> Price:
    """The best constant diversion on half of the paths, judged on the others."""
    unfunded_usd = unfunded(rng, rounds, paths, index)
    missing = unfunded_usd / rounds
    kept = (1.0 - DIVERSIONS) * FEES - PENALTY * missing
    best = int(np.argmax(kept[: paths // 2].mean(axis=0)))
    mean, low, high = mean_interval(kept[paths // 2 :, best])
    ends = [(FEES - MEAN_CLAIM) / end if end > 0.0 else math.inf for end in (mean, high, low)]
    residual = float(missing[paths // 2 :, best].mean()) / MEAN_CLAIM
    return Price(ends[0], ends[1], ends[2], residual, unfunded_usd[:, MIDDLE])


def median_growth(rng: np.random.Generator, early: Floats, late: Floats) -> Measurement:
    """Median of R at a late horizon over an early one; 1 when R is bounded in probability."""
    ratio = float(np.median(late) / np.median(early))
    draws = [
        np.median(rng.choice(late, late.size)) / np.median(rng.choice(early, early.size))
        for _ in range(1000)
    ]
    low, high = np.quantile(draws, (0.025, 0.975))
    name = "median unfunded, diversion 0.75, heavy tail: 10-fold horizon over horizon"
    return Measurement(name, 1.0, ratio, float(low), float(high))


def ruin_slopes(
    rng: np.random.Generator, draws: int
) -> tuple[list[Measurement], list[list[float]]]:
    """Slopes of log psi against log u with their rows (index, u, psi, low, high)."""
    measured, rows = [], []
    for index in INDICES:
        curves = []
        for _ in range(10):
            psi = [ruin_probability(rng, u, 0.7, index, draws).mean() for u in LOADS_USD]
            curves.append(psi)
        slopes = [np.polyfit(np.log(LOADS_USD), np.log(psi), 1)[0] for psi in curves]
        measured.append(mean_of(f"ruin, index {index}", 1.0 - index, slopes, "slope"))
        columns = [mean_interval(column) for column in np.transpose(curves)]
        rows += [[index, u, *column] for u, column in zip(LOADS_USD, columns, strict=True)]
    return measured, rows


def revenue(settings: Settings, rng: np.random.Generator) -> Finding:
    """V14: slope of ruin, then the price of a static fund against its horizon."""
    slopes, ruin_rows = ruin_slopes(rng, settings.pick(2000, 20_000))
    horizons = settings.pick((100, 1000, 10_000), (100, 1000, 10_000, 100_000))
    work = settings.pick(1_500_000, 15_000_000)  # claims drawn per horizon
    heavy, light = (
        [static_price(rng, n, max(60, min(4000, work // n)), index) for n in horizons]
        for index in (1.5, LIGHT)
    )
    scarce = unfunded(rng, 2000, 100, LIGHT, 1.2)[:, -1] / 2000.0
    kept = (1.0 - DIVERSIONS[-1]) * FEES - PENALTY * scarce
    measured = (
        Measurement("price, heavy tail, shortest horizon", math.inf, *heavy[0][:3]),
        Measurement("price, heavy tail, longest horizon", math.inf, *heavy[-1][:3]),
        Measurement("price, light tail, longest horizon", 1.0, *light[-1][:3]),
        Measurement("unfunded share of deficits there, heavy tail", 0.0, heavy[-1].residual),
        median_growth(rng, heavy[-2].unfunded_usd, heavy[-1].unfunded_usd),
        mean_of("welfare a round with deficits of 1.2 fees, diversion 0.975", -0.425, kept, "USD"),
    )
    diverges = heavy[-1].low > heavy[0].high  # intervals apart, and rising
    verdict: Verdict = "holds" if diverges else "refuted"
    sentence = (
        "Ruin decays with slope "
        + ", ".join(f"{m.measured:.2f}" for m in slopes)
        + f" for index 1.2, 1.5, 1.8, but the price of the best constant diversion "
        f"goes from {heavy[0].price:.2f} to {heavy[-1].price:.2f} as the horizon grows "
        f"{horizons[-1] // horizons[0]}-fold (light tails: {light[-1].price:.2f}): a diversion of "
        "1.5 mean deficits leaves a median unfunded amount that no longer grows "
        f"(x{measured[4].measured:.2f} over a 10-fold horizon). Where deficits "
        "exceed fees, as the source assumes, welfare is negative and the ratio means nothing."
    )
    price_rows = [
        [index, n, *price[:4]]
        for index, prices in ((1.5, heavy), (LIGHT, light))
        for n, price in zip(horizons, prices, strict=True)
    ]
    tables = {
        "v14_ruin": _columns(("index", "start_usd", "psi", "low", "high"), ruin_rows),
        "v14_price": _columns(("index", "rounds", "price", "low", "high", "residual"), price_rows),
    }
    return Finding(verdict, sentence, (*slopes, *measured), tables)


def _columns(names: tuple[str, ...], rows: Sequence[Sequence[float]]) -> dict[str, list[float]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


REVENUE = Claim(
    "V14",
    "revenue price of anarchy",
    "[Chitra2025], revenue phase transition",
    "With deficits of index in (1, 2) any static diversion must approach 1, and the price of "
    "anarchy in revenue diverges; with light tails it is bounded.",
    revenue,
)
