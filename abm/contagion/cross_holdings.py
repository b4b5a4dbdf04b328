"""Cross-holdings: institutions own shares of each other, and failures cost more than they lose.

`shares[i, j]` = C_ij is the part of j that i owns; outsiders own the rest, Ĉ_jj = 1 - sum_i C_ij.

    A = Ĉ (I - C)^-1          dependency matrix, columns sum to 1: all value ends outside
    v = A (D p - b(v))        market values; b_i = cost_i if v_i < threshold_i, else 0

Failures come in waves from the best case: values with no failure, who is below its threshold pays
its cost, values anew. The last wave leaves the greatest consistent values.

Source: Elliott, Golub, Jackson, "Financial networks and contagion", American Economic Review 104
(2014) 3115. Vault and LP-token shares that are margin elsewhere have the same form.
"""

from dataclasses import dataclass

import numpy as np

from abm.units import Flags, Floats


@dataclass(frozen=True)
class FailureCascade:
    """Who fails in which wave, and what everybody is worth then.

    Attributes:
        waves: rows that fail together, first wave first.
        values: `[N]` market values at the end.
    """

    waves: tuple[tuple[int, ...], ...]
    values: Floats  # [N]

    @property
    def failed(self) -> Flags:
        """`[N]` who has failed."""
        flags = np.zeros(self.values.size, np.bool_)
        flags[[i for wave in self.waves for i in wave]] = True
        return flags


def dependency_matrix(shares: Floats) -> Floats:
    """A = Ĉ (I - C)^-1: `[N, N]`; A_ij is what i's final owners get of j's direct value.

    Args:
        shares: `[N, N]` C >= 0 with zero diagonal; each column sums to less than 1.

    Raises:
        ValueError: it is not square, owns itself, is negative, or leaves outsiders nothing.
    """
    held = np.asarray(shares, np.float64)
    if held.ndim != 2 or held.shape[0] != held.shape[1]:
        raise ValueError(f"shares are {held.shape}: give [N, N], the part of j that i owns")
    if not (held >= 0.0).all() or np.diagonal(held).any():
        raise ValueError("shares: give numbers of at least 0, and 0 on the diagonal")
    outside = 1.0 - held.sum(axis=0)
    if not (outside > 0.0).all():
        bad = int(np.flatnonzero(~(outside > 0.0))[0])
        raise ValueError(f"institution {bad} is owned by the others entirely: leave outsiders some")
    return np.asarray(outside[:, None] * np.linalg.inv(np.eye(held.shape[0]) - held))


def shares_from_claims(claims_usd: Floats, cross_held: float) -> Floats:
    """C_ij = c claims_ij / sum_i claims_ij: `[N, N]`, a share c of everybody is held by others.

    Args:
        claims_usd: `[N, N]` what i (row) holds of j (column), >= 0.
        cross_held: c in [0, 1).

    Raises:
        ValueError: c is no such share, or nobody has a claim on some j.
    """
    if not 0.0 <= cross_held < 1.0:
        raise ValueError(f"cross_held is {cross_held}: give a share in [0, 1)")
    claims = np.asarray(claims_usd, np.float64)
    totals = claims.sum(axis=0)
    if not (totals > 0.0).all():
        bad = int(np.flatnonzero(~(totals > 0.0))[0])
        raise ValueError(f"nobody has a claim on institution {bad}: leave it out")
    return cross_held * claims / totals


def even_shares(links: Floats, cross_held: float) -> Floats:
    """C_ij = c / (holders of j) where i holds j: `[N, N]`; who is held by nobody keeps all.

    Args:
        links: `[N, N]` zeros and ones, 1 where i holds j; zero diagonal.
        cross_held: c in [0, 1).

    Raises:
        ValueError: c is no such share.

    Source: Elliott, Golub, Jackson (2014), section IV.
    """
    if not 0.0 <= cross_held < 1.0:
        raise ValueError(f"cross_held is {cross_held}: give a share in [0, 1)")
    held = np.asarray(links, np.float64)
    return np.asarray(cross_held * held / np.maximum(1.0, held.sum(axis=0)))


def cascade(
    dependency: Floats, assets_usd: Floats, thresholds_usd: Floats, failure_costs_usd: Floats
) -> FailureCascade:
    """Waves of failures, and the values they leave.

    Args:
        dependency: `[N, N]` A of `dependency_matrix`.
        assets_usd: `[N]` D p, value of what each owns directly.
        thresholds_usd: `[N]` an institution whose value is below fails.
        failure_costs_usd: `[N]` what it then loses of its direct value, >= 0.

    Raises:
        ValueError: a failure cost is negative.

    Source: Elliott, Golub, Jackson (2014), section II.D.
    """
    costs = np.asarray(failure_costs_usd, np.float64)
    if not (costs >= 0.0).all():
        raise ValueError("a failure cost is negative: give USD of at least 0")
    failed = np.zeros(costs.size, np.bool_)
    waves: list[tuple[int, ...]] = []
    while True:
        values = np.asarray(dependency @ (assets_usd - costs * failed))
        fresh = np.flatnonzero((values < thresholds_usd) & ~failed)
        if fresh.size == 0:
            return FailureCascade(tuple(waves), values)
        waves.append(tuple(int(i) for i in fresh))
        failed[fresh] = True
