"""Clearing houses: what is left when the waterfall of default resources is used up.

The layers before (the defaulter's margin, its contribution, skin in the game, the survivors'
contributions, assessments) are the venue's buffers here. Texts: CPMI-IOSCO, Recovery of FMIs (2014,
revised 2017); ISDA, CCP loss allocation at the end of the waterfall (2013).
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import MarkPrice, NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing
from abm.adl.score import NO_SCORE
from abm.adl.severity import Full
from abm.adl.trigger import ResidualDeficit
from abm.citation import Citation

_SOURCES = (
    Citation("CPMI-IOSCO, Recovery of financial market infrastructures", "tools", "2017"),
    Citation("ISDA, CCP loss allocation at the end of the waterfall", "", "2013"),
)
_GENERAL = "The formula is general knowledge of the field; a rulebook's details are its own."
_UNREAD = ("the rulebooks and reports themselves were not readable",)
_GAINS = Capacity("pnl_usd", both_sides=True, winners_only=True, below_equity=True)

CCP_VMGH = AdlDesign(
    id="ccp_vmgh",
    names=("CCP variation-margin gains haircut",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=_GAINS,
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
    sources=_SOURCES,
    unpublished=_UNREAD,
    note="h = min(1, L / sum of gains); losers pay in full. " + _GENERAL,
)

CCP_PARTIAL_TEAR_UP = AdlDesign(
    id="ccp_partial_tear_up",
    names=("CCP partial tear-up",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=MarkPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=True),
    sources=_SOURCES,
    unpublished=_UNREAD,
    note="Opposite positions end pro-rata at the settlement price, here the mark. " + _GENERAL,
)

CCP_FULL_TEAR_UP = replace(
    CCP_VMGH,
    id="ccp_full_tear_up",
    names=("CCP full tear-up",),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=True, notice=True, settles_market=True),
    note="Every position ends at the settlement price after the gains haircut. " + _GENERAL,
    needs="it settles the whole market, after which there is nothing to simulate",
)
