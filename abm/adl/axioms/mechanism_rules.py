"""The allocation mechanisms of the theory as rules: cash haircuts on the profit of a book.

    w = min((PNL)+, (e)+) of solvent accounts on both sides,     B = D

What a mechanism reads beside w comes from the same book: equity, leverage N / e, opening leverage
on cash, caps from an equity floor at maintenance margin. The score of `queue` is profit per dollar
of entry times leverage, as venues have it; `queue_by_size` is the one of the queue theorems.
Rules in whole lots run on books with a lot of one contract.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from abm.adl import mechanisms as theory
from abm.adl.axioms.case import Case
from abm.adl.axioms.invariance import INVARIANCE
from abm.adl.axioms.manipulation import MANIPULATION
from abm.adl.axioms.rule import RANDOM_EFFORT, REMEMBERED, Outcome, Rule, profit_below_equity
from abm.adl.axioms.sequence import SEQUENCE
from abm.adl.axioms.shape import SHAPE
from abm.units import Flags, Floats, Ints

GROUP = "mechanisms"

SHOCKS = np.linspace(-0.5, 0.5, 21)
"""Next returns for `knapsack_greedy` [1]."""

CVAR_LEVERAGE = 1.0
"""Leverage below which RAP with the CVaR model takes nothing [1]."""

STEPS = 100
"""Gradient steps of `vector_program`."""

type Haircut = Callable[[Case, Floats], Floats]
"""A case with accounts in the order of their ids and w `[N]` to what is taken `[N]`."""


def _leverage(case: Case) -> Floats:
    """N / e of solvent accounts, 0 for the others, `[N]`."""
    equity = case.equity
    return np.divide(case.notional, equity, out=np.zeros(equity.size), where=equity > 0.0)


def _score(case: Case) -> Floats:
    """Return on entry times leverage, `[N]`; 0 without a position."""
    size = np.abs(case.qty) * case.entry
    gain = np.divide(case.pnl, size, out=np.zeros(size.size), where=size > 0.0)
    return gain * _leverage(case)


def _caps(case: Case, w: Floats) -> Floats:
    """Shares that leave maintenance margin, `[N]`."""
    return theory.burden_caps(np.ones(w.size), case.cash, case.pnl, case.maintenance, w)


def _loss_per_contract(case: Case) -> float:
    """Distance of the bankruptcy price from the mark [USD per contract]."""
    return case.deficit / float(np.abs(case.qty[case.bankrupt]).sum())


def _positions(case: Case, w: Floats) -> theory.Positions:
    rows: Ints = np.flatnonzero(case.opposite & (w > 0.0))
    loss_usd = case.lot * _loss_per_contract(case)
    size_lots = np.abs(case.qty[rows]) / case.lot
    return theory.positions_of(rows, size_lots, np.full(rows.size, loss_usd), w.size)


def _integer_contracts(case: Case, w: Floats) -> Floats:
    qty = np.where(case.opposite & (w > 0.0), np.abs(case.qty), 0.0)
    loss_usd = _loss_per_contract(case)
    return theory.integer_contracts(qty, loss_usd, case.deficit, case.lot).taken_usd


def _greedy(case: Case, w: Floats) -> Floats:
    shortfall = theory.shortfall_density(_leverage(case), SHOCKS)
    return theory.knapsack_greedy(w, case.equity, shortfall, case.deficit).taken_usd


def _tiered(case: Case, w: Floats) -> Floats:
    """Profit first, then the rest of equity."""
    principal = np.where(case.bankrupt, 0.0, case.equity - w)
    return theory.tiered(np.array([w, principal]), case.deficit).taken_usd


def _program(case: Case, w: Floats) -> Floats:
    descent = theory.vector_program(w, case.deficit, theory.Programme(), case.deficit, STEPS)
    return descent.split.taken_usd


def _lottery(case: Case, w: Floats) -> Floats:
    return theory.lottery(w, case.deficit, np.random.default_rng(case.seed)).taken_usd


HAIRCUTS: Mapping[str, Haircut] = {
    "queue": lambda c, w: theory.queue(w, _score(c), c.deficit).taken_usd,
    "queue_by_size": lambda c, w: theory.queue(w, w, c.deficit).taken_usd,
    "queue_sharing_ties": lambda c, w: theory.queue(w, _score(c), c.deficit, "pro_rata").taken_usd,
    "smart_queue": lambda c, w: theory.smart_queue(w, _score(c), c.deficit).taken_usd,
    "wealth_pro_rata": lambda c, w: theory.wealth_pro_rata(w, c.deficit).taken_usd,
    "equity_pro_rata": lambda c, w: theory.equity_pro_rata(w, c.equity, c.deficit).taken_usd,
    "pnl_pro_rata": lambda c, w: (
        theory.pnl_pro_rata(w, np.where(c.bankrupt, 0.0, c.pnl), c.deficit).taken_usd
    ),
    "capped_pro_rata": lambda c, w: theory.capped_pro_rata(w, _caps(c, w), c.deficit).taken_usd,
    "levered_pro_rata": lambda c, w: (
        theory.levered_pro_rata(w, c.opening_leverage, c.deficit).taken_usd
    ),
    "rap_linear": lambda c, w: theory.rap(w, theory.linear(_leverage(c)), c.deficit).taken_usd,
    "rap_cvar": lambda c, w: (
        theory.rap(w, theory.cvar(_leverage(c), CVAR_LEVERAGE), c.deficit).taken_usd
    ),
    "knapsack_greedy": _greedy,
    "levelling": lambda c, w: theory.levelling(w, c.deficit).taken_usd,
    "equal_dollar": lambda c, w: theory.equal_dollar(w, c.deficit).taken_usd,
    "min_max_capacity": lambda c, w: theory.min_max_capacity(w, c.deficit).split.taken_usd,
    "min_max_equity": lambda c, w: theory.min_max_equity(w, c.equity, c.deficit).split.taken_usd,
    "min_max_lots": lambda c, w: (
        theory.min_max_lots(_positions(c, w), c.equity, c.deficit).split.taken_usd
    ),
    "fixed_point_rounding": lambda c, w: (
        theory.fixed_point_rounding(_positions(c, w), w, c.deficit).split.taken_usd
    ),
    "integer_contracts": _integer_contracts,
    "vector_mirror_descent": lambda c, w: theory.vector_mirror_descent(w, c.deficit).taken_usd,
    "vector_program": _program,
    "tiered": _tiered,
    "lottery": _lottery,
    "no_adl": lambda c, w: theory.no_adl(w, c.deficit).taken_usd,
}
"""Every allocation mechanism by id; `backstop_auction` takes from nobody and is left out."""

WHOLE_LOTS = ("min_max_lots", "fixed_point_rounding", "integer_contracts")
SLOW = {
    "lottery": RANDOM_EFFORT,
    "min_max_lots": 0.05,
    "vector_program": 0.05,
    "fixed_point_rounding": 0.5,
}
FAMILIES = {
    "wealth_pro_rata": "pro_rata",
    "min_max_capacity": "pro_rata",
    "equal_dollar": "equal_dollar",
    "levelling": "levelling",
    "no_adl": "nothing",
    **dict.fromkeys(
        (
            "equity_pro_rata",
            "pnl_pro_rata",
            "capped_pro_rata",
            "levered_pro_rata",
            "rap_linear",
            "min_max_equity",
            "vector_mirror_descent",
        ),
        "common_rate",
    ),
}
"""Families for which `proofs` has reasons."""

_DESCENT = "a descent of finite steps keeps it only as far as it has come"
NOT_APPLICABLE = {
    "vector_program": dict.fromkeys(
        [axiom.id for axiom in (*SHAPE, *INVARIANCE, *SEQUENCE, *MANIPULATION)], _DESCENT
    ),
    "lottery": {"consistent": "draws go by row: without an account the others draw anew"},
}


def haircut(case: Case, rule: Haircut) -> Outcome:
    """Apply a haircut: payers lose cash, the bankrupt receive it in proportion to what they owe."""
    order = np.argsort(case.id)
    back = np.argsort(order)
    ordered = Case(
        tuple(case.accounts[int(i)] for i in order),
        case.mark,
        case.previous_mark,
        case.lot,
        case.seed,
    )
    payers: Flags = ~ordered.bankrupt
    endowment = np.where(payers, profit_below_equity(ordered), 0.0)
    taken = rule(ordered, endowment)[back]
    if rule is _tiered:  # its last tier is the principal
        endowment = np.where(payers, ordered.equity, 0.0)
    owing = np.where(case.bankrupt, -case.equity, 0.0)
    received = float(taken.sum()) * owing / case.deficit
    return Outcome(
        in_contracts=False,
        owed=case.deficit,
        taken=taken,
        endowment=endowment[back],
        qty=case.qty,
        cash=case.cash - taken + received,
    )


def mechanism_rules() -> tuple[Rule, ...]:
    """The mechanisms as rules, in the order of `HAIRCUTS`."""
    return tuple(_rule(name, rule) for name, rule in HAIRCUTS.items())


def _rule(name: str, rule: Haircut) -> Rule:
    return Rule(
        id=f"theory:{name}",
        group=GROUP,
        run=lru_cache(REMEMBERED)(lambda case: haircut(case, rule)),
        family=FAMILIES.get(name, ""),
        random=name == "lottery",
        lot=1.0 if name in WHOLE_LOTS else 0.0,
        effort=SLOW.get(name, 1.0),
        not_applicable=NOT_APPLICABLE.get(name, {}),
    )
