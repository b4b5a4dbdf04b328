"""The dynamics of the contagion literature, C1 on, as experiments.

Each module ends with its tuple `CLAIMS`; here they are in the order of their numbers. They are
checks by programs of their own: nothing of `abm.contagion` is used. C6 runs the whole agent model.
"""

from experiments.validate.claim import Claim
from experiments.validate.contagion import (
    branching,
    crash_facts,
    critical_leverage,
    default_cascade,
    fire_sale_correlation,
    leverage_cycle,
    leveraged_funds,
    meta_orders,
    overlapping_portfolios,
    stablecoin_spiral,
    stylised_facts,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *leveraged_funds.CLAIMS,
            *default_cascade.CLAIMS,
            *overlapping_portfolios.CLAIMS,
            *stablecoin_spiral.CLAIMS,
            *fire_sale_correlation.CLAIMS,
            *branching.CLAIMS,
            *stylised_facts.CLAIMS,
            *leverage_cycle.CLAIMS,
            *critical_leverage.CLAIMS,
            *crash_facts.CLAIMS,
            *meta_orders.CLAIMS,
        ),
        key=lambda claim: claim.number,
    )
)
"""Every claim once, by number."""
