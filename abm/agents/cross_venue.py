"""Traders with accounts on several venues: hedgers, arbitrageurs, makers with one pool of capital.

A cross-venue hedger is short on its home venue and long the same contracts on the next one, with
half of its equity behind each leg: margin is not portable. When one leg is closed for it (ADL, a
liquidation) it holds on, cuts the other leg ("re-hedges now"), or opens the closed leg again; no
public data says how many do which, so the shares are to be swept.
"""

from dataclasses import dataclass

import numpy as np

GAPS = ("cross_venue", "basis", "funding")
"""What an arbitrageur watches: prices of two venues, perpetual and spot, two funding rates."""


@dataclass(frozen=True)
class CrossVenue:
    """Who trades on several venues; nobody by default.

    Attributes:
        hedger_share: share of hedgers whose other leg is a perpetual on another venue, not spot.
        leg_open_interest: notional of their legs from one venue to the next, as a share of the
            winning side of the smaller of the two books without them; below 1.
        leg_leverage: notional of a leg / equity behind it.
        leg_tolerance: a hedge that is off by less than this share of its largest leg is left.
        cut_share: share of them that cut the open leg at once.
        reopen_share: share of them that open the closed leg again; the others hold on.
        pooled_makers: does every maker quote on all venues, from one pool of capital?
        arbitrageurs: how many, of `Scenario.traders`.
        arbitrage_mix: shares of them that watch prices of venues, the basis, funding.
        arbitrage_usd_per_open_interest: their equity on the venues, all together.
        arbitrage_leverage: largest notional on a venue / equity there.
        arbitrage_per_s: how often they look.
    """

    hedger_share: float = 0.0
    leg_open_interest: float = 0.3
    leg_leverage: float = 5.0
    leg_tolerance: float = 0.02
    cut_share: float = 1.0
    reopen_share: float = 0.0
    pooled_makers: bool = False
    arbitrageurs: int = 0
    arbitrage_mix: tuple[float, ...] = (1.0, 0.0, 0.0)
    arbitrage_usd_per_open_interest: float = 0.05
    arbitrage_leverage: float = 5.0
    arbitrage_per_s: float = 0.5

    def __post_init__(self) -> None:
        for name in ("hedger_share", "leg_tolerance", "cut_share", "reopen_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        if not 0.0 <= self.leg_open_interest < 1.0:
            raise ValueError(
                f"leg_open_interest is {self.leg_open_interest}: give a share below 1."
            )
        for name in ("leg_leverage", "arbitrage_leverage", "arbitrage_per_s"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")
        if not 0.0 <= self.arbitrage_usd_per_open_interest < np.inf or self.arbitrageurs < 0:
            raise ValueError("arbitrageurs and their equity must be 0 or more.")
        if self.cut_share + self.reopen_share > 1.0:
            raise ValueError("cut_share and reopen_share exceed 1 together: lower one of them.")
        mix = self.arbitrage_mix
        if len(mix) != len(GAPS) or min(mix) < 0.0 or abs(sum(mix) - 1.0) > 1e-9:
            raise ValueError(
                f"arbitrage_mix needs {len(GAPS)} shares that sum to 1 ({', '.join(GAPS)})."
            )

    @property
    def trades_between_venues(self) -> bool:
        """Does some arbitrageur compare two venues?"""
        return self.arbitrageurs > 0 and self.arbitrage_mix[1] < 1.0

    @property
    def is_off(self) -> bool:
        """Does nobody trade on several venues because of this value?"""
        return self.hedger_share == 0.0 and self.arbitrageurs == 0 and not self.pooled_makers
