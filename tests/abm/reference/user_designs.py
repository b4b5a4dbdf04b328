"""Designs that use what no catalog entry uses: shared and random ties, lots of shares, fees."""

from dataclasses import replace

from abm.adl import catalog
from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Level, Queue, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import Blend, PreviousMarkPrice
from abm.adl.design import AdlDesign
from abm.adl.exposure import Exposure
from abm.adl.score import NO_SCORE, CustomScore
from abm.adl.severity import Fixed, Match

BITMEX = catalog.design("bitmex")
CASH = catalog.design("wealth_pro_rata")


def _like(base: AdlDesign, name: str, **changes: object) -> AdlDesign:
    return replace(base, id=name, **changes)  # type: ignore[arg-type]


SharedTies = _like(BITMEX, "shared_ties", score=NO_SCORE, allocation=Queue(ties="pro_rata"))
RandomTies = _like(BITMEX, "random_ties", score=NO_SCORE, allocation=Queue(ties="random"))
FewVisits = _like(
    BITMEX, "few_visits", allocation=Queue(max_visits=3), aftermath=Aftermath(fee_rate=0.001)
)
SharesInLots = _like(BITMEX, "shares_in_lots", allocation=WaterFill("capacity", ties="random"))
EqualInLots = _like(
    BITMEX,
    "equal_in_lots",
    allocation=WaterFill("one"),
    severity=Fixed(0.7),
    close_price=Blend(0.5),
)
LevelInLots = _like(BITMEX, "level_in_lots", allocation=Level(), close_price=PreviousMarkPrice())
DollarsOfProfit = _like(
    BITMEX, "dollars_of_profit", capacity=Capacity("pnl_usd", winners_only=True, fraction=0.5)
)
Matched = _like(
    CASH,
    "matched",
    severity=Match(),
    capacity=Capacity("equity_usd", both_sides=True, fraction=1e-6),
)


def leverage_of(exposure: Exposure) -> float:
    """A user's own score: effective leverage, the insolvent last."""
    if exposure.equity_usd <= 0.0:
        return 0.0
    return exposure.account_notional_usd / exposure.equity_usd


Own = _like(BITMEX, "own", score=CustomScore(leverage_of))


def wallet_return_of(exposure: Exposure) -> float:
    """Binance's score, written by a user."""
    pnl_usd = exposure.account_pnl_usd
    if pnl_usd <= 0.0 or exposure.equity_usd <= 0.0:
        return 0.0
    risk = exposure.maintenance_margin_usd / exposure.equity_usd
    return pnl_usd / max(1.0, exposure.wallet_usd) * risk


Wallet = _like(catalog.design("binance"), "wallet", score=CustomScore(wallet_return_of))

NAMES = [name for name, value in list(globals().items()) if isinstance(value, AdlDesign)][2:]
"""Every design above."""
