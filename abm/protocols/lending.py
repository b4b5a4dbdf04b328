"""A lending protocol against units that may be rebased: borrowers who are deleveraged by rule.

    each tick   rebase, if one is due: units * (1 + ΔS / S) for every borrower
                then, from the highest debt ratio down, repay and sell (`.deleveraging`)
    sold        (1 + b) x of collateral in the spot market of the instrument, whose index it presses
    bad debt    what is still owed when no collateral is left; written off at once

Borrowers' collateral, and the cash with which their debts are repaid, lie outside the venues: what
repayers pay in is declared as external, what lenders got back is a pot of its own, and

    Σ debt + lenders' cash + bad debt  is constant.

Shapes: P protocols, N borrowers of all of them, sorted by protocol.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from abm.protocols.rebase import Rebase
from abm.units import Floats, Ints

NARROWEST_TICK = 1e-6
"""Ticks of debt ratios are this wide at least: their numbers must be whole [1]."""


@dataclass(frozen=True)
class LendingProtocol:
    """A seed system: borrowers of one protocol, all with the same debt and different ratios.

    Attributes:
        name: for tables.
        instrument: whose spot market the collateral is, and whose index moves its value.
        debt_per_open_interest: all debts at the start, as a multiple of open interest.
        borrowers: how many; their debt ratios are spread evenly between the two below.
        lowest_ratio, highest_ratio: debt over collateral at the start.
        threshold: ratio from which a borrower is deleveraged.
        target: ratio to which it is taken.
        bonus: collateral given for a repaid dollar, beyond a dollar.
        tick_width: borrowers within a ratio's tick of this width are taken together; 0 = singly.
        repaid_per_s: debt that repayers can take per second, as a share of all debt at the start.
        threshold_falls_per_day: share of the threshold lost per day since the start.
        rebase: of the units that serve as collateral.
    """

    name: str = "lending"
    instrument: int = 0
    debt_per_open_interest: float = 0.1
    borrowers: int = 40
    lowest_ratio: float = 0.4
    highest_ratio: float = 0.79
    threshold: float = 0.8
    target: float = 0.7
    bonus: float = 0.05
    tick_width: float = 0.0
    repaid_per_s: float = np.inf
    threshold_falls_per_day: float = 0.0
    rebase: Rebase = field(default_factory=Rebase)

    def __post_init__(self) -> None:
        if self.borrowers < 1 or not self.debt_per_open_interest > 0.0:
            raise ValueError("a protocol needs at least one borrower and a debt above 0.")
        if not 0.0 < self.lowest_ratio <= self.highest_ratio < 1.0:
            raise ValueError("debt ratios must rise from lowest_ratio > 0 to highest_ratio < 1.")
        if not 0.0 < self.target <= self.threshold:
            raise ValueError(f"target is {self.target}: give a ratio above 0, up to threshold.")
        if not self.bonus >= 0.0 or not (1.0 + self.bonus) * self.target < 1.0:
            raise ValueError(
                "bonus must be at least 0 and (1 + bonus) target below 1: else repaying raises the "
                "debt ratio."
            )
        if 0.0 < self.tick_width < NARROWEST_TICK:
            raise ValueError(
                f"tick_width is {self.tick_width}: give 0, or {NARROWEST_TICK} or more."
            )
        for name in ("tick_width", "repaid_per_s", "threshold_falls_per_day"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more.")


class Protocols(NamedTuple):
    """All lending protocols as columns."""

    instrument: Ints  # [P]
    terms: Floats  # [P, 6] see THRESHOLD and the names after it
    rebase: Floats  # [P, 7] see EVERY_S
    first_index: Floats  # [P] index at the start
    supply_scale: Floats  # [P] units over units at the start
    gap: Floats  # [P] log market price over fair price of a unit
    start: Ints  # [P + 1] borrowers of p: start[p]:start[p+1]
    units: Floats  # [N] collateral; a unit is worth one USD at the start
    debt_usd: Floats  # [N]
    stage: Ints  # [N] scratch: WAITING, TAKEN now, or DONE in this tick
    lender_usd: Floats  # [P] what lenders got back
    sold_usd: Floats  # [P] collateral sold so far
    bad_debt_usd: Floats  # [P] written off so far
    flow_usd: Floats  # [K] scratch: sold in this tick


THRESHOLD, TARGET, BONUS, TICK_WIDTH, REPAID_USD_PER_S, FALL_PER_DAY = range(6)
"""Places in a row of `Protocols.terms`."""

EVERY_S, FIRST_S, BAND, GROWTH, MOST_ABOVE, MOST_BELOW, REPRICING_S = range(7)
"""Places in a row of `Protocols.rebase`."""


def protocol_columns(
    protocols: tuple[LendingProtocol, ...], open_interest_usd: float, prices: Floats
) -> Protocols:
    """Columns of all protocols at t = 0; `prices`: `[K]` index."""
    count = len(protocols)
    start = np.concatenate([[0], np.cumsum([p.borrowers for p in protocols])]).astype(np.int64)
    units, debts = np.zeros(start[-1]), np.zeros(start[-1])
    terms, rules = np.zeros((count, 6)), np.zeros((count, 7))
    for p, choice in enumerate(protocols):
        total = choice.debt_per_open_interest * open_interest_usd
        place = (np.arange(choice.borrowers) + 0.5) / choice.borrowers
        ratio = choice.lowest_ratio + (choice.highest_ratio - choice.lowest_ratio) * place
        mine = slice(int(start[p]), int(start[p + 1]))
        debts[mine] = total / choice.borrowers
        units[mine] = debts[mine] / ratio
        terms[p] = (
            choice.threshold, choice.target, choice.bonus, choice.tick_width,
            choice.repaid_per_s * total, choice.threshold_falls_per_day,
        )  # fmt: skip
        rule = choice.rebase
        rules[p] = (
            rule.every_s, rule.first_s, rule.band, rule.growth, rule.most_above, rule.most_below,
            rule.repricing_s,
        )  # fmt: skip
    instrument = np.array([p.instrument for p in protocols], np.int64)
    return Protocols(
        instrument=instrument,
        terms=terms,
        rebase=rules,
        first_index=prices[instrument].copy(),
        supply_scale=np.ones(count),
        gap=np.zeros(count),
        start=start,
        units=units,
        debt_usd=debts,
        stage=np.zeros(units.size, np.int64),
        lender_usd=np.zeros(count),
        sold_usd=np.zeros(count),
        bad_debt_usd=np.zeros(count),
        flow_usd=np.zeros(prices.size),
    )
