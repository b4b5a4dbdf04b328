"""Who stands where: before and after a round, from round to round, and what trades undo.

    inversion rate   share of neighbours by endowment before whose order flips
    rank stability   correlation of burden ranks in two rounds (Spearman, middle ranks)
    rank entropy     - sum p ln p over the places an account held, in nats
    undo fraction    min(|q|, opposite volume within the window) / |q|

Sources: [Chitra2026] and their code (@aae0be8) for all but the entropy.
"""

import math

import numpy as np
from scipy.stats import rankdata

from abm.units import Floats, Ints


def inversion_rate(before: Floats, after: Floats) -> float:
    """Share of adjacent pairs, by falling `before`, that are strictly turned around [1].

    Ties of `before` stand in account order and cannot flip. NaN with fewer than two accounts.
    """
    if before.size < 2:
        return float("nan")
    order = np.argsort(-before, kind="stable")
    flips = (np.diff(before[order]) < 0.0) & (np.diff(after[order]) > 0.0)
    return float(flips.mean())


def rank_stability(first: Floats, second: Floats) -> float:
    """Spearman's correlation of two rounds' burdens, same accounts `[N]`; NaN without a spread."""
    one, two = rankdata(first), rankdata(second)
    one, two = one - one.mean(), two - two.mean()
    spread = math.sqrt(float((one**2).sum()) * float((two**2).sum()))
    return float((one * two).sum()) / spread if spread > 0.0 else float("nan")


def rank_entropy(places: Ints) -> Floats:
    """Entropy of the place of each account over rounds, `[N]` in nats: 0 = always the same place.

    Args:
        places: `[rounds, N]`.

    Raises:
        ValueError: there are no rounds.
    """
    if places.ndim != 2 or places.shape[0] == 0:
        raise ValueError("give one row of places per round")
    entropy = np.zeros(places.shape[1])
    for account in range(places.shape[1]):
        counts = np.unique(places[:, account], return_counts=True)[1]
        shares = counts / places.shape[0]
        entropy[account] = max(0.0, -float((shares * np.log(shares)).sum()))
    return entropy


def undo_fraction(
    time_s: float, contracts: float, trade_time_s: Floats, trade_contracts: Floats, window_s: float
) -> float:
    """Part of an ADL close that the account's own later trades take back [1].

    Args:
        time_s: of the close.
        contracts: change of the position by ADL, signed.
        trade_time_s: `[M]`.
        trade_contracts: changes by own trades, signed, `[M]`.
        window_s: later than the close by at most this.

    Returns:
        NaN when nothing was closed.
    """
    later = (trade_time_s > time_s) & (trade_time_s - time_s <= window_s)
    opposite = later & (trade_contracts * contracts < 0.0)
    back = float(np.abs(trade_contracts[opposite]).sum())
    size = abs(contracts)
    return min(size, back) / size if size > 0.0 else float("nan")
