"""The map whose fixed points are clearing vectors, and its monotone iteration from above and below.

    a_i(p)   = e_i + received_i(p)                       what i has, e = outside assets
    Phi(p)_i = liability_i                               where a_i(p) >= liability_i
             = alpha e_i + beta received_i(p)            where i is short (defaults)

received_j is what the debtors' payments, divided among their claims by seniority and by rule, bring
to j. Phi is monotone, so it has a least and a greatest fixed point (Tarski), and from above the
iteration falls to the greatest. From below it need not rise to a fixed point: Phi jumps where a node
becomes solvent and is not continuous from the left. With L = [[0, 2], [2.2, 0]], e = (1, 1) and
alpha = beta = 1/2 it creeps up to (1, 1), where node 0 has 1 + 1 = 2 and pays in full: no fixed
point. So a node counts as solvent when it has its liability up to the tolerance, the iteration goes
on until the *error* (not the last step) is below that, and goes on again after every jump; each
jump frees a node for good, hence at most N of them.

Only nodes that are short are walked: received = all claims held - what the short do not pay. A round
costs their edges and one pass over the nodes. Shapes: N nodes, M claims.

Sources: [EisenbergNoe2001] "Systemic risk in financial systems", Management Science 47(2), for
alpha = beta = 1; [RogersVeraart2013] "Failure and rescue in an interbank network", ibid. 59(4);
[Elsinger2009] "Financial networks, cross holdings, and limited liability", OeNB WP 156, seniority.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from abm.contagion.division import PROPORTIONAL, divide_into
from abm.kernel import kernel
from abm.units import Flags, Floats, Ints

ROUNDING = 2.0**-50
"""Rounding of a sum of claims, as a share of all that a node could receive [1]."""


class Claims(NamedTuple):
    """What the kernels read of a network, and the rule of each node.

    Attributes:
        row_start: first claim of each debtor, `[N + 1]`.
        column: creditor, `[M]`.
        weights: amounts, `[M]`.
        seniority: class, `[M]`, ascending within a debtor.
        rule: code of the division rule inside a class, `[N]`.
    """

    row_start: Ints
    column: Ints
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
            default algorithm; False is faster.
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
        wave: when it first fell short, 1 first, 0 never, `[N]`.
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
    numbers = [np.zeros(nodes) for _ in range(4)]
    return State(*numbers, np.zeros(nodes, np.bool_), np.zeros(nodes, np.int64), np.zeros(claims))


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
def lose(claims: Claims, state: State) -> None:
    """Fill `lost`: what each node's claims on the short miss at the present payments."""
    state.lost[:] = 0.0
    for i in range(state.short.size):
        if not state.short[i]:
            continue
        first, stop = claims.row_start[i], claims.row_start[i + 1]
        one_class = claims.seniority[first] == claims.seniority[stop - 1]
        if claims.rule[i] == PROPORTIONAL and one_class:
            share = 1.0 - state.payments[i] / state.liability[i]
            for k in range(first, stop):
                state.lost[claims.column[k]] += claims.weights[k] * share
        else:
            divide_by_seniority(claims, i, state.payments[i], state.paid)
            for k in range(first, stop):
                state.lost[claims.column[k]] += claims.weights[k] - state.paid[k]


@kernel
def is_short(outside: float, received: float, due: float, liability: float, slack: float) -> bool:
    """Whether assets miss the liability by more than the slack and the rounding of the sums."""
    lowest = liability * (1.0 - slack) - ROUNDING * (outside + due)
    return liability > 0.0 and outside + received < lowest


@kernel
def lower(
    outside_assets: Floats, terms: Terms, state: State, wave: int, admit: bool
) -> tuple[float, int]:
    """One round from above; `admit` lets nodes fall short. Returns (largest step, newly short)."""
    step = 0.0
    fallen = 0
    for i in range(outside_assets.size):
        received = max(0.0, state.due[i] - state.lost[i])
        outside, liability = outside_assets[i], state.liability[i]
        if (
            admit
            and not state.short[i]
            and is_short(outside, received, state.due[i], liability, terms.tolerance)
        ):
            state.short[i] = True
            state.wave[i] = wave
            fallen += 1
        if state.short[i]:
            estate = min(state.payments[i], terms.alpha * outside + terms.beta * received)
            step = max(step, state.payments[i] - estate)
            state.payments[i] = estate
    return step, fallen


