"""Risk weights: who is likelier to fall next pays a larger share. Columns `[N]`, money in USD.

    RAP                 h_i = min(beta_i, tau r_i),  sum h w = B,   r_i = lambda_i g(lambda_i)
    levered pro-rata    h_i = min(1, tau l_i)
    greedy              the queue by rho_i e_i / w_i
    next deficit        delta = sum (1 - h_i) (e_i)+ rho_i

lambda = N / e is effective leverage, l leverage on cash; rho = lambda psi(1 / lambda) is the
expected shortfall per dollar of equity under the next shock, psi(u) = E (u + Z)_-.

RAP does not minimise delta. The programme min delta over {0 <= h <= 1, sum h w = B} is a
fractional knapsack, solved by the greedy queue on rho e / w; with w = (e)+ RAP is never worse than
pro-rata, with w = (PNL)+ it can be: w = (1, 10), e = (20, 11), rho = (1, 2), B = 1 leaves 38.95
under RAP, 38.18 under pro-rata. Printed levered pro-rata, h proportional to l without the common
rate tau, does not balance the budget; tau is solved for here.

delta lets a haircut h shrink the whole equity and its position. Where w < (e)+ only x = h w leaves
the account, and the deficit left is sum ((e_i)+ - x_i) rho_i: the queue by rho alone minimises it.

Source: [Chitra2025] (arXiv:2512.01112), risk-aware pro-rata, levered pro-rata.
"""

import numpy as np

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.shares import capped, fill_by_weight
from abm.adl.mechanisms.split import Split, book, column, same_length, signed_column, usd
from abm.units import Floats


def linear(leverage: Floats) -> Floats:
    """Weights r = lambda^2, from g(lambda) = lambda: `[N]`.

    Source: [Chitra2025], RAP with linear g.
    """
    return power(leverage, 1.0)


def power(leverage: Floats, exponent: float) -> Floats:
    """Weights r = lambda^(1 + c), from g(lambda) = lambda^c: `[N]`.

    Args:
        leverage: effective leverage >= 0, `[N]`.
        exponent: c > -1, so that r grows with leverage.

    Raises:
        ValueError: a leverage is negative or not finite, or c <= -1.

    Source: [Chitra2025], RAP with power g.
    """
    if not exponent > -1.0:
        raise ValueError(f"exponent is {exponent}: give a number above -1")
    return column("leverage", leverage) ** (1.0 + exponent)


def cvar(leverage: Floats, threshold: float) -> Floats:
    """Weights r = lambda (lambda - tau0)+, from g(lambda) = (lambda - tau0)+: `[N]`.

    Accounts at or below the threshold have weight 0 and pay nothing, even when the others cannot
    fill the budget: RAP then reports the rest as unfilled.

    Args:
        leverage: effective leverage >= 0, `[N]`.
        threshold: tau0 >= 0.

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Chitra2025], RAP with CVaR g.
    """
    leverage = column("leverage", leverage)
    return leverage * np.maximum(leverage - usd("threshold", threshold), 0.0)


def shortfall_density(leverage: Floats, shocks: Floats) -> Floats:
    """Expected shortfall per dollar of equity: rho = lambda psi(1 / lambda), `[N]`.

    psi(u) = E (u + Z)_-, so rho = E (1 + lambda Z)_- over the draws of Z: a position of notional
    lambda per dollar of equity loses its equity and (1 + lambda Z)_- more. rho is 0 without
    leverage, non-decreasing and convex in it.

    Args:
        leverage: effective leverage >= 0, `[N]`.
        shocks: draws of Z, return of the position over the next period, any sign, `[draws]`.

    Returns:
        rho [1].

    Raises:
        ValueError: a leverage is negative, a number is not finite, or there are no shocks.

    Source: [Chitra2025], next-round expected deficit.
    """
    leverage = column("leverage", leverage)
    ordered = np.sort(signed_column("shocks", shocks))
    if ordered.size == 0:
        raise ValueError("shocks is empty: give at least one draw of the next return")
    survivable = np.full(leverage.size, -np.inf)  # the lowest Z that leaves no shortfall
    np.divide(-1.0, leverage, out=survivable, where=leverage > 0.0)
    breaches = np.searchsorted(ordered, survivable)
    worst_total = np.concatenate([[0.0], np.cumsum(ordered)])[breaches]
    shortfall: Floats = np.maximum(-(breaches + leverage * worst_total), 0.0) / ordered.size
    return shortfall


