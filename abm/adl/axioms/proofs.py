"""Why a cell holds, where a theorem or the way a rule is built says so.

A reason is given only with a verdict of `holds`: the search may still refute what is written here,
and then the cell is refuted.
"""

from abm.adl.axioms.rule import Rule

_LINEAR = "x_i = w_i B / U is linear in w_i: the parts of an account pay what the whole pays"
_RATE = "one common rate solves the rest of the book as it solved the whole (Young 1988)"

_REASONS = {
    "pro_rata": {
        "split_proportional": _LINEAR,
        "split_asymmetric": f"{_LINEAR}, and w does not read cash of at least 0",
        "merge_proof": _LINEAR,
        "rank_preserving": "w_i - x_i = w_i (1 - B / U) grows with w_i",
        "continuous": "w B / U is continuous where U > 0",
        "consistent": _RATE,
    },
    "equal_dollar": {
        "rank_preserving": "w - min(w, kappa) = (w - kappa)+ grows with w",
        "continuous": "kappa is continuous in w and B",
        "consistent": _RATE,
    },
    "levelling": {
        "rank_preserving": "w - (w - L)+ = min(w, L) grows with w",
        "continuous": "L is continuous in w and B",
        "consistent": _RATE,
    },
    "common_rate": {"consistent": _RATE},
}

_ANY = {"conserves": "what one side gives the other receives"}


def reason_of(rule: Rule, axiom: str) -> str:
    """The reason by which a rule keeps an axiom; empty when only the search says so."""
    if rule.family == "nothing":
        return "nobody is taken from"
    return _REASONS.get(rule.family, {}).get(axiom, "") or _ANY.get(axiom, "")
