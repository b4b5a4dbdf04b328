"""How much to socialise: the severity rules of theory 2.1 and the fund of 1.2.

Severity θ is the share of the deficit D that is taken, the budget is B = θ D (USD).  Paths are
lists over rounds t = 1..T.

theory 2.1, as of 2026-11-21, after [Chitra2025] (arXiv:2512.01112, corrected; "v1" is its first
version) and [Chitra2026] (arXiv:2602.15182).

Reading, for all paths: step sizes η0/√t count t from 1, and the step from θ_t to θ_{t+1} uses η_t;
a round without deficit has gradient zero and so moves nothing.
"""

import math
from fractions import Fraction


def clipped(value: float, low: float, high: float) -> float:
    """Projection on an interval."""
    return max(low, min(high, value))


def sign(value: float) -> float:
    """-1, 0 or 1."""
    return float((value > 0) - (value < 0))


def match(capacity: float, deficit: float) -> tuple[float, float]:
    """S-match: "theta = min(1, U/D) (B = min(D, U))".  Returns θ and B.

    Reading: θ = 1 without deficit, the limit D -> 0 for any U > 0; B is 0 either way.
    """
    theta = min(1.0, capacity / deficit) if deficit > 0 else 1.0
    return theta, min(deficit, capacity)


def fixed(constant: float, capacity: float, deficit: float) -> tuple[float, float]:
    """S-fixed: "theta = const".  Returns θ and B = min(θ D, U)."""
    return constant, min(constant * deficit, capacity)


def interpolated(weight: float, matched: float, cap: float) -> float:
    """S-fixed: "interpolation between match and cap".

    Reading: linear, weight 0 is the match and 1 the cap.
    """
    return (1 - weight) * matched + weight * cap


def upper_quantile(values: list[float], k: float) -> float:
    """S-EV: "b_n, upper 1/k quantile of winners".

    Reading: the smallest observed value that at most a share 1/k of the winners exceeds.
    """
    allowed = Fraction(len(values)) / Fraction(str(k))
    for value in sorted(values):
        if sum(1 for other in values if other > value) <= allowed:
            return value
    raise ValueError("give at least one winner")


def extreme_value(endowments: list[float], scale: float, k: float) -> float:
    """S-EV: "theta = c·b_n/n".

    Reading: n is the number of winners; θ is clipped to [0, 1]; b_n is in USD, so c carries
    1/USD (the papers have deficits of mean one).
    """
    return clipped(scale * upper_quantile(endowments, k) / len(endowments), 0.0, 1.0)


def backoff_cap(ratio: float, largest: float, deficit: float) -> float:
    """S-backoff: "Cap Θ_t = R/(1+R)·upsilon_t/D_t".

    Reading: R is the largest allowed θD/(υ - θD), deficit taken over what the top account keeps
    if it pays alone; that inequality solved for θ gives the printed cap.  No deficit, no cap: 1.
    """
    return ratio / (1 + ratio) * largest / deficit if deficit > 0 else 1.0


def backoff(
    start: float, factor: float, shocks: list[bool], window: int, caps: list[float]
) -> list[float]:
    """S-backoff, "intent: theta_t = theta0·a^{k_t}, k_t = recent shocks".

    Reading: k_t counts the shocks in the `window` rounds before t, without t itself, so that the
    first shock is met with θ0; then the round's cap and 1.
    """
    path = []
    for t in range(len(shocks)):
        recent = sum(shocks[max(0, t - window) : t])
        path.append(clipped(start * factor**recent, 0.0, min(1.0, caps[t])))
    return path


def backoff_v1(start: float, factor: float, rounds: int) -> list[float]:
    """S-backoff, "v1 implementation max(a·theta_{t-1}, theta0) with a < 1 is constant theta0".

    Reading: the first round is θ0.
    """
    path = [start]
    while len(path) < rounds:
        path.append(max(factor * path[-1], start))
    return path[:rounds]


def needed_severity(needed: list[float], deficits: list[float]) -> list[float]:
    """S-OGD: "theta_needed = min(1, B_needed/D)"; NaN in a round without deficit."""
    pairs = zip(needed, deficits, strict=True)
    return [min(1.0, b / d) if d > 0 else math.nan for b, d in pairs]


def gradient_step(
    theta: float, wanted: float, deficit: float, step: float, cap: float = 1.0
) -> float:
    """S-OGD: "theta_{t+1} = Π_[0,cap](theta_t - eta_t g_t), g = D·sign(theta - theta_needed)".

    Reading: sign(0) = 0.
    """
    slope = deficit * sign(theta - wanted) if deficit > 0 else 0.0
    return clipped(theta - step * slope, 0.0, cap)


def gradient_path(
    start: float, wanted: list[float], deficits: list[float], steps: list[float], cap: float = 1.0
) -> list[float]:
    """S-OGD: θ_1..θ_T that are played; the step after round T is not part of it."""
    path = [start]
    for t in range(len(deficits) - 1):
        path.append(gradient_step(path[-1], wanted[t], deficits[t], steps[t], cap))
    return path


