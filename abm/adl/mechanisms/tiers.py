"""Tiered seniority: gains by tier, the most junior pays first and is exhausted before the next.

    tier m pays min(what is left of B, U_m),  U_m = sum_i g_i^(m),  split inside by a smooth rule

A tier is a part of every account's money: the gains of the last hour, those before, the principal.
With one tier it is the rule itself, with one account per tier it is a queue.

Source: G. Thogiti, co-author of [Chitra2025], posts on ADL at thogiti.github.io: buckets of gains
g^(1), g^(2), .., principal last.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split, column, split_of, usd
from abm.units import Floats


class TieredSplit(NamedTuple):
    """A split, and from which tier it came.

    Attributes:
        taken_usd: x, `[N]`, the sum over tiers.
        unfilled_usd: what all tiers together could not pay.
        taken_by_tier_usd: `[M, N]`, most junior first.
    """

    taken_usd: Floats
    unfilled_usd: float
    taken_by_tier_usd: Floats


def tiered(
    tiers_usd: Floats,
    budget_usd: float,
    rule: Callable[[Floats, float], Split] = wealth_pro_rata,
) -> TieredSplit:
    """Exhaust tier m before tier m + 1; `rule` splits inside a tier.

    Args:
        tiers_usd: >= 0, `[M, N]`, the tier that pays first in row 0.
        budget_usd: B >= 0.
        rule: any rule of endowments and a budget alone.

    Returns:
        sum x = min(B, sum of all tiers), when `rule` reaches every endowment.

    Raises:
        ValueError: the tiers are no table, or a number is out of range.

    Source: tiered seniority, thogiti.github.io.
    """
    table = np.asarray(tiers_usd, np.float64)
    if table.ndim != 2:
        raise ValueError(f"tiers_usd has {table.ndim} dimensions: give one row per tier")
    taken_usd = np.zeros(table.shape)
    left_usd = usd("budget_usd", budget_usd)
    for m, tier in enumerate(table):
        worth_usd = math.fsum(column(f"tiers_usd[{m}]", tier))
        taken_usd[m], short_usd = rule(tier, min(left_usd, worth_usd))
        left_usd = max(0.0, left_usd - worth_usd) + short_usd
    return TieredSplit(*split_of(taken_usd.sum(axis=0), budget_usd), taken_usd)
