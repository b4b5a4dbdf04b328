"""What an axiom sees of a rule: a book in, who gave up what, and the book afterwards.

A venue's design runs through `abm.adl.deleverage`, a mechanism of the theory on the endowments of
the same book. Each is judged in its own numeraire: contracts when positions are closed, USD when
cash is taken. A rule that draws lots is judged before the draw: on means over seeds, where a
difference counts above some standard errors (`Sampling`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from abm.adl.allocation import Level, WaterFill
from abm.adl.axioms.case import Account, Case
from abm.adl.close_price import NoClose
from abm.adl.deleverage import deleverage
from abm.adl.design import AdlDesign
from abm.adl.round import USD
from abm.adl.severity import Fixed
from abm.adl.trigger import PoolFactor
from abm.units import Flags, Floats


class Sampling(NamedTuple):
    """How the payments of a rule are measured.

    Attributes:
        draws: seeds to average over; 1 = the seed of the case.
        sigmas: standard errors by which a mean must differ to count [1].
        first: of the seeds.
    """

    draws: int
    sigmas: float
    first: int = 0


ONE_SEED = Sampling(1, 0.0)
FEW = Sampling(8, 0.0)
SCREEN = Sampling(96, 2.5)
SHRINK = Sampling(128, 5.0, 1_000)
CONFIRM = Sampling(1000, 5.0, 10_000)
"""A lottery's breach is looked for roughly, then confirmed by many draws that nobody has seen."""


@dataclass(frozen=True)
class Outcome:
    """What a rule did to a case; columns in the order of its accounts.

    Attributes:
        in_contracts: numeraire of `taken`, `owed` and `endowment`; USD when False.
        owed: what the bankrupt owe: contracts to close, or the deficit.
        taken: given up, >= 0, `[N]`.
        endowment: what the rule may take at most: |qty|, profit below equity, or equity, `[N]`; 0
            where the rule never takes.
        qty: positions afterwards [contracts], `[N]`.
        cash: afterwards [USD], `[N]`.
        fees: paid to the venue, less compensation from it [USD].
    """

    in_contracts: bool
    owed: float
    taken: Floats
    endowment: Floats
    qty: Floats
    cash: Floats
    fees: float = 0.0

    @property
    def unit(self) -> str:
        """Of what is taken."""
        return "contracts" if self.in_contracts else "USD"

    def equity(self, case: Case) -> Floats:
        """Equity afterwards [USD], `[N]`."""
        return self.cash + self.qty * (case.mark - case.entry)

    def after(self, case: Case) -> Case:
        """The book afterwards; entries stay."""
        rows = zip(case.accounts, self.qty.tolist(), self.cash.tolist(), strict=True)
        accounts = tuple(a._replace(qty=qty, cash=cash) for a, qty, cash in rows)
        return replace(case, accounts=accounts)


@dataclass(frozen=True)
class Rule:
    """A rule under judgement.

    Attributes:
        id: of the design or mechanism.
        group: heading under which it is listed.
        run: a case to what the rule does to it.
        family: of the theory, for the reasons why an axiom holds; "" for none.
        random: draws lots, so that it is judged before the draw.
        lot: lot that its cases have [contracts]; 0 for a rule that divides freely.
        effort: share of the usual number of books, for a rule that is slow.
        not_applicable: reason by axiom.
        excluded: why no axiom has a meaning for it; "" = they have.
    """

    id: str
    group: str
    run: Callable[[Case], Outcome]
    family: str = ""
    random: bool = False
    lot: float = 0.0
    effort: float = 1.0
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    excluded: str = ""


class Payments(NamedTuple):
    """What accounts give up, before the draw if there is one.

    Attributes:
        mean: `[N]`, in the numeraire of the rule.
        noise: what a difference must exceed to count, `[N]`; 0 for one seed.
    """

    mean: Floats
    noise: Floats


def payments(rule: Rule, case: Case, sampling: Sampling) -> Payments:
    """Mean of what every account gives up."""
    return mean_over(case, sampling, lambda seeded: rule.run(seeded).taken)


def mean_over(case: Case, sampling: Sampling, measure: Callable[[Case], Floats]) -> Payments:
    """Mean of a column over seeds; for one draw, the column at the seed of the case."""
    draws, sigmas, first = sampling
    if draws == 1:
        values = measure(case)
        return Payments(values, np.zeros(values.size))
    table = np.array([measure(replace(case, seed=seed)) for seed in range(first, first + draws)])
    return Payments(table.mean(axis=0), sigmas * table.std(axis=0, ddof=1) / math.sqrt(draws))


