"""Backstop auction: outside capital covers the budget before ADL does, cheapest offer first.

    offer m:  up to q_m USD at the premium kappa_m per USD
    filled in order of kappa, only where kappa <= reserve;  cost = sum of premium x q

The venue pays either the highest accepted premium to all ("uniform") or each its own
("pay_as_bid"); what is not offered is left to ADL as `unfilled_usd`. The reserve is the most the
venue would pay: with payment theta per unit and cost kappa the provider acts while theta >= kappa.

Source: [Chitra2025] (arXiv:2512.01112), backstop liquidity providers who inject q in [0, D] at a
premium kappa (waiting game). Their text calls theta the provider's pay in the lemma and a cost in
the proof of the proposition; it is pay here.
"""

from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.split import column, same_length, usd
from abm.units import Floats

PRICING = ("uniform", "pay_as_bid")
"""What an accepted offer is paid: the highest accepted premium, or its own."""


class Auction(NamedTuple):
    """Outcome of a backstop auction.

    Attributes:
        filled_usd: covered by each offer, `[M]`.
        unfilled_usd: the part of the budget left to ADL.
        premium: paid per USD covered, `[M]`; 0 for an offer that is not used.
        cost_usd: what the venue pays for the cover.
    """

    filled_usd: Floats
    unfilled_usd: float
    premium: Floats
    cost_usd: float


def backstop_auction(
    offered_usd: Floats,
    asked_premium: Floats,
    budget_usd: float,
    reserve_premium: float,
    pricing: str = "uniform",
) -> Auction:
    """Cover the budget with the cheapest offers at or below the reserve.

    Args:
        offered_usd: q >= 0, `[M]`.
        asked_premium: kappa >= 0, `[M]`, USD per USD covered; ties by row.
        budget_usd: B >= 0.
        reserve_premium: the highest premium accepted, >= 0.
        pricing: one of `PRICING`.

    Returns:
        sum filled = min(B, sum of q with kappa <= reserve).

    Raises:
        ValueError: lengths differ, an argument is out of range, or `pricing` is unknown.

    Source: [Chitra2025], backstop liquidity providers.
    """
    offered = column("offered_usd", offered_usd)
    asked = same_length("asked_premium", column("asked_premium", asked_premium), offered)
    reserve = usd("reserve_premium", reserve_premium)
    if pricing not in PRICING:
        raise ValueError(f"pricing is {pricing!r}: choose one of {', '.join(PRICING)}")
    accepted = np.where(asked <= reserve, offered, 0.0)
    filled_usd, unfilled_usd = queue(accepted, -asked, budget_usd)
    used = filled_usd > 0.0
    premium = np.where(used, asked, 0.0)
    if pricing == "uniform" and used.any():
        premium = np.where(used, asked[used].max(), 0.0)
    return Auction(filled_usd, unfilled_usd, premium, float(premium @ filled_usd))
