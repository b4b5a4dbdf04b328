"""A network from its margins: the maximum-entropy table with given totals and zero diagonal.

Known are what each has lent, a_i, and borrowed, l_j, not who to whom. Among all tables X >= 0 with
these row and column sums and X_ii = 0, the one closest to a_i l_j in relative entropy is found by
scaling rows and columns in turn (RAS, Sinkhorn, iterative proportional fitting). It spreads every
claim as widely as it can: an upper bound of diversification, hence often a lower one of contagion.

Sources: Upper, Worms, "Estimating bilateral exposures in the German interbank market", European
Economic Review 48 (2004) 827; Anand, Craig, von Peter, "Filling in the blanks: network structure
and interbank contagion", Quantitative Finance 15 (2015) 625.
"""

import numpy as np

from abm.units import Floats

MARGIN_TOL = 1e-12
"""Row and column sums are met within this share of the total [1]."""

MAX_SCALINGS = 10_000
"""Scalings after which margins that are still missed are an error."""


def _check_margins(lent: Floats, borrowed: Floats, tolerance: float) -> None:
    """Can any table with zero diagonal have these sums?

    Raises:
        ValueError: no, or they are no columns of numbers >= 0.
    """
    if lent.ndim != 1 or lent.shape != borrowed.shape:
        raise ValueError(f"lent is {lent.shape}, borrowed {borrowed.shape}: give [N] and [N]")
    if not ((lent >= 0.0).all() and (borrowed >= 0.0).all()):
        raise ValueError("lent and borrowed: give USD of at least 0")
    total = float(lent.sum())
    if abs(total - float(borrowed.sum())) > 1e-9 * max(total, 1e-300):
        raise ValueError(f"lent sums to {total}, borrowed to {borrowed.sum()}: they must agree")
    room = total - lent - borrowed
    if (room < -tolerance * total).any():
        bad = int(np.argmin(room))
        raise ValueError(
            f"institution {bad} lends {lent[bad]} but the others borrow {total - borrowed[bad]}: "
            "without claims on itself that is too much"
        )


def maximum_entropy(
    lent_usd: Floats, borrowed_usd: Floats, tolerance: float = MARGIN_TOL
) -> Floats:
    """The table r_i a_i l_j c_j off the diagonal with these sums: `[N, N]` USD, row lends.

    Args:
        lent_usd: `[N]` row sums, >= 0.
        borrowed_usd: `[N]` column sums, >= 0, of the same total.
        tolerance: on each sum, as a share of the total.

    Raises:
        ValueError: no table with zero diagonal has these sums.
        ArithmeticError: the scaling does not reach the tolerance.
    """
    lent = np.asarray(lent_usd, np.float64)
    borrowed = np.asarray(borrowed_usd, np.float64)
    _check_margins(lent, borrowed, tolerance)
    table = np.outer(lent, borrowed)
    np.fill_diagonal(table, 0.0)
    total = float(lent.sum())
    for _ in range(MAX_SCALINGS):
        rows = table.sum(axis=1)
        table *= np.divide(lent, rows, out=np.zeros(lent.size), where=rows > 0.0)[:, None]
        columns = table.sum(axis=0)
        table *= np.divide(borrowed, columns, out=np.zeros(lent.size), where=columns > 0.0)
        missed = np.abs(table.sum(axis=1) - lent).max(initial=0.0)
        missed = max(missed, np.abs(table.sum(axis=0) - borrowed).max(initial=0.0))
        if missed <= tolerance * total:
            return table
    raise ArithmeticError(
        f"the sums are missed by {missed:.3g} after {MAX_SCALINGS} scalings: raise the tolerance"
    )
