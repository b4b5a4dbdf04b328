"""V11: solvency, fairness, revenue - which of them can hold together.

Per account and horizon a venue collects fees phi (mean 1) and faces a deficit x d (mean x). A
static policy diverts the share delta of fees to the fund and takes the share theta of the deficit
from the winners, pro-rata. With K0 = n^(1/2) of initial capital, over random markets of n accounts,

    S   delta sum phi + theta x sum d + K0 >= x sum d       in at least half of the markets
    F   PTSR = max (w_i - x_i) / (theta x sum d) >= 1       in the median market
    R   1 - delta >= c_R

x = mu_minus / mu_Phi, the deficit rate over the largest fee diversion rate. F caps theta at the
scale b_n / n -> 0, so S needs delta >= x in the limit, and

    x <= 1 - c_R        S, F and R together
    1 - c_R < x <= 1    any two, never three
    x > 1               S and F exclude each other, whatever becomes of R

[Chitra2025] assumes x > 1 and says that any two are attainable, S and F by diverting all fees "plus
potentially external capital", which K0 = o(n) rules out. In a market of n accounts the boundaries
lie above their limits by x theta_F + K0 / n ~ (b_n + K0) / n, which decides: an excess that is of
this size and vanishes leaves no x > 1 at which S and F hold in large markets.

F there also bounds both ratios above; PMR / PTSR = sum d / max d, whatever the rule and theta,
grows like n^(1 - 1/a-): the two bounds hold together only below a size of the market.
Source: [Chitra2025], appendix "Formal Proof of the ADL Trilemma".
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Floats
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Table,
    Truth,
    every,
    judged,
)
from experiments.validate.intervals import ENDS, Interval, above
from experiments.validate.theory.random_books import exponential_deficits, pareto_books
from experiments.validate.theory.two_sided import LOSER_TAILS, two_sided

WINNER_TAIL, LOSER_TAIL = 1.5, 2.0
TARGET = 1.0
"""Smallest PTSR that counts as fair [1]."""

FLOORS = np.linspace(0.05, 0.95, 19)
"""Revenue floors c_R [1]."""

MIDDLE = FLOORS.size // 2
"""Place of the floor that is reported in words."""

EXCESS_TOL = 0.3
"""Distance of a boundary from limit plus predicted excess, as a share of the excess [1]."""

SLOPE_TOL = 0.06
"""Half-width around a predicted slope within which it counts as met [1]."""

CAPITAL_EXPONENT = 0.5
"""K0 = n to this power: less than n, as the source requires [1]."""

RESAMPLED = 200
"""Resamples of the bootstrap of a boundary."""

RATIOS = np.linspace(0.02, 1.6, 80)
"""Deficit rates x over the fee rate at which policies are searched [1]."""

SMALLEST = 1e-3
"""Excess below which a boundary counts as reached, for its logarithm [1]."""

STATES = ("all three", "any two", "S and F exclude each other")


class Markets(NamedTuple):
    """Random markets of n accounts, columns `[R]`: totals per account, and the top endowment.

    Attributes:
        fees: sum phi / n, mean 1.
        deficits: sum d / n, mean 1.
        top: max w / n.
        capacity: sum w / n, mean 3.
        capital: K0 / n.
    """

    fees: Floats
    deficits: Floats
    top: Floats
    capacity: Floats
    capital: float

    def resampled(self, rng: np.random.Generator) -> "Markets":
        """The same number of markets, drawn with replacement."""
        rows = rng.integers(self.fees.size, size=self.fees.size)
        fees, deficits, top, capacity = (values[rows] for values in self[:4])
        return Markets(fees, deficits, top, capacity, self.capital)


def initial_capital(size: int) -> float:
    """K0 / n: capital that the fund starts with."""
    return float(size ** (CAPITAL_EXPONENT - 1.0))


def predicted_excess(size: int) -> float:
    """How far boundaries of a market of n accounts lie beyond their limits: (b_n + K0) / n.

    b_n is the median of the largest of n Pareto endowments, (n / log 2)^(1/a+).
    """
    top = (size / math.log(2.0)) ** (1.0 / WINNER_TAIL)
    return float((top + size**CAPITAL_EXPONENT) / size)


def random_markets(size: int, replicates: int, rng: np.random.Generator) -> Markets:
    """Markets with Pareto(1.5) winners, Pareto(2) deficits scaled to mean 1, exponential fees."""
    winners = pareto_books([WINNER_TAIL], [size], replicates, rng)[0]
    losers = pareto_books([LOSER_TAIL], [size], replicates, rng)[0]
    return Markets(
        exponential_deficits([size], replicates, rng)[0] / size,
        losers.total[0] / size * (1.0 - 1.0 / LOSER_TAIL),
        winners.top[0] / size,
        winners.total[0] / size,
        initial_capital(size),
    )


def fair_budget(markets: Markets) -> float:
    """Largest x theta at which F holds: median of max w / (d (1 + max w / U))."""
    tops = markets.top / (TARGET + markets.top / markets.capacity) / markets.deficits
    return float(np.median(tops))


def fair_severity(markets: Markets, ratios: Floats) -> Floats:
    """Largest theta at which F holds, `[X]`."""
    return np.asarray(np.minimum(fair_budget(markets) / ratios, 1.0))


def needed_diversion(markets: Markets, ratios: Floats, severities: Floats) -> Floats:
    """Smallest delta at which S holds, `[X, T]`, above 1 where no diversion is enough."""
    uncovered = ratios[:, None] * (1.0 - severities)
    needs = (uncovered[..., None] * markets.deficits - markets.capital) / markets.fees  # [X, T, R]
    return np.asarray(np.maximum(np.median(needs, axis=-1), 0.0))


class Feasible(NamedTuple):
    """Which conditions some policy meets together, `[X, C]`."""

    all_three: Floats
    solvent_fair: Floats
    solvent_revenue: Floats
    fair_revenue: Floats


def feasible(markets: Markets, ratios: Floats, floors: Floats, grid: int = 41) -> Feasible:
    """Search a grid of policies (delta, theta) for every x and c_R.

    Args:
        markets: random markets of one size.
        ratios: x, `[X]`.
        floors: c_R, `[C]`.
        grid: severities, half of them at and below the fair one; diversions are searched at the
            smallest that is solvent, as both F and R only lose by a larger one.
    """
    fair_limit = fair_severity(markets, ratios)
    shares = np.concatenate([np.linspace(0.0, 1.0, grid // 2), np.linspace(1.0, 2.0, grid // 2)])
    allowed = np.empty((4, ratios.size, floors.size), np.bool_)
    for row, ratio in enumerate(ratios):
        limit = fair_limit[row]
        severities = np.where(shares <= 1.0, shares * limit, limit + (shares - 1.0) * (1 - limit))
        covered = severities * ratio * np.median(markets.deficits) <= np.median(markets.capacity)
        diversion = needed_diversion(markets, ratios[row : row + 1], severities[covered])[0]
        fair = (severities <= limit)[covered]
        solvent = diversion <= 1.0
        keeps = diversion[:, None] <= 1.0 - floors
        allowed[0, row] = (fair[:, None] & keeps).any(axis=0)
        allowed[1, row] = (fair & solvent).any()
        allowed[2, row] = keeps.any(axis=0)
        allowed[3, row] = fair.any()  # without diversion all fees are kept
    return Feasible(*allowed)


def boundaries(markets: Markets, floors: Floats) -> Floats:
    """Largest x at which S, F, R hold together at each floor, and, last, S and F alone: `[C + 1]`.

    At the fair severity limit the diversion delta is enough up to an x that solves
    median(x (1 - theta_F(x)) d - K0 - delta phi) <= 0; x theta_F does not depend on x, so x is
    found in closed form market by market.
    """
    diversions = np.append(1.0 - floors, 1.0)
    reach = (diversions[:, None] * markets.fees + markets.capital) / markets.deficits
    return np.asarray(np.median(reach, axis=1) + fair_budget(markets))


class Fitted(NamedTuple):
    """Boundaries `[C + 1]` of markets of one size, with bootstrap samples `[RESAMPLED, C + 1]`."""

    value: Floats
    samples: Floats

    @property
    def ends(self) -> Floats:
        """95 % intervals, `[2, C + 1]`."""
        return np.asarray(np.quantile(self.samples, ENDS, axis=0))


def fitted_boundaries(markets: Markets, floors: Floats, rng: np.random.Generator) -> Fitted:
    """Boundaries, and the same of markets drawn with replacement."""
    samples = np.array([boundaries(markets.resampled(rng), floors) for _ in range(RESAMPLED)])
    return Fitted(boundaries(markets, floors), samples)


def excess_slope(sizes: Sequence[int], fitted: Sequence[Fitted]) -> Interval:
    """Exponent in n of how far S with F reaches beyond x = 1, with its interval.

    Not beyond 1 at some size in a resample counts as an excess of `SMALLEST`.
    """
    logs = np.log(np.asarray(sizes, np.float64))
    weights = (logs - logs.mean()) / np.square(logs - logs.mean()).sum()
    excess = [np.append(one.samples[:, -1], one.value[-1]) - 1.0 for one in fitted]
    slopes = weights @ np.log(np.maximum(np.array(excess), SMALLEST))
    low, high = np.quantile(slopes[:-1], ENDS)
    return Interval(float(slopes[-1]), float(low), float(high))


def state_map(found: Feasible) -> Floats:
    """Index in `STATES` of every cell, `[X, C]`.

    Raises:
        ValueError: a cell lacks S and R or F and R, for which no state has a name.
    """
    if not (found.solvent_revenue.all() and found.fair_revenue.all()):
        raise ValueError("S with R or F with R fails somewhere: name a state for that")
    return np.where(found.all_three, 0, np.where(found.solvent_fair, 1, 2))


def grid_boundary(found: Feasible) -> Floats:
    """Largest x of the grid at which S, F, R hold together, and S and F alone: `[C + 1]`."""
    held = np.column_stack([found.all_three, found.solvent_fair[:, 0]])
    return np.asarray(np.where(held, RATIOS[:, None], 0.0).max(axis=0))


def as_predicted(size: int, fitted: Fitted, limits: Floats) -> Truth:
    """Whether every boundary lies beyond its limit by the predicted excess."""
    wanted, (lows, highs) = predicted_excess(size), fitted.ends - limits
    return every(
        *(
            Interval(math.nan, low, high).agrees(wanted, EXCESS_TOL * wanted)
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
        )
    )


def beyond(size: int) -> Floats:
    """The x of the grid, in the source's regime x > 1, that owe nothing to the size of a market."""
    least = 1.0 + (1.0 + EXCESS_TOL) * predicted_excess(size)
    return np.asarray(RATIOS[least < RATIOS])


