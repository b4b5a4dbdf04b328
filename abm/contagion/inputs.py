"""What a clearing is told: assets, rules, terms; checked, and as the kernels read it.

Shapes: N nodes, M claims.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from abm.contagion.division import OWN, RULES, DivisionRule, rule_code
from abm.contagion.network import Network
from abm.contagion.payments import Claims, Terms
from abm.units import Floats, Ints

TOLERANCE = 1e-12
"""Default tolerance of payments, relative to the largest liability [1]."""

MOST_ROUNDS = 100_000
"""Rounds after which an iteration that has not come to rest is reported as not converged."""

type Rule = str | Sequence[str] | Ints | DivisionRule
"""One rule for all nodes, one name or code per node, or a function for all."""


def is_linear(claims: Claims) -> bool:
    """Whether payments on claims are linear in the estate: one class, in proportion, everywhere."""
    start = claims.row_start[:-1][np.diff(claims.row_start) > 0]
    one_class = np.array_equal(
        np.repeat(
            claims.seniority[start], np.diff(claims.row_start)[np.diff(claims.row_start) > 0]
        ),
        claims.seniority,
    )
    return one_class and not claims.rule.any()


def claims_of(network: Network, rule: str | Sequence[str] | Ints = "proportional") -> Claims:
    """What the kernels read of a network: its own weights, which may change, and its structure.

    Raises:
        ValueError: a rule or code is unknown, or there is not one per node.
    """
    return Claims(
        network.row_start.astype(np.uint32),
        network.column.astype(np.uint32),
        network.weights,
        network.seniority,
        _rule_codes(rule, len(network)),
    )


def _rule_codes(rule: str | Sequence[str] | Ints, count: int) -> Ints:
    """Code of the rule of each node, `[N]`."""
    if isinstance(rule, str):
        return np.full(count, rule_code(rule), np.int64)
    codes = np.array([rule_code(r) if isinstance(r, str) else int(r) for r in rule], np.int64)
    if codes.size != count:
        raise ValueError(f"{codes.size} division rules for {count} nodes: give one for each")
    if codes.size and not (codes.min() >= OWN and codes.max() < len(RULES)):
        raise ValueError(f"codes of division rules go from 0 to {len(RULES) - 1}, got {codes}")
    return codes


def checked_assets(network: Network, outside_assets: Any) -> Floats:
    """Give outside assets `[N]`, the network's own column for None.

    Raises:
        ValueError: they are missing, negative or not finite, or there is not one number per node.
    """
    if outside_assets is None:
        if "outside_assets" not in network.columns:
            raise ValueError(
                "the network has no column 'outside_assets': add it or give the argument"
            )
        outside_assets = network.columns["outside_assets"]
    outside = np.array(outside_assets, np.float64)
    if outside.shape != (len(network),):
        raise ValueError(f"{outside.size} outside assets for {len(network)} nodes: one for each")
    bad = np.flatnonzero(~((outside >= 0.0) & (outside < np.inf)))
    if bad.size:
        raise ValueError(
            f"outside assets of {network.names[bad[0]]!r} are {outside[bad[0]]}: give a finite "
            "number of 0 or more, and enter a debt to outsiders as a claim of a node that owes "
            "nothing"
        )
    return outside


def checked_terms(alpha: float, beta: float, tolerance: float) -> Terms:
    """Give the terms of a clearing in waves.

    Raises:
        ValueError: a share or the tolerance is out of range.
    """
    for name, share in (("alpha", alpha), ("beta", beta)):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{name} is {share}: set the share recovered in default to [0, 1]")
    if not 0.0 < tolerance <= 1e-3:
        raise ValueError(f"tolerance is {tolerance}: set it above 0 and to 1e-3 at most")
    return Terms(float(alpha), float(beta), float(tolerance), True, MOST_ROUNDS)
