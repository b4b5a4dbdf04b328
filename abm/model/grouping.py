"""`agents.groupby`: groups in order of first appearance, aggregated on arrays.

Splitting `[n]` keys costs one stable sort, however many groups there are.
"""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from mesa.agentset import GroupBy  # type: ignore[import-untyped]
from numpy.typing import NDArray

from abm.units import Ints


class ColumnGroups(GroupBy):  # type: ignore[misc]  # mesa ships no types
    """Mesa's GroupBy; `agg` goes through the columns where a group is a set."""

    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Hashable, Any]:
        """One function of an attribute's values, per group."""
        return {
            value: func([getattr(agent, attr_name) for agent in group])
            if isinstance(group, list)
            else group.agg(attr_name, func)
            for value, group in self.groups.items()
        }


def split_by_array(keys: NDArray[Any]) -> dict[Any, Ints]:
    """Places in `keys` of every value: `[n]` -> value: `[n_value]`, in order.

    Raises:
        ValueError: the keys are vectors.
    """
    if keys.ndim != 1:
        raise ValueError("groups need one value per agent: group by a function of the vector.")
    values, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(group, minlength=values.size))[:-1])
    return {values[g].item(): parts[g] for g in np.argsort(first)}


def split_by_list(keys: list[Hashable]) -> dict[Any, Ints]:
    """The same for any hashable keys."""
    parts: dict[Any, list[int]] = {}
    for i, key in enumerate(keys):
        parts.setdefault(key, []).append(i)
    return {key: np.array(part, np.int64) for key, part in parts.items()}
