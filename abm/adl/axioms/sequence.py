"""Axioms of sequence: parts of a problem give the same as the whole, in any order.

    consistency          an account that has paid leaves with its payment: the others pay the same
    order-independence   two bankruptcies of one moment, one after the other: the order is no matter

Consistency scales the bankrupt down by what has been paid, so that the bankruptcy price stays.
Order-independence compares positions and equity of all counterparties after both rounds; a new
bankruptcy in between ends the comparison. Source: [Young1988], consistency.
"""

import numpy as np

from abm.adl.axioms.axiom import TOLERANCE, Attack, Axiom, Breach, nothing_to_draw, short
from abm.adl.axioms.case import Case
from abm.adl.axioms.rule import Rule, Sampling, mean_over
from abm.units import Floats, Ints


def _draw_payer(rng: np.random.Generator, _case: Case, payers: Ints) -> Attack | None:
    return {"account": int(rng.choice(payers))} if payers.size else None


def less_bankrupt(case: Case, share: float) -> Case:
    """The bankrupt at a share of their position and cash, at the same bankruptcy price."""
    scaled = [
        account._replace(qty=account.qty * share, cash=account.cash * share)
        for account, bankrupt in zip(case.accounts, case.bankrupt, strict=True)
        if bankrupt
    ]
    return case.with_accounts(*scaled)


def _consistent(rule: Rule, case: Case, attack: Attack, _sampling: Sampling) -> Breach | None:
    leaver = int(attack["account"])
    if not case.has(leaver) or case.bankrupt[case.row(leaver)]:
        return None
    done = rule.run(case)
    paid = float(done.taken[case.row(leaver)])
    share = 1.0 - paid / done.owed
    if paid <= TOLERANCE * done.owed or share <= TOLERANCE:
        return None
    reduced = less_bankrupt(case, share).without(leaver)
    again = rule.run(reduced).taken
    kept = np.array([case.row(int(i)) for i in reduced.id])
    change = np.abs(again - done.taken[kept])
    worst = int(np.argmax(change))
    if change[worst] <= TOLERANCE * done.owed:
        return None
    words = (
        f"account {reduced.id[worst]} gives {short(done.taken[kept[worst]])} {done.unit}, and"
        f" {short(again[worst])} once account {leaver} has given {short(paid)} and left"
    )
    return Breach(float(change[worst]) / done.owed, words)


def one_after_the_other(rule: Rule, case: Case, first: int, second: int) -> Case:
    """The counterparties after two rounds, each with one of the two bankrupt accounts."""
    later = case.account(second)
    once = rule.run(case.without(second))
    between = once.after(case.without(second)).without(first).with_accounts(later)
    return rule.run(between).after(between).without(first, second)


def _any_order(rule: Rule, case: Case, _attack: Attack, sampling: Sampling) -> Breach | None:
    bankrupt = [int(i) for i in case.id[case.bankrupt]]
    if len(bankrupt) != 2:
        return None
    payers = case.without(*bankrupt)
    if not payers.accounts or any(_breaks(rule, case.without(i)) for i in bankrupt):
        return None

    def difference(seeded: Case) -> Floats:
        ends = [
            one_after_the_other(rule, seeded, *pair) for pair in (bankrupt, tuple(bankrupt[::-1]))
        ]
        money = (ends[0].equity - ends[1].equity) / case.deficit
        gross = float(np.abs(case.qty[case.bankrupt]).sum())
        return np.concatenate([money, (ends[0].qty - ends[1].qty) / gross])

    found = mean_over(case, sampling, difference)
    change = np.abs(found.mean) - found.noise
    worst = int(np.argmax(change))
    if change[worst] <= TOLERANCE:
        return None
    of_money = worst < len(payers.accounts)
    amount = abs(float(found.mean[worst]))
    amount *= case.deficit if of_money else float(np.abs(case.qty[case.bankrupt]).sum())
    words = (
        f"account {payers.id[worst % len(payers.accounts)]} ends with {short(amount)}"
        f" {'USD' if of_money else 'contracts'} more or less by which of {bankrupt[0]} and"
        f" {bankrupt[1]} comes first"
    )
    return Breach(float(change[worst]), words)


def _breaks(rule: Rule, case: Case) -> bool:
    """Whether a round makes a counterparty bankrupt."""
    equity = rule.run(case).equity(case)
    return bool((equity[~case.bankrupt] < 0.0).any())


SEQUENCE = (
    Axiom(
        "consistent",
        "consistent",
        "When an account that has paid leaves with its payment, the others pay what they paid.",
        _draw_payer,
        _consistent,
        ex_post=True,
    ),
    Axiom(
        "order_independent",
        "order of bankruptcies",
        "Two simultaneous bankruptcies can be handled in either order.",
        nothing_to_draw,
        _any_order,
        bankrupts=2,
    ),
)
