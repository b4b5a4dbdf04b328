"""Axioms of invariance: units and names do not matter.

    money      all prices and cash times c:              contracts the same, USD times c
    contracts  all positions and lots times c, prices / c:  contracts times c, USD the same
    names      accounts exchange their ids:              payments go with the account

c is a power of two, so that scaling is exact and cannot break a tie by rounding. Names decide
ties wherever a venue publishes no rule and the smaller id goes first. Rules that draw lots key the
draw by id; they are anonymous if the mean is. Source: [Moulin1987], [Young1988].
"""

from dataclasses import replace

import numpy as np

from abm.adl.axioms.axiom import TOLERANCE, Attack, Axiom, Breach, Test, short
from abm.adl.axioms.case import Case
from abm.adl.axioms.rule import Rule, Sampling, mean_over
from abm.units import Floats, Ints

FACTORS = (0.0078125, 0.125, 8.0, 128.0)
"""Powers of two by which units change."""


def in_other_money(case: Case, factor: float) -> Case:
    """The same book in another unit of account."""
    accounts = tuple(
        a._replace(entry=a.entry * factor, cash=a.cash * factor, snapshot=a.snapshot * factor)
        for a in case.accounts
    )
    previous = case.previous_mark * factor
    return replace(case, accounts=accounts, mark=case.mark * factor, previous_mark=previous)


def in_other_contracts(case: Case, factor: float) -> Case:
    """The same book in contracts of another size."""
    accounts = tuple(a._replace(qty=a.qty * factor, entry=a.entry / factor) for a in case.accounts)
    return replace(
        case,
        accounts=accounts,
        mark=case.mark / factor,
        previous_mark=case.previous_mark / factor,
        lot=case.lot * factor,
    )


def renamed(case: Case, seed: int) -> Case:
    """The accounts with their ids dealt out anew, in the same order of rows."""
    ids = np.random.default_rng(seed).permutation(case.id)
    accounts = tuple(
        account._replace(id=int(new)) for new, account in zip(ids, case.accounts, strict=True)
    )
    return replace(case, accounts=accounts)


def _draw_factor(rng: np.random.Generator, _case: Case, _payers: Ints) -> Attack:
    return {"factor": float(rng.choice(FACTORS))}


def _draw_names(rng: np.random.Generator, _case: Case, _payers: Ints) -> Attack:
    return {"shuffle": float(rng.integers(100))}


def _scaled(money: bool) -> Test:
    def test(rule: Rule, case: Case, attack: Attack, sampling: Sampling) -> Breach | None:
        factor = attack["factor"]
        other = in_other_money(case, factor) if money else in_other_contracts(case, factor)
        unit = factor if money != rule.run(case).in_contracts else 1.0
        what = "money" if money else "contracts"
        words = f"when all {what} are counted in units of 1/{factor}"
        return _unequal(rule, (case, other), unit, sampling, words)

    return test


def _anonymous(rule: Rule, case: Case, attack: Attack, sampling: Sampling) -> Breach | None:
    other = renamed(case, int(attack["shuffle"]))
    return _unequal(rule, (case, other), 1.0, sampling, "under another id")


def _unequal(
    rule: Rule, books: tuple[Case, Case], unit: float, sampling: Sampling, words: str
) -> Breach | None:
    """The largest change of a payment between two books with the same rows, beyond its noise.

    Args:
        rule: under judgement.
        books: before and after.
        unit: by which payments of the second book are divided.
        sampling: of a lottery.
        words: what was changed.
    """
    case, other = books
    done = rule.run(case)

    def both(seeded: Case) -> Floats:
        before = rule.run(seeded).taken
        after = rule.run(replace(other, seed=seeded.seed)).taken / unit
        return np.concatenate([before, after, after - before])

    found = mean_over(case, sampling, both)
    before, after, change = np.split(found.mean, 3)
    beyond = np.abs(change) - np.split(found.noise, 3)[2]
    worst = int(np.argmax(beyond))
    size = float(beyond[worst]) / done.owed
    if size <= TOLERANCE:
        return None
    seen = (
        f"account {case.id[worst]} gives {short(before[worst])} {done.unit}, and"
        f" {short(after[worst])} {words}"
    )
    return Breach(size, seen)


INVARIANCE = (
    Axiom(
        "scale_money",
        "scale-free in money",
        "Another unit of account changes no contract, and every payment in proportion.",
        _draw_factor,
        _scaled(money=True),
    ),
    Axiom(
        "scale_contracts",
        "scale-free in contracts",
        "Another size of contract changes no payment, and every position in proportion.",
        _draw_factor,
        _scaled(money=False),
    ),
    Axiom(
        "anonymous",
        "anonymous",
        "Payments depend on what an account holds, not on its id.",
        _draw_names,
        _anonymous,
    ),
)
