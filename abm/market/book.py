"""An order book in three numbers: what the makers buy, what they sell, and how far a flow moves it.

A net flow x = |flow| / what the side it hits quotes, at most 1, moves the log price by

    permanent  γ x          stays until arbitrage removes it  [Huberman & Stanzl 2004: must be
    linear] temporary  λ x  or  λ sqrt(x)   decays with the book's resilience  [Almgren et al. 2005]

and is filled at the mean price on the way: half of the linear part, two thirds of the square root.
All forced orders (and, later in the tick, all voluntary ones) of a book clear at one price.
"""

import math

from abm.kernel import kernel

LINEAR, SQUARE_ROOT = 0, 1
"""Forms of the temporary impact."""


@kernel
def temporary_impact(form: int, coefficient: float, share: float) -> float:
    """Log move of the temporary part after a flow of `share` of the depth."""
    if form == SQUARE_ROOT:
        return coefficient * math.sqrt(share)
    return coefficient * share


@kernel
def mean_impact(form: int, temporary: float, permanent: float, share: float) -> float:
    """Log distance between the price before the flow and its mean fill price."""
    if form == SQUARE_ROOT:
        return temporary * math.sqrt(share) * (2.0 / 3.0) + 0.5 * permanent * share
    return 0.5 * (temporary + permanent) * share


@kernel
def impact_share(flow_usd: float, quoted_usd: float) -> float:
    """Flow as a share of what the side it hits quotes, in [0, 1]; an empty side is swept at once.

    The fewer quotes, the larger the move: 1 means that the whole side is gone.
    """
    if flow_usd <= 0.0:
        return 0.0
    if flow_usd >= quoted_usd:
        return 1.0
    return flow_usd / quoted_usd


@kernel
def fill_share(wanted: float, other_side: float, capacity: float) -> float:
    """Share of `wanted` that is filled when `other_side` crosses with it and makers take the rest.

    All in the same unit (contracts or USD), all >= 0. In [0, 1]; 1 when nothing is wanted.
    """
    if wanted <= 0.0:
        return 1.0
    return min(1.0, (other_side + capacity) / wanted)


@kernel
def mark_of(index_price: float, premium: float, weight: float, band: float) -> float:
    """Mark price: the index moved by a weighted, banded log premium of the book [USD]."""
    move = weight * premium
    return index_price * math.exp(min(max(move, -band), band))
