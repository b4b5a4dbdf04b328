"""Transmission of missed margin calls: who is short passes the shortfall on, damped or amplified.

    s_i = (liability_i - e_i - sum_k min(L_ki, p_ki + m_ki))+       stress of i
    p_i = (liability_i - tau_i s_i)+,   p_ij = p_i L_ij / liability_i

L_ij is the variation margin that i owes j, m_ij the initial margin of i that j holds and takes when
i does not pay, e_i what i can pay out of its own. tau_i is the transmission factor: 0 covers every
shortfall from elsewhere, 1 without initial margin is Eisenberg-Noe, above 1 holds back more than is
missing (hoarding). The map is monotone and continuous; payments fall from L to its greatest fixed
point.

Source: Paddrik, Rajan and Young 2020, "Contagion in derivatives markets", Management Science 66(8).
Their central counterparty and its default fund are left out: a clearing house is a node as others.
Shapes: N nodes, M claims.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.contagion.inputs import (
    MOST_ROUNDS,
    TOLERANCE,
    checked_assets,
    checked_terms,
    claims_of,
)
from abm.contagion.iteration import error_after, start_above
from abm.contagion.network import Network
from abm.contagion.payments import Claims, State, Terms, new_state
from abm.kernel import kernel
from abm.units import Flags, Floats


@dataclass(frozen=True, eq=False)
class Transmission:
    """The greatest solution.

    Attributes:
        payments: what each node pays in total, `[N]`.
        received: what each node receives, initial margin taken included, `[N]`.
        stress: what each node misses, s, `[N]`.
        short: True where stress is passed on, `[N]`.
        rounds: passes over the network.
        converged: whether they came to rest.
    """

    payments: Floats
    received: Floats
    stress: Floats
    short: Flags
    rounds: int
    converged: bool


@kernel
def _lose_beyond_margin(claims: Claims, margin: Floats, state: State) -> None:
    """Fill `lost`: what the short do not pay, beyond their initial margin."""
    state.lost[:] = 0.0
    for i in range(state.short.size):
        if state.short[i]:
            share = 1.0 - state.payments[i] / state.liability[i]
            for k in range(claims.row_start[i], claims.row_start[i + 1]):
                missed = claims.weights[k] * share - margin[k]
                state.lost[claims.column[k]] += max(0.0, missed)


@kernel
def _pass_on(outside_assets: Floats, factor: Floats, terms: Terms, state: State) -> float:
    """Pay (liability - tau s)+, or in full within tolerance; returns the largest step."""
    step = 0.0
    for i in range(factor.size):
        stress = max(0.0, (state.liability[i] - outside_assets[i]) - state.due[i] + state.lost[i])
        payment = min(state.payments[i], max(0.0, state.liability[i] - factor[i] * stress))
        if payment < state.liability[i] * (1.0 - terms.tolerance):
            state.short[i] = True
            step = max(step, state.payments[i] - payment)
            state.payments[i] = payment
    return step


@kernel
def _transmit(
    claims: Claims, margin: Floats, outside: Floats, factor: Floats, terms: Terms, state: State
) -> tuple[int, bool]:
    """Payments fall from full to the greatest fixed point. Returns (rounds, came to rest)."""
    start_above(claims, state)
    scale = state.liability.max() if state.liability.size else 0.0
    step_before = np.inf
    for rounds in range(terms.max_rounds):
        _lose_beyond_margin(claims, margin, state)
        step = _pass_on(outside, factor, terms, state)
        if error_after(step, step_before, scale) <= terms.tolerance * scale:
            _lose_beyond_margin(claims, margin, state)
            return rounds + 1, True
        step_before = step
    return terms.max_rounds, False


def transmit(
    network: Network,
    outside_assets: Any = None,
    *,
    factor: Any = 1.0,
    initial_margin: Any = 0.0,
    tolerance: float = TOLERANCE,
) -> Transmission:
    """Payments when every node passes its stress on with a factor.

    Args:
        network: variation margin owed; classes of seniority are not looked at.
        outside_assets: e >= 0, `[N]`; None takes the network's column of this name.
        factor: tau >= 0, one number or `[N]`.
        initial_margin: m >= 0, one number or `[M]` in the order of `Network.weights`.
        tolerance: of payments, relative to the largest liability, in (0, 1e-3].

    Raises:
        ValueError: a number is negative or not finite, or a column has another length.
    """
    network.check_weights()
    outside = checked_assets(network, outside_assets)
    terms = checked_terms(1.0, 1.0, tolerance)._replace(max_rounds=MOST_ROUNDS)
    tau = _spread("factor", factor, len(network))
    margin = _spread("initial_margin", initial_margin, network.weights.size)
    state = new_state(len(network), network.weights.size)
    rounds, converged = _transmit(claims_of(network), margin, outside, tau, terms, state)
    received = state.due - state.lost
    return Transmission(
        payments=state.payments,
        received=received,
        stress=np.maximum(0.0, (state.liability - outside) - received),
        short=state.short,
        rounds=rounds,
        converged=converged,
    )


def _spread(name: str, values: Any, count: int) -> Floats:
    """Give one number, or one each, as `[count]`; refuse other lengths and bad numbers."""
    numbers = np.array(values, np.float64)
    if numbers.shape not in ((), (count,)):
        raise ValueError(f"{name} has {numbers.size} numbers: give one, or {count}")
    if not (np.isfinite(numbers).all() and (numbers >= 0.0).all()):
        raise ValueError(f"{name} must hold finite numbers of 0 or more, got {values!r}")
    return np.broadcast_to(numbers, count).copy()
