"""Distressed selling makes independent assets move together. C5.

A fund holds alpha_k units of asset k and sells as it loses; its orders move prices:

    r_k = e_k + (alpha_k / D_k) (f(V* / V_0) - f(V / V_0))      V* = V after the exogenous returns e

For two equal assets with independent e, and c = (alpha S / V_0) (alpha / D) f':

    correlation    2 c (1 + c) / ((1 + c)^2 + c^2)
    volatility     that of e times sqrt((1 + c)^2 + c^2)

The orders answer the exogenous loss of the period; when they answer their own effect too, until
it is used up, c becomes c / (1 - 2 c) and there is no answer from c = 1/2 on. Prices move, so c
moves with them: f is linear here, and each path is short enough to stay near V_0.

Source: Cont & Wagalath, "Running for the exit: distressed selling and endogenous correlation in
financial markets", Mathematical Finance 23(4), 2013.
"""

import math

import numpy as np

from abm.units import Floats
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Truth,
    every,
    judged,
)
from experiments.validate.intervals import ENDS, RESAMPLES, within

FEEDBACKS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""c [1]."""

OWN_FEEDBACKS = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4)
"""c when the orders answer their own effect."""

PERIODS = 250
VOLATILITY = 0.0002
"""Of the exogenous return of a period [1]: small, so that c stays what it is at the start."""

CLOSE = 0.02
"""Reach of a predicted correlation, and of a predicted ratio of volatilities (relative) [1]."""

SLOPE = 1.0
"""f'."""


def correlation(feedback: float) -> float:
    """Predicted correlation of two equal assets."""
    strong = (1.0 + feedback) ** 2 + feedback**2
    return 2.0 * feedback * (1.0 + feedback) / strong


def volatility_ratio(feedback: float) -> float:
    """Predicted volatility over the exogenous one."""
    return math.hypot(1.0 + feedback, feedback)


def simulate(feedback: float, shocks: Floats, own: bool) -> Floats:
    """Returns `[paths, T, 2]` of two assets of which the fund holds one unit each.

    Args:
        feedback: c at the start; the depth D that gives it follows.
        shocks: exogenous returns, `[paths, T, 2]`.
        own: whether the orders of a period answer their own effect too.
    """
    prices = np.ones((shocks.shape[0], 2))
    first_value = 2.0
    per_value = feedback * first_value / SLOPE  # alpha / D, from c = (1 / V_0) (alpha / D) f'
    made = np.empty_like(shocks)
    for t in range(shocks.shape[1]):
        value = prices.sum(axis=1)
        exogenous = (prices * shocks[:, t]).sum(axis=1)
        moved = exogenous.copy()
        if own:  # sum_k S_k r_k = exogenous + sum_k S_k times the impact of the whole move
            moved /= 1.0 - value * per_value * SLOPE / first_value
        impact = per_value * SLOPE * moved / first_value
        made[:, t] = shocks[:, t] + impact[:, None]
        prices *= 1.0 + made[:, t]
    return made


def estimates(returns: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(correlation, volatility ratio), each with the ends of its bootstrap interval over paths."""
    one, other = returns[..., 0], returns[..., 1]
    moments = np.stack([(one * other).mean(axis=1), (one**2).mean(axis=1), (other**2).mean(axis=1)])
    draws = rng.integers(one.shape[0], size=(RESAMPLES, one.shape[0]))
    resampled = moments[:, draws].mean(axis=2)  # [3, RESAMPLES]
    whole = moments.mean(axis=1)
    return _with_ends(_correlation(whole), _correlation(resampled)), _with_ends(
        _ratio(whole), _ratio(resampled)
    )


def _correlation(moments: Floats) -> Floats:
    """From mean product and mean squares."""
    return np.asarray(moments[0] / np.sqrt(moments[1] * moments[2]))


def _ratio(moments: Floats) -> Floats:
    """Volatility over the exogenous one."""
    return np.asarray(np.sqrt(0.5 * (moments[1] + moments[2])) / VOLATILITY)


def _with_ends(value: Floats, resampled: Floats) -> Floats:
    """(value, low, high)."""
    return np.array([float(value), *np.quantile(resampled, ENDS)])


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C5: correlation and volatility over c, in both readings."""
    paths = settings.pick(400, 4000)
    keys = ("feedback", "own", "correlation", "low", "high", "predicted", "ratio", "ratio_low",
            "ratio_high", "ratio_predicted")  # fmt: skip
    table: dict[str, list[float]] = {key: [] for key in keys}
    measurements: list[Measurement] = []
    tests: list[Truth] = []
    cases = [(c, False) for c in FEEDBACKS] + [(c, True) for c in OWN_FEEDBACKS]
    for feedback, own in cases:
        shocks = VOLATILITY * rng.standard_normal((paths, PERIODS, 2))
        tied, loud = estimates(simulate(feedback, shocks, own), rng)
        true = feedback / (1.0 - 2.0 * feedback) if own else feedback
        predicted, ratio = correlation(true), volatility_ratio(true)
        row = (feedback, float(own), *tied, predicted, *loud, ratio)
        for key, value in zip(keys, row, strict=True):
            table[key].append(float(value))
        tests += [
            within(tied[1], tied[2], predicted, CLOSE),
            within(loud[1], loud[2], ratio, CLOSE * ratio),
        ]
        words = "orders answering their own effect, " if own else ""
        name = f"correlation, {words}c = {feedback:g}"
        value, low, high = (float(x) for x in tied)
        measurements.append(Measurement(name, predicted, value, low, high))
    tied_at = dict(zip(FEEDBACKS, table["correlation"], strict=False))
    own_at = dict(zip(OWN_FEEDBACKS, table["correlation"][len(FEEDBACKS) :], strict=True))
    return Finding(
        judged(every(*tests)),
        f"Independent assets of one distressed fund have a correlation of {tied_at[0.25]:.3f} at "
        f"c = 0.25 and {tied_at[1.0]:.3f} at c = 1, and more volatility, as printed. Where orders "
        f"answer their own effect too it is {own_at[0.25]:.3f} at c = 0.25, the formula at "
        "c / (1 - 2c).",
        tuple(measurements),
        {"fire_sale_correlation": table},
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C5",
        "Distressed selling correlates assets",
        "[ContWagalath2013], section 3",
        "Two independent assets held by a fund that sells as it loses have a correlation of "
        "2c(1+c) / ((1+c)^2 + c^2) and a volatility sqrt((1+c)^2 + c^2) times the exogenous one, "
        "c being the price impact of the fund's reaction to a loss.",
        run,
    ),
)
