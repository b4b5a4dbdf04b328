"""V20 to V23: regret when the needed budget has to be tracked or estimated.

    V20   fixed queue, caps (1, M) and (M, 1) in turn, B = 1: sum of max x_i / u_i above the best
    V21   sum l(theta_t; B) <= min sum l(theta; B) + regret under estimates + 2 lambda sum |B - B^|
    V22   B = alpha Q^2 against B^ = alpha^ Q^2; undershoot V_T = sum (B_t - B^_t)+
    V23   sqrt(T) jumps to random levels: V_T of the best constant step against sqrt(T) + P

T rounds, R paths, E steps tried. Slopes are log-log in T. Source: [Chitra2026] = arXiv:2602.15182,
propositions on fixed queues, comparator transfer, linear impact and Proposition 10.
"""

import numpy as np

from abm.adl.mechanisms.controllers import ConstantStep, SeverityGradient
from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.severity import exante_budget, learned_slopes
from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.units import Floats, Ints
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged
from experiments.validate.intervals import above
from experiments.validate.theory.sampled import agrees, mean_interval, mean_of, share_of

EXACT = 1e-9
"""Largest relative gap of an identity in float64 [1]."""

SLOPE_TOL = 0.06
"""Half-width around a predicted slope within which it counts as met [1]."""


# --- V20 -------------------------------------------------------------------------------------