def levered_pro_rata(endowment_usd: Floats, leverage: Floats, budget_usd: float) -> Split:
    """The haircut is proportional to leverage on cash: h_i = min(1, tau l_i).

    Args:
        endowment_usd: w >= 0, `[N]`.
        leverage: l >= 0, `[N]`; an account without leverage pays nothing.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, sum of w where l > 0).

    Raises:
        ValueError: lengths differ, or an argument is negative or not finite.

    Source: [Chitra2025], levered pro-rata; tau from the budget is the correction that makes it
    balance.
    """
    return rap(endowment_usd, leverage, budget_usd)


def rap(
    endowment_usd: Floats, risk_weight: Floats, budget_usd: float, caps: Floats | None = None
) -> Split:
    """Risk-aware pro-rata: h_i = min(beta_i, tau r_i).

    Args:
        endowment_usd: w >= 0, `[N]`.
        risk_weight: r >= 0, `[N]`, by `linear`, `power`, `cvar` or `shortfall_density`; an
            account with r = 0 pays nothing.
        budget_usd: B >= 0.
        caps: beta in [0, 1], `[N]`; None = 1 for all.

    Returns:
        sum x = min(B, sum of beta w where r > 0).

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: [Chitra2025], risk-aware pro-rata.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    weight = same_length("risk_weight", column("risk_weight", risk_weight), endowment_usd)
    capacity_usd = endowment_usd if caps is None else capped(endowment_usd, caps)
    return fill_by_weight(endowment_usd * weight, capacity_usd, budget_usd)


def knapsack_greedy(
    endowment_usd: Floats, equity_usd: Floats, shortfall: Floats, budget_usd: float
) -> Split:
    """The split that leaves the smallest next deficit: the queue by rho_i e_i / w_i.

    A dollar taken from i lowers delta = sum (1 - x_i / w_i) (e_i)+ rho_i by rho_i e_i / w_i, so
    the budget goes where that is largest [Dantzig1957].

    Args:
        endowment_usd: w >= 0, `[N]`.
        equity_usd: e, `[N]`; (e)+ is used.
        shortfall: rho >= 0, `[N]`, of `shortfall_density`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, sum w).

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: the linear programme of [Chitra2025]; its solution here corrects theirs.
    """
    endowment_usd = column("endowment_usd", endowment_usd)
    at_risk = _equity_at_risk(endowment_usd, equity_usd, shortfall)
    density = np.divide(
        at_risk, endowment_usd, out=np.zeros(at_risk.size), where=endowment_usd > 0.0
    )
    return queue(endowment_usd, density, budget_usd)


def expected_shortfall_left(
    taken_usd: Floats, endowment_usd: Floats, equity_usd: Floats, shortfall: Floats
) -> float:
    """Next deficit after a round: delta = sum (1 - h_i) (e_i)+ rho_i with h = x / w [USD].

    Args:
        taken_usd: x, `[N]`.
        endowment_usd: w >= 0, `[N]`; h = 0 where w = 0.
        equity_usd: e before the round, `[N]`; (e)+ is used.
        shortfall: rho >= 0, `[N]`.

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: [Chitra2025], next-round expected deficit.
    """
    endowment_usd = column("endowment_usd", endowment_usd)
    taken_usd = same_length("taken_usd", column("taken_usd", taken_usd), endowment_usd)
    at_risk = _equity_at_risk(endowment_usd, equity_usd, shortfall)
    haircut = np.divide(
        taken_usd, endowment_usd, out=np.zeros(taken_usd.size), where=endowment_usd > 0.0
    )
    return float(((1.0 - haircut) * at_risk).sum())


def _equity_at_risk(endowment_usd: Floats, equity_usd: Floats, shortfall: Floats) -> Floats:
    equity = same_length("equity_usd", signed_column("equity_usd", equity_usd), endowment_usd)
    rho = same_length("shortfall", column("shortfall", shortfall), endowment_usd)
    return np.maximum(equity, 0.0) * rho
