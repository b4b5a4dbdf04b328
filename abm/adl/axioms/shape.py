"""Axioms of shape: order is kept, and small causes have small effects.

    rank-preserving   w_i > w_j  implies  w_i - x_i >= w_j - x_j
    continuous        |x(b') - x(b)| -> 0 as b' -> b     in cash, entry and size of one account

A jump is found by bisection: between two books the half with the larger change is kept; a
continuous rule's change goes to 0 with the distance, a jump stays. 30 halvings tell a jump from a
slope of up to 1e6. Sources: [Chitra2025] for monotonicity, [Chitra2026] for ||Q(s) - Q(s')|| = 2 B.
"""

import numpy as np

from abm.adl.axioms.axiom import (
    TOLERANCE,
    Attack,
    Axiom,
    Breach,
    nothing_to_draw,
    short,
    solvent_account,
)
from abm.adl.axioms.case import Account, Case, with_field
from abm.adl.axioms.rule import Rule, Sampling, payments
from abm.units import Floats, Ints

HALVINGS = 30
"""Bisections of the way between two books."""

JUMP = 1e-3
"""Change that counts as a jump when the distance is 2^-30, as a share of what is owed [1]."""

FIELDS = ("qty", "entry", "cash")
"""What of an account is moved, by code 0, 1, 2."""


def _rank(rule: Rule, case: Case, _attack: Attack, sampling: Sampling) -> Breach | None:
    done = rule.run(case)
    paid = payments(rule, case, sampling)
    left = done.endowment - paid.mean
    rows = np.flatnonzero(done.endowment > 0.0)
    worst, pair = 0.0, (0, 0)
    for i in rows.tolist():
        for j in rows.tolist():
            if done.endowment[i] > done.endowment[j] + TOLERANCE * done.owed:
                noise = float(np.hypot(paid.noise[i], paid.noise[j]))
                if left[j] - left[i] - noise > worst:
                    worst, pair = float(left[j] - left[i] - noise), (i, j)
    if worst <= TOLERANCE * done.owed:
        return None
    i, j = pair
    words = (
        f"account {case.id[i]} goes from {short(done.endowment[i])} to {short(left[i])}"
        f" {done.unit} and falls behind {case.id[j]}, from {short(done.endowment[j])} to"
        f" {short(left[j])}"
    )
    return Breach(worst / done.owed, words)


def _draw_move(rng: np.random.Generator, case: Case, payers: Ints) -> Attack:
    account = case.account(solvent_account(rng, case, payers))
    field = int(rng.integers(3))
    if field == 0:
        to = account.qty * float(rng.choice((0.5, 2.0)))
    elif field == 1:
        to = account.entry + float(rng.choice((-20.0, -10.0, 10.0, 20.0)))
    else:
        to = account.cash * float(rng.choice((2.0, 5.0))) + 1.0
    return {"account": account.id, "field": field, "to": to}


def moved(case: Case, attack: Attack, way: float) -> Case:
    """The book `way` of the way from the case to the attacked one, in [0, 1]."""
    account = case.account(int(attack["account"]))
    name = FIELDS[int(attack["field"])]
    start = float(getattr(account, name))
    value = start + way * (attack["to"] - start)
    return case.with_accounts(with_field(account, name, value))


def _continuous(rule: Rule, case: Case, attack: Attack, sampling: Sampling) -> Breach | None:
    if not case.has(int(attack["account"])):
        return None
    end = moved(case, attack, 1.0)
    same_sides = bool((end.qty * case.qty >= 0.0).all())
    if not end.valid() or not case.same_bankrupt(end) or not same_sides:
        return None
    owed = rule.run(case).owed

    def taken(way: float) -> Floats:
        return rule.run(moved(case, attack, way)).taken

    low, high = 0.0, 1.0
    x_low, x_high = taken(low), taken(high)
    for _ in range(HALVINGS):
        if float(np.abs(x_high - x_low).sum()) <= JUMP * owed:
            return None
        middle = 0.5 * (low + high)
        x_middle = taken(middle)
        below, above = np.abs(x_middle - x_low).sum(), np.abs(x_high - x_middle).sum()
        if below >= above:
            high, x_high = middle, x_middle
        else:
            low, x_low = middle, x_middle
    if sampling.draws > 1:
        ends = [payments(rule, moved(case, attack, way), sampling) for way in (low, high)]
        x_low, x_high = ends[0].mean, ends[1].mean
        noise = float(np.hypot(ends[0].noise, ends[1].noise).sum())
        if float(np.abs(x_high - x_low).sum()) <= JUMP * owed + noise:
            return None
    size = float(np.abs(x_high - x_low).sum()) / owed
    account: Account = moved(case, attack, high).account(int(attack["account"]))
    name = FIELDS[int(attack["field"])]
    words = (
        f"payments jump by {short(size)} of what is owed when the {name} of account {account.id}"
        f" passes {short(getattr(account, name))}"
    )
    return Breach(size, words)


SHAPE = (
    Axiom(
        "rank_preserving",
        "rank-preserving",
        "Who had the larger endowment is not left with less.",
        nothing_to_draw,
        _rank,
    ),
    Axiom(
        "continuous",
        "continuous",
        "Payments change little when the cash, entry or size of one account changes little.",
        _draw_move,
        _continuous,
        attacks=2,
    ),
)
