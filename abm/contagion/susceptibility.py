"""Impact susceptibility and fluidity: paths of default that lead to an institution, per debtor.

    B_ij = 1 if j's default alone makes i default: A_ij >= E_i
    s_i  = sum_{j != i} exp(B)_ij / sum_j B_ij     0 for who survives each single default
    fluidity = mean of s

A path of k defaults counts 1/k!. Above 1, i can be reached from beyond its own debtors.

Source: Silva, Souza, Tabak, "Monitoring vulnerability and impact diffusion in financial
networks", Banco Central do Brasil WP 392 (2015).
"""

import numpy as np
from scipy.linalg import expm
from scipy.sparse import csr_array

from abm.units import Floats


def impact_susceptibility(leverage: csr_array) -> Floats:
    """s_i: feasible paths of default that end in i, in units of its direct ones: `[N]` [1].

    Args:
        leverage: `[N, N]` of `abm.contagion.distress.relative_leverage`.
    """
    fatal: Floats = (leverage.toarray() >= 1.0).astype(np.float64)
    paths: Floats = expm(fatal)
    np.fill_diagonal(paths, 0.0)
    direct = fatal.sum(axis=1)
    reaching = paths.sum(axis=1)
    return np.divide(reaching, direct, out=np.zeros(direct.size), where=direct > 0.0)


def impact_fluidity(leverage: csr_array) -> float:
    """Mean impact susceptibility [1]."""
    return float(impact_susceptibility(leverage).mean())
