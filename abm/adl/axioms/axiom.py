"""An axiom as a search problem: propose an attack on a book, see whether the rule gives way.

    propose(rng, case, payers)     -> an attack, or nothing
    test(rule, case, attack)       -> how far the axiom is missed, and a sentence, or nothing

An attack is a few numbers by name (which account, which share), so that a counterexample can be
stored and replayed. Sizes are shares of what the bankrupt owe, in the numeraire of the rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl.axioms.case import Case, random_case
from abm.adl.axioms.rule import Rule, Sampling
from abm.units import Ints

TOLERANCE = 1e-6
"""Departure that counts as rounding, as a share of what is owed [1]."""

type Attack = Mapping[str, float]
"""Numbers by name; account ids are whole."""

type Proposal = Callable[[np.random.Generator, Case, Ints], Attack | None]
"""Draws an attack on a case, given the ids of those who pay; None where there is none to draw."""

type Test = Callable[[Rule, Case, Attack, Sampling], "Breach | None"]
"""Whether the rule gives way, on one seed or on means."""


class Breach(NamedTuple):
    """How an axiom is missed.

    Attributes:
        size: departure as a share of what is owed [1].
        sentence: what was seen.
    """

    size: float
    sentence: str


@dataclass(frozen=True)
class Axiom:
    """One demand on a rule.

    Attributes:
        id: lower-case words joined by underscores.
        title: a few words, for tables and figures.
        statement: what is demanded.
        propose: an attack on a random case.
        test: whether the attack succeeds.
        ex_post: must hold for every seed; otherwise a rule that draws lots is judged by means.
        bankrupts: number of bankrupt accounts in its cases.
        lots: its cases come with whole lots, too.
        attacks: drawn on every book.
    """

    id: str
    title: str
    statement: str
    propose: Proposal
    test: Test
    ex_post: bool = False
    bankrupts: int = 1
    lots: bool = False
    attacks: int = 1

    def random_case(self, rng: np.random.Generator, rule: Rule) -> Case:
        """A random book for this axiom and rule."""
        lot = rule.lot
        if self.lots and lot == 0.0:
            lot = float(rng.integers(0, 2))
        several = int(rng.integers(1, 3)) if self.bankrupts == 1 else self.bankrupts
        return random_case(rng, bankrupts=several, lot=lot)


def nothing_to_draw(_rng: np.random.Generator, _case: Case, _payers: Ints) -> Attack:
    """For axioms that look at one outcome."""
    return {}


def solvent_account(rng: np.random.Generator, case: Case, payers: Ints) -> int:
    """Id of a solvent account with a position; mostly one that pays, where somebody does."""
    if payers.size and rng.random() < 0.8:
        return int(rng.choice(payers))
    return int(rng.choice(case.id[~case.bankrupt & (case.qty != 0.0)]))


def short(number: float) -> str:
    """A number in at most four digits."""
    return f"{number + 0.0:.4g}"