def severity_losses(path: list[float], wanted: list[float], deficits: list[float]) -> list[float]:
    """S-OGD: "loss D|theta - theta_needed|", zero in a round without deficit."""
    rounds = zip(path, wanted, deficits, strict=True)
    return [d * abs(theta - target) if d > 0 else 0.0 for theta, target, d in rounds]


def tuned_step(path_variation: float, deficits: list[float]) -> float:
    """S-OGD: "tuned eta* = sqrt((1+2P)/ΣD²)"; infinite if there never is a deficit."""
    squares = math.fsum(d * d for d in deficits)
    return math.sqrt((1 + 2 * path_variation) / squares) if squares > 0 else math.inf


def falling_steps(first: float, rounds: int) -> list[float]:
    """S-OGD: "eta0/√t"."""
    return [first / math.sqrt(t) for t in range(1, rounds + 1)]


def surrogate(
    theta: float, deficit: float, largest: float, prices: tuple[float, float, float]
) -> float:
    """S-OMD-surrogate: "f = -λθD + μ(υ-θD)_+ + ν(θD-D)_+²"; prices are (λ, μ, ν)."""
    lam, mu, nu = prices
    taken = theta * deficit
    over = max(0.0, taken - deficit)
    return -lam * taken + mu * max(0.0, largest - taken) + nu * over * over


def surrogate_slope(
    theta: float,
    deficit: float,
    largest: float,
    prices: tuple[float, float, float],
    normalised: bool,
) -> float:
    """S-OMD-surrogate: "subgradient -λD - μD·1{υ>θD} + 2ν(θD-D)_+D", "normalise by D".

    Reading: normalised = divided by D once. Zero without deficit.
    """
    if deficit <= 0:
        return 0.0
    lam, mu, nu = prices
    slope = -lam - (mu if largest > theta * deficit else 0.0)
    slope += 2 * nu * max(0.0, theta * deficit - deficit)
    return slope if normalised else slope * deficit


def surrogate_path(
    start: float,
    deficits: list[float],
    largest: list[float],
    prices: tuple[float, float, float],
    steps: list[float],
    normalised: bool,
    cap: float = 1.0,
) -> list[float]:
    """S-OMD-surrogate: θ published for each round, learnt from the rounds before.

    Reading: no backtracking, since it cannot act: f falls in θ on all of [0, 1] (for λ, μ >= 0),
    so every step descends and the path climbs to the cap and stays.
    """
    path = [start]
    for t in range(len(deficits) - 1):
        slope = surrogate_slope(path[-1], deficits[t], largest[t], prices, normalised)
        path.append(clipped(path[-1] - steps[t] * slope, 0.0, cap))
    return path


def lagged_budgets(path: list[float], deficits: list[float]) -> list[float]:
    """Lagged publication: "publish θ before D known, B = θ_t·D_{t-1}"; NaN in the first round."""
    return [math.nan] + [path[t] * deficits[t - 1] for t in range(1, len(path))]


def ex_ante(
    start: float,
    true_slopes: list[float],
    quantities: list[float],
    steps: list[float],
    bounds: tuple[float, float],
) -> tuple[list[float], list[float]]:
    """S-exante: "B = α̂_t Q_t², α̂ by projected OGD on |α-α_t|".  Returns α̂ and B of each round.

    Reading: α̂_t is fixed before α_t is seen; sign(0) = 0.
    """
    estimates = [start]
    for t in range(len(true_slopes) - 1):
        moved = estimates[-1] - steps[t] * sign(estimates[-1] - true_slopes[t])
        estimates.append(clipped(moved, *bounds))
    return estimates, [a * q * q for a, q in zip(estimates, quantities, strict=True)]


def no_wait(theta: float, deficit: float, premium: float) -> tuple[float, float]:
    """S-NW: "enforce theta_t D_t >= Gamma_t (liquidity premium)".  Returns θ and what is missing.

    Reading: the smallest θ >= the proposed one that does, at most 1; missing = (Γ - θD)_+ USD.
    """
    if deficit <= 0:
        return theta, max(0.0, premium)
    raised = min(1.0, max(theta, premium / deficit))
    return raised, max(0.0, premium - raised * deficit)


def fund_cost(size: float, losses: list[float], holding_rate: float, penalty: float) -> float:
    """1.2: "rK + kappa E(D-K)_+", E the mean over the sample."""
    shortfall = math.fsum(max(0.0, d - size) for d in losses) / len(losses)
    return holding_rate * size + penalty * shortfall


def newsvendor_fund(losses: list[float], holding_rate: float, penalty: float) -> float:
    """1.2: "K* = VaR_{1-r/kappa}(D), 0 if r >= kappa".

    Reading: VaR is the lower quantile, the smallest observed loss with F(loss) >= 1 - r/κ; r and κ
    are taken as the decimals they are written as.
    """
    if holding_rate >= penalty:
        return 0.0
    level = 1 - Fraction(str(holding_rate)) / Fraction(str(penalty))
    for loss in sorted(losses):
        if Fraction(sum(1 for other in losses if other <= loss), len(losses)) >= level:
            return loss
    raise ValueError("give at least one loss")
