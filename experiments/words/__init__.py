"""Designs and mechanisms in words: formulas from slot values, axioms, a worked example.

slots_of(design)      what is said of each slot: a few words, the formula, a sentence
describe(design)      one page; `describe_mechanism` for a rule of the theory
work_out(design)      one small book through the real `deleverage`
designs_table         `docs/designs.md`: `python -m experiments.words.designs_table --write`
"""

from experiments.words.page import describe, describe_mechanism, family_of
from experiments.words.shares import first_and_taken
from experiments.words.slots import slots_of
from experiments.words.worked_example import work_out

__all__ = [
    "describe",
    "describe_mechanism",
    "family_of",
    "first_and_taken",
    "slots_of",
    "work_out",
]
