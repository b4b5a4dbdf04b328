"""Venues where a pool or a vault stands behind the traders.

GMX closes winners against its pool, Perennial scales the larger side back, and at the others no
trader is ever deleveraged: what a bankruptcy leaves is the liquidity providers' loss.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Queue, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, MarkPrice
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing
from abm.adl.score import NO_SCORE, Score
from abm.adl.severity import Fixed, Full
from abm.adl.trigger import PoolFactor, ResidualDeficit
from abm.citation import Citation

_DATE = "2026-11-20"
_SILENT = Aftermath(fee_rate=0.0, cancel_orders=False, notice=False)

# 85 % / 77 % / 90 % are the defaults of config/markets.ts; tighter tiers are 65/60, 55/50, 45/...
GMX_V2 = AdlDesign(
    id="gmx_v2",
    names=("GMX v2",),
    trigger=PoolFactor(largest=0.85, after=0.77, payout_cap=0.90),
    severity=Full(),
    capacity=Capacity("contracts", winners_only=True),
    score=Score(profit="draw"),
    allocation=Queue(ties="id"),
    close_price=MarkPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
    sources=(
        Citation(
            "github.com/gmx-io/gmx-synthetics@a5c0c883",
            "contracts/adl/AdlUtils.sol, market/MarketUtils.sol, config/markets.ts",
            _DATE,
        ),
    ),
    note="The order of picks is not checked on chain; it is drawn, here and in ticks.",
    unpublished=("whom the keeper picks",),
    needs="its counterparty is a liquidity pool: give the venue a pool, or use deleverage_pool on "
    "a book",
)

PERENNIAL = AdlDesign(
    id="perennial",
    names=("Perennial v2",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=MarkPrice(),
    disclosure=Nothing(),
    aftermath=_SILENT,
    status="checked",
    sources=(
        Citation(
            "github.com/equilibria-xyz/perennial-v2@99780561",
            "packages/core/contracts/types/Position.sol",
            _DATE,
        ),
    ),
    note=(
        "On the venue profit and funding accrue on min(major, maker + minor) in every version; "
        "here the excess is closed once, when a bankrupt position leaves it. Makers and the return "
        "of the exposure are not modelled."
    ),
)


# No trader is touched, so that theta = 0 and the slots behind it say nothing.
GAINS = AdlDesign(
    id="gains",
    names=("Gains gTrade",),
    trigger=ResidualDeficit(),
    severity=Fixed(0.0),
    capacity=Capacity("contracts"),
    score=NO_SCORE,
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=_SILENT,
    status="checked",
    sources=(Citation("docs.gains.trade/liquidity-farming-pools", "gToken vault, epochs", _DATE),),
    note="The loss dilutes the gToken vault, pro-rata to shares; no deleveraging of traders found.",
)

SYNTHETIX = replace(
    GAINS,
    id="synthetix",
    names=("Synthetix Perps v3",),
    sources=(
        Citation("github.com/Synthetixio/synthetix-v3@23585f73", "markets/perps-market", _DATE),
    ),
    note="Market debt is spread over liquidity delegations pro-rata; traders are not touched.",
)

CURIE = replace(
    GAINS,
    id="curie",
    names=("Perpetual Protocol v2 (Curie)",),
    sources=(
        Citation(
            "github.com/perpetual-protocol/perp-curie-contract@d520bd8e",
            "contracts/ClearingHouse.sol",
            _DATE,
        ),
    ),
    note="A liquidation whose bad debt is larger than the fund reverts (CH_IIC): the fund pays all "
    "or nothing. Here it pays what it has; what is left stays open, and no other trader is "
    "touched.",
)

JUPITER = replace(
    GAINS,
    id="jupiter",
    names=("Jupiter Perps",),
    sources=(Citation("Jupiter docs, JLP pool", "reserve per position", _DATE),),
    note="Every position has a reserve in the pool (`PoolTerms.reserved`); no deleveraging was "
    "found.",
    unpublished=("whether a payout has a cap",),
    status="provisional",
)
