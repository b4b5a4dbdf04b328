"""Axioms: demands on a rule, each decided by search for a counterexample.

    rules()      designs of the catalog and mechanisms of the theory, behind one protocol
    AXIOMS       one family per file
    decide       rule x axiom -> holds, refuted with a minimal book, or without meaning
    stored()     the matrix as it ships, `counterexamples.json`, which the tests replay

A cell that holds says so for N random books of 2 to 9 accounts; where a theorem or the way the
rule is built proves it, the cell gives the reason.
"""

from abm.adl.axioms.axiom import TOLERANCE, Axiom, Breach
from abm.adl.axioms.case import Account, Case, case_of, random_case
from abm.adl.axioms.catalog_rules import rule, rules
from abm.adl.axioms.matrix import AXIOMS, Cell, axiom, decide, stored
from abm.adl.axioms.rule import Outcome, Rule, rule_of
from abm.adl.axioms.search import Counterexample, judge, search, shrink

__all__ = [
    "AXIOMS",
    "TOLERANCE",
    "Account",
    "Axiom",
    "Breach",
    "Case",
    "Cell",
    "Counterexample",
    "Outcome",
    "Rule",
    "axiom",
    "case_of",
    "decide",
    "judge",
    "random_case",
    "rule",
    "rule_of",
    "rules",
    "search",
    "shrink",
    "stored",
]
