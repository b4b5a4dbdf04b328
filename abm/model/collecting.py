"""`ColumnDataCollector`: the tables of `mesa.DataCollector`, taken from columns.

An agent reporter given by name reads a whole column at once; reporters that are functions run
agent by agent, as in Mesa. The frames are the same. Unlike Mesa's it can be pickled, and with it
the model, as long as reporters are names.
"""

import copy
from collections.abc import Iterator, Mapping
from itertools import repeat
from operator import attrgetter
from typing import Any

import mesa  # type: ignore[import-untyped]

from abm.model.trader_set import TraderSet

_IMMUTABLE = (str, int, bool, float, tuple)


class ColumnDataCollector(mesa.DataCollector):  # type: ignore[misc]  # mesa ships no types
    """Mesa's DataCollector with vectorised agent reporters."""

    def __init__(
        self,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
        tables: Mapping[str, list[str]] | None = None,
    ) -> None:
        self._attribute = {
            name: reporter
            for name, reporter in (agent_reporters or {}).items()
            if isinstance(reporter, str)
        }
        getters = {
            name: attrgetter(reporter) if isinstance(reporter, str) else reporter
            for name, reporter in (agent_reporters or {}).items()
        }
        super().__init__(model_reporters, getters, agenttype_reporters, tables)

    def _record_agents(self, model: Any) -> Iterator[tuple[Any, ...]]:
        """Rows (time, unique_id, reporter, ...) of one collection."""
        agents: TraderSet = model.agents
        columns = [self._column(agents, name) for name in self.agent_reporters]
        return zip(repeat(model.time), agents.get("unique_id"), *columns, strict=False)

    def _column(self, agents: TraderSet, name: str) -> list[Any]:
        """One reporter's values, detached from the agents."""
        if name in self._attribute:
            values = agents.get(self._attribute[name])
        else:
            values = [self.agent_reporters[name](agent) for agent in agents]
        return [v if isinstance(v, _IMMUTABLE) else copy.deepcopy(v) for v in values]
