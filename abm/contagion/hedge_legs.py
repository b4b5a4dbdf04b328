"""Common traders as a network: how much of a venue's positions is hedged on another. `[T, V]`.

Trader i is long l_iu on some venues and short s_iv on others (USD of one asset). The hedged amount
min(sum l, sum s) is spread over the pairs in proportion:

    legs_uv = sum_i min(l_i, s_i) (l_iu s_iv + s_iu l_iv) / (l_i s_i)

symmetric, with zero diagonal. A leg is counted once: from three venues on, a pair may have less
than the min(l_iu, s_iv) that a running world records as its edges "hedge". Close one leg on u, and
legs_uv / (gross on u) of it loses its hedge on v: the matrix H of `abm.contagion.reproduction` if
everybody re-hedges there.
"""

import numpy as np

from abm.units import Floats


def _sides(positions_usd: Floats) -> tuple[Floats, Floats]:
    """Long and short sides, both >= 0.

    Raises:
        ValueError: it is no table of finite numbers.
    """
    table = np.asarray(positions_usd, np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError("positions_usd: give a table [T, V] of finite USD, long > 0")
    return np.maximum(table, 0.0), np.maximum(-table, 0.0)


def hedge_legs(positions_usd: Floats) -> Floats:
    """USD on u (row) that is hedged on v (column): `[V, V]`.

    Args:
        positions_usd: `[T, V]` signed notional of one asset, one row per trader.

    Raises:
        ValueError: it is no table of finite numbers.
    """
    long, short = _sides(positions_usd)
    all_long, all_short = long.sum(axis=1), short.sum(axis=1)
    hedged = (all_long > 0.0) & (all_short > 0.0)
    larger = np.maximum(all_long, all_short)[hedged]  # min(l, s) / (l s) = 1 / max(l, s)
    one_way = (long[hedged] / larger[:, None]).T @ short[hedged]
    return np.asarray(one_way + one_way.T)


def hedged_share(positions_usd: Floats) -> Floats:
    """Of the gross notional on u (row), the share hedged on v (column): `[V, V]`, rows <= 1.

    A venue without positions has a row of zeros.

    Args:
        positions_usd: `[T, V]` signed notional of one asset, one row per trader.

    Raises:
        ValueError: it is no table of finite numbers.
    """
    gross = np.abs(np.asarray(positions_usd, np.float64)).sum(axis=0)
    legs = hedge_legs(positions_usd)
    where = (gross > 0.0)[:, None]
    return np.asarray(np.divide(legs, gross[:, None], out=np.zeros_like(legs), where=where))
