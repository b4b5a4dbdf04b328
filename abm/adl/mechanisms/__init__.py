"""Rules of the theory as plain functions of columns: who pays, how much in all, and what learns.

They run without a venue: endowments w `[N]` and a budget B in, x `[N]` and the unfilled rest out
(`Split`), 0 <= x <= w. U = sum w, h = x / w, D deficit, e equity.

    queue, smart_queue, lottery   x = min(w, what is left) by score; B = min(D, U); random order
    wealth_pro_rata               x = w B / U
    equity_pro_rata, pnl_pro_rata x = min(w, M (e)+);  x = min(w, tau (PNL)+)
    capped_pro_rata               h = min(beta, eta), caps of `burden_caps`
    levered_pro_rata, rap         h = min(1, tau l);  h = min(beta, tau lambda g(lambda))
    knapsack_greedy               queue by rho (e)+ / w, the smallest next deficit
    levelling, equal_dollar       x = (w - L)+;  x = min(w, kappa)          [Young1988]
    min_max_capacity, _equity     min max x / w;  min max x / e
    min_max_lots                  the same in whole lots, by HiGHS, with a certified bound
    fixed_point_rounding          pro-rata of s B in lots, smallest s that covers B
    integer_contracts             contracts pro-rata, largest remainder
    vector_mirror_descent         h = min(1, mu w);  vector_program: the programme as written
    tiered, backstop_auction      junior gains first;  outside capital first
    no_adl                        x = 0
    severity rules                theta or B of a round: matched, fixed, extreme value, ...
    controllers                   theta and weights over rounds, learned

Sources: [Chitra2025] arXiv:2512.01112, [Chitra2026] arXiv:2602.15182, their code
github.com/pluriholonomic/autodeleveraging-analysis@aae0be8, unless a row says otherwise; where one
of them is corrected, the docstring of the function says how. `catalog.MECHANISMS` lists all.
"""

from abm.adl.mechanisms.auction import Auction, backstop_auction
from abm.adl.mechanisms.catalog import MECHANISMS, Mechanism
from abm.adl.mechanisms.controllers import (
    ConstantStep,
    EntropicWeights,
    RootStep,
    SeverityGradient,
    Surrogate,
    SurrogateDescent,
    WarmStartedDescent,
)
from abm.adl.mechanisms.dual_controller import DualController
from abm.adl.mechanisms.min_max import (
    MinMax,
    MinMaxLots,
    min_max_capacity,
    min_max_equity,
    min_max_lots,
)
from abm.adl.mechanisms.queue import leverage_score, lottery, no_adl, queue, smart_queue
from abm.adl.mechanisms.risk import (
    cvar,
    expected_shortfall_left,
    knapsack_greedy,
    levered_pro_rata,
    linear,
    power,
    rap,
    shortfall_density,
)
from abm.adl.mechanisms.rounding import (
    FixedPoint,
    LotSplit,
    Positions,
    fixed_point_rounding,
    integer_contracts,
    positions_of,
)
from abm.adl.mechanisms.severity import (
    NoWait,
    backoff_severity,
    backoff_severity_as_published,
    exante_budget,
    extreme_value_severity,
    fixed_severity,
    interpolated_severity,
    matched_severity,
    newsvendor_fund,
    no_wait_severity,
)
from abm.adl.mechanisms.shares import (
    burden_caps,
    capped_pro_rata,
    equal_dollar,
    equity_pro_rata,
    levelling,
    pnl_pro_rata,
    wealth_pro_rata,
)
from abm.adl.mechanisms.split import Split
from abm.adl.mechanisms.tiers import TieredSplit, tiered
from abm.adl.mechanisms.vector import Descent, Programme, vector_mirror_descent, vector_program

__all__ = [
    "MECHANISMS",
    "Auction",
    "ConstantStep",
    "Descent",
    "DualController",
    "EntropicWeights",
    "FixedPoint",
    "LotSplit",
    "Mechanism",
    "MinMax",
    "MinMaxLots",
    "NoWait",
    "Positions",
    "Programme",
    "RootStep",
    "SeverityGradient",
    "Split",
    "Surrogate",
    "SurrogateDescent",
    "TieredSplit",
    "WarmStartedDescent",
    "backoff_severity",
    "backoff_severity_as_published",
    "backstop_auction",
    "burden_caps",
    "capped_pro_rata",
    "cvar",
    "equal_dollar",
    "equity_pro_rata",
    "exante_budget",
    "expected_shortfall_left",
    "extreme_value_severity",
    "fixed_point_rounding",
    "fixed_severity",
    "integer_contracts",
    "interpolated_severity",
    "knapsack_greedy",
    "levelling",
    "leverage_score",
    "levered_pro_rata",
    "linear",
    "lottery",
    "matched_severity",
    "min_max_capacity",
    "min_max_equity",
    "min_max_lots",
    "newsvendor_fund",
    "no_adl",
    "no_wait_severity",
    "pnl_pro_rata",
    "positions_of",
    "power",
    "queue",
    "rap",
    "shortfall_density",
    "smart_queue",
    "tiered",
    "vector_mirror_descent",
    "vector_program",
    "wealth_pro_rata",
]
