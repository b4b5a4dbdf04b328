"""How well what is taken follows what was needed, round by round. Columns `[T]`, money in USD.

    overshoot        sum (H - B), signed;   sum (H - B)+, over;   sum (B - H)+, under
    tracking         sum |H - B|
    fairness regret  sum B |m - m_ref|, as published;   sum B (m - bound)+, one-sided
    loss             sum D |theta - theta*| over rounds with a deficit, theta* = min(1, B / D)
    dynamic regret   loss itself: the best sequence has none
    static regret    loss - least loss of a constant
    class regret     loss - least loss of a class of policies
    path length      P = sum |theta*_t - theta*_t-1|;   B_inst = sqrt((1 + 2 P) sum D^2)
    discounted       mean overshoot over horizons, weights exp(-Delta ln 2 / half-life)

A static regret and a dynamic one are different objects: a policy has both, and two policies are
compared in one of them. Sources: [Chitra2026]; one-sided burden is ours.
"""

import math

import numpy as np

from abm.adl.mechanisms.controllers import dynamic_regret_bound, path_length, tracking_loss
from abm.units import Floats


def overshoot(taken_usd: Floats, needed_usd: Floats) -> float:
    """Signed overshoot, sum (H - B) [USD]."""
    return math.fsum(taken_usd - needed_usd)


def overshoot_only(taken_usd: Floats, needed_usd: Floats) -> float:
    """What was taken too much, sum (H - B)+ [USD]."""
    return math.fsum(np.maximum(taken_usd - needed_usd, 0.0))


def undershoot_only(taken_usd: Floats, needed_usd: Floats) -> float:
    """What was taken too little, sum (B - H)+ [USD]."""
    return overshoot_only(needed_usd, taken_usd)


def tracking(taken_usd: Floats, needed_usd: Floats) -> float:
    """Overshoot and undershoot together, sum |H - B| [USD]."""
    return math.fsum(np.abs(taken_usd - needed_usd))


def fairness_regret(needed_usd: Floats, burden: Floats, reference: Floats) -> float:
    """As published, sum B |m - m_ref| [USD]: it charges a policy for being fairer, too.

    Args:
        needed_usd: B, `[T]`.
        burden: m, largest share of equity taken under the policy, `[T]`.
        reference: the same under the reference policy, `[T]`.

    Source: [Chitra2026], fairness part of the objective.
    """
    return math.fsum(needed_usd * np.abs(burden - reference))


def excess_burden(needed_usd: Floats, burden: Floats, lower_bound: Floats) -> float:
    """One-sided, sum B (m - bound)+ [USD], against a certified least largest burden.

    Args:
        needed_usd: B, `[T]`.
        burden: m, `[T]`.
        lower_bound: no allocation of B has a smaller largest burden, `[T]`.
    """
    return math.fsum(needed_usd * np.maximum(burden - lower_bound, 0.0))


def dynamic_regret(severity: Floats, needed: Floats, deficit_usd: Floats) -> float:
    """Loss against the best sequence, sum D |theta - theta*| over rounds with D > 0 [USD].

    Args:
        severity: theta played, `[T]`.
        needed: theta*, `[T]`; not read where there is no deficit.
        deficit_usd: D, `[T]`.
    """
    owing = deficit_usd > 0.0
    return math.fsum(tracking_loss(severity[owing], needed[owing], deficit_usd[owing]))


def static_regret(severity: Floats, needed: Floats, deficit_usd: Floats, cap: float = 1.0) -> float:
    """Loss less that of the best constant severity in [0, cap] [USD]; negative when it adapts.

    The best constant is the median of theta* weighted by D, clipped to [0, cap].

    Args:
        severity: theta played, `[T]`.
        needed: theta*, `[T]`.
        deficit_usd: D, `[T]`.
        cap: largest constant allowed.
    """
    own = dynamic_regret(severity, needed, deficit_usd)
    owing = deficit_usd > 0.0
    if not owing.any():
        return own
    order = np.argsort(needed[owing], kind="stable")
    mass = np.cumsum(deficit_usd[owing][order])
    middle = int(np.searchsorted(mass, 0.5 * mass[-1]))
    best = float(np.clip(needed[owing][order][middle], 0.0, cap))
    return own - dynamic_regret(np.full(severity.size, best), needed, deficit_usd)


def class_regret(own_loss: float, class_losses: Floats) -> float:
    """Loss less that of the best policy of a class.

    Raises:
        ValueError: the class is empty.
    """
    if class_losses.size == 0:
        raise ValueError("class_losses is empty: give the loss of at least one policy")
    return own_loss - float(class_losses.min())


def path_variation(needed: Floats) -> float:
    """P = sum |theta*_t - theta*_t-1| over the rounds in which theta* exists (not NaN)."""
    return path_length(needed[~np.isnan(needed)])


def instance_bound(needed: Floats, deficit_usd: Floats) -> float:
    """B_inst = sqrt((1 + 2 P) sum D^2) [USD], the proved bound on dynamic regret.

    Source: [Chitra2026], Proposition 1.
    """
    owing = ~np.isnan(needed)
    return dynamic_regret_bound(needed[owing], deficit_usd[owing])


def discounted(horizon_s: Floats, overshoot_usd: Floats, half_life_s: float) -> float:
    """Overshoot averaged over horizons with exponential weights, by the trapezoid rule [USD].

    Args:
        horizon_s: Delta, rising, `[H]`.
        overshoot_usd: at each horizon, `[H]`.
        half_life_s: > 0.

    Raises:
        ValueError: fewer than two horizons, or a half-life that is not positive.

    Source: [Chitra2026], discounted overshoot; the weights are normalised on the same grid.
    """
    if horizon_s.size < 2 or not half_life_s > 0.0:
        raise ValueError("give at least two horizons and a half_life_s above 0")
    weights = np.exp(-math.log(2.0) / half_life_s * horizon_s)
    return float(
        np.trapezoid(weights * overshoot_usd, horizon_s) / np.trapezoid(weights, horizon_s)
    )