def trilemma(settings: Settings, rng: np.random.Generator) -> Finding:
    """V11: the map of what is feasible, its boundaries by size of the market, and F1 with F2."""
    sizes = settings.pick((1_000, 10_000, 100_000), (1_000, 10_000, 100_000, 1_000_000))
    markets = [random_markets(size, settings.pick(400, 1000), rng) for size in sizes]
    fitted = [fitted_boundaries(market, FLOORS, rng) for market in markets]
    limits = np.append(1.0 - FLOORS, 1.0)
    found = feasible(markets[-1], RATIOS, FLOORS)
    searched = float(np.abs(grid_boundary(found) - fitted[-1].value).max())
    excess = excess_slope(sizes, fitted)
    pairs = [
        float(feasible(market, beyond(size), FLOORS).solvent_fair.mean())
        for size, market in zip(sizes, markets, strict=True)
    ]
    ratios, slopes, both = two_sided(settings, rng)
    predicted = [1.0 - 1.0 / tail for tail in LOSER_TAILS]
    stated = pairs[-1] == 1.0 and not bool(found.all_three[RATIOS > 1.0].any())
    three_regimes = every(
        *(as_predicted(size, one, limits) for size, one in zip(sizes, fitted, strict=True)),
        above(-excess.high, -excess.low, 0.0),
        not any(pairs),
    )
    f1_f2_part = every(
        *(s.agrees(value, SLOPE_TOL) for s, value in zip(slopes, predicted, strict=True))
    )
    measured = fitted[-1].value
    return Finding(
        judged(stated, every(three_regimes, f1_f2_part)),
        f"Policies with all three exist up to x = {measured[MIDDLE]:.2f} at c_R ="
        f" {FLOORS[MIDDLE]:.2f} (limit {1 - FLOORS[MIDDLE]:.2f}) and with S and F up to"
        f" {measured[-1]:.2f} (limit 1; the excess falls like n^{excess.value:.2f}); beyond, where"
        f" the source assumes x to lie, S and F {'can' if pairs[-1] else 'cannot'} hold together."
        " PMR/PTSR grows with n, so the two-sided fairness condition can be met in"
        f" {both[0].measured:.0%} of the smallest and {both[1].measured:.0%} of the largest"
        " markets.",
        (
            *_boundary_measurements(sizes, fitted, limits),
            excess.measurement(
                "slope in n of the largest x with S and F, less 1", 1 / WINNER_TAIL - 1, "slope"
            ),
            Measurement(
                "share of x > 1 + excess with S and F, any n (source: all)", 1.0, max(pairs)
            ),
            Measurement("largest distance of searched and solved boundary", 0.0, searched),
            *(
                slope.measurement(f"slope of PMR/PTSR in n, losers' tail {tail:g}", value, "slope")
                for tail, value, slope in zip(LOSER_TAILS, predicted, slopes, strict=True)
            ),
            *both,
        ),
        {
            "trilemma_map": {
                "x": np.repeat(RATIOS, FLOORS.size),
                "floor": np.tile(FLOORS, RATIOS.size),
                "state": np.array(STATES)[state_map(found)].ravel(),
            },
            "trilemma_boundaries": _boundary_table(sizes, fitted, limits),
            "two_sided_fairness": ratios,
        },
    )


