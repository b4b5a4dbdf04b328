"""Several layers of exposures on one set of institutions, and how unstable they are together.

Each layer is an `[N, N]` matrix of exposures (loans, derivatives, vault shares, ...). Equity is
common, so relative leverages add: Λ = sum of the Λ of the layers. All are >= 0, hence
r(Λ) >= max r(Λ of a layer): a stress test of one layer is a lower bound. Distress is amplified
without end, until somebody defaults, iff r(Λ) > 1.

Sources: Poledna, Molina-Borboa, Martinez-Jaramillo, van der Leij, Thurner, "The multi-layer
network nature of systemic risk", J. Financial Stability 20 (2015) 70; Montagna, Kok,
"Multi-layered interbank model for assessing systemic risk", ECB WP 1944 (2016); Bardoscia,
Battiston, Caccioli, Caldarelli, PLoS ONE 10 (2015) e0130406.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigs

from abm.contagion.distress import differential_debtrank, relative_leverage, systemic_loss
from abm.units import Floats

DENSE_UP_TO = 400
"""Strongly connected parts up to this size get all eigenvalues, larger ones the leading one."""


def _leading_eigenvalue(part: csr_array) -> float:
    """Largest eigenvalue in modulus of one strongly connected part, which is real (Perron)."""
    size = part.shape[0]
    if size == 1:
        return float(part.toarray()[0, 0])
    if size <= DENSE_UP_TO:
        return float(np.abs(np.linalg.eigvals(part.toarray())).max())
    found = eigs(part, k=1, which="LR", v0=np.ones(size), return_eigenvectors=False)
    return float(found[0].real)


def spectral_radius(matrix: Any) -> float:
    """r(M) of a matrix >= 0 [1]: the largest over its strongly connected parts; 0 without cycles.

    Args:
        matrix: `[N, N]` sparse or dense, >= 0.

    Raises:
        ValueError: it is not square, or has an entry that is negative or no number.
    """
    square = csr_array(matrix, dtype=np.float64)
    if square.shape[0] != square.shape[1]:
        raise ValueError(f"the matrix is {square.shape}: give a square one")
    if not (square.data >= 0.0).all() or not np.isfinite(square.data).all():
        raise ValueError("an entry is negative or not finite: give a matrix of numbers >= 0")
    square.eliminate_zeros()
    parts, label = connected_components(square, directed=True, connection="strong")
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(parts + 1))
    radius = float(square.diagonal().max(initial=0.0))
    for k in np.flatnonzero(np.diff(bounds) > 1):
        members = order[bounds[k] : bounds[k + 1]]
        radius = max(radius, _leading_eigenvalue(square[members][:, members]))
    return radius


@dataclass(frozen=True)
class LayerStress:
    """The same shock on each layer alone and on all together.

    Attributes:
        loss: `[Y]` weighted distress that contagion adds in each layer alone [1].
        joint_loss: with all layers [1].
        radius: `[Y]` spectral radius of each layer's relative leverage.
        joint_radius: of all layers' sum.
    """

    loss: Floats  # [Y]
    joint_loss: float
    radius: Floats  # [Y]
    joint_radius: float


def joint_leverage(layers_usd: Sequence[Any], equity_usd: Floats) -> csr_array:
    """Λ = sum over the layers of A_ij / E_i: `[N, N]`.

    Args:
        layers_usd: Y exposure matrices `[N, N]`.
        equity_usd: `[N]` common to all layers, > 0.

    Raises:
        ValueError: there is no layer, or one does not fit the equity.
    """
    if not layers_usd:
        raise ValueError("there is no layer: give at least one exposure matrix")
    leverages = [relative_leverage(layer, equity_usd) for layer in layers_usd]
    total = leverages[0]
    for leverage in leverages[1:]:
        total = total + leverage
    return csr_array(total)


def stress_layers(
    layers_usd: Sequence[Any], equity_usd: Floats, shock: Floats, weights: Floats
) -> LayerStress:
    """Differential DebtRank of one shock, per layer and joint.

    Args:
        layers_usd: Y exposure matrices `[N, N]`.
        equity_usd: `[N]`, > 0.
        shock: `[N]` share of equity that is lost first.
        weights: `[N]` economic value.
    """
    joint = joint_leverage(layers_usd, equity_usd)
    each = [relative_leverage(layer, equity_usd) for layer in layers_usd]
    losses = [
        systemic_loss(differential_debtrank(leverage, shock).distress, shock, weights)
        for leverage in [*each, joint]
    ]
    return LayerStress(
        loss=np.array(losses[:-1]),
        joint_loss=losses[-1],
        radius=np.array([spectral_radius(leverage) for leverage in each]),
        joint_radius=spectral_radius(joint),
    )
