"""The map whose fixed points are clearing vectors: who is short, what that costs the creditors.

    a_i(p)   = e_i + received_i(p)                       what i has, e = outside assets
    Phi(p)_i = liability_i                               where a_i(p) >= liability_i
             = alpha e_i + beta received_i(p)            where i is short (defaults)

received_j is what the debtors' payments, divided among their claims by seniority and by rule, bring
to j. Phi is monotone, so it has a least and a greatest fixed point (Tarski), which
`abm.contagion.iteration` finds. Only nodes that are short are walked: received = all claims held -
what the short do not pay. Shapes: N nodes, M claims.

Sources: [EisenbergNoe2001] "Systemic risk in financial systems", Management Science 47(2), for
alpha = beta = 1; [RogersVeraart2013] "Failure and rescue in an interbank network", ibid. 59(4);
[Elsinger2009] "Financial networks, cross holdings, and limited liability", OeNB WP 156, seniority.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.contagion.division import PROPORTIONAL, divide_into
from abm.kernel import kernel
from abm.units import Flags, Floats, Ints

ROUNDING = 2.0**-50
"""Rounding of a sum of claims, as a share of all that a node could receive [1]."""


type Places = NDArray[np.uint32]
"""Places and node numbers as the kernels read them: unsigned, for numba does not ask their sign."""


class Claims(NamedTuple):
    """What the kernels read of a network, and the rule of each node.

    Attributes:
        row_start: first claim of each debtor, `[N + 1]`.
        column: creditor, `[M]`.
        weights: amounts, `[M]`.
        seniority: class, `[M]`, ascending within a debtor.
        rule: code of the division rule inside a class, `[N]`.
    """

    row_start: Places
    column: Places
    weights: Floats
    seniority: Ints
    rule: Ints


class Terms(NamedTuple):
    """How defaults are cleared.

    Attributes:
        alpha: share of outside assets that a defaulting node recovers, in [0, 1].
        beta: share of the payments received that it recovers, in [0, 1].
        tolerance: of payments, relative to the largest liability; and by which share of its own
            liability a node may miss it and still be solvent [1].
        in_waves: True lets payments come to rest between waves of default, as in the fictitious
            default algorithm; False is faster, and `State.wave` then says nothing.
        max_rounds: most passes over the network.
    """

    alpha: float
    beta: float
    tolerance: float
    in_waves: bool
    max_rounds: int


class State(NamedTuple):
    """What an iteration writes; made once by `new_state`, used for any number of clearings.

    Attributes:
        payments: what each node pays in total, `[N]`.
        liability: what it owes in total, `[N]`.
        due: all claims that it holds, `[N]`.
        lost: what the short owe it and do not pay, `[N]`.
        short: True where a node does not pay in full, `[N]`.
        wave: of defaults in which it falls short, 1 first, 0 never, `[N]`.
        paid: payment on each claim, `[M]`; complete after `pay_claims`.
    """

    payments: Floats
    liability: Floats
    due: Floats
    lost: Floats
    short: Flags
    wave: Ints
    paid: Floats


def new_state(nodes: int, claims: int) -> State:
    """Give empty columns for a network of so many nodes and claims."""
    payments, liability, due, lost = np.zeros((4, nodes))
    short, wave = np.zeros(nodes, np.bool_), np.zeros(nodes, np.int64)
    return State(payments, liability, due, lost, short, wave, np.zeros(claims))


@kernel
def sum_claims(claims: Claims, state: State) -> None:
    """Fill `liability` and `due`."""
    state.due[:] = 0.0
    for i in range(state.liability.size):
        total = 0.0
        for k in range(claims.row_start[i], claims.row_start[i + 1]):
            total += claims.weights[k]
            state.due[claims.column[k]] += claims.weights[k]
        state.liability[i] = total


@kernel
def divide_by_seniority(claims: Claims, i: int, estate: float, paid: Floats) -> None:
    """Pay the claims on node i out of an estate, class by class: `paid` `[M]`, its slice out."""
    first, stop = claims.row_start[i], claims.row_start[i + 1]
    left = estate
    while first < stop:
        last = first
        total = 0.0
        while last < stop and claims.seniority[last] == claims.seniority[first]:
            total += claims.weights[last]
            last += 1
        divide_into(claims.rule[i], left, claims.weights[first:last], paid[first:last])
        left = max(0.0, left - total)
        first = last


@kernel
def pass_on(claims: Claims, i: int, payment: float, state: State) -> None:
    """Let a node divide another amount by its rule: `lost` of its creditors out."""
    first, stop = claims.row_start[i], claims.row_start[i + 1]
    divide_by_seniority(claims, i, state.payments[i], state.paid)
    for k in range(first, stop):
        state.lost[claims.column[k]] += state.paid[k]
    divide_by_seniority(claims, i, payment, state.paid)
    for k in range(first, stop):
        state.lost[claims.column[k]] -= state.paid[k]


@kernel
def lose(claims: Claims, state: State) -> None:
    """Fill `lost` afresh: what each node's claims on the short miss at the present payments."""
    row_start, column, weights = claims.row_start, claims.column, claims.weights
    lost, short, paid = state.lost, state.short, state.paid
    lost[:] = 0.0
    for i in range(short.size):
        if not short[i]:
            continue
        first, stop = row_start[i], row_start[i + 1]
        if claims.rule[i] == PROPORTIONAL and claims.seniority[first] == claims.seniority[stop - 1]:
            share = 1.0 - state.payments[i] / state.liability[i]
            for k in range(first, stop):
                lost[column[k]] += weights[k] * share
        else:
            divide_by_seniority(claims, i, state.payments[i], paid)
            for k in range(first, stop):
                lost[column[k]] += weights[k] - paid[k]


@kernel
def is_short(outside: float, received: float, due: float, liability: float, slack: float) -> bool:
    """Whether assets miss the liability by more than the slack and the rounding of the sums."""
    lowest = liability * (1.0 - slack) - ROUNDING * (outside + due)
    return liability > 0.0 and outside + received < lowest


@kernel
def pay_claims(claims: Claims, state: State) -> None:
    """Fill `paid`: the payment on each claim at the present payments."""
    for i in range(state.payments.size):
        if state.short[i]:
            divide_by_seniority(claims, i, state.payments[i], state.paid)
        else:
            for k in range(claims.row_start[i], claims.row_start[i + 1]):
                state.paid[k] = claims.weights[k]


@kernel
def apply_map(outside_assets: Floats, terms: Terms, state: State, image: Floats) -> float:
    """Phi of the payments that `lost` belongs to: `image` `[N]` out; returns max |Phi(p) - p|."""
    gap = 0.0
    for i in range(outside_assets.size):
        received = max(0.0, state.due[i] - state.lost[i])
        outside, liability = outside_assets[i], state.liability[i]
        image[i] = liability
        if is_short(outside, received, state.due[i], liability, terms.tolerance):
            image[i] = min(liability, terms.alpha * outside + terms.beta * received)
        gap = max(gap, abs(image[i] - state.payments[i]))
    return gap
