"""How much of a deficit to socialise: the severity rules of the literature, round by round.

    B = theta D          0 <= theta <= 1        B budget [USD], D deficit [USD]

    S-match    theta = min(1, U / D)                       U total endowment [USD]
    S-fixed    theta constant, or a mixture of two severities
    S-EV       theta = min(1, c b / n)                     b upper quantile of the n endowments
    S-backoff  theta_t = theta_0 a^k                       k shocks among the latest m rounds
    S-exante   B = alpha_hat Q^2                           alpha_hat learned from past slopes
    S-NW       theta D >= Gamma                            Gamma premium that ends waiting [USD]
    fund       K = argmin r K + kappa E(D - K)+            the newsvendor's quantile

Scalars are one round, `[T]` a path of rounds, `[N]` accounts. Severity rules that learn are in
`controllers.py`. Sources: [Chitra2025] = arXiv:2512.01112 (v1 appendix H for S-backoff),
[Chitra2026] = arXiv:2602.15182 for S-exante.
"""

from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.split import column, usd
from abm.units import Flags, Floats

COUNT_TOL = 1e-9
"""A share of a sample this close below a whole number of elements counts as it [elements]."""


def matched_severity(deficit_usd: float, capacity_usd: float) -> float:
    """S-match ("smart"): never ask for more than there is, theta = min(1, U / D).

    A deficit that the endowments cover, zero included, is socialised in full.

    Raises:
        ValueError: when an amount is negative or not finite.
    """
    deficit_usd, capacity_usd = usd("deficit_usd", deficit_usd), usd("capacity_usd", capacity_usd)
    return 1.0 if deficit_usd <= capacity_usd else capacity_usd / deficit_usd


def fixed_severity(theta: float) -> float:
    """S-fixed: a constant share of every deficit.

    Raises:
        ValueError: when theta is not in [0, 1].
    """
    return _share(theta, "theta")


def interpolated_severity(low: float, high: float, weight: float) -> float:
    """S-fixed between two severities, such as the matched one and a cap: (1 - w) low + w high.

    Raises:
        ValueError: when an argument is not in [0, 1].
    """
    weight = _share(weight, "weight")
    return (1.0 - weight) * _share(low, "low") + weight * _share(high, "high")


def extreme_value_severity(endowment_usd: Floats, per_usd: float, upper_share: float) -> float:
    """S-EV: a severity on the scale of the largest endowment, theta = min(1, c b_n / n).

    Args:
        endowment_usd: of the winners, `[N]`, N >= 1.
        per_usd: c [1 / USD]; one over the mean endowment makes theta free of the unit of account.
        upper_share: 1 / k; b_n is the endowment exceeded by this share of the winners, an element
            of the sample.

    Raises:
        ValueError: when there is no endowment, or a parameter is out of range.
    """
    endowment_usd = column("endowment_usd", endowment_usd)
    if endowment_usd.size == 0:
        raise ValueError("endowment_usd is empty; give at least one winner")
    tail_usd = upper_quantile(endowment_usd, _share(upper_share, "upper_share"))
    return min(1.0, usd("per_usd", per_usd) * tail_usd / endowment_usd.size)


def upper_quantile(values: Floats, upper_share: float) -> float:
    """Smallest element that at most a share `upper_share` of `values` `[N]` exceeds."""
    above = int(values.size * upper_share + COUNT_TOL)
    return float(np.sort(values)[max(values.size - 1 - above, 0)])


def severity_cap(top_endowment_usd: float, deficit_usd: float, ratio: float) -> float:
    """Cap of the published controllers, Theta = R / (1 + R) upsilon / D; infinite R is no cap.

    Args:
        top_endowment_usd: upsilon, the largest endowment of the round.
        deficit_usd: D; without a deficit there is nothing to cap.
        ratio: R > 0, or infinity.

    Returns:
        The cap, at most 1.

    Raises:
        ValueError: when an amount is negative or the ratio is not positive.
    """
    top_usd, deficit_usd = (
        usd("top_endowment_usd", top_endowment_usd),
        usd("deficit_usd", deficit_usd),
    )
    if not ratio > 0.0:
        raise ValueError(f"ratio is {ratio}; give a number > 0, or infinity for no cap")
    cap_usd = np.inf if np.isinf(ratio) else ratio / (1.0 + ratio) * top_usd
    return 1.0 if cap_usd >= deficit_usd else float(cap_usd / deficit_usd)


def backoff_severity(
    is_shock: Flags, theta_first: float, factor: float, memory_rounds: int
) -> Floats:
    """S-backoff as meant: each recent shock lowers severity by a factor, theta_0 a^k.

    Args:
        is_shock: rounds with a deficit, `[T]`.
        theta_first: theta_0, the severity after a calm spell.
        factor: a in (0, 1).
        memory_rounds: m >= 1; k_t counts the shocks among the m rounds before t.

    Returns:
        theta `[T]`.

    Raises:
        ValueError: when a parameter is out of range.
    """
    _require_backoff(theta_first, factor)
    if memory_rounds < 1:
        raise ValueError(f"memory_rounds is {memory_rounds}; give an integer >= 1")
    shocks = np.concatenate(([0], np.cumsum(is_shock)))  # before round t, and after the last
    now = np.arange(is_shock.size)
    recent = shocks[now] - shocks[np.maximum(now - memory_rounds, 0)]
    return np.asarray(theta_first * factor**recent)


