"""From levers and uncertainties to points, in an order that the study alone fixes.

    grid       every combination of the values of all levers and uncertainties
    explicit   the listed points, each combined with every value of the uncertainties

A lever is chosen by a venue, an uncertainty by nature; for sampling they differ in nothing. Paths
are taken in alphabetical order (the order of keys in a file has no meaning), values in the order
they are written; the last path varies fastest.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

type Point = dict[str, Any]
"""Dotted scenario path to JSON value."""


def grid(axes: Mapping[str, Sequence[Any]]) -> tuple[Point, ...]:
    """Every combination; the single empty point when there is no axis."""
    paths = sorted(axes)
    return tuple(
        dict(zip(paths, values, strict=True))
        for values in itertools.product(*(axes[path] for path in paths))
    )


def sample(
    kind: str,
    levers: Mapping[str, Sequence[Any]],
    uncertainties: Mapping[str, Sequence[Any]],
    listed: Sequence[Point],
) -> tuple[Point, ...]:
    """The points of a study.

    Args:
        kind: "grid" or "explicit".
        levers: values per path (grid only).
        uncertainties: values per path.
        listed: the points of an explicit study, all with the same paths.

    Returns:
        Points, each with its paths in the same order.
    """
    chosen = grid(levers) if kind == "grid" else tuple(dict(sorted(p.items())) for p in listed)
    nature = grid(uncertainties)
    return tuple({**lever, **state} for lever in chosen for state in nature)
