"""V17 and V19: which regret a severity policy has, and the bound of the tuned gradient step.

    loss             l_t(theta) = D_t |theta - theta*_t|
    static regret    sum l_t(theta_t) - min over constants theta of sum l_t(theta)
    dynamic regret   sum l_t(theta_t) - sum l_t(theta*_t) = sum l_t(theta_t)
    bound            sqrt((1 + 2 P) sum D^2),   P = sum |theta*_t - theta*_{t-1}|

The alternating regimes of the source are l_t = theta and theta_bar - theta in turn, D = 1 and
theta* = 0, theta_bar. Here D has noise of mean 1, so that no difference is zero by accident. T
rounds, R paths side by side. V18 is in `mirror_descent.py`. Sources: [Chitra2025] =
arXiv:2512.01112, regret appendix; [Chitra2026] = arXiv:2602.15182, Proposition 1.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from abm.units import Floats, Ints
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Verdict, every, judged
from experiments.validate.intervals import above
from experiments.validate.theory.mirror_descent import MIRROR_DESCENT
from experiments.validate.theory.sampled import mean_interval, mean_of, share_of

THETA_BAR = 0.3
"""Upper end of severity in the source's example."""

BLOCKS = 4
"""Regimes of the persistent path, whatever its length."""

LINEAR, ROOT = 0.9, 0.65
"""A slope above the first counts as linear, one below the second as at most sqrt(T)."""


EXACT = 1e-9
"""Rounding of a ratio in float64 [1]."""

