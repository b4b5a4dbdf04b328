"""Clearing vectors by monotone iteration: the greatest from above, the least from below.

From above, payments fall to the greatest fixed point. From below they need not rise to one: Phi
jumps where a node becomes solvent, and is not continuous from the left. With e = (1, 1) and
L = [[0, 2], [2.2, 0]], alpha = beta = 1/2 they creep up to (1, 1), where node 0 has 1 + 1 = 2 and
pays in full: no fixed point. So a node counts as solvent when it has its liability up to the
tolerance, the iteration goes on until the *error* (not the last step) is below that, and goes on
again after every jump. Payments stay below every fixed point, so whoever becomes solvent is
solvent in all of them: there are at most N jumps, and the limit is the least fixed point.

A sweep takes the nodes in their order, and everybody sees at once what the nodes before have
changed; that needs about half as many rounds as changing all together, and the limits are the same,
because both ways are monotone. `lost` is carried along and summed afresh every `REFRESH` sweeps, so
that rounding does not pile up. A sweep costs one pass over the nodes, and the edges of those whose
payment changes.

Sources: [EisenbergNoe2001], [RogersVeraart2013]. Shapes: N nodes, M claims.
"""

from collections.abc import Callable

import numpy as np

from abm.contagion.division import PROPORTIONAL
from abm.contagion.payments import (
    ROUNDING,
    Claims,
    State,
    Terms,
    is_short,
    lose,
    pass_on,
    sum_claims,
)
from abm.kernel import kernel
from abm.units import Floats

REFRESH = 64
"""Sweeps after which `lost` is summed afresh."""

REST = 0.125
"""Error at which nodes come to rest, as a share of the slack of solvency [1]."""

type Pay = Callable[[Claims, int, float, State], None]
"""(claims, node, new payment, state): `lost` out."""

type Loss = Callable[[Claims, State], None]
"""(claims, state): `lost` out, summed afresh."""

type Sweep = Callable[[Claims, Floats, Terms, State], tuple[float, int]]
"""(claims, outside assets `[N]`, terms, state) -> (largest step, nodes that changed sides)."""

type Iteration = Callable[[Claims, Floats, Terms, State], tuple[int, bool]]
"""(claims, outside assets `[N]`, terms, state) -> (rounds, came to rest)."""


@kernel
def error_after(step: float, step_before: float, scale: float) -> float:
    """Distance to the limit that the last two steps of a geometric approach let expect.

        error = step q / (1 - q),  q = step / step_before

    Steps at the level of rounding (of the scale) count as no error; steps that differ by no more
    than that say nothing about q.
    """
    if step <= ROUNDING * scale:
        return 0.0
    gain = step_before - step
    if gain <= ROUNDING * scale or gain == np.inf:
        return float(np.inf)
    return step * step / gain


@kernel
def start_above(claims: Claims, state: State) -> None:
    """Everybody pays in full."""
    sum_claims(claims, state)
    state.payments[:] = state.liability
    state.lost[:] = 0.0
    state.short[:] = False
    state.wave[:] = 0


@kernel
def start_below(claims: Claims, state: State) -> None:
    """Nobody pays anything."""
    sum_claims(claims, state)
    state.payments[:] = 0.0
    state.lost[:] = state.due
    state.wave[:] = 0
    for i in range(state.short.size):
        state.short[i] = state.liability[i] > 0.0


@kernel
def fall_short(outside_assets: Floats, terms: Terms, state: State, wave: int) -> int:
    """Mark everybody who is short at the present `lost`, all together; returns how many are new."""
    fallen = 0
    for i in range(outside_assets.size):
        due, liability = state.due[i], state.liability[i]
        received = max(0.0, due - state.lost[i])
        if not state.short[i] and is_short(
            outside_assets[i], received, due, liability, terms.tolerance
        ):
            state.short[i] = True
            state.wave[i] = wave
            fallen += 1
    return fallen


