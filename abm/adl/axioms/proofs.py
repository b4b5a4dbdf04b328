"""Why a cell holds, where a theorem or the way a rule is built says so.

A reason is given only with a verdict of `holds`: the search may still refute what is written here,
and then the cell is refuted.
"""

_LINEAR = "x_i = w_i B / U is linear in w_i: the parts of an account pay what the whole pays"
_WATER = "a common rate solves the rest of the book as it solved the whole (Young 1988)"
_PRO_RATA = ("theory:wealth_pro_rata", "theory:min_max_capacity", "wealth_pro_rata")
_COMMON_RATE = (
    *_PRO_RATA,
    "theory:equity_pro_rata",
    "theory:pnl_pro_rata",
    "theory:capped_pro_rata",
    "theory:levered_pro_rata",
    "theory:rap_linear",
    "theory:equal_dollar",
    "theory:levelling",
    "theory:vector_mirror_descent",
    "theory:min_max_equity",
    "equal_dollar",
    "levelling",
    "risk_weighted_pro_rata",
)
_NOTHING = ("no_adl", "theory:no_adl")

_BY_RULES = (
    (_NOTHING, None, "nobody is taken from"),
    (_PRO_RATA, "split_proportional", _LINEAR),
    (_PRO_RATA, "split_asymmetric", _LINEAR + "; w does not depend on cash of at least 0"),
    (_PRO_RATA, "merge_proof", _LINEAR),
    (_PRO_RATA, "rank_preserving", "w_i - x_i = w_i (1 - B / U) grows with w_i"),
    (_PRO_RATA, "continuous", "w B / U is continuous where U > 0"),
    (_COMMON_RATE, "consistent", _WATER),
    (
        ("theory:equal_dollar", "equal_dollar"),
        "rank_preserving",
        "w - min(w, kappa) = (w - kappa)+ grows with w",
    ),
    (
        ("theory:levelling", "levelling"),
        "rank_preserving",
        "min(w, L) grows with w",
    ),
)

_ANY = {
    "conserves": "what one side gives the other receives",
    "flat_untouched": "an account without a position is on no side",
}


def reason_of(rule: str, axiom: str) -> str:
    """The reason by which a rule keeps an axiom; empty when only the search says so."""
    for rules, about, reason in _BY_RULES:
        if rule in rules and about in (None, axiom):
            return reason
    return _ANY.get(axiom, "")
