"""Threshold cascades: when one default can spread over a whole network of claims.

Institution i fails when what it lent to failed debtors exceeds its capital (zero recovery):

    sum_{j failed} A_ij > capital_i

With claims of a share θ spread evenly over j debtors and capital c, one default kills creditors of
in-degree j <= J* = the largest j with θ / j > c. On a Poisson graph of mean degree z contagion is
possible iff z P(Poi(z) <= J* - 1) > 1: a window of z, above and below which the system resists.
For any degrees the resilience is 1 - sum_i (creditors of i)(contagious claims of i) / (all
claims); the system is resilient if it is positive.

Sources: Watts, "A simple model of global cascades on random networks", PNAS 99 (2002) 5766; Gai,
Kapadia, "Contagion in financial networks", Proc. R. Soc. A 466 (2010) 2401; Amini, Cont, Minca,
"Resilience to contagion in financial networks", Mathematical Finance 26 (2016) 329.
"""

import math
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.sparse import csc_array, csr_array
from scipy.special import pdtr

from abm.kernel import kernel
from abm.units import Flags, Floats, Ints


@kernel
def _spread(
    indptr: Any,
    creditors: Any,
    claims: Floats,
    capital: Floats,
    lost: Floats,
    order: Ints,
    count: int,
) -> int:
    """Failures in the order in which they happen: `order` `[N]`, the first `count` given.

    Args:
        indptr: `[N + 1]`, by debtor.
        creditors: rows of who has lent to the debtor.
        claims: how much.
        capital: `[N]`.
        lost: `[N]` zeros in; negative where failed, out.
        order: `[N]` in and out.
        count: how many have failed at first; `lost` is -1 there.
    """
    done = 0
    while done < count:
        j = order[done]
        done += 1
        for place in range(indptr[j], indptr[j + 1]):
            i = creditors[place]
            if lost[i] >= 0.0:
                lost[i] += claims[place]
                if lost[i] > capital[i]:
                    lost[i] = -1.0
                    order[count] = i
                    count += 1
    return count


@kernel
def _sizes(
    indptr: Any, creditors: Any, claims: Floats, capital: Floats, first: Ints, sizes: Ints
) -> None:
    """How many fail when each of `first` fails alone: `sizes` out."""
    lost = np.empty(capital.size)
    order = np.empty(capital.size, np.int64)
    for k in range(first.size):
        lost[:] = 0.0
        lost[first[k]] = -1.0
        order[0] = first[k]
        sizes[k] = _spread(indptr, creditors, claims, capital, lost, order, 1)


def _by_debtor(exposures_usd: Any, capital_usd: Floats) -> tuple[csc_array, Floats]:
    """Exposures by column, and the capital.

    Raises:
        ValueError: shapes differ, or a number is negative.
    """
    exposures = csc_array(exposures_usd, dtype=np.float64)
    capital = np.asarray(capital_usd, np.float64)
    if exposures.shape != (capital.size, capital.size):
        raise ValueError(
            f"exposures are {exposures.shape}: give [N, N] for {capital.size} capitals"
        )
    if not ((exposures.data >= 0.0).all() and (capital >= 0.0).all()):
        raise ValueError("exposures and capital: give USD of at least 0")
    return exposures, capital


def threshold_cascade(exposures_usd: Any, capital_usd: Floats, first: Ints) -> Flags:
    """Who has failed in the end when those in `first` fail: `[N]`.

    Args:
        exposures_usd: `[N, N]` sparse or dense, what i (row) has lent to j (column).
        capital_usd: `[N]`, a loss above it is a failure.
        first: rows that fail first.

    Raises:
        ValueError: shapes differ, or a number is negative.
    """
    claims, capital = _by_debtor(exposures_usd, capital_usd)
    rows = np.unique(np.asarray(first, np.int64))
    lost = np.zeros(capital.size)
    lost[rows] = -1.0
    order = np.empty(capital.size, np.int64)
    order[: rows.size] = rows
    _spread(claims.indptr, claims.indices, claims.data, capital, lost, order, rows.size)
    return lost < 0.0


def cascade_sizes(exposures_usd: Any, capital_usd: Floats, first: Ints) -> Ints:
    """How many fail, the first included, when each of `first` fails alone: one number each.

    Args:
        exposures_usd: `[N, N]` sparse or dense, what i (row) has lent to j (column).
        capital_usd: `[N]`, a loss above it is a failure.
        first: rows, one cascade each.

    Raises:
        ValueError: shapes differ, or a number is negative.
    """
    claims, capital = _by_debtor(exposures_usd, capital_usd)
    rows = np.asarray(first, np.int64)
    sizes = np.empty(rows.size, np.int64)
    _sizes(claims.indptr, claims.indices, claims.data, capital, rows, sizes)
    return sizes


def fatal_degree(claims_share: float, capital_share: float) -> int:
    """J*: the largest number of debtors at which one default kills, θ / j > c (strictly).

    Args:
        claims_share: θ > 0, claims between institutions over assets.
        capital_share: c > 0, capital over assets.

    Raises:
        ValueError: a share is not positive.
    """
    if not (claims_share > 0.0 and capital_share > 0.0):
        raise ValueError("claims_share and capital_share: give numbers above 0")
    # 0.2 / 0.04 is 5 up to rounding, and five even claims do not exceed the capital
    return math.ceil(claims_share / capital_share - 1e-9) - 1


def poisson_resilience(mean_degree: float, fatal: int) -> float:
    """1 - z P(Poi(z) <= J* - 1): negative where one default can spread [1].

    Args:
        mean_degree: z >= 0.
        fatal: J* of `fatal_degree`; at 0 no single default kills.
    """
    reach = float(pdtr(fatal - 1, mean_degree)) if fatal >= 1 else 0.0
    return 1.0 - mean_degree * reach


def contagion_window(fatal: int) -> tuple[float, float]:
    """The mean degrees between which one default can spread; (NaN, NaN) where there are none.

    Args:
        fatal: J* of `fatal_degree`.

    Source: Watts (2002), equation (5); Gai and Kapadia (2010), section 2.
    """
    if fatal < 1:
        return math.nan, math.nan
    top = 4.0 * fatal + 20.0
    found = minimize_scalar(poisson_resilience, bounds=(0.0, top), args=(fatal,), method="bounded")
    if not found.fun < 0.0:
        return math.nan, math.nan
    low = brentq(poisson_resilience, 0.0, found.x, args=(fatal,), xtol=1e-14)
    high = brentq(poisson_resilience, found.x, top, args=(fatal,), xtol=1e-14)
    return float(low), float(high)


def network_resilience(exposures_usd: Any, capital_usd: Floats) -> float:
    """1 - sum_i (creditors of i) (contagious claims of i) / (all claims) [1]; NaN without claims.

    A claim is contagious if it exceeds its owner's capital.

    Args:
        exposures_usd: `[N, N]` sparse or dense, what i (row) has lent to j (column).
        capital_usd: `[N]`.

    Raises:
        ValueError: shapes differ, or a number is negative.

    Source: Amini, Cont, Minca (2016), section 3.
    """
    claims, capital = _by_debtor(exposures_usd, capital_usd)
    claims.eliminate_zeros()
    if claims.nnz == 0:
        return math.nan
    creditors = np.diff(claims.indptr)
    by_owner = csr_array(claims)
    fatal = by_owner.data > np.repeat(capital, np.diff(by_owner.indptr))
    contagious = np.bincount(np.repeat(np.arange(capital.size), np.diff(by_owner.indptr))[fatal])
    return float(1.0 - creditors[: contagious.size] @ contagious / claims.nnz)
