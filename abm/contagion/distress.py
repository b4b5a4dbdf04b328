"""Distress: how the loss of one institution's equity becomes its creditors' loss. Columns `[N]`.

`exposures_usd[i, j]` is what i has lent to j, `distress` h the lost share of equity, 0 unhurt to
1 in default. Relative leverage Λ_ij = A_ij / E_i turns j's distress into i's:

    differential   h_i(t+1) = min(1, h_i(t) + sum_j Λ_ij (h_j(t) - h_j(t-1)))
    single hit     the same with W = min(1, Λ), but every j passes on its distress once only

The differential rule sums to h(t+1) = min(1, h(1) + Λ h(t)), so its limit is the least fixed point
of a monotone map; sweeps in place reach it in about half the rounds, and what is linear at the end
is solved at once. Without defaults it is h = (I - Λ)^-1 h(1). The single hit leaves out what comes
back along cycles.

Sources: Battiston, Puliga, Kaushik, Tasca, Caldarelli, "DebtRank: too central to fail?",
Scientific Reports 2 (2012) 541; Bardoscia, Battiston, Caccioli, Caldarelli, "DebtRank: a
microscopic foundation for shock propagation", PLoS ONE 10 (2015) e0130406.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from abm.contagion.standing import solve_standing
from abm.kernel import kernel
from abm.units import Codes, Floats

DISTRESS_TOL = 1e-8
"""A sweep that moves nobody's distress by more than this is the last [share of equity]."""

MAX_SWEEPS = 100_000
"""A cascade that still moves after so many sweeps is an error."""

PATIENCE = 8
"""Sweeps without a new default after which the rest is taken for linear."""

WORTH_SOLVING = 16
"""Sweeps that cost as much as solving the rest at once."""

UNHURT, DISTRESSED, INACTIVE = 0, 1, 2


@dataclass(frozen=True)
class Distress:
    """Where a cascade of distress ends.

    Attributes:
        distress: `[N]` lost share of equity, in [0, 1].
        rounds: how many rounds or sweeps it took.
    """

    distress: Floats  # [N]
    rounds: int


def relative_leverage(exposures_usd: Any, equity_usd: Floats) -> csr_array:
    """Λ_ij = A_ij / E_i [1]: `[N, N]`, sparse. Build it once, change its `.data` in place.

    Args:
        exposures_usd: `[N, N]` sparse or dense, what i (row) has lent to j (column), >= 0.
        equity_usd: `[N]`, > 0.

    Raises:
        ValueError: shapes differ, an exposure is negative, or somebody has no equity.
    """
    exposures = csr_array(exposures_usd, dtype=np.float64)
    equity = np.asarray(equity_usd, np.float64)
    if exposures.shape != (equity.size, equity.size):
        raise ValueError(
            f"exposures are {exposures.shape} for {equity.size} institutions: give [N, N] and [N]"
        )
    if not (exposures.data >= 0.0).all():
        raise ValueError("an exposure is negative or not a number: give what i has lent to j")
    if not (equity > 0.0).all():
        bad = int(np.flatnonzero(~(equity > 0.0))[0])
        raise ValueError(f"equity of institution {bad} is {equity[bad]}: leave the defaulted out")
    leverage = exposures.copy()
    leverage.data = exposures.data / np.repeat(equity, np.diff(exposures.indptr))
    return leverage


def impact(leverage: csr_array) -> csr_array:
    """W_ij = min(1, Λ_ij) [1]: nobody loses more than its equity to one debtor."""
    capped = leverage.copy()
    capped.data = np.minimum(1.0, leverage.data)
    return capped


def _checked(matrix: csr_array, shock: Floats) -> Floats:
    """The shock as a column of shares.

    Raises:
        ValueError: it is not `[N]` or leaves [0, 1].
    """
    column = np.asarray(shock, np.float64)
    if column.shape != (matrix.shape[0],):
        raise ValueError(f"the shock is {column.shape}: give one number per institution")
    if not ((column >= 0.0) & (column <= 1.0)).all():
        raise ValueError("the shock is a lost share of equity: give numbers in [0, 1]")
    return column


@kernel
def _sweep(
    indptr: Any, indices: Any, leverage: Floats, shock: Floats, distress: Floats
) -> tuple[float, bool]:
    """h_i <- min(1, shock_i + sum_j Λ_ij h_j), in place; largest change, and does one default?"""
    largest, defaults = 0.0, False
    for i in range(distress.size):
        old = distress[i]
        if old < 1.0:
            total = shock[i]
            for place in range(indptr[i], indptr[i + 1]):
                total += leverage[place] * distress[indices[place]]
            new = max(old, min(1.0, total))
            distress[i] = new
            largest = max(largest, new - old)
            defaults = defaults or new >= 1.0
    return float(largest), defaults


@kernel
def _limit(
    indptr: Any,
    indices: Any,
    leverage: Floats,
    shock: Floats,
    tolerance: float,
    distress: Floats,
) -> int:
    """Sweep until nobody moves: `distress` `[N]` in and out; how many sweeps, -1 if too many.

    When nobody has defaulted for `PATIENCE` sweeps and at this pace more than `WORTH_SOLVING` are
    to come, the rest is solved at once; where that fails the patience doubles, so that failures
    cost no more than the sweeps.
    """
    calm, patience, before = 0, PATIENCE, 1.0
    for done in range(MAX_SWEEPS):
        moved, defaults = _sweep(indptr, indices, leverage, shock, distress)
        if moved <= tolerance:
            return done + 1
        calm = 0 if defaults else calm + 1
        pace, before = moved / before, moved
        if calm >= patience and moved * pace**WORTH_SOLVING > tolerance:
            if solve_standing(indptr, indices, leverage, shock, tolerance, distress):
                return done + 1
            calm, patience = 0, 2 * patience
    return -1


