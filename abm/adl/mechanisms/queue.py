"""Queues: in order of a score until the budget is met. Columns `[N]`, money in USD.

    x of the j-th in the queue = min(w, what is left of B)

The queue is the maximiser of sum s_i x_i over {0 <= x <= w, sum x = B}, hence a vertex: at most
one account pays in part. Scores in use: profit x leverage (venues), opening leverage x mark /
bankruptcy price ([Chitra2025]; with the mark itself in the denominator the ratio is 1 and the rule
is a queue by leverage, no venue's rule), endowment (the "top-first" queue of the theorems),
realised profit (their code), and rho e / w, the knapsack optimum of `abm.adl.mechanisms.risk`.

The walks are the kernels of `abm.adl.allocation`. They read float32 scores, so the scores handed to
them are the exact places among the distinct float64 scores: no tie is made by rounding.
Sources: [Chitra2025] (arXiv:2512.01112), queue and lottery; their code,
github.com/pluriholonomic/autodeleveraging-analysis@aae0be8.
"""

import math

import numpy as np

from abm.adl.allocation import fill_queue, fill_queue_sharing_ties
from abm.adl.mechanisms.split import Split, book, column, same_length, split_of, usd
from abm.adl.rank import order_descending, order_with_random_ties, rank_buffers
from abm.units import Floats, Floats32, Ints

TIES = ("id", "random", "pro_rata")
"""Who wins among equal scores: the smaller account id, chance, or all in proportion to w."""

_MOST_DISTINCT_SCORES = 1 << 24  # float32 counts exactly up to here


def queue(
    endowment_usd: Floats,
    score: Floats,
    budget_usd: float,
    ties: str = "id",
    rng: np.random.Generator | None = None,
) -> Split:
    """The largest score pays first and in full; the last one pays what is left.

    Args:
        endowment_usd: w >= 0, `[N]`.
        score: `[N]`, larger pays first; infinite is allowed, NaN is not.
        budget_usd: B >= 0.
        ties: one of `TIES`.
        rng: for ties="random" only; one draw is used.

    Returns:
        sum x = min(B, sum w).

    Raises:
        ValueError: a score is NaN, `ties` is unknown, or `rng` is missing or of no use.

    Source: [Chitra2025], queue.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    scores = _exact_float32(same_length("score", np.asarray(score, np.float64), endowment_usd))
    if ties not in TIES:
        raise ValueError(f"ties is {ties!r}: choose one of {', '.join(TIES)}")
    if (rng is not None) != (ties == "random"):
        raise ValueError("rng goes with ties='random': give both or neither")
    order = _order(scores, rng)
    taken_usd = np.zeros(endowment_usd.size)
    if ties == "pro_rata":
        fill_queue_sharing_ties(order, scores, endowment_usd, budget_usd, taken_usd)
    else:
        fill_queue(order, endowment_usd, budget_usd, 0.0, np.inf, taken_usd)
    return split_of(taken_usd, budget_usd)


def _exact_float32(score: Floats) -> Floats32:
    """Place of each score among the distinct ones, smallest 0, exact in float32."""
    if np.isnan(score).any():
        raise ValueError("a score is NaN: a queue needs a number for every account")
    distinct, places = np.unique(score, return_inverse=True)
    if distinct.size > _MOST_DISTINCT_SCORES:
        raise ValueError(f"{distinct.size} distinct scores: give at most {_MOST_DISTINCT_SCORES}")
    return places.astype(np.float32)


def _order(scores: Floats32, rng: np.random.Generator | None) -> Ints:
    count = scores.size
    order = np.empty(count, np.int64)
    buffers = rank_buffers(count)
    if rng is None:
        order_descending(scores, count, order, buffers)
    else:
        key = rng.integers(0, np.iinfo(np.uint64).max, dtype=np.uint64, endpoint=True)
        order_with_random_ties(scores, np.arange(count), key, count, order, buffers)
    return order


def leverage_score(
    opening_leverage: Floats, mark_price: float, reference_price: Floats | float
) -> Floats:
    """Opening leverage, scaled by how far the mark has moved: s_i = l_i p / p_ref, `[N]`.

    With the bankruptcy price as reference this is the score printed for Binance, with the mark
    itself, printed for Hyperliquid, the ratio is 1 and the rule ranks by leverage alone. Neither
    is the venue's rule; those are in `abm.adl.score`.

    Args:
        opening_leverage: l >= 0, `[N]`.
        mark_price: p > 0 [USD / coin].
        reference_price: p_ref >= 0, one or `[N]`; at 0, a position that cannot go bankrupt, the
            score is infinite, or 0 without leverage.

    Raises:
        ValueError: a number is out of range.

    Source: [Chitra2025], queue.
    """
    leverage = column("opening_leverage", opening_leverage)
    reference = column("reference_price", np.broadcast_to(reference_price, leverage.shape))
    if usd("mark_price", mark_price) <= 0.0:
        raise ValueError(f"mark_price is {mark_price}: give a price above 0")
    score = np.where(leverage > 0.0, np.inf, 0.0)
    return np.divide(leverage * mark_price, reference, out=score, where=reference > 0.0)


def smart_queue(endowment_usd: Floats, score: Floats, deficit_usd: float) -> Split:
    """The queue with the largest budget that can be met: B = min(D, U), theta = min(1, U / D).

    It takes what the queue takes for B = D, but it never promises more than there is: its budget
    is always met, and the (D - U)+ that nobody covers is no part of it.

    Args:
        endowment_usd: w >= 0, `[N]`.
        score: `[N]`, larger pays first.
        deficit_usd: D >= 0, the whole deficit.

    Returns:
        sum x = min(D, U), unfilled = 0.

    Raises:
        ValueError: as for `queue`.

    Source: [Chitra2025], smart queue.
    """
    endowment_usd, deficit_usd = book(endowment_usd, deficit_usd)
    return queue(endowment_usd, score, min(deficit_usd, math.fsum(endowment_usd)))


def lottery(endowment_usd: Floats, budget_usd: float, rng: np.random.Generator) -> Split:
    """A queue in random order: a queue after the draw, about pro-rata before it. A control.

    What an account expects to pay is the random arrival rule [ONeill1982], every order of the
    accounts being as likely. It is w B / U for equal endowments, and only close to it otherwise:
    w = (8, 4, 1/2, 3, 1) and B = 7.5 gives the first account 3.475, pro-rata 3.636.

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.
        rng: one draw is used.

    Returns:
        sum x = min(B, U).

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [ONeill1982], random arrival.
    """
    endowment_usd = column("endowment_usd", endowment_usd)
    return queue(endowment_usd, np.zeros(endowment_usd.size), budget_usd, "random", rng)


def no_adl(endowment_usd: Floats, budget_usd: float) -> Split:
    """Nobody pays: x = 0, the residual insolvency stays with the venue. A control.

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        x = 0, unfilled = B.

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Chitra2025], no socialisation, theta = 0.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    return split_of(np.zeros(endowment_usd.size), budget_usd)
