"""Measures of a deleveraging: the literature's, kept as defined, and those of burden and games.

    survivors       PTSR and PMR, of the paper and of the code apart, RD-NSE, max_pct
    tracking        overshoot signed and one-sided, regrets, path length, discounting
    concentration   Gini, Lorenz, top-k, Atkinson, Kolm, Jain, HHI, majorisation
    ranks           inversion rate, rank stability, entropy of places, undo fraction
    strategic       Lipschitz constant, exploitability, sybil gain, externality
    risk            VaR and ES
    transfers       what counterparties lose, marked alike for every design

Columns are in account order, money in USD; a ratio whose denominator does not exist is NaN.
Sources: [Chitra2025] arXiv:2512.01112, [Chitra2026] arXiv:2602.15182, their code (@aae0be8).
"""

from abm.adl.measures.concentration import (
    atkinson,
    gini,
    herfindahl,
    jain,
    kolm,
    lorenz,
    majorises,
    submajorises,
    top_count_share,
    top_share,
)
from abm.adl.measures.ranks import inversion_rate, rank_entropy, rank_stability, undo_fraction
from abm.adl.measures.risk import expected_shortfall, value_at_risk
from abm.adl.measures.strategic import exploitability, externality, lipschitz, sybil_gain
from abm.adl.measures.survivors import (
    max_pct,
    overcollateralisation,
    pmr_code,
    pmr_paper,
    ptsr_code,
    ptsr_paper,
    rd_nse,
    top_survivor,
)
from abm.adl.measures.tracking import (
    class_regret,
    discounted,
    dynamic_regret,
    excess_burden,
    fairness_regret,
    instance_bound,
    overshoot,
    overshoot_only,
    path_variation,
    static_regret,
    tracking,
    undershoot_only,
)
from abm.adl.measures.transfers import Close, design_transfers, markout_transfer, pool_transfers

__all__ = [
    "Close",
    "atkinson",
    "class_regret",
    "design_transfers",
    "discounted",
    "dynamic_regret",
    "excess_burden",
    "expected_shortfall",
    "exploitability",
    "externality",
    "fairness_regret",
    "gini",
    "herfindahl",
    "instance_bound",
    "inversion_rate",
    "jain",
    "kolm",
    "lipschitz",
    "lorenz",
    "majorises",
    "markout_transfer",
    "max_pct",
    "overcollateralisation",
    "overshoot",
    "overshoot_only",
    "path_variation",
    "pmr_code",
    "pmr_paper",
    "pool_transfers",
    "ptsr_code",
    "ptsr_paper",
    "rank_entropy",
    "rank_stability",
    "rd_nse",
    "static_regret",
    "submajorises",
    "sybil_gain",
    "top_count_share",
    "top_share",
    "top_survivor",
    "tracking",
    "undershoot_only",
    "undo_fraction",
    "value_at_risk",
]
