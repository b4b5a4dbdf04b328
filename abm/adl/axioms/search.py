"""Search for counterexamples, and make them small.

    books by hand (`targeted`), then
    for k = 1 .. N:  draw a book and attacks;  the first breach of some size is shrunk and kept

Shrinking takes away accounts, then puts rounder numbers in their place, as long as the axiom is
still missed by a good part of what it was; every step lowers a count of accounts and digits, so it
ends. A rule that draws lots is tested on few seeds first, and on many where their mean fails; what
counts is the last, largest sample.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from abm.adl.axioms.axiom import Attack, Axiom, Breach
from abm.adl.axioms.case import Account, Case, with_field
from abm.adl.axioms.rule import CONFIRM, FEW, ONE_SEED, SCREEN, SHRINK, Rule, Sampling
from abm.adl.axioms.targeted import TARGETED

KEPT = 0.5
"""Share of the first breach that a smaller counterexample must keep [1]."""

ENOUGH = 0.05
"""A breach of this share of what is owed is large enough, however large the first was [1]."""

_ROUND = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


class Counterexample(NamedTuple):
    """A book and an attack on which a rule misses an axiom.

    Attributes:
        case: the book.
        attack: numbers of the attack.
        breach: how far, and what was seen.
    """

    case: Case
    attack: Attack
    breach: Breach


def judge(
    rule: Rule,
    axiom: Axiom,
    case: Case,
    attack: Attack,
    stages: tuple[Sampling, ...] = (CONFIRM,),
) -> Breach | None:
    """Whether the rule misses the axiom here, before the draw where it draws lots.

    Args:
        rule: under judgement.
        axiom: to be tested.
        case: the book; one that is not valid misses nothing.
        attack: numbers of the attack.
        stages: a lottery has to fail in all of them; any other rule is run once.
    """
    if not case.valid():
        return None
    found = None
    for stage in stages if rule.random and not axiom.ex_post else (ONE_SEED,):
        found = axiom.test(rule, case, attack, stage)
        if found is None:
            break
    return found


def search(
    rule: Rule, axiom: Axiom, books: int, rng: np.random.Generator
) -> tuple[Counterexample | None, int]:
    """The first counterexample of some size, else the largest, and the number of books looked at.

    Args:
        rule: under judgement.
        axiom: to be tested.
        books: at most this many, times the rule's effort, that the axiom has something to say on.
        rng: of books and attacks.
    """
    wanted = max(1, round(books * rule.effort))
    largest = _by_hand(rule, axiom)
    tried = 0
    while tried < wanted and (largest is None or largest.breach.size < ENOUGH):
        tried += 1
        case = axiom.random_case(rng, rule)
        payers = case.id[rule.run(case).taken > 0.0]
        for _ in range(axiom.attacks):
            attack = axiom.propose(rng, case, payers)
            breach = None
            if attack is not None:
                breach = judge(rule, axiom, case, attack, (FEW, SCREEN, CONFIRM))
            if breach is not None and (largest is None or breach.size > largest.breach.size):
                largest = Counterexample(case, attack or {}, breach)
    return None if largest is None else shrink(rule, axiom, largest), tried


def _by_hand(rule: Rule, axiom: Axiom) -> Counterexample | None:
    """The first of the books by hand that refutes."""
    for case, attack in TARGETED.get(axiom.id, ()):
        of_rule = replace(case, lot=rule.lot)
        breach = judge(rule, axiom, of_rule, attack)
        if breach is not None:
            return Counterexample(of_rule, attack, breach)
    return None


def shrink(rule: Rule, axiom: Axiom, found: Counterexample) -> Counterexample:
    """The same failure with fewer accounts and rounder numbers."""
    floor = min(KEPT * found.breach.size, ENOUGH)
    stages = (SHRINK,) if rule.random and not axiom.ex_post else (ONE_SEED,)
    least: Counterexample = found
    smaller: Counterexample | None = found
    while smaller is not None:
        least = smaller
        smaller = next(
            (
                Counterexample(case, attack, breach)
                for case, attack in _smaller(rule, least.case, least.attack)
                if (breach := judge(rule, axiom, case, attack, stages)) is not None
                and breach.size >= floor
            ),
            None,
        )
    breach = judge(rule, axiom, least.case, least.attack)
    return found if breach is None else least._replace(breach=breach)


def _smaller(rule: Rule, case: Case, attack: Attack) -> Iterator[tuple[Case, Attack]]:
    """Books a step simpler than this one, the boldest steps first; a lottery keeps its numbers."""
    named = {int(attack[name]) for name in ("account", "other") if name in attack}
    for account in case.accounts:
        if account.id not in named:
            yield case.without(account.id), attack
    if not rule.random:
        for rounder in _rounder(case):
            yield rounder, attack
        for name in ("share", "cash_share", "top_up", "to"):
            for simple in _simpler(attack.get(name, 0.5), 0.5):
                yield case, {**attack, name: simple}


def _rounder(case: Case) -> Iterator[Case]:
    """The same accounts with one number simpler."""
    if case.previous_mark != case.mark:
        yield replace(case, previous_mark=case.mark)
    for account in case.accounts:
        for field in Account._fields[1:]:
            anchor = case.mark if field == "entry" else 0.0
            for simple in _simpler(float(getattr(account, field)), anchor):
                yield case.with_accounts(with_field(account, field, simple))


def _simpler(value: float, anchor: float) -> Iterator[float]:
    """Numbers that are simpler than a value: the anchor, or round ones of its sign."""
    sign = -1.0 if value < 0.0 else 1.0
    candidates = [anchor, *(sign * number for number in _ROUND)]
    if anchor >= 1.0:
        candidates += [anchor + gap for gap in (10.0, -10.0, 20.0, -20.0, 50.0)]
    for candidate in candidates:
        if _cost(candidate, anchor) < _cost(value, anchor):
            yield candidate


def _cost(value: float, anchor: float) -> tuple[int, float]:
    """How hard a number is to read: its digits, then its distance from the anchor."""
    if value == anchor:
        return 0, 0.0
    digits = len(f"{value:.12g}".replace("-", "").replace(".", "").strip("0"))
    return digits, abs(value - anchor)