def backoff_severity_as_published(rounds: int, theta_first: float, factor: float) -> Floats:
    """S-backoff as v1 printed it: theta_t = max(a theta_{t-1}, theta_0), theta_1 = theta_0.

    With a < 1 the second argument always wins: the rule is the constant theta_0. Kept under its
    own name because published numbers rest on it.

    Raises:
        ValueError: when a parameter is out of range.
    """
    _require_backoff(theta_first, factor)
    theta = np.empty(rounds)
    for t in range(rounds):
        theta[t] = theta_first if t == 0 else max(factor * theta[t - 1], theta_first)
    return theta


class NoWait(NamedTuple):
    """A severity that shall make waiting worthless.

    Attributes:
        theta: in [0, 1].
        missing_usd: (Gamma - theta D)+; above 0 waiting pays whatever the severity.
    """

    theta: float
    missing_usd: float


def no_wait_severity(theta: float, deficit_usd: float, premium_usd: float) -> NoWait:
    """S-NW: raise theta until liquidity providers gain nothing by waiting, theta D >= Gamma.

    Args:
        theta: severity that is raised where needed, in [0, 1].
        deficit_usd: D >= 0.
        premium_usd: Gamma >= 0; above D no severity can pay it, and theta is 1.

    Returns:
        The smallest severity of at least theta that pays the premium, and what it does not pay.

    Raises:
        ValueError: when an argument is out of range.

    Source: [Chitra2025], no-wait condition.
    """
    deficit, premium = usd("deficit_usd", deficit_usd), usd("premium_usd", premium_usd)
    needed = min(1.0, premium / deficit) if deficit > 0.0 else 0.0
    return NoWait(max(_share(theta, "theta"), needed), max(0.0, premium - deficit))


def exante_budget(slope: float, qty_contracts: float) -> float:
    """S-exante: the expected loss of liquidating Q against linear impact, B = alpha Q^2 [USD].

    Args:
        slope: alpha [USD / contract^2], known or estimated before the liquidation.
        qty_contracts: Q >= 0.

    Raises:
        ValueError: when an argument is negative.
    """
    return usd("slope", slope) * usd("qty_contracts", qty_contracts) ** 2


def learned_slopes(slope: Floats, first: float, rate_first: float, highest: float) -> Floats:
    """Slopes announced before they are seen: projected gradient steps on |alpha_hat - alpha|.

    alpha_hat_{t+1} = clip(alpha_hat_t - rate_first / sqrt(t) sign(alpha_hat_t - alpha_t), 0, high)

    Args:
        slope: realised alpha `[T]` [USD / contract^2].
        first: alpha_hat_1.
        rate_first: of the first step [USD / contract^2].
        highest: upper end of the domain.

    Returns:
        alpha_hat `[T]`; entry t uses slopes before t only.

    Raises:
        ValueError: when `first` is outside [0, highest], or a slope is negative or not finite.
    """
    if not 0.0 <= first <= highest:
        raise ValueError(f"first is {first}; give a slope in [0, {highest}]")
    slope = column("slope", slope)
    announced = np.empty(slope.size)
    estimate = first
    for t in range(slope.size):
        announced[t] = estimate
        step = rate_first / np.sqrt(t + 1.0)
        estimate = min(max(estimate - step * np.sign(estimate - slope[t]), 0.0), highest)
    return announced


def newsvendor_fund(deficit_usd: Floats, holding_cost: float, shortfall_cost: float) -> float:
    """Fund that minimises r K + kappa E(D - K)+ over a sample: the (1 - r / kappa) quantile.

    Args:
        deficit_usd: sample of D `[N]`, N >= 1.
        holding_cost: r >= 0 per USD held.
        shortfall_cost: kappa > 0 per USD missing; a fund not worth holding (r >= kappa) is 0.

    Returns:
        K [USD], the smallest minimiser for r > 0.

    Raises:
        ValueError: when the sample is empty or a cost is out of range.
    """
    deficit_usd = column("deficit_usd", deficit_usd)
    if deficit_usd.size == 0:
        raise ValueError("deficit_usd is empty; give at least one deficit")
    if not (holding_cost >= 0.0 and shortfall_cost > 0.0):
        raise ValueError("costs are out of range; give holding_cost >= 0 and shortfall_cost > 0")
    if holding_cost >= shortfall_cost:
        return 0.0
    return upper_quantile(deficit_usd, holding_cost / shortfall_cost)


def _share(value: float, name: str) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {value}; give a share in [0, 1]")
    return value


def _require_backoff(theta_first: float, factor: float) -> None:
    _share(theta_first, "theta_first")
    if not 0.0 < factor < 1.0:
        raise ValueError(f"factor is {factor}; give a number in (0, 1)")
