"""Voluntary unwinding before ADL as a game: two traders, N traders, a noisy rank. V30.

    cost_i = f x_i + c 1{sum x < m}          x_i = 1 unwinds; all bear c when fewer than m do

Everybody bears the penalty, so a trader unwinds only when pivotal. In simultaneous play the pure
equilibria are nobody (m >= 2) and exactly m; in turn the last m unwind and the first N - m ride
free. The symmetric mixed equilibrium needs c / f times the largest probability of being pivotal
to reach 1, which holds up to about N = (c / f)^2 / (2 pi tau (1 - tau)) traders, tau = m / N.

With m = N, a penalty c s and s seen through noise sigma (the published rank) the threshold is

    x* = N f / c - sigma e_N                 e_N = E max of N standard normals

because at the threshold one's own signal is the lowest of N with probability 1 / N [Carlsson1993];
without noise everybody may unwind from s = f / c on.

Source: [Chitra2025] (arXiv:2512.01112, corrected), appendix on Stackelberg and Nash play;
[Carlsson1993] Carlsson & van Damme, Econometrica 61(5), global games.
"""

import itertools
import math
from functools import cache

import numpy as np
from scipy import optimize, stats

from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, judged
from experiments.validate.theory.sampled import mean_of

EXACT = 1e-9
"""An identity of float64 sums holds within this [1]."""

NODES = 4001
"""Points of a quadrature over noise of -8 to 8 standard deviations."""

SHARE_NEEDED = 0.75
"""tau: share of traders who must unwind [1]."""

