"""`clear`: what institutions pay each other when some cannot pay all they owe.

    p = Phi(p)      see `abm.contagion.payments`; p* the greatest fixed point, the best for everybody
    equity_i = e_i + received_i - p_i       of the solvent; the defaulting keep nothing
    net worth_i = e_i + received_i - liability_i        below 0 in default

Eisenberg-Noe is the default: proportional division, no default costs. Other models are arguments:
seniority stands at the claims (Elsinger), the division rule at the nodes, and default costs are
alpha and beta (Rogers-Veraart). Least and greatest clearing vector are both found and both put back
into Phi; when they differ, the outcome depends on who pays first, and `is_unique` says so.

An institution outside, as depositors, is a node that owes nothing. Disconnected networks need no
care: Phi acts on every component by itself, and a node without claims keeps its outside assets.
Shapes: N nodes, M claims; money in the unit of the weights. Sources: see `abm.contagion.payments`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from abm.contagion.division import RULES, DivisionRule, awards_of, rule_code
from abm.contagion.fictitious_default import default_in_waves
from abm.contagion.network import Network
from abm.contagion.payments import (
    Claims,
    Iteration,
    State,
    Terms,
    apply_map,
    ascend,
    ascent,
    descend,
    descent,
    lose,
    new_state,
    pay_claims,
    start_above,
    start_below,
)
from abm.units import Flags, Floats, Ints

TOLERANCE = 1e-12
"""Default tolerance of payments, relative to the largest liability [1]."""

UNIQUE_TOL = 1e-9
"""Clearing vectors closer than this share of the largest liability count as one [1]."""

PATIENCE = 300
"""Rounds after which the exact algorithm takes over."""

EXACT_DEFAULTS = 2_000
"""Most defaults with which it does: beyond, its sparse factors fill in."""

MOST_ROUNDS = 100_000
"""Rounds after which an iteration that has not come to rest is reported as not converged."""

type Rule = str | Sequence[str] | Ints | DivisionRule
"""One rule for all nodes, one name or code per node, or a function for all."""


@dataclass(frozen=True, eq=False)
class Clearing:
    """The outcome of a clearing, for the greatest clearing vector unless it says otherwise.

    Attributes:
        payments: total payment of each node, the greatest clearing vector, `[N]`.
        least: the least clearing vector, `[N]`.
        is_unique: whether the two differ by less than `UNIQUE_TOL` of the largest liability.
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
            code per node `[N]`, or a function `rule(estate, claims) -> awards` (slow, checked).
        alpha: share of outside assets recovered in default, in [0, 1].
        beta: share of payments received recovered in default, in [0, 1].
        tolerance: of payments, relative to the largest liability, in (0, 1e-3].

    Raises:
        ValueError: a number is negative, not finite or out of range, or a rule is unknown.
    """
    network.check_weights()
    outside = checked_assets(network, outside_assets)
    terms = checked_terms(alpha, beta, tolerance)
    claims = claims_of(network, "proportional" if callable(rule) else rule)
    state = new_state(len(network), network.weights.size)
    fall, rise, loses = descend, ascend, lose
    if callable(rule):
        loses = partial(_lose_by_rule, rule)
        fall, rise = descent(loses), ascent(loses)
    start_below(claims, state)
    _, rose = rise(claims, outside, terms, state)
    loses(claims, state)
    residual = apply_map(outside, terms, state, np.empty(len(network)))
    least = state.payments.copy()
    rounds, fell = _from_above(fall, claims, outside, terms, state)
    loses(claims, state)
    residual = max(residual, apply_map(outside, terms, state, np.empty(len(network))))
    if callable(rule):
        _pay_by_rule(rule, claims, state)
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


def _outcome(
    outside: Floats, terms: Terms, state: State, least: Floats, run: tuple[int, float, bool]
) -> Clearing:
    """Equity and the rest, from payments; `run` is (rounds, residual, came to rest)."""
    rounds, residual, rested = run
    scale = float(state.liability.max(initial=0.0))
    received = np.maximum(state.due - state.lost, 0.0)
    net_worth = outside + received - state.liability
    gap = float(np.abs(state.payments - least).max(initial=0.0))
    relative = residual / scale if scale > 0.0 else 0.0
    return Clearing(
        payments=state.payments,
        least=least,
        is_unique=gap <= UNIQUE_TOL * scale,
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


def is_linear(claims: Claims) -> bool:
    """Whether payments on claims are linear in the estate: one class, in proportion, everywhere."""
    start = claims.row_start[:-1][np.diff(claims.row_start) > 0]
    one_class = np.array_equal(
        np.repeat(claims.seniority[start], np.diff(claims.row_start)[np.diff(claims.row_start) > 0]),
        claims.seniority,
    )
    return one_class and not claims.rule.any()


def claims_of(network: Network, rule: str | Sequence[str] | Ints = "proportional") -> Claims:
    """What the kernels read of a network: its own columns, no copies.

    Raises:
        ValueError: a rule or code is unknown, or there is not one per node.
    """
    return Claims(
        network.row_start,
        network.column,
        network.weights,
        network.seniority,
        _rule_codes(rule, len(network)),
    )


def _rule_codes(rule: str | Sequence[str] | Ints, count: int) -> Ints:
    """Code of the rule of each node, `[N]`."""
    if isinstance(rule, str):
        return np.full(count, rule_code(rule), np.int64)
    codes = np.array([rule_code(r) if isinstance(r, str) else int(r) for r in rule], np.int64)
    if codes.size != count:
        raise ValueError(f"{codes.size} division rules for {count} nodes: give one for each")
    if codes.size and not (codes.min() >= 0 and codes.max() < len(RULES)):
        raise ValueError(f"codes of division rules go from 0 to {len(RULES) - 1}, got {codes}")
    return codes


def checked_assets(network: Network, outside_assets: Any) -> Floats:
    """Give outside assets `[N]`, the network's own column for None.

    Raises:
        ValueError: they are missing, negative or not finite, or there is not one number per node.
    """
    if outside_assets is None:
        if "outside_assets" not in network.columns:
            raise ValueError(
                "the network has no column 'outside_assets': add it or give the argument"
            )
        outside_assets = network.columns["outside_assets"]
    outside = np.array(outside_assets, np.float64)
    if outside.shape != (len(network),):
        raise ValueError(f"{outside.size} outside assets for {len(network)} nodes: one for each")
    bad = np.flatnonzero(~((outside >= 0.0) & (outside < np.inf)))
    if bad.size:
        raise ValueError(
            f"outside assets of {network.names[bad[0]]!r} are {outside[bad[0]]}: give a finite "
            "number of 0 or more, and enter a debt to outsiders as a claim of a node that owes "
            "nothing"
        )
    return outside


def checked_terms(alpha: float, beta: float, tolerance: float) -> Terms:
    """Give the terms of a clearing in waves.

    Raises:
        ValueError: a share or the tolerance is out of range.
    """
    for name, share in (("alpha", alpha), ("beta", beta)):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{name} is {share}: set the share recovered in default to [0, 1]")
    if not 0.0 < tolerance <= 1e-3:
        raise ValueError(f"tolerance is {tolerance}: set it above 0 and to 1e-3 at most")
    return Terms(float(alpha), float(beta), float(tolerance), True, MOST_ROUNDS)


def _pay_by_rule(rule: DivisionRule, claims: Claims, state: State) -> None:
    """`pay_claims` with a rule of your own: class by class, checked."""
    state.paid[:] = claims.weights
    for i in np.flatnonzero(state.short):
        left = float(state.payments[i])
        place = np.arange(claims.row_start[i], claims.row_start[i + 1])
        for rank in np.unique(claims.seniority[place]):
            own = place[claims.seniority[place] == rank]
            state.paid[own] = awards_of(rule, left, claims.weights[own])
            left = max(0.0, left - float(claims.weights[own].sum()))


def _lose_by_rule(rule: DivisionRule, claims: Claims, state: State) -> None:
    """`lose` with a rule of your own."""
    _pay_by_rule(rule, claims, state)
    missed = claims.weights - state.paid
    state.lost[:] = np.bincount(claims.column, missed, state.lost.size)
