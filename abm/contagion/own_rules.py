"""Division rules of the caller's own, at some nodes or at all: the same map in plain Python.

A rule is asked once per class of seniority, for what is left of the estate, and every answer is
checked: awards within [0, claim] that add up to min(estate, claims). At the other nodes the rule of
their code divides, as ever. Slow, for a call of Python stands in the inner loop.
Shapes: N nodes, M claims.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from abm.contagion.division import DivisionRule, awards_of
from abm.contagion.iteration import Iteration, Loss, ascent, descent, lifting, lowering
from abm.contagion.payments import Claims, State, divide_by_seniority
from abm.units import Floats

type OwnRules = Mapping[int, DivisionRule]
"""A rule by node number, where it is the caller's own."""


def iterations_by(own: OwnRules) -> tuple[Iteration, Iteration, Loss]:
    """The iteration from above, the one from below, and the sum of what is lost, by these rules."""
    pays, loses = partial(_pass_on, own), partial(_lose, own)
    return descent(lowering(pays), loses), ascent(lifting(pays), loses), loses


def pay_claims_by(own: OwnRules, claims: Claims, state: State) -> None:
    """`pay_claims`: `paid` `[M]` out."""
    state.paid[:] = claims.weights
    for i in np.flatnonzero(state.short):
        _divide(own, claims, int(i), state.payments[i], state.paid)


def _divide(own: OwnRules, claims: Claims, i: int, estate: float, paid: Floats) -> None:
    """`divide_by_seniority`: `paid` `[M]`, the slice of node i, out."""
    if i not in own:
        divide_by_seniority(claims, i, estate, paid)
        return
    places = slice(claims.row_start[i], claims.row_start[i + 1])
    weights, seniority = claims.weights[places], claims.seniority[places]
    awards = np.zeros(weights.size)
    left = float(estate)
    for rank in np.unique(seniority):
        among = seniority == rank
        awards[among] = awards_of(own[i], left, weights[among])
        left = max(0.0, left - float(weights[among].sum()))
    paid[places] = awards


def _lose(own: OwnRules, claims: Claims, state: State) -> None:
    """`lose`: `lost` `[N]` out."""
    pay_claims_by(own, claims, state)
    missed = claims.weights - state.paid
    state.lost[:] = np.bincount(claims.column, missed, state.lost.size)


def _pass_on(own: OwnRules, claims: Claims, i: int, payment: float, state: State) -> None:
    """`pass_on`: `lost` of the creditors of node i out."""
    places = slice(claims.row_start[i], claims.row_start[i + 1])
    _divide(own, claims, i, state.payments[i], state.paid)
    before = state.paid[places].copy()
    _divide(own, claims, i, payment, state.paid)
    state.lost[claims.column[places]] += before - state.paid[places]
