"""`clear`: what institutions pay each other when some cannot pay all they owe.

    p = Phi(p)      see `abm.contagion.payments`; the greatest p is the best for everybody
    equity_i = e_i + received_i - p_i       of the solvent; the defaulting keep nothing
    net worth_i = e_i + received_i - liability_i        below 0 in default

Eisenberg-Noe is the default: proportional division, no default costs. Other models are arguments:
seniority stands at the claims (Elsinger), the division rule at the nodes, and default costs are
alpha and beta (Rogers-Veraart). Least and greatest clearing vector are both found and both put back
into Phi; when they differ, the outcome depends on who pays first, and `is_unique` says so. Where
the system is regular (see `is_regular`) there is only one, and it is found once.

An institution outside, as depositors, is a node that owes nothing. Disconnected networks need no
care: Phi acts on every component by itself, and a node without claims keeps its outside assets.
Shapes: N nodes, M claims; money in the unit of the weights. Sources: see `abm.contagion.payments`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.contagion.fictitious_default import default_in_waves, rest_below
from abm.contagion.inputs import (
    TOLERANCE,
    Rule,
    checked_assets,
    checked_terms,
    claims_of,
    is_linear,
    is_regular,
    split_rule,
)
from abm.contagion.iteration import (
    Iteration,
    ascend,
    descend,
    start_above,
    start_below,
)
from abm.contagion.network import Network
from abm.contagion.own_rules import iterations_by, pay_claims_by
from abm.contagion.payments import (
    ROUNDING,
    Claims,
    State,
    Terms,
    apply_map,
    lose,
    new_state,
    pay_claims,
    sum_claims,
)
from abm.units import Flags, Floats, Ints

UNIQUE_TOL = 1e-9
"""Clearing vectors closer than this share of each node's own liability count as one [1]."""

PATIENCE = 10_000
"""Rounds after which the exact algorithm takes over; before, it is the slower one."""

EXACT_DEFAULTS = 500
"""Most defaults with which it does: beyond, its sparse factors fill in."""


@dataclass(frozen=True, eq=False)
class Clearing:
    """The outcome of a clearing, for the greatest clearing vector unless it says otherwise.

    Attributes:
        payments: total payment of each node, the greatest clearing vector, `[N]`.
        least: the least clearing vector, `[N]`.
        is_unique: whether the two differ nowhere by more than `UNIQUE_TOL` of the node's liability.
            Beside liabilities a thousand times its own, a node's vectors are told apart by solving
            for them; where that cannot be (another rule, classes, many defaults), False may mean
            that the tolerance is too large for it.
        paid: payment on each claim, `[M]` in the order of `Network.weights`.
        received: payments received by each node, `[N]`.
        liability: what each node owes, `[N]`.
        equity: what is left to the owners, `[N]`, >= 0; 0 in default.
        net_worth: assets - liabilities, `[N]`, below 0 in default.
        defaulted: True where a node does not pay in full, `[N]`.
        waves: wave of defaults in which a node first falls short, 1 first, 0 never, `[N]`.
        rounds: passes over the network from above.
        residual: the larger max |Phi(p) - p| of the two vectors, over the largest liability [1].
        converged: both iterations came to rest, and both vectors are fixed points.
    """

    payments: Floats
    least: Floats
    is_unique: bool
    paid: Floats
    received: Floats
    liability: Floats
    equity: Floats
    net_worth: Floats
    defaulted: Flags
    waves: Ints
    rounds: int
    residual: float
    converged: bool

    @property
    def greatest(self) -> Floats:
        """The greatest clearing vector, `[N]`: another name of `payments`."""
        return self.payments

    @property
    def default_costs(self) -> Floats:
        """Assets of each node that reach neither creditors nor owners, `[N]`."""
        return self.net_worth + self.liability - self.payments - self.equity


