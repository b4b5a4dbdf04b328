"""Venues that keep a queue: BitMEX, Binance, Bybit, OKX, Hyperliquid.

All close contracts of the opposite side in score order; they differ in trigger, score, close price
and in what they show. No venue here publishes how ties are broken: smaller account id first is our
choice. A refresh of 0 s means that the venue's page gives no number.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Queue
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, MarkPrice, PreviousMarkPrice
from abm.adl.design import AdlDesign
from abm.adl.disclosure import ExactRank, Lights
from abm.adl.score import Score
from abm.adl.severity import Full
from abm.adl.trigger import FundDrawdown, InventoryCap, PoolDrawdown, ResidualDeficit
from abm.citation import Citation

# Losers: a negative return is divided by leverage, so high-leverage losers stand before
# low-leverage losers and all of them behind the winners.
BITMEX = AdlDesign(
    id="bitmex",
    names=("BitMEX", "MEXC", "CoinEx (older page)"),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="leverage", losers="divide"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="size"),
    status="checked",
    sources=(
        Citation(
            "support.bitmex.com/hc/en-gb/articles/18589621443357-What-is-Auto-Deleveraging",
            "ranking, price, indicator",
            "2026-11-20",
        ),
        Citation("bitmex.com/app/autoDeleveragingExamples", "worked example", "2026-11-20"),
    ),
    note="Ties and the refresh of the indicator are not published. The fund is per contract.",
)

# Account-level terms; 0 for whoever is not in profit and for an insolvent account. Such accounts
# keep their place at the end of the queue; the source does not say that they are left out.
BINANCE = AdlDesign(
    id="binance",
    names=("Binance USD-M", "Binance fund cap of 2019", "HitBTC", "Aster"),
    trigger=InventoryCap(share=1.0),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="wallet_return", risk="maintenance", losers="zero", scope="account"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head", refresh_s=30.0),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=True, notice=True),
    status="checked",
    sources=(
        Citation("binance.com/en/support/faq/360033525471", "LevPnL, no fee", "2026-11-20"),
        Citation(
            "developers.binance.com/docs: Position-ADL-Quantile-Estimation",
            "0-4, every 30 s",
            "2026-11-20",
        ),
        Citation("Binance insurance-fund rule", "maximum net notional, 100 % of fund", "2019"),
    ),
    note="Ties are not published. One common score for hedge-mode legs is not modelled.",
)

# Coin-margined contracts have the same endpoint; the formula is taken on USD values.
BINANCE_COIN_M = replace(
    BINANCE,
    id="binance_coin_m",
    names=("Binance COIN-M",),
    status="provisional",
    sources=(
        Citation("developers.binance.com/docs: COIN-M ADL quantile", "same shape", "2026-11-20"),
    ),
    note="The formula of USD-M on USD values; max(1, W) counts USD, not coins.",
    unpublished=("formula of COIN-M",),
)

# The bankruptcy price is computed again at the drawdown line, so that winners take only the loss
# beyond it: the fund floor of the trigger does this. A pool at or below zero starts ADL as well.
BYBIT = AdlDesign(
    id="bybit",
    names=("Bybit",),
    trigger=PoolDrawdown(on=0.30, off=0.25, window_s=8.0 * 3600.0, min_pool_usd=10_000.0),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="leverage", losers="divide"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Lights(by="head"),
    sources=(
        Citation(
            "github.com/bybit-exchange/docs@072c197d",
            "docs/v5/market/adl-alert.mdx, docs/v5/enum.mdx",
            "2026-11-20",
        ),
    ),
    note=(
        "Return x effective leverage stands in for the ranking. An older page charges the "
        "counterparty the maker fee. A 2025-11-05 copy gives 100 % as drawdown. What a pool below "
        "zero lacks is shared by the losing symbols there; here the bankrupt's own book pays."
    ),
    unpublished=(
        "formula of the 'leveraged return', and the rank of losers",
        "weighting of the lights",
        "today's fee on the counterparty",
    ),
)

# The third trigger: the risk team takes a symbol out of its pool; its own fund is left, and rule 2.
BYBIT_ALONE = replace(
    BYBIT,
    id="bybit_alone",
    names=("Bybit, symbol out of its pool",),
    trigger=PoolDrawdown(alone=True),
    note="As in a pool, without the drawdown rule.",
)

# rho = margin ratio, high = safe, so r / rho = r MM / e for winners and r rho = r / (MM / e) for
# losers.
OKX = AdlDesign(
    id="okx",
    names=("OKX",),
    trigger=FundDrawdown(on=0.30, off=0.30, window_s=8.0 * 3600.0),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="return", risk="maintenance", losers="divide"),
    allocation=Queue(ties="id"),
    close_price=MarkPrice(),
    disclosure=Lights(by="head"),
    sources=(
        Citation(
            "okx.com/help/iv-introduction-to-auto-deleveraging-adl",
            "30 % from the 8 h peak, mark price (copies of 2024-04 and 2025-03)",
            "2026-11-20",
        ),
        Citation("htx.com/support/24938105258355", "r / rho, r rho", "2026-11-20"),
    ),
    note=(
        "The score was read in a secondary copy that agrees with HTX's own page. off = on here. "
        "Since May 2026 the trigger's numbers are withdrawn from the API."
    ),
    unpublished=("recovery threshold", "weighting of the lights"),
)

_HYPERLIQUID_SOURCES = (
    Citation(
        "hyperliquid.gitbook.io/hyperliquid-docs/trading/auto-deleveraging",
        "index, previous mark price",
        "2026-11-20",
    ),
)
_HYPERLIQUID_NOTE = (
    "Who pays when the previous mark is insolvent too, ties and the indicator are not published; "
    "positions are public on chain, hence the exact rank."
)

# "Users in profit", sorted by M / E x N / e. Literally M / E falls with profit for shorts; E / M
# is the reading that agrees with "in profit" and that CoinEx prints. No primary source decides:
# both are here.
HYPERLIQUID = AdlDesign(
    id="hyperliquid",
    names=("Hyperliquid", "Hyperliquid, short side E / M"),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts", winners_only=True),
    score=Score(profit="price_ratio", risk="leverage", losers="exclude"),
    allocation=Queue(ties="id"),
    close_price=PreviousMarkPrice(),
    disclosure=ExactRank(),
    sources=_HYPERLIQUID_SOURCES,
    unpublished=("short side of M / E",),
    note="Short side E / M is our reading. " + _HYPERLIQUID_NOTE,
)

HYPERLIQUID_LITERAL = AdlDesign(
    id="hyperliquid_literal",
    names=("Hyperliquid, short side M / E as printed",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts", winners_only=True),
    score=Score(profit="price_ratio_literal", risk="leverage", losers="exclude"),
    allocation=Queue(ties="id"),
    close_price=PreviousMarkPrice(),
    disclosure=ExactRank(),
    sources=_HYPERLIQUID_SOURCES,
    unpublished=("short side of M / E",),
    note="M / E on both sides as printed. " + _HYPERLIQUID_NOTE,
)
