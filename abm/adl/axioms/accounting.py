"""Axioms of accounts: nobody gives more than it has, the budget is met, nothing is made.

    feasible            0 <= x <= w,  sum x <= B
    budget-balanced     sum x = min(B, sum w)
    covers the deficit  no equity below 0 is left while the counterparties could pay for all of it
    conserves           sum qty and sum (cash - qty entry) + fees stay
    flat untouched      an account without a position keeps its cash

x, w and B in the numeraire of the rule. Source: [Chitra2025] for validity of a haircut; a close at
the mark is balanced in contracts and covers no deficit, which is why both are asked.
"""

import numpy as np

from abm.adl.axioms.axiom import TOLERANCE, Attack, Axiom, Breach, nothing_to_draw, short
from abm.adl.axioms.case import Case
from abm.adl.axioms.rule import Rule, Sampling


def _feasible(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    done = rule.run(case)
    excess = np.maximum(done.taken - done.endowment, -done.taken)
    worst = int(np.argmax(excess))
    above = float(done.taken.sum()) - done.owed
    if above > max(float(excess[worst]), TOLERANCE * done.owed):
        words = f"{short(done.taken.sum())} {done.unit} are taken where {short(done.owed)} are owed"
        return Breach(above / done.owed, words)
    if excess[worst] > TOLERANCE * done.owed:
        words = (
            f"account {case.id[worst]} gives {short(done.taken[worst])} of its"
            f" {short(done.endowment[worst])} {done.unit}"
        )
        return Breach(float(excess[worst]) / done.owed, words)
    return None


def _balanced(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    done = rule.run(case)
    reachable = min(done.owed, float(done.endowment.sum()))
    if case.lot > 0.0 and done.in_contracts:
        reachable = np.floor(reachable / case.lot + TOLERANCE) * case.lot
    missing = reachable - float(done.taken.sum())
    if missing <= TOLERANCE * done.owed:
        return None
    words = (
        f"{short(done.taken.sum())} of {short(done.owed)} {done.unit} are taken,"
        f" {short(reachable)} could be"
    )
    return Breach(missing / done.owed, words)


def _covers(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    payable = float(case.equity[case.opposite].sum())
    closable = float(np.abs(case.qty[case.opposite]).sum())
    if payable < case.deficit or closable < np.abs(case.qty[case.bankrupt]).sum():
        return None
    equity = rule.run(case).equity(case)
    left = float(np.maximum(-equity, 0.0).sum())
    if left <= TOLERANCE * case.deficit:
        return None
    words = (
        f"{short(left)} of {short(case.deficit)} USD stay uncovered; the other side holds"
        f" {short(payable)} USD of equity"
    )
    return Breach(left / case.deficit, words)


def _conserves(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    case = case.balanced()
    done = rule.run(case)
    gross = float(np.abs(case.qty[case.bankrupt]).sum())
    drift = float((done.qty - case.qty).sum())
    if abs(drift) > TOLERANCE * gross:
        return Breach(abs(drift) / gross, f"positions sum to {short(drift)} contracts more")
    before = float((case.cash - case.qty * case.entry).sum())
    made = float((done.cash - done.qty * case.entry).sum()) + done.fees - before
    if abs(made) > TOLERANCE * max(case.deficit, 1.0):
        return Breach(abs(made) / case.deficit, f"{short(made)} USD appear")
    return None


def _flat(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    done = rule.run(case)
    moved = np.where(case.qty == 0.0, np.abs(done.cash - case.cash), 0.0)
    worst = int(np.argmax(moved))
    if moved[worst] <= TOLERANCE * case.deficit:
        return None
    words = f"account {case.id[worst]} holds no position and loses {short(moved[worst])} USD"
    return Breach(float(moved[worst]) / case.deficit, words)


ACCOUNTING = (
    Axiom(
        "feasible",
        "feasible",
        "Nobody gives less than 0 or more than the endowment, and all give at most what is owed.",
        nothing_to_draw,
        _feasible,
        ex_post=True,
        lots=True,
    ),
    Axiom(
        "budget_balanced",
        "budget-balanced",
        "All that is owed is taken, as far as the endowments reach.",
        nothing_to_draw,
        _balanced,
        ex_post=True,
        lots=True,
    ),
    Axiom(
        "covers_deficit",
        "covers the deficit",
        "No equity below 0 is left where the equity and positions opposite suffice.",
        nothing_to_draw,
        _covers,
        ex_post=True,
    ),
    Axiom(
        "conserves",
        "conserves positions",
        "Positions and money are moved, none is made.",
        nothing_to_draw,
        _conserves,
        ex_post=True,
        lots=True,
    ),
    Axiom(
        "flat_untouched",
        "flat untouched",
        "An account without a position loses nothing.",
        nothing_to_draw,
        _flat,
        ex_post=True,
    ),
)
