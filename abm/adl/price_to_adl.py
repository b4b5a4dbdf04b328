"""The price at which a position would be deleveraged: what no venue publishes.

    A_i      contracts that stand strictly before i in the queue of its side
    B_j      bankruptcy price of each position of the other side, one market, M - e_j / q_j
    Q(P)     contracts of the other side that are bankrupt at P, L(P) = sum |q_j| |P - B_j| of them
    P_i      the price nearest to the mark, against the other side, with Q(P) > A_i and L(P) > fund

Q steps up just beyond each B_j and L grows from there, so P_i is the further of two prices: the B_j
beyond which Q > A_i, and the price at which L has used up the fund; both comparisons are strict, so
it is the limit at which they do not yet hold. NaN where no price above 0 does it. The fund is
taken as it is, the book as empty: a lower bound of the distance.
Source: own; the wish is in ccxt #27590 and Qubx #278 (a price or deficit distance beside the rank).
"""

import math

import numpy as np

from abm.adl.exposure import Candidates
from abm.adl.rank import order_descending, rank_buffers
from abm.kernel import kernel
from abm.units import Floats, Floats32, Ints

_CONTRACTS_TOL = 1e-9


@kernel
def _other_side(candidates: Candidates, side: int) -> tuple[Ints, Floats]:
    """Solvent eligible rows against `side`, first bankrupt first, and side x their B_j."""
    qty = candidates.qty_contracts
    rows = np.empty(qty.size, np.int64)
    prices = np.empty(qty.size)
    count = 0
    for i in range(qty.size):
        if qty[i] * side < 0.0 and candidates.eligible[i] and candidates.equity_usd[i] > 0.0:
            rows[count] = i
            prices[count] = side * (candidates.mark_price[i] - candidates.equity_usd[i] / qty[i])
            count += 1
    order = np.argsort(prices[:count])
    return rows[:count][order], prices[:count][order]


@kernel
def _fund_used_up(qty: Floats, rows: Ints, prices: Floats, fund_usd: float) -> float:
    """Side times the price at which the losses reach the fund; inf if they never do."""
    loss = contracts = 0.0
    for k in range(rows.size):
        contracts += abs(qty[rows[k]])
        following = prices[k + 1] if k + 1 < rows.size else math.inf
        reached = prices[k] + (fund_usd - loss) / contracts
        if reached < following:
            return float(reached)
        loss += contracts * (following - prices[k])
    return math.inf


@kernel
def prices_to_adl(
    candidates: Candidates, scores: Floats32, side: int, fund_usd: float, price: Floats
) -> None:
    """Price to ADL of every solvent, eligible position of `side` [USD]: `price` `[N]` out.

    Args:
        candidates: one instrument's positions.
        scores: of the queue, `[N]`.
        side: +1 for the longs, -1 for the shorts.
        fund_usd: what the fund may pay before ADL.
        price: NaN where there is none; rows of the other side are left as they are.
    """
    qty = candidates.qty_contracts
    rows, prices = _other_side(candidates, side)
    fund = _fund_used_up(qty, rows, prices, max(0.0, fund_usd))
    mine = np.empty(qty.size, np.int64)
    count = 0
    for i in range(qty.size):
        if qty[i] * side > 0.0:
            price[i] = math.nan
            if candidates.eligible[i] and candidates.equity_usd[i] > 0.0:
                mine[count] = i
                count += 1
    own = np.empty(count, np.float32)
    for place in range(count):
        own[place] = scores[mine[place]]
    order = np.empty(count, np.int64)
    order_descending(own, count, order, rank_buffers(count))
    ahead = bankrupt = 0.0
    nearest = 0
    for place in range(count):
        i = mine[order[place]]
        while nearest < rows.size and bankrupt <= ahead + _CONTRACTS_TOL:
            bankrupt += abs(qty[rows[nearest]])
            nearest += 1
        if bankrupt > ahead + _CONTRACTS_TOL and not math.isinf(fund):
            found = side * max(prices[nearest - 1], fund)
            price[i] = found if found > 0.0 else math.nan
        ahead += abs(qty[i])
