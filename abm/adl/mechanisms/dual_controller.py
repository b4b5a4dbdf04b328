"""MDIC: mirror descent on severity and weights under priced constraints, by primal-dual steps.

    state      theta in [0, 1] (Euclidean), v on the simplex `[N]` (entropic)
    allocation B = theta D, x = min(w, tau v w) with sum x = B, h = x / w
    loss       l = |theta - theta*| + f max_i h_i            theta* = min(1, B* / D)
    Lagrangian l + sum_k p_k c_k,  p_k <- (p_k + gamma_t c_k)+,  steps eta_0 / sqrt(t)

The source asks for constraints and names none, so these three are this laboratory's own; c <= 0:

    retention  (1 - eps) - sum w exp(-beta h) / sum w        value kept after churn
    fund       (1 - theta) - F / D                           the fund pays what ADL does not
    cap        max_i h_i - h_bar                             no account loses more than a share

Losses and constraints are dimensionless. The gradient with respect to v is that of the water level:
h_i = tau v_i on the open accounts I, tau = (B - sum of saturated w) / S, S = sum_I v w, hence
dh_i/dv_j = tau (1{i=j} - v_i w_j / S) and dh_i/dB = v_i / S. Only the average violation vanishes:
a single round may violate every constraint. Source: [Chitra2025] = arXiv:2512.01112, MDIC.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.controllers import entropic_step, weighted_taken
from abm.adl.mechanisms.split import book, usd
from abm.units import Floats

CONSTRAINTS = ("retention", "fund", "cap")


class Round(NamedTuple):
    """What a round turns out to be, seen after the controller has moved.

    Attributes:
        endowment_usd: w `[N]` > 0.
        deficit_usd: D > 0.
        needed_usd: B* >= 0, the budget that would have been right.
        fund_usd: F >= 0.
    """

    endowment_usd: Floats
    deficit_usd: float
    needed_usd: float
    fund_usd: float


class DualPath(NamedTuple):
    """The path of the controller over T rounds.

    Attributes:
        theta: `[T]`.
        taken_usd: one `[N]` per round, `[T, N]`.
        prices: multipliers when the round began, `[T, 3]` in the order of `CONSTRAINTS`.
        violation: c of each round, `[T, 3]`; positive is violated.
        loss: `[T]`.
    """

    theta: Floats
    taken_usd: Floats
    prices: Floats
    violation: Floats
    loss: Floats


@dataclass(frozen=True)
class DualController:
    """MDIC with the three constraints above.

    Attributes:
        churn: beta > 0 of exp(-beta h).
        lost_value: eps in [0, 1], share of value that churn may cost.
        haircut_cap: h_bar in [0, 1].
        fairness: f >= 0, price of the largest haircut in the loss.
        theta_rate, weight_rate, price_rate: eta_0 of the three updates; the weights' is per unit of
            the relative weight N v, so that it does not depend on N.
        mixing: share of uniform weights mixed in after every step, so that none dies out.
        first: theta_1.
    """

    churn: float = 5.0
    lost_value: float = 0.4
    haircut_cap: float = 0.5
    fairness: float = 0.1
    theta_rate: float = 0.5
    weight_rate: float = 0.5
    price_rate: float = 1.0
    mixing: float = 0.01
    first: float = 0.5

    def __post_init__(self) -> None:
        for name in ("churn", "fairness", "theta_rate", "weight_rate", "price_rate"):
            usd(name, getattr(self, name))
        for name in ("lost_value", "haircut_cap", "mixing", "first"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; give a share in [0, 1]")
        if self.mixing == 0.0:
            raise ValueError("mixing is 0; give a share above 0, so that no weight dies out")

    def run(self, rounds: tuple[Round, ...]) -> DualPath:
        """Play every round: allocate, see the round, step down in (theta, v), up in prices.

        Raises:
            ValueError: when there is no round, a deficit or endowment is not positive, a number is
                not finite, or the number of accounts changes.
        """
        _require_rounds(rounds)
        accounts = rounds[0].endowment_usd.size
        weights = np.full(accounts, 1.0 / accounts)
        theta, prices = self.first, np.zeros(len(CONSTRAINTS))
        rows = []
        for t, round_ in enumerate(rounds, start=1):
            taken_usd = weighted_taken(round_.endowment_usd, weights, theta * round_.deficit_usd)
            haircut = taken_usd / round_.endowment_usd
            violation = self.constraints(theta, haircut, round_)
            rows.append((theta, taken_usd, prices, violation, self.loss(theta, haircut, round_)))
            slope_theta, slope_weights = self._gradient(theta, weights, prices, round_)
            root = math.sqrt(t)
            theta = min(max(theta - self.theta_rate / root * slope_theta, 0.0), 1.0)
            weights = entropic_step(weights, slope_weights / accounts, self.weight_rate / root)
            weights = (1.0 - self.mixing) * weights + self.mixing / accounts
            prices = np.maximum(prices + self.price_rate / root * violation, 0.0)
        return DualPath(*(np.array(column) for column in zip(*rows, strict=True)))

    def loss(self, theta: float, haircut: Floats, round_: Round) -> float:
        """|theta - theta*| + f max h."""
        needed = min(1.0, round_.needed_usd / round_.deficit_usd)
        return abs(theta - needed) + self.fairness * float(haircut.max())

    def constraints(self, theta: float, haircut: Floats, round_: Round) -> Floats:
        """Values c `[3]` in the order of `CONSTRAINTS`, <= 0 where they hold."""
        share = round_.endowment_usd / round_.endowment_usd.sum()
        kept = float(share @ np.exp(-self.churn * haircut))
        return np.array(
            [
                (1.0 - self.lost_value) - kept,
                (1.0 - theta) - round_.fund_usd / round_.deficit_usd,
                float(haircut.max()) - self.haircut_cap,
            ]
        )

    def _gradient(
        self, theta: float, weights: Floats, prices: Floats, round_: Round
    ) -> tuple[float, Floats]:
        """Of the Lagrangian in theta and in v, through the water level (see the file's head)."""
        endowment_usd, deficit_usd = round_.endowment_usd, round_.deficit_usd
        taken_usd = weighted_taken(endowment_usd, weights, theta * deficit_usd)
        haircut = taken_usd / endowment_usd
        by_haircut = self._by_haircut(haircut, prices, endowment_usd)
        needed = min(1.0, round_.needed_usd / deficit_usd)
        slope_theta = float(np.sign(theta - needed)) - float(prices[1])
        is_open = taken_usd < endowment_usd
        if not is_open.any():
            return slope_theta, np.zeros(weights.size)
        open_mass = float((weights * endowment_usd)[is_open].sum())  # S
        level = float(taken_usd[is_open].sum()) / open_mass  # tau
        push = np.where(is_open, by_haircut, 0.0)
        mean_push = float(push @ weights) / open_mass
        slope_theta += mean_push * deficit_usd
        slope_weights = np.where(is_open, level * (push - mean_push * endowment_usd), 0.0)
        return slope_theta, slope_weights

    def _by_haircut(self, haircut: Floats, prices: Floats, endowment_usd: Floats) -> Floats:
        """dL/dh_i `[N]`: churn for all, the largest haircut for the first account that has it."""
        share = endowment_usd / endowment_usd.sum()
        slope = prices[0] * self.churn * share * np.exp(-self.churn * haircut)
        slope[int(np.argmax(haircut))] += self.fairness + prices[2]
        return np.asarray(slope)


def _require_rounds(rounds: tuple[Round, ...]) -> None:
    if not rounds:
        raise ValueError("rounds is empty; give at least one round")
    accounts = rounds[0].endowment_usd.size
    for round_ in rounds:
        endowment_usd, deficit_usd = book(round_.endowment_usd, round_.deficit_usd)
        if endowment_usd.size != accounts or not np.all(endowment_usd > 0.0):
            raise ValueError("endowment_usd must be > 0 and of one length; drop empty accounts")
        if not deficit_usd > 0.0:
            raise ValueError("deficit_usd must be > 0; leave rounds without deficit out")
        usd("needed_usd", round_.needed_usd)
        usd("fund_usd", round_.fund_usd)
