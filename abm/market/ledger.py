"""Running totals of one world: what the outcomes are computed from.

`Ledger.totals[NAME]` are sums over the episode [USD unless said otherwise]; `EXTERNAL_USD` is the
cash that came from outside the modelled accounts (spot sales, collateral sold), declared so that
the conservation of cash can be checked.
"""

from typing import NamedTuple

from abm.units import Floats

(
    EXTERNAL_USD,
    LIQUIDATED_USD,
    DEFICIT_USD,
    RESIDUAL_USD,
    ADL_USD,
    TAKEN_USD,
    ADL_FILLS,
    ADL_ROUNDS,
    UNSETTLED_TICKS,
    FUND_PAID_USD,
    VAULT_TAKEN_USD,
    MARKOUT_USD,
    BURDEN,
    BURDEN_BOUND,
    BURDEN_EXCESS,
    REACTION_VOLUME_USD,
    BAD_SCORES,
    MIN_MARK_RATIO,
    HELP_USD,
) = range(19)
"""Places in `Ledger.totals`: sums in USD; *_FILLS, *_ROUNDS, *_TICKS are counts, BURDEN* maxima
over ADL rounds [1], MIN_MARK_RATIO the lowest mark over the first, first venue and instrument [1].
"""

TOTALS = 19
"""Length of `Ledger.totals`."""


class Ledger(NamedTuple):
    """Totals of a run."""

    totals: Floats  # [TOTALS]
    reaction_usd: Floats  # [R] signed voluntary flow caused by the queue, by role, buys > 0
    flow_usd: Floats  # [R] signed voluntary flow, by role
    closed_contracts: Floats  # [H, V, K] ring of ADL closes by tick, signed as the closed position
    closed_value_usd: Floats  # [H, V, K] the same times close price
    by_venue: Floats  # [V, TOTALS] what each venue's waterfall added to the sums
    before: Floats  # [TOTALS] scratch: totals before a waterfall
    failed_s: Floats  # [V] when a deficit first reached the venue's ADL; inf = never
    lowest_ratio: Floats  # [V, K] lowest mark / first index price
    adl_usd: Floats  # [V, K] notional closed (or cash taken) by ADL
