"""Designs of the literature, and two controls: a lottery and no ADL at all.

The literature takes cash from winners and leaves their positions open; its endowment is
w = min((PNL)+, (equity)+), the profit that is there to be taken [Chitra2025].
"""

from dataclasses import replace

from abm.adl.aftermath import Aftermath
from abm.adl.allocation import Level, Queue, WaterFill
from abm.adl.capacity import Capacity
from abm.adl.close_price import BankruptcyPrice, NoClose
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Nothing
from abm.adl.score import NO_SCORE, Score
from abm.adl.severity import Fixed, Full, Match
from abm.adl.trigger import ResidualDeficit
from abm.citation import Citation

_CHITRA = "arXiv:2512.01112"
_CODE = "github.com/pluriholonomic/autodeleveraging-analysis@aae0be8"
_PROFIT = Capacity("pnl_usd", both_sides=True, winners_only=True, below_equity=True)
_IN_CASH = Aftermath(fee_rate=0.0, cancel_orders=False, notice=True)
_ENDOWMENT_NOTE = "The endowment is the profit in the instrument of the round, capped by equity."

WEALTH_PRO_RATA = AdlDesign(
    id="wealth_pro_rata",
    names=("wealth pro-rata", "variation margin gains haircut"),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=_PROFIT,
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=NoClose(),
    disclosure=Nothing(),
    aftermath=_IN_CASH,
    status="checked",
    sources=(Citation(_CHITRA, "pro-rata haircut, x_i = w_i B / U", "2026-11-20"),),
    note=_ENDOWMENT_NOTE,
)

EQUAL_DOLLAR = replace(
    WEALTH_PRO_RATA,
    id="equal_dollar",
    names=("equal dollars", "constrained equal awards"),
    allocation=WaterFill(weight="one"),
    sources=(Citation("Young1988", "head tax, x_i = min(w_i, kappa)", "1988"),),
)

LEVELLING = replace(
    WEALTH_PRO_RATA,
    id="levelling",
    names=("levelling", "constrained equal survivors"),
    allocation=Level(),
    sources=(Citation("Young1988", "levelling tax, x_i = (w_i - L)+", "1988"),),
)

# Linear g(lambda) = lambda, so the risk weight r = lambda g(lambda) has power 2.
RISK_WEIGHTED_PRO_RATA = replace(
    WEALTH_PRO_RATA,
    id="risk_weighted_pro_rata",
    names=("risk-weighted pro-rata", "RAP, linear g"),
    allocation=WaterFill(weight="risk", power=2.0),
    sources=(Citation(_CHITRA, "risk-aware pro-rata, h_i = min(beta, tau r_i)", "2026-11-20"),),
)

SMART_QUEUE = replace(
    WEALTH_PRO_RATA,
    id="smart_queue",
    names=("smart queue", "top winner first"),
    severity=Match(),
    score=Score(profit="endowment_usd"),
    allocation=Queue(ties="id"),
    sources=(Citation(_CHITRA, "queue by endowment, B = min(D, U)", "2026-11-20"),),
)

EQUITY_PRO_RATA = replace(
    WEALTH_PRO_RATA,
    id="equity_pro_rata",
    names=("equity pro-rata", "min-max of burden over equity"),
    allocation=WaterFill(weight="equity"),
    sources=(Citation(_CODE, "capped pro-rata over equity", "2026-11-20"),),
    note=_ENDOWMENT_NOTE + " It minimises the largest x / e.",
)

LEVERED_PRO_RATA = replace(
    WEALTH_PRO_RATA,
    id="levered_pro_rata",
    names=("levered pro-rata",),
    allocation=WaterFill(weight="risk", power=1.0),
    sources=(Citation(_CHITRA, "levered pro-rata, h_i = min(1, tau lambda_i)", "2026-11-20"),),
    note=_ENDOWMENT_NOTE + " The printed formula breaks the budget; tau is solved for it here.",
)

CAPPED_PRO_RATA = replace(
    WEALTH_PRO_RATA,
    id="capped_pro_rata",
    names=("capped pro-rata", "common cap of 50 %"),
    capacity=replace(_PROFIT, fraction=0.5),
    sources=(Citation(_CHITRA, "capped pro-rata, h_i = min(beta, eta)", "2026-11-20"),),
    note=_ENDOWMENT_NOTE + " The cap is ours; the paper leaves it open.",
)

TAIL_RISK_PRO_RATA = replace(
    WEALTH_PRO_RATA,
    id="tail_risk_pro_rata",
    names=("RAP, tail g",),
    allocation=WaterFill(weight="tail_risk", power=1.0),
    sources=(Citation(_CHITRA, "risk-aware pro-rata, g = (lambda - tau0)+", "2026-11-20"),),
    note=_ENDOWMENT_NOTE + " tau0 = 1: accounts below leverage 1 pay nothing.",
)

KNAPSACK_GREEDY = replace(
    WEALTH_PRO_RATA,
    id="knapsack_greedy",
    names=("greedy by risk", "knapsack optimum"),
    score=Score(profit="notional_per_profit"),
    allocation=Queue(ties="id"),
    sources=(
        Citation("Dantzig1957", "fractional knapsack of the programme of " + _CHITRA, "1957"),
    ),
    note=_ENDOWMENT_NOTE + " rho = lambda, so that rho e / w is notional over profit.",
)

VECTOR_MIRROR_DESCENT = replace(
    WEALTH_PRO_RATA,
    id="vector_mirror_descent",
    names=("vector mirror descent, as shipped",),
    allocation=WaterFill(weight="capacity_squared"),
    sources=(Citation(_CODE, "projection of 0 on the budget, h = min(1, mu w)", "2026-11-20"),),
    note=_ENDOWMENT_NOTE + " Nothing is learnt: the projection has a closed form.",
)

CONTRACT_PRO_RATA = AdlDesign(
    id="contract_pro_rata",
    names=("integer contracts pro-rata",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=NO_SCORE,
    allocation=WaterFill(weight="capacity"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(),
    status="checked",
    sources=(Citation(_CODE, "integer pro-rata, largest remainder", "2026-11-20"),),
    note="In the venue's lots; the code's lot of one whole coin leaves most accounts out.",
)

RANDOM_LOTTERY = AdlDesign(
    id="random_lottery",
    names=("random permutation queue",),
    trigger=ResidualDeficit(),
    severity=Full(),
    capacity=Capacity("contracts"),
    score=Score(profit="draw"),
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    status="checked",
    sources=(Citation(_CHITRA, "lottery as control of the queue", "2026-11-20"),),
    note="A control: everything as in a venue's queue except the order.",
)

NO_ADL = AdlDesign(
    id="no_adl",
    names=("no ADL", "residual insolvency"),
    trigger=ResidualDeficit(),
    severity=Fixed(0.0),
    capacity=Capacity("contracts"),
    score=NO_SCORE,
    allocation=Queue(ties="id"),
    close_price=BankruptcyPrice(),
    disclosure=Nothing(),
    aftermath=Aftermath(fee_rate=0.0, cancel_orders=False, notice=False),
    status="checked",
    sources=(Citation(_CHITRA, "control without socialisation", "2026-11-20"),),
    note="A control: theta = 0, the residual deficit stays with the venue.",
)
