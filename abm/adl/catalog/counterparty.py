"""Designs read in source code: dYdX v4 offsets at random, Drift charges every open contract."""

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Queue, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing
from abm.adl.score import NO_SCORE, Score
from abm.adl.severity import Full
from abm.adl.trigger import FundNotUsed, ResidualDeficit
from abm.citation import Citation

# The help pages contradict each other ("most profit and leverage first" / "randomly"); the code is
# random. A counterparty whose bankruptcy price does not overlap is skipped, and counts as visited.
DYDX_V4 = AdlDesign(
    id="dydx_v4",
    names=("dYdX v4",),
    trigger=FundNotUsed(),
    severity=Full(),
    capacity=Capacity("contracts", health="solvent"),
    score=Score(profit="scan"),
    allocation=Queue(ties="id", max_visits=500),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True, withdrawal_gate_s=50.0),
    status="checked",
    sources=(
        Citation(
            "github.com/dydxprotocol/v4-chain@84d4664b",
            "protocol/x/clob/keeper/deleveraging.go",
            "2026-11-20",
        ),
    ),
    note=(
        "The start of the scan is drawn from our own stream; on chain it follows from the previous "
        "block's time. Overlap is tested for closing the whole position. Final settlement and "
        "ten attempts per block belong to the venue; its gate on withdrawals is 50 blocks."
    ),
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
