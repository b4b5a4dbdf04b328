"""V14: a fund fed by a constant share of fees against heavy-tailed deficits: ruin and revenue.

    claims       compound Poisson, one a unit of time, mean mu = 0.5; tail (1 + x / s)^-alpha, or
                 exponential
    fund         premiums c t, c = delta mu_Phi, mu_Phi = 1 the fees a unit of time
    ruin         psi(u) = P(S_N > u), N geometric(mu / c), S_N a sum of N integrated-tail draws
                 (Pollaczek-Khinchine), so psi ~ const u^-(alpha - 1), or exponential in u
    unfunded     R_n = sup_{t <= n} (claims - premiums)+        from an empty fund, so that
                 P(R_n > 0) tends to psi(0) = mu / c, whatever the tail
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
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Truth, judged
from experiments.validate.intervals import above
from experiments.validate.theory.sampled import mean_interval, mean_of, share_of

MEAN_CLAIM, FEES, PENALTY = 0.5, 1.0, 2.0
INDICES = (1.2, 1.5, 1.8)
TAIL_LEVELS = np.logspace(-3.0, -5.0, 9)
"""P(excess > u) at the funds u whose ruin is compared: as far out for every index [1]."""

LOAD = 0.7
"""Claims per premium of the funds whose ruin is compared [1]."""

SCARCE = 1.2
"""Mean claim over fees in the regime that the source assumes [1]."""

DIVERSIONS = np.linspace(0.525, 0.975, 19)
MIDDLE = float(DIVERSIONS[DIVERSIONS.size // 2])
"""A diversion of 1.5 times the mean claim, well below all fees [1]."""

MARGIN = 0.05
"""Distance from 1 of the share of insolvent funds that still counts as all of them [1]."""

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
        price: PoA; infinite where welfare may be negative.
        low: lower end of its interval.
        high: upper end.
        residual: E R_n as a share of all claims.
    """

    price: float
    low: float
    high: float
    residual: float


