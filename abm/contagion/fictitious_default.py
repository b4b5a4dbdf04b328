"""The fictitious default algorithm: exact clearing, wave of defaults by wave, sparse LU inside.

    D_1   = who cannot pay although everybody else does
    p_D   = alpha e_D + beta (sum over debtors outside D of L_jD + Pi_DD' p_D),   p = liability else
    D_k+1 = D_k and who cannot pay at p

Sets only grow, so at most N linear systems are solved and the last p is the greatest clearing
vector. It needs payments linear in the estate: proportional division in a single class. A few waves
are enough in practice; with thousands of defaults the factors fill in, and the iteration of
`abm.contagion.iteration` is faster and needs no such structure.

Sources: [EisenbergNoe2001], section 3.1; with default costs the greatest clearing vector algorithm
of [RogersVeraart2013], definition 3.6. Shapes: N nodes, M claims.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from abm.contagion.inputs import (
    TOLERANCE,
    checked_assets,
    checked_terms,
    claims_of,
    is_linear,
)
from abm.contagion.iteration import fall_short, start_above
from abm.contagion.network import Network
from abm.contagion.payments import Claims, State, Terms, lose, new_state
from abm.units import Flags, Floats, Ints

TINY = float(np.finfo(np.float64).tiny)
"""Divisor where nothing is owed, hence nothing paid."""


@dataclass(frozen=True, eq=False)
class FictitiousDefault:
    """What the algorithm finds.

    Attributes:
        payments: the greatest clearing vector, `[N]`.
        waves: wave in which a node defaults, 1 first, 0 never, `[N]`.
        rounds: waves, that is linear systems solved.
    """

    payments: Floats
    waves: Ints
    rounds: int


def fictitious_default(
    network: Network,
    outside_assets: Any = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    tolerance: float = TOLERANCE,
) -> FictitiousDefault:
    """Find the greatest clearing vector exactly, wave by wave; `clear` is the faster way.

    Args:
        network: one class of seniority per debtor.
        outside_assets: e >= 0, `[N]`; None takes the network's column of this name.
        alpha: share of outside assets recovered in default, in [0, 1].
        beta: share of payments received recovered in default, in [0, 1].
        tolerance: share of its liability that a node may miss and still be solvent.

    Raises:
        ValueError: a debtor has several classes, or an argument is out of range.
    """
    network.check_weights()
    outside = checked_assets(network, outside_assets)
    terms = checked_terms(alpha, beta, tolerance)
    claims = claims_of(network)
    if not is_linear(claims):
        raise ValueError(
            "a debtor has several classes of seniority, and payments are then not linear: use clear"
        )
    state = new_state(len(network), network.weights.size)
    rounds = default_in_waves(claims, outside, terms, state)
    return FictitiousDefault(state.payments, state.wave, rounds)


def default_in_waves(claims: Claims, outside_assets: Floats, terms: Terms, state: State) -> int:
    """Greatest clearing vector by waves; `state` out. Returns the number of systems solved.

    Args:
        claims: proportional, one class of seniority per node.
        outside_assets: e >= 0, `[N]`.
        terms: alpha, beta and the tolerance of solvency.
        state: `payments`, `short` and `wave` `[N]` out.
    """
    start_above(claims, state)
    debtor = np.repeat(np.arange(state.short.size), np.diff(claims.row_start))
    waves = 0
    while fall_short(outside_assets, terms, state, waves + 1) > 0:
        waves += 1
        short = state.short
        solution = _solve(claims, (debtor, short), outside_assets, terms, state)
        state.payments[short] = np.clip(solution, 0.0, state.liability[short])
        lose(claims, state)
    return waves


def rest_below(claims: Claims, outside_assets: Floats, terms: Terms, state: State) -> None:
    """Put the short at the exact limit of an iteration from below that has not come to rest.

    The limit is the least p = min(liability, alpha e + beta received) while the solvent pay in
    full. Who is reached by no cash pays nothing in it; among the others the solution is unique
    [EisenbergNoe2001, theorem 2], hence it can be found from above, wave by wave.

    Args:
        claims: proportional, one class of seniority per node.
        outside_assets: e >= 0, `[N]`.
        terms: alpha, beta and the tolerance of solvency.
        state: after some rounds from below; `payments` and `lost` `[N]` out.
    """
    debtor = np.repeat(np.arange(state.short.size), np.diff(claims.row_start))
    open_nodes = state.short & _reached(claims, debtor, state.payments > 0.0)
    lacking = np.zeros(state.short.size, np.bool_)
    state.payments[open_nodes] = state.liability[open_nodes]
    while True:
        ratio = state.payments / np.maximum(state.liability, TINY)
        paid = claims.weights * ratio[debtor]
        received = np.bincount(claims.column, paid, state.short.size)
        estate = terms.alpha * outside_assets + terms.beta * received
        fallen = open_nodes & ~lacking & (estate < state.liability * (1.0 - terms.tolerance))
        if not fallen.any():
            return lose(claims, state)
        lacking |= fallen
        solution = _solve(claims, (debtor, lacking), outside_assets, terms, state)
        state.payments[lacking] = np.clip(solution, 0.0, state.liability[lacking])


def _reached(claims: Claims, debtor: Ints, paying: Flags) -> Flags:
    """Nodes that pay, and all that their payments reach, `[N]`."""
    reached = paying.copy()
    owing = claims.weights > 0.0
    while True:
        before = reached.sum()
        reached[claims.column[owing & reached[debtor]]] = True
        if reached.sum() == before:
            return reached


def _solve(
    claims: Claims, wanted: tuple[Ints, Flags], outside: Floats, terms: Terms, state: State
) -> Floats:
    """Payments of some short nodes, when the payments of all others stay: `[D]`.

    Args:
        claims: proportional, one class of seniority per node.
        wanted: debtor of each claim `[M]`, and True for the nodes to solve for `[N]`.
        outside: e, `[N]`.
        terms: alpha and beta.
        state: `liability`, and `payments` of the others.
    """
    debtor, solved = wanted
    count = int(solved.sum())
    number = np.cumsum(solved) - 1  # of a node among those solved for
    creditor = number[claims.column]
    share = claims.weights / np.maximum(state.liability, TINY)[debtor]
    inside = solved[claims.column] & solved[debtor]
    fixed = solved[claims.column] & ~solved[debtor]
    passed_on: Any = sparse.csc_array(
        (terms.beta * share[inside], (creditor[inside], number[debtor[inside]])),
        shape=(count, count),
    )
    paid = (share * state.payments[debtor])[fixed]
    received = np.bincount(creditor[fixed], paid, count)
    system = sparse.eye_array(count, format="csc") - passed_on
    cash = terms.alpha * outside[solved] + terms.beta * received
    solution: Floats = splu(system.tocsc()).solve(cash)
    return solution