def clear(
    network: Network,
    outside_assets: Any = None,
    *,
    rule: Rule = "proportional",
    alpha: float = 1.0,
    beta: float = 1.0,
    tolerance: float = TOLERANCE,
) -> Clearing:
    """Clear a network: its greatest and least clearing vector and what follows from the greatest.

    Args:
        network: who owes whom.
        outside_assets: e >= 0, `[N]`; None takes the network's column of this name.
        rule: how an estate is divided inside a class of seniority: a name of `RULES`, one name or
            code per node `[N]`, a function `rule(estate, claims) -> awards` (slow, checked), or
            some nodes' names with either; the others then divide in proportion.
        alpha: share of outside assets recovered in default, in [0, 1].
        beta: share of payments received recovered in default, in [0, 1].
        tolerance: of payments, relative to the largest liability, in (0, 1e-3].

    Raises:
        ValueError: a number is negative, not finite or out of range, or a rule or node unknown.
    """
    network.check_weights()
    outside = checked_assets(network, outside_assets)
    terms = checked_terms(alpha, beta, tolerance)
    codes, own = split_rule(network, rule)
    claims = claims_of(network, codes)
    state = new_state(len(network), network.weights.size)
    fall, rise, loses = iterations_by(own) if own else (descend, ascend, lose)
    image = np.empty(len(network))
    residual, rose, least = 0.0, True, None
    sum_claims(claims, state)
    if not is_regular(claims, outside, terms, state.liability):
        rose = _from_below(rise, claims, outside, terms, state)
        loses(claims, state)
        residual = apply_map(outside, terms, state, image)
        least = state.payments.copy()
    rounds, fell = _from_above(fall, claims, outside, terms, state)
    least = state.payments.copy() if least is None else least
    if not own and _is_doubtful(claims, outside, state, least):
        least = _solve_both(claims, outside, terms, state)
    loses(claims, state)
    residual = max(residual, apply_map(outside, terms, state, image))
    if own:
        pay_claims_by(own, claims, state)
    else:
        pay_claims(claims, state)
    return _outcome(outside, terms, state, least, (rounds, residual, rose and fell))


def _from_above(
    fall: Iteration, claims: Claims, outside: Floats, terms: Terms, state: State
) -> tuple[int, bool]:
    """The greatest clearing vector: by iteration, and exactly where that is slow and it is not."""
    start_above(claims, state)
    rounds, fell = fall(claims, outside, terms._replace(max_rounds=PATIENCE), state)
    if fell:
        return rounds, True
    if fall is descend and is_linear(claims) and state.short.sum() <= EXACT_DEFAULTS:
        return rounds + default_in_waves(claims, outside, terms, state), True
    start_above(claims, state)
    return fall(claims, outside, terms, state)


def _from_below(
    rise: Iteration, claims: Claims, outside: Floats, terms: Terms, state: State
) -> bool:
    """The least clearing vector; where the approach is slow, its limit is solved for."""
    start_below(claims, state)
    some = terms._replace(max_rounds=PATIENCE)
    exactly = rise is ascend and is_linear(claims)
    _, rose = rise(claims, outside, some, state)
    while not rose:
        if not exactly or state.short.sum() > EXACT_DEFAULTS:
            return rise(claims, outside, terms, state)[1]
        rest_below(claims, outside, terms, state)
        _, rose = rise(claims, outside, some, state)
    return True


def _apart(outside: Floats, state: State, least: Floats) -> Flags:
    """Where two vectors differ by more than `UNIQUE_TOL` and rounding, `[N]`."""
    slack = UNIQUE_TOL * state.liability + ROUNDING * (outside + state.due)
    return np.abs(state.payments - least) > slack


def _is_doubtful(claims: Claims, outside: Floats, state: State, least: Floats) -> bool:
    """Do vectors differ only by what iterations leave beside the largest liability?"""
    apart = _apart(outside, state, least)
    if not apart.any() or not is_linear(claims) or state.short.sum() > EXACT_DEFAULTS:
        return False
    gap = np.abs(state.payments - least).max()
    return bool(gap <= UNIQUE_TOL * state.liability.max())


def _solve_both(claims: Claims, outside: Floats, terms: Terms, state: State) -> Floats:
    """The least vector, returned, and the greatest, in `state`, by linear systems."""
    start_below(claims, state)
    ascend(claims, outside, terms, state)
    before = -1
    while int(state.short.sum()) != before:  # again after every jump to solvency
        before = int(state.short.sum())
        rest_below(claims, outside, terms, state)
        ascend(claims, outside, terms, state)
    least = state.payments.copy()
    default_in_waves(claims, outside, terms, state)
    return least


def _outcome(
    outside: Floats, terms: Terms, state: State, least: Floats, run: tuple[int, float, bool]
) -> Clearing:
    """Equity and the rest, from payments; `run` is (rounds, residual, came to rest)."""
    rounds, residual, rested = run
    scale = float(state.liability.max(initial=0.0))
    received = np.maximum(state.due - state.lost, 0.0)
    net_worth = outside + received - state.liability
    relative = residual / scale if scale > 0.0 else 0.0
    return Clearing(
        payments=state.payments,
        least=least,
        is_unique=not _apart(outside, state, least).any(),
        paid=state.paid,
        received=received,
        liability=state.liability,
        equity=np.where(state.short, 0.0, np.maximum(net_worth, 0.0)),
        net_worth=net_worth,
        defaulted=state.short,
        waves=state.wave,
        rounds=rounds,
        residual=relative,
        converged=rested and relative <= 4.0 * terms.tolerance,
    )
