"""The fictitious default algorithm: exact clearing, wave of defaults by wave, sparse LU inside.

    D_1   = who cannot pay although everybody else does
    p_D   = alpha e_D + beta (sum over debtors outside D of L_jD + Pi_DD' p_D),   p = liability else
    D_k+1 = D_k and who cannot pay at p

Sets only grow, so at most N linear systems are solved and the last p is the greatest clearing
vector. It needs payments linear in the estate: proportional division in a single class. A few waves
are enough in practice; with thousands of defaults the factors fill in, and the iteration of
`abm.contagion.payments` is faster and needs no such structure.

Sources: [EisenbergNoe2001], section 3.1; with default costs the greatest clearing vector algorithm
of [RogersVeraart2013], definition 3.6. Shapes: N nodes, M claims.
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from abm.contagion.payments import Claims, State, Terms, lose, lower, start_above
from abm.units import Floats, Ints


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
    frozen = terms._replace(alpha=0.0, beta=0.0)  # `lower` admits; payments are solved for
    waves = 0
    while True:
        before = state.payments.copy()
        lose(claims, state)
        _, fallen = lower(outside_assets, frozen, state, waves + 1, True)
        state.payments[:] = before
        if fallen == 0:
            return waves
        waves += 1
        short = np.flatnonzero(state.short)
        state.payments[short] = _solve(claims, debtor, outside_assets, terms, state)


def _solve(claims: Claims, debtor: Ints, outside: Floats, terms: Terms, state: State) -> Floats:
    """Payments of the short when all others pay in full, `[D]`."""
    short = np.flatnonzero(state.short)
    place = np.cumsum(state.short) - 1  # number of a short node among the short
    to_short = state.short[claims.column]
    inside = to_short & state.short[debtor]
    solvent = to_short & ~state.short[debtor]
    column = place[claims.column]
    paid_in_full = np.bincount(column[solvent], claims.weights[solvent], short.size)
    shares = terms.beta * claims.weights[inside] / state.liability[debtor[inside]]
    passed_on: Any = sparse.csc_array(
        (shares, (column[inside], place[debtor[inside]])), shape=(short.size, short.size)
    )
    system = sparse.eye_array(short.size, format="csc") - passed_on
    fixed = terms.alpha * outside[short] + terms.beta * paid_in_full
    solution: Floats = splu(system.tocsc()).solve(fixed)
    return np.clip(solution, 0.0, state.liability[short])
