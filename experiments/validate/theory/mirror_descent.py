"""V18: static regret of online mirror descent, and the paths on which the stated bound fails.

    claim      eta_t = D_max / (G sqrt t), D_max^2 >= max_x D(x || x_1):  regret <= 2 D_max G sqrt T
    severity   the interval [0, b]: regret <= 2 b G sqrt T
    entropy    D(x || uniform) = KL <= log N on the simplex of N weights

A shrinking step needs the divergence between *any* two points it visits, not from the first one
alone. On an interval entered at its middle the two differ by a factor of four; on the simplex the
entropic divergence has no bound, and the regret can be linear in T (known for mirror descent with
varying rates: Orabona and Pal 2018, "Scale-free online learning"). Two adversaries show both.
Cures: a fixed step sqrt(2 log N / T), or dual averaging, x_{t+1} = argmin <sum g, x> + psi(x) /
eta_t. Losses are linear or absolute values with |g| <= 1 = G. Source: [Chitra2025] =
arXiv:2512.01112, theorem on OMD regret and its corollaries.
"""

import math

import numpy as np

from abm.units import Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Table, judged
from experiments.validate.theory.sampled import mean_interval, share_of


def interval_regret(slopes: Floats, first: float, d_max: float) -> float:
    """Regret of projected steps D_max / sqrt(t) on [0, 1] against linear losses `[T]`."""
    theta, loss = first, 0.0
    for t, slope in enumerate(slopes, start=1):
        loss += slope * theta
        theta = min(max(theta - d_max / math.sqrt(t) * slope, 0.0), 1.0)
    return loss - min(0.0, float(slopes.sum()))


def absolute_regret(targets: Floats, d_max: float) -> float:
    """Regret of the same steps from 0 against |theta - target_t|, `[T]`."""
    theta, loss = 0.0, 0.0
    for t, target in enumerate(targets, start=1):
        loss += abs(theta - target)
        slope = math.copysign(1.0, theta - target) if theta != target else 0.0
        theta = min(max(theta - d_max / math.sqrt(t) * slope, 0.0), 1.0)
    return float(loss - np.abs(targets - np.median(targets)).sum())


def zigzag(rounds: int, first: float, d_max: float) -> Floats:
    """Slopes `[T]` that hold the same steps near 0 by turns, then let them climb to 1 at the end.

    By turns they lose half a step a round against any constant; over the climb, sqrt(T) / D_max
    rounds long, they lose 1 / 2 a round against the constant 1.
    """
    climb = round(math.sqrt(rounds) / d_max)
    theta, slopes = first, np.full(rounds, -1.0)
    for t in range(1, rounds - climb + 1):
        step = d_max / math.sqrt(t)
        slopes[t - 1] = 1.0 if theta > 0.5 * step else -1.0
        theta = min(max(theta - step * slopes[t - 1], 0.0), 1.0)
    return slopes


