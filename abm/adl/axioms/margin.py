"""Axioms of the aftermath: ADL must not break those who pay.

    solvent payers     equity' >= 0
    no harm            equity' >= maintenance margin of what is left

for every counterparty, all of whom start at or above maintenance. A haircut leaves the position
open and the requirement with it; a close shrinks both. Source: the overlap check of dYdX v4
(`deleveraging.go`) is the first; the second is what spares a payer its own liquidation.
"""

import numpy as np

from abm.adl.axioms.axiom import TOLERANCE, Attack, Axiom, Breach, nothing_to_draw, short
from abm.adl.axioms.case import MAINTENANCE_RATE, Case
from abm.adl.axioms.rule import Rule, Sampling


def _solvent(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    equity = np.where(case.bankrupt, 0.0, rule.run(case).equity(case))
    worst = int(np.argmin(equity))
    if equity[worst] >= -TOLERANCE * case.deficit:
        return None
    words = (
        f"account {case.id[worst]} falls from {short(case.equity[worst])} to"
        f" {short(equity[worst])} USD of equity"
    )
    return Breach(float(-equity[worst]) / case.deficit, words)


def _no_harm(rule: Rule, case: Case, _attack: Attack, _sampling: Sampling) -> Breach | None:
    done = rule.run(case)
    needed = MAINTENANCE_RATE * np.abs(done.qty) * case.mark
    missing = np.where(case.bankrupt, 0.0, needed - done.equity(case))
    worst = int(np.argmax(missing))
    if missing[worst] <= TOLERANCE * case.deficit:
        return None
    words = (
        f"account {case.id[worst]} is left {short(done.equity(case)[worst])} USD of equity where"
        f" its position needs {short(needed[worst])}"
    )
    return Breach(float(missing[worst]) / case.deficit, words)


MARGIN = (
    Axiom(
        "solvent_payers",
        "payers stay solvent",
        "No counterparty ends with equity below 0.",
        nothing_to_draw,
        _solvent,
        ex_post=True,
    ),
    Axiom(
        "no_harm",
        "payers keep maintenance",
        "No counterparty at or above its maintenance margin is pushed below it.",
        nothing_to_draw,
        _no_harm,
        ex_post=True,
    ),
)