@kernel
def lift(outside_assets: Floats, terms: Terms, state: State) -> tuple[float, int]:
    """One round from below. Returns (largest step, nodes that became solvent)."""
    step = 0.0
    freed = 0
    for i in range(outside_assets.size):
        if not state.short[i]:
            continue
        received = max(0.0, state.due[i] - state.lost[i])
        outside, liability = outside_assets[i], state.liability[i]
        estate = min(liability, terms.alpha * outside + terms.beta * received)
        if not is_short(outside, received, state.due[i], liability, terms.tolerance):
            state.short[i] = False
            estate = liability
            freed += 1
        estate = max(estate, state.payments[i])
        step = max(step, estate - state.payments[i])
        state.payments[i] = estate
    return step, freed


@kernel
def error_after(step: float, step_before: float, scale: float) -> float:
    """Distance to the limit that the last two steps of a geometric approach let expect.

        error = step q / (1 - q),  q = step / step_before

    Steps at the level of rounding (of the scale) count as no error.
    """
    if step <= ROUNDING * scale:
        return 0.0
    if step >= step_before or step_before == np.inf:
        return float(np.inf)
    return step * step / (step_before - step)


@kernel
def start_above(claims: Claims, state: State) -> None:
    """Everybody pays in full."""
    sum_claims(claims, state)
    state.payments[:] = state.liability
    state.short[:] = False
    state.wave[:] = 0


@kernel
def start_below(claims: Claims, state: State) -> None:
    """Nobody pays anything."""
    sum_claims(claims, state)
    state.payments[:] = 0.0
    state.wave[:] = 0
    for i in range(state.short.size):
        state.short[i] = state.liability[i] > 0.0


type Iteration = Callable[[Claims, Floats, Terms, State], tuple[int, bool]]
"""(claims, outside assets `[N]`, terms, state) -> (rounds, came to rest)."""


def descent(lose: Callable[[Claims, State], None]) -> Iteration:
    """Make the iteration from above for a way of dividing; call `start_above` before it."""

    def descend(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[int, bool]:
        scale = state.liability.max() if state.liability.size else 0.0
        step_before = np.inf
        rounds, wave = 0, 0
        admit = True
        while rounds < terms.max_rounds:
            rounds += 1
            lose(claims, state)
            step, fallen = lower(outside_assets, terms, state, wave + 1, admit)
            at_rest = error_after(step, step_before, scale) <= terms.tolerance * scale
            if admit and fallen == 0 and at_rest:
                return rounds, True
            if fallen > 0:
                wave += 1
            step_before = np.inf if fallen > 0 else step
            admit = (at_rest and fallen == 0) or not terms.in_waves
        return rounds, False

    return descend


def ascent(lose: Callable[[Claims, State], None]) -> Iteration:
    """Make the iteration from below for a way of dividing; call `start_below` before it."""

    def ascend(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[int, bool]:
        scale = state.liability.max() if state.liability.size else 0.0
        step_before = np.inf
        rounds = 0
        while rounds < terms.max_rounds:
            rounds += 1
            lose(claims, state)
            step, freed = lift(outside_assets, terms, state)
            # well below the slack of solvency: who has its liability in the limit must be seen
            error = error_after(step, step_before, scale)
            if freed == 0 and error <= 0.125 * terms.tolerance * scale:
                return rounds, True
            step_before = np.inf if freed > 0 else step
        return rounds, False

    return ascend


descend = kernel(descent(lose))
ascend = kernel(ascent(lose))


@kernel
def clear_in_place(
    claims: Claims, outside_assets: Floats, terms: Terms, state: State
) -> tuple[int, bool]:
    """Greatest clearing vector for the present weights, nothing checked and nothing allocated.

    For loops that clear a network every tick; `clear` is the checked way.

    Args:
        claims: see `claims_of`; its columns may have been changed in place since.
        outside_assets: e >= 0, `[N]`.
        terms: `in_waves=False` is faster.
        state: `payments`, `short`, `wave`, `liability` and `due` `[N]` out.

    Returns:
        (rounds, whether they came to rest before `terms.max_rounds`).
    """
    start_above(claims, state)
    return descend(claims, outside_assets, terms, state)


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
