"""Tiers of seniority: junior slices of everybody's capacity pay before senior ones.

    profit above the return R    (u - R |q| E)+             |q| E = entry value
    share of a capacity above R  s_i(R) = min(1, (u - R |q| E)+ / endowment)
    slice of tier m              c_i (s_i(R_m) - s_i(R_{m-1})), R falling; the last is the rest

A tier pays in proportion to its slices until it is used up, then the next one does. The endowment
is what the numeraire counts before caps: profit for "pnl_usd", equity for "equity_usd". Where a cap
makes a capacity smaller, all its slices shrink alike.
Sources: Injective `markets_settlement.go` (profit, then principal); Percolator `haircut.rs`; T.
Thogiti, notes on tiered haircuts, for several tiers of gains.
"""

import numpy as np

from abm.adl import encoding as code
from abm.adl.exposure import Candidates
from abm.adl.water_filling import total_of, water_fill
from abm.kernel import kernel
from abm.units import Floats

TIERS = 4
"""Most tiers there can be: three edges part four."""

NO_EDGE = -1.0  # edges are at least 0


@kernel
def share_above(
    parameters: Floats, candidates: Candidates, i: int, return_on_entry: float
) -> float:
    """Share of a capacity that comes from profit above a return on entry, in [0, 1]."""
    pnl_usd = candidates.pnl_usd[i]
    endowment_usd = pnl_usd
    if int(parameters[code.CAPACITY]) != code.CAPACITY_PNL_USD:
        endowment_usd = candidates.equity_usd[i]
    if endowment_usd <= 0.0:
        return 0.0
    entry_usd = abs(candidates.qty_contracts[i]) * candidates.entry_price[i]
    above_usd = max(0.0, pnl_usd - return_on_entry * entry_usd)
    return float(min(1.0, above_usd / endowment_usd))


@kernel
def tier_fill(
    parameters: Floats, candidates: Candidates, capacity: Floats, budget: float, taken: Floats
) -> float:
    """Pay tier by tier, junior first: `taken` `[N]` out. Returns filled."""
    n = capacity.size
    taken[:] = 0.0
    above = np.zeros(n)  # share of the tiers that are used up
    slices = np.empty(n)
    paid = np.empty(n)
    left = budget
    for tier in range(TIERS):
        edge = NO_EDGE if tier == TIERS - 1 else parameters[code.ALLOCATION_EDGE + tier]
        for i in range(n):
            share = 1.0
            if edge >= 0.0:
                share = share_above(parameters, candidates, i, edge)
            slices[i] = capacity[i] * max(0.0, share - above[i])
            above[i] = share
        left -= water_fill(slices, slices, max(0.0, left), paid)
        for i in range(n):
            taken[i] = min(taken[i] + paid[i], capacity[i])
        if edge < 0.0 or left <= 0.0:
            break
    return min(total_of(taken), budget)
