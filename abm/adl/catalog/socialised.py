"""Designs that spread a deficit in cash over many: Injective, Drift, Mango, Vertex and others.

Positions stay open, except at Injective, which settles the whole market. An insolvent account is
not charged here, since its payment would be a new deficit.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Tiered, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing
from abm.adl.score import NO_SCORE
from abm.adl.severity import EqualClaims, Full
from abm.adl.trigger import FundAfterProfits, ResidualDeficit
from abm.citation import Citation

_DATE = "2026-11-20"
_SILENT = Aftermath(fee_rate=0.0, cancel_orders=False, notice=False)

# 1. profits are cut by h1 = min(D, P) / P (the entry is moved), 2. what is left of payouts by h2,
# 3. if that does not suffice, all positive payouts are zero. Payout = equity of the position.
INJECTIVE = AdlDesign(
    id="injective",
    names=("Injective",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("equity_usd", both_sides=True),
    score=NO_SCORE,
    allocation=Tiered(edges=(0.0,)),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=True, notice=True, settles_market=True),
    status="checked",
    sources=(
        Citation(
            "github.com/InjectiveFoundation/injective-core@c7b042e2",
            "keeper/markets_settlement.go, types/v2/position.go",
            _DATE,
        ),
    ),
    note=(
        "All positions end at the oracle, here the mark. An administrator's OffsetPosition, a list "
        "of counterparties in any order, is not a rule."
    ),
    needs="it settles the whole market, after which there is nothing to simulate",
)

# delta = |L| / (OI_long + |OI_short|) per open contract through cumulative funding, winners and
# losers, longs and shorts alike. One instrument: a charge per contract is a charge per notional.
DRIFT = AdlDesign(
    id="drift",
    names=("Drift v2",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("notional_usd", both_sides=True),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=False),
    status="checked",
    sources=(
        Citation(
            "github.com/drift-labs/protocol-v2@0ae3e3b1",
            "programs/drift/src/controller/liquidation.rs, math/liquidation.rs",
            "2026-11-20",
        ),
    ),
    note=(
        "An insolvent account is not charged here, since its payment would be a new deficit. The "
        "charge may exceed a solvent account's equity, as on the venue."
    ),
)

# s = L / OI, both sides counted. With no open interest the last profit-taker bears it there; here
# nobody does.
MANGO = replace(
    DRIFT,
    id="mango",
    names=("Mango v4",),
    aftermath=_SILENT,
    sources=(
        Citation(
            "github.com/blockworks-foundation/mango-v4@1303a4a1",
            "perp_market.rs::socialize_loss",
            _DATE,
        ),
    ),
    note="The charge may exceed a solvent account's equity, as on the venue.",
)

# f = L / OI_long / 2 added to the long index and taken from the short one. The contract divides by
# the longs alone, since the sides are equal there; here each side's half is divided by its own.
VERTEX = replace(
    DRIFT,
    id="vertex",
    names=("Vertex", "Nado"),
    allocation=WaterFill(weight="share_of_side"),
    aftermath=_SILENT,
    sources=(
        Citation(
            "github.com/vertex-protocol/vertex-contracts@e1381815",
            "PerpEngine.sol::socializeSubaccount",
            _DATE,
        ),
    ),
    note="Half per side; where a side is empty the other pays all. A spot shortfall, which scales "
    "the deposits, is not modelled.",
)

# SLF = X / (T + X) of every withdrawal while X > 0. Here everybody withdraws at once. The page's
# example says 25 % where its formula gives 20 %: the formula makes claims equal assets.
PARADEX = AdlDesign(
    id="paradex",
    names=("Paradex",),
    trigger=ResidualDeficit(),
    severity=EqualClaims(),
    capacity=Capacity("wallet_usd", both_sides=True, flat_too=True),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=_SILENT,
    status="checked",
    sources=(
        Citation(
            "github.com/tradeparadex/paradex-docs@9b82a75a",
            "fern/pages/risk-system/socialized-losses.mdx",
            _DATE,
        ),
    ),
    note=(
        "On the venue only those who withdraw pay, while the shortfall lasts, so that waiting is "
        "free. The timed Last Resort of 2025-12-10 is not modelled."
    ),
)

# Unvested profits burn by min(D, W) / W, then insurance, then principal by D / (P + R).
PERCOLATOR = AdlDesign(
    id="percolator",
    names=("Percolator",),
    trigger=FundAfterProfits(),
    severity=Full(),
    capacity=Capacity("equity_usd", both_sides=True, flat_too=True),
    score=NO_SCORE,
    allocation=Tiered(edges=(0.0,)),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=_SILENT,
    status="checked",
    sources=(
        Citation(
            "github.com/aeyakovenko/percolator@d594e6a9",
            "crates/model_safety/src/crisis/haircut.rs",
            _DATE,
        ),
    ),
    note="Research code. No profit has vested yet here.",
    needs="its fund pays after the profits, and the simulator's before",
)
