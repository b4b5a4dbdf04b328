"""Centralised venues beyond the best-known five: HTX to FTX, each as its own pages have it.

Where a page does not say how counterparties are picked, the pick is a lottery and the design is
provisional: nothing is invented. Ties by account id are our choice at every venue here; lights
count heads, fees are 0, orders are cancelled and a notice is given where a page is silent.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Queue, TopShare, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, Blend, MarkWithSpread, NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Lights, Nothing
from abm.adl.score import NO_SCORE, Score
from abm.adl.severity import Full
from abm.adl.trigger import FundDrawdown, ResidualDeficit
from abm.citation import Citation

_DATE = "2026-11-20"
_BANKRUPTCY_QUEUE = Queue(ties="id")
_QUIET = Aftermath(fee_rate=0.0, cancel_orders=True, notice=True)

# rho = equity / maintenance margin of the margin scope, high = safe: r / rho = r MM / e for
# winners, r rho for losers. SunX publishes windows of 1, 2, 4 and 8 h with thresholds per pair.
HTX = AdlDesign(
    id="htx",
    names=("HTX", "SunX"),
    trigger=FundDrawdown(on=0.30, off=0.30, window_s=8.0 * 3600.0),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="maintenance", losers="divide"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head"),
    aftermath=_QUIET,
    sources=(
        Citation("htx.com/support/24938105258355", "r / rho, r rho", _DATE),
        Citation("sunx.gitbook.io/sunx/trade/auto-deleveraging-adl", "windows", _DATE),
    ),
    note="The drawdown is OKX's, whose rule HTX's page follows; the page names 8 h.",
    unpublished=("close price", "drawdown that starts ADL, and recovery", "weighting of the bars"),
)

BITGET = AdlDesign(
    id="bitget",
    names=("Bitget",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="maintenance", losers="divide"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head"),
    aftermath=_QUIET,
    sources=(Citation("bitget.com/support/articles/12560603800805", "copy of 2025-09-27", _DATE),),
    note=(
        "mu = maintenance margin / equity of the account. An earlier copy ranked by r x leverage, "
        "set losers to zero and also started at a 30 % fall from the fund's peak. The refresh of "
        "the indicator is not given."
    ),
    unpublished=("weighting of the indicator",),
)

# PnL% = (MV - EV) / IM with IM = EV / L at opening, priority = PnL% x L: exactly r L^2.
KUCOIN_ISOLATED = AdlDesign(
    id="kucoin_isolated",
    names=("KuCoin isolated",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="margin_return", risk="opening_leverage", losers="multiply"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head"),
    aftermath=_QUIET,
    sources=(Citation("kucoin.com/support/26686471898009", "PnL% x leverage", _DATE),),
    note="Losers: the product as printed, so that higher leverage puts a loser further back.",
    unpublished=("rank of losers", "weighting of the lights"),
)

KUCOIN_CROSS = replace(
    KUCOIN_ISOLATED,
    id="kucoin_cross",
    names=("KuCoin cross",),
    score=Score(profit="return"),
    sources=(Citation("kucoin.com/support/35084312224281", "r only", _DATE),),
    note="Linear contracts; inverse ones take returns of -1 / P.",
    unpublished=("weighting of the lights",),
)

GATE = replace(
    KUCOIN_ISOLATED,
    id="gate",
    names=("Gate",),
    score=Score(profit="return"),
    sources=(Citation("gate.io help, auto-deleveraging (older page)", "profit only", _DATE),),
    note="Profit against the opening price, explicitly neither leverage nor size; the page advises "
    "to close and open again in order to reset the rank.",
    unpublished=("weighting of the lights",),
)

# The venue places post-only orders at the bankruptcy price in the public book, owned by the chosen
# winners; here nobody trades against them first, so each is filled.
WHITEBIT = AdlDesign(
    id="whitebit",
    names=("WhiteBIT",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts", winners_only=True),
    score=Score(profit="draw"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head"),
    aftermath=_QUIET,
    sources=(Citation("docs.whitebit.com/concepts/auto-deleveraging", "resting orders", _DATE),),
    note="A lottery among winners stands in for the ranking.",
    unpublished=("ranking",),
)

# Remaining bankruptcies are socialised over the winners of the session; cash, nothing is closed.
DERIBIT_LEGACY = AdlDesign(
    id="deribit_legacy",
    names=("Deribit before 2026", "OKEx clawback of 2018 (weekly)"),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("pnl_usd", both_sides=True, winners_only=True, below_equity=True),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
    status="checked",
    sources=(
        Citation("support.deribit.com/25944777576477-Insurance-Fund", "session winners", _DATE),
    ),
    note="The open profit of the position stands in for the profit of the session.",
)

DERIBIT_2026 = AdlDesign(
    id="deribit_2026",
    names=("Deribit linear perpetuals since 2026",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="draw"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=MarkWithSpread(spread=0.001),
    disclosure=Nothing(),
    aftermath=_QUIET,
    sources=(
        Citation("docs.deribit.com/articles/lsp-api-guide.md", "LSP, then ADL, then book", _DATE),
    ),
    note=(
        "The liquidated user's own sub-accounts, which are netted first, and the share of the "
        "commission are not modelled; ADL comes after the book here, on the venue before it."
    ),
    unpublished=("who is picked", "size of the spread (10 basis points here)"),
)

KRAKEN = AdlDesign(
    id="kraken",
    names=("Kraken Futures unwind",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="draw"),
    allocation=_BANKRUPTCY_QUEUE,
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=_QUIET,
    sources=(Citation("support.kraken.com/360022835671", "equity protection", _DATE),),
    note="Position assignment and the liquidity pool, which come first, belong to the venue.",
    unpublished=("ranking",),
)

COINBASE = replace(
    KRAKEN,
    id="coinbase",
    names=("Coinbase International",),
    sources=(
        Citation("Coinbase International Exchange help, liquidations", "LSP, fund, ADL", _DATE),
    ),
    note="At the bankruptcy price no loss is left for the clawback that the page names.",
    unpublished=("ranking", "close price", "what is shown"),
)

# The ten largest opposing positions, more if they do not suffice, in proportion to their size, at
# 2/3 ZP + 1/3 MP. A bankrupt account's remaining third is a third of the deficit: the fund's.
FTX = AdlDesign(
    id="ftx",
    names=("FTX",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="size"),
    allocation=TopShare(top=10, ties="id"),
    close_price=Blend(alpha=2.0 / 3.0),
    disclosure=Nothing(),
    aftermath=_QUIET,
    status="checked",
    sources=(
        Citation("help.ftx.com/hc/en-us/articles/360027937831", "top 10, 2/3 ZP + 1/3 MP", _DATE),
    ),
    note=(
        "Winning is not asked for. Backstop providers, who come first, belong to the venue. A "
        "third of the deficit stays with the fund."
    ),
)