def static_price(rng: np.random.Generator, rounds: int, paths: int, index: float) -> Price:
    """The best constant diversion on half of the paths, judged on the others."""
    missing = unfunded(rng, rounds, paths, index) / rounds
    kept = (1.0 - DIVERSIONS) * FEES - PENALTY * missing
    best = int(np.argmax(kept[: paths // 2].mean(axis=0)))
    mean, low, high = mean_interval(kept[paths // 2 :, best])
    ends = [(FEES - MEAN_CLAIM) / end if end > 0.0 else math.inf for end in (mean, high, low)]
    residual = float(missing[paths // 2 :, best].mean()) / MEAN_CLAIM
    return Price(ends[0], ends[1], ends[2], residual)


def shortfalls(rng: np.random.Generator, claims: int, paths: int, index: float) -> Floats:
    """R after a tenth of the claims and after all, at the diversion `MIDDLE`: `[2, paths]`.

    A random walk: claim less the premiums since the claim before it.
    """
    worst = np.empty((2, paths))
    for path in range(paths):
        premiums = MIDDLE * FEES * rng.standard_exponential(claims)
        walk = np.cumsum(draw_claims(rng, (claims,), index) - premiums)
        worst[:, path] = np.max(walk[: claims // 10], initial=0.0), np.max(walk, initial=0.0)
    return worst


def solvency(rng: np.random.Generator, claims: int, paths: int) -> list[Measurement]:
    """Condition (S) at a diversion below 1, heavy tail: is R positive, and does it grow?"""
    early, late = shortfalls(rng, claims, paths, 1.5)
    hits = int(np.count_nonzero(late))
    rows = rng.integers(paths, size=(1000, paths))
    growth = np.median(late[rows], axis=1) / np.median(early[rows], axis=1)
    low, high = np.quantile(growth, (0.025, 0.975))
    ratio = float(np.median(late) / np.median(early))
    head = f"diversion {MIDDLE:g}, index 1.5"
    return [
        share_of(f"funds that ever fall short, {head}", 1.0, hits, paths),
        share_of("the same (ruin theory: μ/c)", MEAN_CLAIM / (MIDDLE * FEES), hits, paths),
        Measurement(
            f"median unfunded after {claims} claims over a tenth of them, {head}",
            10.0 ** (1.0 / 1.5),
            ratio,
            float(low),
            float(high),
        ),
    ]


def funds_usd(index: float) -> Floats:
    """Funds u at which the integrated tail of a claim has the values `TAIL_LEVELS`."""
    return np.asarray(MEAN_CLAIM * (index - 1.0) * (TAIL_LEVELS ** (-1.0 / (index - 1.0)) - 1.0))


def ruin_slopes(
    rng: np.random.Generator, draws: int
) -> tuple[list[Measurement], list[list[float]]]:
    """Slopes of log psi against log u with their rows (index, u, psi, low, high)."""
    measured, rows = [], []
    for index in INDICES:
        funds = funds_usd(index)
        curves = []
        for _ in range(10):
            psi = [ruin_probability(rng, u, LOAD, index, draws).mean() for u in funds]
            curves.append(psi)
        slopes = [np.polyfit(np.log(funds), np.log(psi), 1)[0] for psi in curves]
        measured.append(mean_of(f"ruin, index {index}", 1.0 - index, slopes, "slope"))
        columns = [mean_interval(column) for column in np.transpose(curves)]
        rows += [[index, u, *column] for u, column in zip(funds, columns, strict=True)]
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
    solvent = solvency(rng, *settings.pick((10_000, 1000), (100_000, 4000)))
    scarce = unfunded(rng, 2000, 300, LIGHT, SCARCE * FEES)[:, -1] / 2000.0
    most = float(DIVERSIONS[-1])
    kept = (1.0 - most) * FEES - PENALTY * scarce
    in_the_limit = (1.0 - most) * FEES - PENALTY * (SCARCE - most) * FEES
    measured = (
        Measurement("price, heavy tail, shortest horizon", math.inf, *heavy[0][:3]),
        Measurement("price, heavy tail, longest horizon", math.inf, *heavy[-1][:3]),
        Measurement("price, light tail, longest horizon", 1.0, *light[-1][:3]),
        *solvent,
        *slopes,
        Measurement("unfunded share of deficits there, heavy tail", 0.0, heavy[-1].residual),
        mean_of(
            f"welfare a round with deficits of {SCARCE:g} fees, diversion {most:g}",
            in_the_limit,
            kept,
            "USD",
        ),
    )
    diverges = above(heavy[-1].low, heavy[-1].high, heavy[0].high)
    if diverges is False and heavy[-1].high > heavy[0].low:
        diverges = None  # the intervals overlap
    must_divert_all = above(solvent[0].low, solvent[0].high, 1.0 - MARGIN)
    sentence = (
        "Ruin decays with slope "
        + ", ".join(f"{m.measured:.2f}" for m in slopes)
        + " for index 1.2, 1.5, 1.8 as ruin theory says, but the price of the best constant"
        f" diversion goes from {heavy[0].price:.2f} to {heavy[-1].price:.2f} as the horizon grows"
        f" {horizons[-1] // horizons[0]}-fold (light tails: {light[-1].price:.2f}): a diversion of"
        f" 1.5 mean deficits falls short in {solvent[0].measured:.0%} of all funds, not in all, by"
        f" a median that changes by a factor {solvent[2].measured:.2f} over a 10-fold horizon."
        " Where deficits exceed fees, as the source assumes, welfare a round is"
        f" {measured[-1].measured:.2f} fees and the ratio means nothing."
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
    return Finding(judged(_either(diverges, must_divert_all)), sentence, measured, tables)


def _either(one: Truth, other: Truth) -> Truth:
    """Whether one of two tests passed; None when neither did and one is open."""
    if one or other:
        return True
    return None if one is None or other is None else False


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
