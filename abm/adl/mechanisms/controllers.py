"""Severity controllers: learn, from the rounds before, how much of a deficit to socialise.

    tracking loss    l_t(theta) = D_t |theta - theta*_t|,     theta*_t = min(1, B*_t / D_t)
    S-OGD            theta_{t+1} = clip(theta_t - eta_t D_t sign(theta_t - theta*_t), 0, cap_t)
    surrogate loss   f_t(theta) = -l theta D + m (v - theta D)+ + k ((theta D - D)+)^2
    S-OMD            theta_{t+1} = clip(theta_t - eta_t f'_t(theta_t), 0, cap_t), with backtracking
    Dynamic2         S-OMD started at the levered pro-rata fixed point of the first deficit
    weights          v_{t+1} proportional to v_t exp(-eta_t g_t), taken = water-filling of v w

T rounds, N accounts; D deficit, B* needed budget, v largest endowment [USD]; eta_t either constant
or eta_0 / sqrt(t). On [0, 1] the surrogate falls in theta, so its minimiser is always the cap.
Sources: [Chitra2026] = arXiv:2602.15182, Proposition 1 for S-OGD and its step; [Chitra2025] =
arXiv:2512.01112v1, appendix H, for S-OMD, lagged publication and Dynamic2.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from abm.adl.mechanisms.shares import fill_by_weight
from abm.adl.mechanisms.split import book, column
from abm.units import Floats

HALVINGS = 30
"""Longest backtracking line search [halvings of the step]."""


@dataclass(frozen=True)
class ConstantStep:
    """eta_t = rate."""

    rate: float

    def at(self, _round: int) -> float:
        """Step of round 1, 2, ..."""
        return self.rate


@dataclass(frozen=True)
class RootStep:
    """eta_t = rate_first / sqrt(t)."""

    rate_first: float

    def at(self, _round: int) -> float:
        """Step of round 1, 2, ..."""
        return self.rate_first / math.sqrt(_round)


type Step = ConstantStep | RootStep


def needed_severity(needed_usd: Floats, deficit_usd: Floats) -> Floats:
    """theta* = min(1, B* / D) of each round, `[T]`.

    Raises:
        ValueError: when a deficit is not positive, such a round needs no severity, or a needed
            budget is negative or not finite.
    """
    deficit_usd, needed_usd = column("deficit_usd", deficit_usd), column("needed_usd", needed_usd)
    if not np.all(deficit_usd > 0.0):
        raise ValueError("deficit_usd has a round without deficit; leave such rounds out")
    return np.asarray(np.minimum(1.0, needed_usd / deficit_usd))


def path_length(theta: Floats) -> float:
    """P = sum |theta_t - theta_{t-1}| of a path `[T]`."""
    return float(np.abs(np.diff(theta)).sum())


def dynamic_regret_bound(theta: Floats, deficit_usd: Floats) -> float:
    """sqrt((1 + 2 P) sum D^2) [USD]: Proposition 1 of [Chitra2026], for the tuned step."""
    return math.sqrt((1.0 + 2.0 * path_length(theta)) * float(deficit_usd @ deficit_usd))


def tuned_step(theta: Floats, deficit_usd: Floats) -> ConstantStep:
    """eta* = sqrt((1 + 2 P) / sum D^2): best in hindsight, it knows the path `theta` `[T]`.

    Raises:
        ValueError: when there never is a deficit: then no step is better than another.
    """
    energy = float(deficit_usd @ deficit_usd)
    if not energy > 0.0:
        raise ValueError("deficit_usd is 0 in every round; give a round with a deficit")
    return ConstantStep(math.sqrt((1.0 + 2.0 * path_length(theta)) / energy))


def tracking_loss(theta: Floats, needed: Floats, deficit_usd: Floats) -> Floats:
    """D |theta - theta*| of each round [USD], `[T]`."""
    return np.asarray(deficit_usd * np.abs(theta - needed))


@dataclass(frozen=True)
class SeverityGradient:
    """S-OGD: one subgradient step on the tracking loss after each round.

    Attributes:
        step: eta_t [1 / USD].
        first: theta_1 in [0, 1], before anything is known.
    """

    step: Step
    first: float = 0.0

    def run(self, needed: Floats, deficit_usd: Floats, cap: Floats) -> Floats:
        """Severities `[T]`, each chosen before its round.

        Args:
            needed: theta* `[T]`; not read in a round without deficit, which teaches nothing.
            deficit_usd: D `[T]`.
            cap: upper end of the domain of each round `[T]`.

        Raises:
            ValueError: when a number that is read is negative, NaN or infinite.
        """
        deficit_usd, cap = column("deficit_usd", deficit_usd), column("cap", cap)
        needed = column("needed", np.where(deficit_usd > 0.0, needed, 0.0))
        theta = np.empty(needed.size)
        current = self.first
        for t in range(needed.size):
            theta[t] = current = min(max(current, 0.0), float(cap[t]))
            slope_usd = deficit_usd[t] * np.sign(current - needed[t])
            current -= self.step.at(t + 1) * float(slope_usd)
        return theta


@dataclass(frozen=True)
class Surrogate:
    """The published convex surrogate of severity, its three weights.

    Attributes:
        reward: lambda >= 0 [1 / USD of budget].
        top_weight: mu >= 0, on what the largest endowment keeps above the budget [1 / USD].
        excess_weight: nu >= 0, on a budget above the deficit [1 / USD^2].
    """

    reward: float
    top_weight: float
    excess_weight: float

    def loss(self, theta: float, deficit_usd: float, top_usd: float) -> float:
        """f(theta) of a round with deficit D and largest endowment v."""
        budget_usd = theta * deficit_usd
        left_usd = max(top_usd - budget_usd, 0.0)
        excess_usd = max(budget_usd - deficit_usd, 0.0)
        return (
            self.excess_weight * excess_usd * excess_usd
            + self.top_weight * left_usd
            - self.reward * budget_usd
        )

    def slope(self, theta: float, deficit_usd: float, top_usd: float) -> float:
        """A subgradient -l D - m D 1{v > theta D} + 2 k (theta D - D)+ D."""
        budget_usd = theta * deficit_usd
        excess_usd = max(budget_usd - deficit_usd, 0.0)
        gain = self.reward + self.top_weight * float(top_usd > budget_usd)
        return (2.0 * self.excess_weight * excess_usd - gain) * deficit_usd


@dataclass(frozen=True)
class SurrogateDescent:
    """S-OMD on the surrogate, Euclidean, with backtracking.

    Attributes:
        surrogate: f.
        step: eta_t; [1] when the gradient is in units of the deficit, else [1 / USD].
        first: theta_1.
        gradient: "usd" as published, where a step of order eta D jumps across [0, 1]; "deficit"
            divides it by D.
    """

    surrogate: Surrogate
    step: Step
    first: float
    gradient: Literal["usd", "deficit"] = "usd"

    def __post_init__(self) -> None:
        if self.gradient not in ("usd", "deficit"):
            raise ValueError(f"gradient is {self.gradient!r}: choose 'usd' or 'deficit'")

    def run(self, deficit_usd: Floats, top_usd: Floats, cap: Floats) -> Floats:
        """Severities `[T]`, each published before its round, cut to the round's cap.

        Args:
            deficit_usd: D `[T]`; a round without deficit teaches nothing.
            top_usd: largest endowment v `[T]`.
            cap: `[T]`.

        Raises:
            ValueError: when a number is negative, NaN or infinite.
        """
        deficit_usd, top_usd = column("deficit_usd", deficit_usd), column("top_usd", top_usd)
        cap = column("cap", cap)
        theta = np.empty(deficit_usd.size)
        current = self.first
        for t in range(deficit_usd.size):
            theta[t] = current = min(max(current, 0.0), float(cap[t]))
            if deficit_usd[t] > 0.0:
                book = float(deficit_usd[t]), float(top_usd[t]), float(cap[t])
                current = self._next(current, self.step.at(t + 1), book)
        return theta

    def _next(self, theta: float, rate: float, book: tuple[float, float, float]) -> float:
        """A projected step, halved until the loss does not rise."""
        deficit_usd, top_usd, cap = book
        slope = self.surrogate.slope(theta, deficit_usd, top_usd)
        if self.gradient == "deficit":
            slope /= deficit_usd
        here = self.surrogate.loss(theta, deficit_usd, top_usd)
        for halving in range(HALVINGS):
            moved = min(max(theta - rate * slope * 0.5**halving, 0.0), cap)
            if self.surrogate.loss(moved, deficit_usd, top_usd) <= here:
                return moved
        return theta


def lagged_budget(theta: Floats, deficit_usd: Floats) -> Floats:
    """B_t = theta_t D_{t-1} `[T]` [USD]: set before D_t is known; NaN in the first round.

    The published forecast of the next deficit is the last one; the first round has none. Budgets
    may exceed the deficit.
    """
    forecast_usd = np.concatenate(([np.nan], deficit_usd))[:-1]  # [T]
    return np.asarray(theta * forecast_usd)


def levered_fixed_point(endowment_usd: Floats, leverage: Floats, deficit_usd: float) -> float:
    """Severity at which levered pro-rata raises just its share: theta D = sum w min(1, theta l).

    The source names this start and gives no formula; this one reads the severity as the
    multiplier of leverage. What the rule raises per unit of theta falls in theta, so there is one
    positive solution when sum w l > D, and otherwise none (0).

    Args:
        endowment_usd: w `[N]`.
        leverage: l `[N]` >= 0.
        deficit_usd: D > 0.

    Returns:
        theta in [0, 1].

    Raises:
        ValueError: when the deficit is not positive, or a number is negative or not finite.
    """
    endowment_usd, deficit_usd = book(endowment_usd, deficit_usd)
    leverage = column("leverage", leverage)
    if not deficit_usd > 0.0:
        raise ValueError(f"deficit_usd is {deficit_usd}; give a round with a deficit")
    if float(endowment_usd @ leverage) <= deficit_usd:
        return 0.0

    def surplus_usd(theta: float) -> float:
        raised = endowment_usd @ np.minimum(1.0, theta * leverage)
        return float(raised) - theta * deficit_usd

    if surplus_usd(1.0) >= 0.0:
        return 1.0
    slack = 1.0 / float(leverage.max())  # below it nobody is saturated and the surplus is positive
    return float(brentq(surplus_usd, min(slack, 1.0), 1.0, xtol=1e-15))


@dataclass(frozen=True)
class WarmStartedDescent:
    """Dynamic2: the descent, started at the levered pro-rata fixed point of the first deficit."""

    descent: SurrogateDescent

    def run(
        self,
        deficit_usd: Floats,
        top_usd: Floats,
        cap: Floats,
        first_book: tuple[Floats, Floats],
    ) -> Floats:
        """Severities `[T]`; `first_book` is endowment [USD] and leverage `[N]` of round 1."""
        start = levered_fixed_point(*first_book, float(deficit_usd[0]))
        return replace(self.descent, first=start).run(deficit_usd, top_usd, cap)


def entropic_step(weights: Floats, gradient: Floats, rate: float) -> Floats:
    """Mirror descent on the simplex `[N]` under negative entropy: v exp(-rate g), normalised.

    A weight of 0 stays 0; the largest term is scaled to 1, so that no sum overflows or vanishes.
    """
    log_weight = np.log(weights, out=np.full(weights.size, -np.inf), where=weights > 0.0)
    exponent = log_weight - rate * gradient
    scaled = np.exp(exponent - exponent.max())
    return np.asarray(scaled / scaled.sum())


def weighted_taken(endowment_usd: Floats, weights: Floats, budget_usd: float) -> Floats:
    """What weights make accounts pay: x = min(w, tau v w), sum x = min(B, endowment with weight).

    Args:
        endowment_usd: w `[N]`.
        weights: v >= 0 `[N]`; equal weights are pro-rata.
        budget_usd: B >= 0.

    Raises:
        ValueError: when a number is negative, NaN or infinite.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    weights = column("weights", weights)
    return fill_by_weight(weights * endowment_usd, endowment_usd, budget_usd).taken_usd


@dataclass(frozen=True)
class EntropicWeights:
    """Online vector rule: weights over accounts that a price per unit of haircut moves.

    Attributes:
        step: eta_t per unit of the price.
    """

    step: Step

    def run(self, endowment_usd: Floats, budget_usd: Floats, price: Floats) -> Floats:
        """Dollars taken `[T, N]`.

        Args:
            endowment_usd: w `[T, N]`.
            budget_usd: B `[T]`.
            price: g `[T, N]`, the marginal cost of weight on an account, seen after its round.
        """
        rounds, accounts = endowment_usd.shape
        weights = np.full(accounts, 1.0 / accounts)
        taken_usd = np.empty((rounds, accounts))
        for t in range(rounds):
            taken_usd[t] = weighted_taken(endowment_usd[t], weights, float(budget_usd[t]))
            weights = entropic_step(weights, price[t], self.step.at(t + 1))
        return taken_usd
