"""Dividing an estate among claims that exceed it: five rules, compiled, and rules of your own.

    proportional                x_k = c_k E / C                     C = sum of claims
    priority                    x_k = min(c_k, (E - c_1 - ... - c_{k-1})+)    in the order given
    constrained equal awards    x_k = min(c_k, r)                   everybody gets the same, up to c
    constrained equal losses    x_k = (c_k - r)+                    everybody loses the same
    talmud                      CEA of the half claims while E <= C / 2, CEL of them above

with r such that sum x = min(E, C). Every rule here has 0 <= x_k <= c_k and is monotone: nobody's
award falls when the estate grows. That is all a clearing vector needs to exist (Tarski), so the
rule at a node may be swapped under the same solver [CsokaHerings2018, "Decentralized clearing in
financial networks", Management Science 64(10)]. A rule of your own is a function
`rule(estate, claims) -> awards`; `awards_of` checks every answer.

Sources: [ONeill1982] "A problem of rights arbitration from the Talmud", Math. Social Sciences 2;
[AumannMaschler1985] "Game theoretic analysis of a bankruptcy problem from the Talmud", J. Economic
Theory 36; [Thomson2003], survey, Math. Social Sciences 45. Columns are `[K]`, one per claim.
"""

from collections.abc import Callable

import numpy as np

from abm.kernel import kernel
from abm.units import Floats

PROPORTIONAL, PRIORITY, EQUAL_AWARDS, EQUAL_LOSSES, TALMUD = range(5)

OWN = -1
"""Code of a rule of your own, which no kernel knows."""

RULES = {
    "proportional": PROPORTIONAL,
    "priority": PRIORITY,
    "equal_awards": EQUAL_AWARDS,
    "equal_losses": EQUAL_LOSSES,
    "talmud": TALMUD,
}
"""Code of each rule by name."""

AWARD_TOL = 1e-9
"""How far a rule of your own may miss the estate or a claim, as a share of all claims [1]."""

type DivisionRule = Callable[[float, Floats], Floats]
"""(estate, claims `[K]`) -> awards `[K]`."""


@kernel
def _level(scale: float, claims: Floats, estate: float) -> float:
    """Find r with sum min(scale c_k, r) = estate, for 0 < estate < scale sum c.

    From r = estate / K upwards: claims below r are full and leave more to the others. Every pass
    fills at least one claim more, so K passes are enough.
    """
    level = 0.0
    full_before = -1
    while True:
        left, full = estate, 0
        for claim in claims:
            if scale * claim <= level:
                left -= scale * claim
                full += 1
        if full == full_before or full == claims.size:
            return level
        full_before = full
        level = max(level, left / (claims.size - full))


@kernel
def _in_proportion(estate: float, total: float, claims: Floats, awards: Floats) -> None:
    """Everybody gets the share E / C of the claim, for E < C."""
    share = estate / total
    for k in range(claims.size):
        awards[k] = claims[k] * share


@kernel
def _in_order(estate: float, claims: Floats, awards: Floats) -> None:
    """The first claim first."""
    left = estate
    for k in range(claims.size):
        awards[k] = min(claims[k], left)
        left -= awards[k]


@kernel
def _up_to_a_level(scale: float, estate: float, claims: Floats, awards: Floats) -> None:
    """Everybody gets r, and scale c at most."""
    level = _level(scale, claims, estate)
    for k in range(claims.size):
        awards[k] = min(scale * claims[k], level)


@kernel
def _down_by_a_level(scale: float, loss: float, claims: Floats, awards: Floats) -> None:
    """Everybody loses r, and scale c at most; the cuts add up to the loss."""
    level = _level(scale, claims, loss)
    for k in range(claims.size):
        awards[k] = max(0.0, claims[k] - min(scale * claims[k], level))


@kernel
def divide_into(rule: int, estate: float, claims: Floats, awards: Floats) -> None:
    """Divide an estate among claims by the rule of a code: `awards` `[K]` out.

    Args:
        rule: a code of `RULES`.
        estate: E, any sign; nothing is divided when it is not positive.
        claims: c >= 0, `[K]`.
        awards: `[K]` out, sum = min(E, C).
    """
    total = 0.0
    for claim in claims:
        total += claim
    if estate >= total:
        awards[:] = claims
    elif estate <= 0.0:
        awards[:] = 0.0
    elif rule == PRIORITY:
        _in_order(estate, claims, awards)
    elif rule == EQUAL_AWARDS:
        _up_to_a_level(1.0, estate, claims, awards)
    elif rule == EQUAL_LOSSES:
        _down_by_a_level(1.0, total - estate, claims, awards)
    elif rule == TALMUD:
        if estate <= 0.5 * total:
            _up_to_a_level(0.5, estate, claims, awards)
        else:
            _down_by_a_level(0.5, total - estate, claims, awards)
    else:
        _in_proportion(estate, total, claims, awards)


def divide(rule: str | DivisionRule, estate: float, claims: Floats) -> Floats:
    """Divide an estate among claims.

    Args:
        rule: a name of `RULES`, or a rule of your own.
        estate: E >= 0.
        claims: c >= 0, `[K]`; for "priority" in the order in which they are paid.

    Returns:
        awards `[K]`, 0 <= x <= c, sum x = min(E, sum c).

    Raises:
        ValueError: the rule is unknown, a number is negative or not finite, or a rule of your own
            gave awards that do not divide the estate.
    """
    claims = np.array(claims, np.float64)
    if claims.ndim != 1 or not (np.isfinite(claims).all() and (claims >= 0.0).all()):
        raise ValueError("claims must be one row of finite numbers of 0 or more")
    if not (np.isfinite(estate) and estate >= 0.0):
        raise ValueError(f"the estate is {estate}: give a finite number of 0 or more")
    if not isinstance(rule, str):
        return awards_of(rule, float(estate), claims)
    awards = np.empty(claims.size)
    divide_into(rule_code(rule), float(estate), claims, awards)
    return awards


def rule_code(name: str) -> int:
    """Give the code of a rule.

    Raises:
        ValueError: there is no rule of this name.
    """
    if name not in RULES:
        raise ValueError(f"no division rule {name!r}: choose from {', '.join(RULES)}")
    return RULES[name]


def awards_of(rule: DivisionRule, estate: float, claims: Floats) -> Floats:
    """Ask a rule of your own, and check that its answer divides the estate.

    Args:
        rule: (estate, claims) -> awards; monotone in the estate, which one answer cannot show.
        estate: E >= 0.
        claims: c >= 0, `[K]`.

    Returns:
        awards `[K]`, clipped to [0, c] where rounding left it.

    Raises:
        ValueError: there is not one award per claim, an award is outside [0, c], or the awards do
            not add up to min(E, sum c), each by more than `AWARD_TOL` of all claims.
    """
    awards = np.array(rule(estate, claims.copy()), np.float64)
    name = getattr(rule, "__name__", type(rule).__name__)
    if awards.shape != claims.shape:
        raise ValueError(f"{name} gave {awards.size} awards for {claims.size} claims: one for each")
    total = float(claims.sum())
    slack = AWARD_TOL * total
    if not ((awards >= -slack) & (awards <= claims + slack)).all():
        raise ValueError(f"{name} gave {awards} for claims {claims}: keep awards within [0, claim]")
    if abs(awards.sum() - min(estate, total)) > slack:
        raise ValueError(
            f"{name} gave {awards.sum()} of an estate of {estate} for claims of {total}: "
            "give out the smaller of the two"
        )
    return np.clip(awards, 0.0, claims)
