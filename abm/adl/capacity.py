"""Slot 3: who may be touched, for how much, in which numeraire. Capacity 0 means not touched.

    contracts       c = |q|                     a close takes positions
    pnl_usd         c = (u)+, at most (e)+ if `below_equity`
    equity_usd      c = (e)+
    notional_usd    c = |q| M                   a charge per open contract (Drift)
    wallet_usd      c = (W)+                    a charge on withdrawals (Paradex)
    snapshot_usd    c = min((profit when the snapshot was taken)+, (e)+)

each times the largest `fraction`, and at most `burden` x e of dollars. When positions are closed
the round runs in contracts, and a dollar capacity becomes c = min(|q|, c_usd / loss per contract):
the two numeraires are tied by B = Q |mark - close price| and never mixed. When nothing is closed
the round runs in USD. Not touched: ineligible or insolvent (e <= 0) accounts, the bankrupt side
unless `both_sides`, accounts without a position unless `flat_too`, losers if `winners_only`,
accounts out of the score's queue, and by `health` those whom a close at this price would hurt:

    any         everybody may be closed
    solvent     |q| loss <= e: closing the whole position leaves equity >= 0; bankruptcy prices
                overlap (dYdX)
    not_worse   loss <= M e / N: leverage does not rise; zero prices cross (Lighter)

Sources: dYdX v4 `deleveraging.go`; Lighter docs; Drift `liquidation.rs`; Paradex
`socialized-losses.mdx`; [Chitra2025] for w = (PNL)+.
"""

import math
from dataclasses import dataclass

from abm.adl import encoding as code
from abm.adl.bankruptcy import Bankruptcy, is_on_a_paying_side, loss_per_contract
from abm.adl.encoding import code_of, require_at_least_zero, require_share
from abm.adl.exposure import Candidates, Exposure, exposure_at
from abm.kernel import kernel
from abm.units import Floats, Floats32

_CHARGES = ("notional_usd", "wallet_usd", "snapshot_usd")
"""Numeraires of a charge in cash, for which nothing is closed."""


@dataclass(frozen=True)
class Capacity:
    """Who may be touched and for how much.

    Attributes:
        numeraire: "contracts", "pnl_usd", "equity_usd", "notional_usd", "wallet_usd" or
            "snapshot_usd".
        both_sides: also the side of the bankrupt account pays (only sensible for cash).
        flat_too: accounts without a position pay as well.
        winners_only: only positions with unrealised profit.
        fraction: largest share of |q|, profit, equity, ... taken from one account, (0, 1].
        below_equity: profit counts up to the account's equity.
        burden: largest loss of one account in a round, as a share of its equity; inf = no cap.
        health: "any", "solvent" or "not_worse".
        snapshot_s: age of the profit that "snapshot_usd" holds liable [s].
    """

    numeraire: str = "contracts"
    both_sides: bool = False
    flat_too: bool = False
    winners_only: bool = False
    fraction: float = 1.0
    below_equity: bool = False
    burden: float = math.inf
    health: str = "any"
    snapshot_s: float = 0.0

    def __post_init__(self) -> None:
        code_of(code.CAPACITIES, self.numeraire, "numeraire")
        code_of(code.HEALTH, self.health, "health")
        require_share(self.fraction, "Capacity.fraction", above_zero=True)
        require_at_least_zero(self.snapshot_s, "Capacity.snapshot_s")
        if not self.burden > 0.0:
            raise ValueError(f"Capacity.burden is {self.burden}: give a share of equity above 0")
        if self.both_sides and self.numeraire == "contracts":
            raise ValueError("contracts close against the other side: write both_sides=False")
        if self.flat_too and not self.both_sides:
            raise ValueError("accounts without a position have no side: write both_sides=True")
        if self.below_equity and self.numeraire != "pnl_usd":
            raise ValueError("below_equity caps a profit: write numeraire='pnl_usd'")
        if self.snapshot_s > 0.0 and self.numeraire != "snapshot_usd":
            raise ValueError("snapshot_s is the age of a profit: write numeraire='snapshot_usd'")

    @property
    def is_charge(self) -> bool:
        """Whether the numeraire only makes sense when nothing is closed."""
        return self.numeraire in _CHARGES

    def write(self, parameters: Floats) -> None:
        sides = code.SIDES_BOTH if self.both_sides else code.SIDES_OPPOSITE
        parameters[code.CAPACITY] = code.CAPACITIES[self.numeraire]
        parameters[code.CAPACITY_SIDES] = code.SIDES_BOTH_AND_FLAT if self.flat_too else sides
        parameters[code.CAPACITY_WINNERS_ONLY] = float(self.winners_only)
        parameters[code.CAPACITY_FRACTION] = self.fraction
        parameters[code.CAPACITY_BELOW_EQUITY] = float(self.below_equity)
        parameters[code.CAPACITY_BURDEN] = self.burden
        parameters[code.CAPACITY_HEALTH] = code.HEALTH[self.health]
        parameters[code.CAPACITY_SNAPSHOT_S] = self.snapshot_s


@kernel
def _endowment_usd(parameters: Floats, exposure: Exposure) -> float:
    """What of an account's money counts as capacity, before `fraction` [USD]."""
    numeraire = int(parameters[code.CAPACITY])
    if numeraire == code.CAPACITY_NOTIONAL_USD:
        return exposure.notional_usd
    if numeraire == code.CAPACITY_WALLET_USD:
        return max(0.0, exposure.wallet_usd)
    equity_usd = max(0.0, exposure.equity_usd)
    if numeraire == code.CAPACITY_SNAPSHOT_USD:
        return min(max(0.0, exposure.snapshot_profit_usd), equity_usd)
    if numeraire == code.CAPACITY_PNL_USD:
        profit_usd = max(0.0, exposure.pnl_usd)
        if parameters[code.CAPACITY_BELOW_EQUITY] > 0.0:
            return min(profit_usd, equity_usd)
        return profit_usd
    return equity_usd


@kernel
def _is_hurt(parameters: Floats, exposure: Exposure, loss_usd: float) -> bool:
    """Whether closing at this price does to the counterparty what the design forbids."""
    health = int(parameters[code.CAPACITY_HEALTH])
    if health == code.HEALTH_SOLVENT:
        return exposure.equity_usd < abs(exposure.qty_contracts) * loss_usd
    if health == code.HEALTH_NOT_WORSE:
        price_usd = exposure.mark_price * exposure.equity_usd
        return loss_usd * exposure.account_notional_usd > price_usd
    return False


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
    if closes and _is_hurt(parameters, exposure, loss_usd):
        return 0.0
    fraction = float(parameters[code.CAPACITY_FRACTION])
    largest_usd = math.inf
    if not math.isinf(parameters[code.CAPACITY_BURDEN]):
        largest_usd = float(parameters[code.CAPACITY_BURDEN]) * exposure.equity_usd
    contracts = abs(exposure.qty_contracts)
    if int(parameters[code.CAPACITY]) == code.CAPACITY_CONTRACTS:
        most = fraction * contracts
        return most if most * loss_usd <= largest_usd else largest_usd / loss_usd
    most_usd = min(fraction * _endowment_usd(parameters, exposure), largest_usd)
    if not closes:
        return most_usd
    most = fraction * contracts
    return most if most_usd >= most * loss_usd else most_usd / loss_usd


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
