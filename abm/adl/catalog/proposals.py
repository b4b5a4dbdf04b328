"""Designs that no venue runs and that traders or the papers ask for.

Where nothing else is said a proposal is BitMEX's queue, changed in one place, so that a difference
in results is the proposal's.
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Tiered, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.catalog import queues
from abm.adl.close_price import NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing, PriceToAdl
from abm.adl.score import NO_SCORE, Score
from abm.adl.severity import Full
from abm.adl.trigger import EarlyMargin, ResidualDeficit
from abm.citation import Citation

_DATE = "2026-11-20"
_OWN = "proposed here; "
_IN_CASH = Aftermath(fee_rate=0.0, cancel_orders=False, notice=True)

PRICE_TO_ADL = replace(
    queues.BITMEX,
    id="price_to_adl",
    names=("price-to-ADL disclosure",),
    disclosure=PriceToAdl(),
    sources=(Citation("github.com/ccxt/ccxt", _OWN + "wish in #27590", _DATE),),
    note="The price is the nearest one, were the order book empty.",
    rationale=(
        "A rank does not say how far the danger is. A price can be hedged, and one that is far "
        "away gives no reason to run, where a first place in the queue does."
    ),
)

HEDGE_AWARE = replace(
    queues.BITMEX,
    id="hedge_aware",
    names=("hedge-aware queue",),
    score=Score(profit="return", risk="leverage", losers="divide", spares_hedges=True),
    sources=(Citation("github.com/hummingbot/hummingbot", _OWN + "wish in #3103", _DATE),),
    note=(
        "The hedged share is the trader's net over venues and wallets, min(|q|, what the others "
        "offset) / |q|; a venue needs proof of it."
    ),
    rationale=(
        "Whoever is hedged loses a leg when closed and must trade again in a falling market; on 10 "
        "October 2025 delta-neutral books were hurt this way."
    ),
)

CROSS_VENUE_QUEUE = replace(
    queues.BITMEX,
    id="cross_venue_queue",
    names=("queue by exposure over all venues",),
    score=Score(profit="wallet_return", risk="leverage", losers="zero", scope="trader"),
    sources=(Citation("github.com/hummingbot/hummingbot", _OWN + "wish in #3103", _DATE),),
    note=(
        "Profit, equity and net notional are of the trader over all venues, as an oracle reports "
        "them (`exposure_report`); a book without traders takes each account for one."
    ),
    rationale=(
        "A venue that sees one leg calls a hedge a winner. Scored on everything that a trader "
        "holds, who is flat over all venues has little profit and no leverage, and comes last."
    ),
)

LIABILITY_SNAPSHOT = AdlDesign(
    id="liability_snapshot",
    names=("liability snapshot",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("snapshot_usd", both_sides=True, flat_too=True, snapshot_s=300.0),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=_IN_CASH,
    status="checked",
    sources=(Citation("Chitra2026", _OWN + "arXiv:2602.15182, runs on the queue", _DATE),),
    note="Liable is the unrealised profit of five to ten minutes ago, as far as equity is there.",
    rationale=(
        "A claim on the profit of a moment that has passed cannot be escaped by closing, shrinking "
        "or opening again, so that nobody gains by running from the queue."
    ),
)

CAPPED_SENIORITY = AdlDesign(
    id="capped_seniority",
    names=("capped burden with seniority",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("pnl_usd", both_sides=True, winners_only=True, fraction=0.25, burden=1.0),
    score=NO_SCORE,
    allocation=Tiered(edges=(1.0,)),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=_IN_CASH,
    status="checked",
    sources=(
        Citation("Chitra2025", _OWN + "caps of arXiv:2512.01112", _DATE),
        Citation("thogiti.github.io", "tiers of gains", _DATE),
    ),
    note="Profit above 100 % on entry pays first; nobody loses more than a quarter of the profit.",
    rationale=(
        "A cap bounds the worst surprise, and seniority lets windfalls pay before ordinary gains."
    ),
)

COMPENSATED_QUEUE = replace(
    queues.BITMEX,
    id="compensated_queue",
    names=("compensation with re-entry right",),
    aftermath=Aftermath(
        fee_rate=0.0, cancel_orders=True, notice=True, compensation=0.5, reentry_s=3600.0
    ),
    sources=(Citation("blog.bitmex.com/xbtu19-and-ethm19", _OWN + "compensation of 2019", _DATE),),
    note=(
        "Half of the loss against the mark is paid back out of the venue's fees, as far as there "
        "are any; re-entry at the ADL price for an hour is recorded, not simulated."
    ),
    rationale=(
        "Paying for what it takes gives a venue a reason to keep ADL small, and winners a reason "
        "to stay."
    ),
)

EARLY_MARGIN = replace(
    queues.BITMEX,
    id="early_margin",
    names=("predictive margin raising",),
    trigger=EarlyMargin(stress=0.5, largest=2.0),
    sources=(
        Citation("github.com/drift-labs/protocol-v2@0ae3e3b1", _OWN + "pnl imbalance", _DATE),
    ),
    note=(
        "Requirements grow, up to twofold, while the deficits of a further 5 % move against every "
        "account would outgrow half of the fund. On a book without time it is BitMEX's queue."
    ),
    rationale=(
        "Losers are made smaller while the fund still pays, at the price of liquidations that "
        "might not have been needed."
    ),
)