PENALTIES = (2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
"""c / f: penalty of ADL over the cost of unwinding [1]."""

TRADERS = (2, 3, 5, 10, 20, 50)
NOISES = (0.05, 0.5, 2.0)
"""Standard deviation of the published rank, in units of f / c [1]."""


def coordination(settings: Settings, rng: np.random.Generator) -> Finding:
    """V30: two traders as printed; N traders by enumeration; a noisy rank by iteration."""
    games, right = settings.pick(200, 2000), 0
    for _ in range(games):
        cost, penalty = np.sort(rng.uniform(0.1, 10.0, 2))
        needed = math.ceil(float(rng.uniform(1.0 + EXACT, 2.0)))
        nash = pure_equilibria(2, needed, cost, penalty)
        right += nash == {(0, 0), (1, 1)} and in_turn(2, needed, cost, penalty) == (1, 1)
    largest = settings.pick(6, 10)
    many = [(n, m) for n in range(3, largest + 1) for m in range(2, n)]
    leads = sum(in_turn(n, m, 1.0, 5.0)[0] for n, m in many)
    exact = sum(pure_equilibria(n, m, 1.0, 5.0) == _none_or_exactly(n, m) for n, m in many)
    mixed = _mixed_table()
    exponent = float(np.polyfit(np.log(mixed["penalty"]), np.log(mixed["traders"]), 1)[0])
    ranks = _rank_table()
    error = max(abs(x - p) / p for x, p in zip(ranks["threshold"], ranks["predicted"], strict=True))
    ten = _gain_at_threshold(10, NOISES[1], settings.pick(40_000, 400_000), rng)
    return Finding(
        judged(right == games),
        f"All {games} two-trader games are as printed. With N > 2 and m < N the leader never "
        f"unwinds: the first N - m ride free on the last m, in {len(many) - leads} of {len(many)} "
        f"games; unwinding survives up to N ~ (c/f)^{exponent:.1f} traders, and a noisy rank "
        "raises the penalty needed N-fold.",
        (
            Measurement(f"two-trader games as printed, of {games}", games, right, unit="games"),
            Measurement(
                f"N-player games in which the leader unwinds, of {len(many)}",
                len(many),
                leads,
                unit="games",
            ),
            Measurement(
                f"N-player games with Nash nobody or exactly m, of {len(many)}",
                len(many),
                exact,
                unit="games",
            ),
            Measurement("exponent of the largest N in c/f", 2.0, exponent),
            Measurement("largest error of the threshold N f/c - sigma e_N", 0.0, error),
            mean_of("gain of unwinding at the threshold / f, N = 10", 0.0, ten),
        ),
        {"coordination_mixed": mixed, "coordination_rank": ranks},
    )


def pure_equilibria(traders: int, needed: int, cost: float, penalty: float) -> set[tuple[int, ...]]:
    """All pure Nash equilibria of simultaneous play, by enumeration of the 2^N profiles."""
    found = set()
    for profile in itertools.product((0, 1), repeat=traders):
        total = sum(profile)
        stable = True
        for own in profile:
            other = total - own
            costs = [cost * x + penalty * (other + x < needed) for x in (0, 1)]
            stable = stable and costs[own] <= costs[1 - own]
        if stable:
            found.add(profile)
    return found


def in_turn(traders: int, needed: int, cost: float, penalty: float) -> tuple[int, ...]:
    """Path of the subgame-perfect equilibrium when traders move one after another."""

    @cache
    def rest(place: int, unwound: int) -> tuple[int, ...]:
        if place == traders:
            return ()
        paths = [(x, *rest(place + 1, unwound + x)) for x in (0, 1)]
        costs = [cost * path[0] + penalty * (unwound + sum(path) < needed) for path in paths]
        return paths[int(np.argmin(costs))]

    return rest(0, 0)


def _none_or_exactly(traders: int, needed: int) -> set[tuple[int, ...]]:
    """Profiles in which nobody or exactly `needed` traders unwind."""
    profiles = itertools.product((0, 1), repeat=traders)
    return {profile for profile in profiles if sum(profile) in (0, needed)}


def _mixed_table() -> dict[str, list[float]]:
    """Largest N with a symmetric equilibrium in which traders unwind, against c / f."""
    table: dict[str, list[float]] = {key: [] for key in ("penalty", "traders", "predicted")}
    for penalty in PENALTIES:
        predicted = penalty**2 / (2.0 * math.pi * SHARE_NEEDED * (1.0 - SHARE_NEEDED))
        sizes = np.arange(2, math.ceil(2.0 * predicted) + 40)
        needed = np.ceil(SHARE_NEEDED * sizes - EXACT)
        chance = (needed - 1.0) / (sizes - 1.0)  # where being pivotal is likeliest
        pivotal = stats.binom.pmf(needed - 1.0, sizes - 1.0, chance)
        row = (penalty, float(sizes[penalty * pivotal >= 1.0].max()), predicted)
        for key, value in zip(table, row, strict=True):
            table[key].append(value)
    return table


def _rank_table() -> dict[str, list[float]]:
    """Threshold of unwinding against N and noise; all must unwind, f = c = 1."""
    table: dict[str, list[float]] = {
        key: [] for key in ("traders", "noise", "threshold", "predicted", "complete")
    }
    for noise, traders in itertools.product(NOISES, TRADERS):
        predicted = traders - noise * _largest_normal(traders)
        row = (float(traders), noise, rank_threshold(traders, noise), predicted, 1.0)
        for key, value in zip(table, row, strict=True):
            table[key].append(value)
    return table


def rank_threshold(traders: int, noise: float) -> float:
    """Signal above which traders unwind in the symmetric equilibrium.

    All N must unwind to avoid the penalty c s; s is seen with normal noise, and f = c = 1. It is
    the root of the gain at x when the others unwind above x, where best responses that start
    from "everybody always unwinds" come to rest.
    """
    root = optimize.brentq(
        lambda signal: rank_gain(signal, signal, traders, noise),
        -10.0 * noise,
        traders + 10.0 * noise,
        xtol=1e-12,
    )
    return float(root)


def rank_gain(signal: float, threshold: float, traders: int, noise: float) -> float:
    """Gain of unwinding at a signal when the others unwind above a threshold, over f [1]."""
    z = np.linspace(-8.0, 8.0, NODES)
    state = signal - noise * z
    others = stats.norm.cdf((state - threshold) / noise) ** (traders - 1)
    return float(np.trapezoid(state * others * stats.norm.pdf(z), z)) - 1.0


def _largest_normal(count: int) -> float:
    """Expectation of the largest of `count` standard normals."""
    z = np.linspace(-9.0, 9.0, NODES)
    density = count * stats.norm.pdf(z) * stats.norm.cdf(z) ** (count - 1)
    return float(np.trapezoid(z * density, z))


def _gain_at_threshold(traders: int, noise: float, draws: int, rng: np.random.Generator) -> Floats:
    """Simulated gain of a trader whose signal is the predicted threshold, `[draws]`."""
    signal = traders - noise * _largest_normal(traders)
    state = signal - noise * rng.standard_normal(draws)
    others = state[:, None] + noise * rng.standard_normal((draws, traders - 1))
    return np.asarray(state * (others >= signal).all(axis=1) - 1.0)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V30",
        "Unwinding as coordination",
        "[Chitra2025], Proposition 'Stackelberg Dominance'",
        "Two traders, cost f of unwinding, penalty c > f for both if fewer than T in (1, 2] "
        "unwind: the pure equilibria are (0,0) and (1,1); in turn only (1,1) is left.",
        coordination,
    ),
)