def alternating_caps(
    rounds: int, large: float, price: float, period: int = 1
) -> tuple[float, float]:
    """Fairness regret of the fixed order (1, 2) against the better order, and against pro-rata.

    Args:
        rounds: T, even.
        large: M >= 1; capacities are (1, M), (M, 1), (1, M), ... and the budget is 1.
        price: lambda, of max x_i / u_i.
        period: rounds after which the capacities change places; the claim has 1.
    """
    against_order = against_pro_rata = 0.0
    for t in range(rounds):
        capacity = np.array([1.0, large] if t // period % 2 == 0 else [large, 1.0])
        first, second = (
            float((queue(capacity, score, 1.0).taken_usd / capacity).max())
            for score in (np.array([2.0, 1.0]), np.array([1.0, 2.0]))
        )
        even = float((wealth_pro_rata(capacity, 1.0).taken_usd / capacity).max())
        against_order += price * (first - min(first, second))
        against_pro_rata += price * (first - even)
    return against_order, against_pro_rata


def fixed_queue(settings: Settings, _rng: np.random.Generator) -> Finding:
    """V20: the identity for several M, and the larger regret against the min-max rule."""
    rounds, price, gap = settings.pick(100, 1000), 3.0, 0.0
    measured = []
    for large in (5.0, 1.0, 2.0, 50.0):
        best, pro_rata = alternating_caps(rounds, large, price)
        predicted = 0.5 * rounds * price * (1.0 - 1.0 / large)
        even = 0.5 * rounds * price * (1.0 + 1.0 / large - 2.0 / (1.0 + large))
        gap = max(gap, abs(best - predicted) / rounds, abs(pro_rata - even) / rounds)
        measured.append(Measurement(f"regret to the better order, M = {large:g}", predicted, best))
        measured.append(Measurement(f"regret to pro-rata, M = {large:g}", even, pro_rata))
    sentence = (
        "A fixed queue's regret against the better order is (T / 2) lambda (1 - 1 / M) exactly "
        f"(gap {gap:.0e} a round); against pro-rata it is (T / 2) lambda (1 + 1 / M - 2 / (1 + M))."
    )
    return Finding(judged(gap < EXACT), sentence, tuple(measured))


# --- V21 -------------------------------------------------------------------------------------


def transfer_gap(rng: np.random.Generator, rounds: int, error: float) -> tuple[float, float]:
    """Slack of the inequality on one path, and total loss as a share of its right side.

    The learner sees B^ = B exp(error z); the loss adds fairness, the haircut of pro-rata.
    """
    deficit = rng.lognormal(0.0, 1.0, rounds)
    needed = deficit * rng.beta(0.7, 0.7, rounds)
    estimate = np.minimum(needed * np.exp(error * rng.normal(0.0, 1.0, rounds)), deficit)
    capacity = deficit * rng.uniform(1.0, 4.0, rounds)
    track, fair = rng.uniform(0.1, 3.0, 2)

    def loss(theta: Floats, target: Floats) -> Floats:
        tracking = track * np.abs(theta * deficit - target)
        return np.asarray(tracking + fair * theta * deficit / capacity)

    rate = ConstantStep(1.0 / float(np.sqrt(deficit @ deficit)))
    theta = SeverityGradient(rate).run(estimate / deficit, deficit, np.ones(rounds))
    grid = np.linspace(0.0, 1.0, 501)[:, None]
    best_true = float(loss(grid, needed).sum(axis=1).min())
    best_seen = float(loss(grid, estimate).sum(axis=1).min())
    regret = float(loss(theta, estimate).sum()) - best_seen
    right = best_true + regret + 2.0 * track * float(np.abs(needed - estimate).sum())
    total = float(loss(theta, needed).sum())
    return right - total, total / right


def sharpest_constant(rounds: int = 20, error: float = 0.2) -> float:
    """Constant in front of lambda sum |B - B^| that a path against the learner needs, at least.

    B = 1/2 in every round and B^ = 1/2 +- error in turn, D = 1; the learner plays each B^. On the
    estimates it then gains against every constant what it loses on the truth.
    """
    needed = np.full(rounds, 0.5)
    estimate = needed + np.resize([error, -error], rounds)
    grid = np.linspace(0.0, 1.0, 501)[:, None]
    best_true, best_seen = (
        float(np.abs(grid - target).sum(axis=1).min()) for target in (needed, estimate)
    )
    regret = 0.0 - best_seen  # no loss under the estimates
    excess = float(np.abs(estimate - needed).sum()) - best_true - regret
    return excess / float(np.abs(needed - estimate).sum())


def comparator_transfer(settings: Settings, rng: np.random.Generator) -> Finding:
    """V21: slack over random paths and sizes of the estimation error, and the sharpest path."""
    trials = settings.pick(120, 2000)
    rows = [
        (error, *transfer_gap(rng, 150, error)) for error in (0.0, 0.1, 1.0) for _ in range(trials)
    ]
    errors, slack, share = np.array(rows).T
    violations = int(np.sum(slack < -EXACT))
    exact = float(np.abs(slack[errors == 0.0]).max())
    needed = sharpest_constant()
    measured = (
        share_of("paths below the inequality", 0.0, violations, slack.size),
        Measurement("largest gap without estimation error", 0.0, exact, unit="USD"),
        Measurement("constant that the worst path needs", 2.0, needed),
        mean_of("loss over right side, error 0.1", np.nan, share[errors == 0.1]),
        mean_of("loss over right side, error 1", np.nan, share[errors == 1.0]),
    )
    stands = violations == 0 and exact < 1e-6 and needed <= 2.0 + EXACT
    sentence = (
        f"{violations} of {slack.size} paths broke the inequality; without estimation error it is "
        f"an identity, a path made for it needs the constant {needed:.3g} in full, and with errors "
        f"of 10 % and 100 % the loss is {measured[3].measured:.2f} and {measured[4].measured:.2f} "
        "of the right side."
    )
    return Finding(judged(stands), sentence, measured)


# --- V22 -------------------------------------------------------------------------------------

QTY = 3.0
"""Contracts liquidated in each round of V22."""


def undershoot(slope: Floats, estimate: Floats) -> Floats:
    """Cumulative (B - B^)+ under linear impact, `[T]` [USD]."""
    missing = QTY**2 * np.maximum(slope - np.maximum(estimate, 0.0), 0.0)
    return np.asarray(np.cumsum(missing))


def estimates(rng: np.random.Generator, rounds: int) -> dict[str, tuple[Floats, Floats]]:
    """(alpha, alpha_hat), each `[T]`, for the errors of the claim and for two learners.

    The one slope carries noise of 1e-6: without it the learner's saw-tooth meets the slope to the
    last bit after some 3,000 rounds and stands still, an artefact of sign(0) = 0 in float64.
    """
    root = np.sqrt(np.arange(1.0, rounds + 1.0))
    drawn = rng.uniform(0.5, 1.5, rounds)
    fixed = rng.uniform(0.5, 1.5) * (1.0 + 1e-6 * rng.standard_normal(rounds))
    return {
        "error 1/sqrt(t), either sign": (drawn, drawn + rng.choice([-0.3, 0.3], rounds) / root),
        "constant bias down": (drawn, drawn - 0.3),
        "constant bias up": (drawn, drawn + 0.3),
        "learned, one slope": (fixed, learned_slopes(fixed, 1.0, 1.0, 2.0)),
        "learned, iid slopes": (drawn, learned_slopes(drawn, 1.0, 1.0, 2.0)),
    }


def linear_impact(settings: Settings, rng: np.random.Generator) -> Finding:
    """V22: undershoot against T for each kind of error."""
    longest = settings.pick(4096, 32_768)
    lengths = 2 ** np.arange(8, int(np.log2(longest)) + 1)
    kinds: dict[str, list[Floats]] = {}
    identity = 0.0
    for _ in range(settings.pick(20, 60)):
        for kind, (slope, estimate) in estimates(rng, longest).items():
            kinds.setdefault(kind, []).append(undershoot(slope, estimate)[lengths - 1])
            gap = np.abs(_budgets(slope) - _budgets(estimate)) - QTY**2 * np.abs(slope - estimate)
            identity = max(identity, float(np.abs(gap).max()))
    claimed = {"error 1/sqrt(t), either sign": 0.5, "constant bias down": 1.0}
    slopes = {
        kind: mean_of(
            f"slope of V_T: {kind}", claimed.get(kind, np.nan), _slopes(lengths, paths), "slope"
        )
        for kind, paths in kinds.items()
        if kind != "constant bias up"
    }
    up = float(np.max(kinds["constant bias up"]))
    measured = (
        Measurement("V_T under an upward bias", np.nan, up, unit="USD"),
        *slopes.values(),
        Measurement("largest | |B - B^| - Q^2 |alpha - alpha^| |", 0.0, identity, unit="USD"),
    )
    corrected = every(identity < EXACT, *(agrees(slopes[kind], SLOPE_TOL) for kind in claimed))
    values = [m.measured for m in slopes.values()]
    sentence = (
        f"V_T grows with slope {values[0]:.2f} under errors of 1/sqrt(t), {values[1]:.2f} under a "
        f"constant downward bias, and is {up:g} under an upward one: the sign decides. Learning "
        f"the slope gives {values[2]:.2f} when it is constant and {values[3]:.2f} when it is drawn "
        "anew each round."
    )
    rows = [
        (kind, int(T), *mean_interval(row), slopes[kind].measured if kind in slopes else np.nan)
        for kind, paths in kinds.items()
        for T, row in zip(lengths, np.array(paths).T, strict=True)
    ]
    names = ("error", "rounds", "undershoot", "low", "high", "slope")
    return Finding(
        judged(every(corrected, up > 0.0), corrected),
        sentence,
        measured,
        {"v22_undershoot": dict(zip(names, zip(*rows, strict=True), strict=True))},
    )


def _budgets(slope: Floats) -> Floats:
    """S-exante budgets of the slopes `[T]` [USD]."""
    return np.array([exante_budget(float(alpha), QTY) for alpha in slope])


def _slopes(lengths: Ints, paths: list[Floats]) -> list[float]:
    """Log-log slope of each path."""
    return [float(np.polyfit(np.log(lengths), np.log(path), 1)[0]) for path in paths]


# --- V23 -------------------------------------------------------------------------------------


def jump_path(rng: np.random.Generator, rounds: int, paths: int) -> Floats:
    """Slopes alpha `[T, R]` that jump to a uniform level at sqrt(T) even spacings."""
    length = round(np.sqrt(rounds))
    levels = rng.random((-(-rounds // length), paths))
    return np.asarray(np.repeat(levels, length, axis=0)[:rounds])


def gradient_undershoot(alpha: Floats, rates: Floats) -> Floats:
    """V_T with Q = 1 of projected gradient estimates, for each step and path, `[E, R]`."""
    estimate = np.full((rates.size, alpha.shape[1]), 0.5)
    total = np.zeros_like(estimate)
    for row in alpha:
        total += np.maximum(row - estimate, 0.0)
        estimate -= rates[:, None] * np.sign(estimate - row)
        np.clip(estimate, 0.0, 1.0, out=estimate)
    return total


def scaling(rng: np.random.Generator, rounds: int, paths: int) -> dict[str, Floats]:
    """V_T of three estimators and the path length of the claim's right side, each `[R]`."""
    alpha = jump_path(rng, rounds, paths)
    rates = np.geomspace(0.1 * rounds**-0.5, 10.0 * rounds**-0.25, 31)
    best = gradient_undershoot(alpha, rates)
    chosen = int(np.argmin(best[:, : paths // 2].mean(axis=1)))
    usual = gradient_undershoot(alpha, np.array([rounds**-0.5]))
    last = np.maximum(np.diff(alpha, axis=0), 0.0).sum(axis=0)
    length = np.abs(np.diff(alpha, axis=0)).sum(axis=0)
    half = slice(paths // 2, None)
    return {
        "OGD, best step": best[chosen, half],
        "OGD, step 1/sqrt(T)": usual[0, half],
        "last value": last[half],
        "sqrt(T) + P": np.sqrt(rounds) + length[half],
    }


def jumps(settings: Settings, rng: np.random.Generator) -> Finding:
    """V23: slopes of V_T for gradient steps, for the last value, and of the right side."""
    lengths = 2 ** np.arange(8, settings.pick(15, 18))
    found = [scaling(rng, int(T), settings.pick(40, 80)) for T in lengths]
    measured, rows = {}, []
    for name in found[0]:
        expected = np.nan if name == "last value" else 0.5
        values = np.array([case[name] for case in found])  # [L, R]
        groups = values.reshape(lengths.size, 10, -1).mean(axis=2)
        slopes = _slopes(lengths, list(groups.T))
        measured[name] = mean_of(f"slope in T: {name}", expected, slopes, "slope")
        columns = [mean_interval(row) for row in values]
        slope = measured[name].measured
        rows += [(name, int(T), *c, slope) for T, c in zip(lengths, columns, strict=True)]
    best = measured["OGD, best step"]
    corrected = Measurement(
        "slope in T: OGD, best step; sqrt(T (1 + P)) instead",
        0.75,
        best.measured,
        best.low,
        best.high,
        "slope",
    )
    steeper = above(best.low, best.high, 0.5 + SLOPE_TOL)
    verdict = judged(None if steeper is None else not steeper, agrees(corrected, SLOPE_TOL))
    sentence = (
        f"Under sqrt(T) jumps the best constant step has V_T of slope {best.measured:.2f}, not "
        f"that of sqrt(T) + P, {measured['sqrt(T) + P'].measured:.2f}: gradient steps obey "
        f"sqrt(T (1 + P)); repeating the last slope has {measured['last value'].measured:.2f}."
    )
    names = ("estimator", "rounds", "undershoot", "low", "high", "slope")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Finding(verdict, sentence, (*measured.values(), corrected), {"v23_jumps": table})


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V20",
        "Fairness regret of a fixed queue",
        "[Chitra2026], proposition on fixed queues",
        "With two accounts whose capacities alternate between 1 and M, a fixed queue has fairness "
        "regret (T / 2) lambda (1 - 1 / M).",
        fixed_queue,
    ),
    Claim(
        "V21",
        "Comparator transfer",
        "[Chitra2026], comparator transfer",
        "Learning on estimated budgets costs at most 2 lambda sum |B - B^| more than its regret.",
        comparator_transfer,
    ),
    Claim(
        "V22",
        "Estimated linear impact",
        "[Chitra2026], linear impact",
        "|B - B^| <= Q^2 |alpha - alpha^|; undershoot is O(sqrt T) under errors of 1/sqrt(t) and "
        "of order T under a constant bias.",
        linear_impact,
        "Of order T only under a downward bias; an upward one never undershoots.",
    ),
    Claim(
        "V23",
        "Undershoot under drifting impact",
        "[Chitra2026], Proposition 10",
        "V_T <= Q^2 (C1 alpha_max sqrt(T) + C2 P) for projected gradient estimates.",
        jumps,
        "Gradient steps obey sqrt(T (1 + P)): slope 3/4 under sqrt(T) jumps, not 1/2.",
    ),
)
"""V20 to V23."""
