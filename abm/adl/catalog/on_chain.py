"""On-chain order books that close counterparties: Lighter to dYdX.

Ties by account id are our choice except at Ethereal, which publishes a full order. Fees are 0,
orders are cancelled and a notice is given where a page is silent.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Queue
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, MarkPrice
from abm.adl.design import AdlDesign
from abm.adl.disclosure import ExactRank, Lights, Nothing
from abm.adl.score import Score
from abm.adl.severity import Full
from abm.adl.trigger import FundNotUsed, ResidualDeficit
from abm.citation import Citation

_DATE = "2026-11-20"
_NO_FEE = Aftermath(fee_rate=0.0, cancel_orders=True, notice=True)

# ADL happens only where the two zero prices cross; a zero price keeps TAV / MMR, so that with one
# margin rate a close loses at most M e / N per contract: leverage does not rise.
LIGHTER = AdlDesign(
    id="lighter",
    names=("Lighter",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts", health="not_worse"),
    score=Score(profit="return", risk="leverage", losers="divide"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=ExactRank(),
    aftermath=_NO_FEE,
    sources=(Citation("docs.lighter.xyz/trading/liquidations-and-llp-insurance-fund", "", _DATE),),
    note=(
        "Ranking by leverage and unrealised profit: return x leverage stands in. For one position "
        "the zero price of a bankrupt account is its bankruptcy price. Whoever does not cross is "
        "passed over, so that contracts can remain. Circuits are public, hence the exact rank."
    ),
    unpublished=("exact form of the ranking",),
)

POLYMARKET = AdlDesign(
    id="polymarket",
    names=("Polymarket Perps, cross",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="leverage", losers="multiply"),
    allocation=Queue(ties="id"),
    close_price=MarkPrice(),
    disclosure=Nothing(),
    aftermath=_NO_FEE,
    sources=(
        Citation("Polymarket docs, liquidation-mechanics.md (mirror)", "AdlIndex, no fee", _DATE),
    ),
    note=(
        "ProfitRatio is the return on entry; losers take the product as printed. Close price of a "
        "cross account: the mark when ADL started, here the mark of the round."
    ),
    unpublished=(
        "close price: the only text that was read is garbled",
        "definition of ProfitRatio, and the rank of losers",
        "what is shown",
    ),
)

POLYMARKET_ISOLATED = replace(
    POLYMARKET,
    id="polymarket_isolated",
    names=("Polymarket Perps, isolated",),
    close_price=BankruptcyPrice(),
    note="As for cross, at the price that exhausts the margin of the bankrupt position.",
)

# Binance's form at the mark. BTC, ETH, SOL and options are exempt from ADL: leave such markets out.
AEVO = AdlDesign(
    id="aevo",
    names=("Aevo",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="wallet_return", risk="maintenance", losers="zero", scope="account"),
    allocation=Queue(ties="id"),
    close_price=MarkPrice(),
    disclosure=Lights(by="head"),
    aftermath=_NO_FEE,
    sources=(Citation("Aevo docs, auto-deleveraging", "PnL% x margin ratio, at mark", _DATE),),
    note="BTC, ETH and SOL perpetuals and options are exempt; the engine's markets are not.",
    unpublished=("weighting of the bars",),
)

# Leverage, unrealised profit, lowest balance, newest account. The liquidations page caps the mark
# at the bankruptcy price, and a bankrupt account's mark is beyond it: the cap is what is paid. The
# worked example of the ADL page closes at the mark all the same.
ETHEREAL = AdlDesign(
    id="ethereal",
    names=("Ethereal",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts", winners_only=True),
    score=Score(profit="one", risk="leverage"),
    allocation=Queue(ties="pnl_wallet_newest"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=_NO_FEE,
    sources=(
        Citation(
            "docs.ethereal.trade/trading/perpetual-futures/auto-deleveraging", "full order", _DATE
        ),
    ),
    note="The fund's resting orders, cancelled first, belong to the venue.",
    unpublished=("close price: the worked example contradicts the cap that the pages state",),
)

CVEX = AdlDesign(
    id="cvex",
    names=("CVEX",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="entry_price"),
    allocation=Queue(ties="id"),
    close_price=MarkPrice(),
    disclosure=ExactRank(),
    aftermath=_NO_FEE,
    status="checked",
    sources=(Citation("CVEX docs, auto-deleveraging", "queue by entry price, at mark", _DATE),),
    note="The most profitable entry first; a partial close does not change the rank.",
)

DANGO = replace(
    CVEX,
    id="dango",
    names=("Dango",),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    sources=(Citation("Dango docs, perps liquidation", "index on entry price", _DATE),),
    note="The close schedule of a bankrupt account, largest maintenance margin first, belongs to "
    "the venue.",
)

_OPERATOR = (
    "The operator names the counterparty; a lottery stands in. The contract proves that the price "
    "keeps the loser's margin ratio, not the order; for one position that is the bankruptcy price."
)

DYDX_V1 = AdlDesign(
    id="dydx_v1",
    names=("dYdX v1",),
    trigger=FundNotUsed(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="draw"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
    sources=(
        Citation(
            "github.com/dydxprotocol/perpetual@87f22632",
            "contracts/protocol/v1/traders/P1Deleveraging.sol",
            _DATE,
        ),
    ),
    note=_OPERATOR + " Anybody may do it 30 minutes after an account is marked.",
    unpublished=("whom the operator picks",),
)

DYDX_V3 = replace(
    DYDX_V1,
    id="dydx_v3",
    names=("dYdX v3", "StarkEx perpetuals"),
    trigger=ResidualDeficit(),
    aftermath=_NO_FEE,
    sources=(
        Citation(
            "github.com/starkware-libs/stark-perpetual@40f02826",
            "transactions/deleverage.cairo",
            _DATE,
        ),
    ),
    note=_OPERATOR + ' The help pages say "profit and leverage", without a formula.',
)

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
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
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