def simplex_regret(gradients: Floats, method: str) -> float:
    """Regret of entropic weights from uniform against linear losses `[T, N]`, |g| <= 1.

    `method`: "shrinking" steps D_max / sqrt(t) as claimed, a "fixed" step sqrt(2 log N / T), or
    "dual averaging" with sqrt(log N / t).
    """
    rounds, accounts = gradients.shape
    entropy = math.log(accounts)
    t = np.arange(1.0, rounds + 1.0)
    before = np.vstack((np.zeros(accounts), np.cumsum(gradients, axis=0)[:-1]))  # [T, N]
    if method == "shrinking":
        pushed = gradients * math.sqrt(entropy) / np.sqrt(t)[:, None]
        score = -np.vstack((np.zeros(accounts), np.cumsum(pushed, axis=0)[:-1]))
    elif method == "fixed":
        score = -before * math.sqrt(2.0 * entropy / rounds)
    else:
        score = -before * math.sqrt(entropy) / np.sqrt(t)[:, None]
    weights = np.exp(score - score.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return float((weights * gradients).sum() - gradients.sum(axis=0).min())


def two_phases(rounds: int) -> Floats:
    """Losses `[T, 2]`: the second account costs 1 for a third of the rounds, then the first."""
    early = np.arange(rounds) < rounds // 3
    return np.column_stack((~early, early)).astype(np.float64)


def random_ratios(rng: np.random.Generator, rounds: int, paths: int) -> dict[str, list[float]]:
    """Regret over stated bound on random paths."""
    edge = math.sqrt(0.5)  # D_max of [0, 1] from an end
    ratios: dict[str, list[float]] = {
        "interval, linear": [],
        "interval, absolute": [],
        "simplex": [],
    }
    root = math.sqrt(rounds)
    for _ in range(paths):
        drift = rng.uniform(-0.2, 0.2)
        slopes = np.clip(rng.uniform(-1.0, 1.0, rounds) + drift, -1.0, 1.0)
        ratios["interval, linear"].append(interval_regret(slopes, 0.0, edge) / (2.0 * edge * root))
        targets = rng.beta(rng.uniform(0.3, 3.0), rng.uniform(0.3, 3.0), rounds)
        ratios["interval, absolute"].append(absolute_regret(targets, edge) / (2.0 * edge * root))
        accounts = int(rng.integers(2, 50))
        losses = rng.random((rounds, accounts)) * rng.uniform(0.5, 1.0, accounts)
        stated = 2.0 * math.sqrt(math.log(accounts)) * root
        ratios["simplex"].append(simplex_regret(losses, "shrinking") / stated)
    return ratios


def mirror_descent(settings: Settings, rng: np.random.Generator) -> Finding:
    """V18: the bound on random paths, then on the two adversaries, then with the cures."""
    ratios = random_ratios(rng, 300, settings.pick(200, 2000))
    lengths = np.array([2**k for k in range(8, settings.pick(15, 19))])
    shrinking, fixed, averaged = (
        [simplex_regret(two_phases(int(T)), method) for T in lengths]
        for method in ("shrinking", "fixed", "dual averaging")
    )
    stated = 2.0 * math.sqrt(math.log(2.0)) * np.sqrt(lengths)
    slope = float(np.polyfit(np.log(lengths), np.log(shrinking), 1)[0])
    last = int(lengths[-1])
    middle, end = 0.5 * math.sqrt(0.5), math.sqrt(0.5)
    from_middle = interval_regret(zigzag(last, 0.5, middle), 0.5, middle)
    from_middle /= 2.0 * middle * math.sqrt(last)
    from_end = interval_regret(zigzag(last, 0.0, end), 0.0, end) / (2.0 * end * math.sqrt(last))
    of_length = from_middle * middle  # over 2 b G sqrt(T), b = 1
    accounts = 50
    weights = rng.dirichlet(np.full(accounts, 0.1), 1000)
    divergence = (weights * np.log(np.maximum(weights * accounts, 1e-300))).sum(axis=1)
    random_violations = sum(int(np.sum(np.array(r) > 1.0)) for r in ratios.values())
    total = sum(len(r) for r in ratios.values())
    cured = max(float(np.max(np.array(r) / stated)) for r in (fixed, averaged))
    measured = (
        Measurement(f"two phases, T = {last}: regret / bound", 1.0, shrinking[-1] / stated[-1]),
        Measurement("two phases on the simplex: slope of regret", 0.5, slope, unit="slope"),
        Measurement("two phases, fixed step or dual averaging: largest ratio", 1.0, cured),
        Measurement("zigzag, interval entered at its end: regret / bound", 1.0, from_end),
        Measurement("zigzag, interval entered at its middle: regret / bound", 1.0, from_middle),
        Measurement("the same over 2 b G sqrt(T)", 1.0, of_length),
        share_of("random paths above the bound", 0.0, random_violations, total),
        *(
            Measurement(f"mean regret / bound, {k}", 1.0, *mean_interval(r))
            for k, r in ratios.items()
        ),
        Measurement("largest KL to uniform over log N", 1.0, divergence.max() / math.log(accounts)),
    )
    stands = random_violations == 0 and slope < 0.6 and from_middle <= 1.0
    corrected = random_violations == 0 and max(cured, from_end, of_length) <= 1.0
    sentence = (
        f"No random path broke the bound, but two phases on the simplex give the shrinking step a "
        f"regret of slope {slope:.2f} ({shrinking[-1] / stated[-1]:.0f} times the bound at T = "
        f"{last}), and an interval entered at its middle {from_middle:.1f} times it; a fixed step, "
        f"dual averaging, and the severity corollary 2 b G sqrt(T) stay within ({cured:.2f}, "
        f"{of_length:.2f} of the bound)."
    )
    table: Table = {
        "rounds": lengths,
        "shrinking": shrinking,
        "fixed": fixed,
        "dual_averaging": averaged,
        "bound": stated,
    }
    return Finding(judged(stands, corrected), sentence, measured, {"v18_two_phases": table})


MIRROR_DESCENT = Claim(
    "V18",
    "Static regret of mirror descent",
    "[Chitra2025], theorem on OMD regret and its two corollaries",
    "With eta_t = D_max / (G sqrt t) and D_max^2 >= max D(x || x_1), regret is at most "
    "2 D_max G sqrt(T); severity 2 b G sqrt(T); uniform weights cost log N.",
    mirror_descent,
    "D_max must bound the divergence between any two points visited, which entropy does not: "
    "weights need a fixed step or dual averaging.",
)
