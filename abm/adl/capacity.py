"""Slot 3: who may be touched, for how much, in which numeraire. Capacity 0 means not touched.

    contracts       c = |q|                     a close takes positions
    pnl_usd         c = (u)+, at most (e)+ if `below_equity`
    equity_usd      c = (e)+
    notional_usd    c = |q| M                   a charge per open contract (Drift)

each times the largest `fraction`. When positions are closed the round runs in contracts, and a
dollar capacity becomes c = min(|q|, c_usd / loss per contract): the two numeraires are tied by
B = Q |mark - close price| and never mixed. When nothing is closed the round runs in USD.
Not touched: ineligible or insolvent (e <= 0) accounts, the bankrupt side unless `both_sides`,
losers if `winners_only`, accounts out of the score's queue, and with `overlap_check` those that
closing the whole position at the close price would leave with negative equity (dYdX: bankruptcy
prices do not overlap).
Sources: dYdX v4 `deleveraging.go`; Drift `liquidation.rs`; [Chitra2025] for w = (PNL)+.
"""

import math
from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.bankruptcy import Bankruptcy, is_on_a_paying_side, loss_per_contract
from abm.adl.encoding import code_of, require_share
from abm.adl.exposure import Candidates, Exposure, exposure_at
from abm.kernel import kernel
from abm.units import Floats, Floats32


@dataclass(frozen=True)
class Capacity:
    """Who may be touched and for how much.

    Attributes:
        numeraire: "contracts", "pnl_usd", "equity_usd" or "notional_usd".
        both_sides: also the side of the bankrupt account pays (only sensible for cash).
        winners_only: only positions with unrealised profit.
        fraction: largest share of |q|, profit, equity or notional taken from one account, (0, 1].
        below_equity: profit counts up to the account's equity.
        overlap_check: skip whoever the close would leave with negative equity.
    """

    numeraire: str = "contracts"
    both_sides: bool = False
    winners_only: bool = False
    fraction: float = 1.0
    below_equity: bool = False
    overlap_check: bool = False

    def __post_init__(self) -> None:
        code_of(code.CAPACITIES, self.numeraire, "numeraire")
        require_share(self.fraction, "Capacity.fraction", above_zero=True)
        if self.both_sides and self.numeraire == "contracts":
            raise ValueError("contracts close against the other side: write both_sides=False")
        if self.below_equity and self.numeraire != "pnl_usd":
            raise ValueError("below_equity caps a profit: write numeraire='pnl_usd'")

    def write(self, parameters: Floats) -> None:
        parameters[code.CAPACITY] = code.CAPACITIES[self.numeraire]
        parameters[code.CAPACITY_BOTH_SIDES] = float(self.both_sides)
        parameters[code.CAPACITY_WINNERS_ONLY] = float(self.winners_only)
        parameters[code.CAPACITY_FRACTION] = self.fraction
        parameters[code.CAPACITY_BELOW_EQUITY] = float(self.below_equity)
        parameters[code.CAPACITY_OVERLAP] = float(self.overlap_check)


@kernel
def _endowment(parameters: Floats, exposure: Exposure, loss_usd: float, closes: bool) -> float:
    """Capacity of a candidate nothing speaks against, before `fraction`."""
    numeraire = int(parameters[code.CAPACITY])
    contracts = abs(exposure.qty_contracts)
    if numeraire == code.CAPACITY_CONTRACTS:
        return contracts
    if numeraire == code.CAPACITY_NOTIONAL_USD:
        return exposure.notional_usd
    equity_usd = max(0.0, exposure.equity_usd)
    endowment_usd = equity_usd
    if numeraire == code.CAPACITY_PNL_USD:
        endowment_usd = max(0.0, exposure.pnl_usd)
        if parameters[code.CAPACITY_BELOW_EQUITY] > 0.0:
            endowment_usd = min(endowment_usd, equity_usd)
    if not closes:
        return endowment_usd
    return contracts if endowment_usd >= contracts * loss_usd else endowment_usd / loss_usd


@kernel
def capacity_of(parameters: Floats, exposure: Exposure, loss_usd: float, closes: bool) -> float:
    """Most that may be taken from one eligible candidate of a paying side, >= 0.

    Args:
        parameters: the design, `[P]`.
        exposure: the candidate.
        loss_usd: what a counterparty loses per contract closed [USD].
        closes: True in a round of contracts, False in a round of USD.
    """
    if exposure.equity_usd <= 0.0:
        return 0.0
    if parameters[code.CAPACITY_WINNERS_ONLY] > 0.0 and exposure.pnl_usd <= 0.0:
        return 0.0
    loss_of_all_usd = abs(exposure.qty_contracts) * loss_usd
    if parameters[code.CAPACITY_OVERLAP] > 0.0 and exposure.equity_usd < loss_of_all_usd:
        return 0.0
    fraction = float(parameters[code.CAPACITY_FRACTION])
    return fraction * _endowment(parameters, exposure, loss_usd, closes)


@kernel
def fill_capacity(
    parameters: Floats,
    candidates: Candidates,
    scores: Floats32,
    bankruptcy: Bankruptcy,
    close_price: float,
    capacity: Floats,
) -> None:
    """Capacity of every candidate, `[N]` out."""
    loss_usd = loss_per_contract(bankruptcy, close_price)
    closes = not math.isnan(close_price)
    side = bankruptcy.side
    for i in range(capacity.size):
        capacity[i] = 0.0
        pays = is_on_a_paying_side(parameters, candidates.qty_contracts[i], side)
        if pays and candidates.eligible[i] and scores[i] != -math.inf:
            exposure = exposure_at(candidates, i)
            capacity[i] = capacity_of(parameters, exposure, loss_usd, closes)