QUANTILES = np.array([0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
"""Shares of paths at which the distribution of ratios is kept [1]."""


class Regrets(NamedTuple):
    """Static and dynamic regret of one policy on R paths, `[R]`."""

    static: Floats
    dynamic: Floats


def gradient_paths(
    needed: Floats, deficit: Floats, rates: Floats, first: Floats, cap: float = 1.0
) -> Floats:
    """S-OGD on R paths at once, `[T, R]`; one path is `abm.adl.mechanisms.SeverityGradient`.

    Args:
        needed: theta* `[T, R]`.
        deficit: D `[T, R]`.
        rates: eta `[T, R]` or `[T, 1]`.
        first: theta_1 `[R]`.
        cap: of the domain [0, cap].
    """
    theta = np.empty_like(needed)
    current = np.asarray(first, np.float64)
    for t in range(needed.shape[0]):
        theta[t] = current
        slope = deficit[t] * np.sign(current - needed[t])
        current = np.minimum(np.maximum(current - rates[t] * slope, 0.0), cap)
    return np.asarray(theta, np.float64)


def best_constant_loss(needed: Floats, deficit: Floats) -> Floats:
    """Least loss of a constant on each path, `[R]`: the D-weighted median of theta*."""
    order = np.argsort(needed, axis=0)
    weight = np.cumsum(np.take_along_axis(deficit, order, axis=0), axis=0)
    middle = np.argmax(weight >= 0.5 * weight[-1], axis=0)  # [R]
    constant = np.take_along_axis(needed, np.take_along_axis(order, middle[None], axis=0), axis=0)
    return np.asarray((deficit * np.abs(constant - needed)).sum(axis=0))


def regrets(theta: Floats, needed: Floats, deficit: Floats) -> Regrets:
    """Both regrets of severities `[T, R]`."""
    loss = (deficit * np.abs(theta - needed)).sum(axis=0)
    return Regrets(loss - best_constant_loss(needed, deficit), loss)


def regimes(kind: str, rounds: int) -> Floats:
    """theta* `[T]`: 0 and theta_bar in turn, every round or in `BLOCKS` blocks."""
    t = np.arange(rounds)
    phase = t % 2 if kind == "alternating" else (t * BLOCKS // rounds) % 2
    return np.asarray(THETA_BAR * phase, np.float64)


def both_policies(
    rng: np.random.Generator, kind: str, rounds: int, paths: int
) -> dict[str, Regrets]:
    """Regrets of the constant theta_bar / 2 and of S-OGD with eta = theta_bar / sqrt(t)."""
    deficit = rng.lognormal(-0.02, 0.2, (rounds, paths))
    needed = np.repeat(regimes(kind, rounds)[:, None], paths, axis=1)
    constant = np.full_like(needed, 0.5 * THETA_BAR)
    rates = THETA_BAR / np.sqrt(np.arange(1.0, rounds + 1.0))[:, None]
    learned = gradient_paths(needed, deficit, rates, rng.uniform(0, THETA_BAR, paths), THETA_BAR)
    return {
        "static rule": regrets(constant, needed, deficit),
        "OGD": regrets(learned, needed, deficit),
    }


def slope_of(name: str, predicted: float, lengths: Ints, values: Floats) -> Measurement:
    """Log-log slope of the mean of `values` `[L, R]` in T, interval from 10 groups of paths."""
    slopes = [np.polyfit(np.log(lengths), np.log(column), 1)[0] for column in _groups(values).T]
    return mean_of(name, predicted, slopes, "slope")


def _groups(values: Floats) -> Floats:
    """Means `[L, 10]` of 10 groups of the paths of `values` `[L, R]`."""
    return np.asarray(values.reshape(values.shape[0], 10, -1).mean(axis=2))


def static_against_learning(settings: Settings, rng: np.random.Generator) -> Finding:
    """V17: both regrets of both policies under alternating and persistent regimes."""
    lengths = 2 ** np.arange(7, settings.pick(14, 17))
    paths = settings.pick(40, 200)
    found = {
        kind: [both_policies(rng, kind, int(rounds), paths) for rounds in lengths]
        for kind in ("alternating", "persistent")
    }
    rows, slopes = [], {}
    for kind, by_length in found.items():
        for policy in ("static rule", "OGD"):
            for notion in Regrets._fields:
                values = np.array([getattr(case[policy], notion) for case in by_length])
                columns = [mean_interval(row) for row in values]
                sign = math.copysign(1.0, columns[-1][0])
                slope = math.nan
                if (_groups(sign * values) > 0.0).all():
                    name = f"{kind}: {policy}, {notion} regret" + (" (negative)" * (sign < 0))
                    fitted = slope_of(name, _expected(kind, policy, notion), lengths, sign * values)
                    slopes[kind, policy, notion], slope = fitted, fitted.measured
                rows += [
                    (kind, policy, notion, int(T), *c, slope)
                    for T, c in zip(lengths, columns, strict=True)
                ]
    verdict, sentence = _judged(slopes)
    decisive = slopes.pop(("alternating", "OGD", "dynamic"))
    measured = (decisive, *regrets_of_example(10_000), *slopes.values())
    names = ("regimes", "policy", "notion", "rounds", "regret", "low", "high", "slope")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Finding(verdict, sentence, measured, {"v17_regret": table})


def _judged(slopes: Mapping[tuple[str, str, str], Measurement]) -> tuple[Verdict, str]:
    """The verdict of V17 from the slopes of dynamic regret, by the ends of their intervals."""
    fixed, learned = (
        {kind: slopes[kind, policy, "dynamic"] for kind in ("alternating", "persistent")}
        for policy in ("static rule", "OGD")
    )
    apart = {
        kind: every(
            above(fixed[kind].low, fixed[kind].high, LINEAR),
            above(-learned[kind].high, -learned[kind].low, -ROOT),
        )
        for kind in fixed
    }
    return judged(every(*apart.values()), apart["persistent"]), (
        f"Dynamic regret of the static rule and of OGD has slope "
        f"{fixed['alternating'].measured:.2f} and {learned['alternating'].measured:.2f} on "
        f"alternating regimes, so that 1500 against 30 compares two notions; with {BLOCKS} "
        f"persistent regimes {fixed['persistent'].measured:.2f} and "
        f"{learned['persistent'].measured:.2f}."
    )


def _expected(kind: str, policy: str, notion: str) -> float:
    """Slope that the claim states or implies; NaN where it says nothing.

    The static rule is linear in dynamic regret, OGD has sqrt(T) in the notion left open, hence in
    both. Static regret of the middle constant is the noise of the deficits, sqrt(T).
    """
    if policy == "OGD":
        return math.nan if (kind, notion) == ("persistent", "static") else 0.5
    return 1.0 if notion == "dynamic" else 0.5


def regrets_of_example(rounds: int) -> tuple[Measurement, ...]:
    """The source's numbers without noise: theta_bar = 0.3, T = 10,000, theta_1 = 0."""
    needed, deficit = regimes("alternating", rounds)[:, None], np.ones((rounds, 1))
    rates = THETA_BAR / np.sqrt(np.arange(1.0, rounds + 1.0))[:, None]
    learned = regrets(
        gradient_paths(needed, deficit, rates, np.zeros(1), THETA_BAR), needed, deficit
    )
    constant = regrets(np.full_like(needed, 0.5 * THETA_BAR), needed, deficit)
    half = 0.5 * rounds * THETA_BAR
    return (
        Measurement("example: static rule, dynamic regret", half, float(constant.dynamic[0])),
        Measurement("example: static rule, static regret", 0.0, float(constant.static[0])),
        Measurement("example: OGD, dynamic regret", half, float(learned.dynamic[0])),
        Measurement("example: OGD, static regret", 30.0, float(learned.static[0])),
    )


# --- V19: the bound of the tuned step --------------------------------------------------------


def bound_ratio(needed: Floats, deficit: Floats, scale: float = 1.0) -> Floats:
    """Dynamic regret of the tuned step over its bound on each path, `[R]`.

    Args:
        needed: theta* `[T, R]`.
        deficit: D `[T, R]`.
        scale: of the step; the bound is stated for 1.
    """
    length = np.abs(np.diff(needed, axis=0)).sum(axis=0)
    energy = (deficit**2).sum(axis=0)
    rates = np.broadcast_to(scale * np.sqrt((1.0 + 2.0 * length) / energy), needed.shape)
    theta = gradient_paths(needed, deficit, rates, np.zeros(needed.shape[1]))
    loss = (deficit * np.abs(theta - needed)).sum(axis=0)
    return np.asarray(loss / np.sqrt((1.0 + 2.0 * length) * energy))


def random_paths(
    rng: np.random.Generator, rounds: int, paths: int
) -> dict[str, tuple[Floats, Floats]]:
    """theta* and D, each `[T, R]`, of four kinds."""
    shape = (rounds, paths)
    walk = np.clip(0.5 + np.cumsum(rng.normal(0.0, 0.05, shape), axis=0), 0.0, 1.0)
    jumps = np.where(rng.random(shape) < 0.1, rng.random(shape), np.nan)
    jumps[0] = rng.random(paths)
    last = np.maximum.accumulate(np.where(np.isnan(jumps), 0, np.arange(rounds)[:, None]), axis=0)
    held = np.take_along_axis(jumps, last, axis=0)
    heavy = 1.0 + rng.pareto(0.85, shape)  # tail of gains on 10 October 2025: infinite mean
    return {
        "uniform": (rng.random(shape), rng.random(shape) + 0.5),
        "random walk": (walk, rng.lognormal(0.0, 1.0, shape)),
        "jumps": (held, np.ones(shape)),
        "heavy deficits": (held, heavy),
    }


def worst_paths(rng: np.random.Generator, rounds: int, paths: int, sweeps: int) -> Floats:
    """Ratios after a random search for the worst theta* and D, from the worst of 20 times as many.

    Returns:
        The ratios, `[R]`.
    """
    needed, deficit = random_paths(rng, rounds, 20 * paths)["jumps"]
    start = np.argsort(-bound_ratio(needed, deficit))[:paths]
    needed, deficit = needed[:, start], deficit[:, start]
    best = bound_ratio(needed, deficit)
    for _ in range(sweeps):
        touched = rng.random((rounds, paths)) < 2.0 / rounds
        trial = np.where(touched, rng.random((rounds, paths)).round(1), needed)
        scaled = np.where(touched, deficit * rng.lognormal(0.0, 0.5, deficit.shape), deficit)
        ratio = bound_ratio(trial, scaled)
        better = ratio > best
        needed, deficit = np.where(better, trial, needed), np.where(better, scaled, deficit)
        best = np.where(better, ratio, best)
    return best


def dynamic_bound(settings: Settings, rng: np.random.Generator) -> Finding:
    """V19: the ratio of regret to bound on random and on searched paths, and in one round."""
    paths = settings.pick(200, 2000)
    ratios = {
        (kind, rounds): bound_ratio(*pair)
        for rounds in (16, 400)
        for kind, pair in random_paths(rng, rounds, paths).items()
    }
    drawn = np.concatenate(list(ratios.values()))
    ratios["searched", 16] = worst_paths(rng, 16, 128, settings.pick(800, 8000))
    one_round = float(bound_ratio(np.ones((1, 1)), np.ones((1, 1)))[0])
    drawn_above = int((drawn > 1.0 + EXACT).sum())
    searched_above = int((ratios["searched", 16] > 1.0 + EXACT).sum())
    largest = {key: float(ratio.max()) for key, ratio in ratios.items()}
    measured = (
        share_of("random paths above the bound", 0.0, drawn_above, drawn.size),
        Measurement(
            f"searched paths above the bound, of {ratios['searched', 16].size}",
            0.0,
            searched_above,
            unit="paths",
        ),
        *(
            Measurement(f"largest regret / bound: {kind}, T = {rounds}", 1.0, value)
            for (kind, rounds), value in largest.items()
        ),
        Measurement("regret / bound of one round with theta* = 1", 1.0, one_round),
    )
    stands = drawn_above == searched_above == 0 and one_round <= 1.0 + EXACT
    sentence = (
        f"{drawn_above} of {drawn.size} random and {searched_above} of "
        f"{ratios['searched', 16].size} searched paths broke the bound; the regret was at most "
        f"{drawn.max():.2f} of it on random paths and {largest['searched', 16]:.3f} after a search "
        f"for the worst. A single round attains it ({one_round:g}), so it cannot be lowered."
    )
    rows = [
        (kind, rounds, float(share), float(value))
        for (kind, rounds), ratio in ratios.items()
        for share, value in zip(QUANTILES, np.quantile(ratio, QUANTILES), strict=True)
    ]
    names = ("paths", "rounds", "share", "ratio")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Finding(judged(stands), sentence, measured, {"v19_ratios": table})


STATIC = Claim(
    "V17",
    "Static rules against learning",
    "[Chitra2025], regret appendix, alternating regimes",
    "Any static severity has regret of order T where OMD has order sqrt(T), on the same sequence.",
    static_against_learning,
    "The first is dynamic regret, the second static: on alternating regimes both policies are "
    "linear in the first. The separation is true for a bounded number of regimes.",
)

BOUND = Claim(
    "V19",
    "Dynamic regret of the tuned gradient step",
    "[Chitra2026], Proposition 1",
    "S-OGD on [0, 1] with eta* = sqrt((1 + 2 P) / sum D^2) has dynamic regret at most "
    "sqrt((1 + 2 P) sum D^2).",
    dynamic_bound,
)

CLAIMS: tuple[Claim, ...] = (STATIC, MIRROR_DESCENT, BOUND)
"""V17 to V19."""
