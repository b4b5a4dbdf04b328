"""Overlapping portfolios: who fails sells all it holds, and whoever holds the same loses.

N institutions hold M assets, bipartite and sparse. A failed one sells its holdings at once; when
the share x_k of what is held of asset k has been sold its price is exp(-α x_k). Whoever has then
lost its equity fails:

    sum_k holdings_ik (1 - exp(-α x_k)) >= E_i

Offspring matrix: O_ij = 1 if the failure of j alone makes i fail. Small failures die out if its
spectral radius is below 1 and nobody needs two neighbours to fail.

Source: Caccioli, Shrestha, Moore, Farmer, "Stability analysis of financial contagion due to
overlapping portfolios", J. Banking & Finance 46 (2014) 233.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from abm.kernel import kernel
from abm.units import Flags, Floats, Ints

TENTH_FOR_TENTH = 1.0536
"""α at which selling 10 % of an asset costs 10 % of its price, -10 ln 0.9."""


@kernel
def _sell_all(
    indptr: Any, indices: Any, holdings: Floats, row: int, supply: Floats, sold_share: Floats
) -> None:
    """Add one institution's holdings to the sold shares: `sold_share` `[M]` in and out."""
    for place in range(indptr[row], indptr[row + 1]):
        k = indices[place]
        sold_share[k] += holdings[place] / supply[k]


@kernel
def _failing(
    indptr: Any,
    indices: Any,
    holdings: Floats,
    equity: Floats,
    fall: Floats,
    failed: Flags,
    fresh: Ints,
) -> int:
    """Who is standing but has lost its equity: rows in `fresh` `[N]` out; how many."""
    count = 0
    for i in range(equity.size):
        if not failed[i]:
            loss = 0.0
            for place in range(indptr[i], indptr[i + 1]):
                loss += holdings[place] * fall[indices[place]]
            if loss >= equity[i]:
                fresh[count] = i
                count += 1
    return count


@kernel
def _cascade(
    indptr: Any,
    indices: Any,
    holdings: Floats,
    equity: Floats,
    supply: Floats,
    alpha: float,
    failed: Flags,
) -> int:
    """Round after round until nobody fails anew: `failed` `[N]` in and out; how many rounds."""
    sold = np.zeros(supply.size)
    fresh = np.flatnonzero(failed)
    count = fresh.size
    fresh = np.concatenate((fresh, np.zeros(equity.size - count, np.int64)))
    for rounds in range(equity.size + 1):
        for place in range(count):
            failed[fresh[place]] = True
            _sell_all(indptr, indices, holdings, fresh[place], supply, sold)
        fall = 1.0 - np.exp(-alpha * sold)
        count = _failing(indptr, indices, holdings, equity, fall, failed, fresh)
        if count == 0:
            return rounds
    return equity.size  # each round somebody fails, so this is not reached


@dataclass(frozen=True)
class OverlapCascade:
    """Who fails, and the prices that are left.

    Attributes:
        failed: `[N]` flags, those that failed first included.
        prices: `[M]` relative to before.
        rounds: rounds of failures after the first.
    """

    failed: Flags  # [N]
    prices: Floats  # [M]
    rounds: int


def _supply(holdings: csr_array, equity_usd: Floats) -> Floats:
    """What is held of each asset: `[M]` USD.

    Raises:
        ValueError: a holding is negative, somebody has no equity, or shapes differ.
    """
    if holdings.shape[0] != np.size(equity_usd):
        raise ValueError(
            f"holdings are {holdings.shape} for {np.size(equity_usd)} equities: give [N, M] and [N]"
        )
    if not (holdings.data >= 0.0).all():
        raise ValueError("a holding is negative or not a number: give USD of at least 0")
    if not (np.asarray(equity_usd) > 0.0).all():
        raise ValueError("somebody has no equity: put it among those that fail first")
    return np.asarray(holdings.sum(axis=0), np.float64).ravel()


def overlap_cascade(
    holdings_usd: csr_array, equity_usd: Floats, first: Ints, alpha: float = TENTH_FOR_TENTH
) -> OverlapCascade:
    """The cascade that starts when the institutions in `first` fail.

    Args:
        holdings_usd: `[N, M]` sparse, >= 0.
        equity_usd: `[N]`; a loss of that much is a failure.
        first: rows that fail first.
        alpha: log fall of an asset's price when all that is held of it is sold.

    Raises:
        ValueError: a holding is negative, somebody has no equity, or shapes differ.
    """
    holdings = csr_array(holdings_usd, dtype=np.float64)
    equity = np.asarray(equity_usd, np.float64)
    supply = _supply(holdings, equity)
    failed = np.zeros(equity.size, np.bool_)
    failed[first] = True
    rounds = _cascade(
        holdings.indptr, holdings.indices, holdings.data, equity, supply, alpha, failed
    )
    sold = failed.astype(np.float64) @ holdings
    share = np.divide(sold, supply, out=np.zeros(supply.size), where=supply > 0.0)
    return OverlapCascade(failed, np.exp(-alpha * share), rounds)


@kernel
def _offspring_of(
    j: int,
    rows: tuple[Any, Any, Floats],
    columns: tuple[Any, Any, Floats],
    supply: Floats,
    alpha: float,
    loss: Floats,
) -> None:
    """Everybody's loss when j alone fails: `loss` `[N]` zeros in, out."""
    indptr, indices, data = rows
    starts, holders, held = columns
    for place in range(indptr[j], indptr[j + 1]):
        k = indices[place]
        fall = 1.0 - np.exp(-alpha * data[place] / supply[k])
        for other in range(starts[k], starts[k + 1]):
            loss[holders[other]] += held[other] * fall
    loss[j] = 0.0


def offspring_matrix(
    holdings_usd: csr_array, equity_usd: Floats, alpha: float = TENTH_FOR_TENTH
) -> csr_array:
    """O_ij = 1 if the failure of j alone makes i fail: `[N, N]` sparse of zeros and ones.

    Args:
        holdings_usd: `[N, M]` sparse, >= 0.
        equity_usd: `[N]`.
        alpha: log fall of an asset's price when all that is held of it is sold.

    Raises:
        ValueError: a holding is negative, somebody has no equity, or shapes differ.
    """
    holdings = csr_array(holdings_usd, dtype=np.float64)
    equity = np.asarray(equity_usd, np.float64)
    supply = _supply(holdings, equity)
    by_asset = csc_array(holdings)
    rows = (holdings.indptr, holdings.indices, holdings.data)
    columns = (by_asset.indptr, by_asset.indices, by_asset.data)
    parents, children = [], []
    for j in range(equity.size):
        loss = np.zeros(equity.size)
        _offspring_of(j, rows, columns, supply, alpha, loss)
        fatal = np.flatnonzero((loss >= equity) & (np.arange(equity.size) != j))
        children.append(fatal)
        parents.append(np.full(fatal.size, j))
    where = (np.concatenate(children), np.concatenate(parents))
    return csr_array((np.ones(where[0].size), where), shape=(equity.size, equity.size))