def lowering(pass_on: Pay) -> Sweep:
    """Make the sweep from above for a way of dividing."""

    def lower(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[float, int]:
        """Take the short in their order; returns (largest step, newly short)."""
        # columns by name: handing the tuples on from inside the loop costs more than the loop
        row_start, column, weights, seniority, rule = claims
        payments, liabilities, dues, lost, short, _, _ = state
        alpha, beta, tolerance, in_waves, _ = terms
        step, fallen = 0.0, 0
        for i in range(payments.size):
            if in_waves and not short[i]:
                continue
            outside, due, liability = outside_assets[i], dues[i], liabilities[i]
            received = max(0.0, due - lost[i])
            if not short[i] and is_short(outside, received, due, liability, tolerance):
                short[i] = True
                fallen += 1
            fall = payments[i] - (alpha * outside + beta * received)
            if not short[i] or fall <= 0.0:
                continue
            step = max(step, fall)
            first, stop = row_start[i], row_start[i + 1]
            if rule[i] == PROPORTIONAL and seniority[first] == seniority[stop - 1]:
                share = fall / liability
                for k in range(first, stop):
                    lost[column[k]] += weights[k] * share
            else:
                pass_on(claims, i, payments[i] - fall, state)
            payments[i] -= fall
        return step, fallen

    return lower


def lifting(pass_on: Pay) -> Sweep:
    """Make the sweep from below for a way of dividing."""

    def lift(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[float, int]:
        """Take the short in their order; returns (largest step, nodes that became solvent)."""
        row_start, column, weights, seniority, rule = claims
        payments, liabilities, dues, lost, short, _, _ = state
        alpha, beta, tolerance, _, _ = terms
        step, freed = 0.0, 0
        for i in range(payments.size):
            if not short[i]:
                continue
            outside, due, liability = outside_assets[i], dues[i], liabilities[i]
            received = max(0.0, due - lost[i])
            payment = min(liability, alpha * outside + beta * received)
            if not is_short(outside, received, due, liability, tolerance):
                short[i] = False
                payment = liability
                freed += 1
            rise = payment - payments[i]
            if rise <= 0.0:
                continue
            step = max(step, rise)
            first, stop = row_start[i], row_start[i + 1]
            if rule[i] == PROPORTIONAL and seniority[first] == seniority[stop - 1]:
                share = rise / liability
                for k in range(first, stop):
                    lost[column[k]] -= weights[k] * share
            else:
                pass_on(claims, i, payment, state)
            payments[i] = payment
        return step, freed

    return lift


def descent(lower: Sweep, lose: Loss) -> Iteration:
    """Make the iteration from above out of its sweep; call `start_above` before it."""

    def descend(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[int, bool]:
        scale = state.liability.max() if state.liability.size else 0.0
        step_before = np.inf
        rounds, wave = 0, 0
        at_rest = True
        while rounds < terms.max_rounds:
            if at_rest and terms.in_waves:
                if fall_short(outside_assets, terms, state, wave + 1) == 0:
                    return rounds, True
                wave += 1
                step_before = np.inf
            rounds += 1
            if rounds % REFRESH == 0:
                lose(claims, state)
            step, fallen = lower(claims, outside_assets, terms, state)
            error = error_after(step, step_before, scale)
            at_rest = fallen == 0 and error <= REST * terms.tolerance * scale
            if at_rest and not terms.in_waves:
                return rounds, True
            step_before = np.inf if fallen > 0 else step
        return rounds, False

    return descend


def ascent(lift: Sweep, lose: Loss) -> Iteration:
    """Make the iteration from below out of its sweep; call `start_below` before it."""

    def ascend(
        claims: Claims, outside_assets: Floats, terms: Terms, state: State
    ) -> tuple[int, bool]:
        scale = state.liability.max() if state.liability.size else 0.0
        step_before = np.inf
        rounds = 0
        while rounds < terms.max_rounds:
            rounds += 1
            if rounds % REFRESH == 0:
                lose(claims, state)
            step, freed = lift(claims, outside_assets, terms, state)
            # well below the slack of solvency: who has its liability in the limit must be seen
            error = error_after(step, step_before, scale)
            if freed == 0 and error <= REST * terms.tolerance * scale:
                return rounds, True
            step_before = np.inf if freed > 0 else step
        return rounds, False

    return ascend


descend = kernel(descent(kernel(lowering(pass_on)), lose))
ascend = kernel(ascent(kernel(lifting(pass_on)), lose))


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
        state: `payments`, `short`, `lost`, `liability` and `due` `[N]` out, and `wave` in waves.

    Returns:
        (rounds, whether they came to rest before `terms.max_rounds`).
    """
    start_above(claims, state)
    return descend(claims, outside_assets, terms, state)