def _boundary_measurements(
    sizes: Sequence[int], fitted: Sequence[Fitted], limits: Floats
) -> list[Measurement]:
    """The boundaries of the largest market, and how far those of each size are from the limits."""
    low, high = fitted[-1].ends
    names = {
        -1: f"largest x with S and F, n = {sizes[-1]}",
        MIDDLE: f"largest x with S, F, R at c_R = {FLOORS[MIDDLE]:.2f}",
    }
    return [
        *(
            Measurement(name, limits[k], fitted[-1].value[k], low[k], high[k])
            for k, name in names.items()
        ),
        *(
            Measurement(
                f"median distance of the boundaries from their limits, n = {size}",
                predicted_excess(size),
                float(np.median(one.value - limits)),
            )
            for size, one in zip(sizes, fitted, strict=True)
        ),
    ]


def _boundary_table(sizes: Sequence[int], fitted: Sequence[Fitted], limits: Floats) -> Table:
    """Boundaries with intervals by size and floor; the floor of S with F alone is NaN."""
    return {
        "n": np.repeat(np.array(sizes, np.float64), limits.size),
        "floor": np.tile(np.append(FLOORS, np.nan), len(sizes)),
        "limit": np.tile(limits, len(sizes)),
        "excess": np.repeat([predicted_excess(size) for size in sizes], limits.size),
        "x": np.concatenate([one.value for one in fitted]),
        "low": np.concatenate([one.ends[0] for one in fitted]),
        "high": np.concatenate([one.ends[1] for one in fitted]),
    }


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V11",
        "Trilemma",
        "[Chitra2025], appendix Formal Proof of the ADL Trilemma",
        "When the deficit rate exceeds the largest fee diversion rate, x = μ−/μΦ > 1, any two of"
        " solvency, fairness and revenue are attainable and never all three.",
        trilemma,
        "All three hold for x ≤ 1 − c_R; any two and never three for 1 − c_R < x ≤ 1; for x > 1"
        " solvency and fairness exclude each other. Fairness needs lower bounds only: PTSR and PMR"
        " cannot both stay bounded above and below as n grows.",
    ),
)
