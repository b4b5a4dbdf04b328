"""Insurance-fund staking: part of the fund is stakers' money, first or last to be slashed.

    fund             F = stakers' part + venue's part
    payment x        stakers_first  min(x, stakers)
                     venue_first    (x - venue)₊
                     pro_rata       x stakers / F
    yield            fee_share of the venue's fees of the tick, added to fund and stakers' part
    unstaking        asked for after a fall of the value per share beyond the staker's threshold;
                     paid `unstaking_s` later at the value then: the stake is slashed until then

Liquidation fees and gains on bankrupt positions are the venue's. A payout to stakers is no loss: it
lowers the fund's peak as well, so that drawdown triggers do not see it. Source: Drift docs,
"Insurance fund staking" (shares, unstaking period, stakers before the social loss), as of 2025-10.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.units import Floats

STAKERS_FIRST, VENUE_FIRST, PRO_RATA = 0, 1, 2
"""Whose money of the fund pays first."""

_ORDERS = {"stakers_first": STAKERS_FIRST, "venue_first": VENUE_FIRST, "pro_rata": PRO_RATA}


@dataclass(frozen=True)
class Staking:
    """Who else owns the insurance fund.

    Attributes:
        share: part of the fund at the start that is stakers'.
        stakers: how many, with equal stakes.
        order: whose money pays first.
        fee_share: share of the venue's fees that stakers earn, tick by tick.
        unstaking_s: from asking to payment; still slashed meanwhile [s].
        threshold_low, threshold_high: a staker asks when the value of a share has fallen by more
            than its threshold from the peak; thresholds are uniform between these.
    """

    share: float = 0.5
    stakers: int = 100
    order: Literal["stakers_first", "venue_first", "pro_rata"] = "stakers_first"
    fee_share: float = 0.1
    unstaking_s: float = 604_800.0
    threshold_low: float = 0.02
    threshold_high: float = 0.30

    def __post_init__(self) -> None:
        if self.stakers < 1:
            raise ValueError(f"stakers is {self.stakers}: staking needs at least one.")
        if self.order not in _ORDERS:
            raise ValueError(f"order is {self.order!r}: write one of {', '.join(_ORDERS)}.")
        for name in ("share", "fee_share", "threshold_low", "threshold_high"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        if self.threshold_low > self.threshold_high:
            raise ValueError("threshold_low is above threshold_high: swap the two.")
        if not 0.0 <= self.unstaking_s < math.inf:
            raise ValueError(f"unstaking_s is {self.unstaking_s}: give 0 seconds or more.")


class StakingRules(NamedTuple):
    """The staking terms of all venues as columns."""

    fee_share: Floats  # [V]
    unstaking_s: Floats  # [V]


def staking_rules(terms: tuple[Staking | None, ...]) -> StakingRules:
    """Columns of several venues' staking terms; without terms there are no stakers."""
    return StakingRules(
        fee_share=np.array([term.fee_share if term else 0.0 for term in terms]),
        unstaking_s=np.array([term.unstaking_s if term else 0.0 for term in terms]),
    )


def order_code(term: Staking | None) -> int:
    """Code of the slashing order; without terms there is nobody to slash."""
    return _ORDERS[term.order] if term else STAKERS_FIRST


@kernel
def slashed(order: int, amount_usd: float, stakers_usd: float, fund_usd: float) -> float:
    """Stakers' part of what the fund pays [USD]; `amount_usd` <= `fund_usd`."""
    if amount_usd <= 0.0 or stakers_usd <= 0.0:
        return 0.0
    if order == STAKERS_FIRST:
        return min(amount_usd, stakers_usd)
    if order == VENUE_FIRST:
        venue_usd = max(0.0, fund_usd - stakers_usd)
        return min(max(0.0, amount_usd - venue_usd), stakers_usd)
    return min(amount_usd * min(1.0, stakers_usd / fund_usd), stakers_usd)


@kernel
def yield_usd(fees_usd: float, seen_usd: float, fee_share: float, shares: float) -> float:
    """What stakers earn of the fees since `seen_usd` [USD]; nothing without stakes or new fees."""
    if shares <= 0.0:
        return 0.0
    return fee_share * max(0.0, fees_usd - seen_usd)