def draws_lots(run: Callable[[Case], Outcome], probe: Case) -> bool:
    """Whether a rule's result on a book of equals depends on the seed."""
    first = run(replace(probe, seed=0)).taken
    seeds = range(1, 12)
    return any(not np.array_equal(run(replace(probe, seed=s)).taken, first) for s in seeds)


PROBE = Case(
    (
        Account(10, 4.0, 120.0, 60.0),
        *(Account(10 * i, -2.0, 110.0, 100.0) for i in range(2, 7)),
    )
)
"""One bankrupt long against five equal shorts: the books on which lots are noticed."""


AGAINST_A_POOL = "winners are closed against a pool: nobody is bankrupt and nobody else pays"

REMEMBERED = 2048
"""Outcomes that a rule remembers: one book is asked several times, by attack and by seed."""

RANDOM_EFFORT = 0.15
"""Share of the usual number of books on which a lottery is judged, since each takes many draws."""


def rule_of(design: AdlDesign, group: str) -> Rule:
    """A design of the catalog as a rule."""

    @lru_cache(REMEMBERED)
    def run(case: Case) -> Outcome:
        return _deleveraged(case, design)

    if isinstance(design.trigger, PoolFactor):
        return Rule(design.id, group, run, excluded=AGAINST_A_POOL)
    random = draws_lots(run, PROBE)
    effort = RANDOM_EFFORT if random else 1.0
    return Rule(design.id, group, run, family_of(design), random, effort=effort)


def family_of(design: AdlDesign) -> str:
    """The family of the theory that a design's dollars belong to, for `proofs`; "" for none."""
    if design.severity == Fixed(0.0):
        return "nothing"
    capacity = design.capacity
    if capacity.numeraire != "pnl_usd" or capacity.fraction < 1.0 or capacity.burden < math.inf:
        return ""
    if isinstance(design.close_price, NoClose):
        by_allocation = {
            WaterFill(weight="capacity"): "pro_rata",
            WaterFill(weight="one"): "equal_dollar",
            Level(): "levelling",
        }
        return by_allocation.get(design.allocation, "")
    return ""


def _deleveraged(case: Case, design: AdlDesign) -> Outcome:
    result = deleverage(case.book(), design, seed=case.seed)
    after = result.book
    row = np.searchsorted(after.account_id, case.id)
    qty = np.zeros(after.account_id.size)
    qty[after.position_account] = after.qty_contracts
    in_contracts = bool(result.rounds) and result.rounds[0].numeraire != USD
    amount = np.abs(result.contracts) if in_contracts else result.burden_usd
    taken = np.zeros(after.account_id.size)
    np.add.at(taken, np.searchsorted(after.account_id, result.account_id), amount)
    return Outcome(
        in_contracts=in_contracts,
        owed=float(np.abs(case.qty[case.bankrupt]).sum()) if in_contracts else case.deficit,
        taken=taken[row],
        endowment=_endowment(case, design, in_contracts),
        qty=qty[row],
        cash=after.cash_usd[row],
        fees=float((result.fee_usd - result.compensation_usd).sum()),
    )


def _endowment(case: Case, design: AdlDesign, in_contracts: bool) -> Floats:
    """What the design may take from each account, before any limit of its own."""
    capacity = design.capacity
    may: Flags = case.opposite
    if capacity.both_sides:
        may = ~case.bankrupt & ((case.qty != 0.0) | capacity.flat_too)
    if in_contracts:
        return np.where(may, np.abs(case.qty), 0.0)
    if capacity.numeraire == "pnl_usd":
        return np.where(may, profit_below_equity(case), 0.0)
    equity = np.maximum(case.equity, 0.0)
    if capacity.numeraire == "snapshot_usd":
        return np.where(may, np.minimum(case.snapshot, equity), 0.0)
    return np.where(may, equity, 0.0)


def profit_below_equity(case: Case) -> Floats:
    """The endowment of the literature, w = min((PNL)+, (e)+) [USD], `[N]`."""
    return np.minimum(np.maximum(case.pnl, 0.0), np.maximum(case.equity, 0.0))