@kernel
def _step(
    indptr: Any, indices: Any, leverage: Floats, shock: Floats, before: Floats, after: Floats
) -> float:
    """h_i(t+1) = min(1, h_i(1) + sum_j Λ_ij h_j(t)): `after` `[N]` out; the largest change."""
    largest = 0.0
    for i in range(before.size):
        total = shock[i]
        for place in range(indptr[i], indptr[i + 1]):
            total += leverage[place] * before[indices[place]]
        after[i] = max(before[i], min(1.0, total))
        largest = max(largest, after[i] - before[i])
    return float(largest)


def differential_debtrank(
    leverage: csr_array, shock: Floats, tolerance: float = DISTRESS_TOL
) -> Distress:
    """Where differential DebtRank ends: the least h = min(1, shock + Λ h).

    Args:
        leverage: `[N, N]` of `relative_leverage`.
        shock: `[N]` share of equity that is lost first, h(1).
        tolerance: at the end h and min(1, shock + Λ h) differ by no more [share of equity]; with
            spectral radius r among those standing the limit is at about 1 / (1 - r) of it.

    Raises:
        ValueError: the shock is no column of shares.
        ArithmeticError: it still moves after `MAX_SWEEPS` sweeps.

    Source: Bardoscia et al. (2015), equation (9).
    """
    column = _checked(leverage, shock)
    distress = column.copy()
    sweeps = _limit(leverage.indptr, leverage.indices, leverage.data, column, tolerance, distress)
    if sweeps < 0:
        raise ArithmeticError(
            f"distress still moves after {MAX_SWEEPS} sweeps: raise the tolerance above {tolerance}"
        )
    return Distress(distress, sweeps)


def distress_path(leverage: csr_array, shock: Floats, rounds: int) -> Floats:
    """Differential DebtRank round by round: `[rounds + 1, N]`, first row the shock.

    Raises:
        ValueError: the shock is no column of shares, or `rounds` is negative.
    """
    if rounds < 0:
        raise ValueError(f"rounds is {rounds}: give at least 0")
    column = _checked(leverage, shock)
    path = np.empty((rounds + 1, column.size))
    path[0] = column
    for t in range(rounds):
        _step(leverage.indptr, leverage.indices, leverage.data, column, path[t], path[t + 1])
    return path


@kernel
def _single_hit(
    indptr: Any, indices: Any, impacts: Floats, state: Codes, distress: Floats, after: Floats
) -> int:
    """Rounds until nobody is newly distressed: `distress` `[N]` in and out, `state` `[N]` in."""
    count = distress.size
    for done in range(count + 1):
        for i in range(count):
            total = distress[i]
            if total < 1.0:
                for place in range(indptr[i], indptr[i + 1]):
                    j = indices[place]
                    if state[j] == DISTRESSED:
                        total += impacts[place] * distress[j]
            after[i] = min(1.0, total)
        active = False
        for i in range(count):
            if state[i] == DISTRESSED:
                state[i] = INACTIVE
            elif state[i] == UNHURT and after[i] > 0.0:
                state[i] = DISTRESSED
                active = True
            distress[i] = after[i]
        if not active:
            return done + 1
    return count + 1  # each round makes somebody inactive, so this is not reached


def debtrank(leverage: csr_array, shock: Floats) -> Distress:
    """Where the single-hit DebtRank of 2012 ends; the impacts are capped at 1 here.

    States: unhurt, distressed (passes its distress on once), inactive (only receives).

    Args:
        leverage: `[N, N]` of `relative_leverage`.
        shock: `[N]` share of equity that is lost first; whoever has some is distressed.

    Raises:
        ValueError: the shock is no column of shares.

    Source: Battiston et al. (2012), Methods.
    """
    distress = _checked(leverage, shock).copy()
    state = np.where(distress > 0.0, DISTRESSED, UNHURT).astype(np.int8)
    capped = np.minimum(1.0, leverage.data)
    rounds = _single_hit(
        leverage.indptr, leverage.indices, capped, state, distress, np.empty_like(distress)
    )
    return Distress(distress, rounds)


def systemic_loss(distress: Floats, shock: Floats, weights: Floats) -> float:
    """R = sum_j (h_j - h_j(1)) v_j, the weighted distress that contagion adds [1].

    Args:
        distress: `[N]` at the end.
        shock: `[N]` at the start.
        weights: `[N]` economic value; only its proportions count.

    Raises:
        ValueError: the weights have no positive total.
    """
    total = float(np.sum(weights))
    if not total > 0.0:
        raise ValueError("the weights have no total: give at least one above 0")
    return float(np.dot(np.asarray(distress) - np.asarray(shock), weights) / total)


def loss_of_each_default(leverage: csr_array, weights: Floats, single_hit: bool = False) -> Floats:
    """R when i alone defaults, for every i: `[N]` [1], the DebtRank of each institution.

    Args:
        leverage: `[N, N]` of `relative_leverage`.
        weights: `[N]` economic value.
        single_hit: the rule of 2012 instead of the differential one.
    """
    rule = debtrank if single_hit else differential_debtrank
    losses = np.empty(leverage.shape[0])
    for i in range(losses.size):
        shock = np.zeros(losses.size)
        shock[i] = 1.0
        losses[i] = systemic_loss(rule(leverage, shock).distress, shock, weights)
    return losses
