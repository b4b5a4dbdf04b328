"""`model.agents`: Mesa's AgentSet over columns.

A `TraderSet` is an ordered array of places (see `abm.model.population`). It has the methods of
`mesa.agent.AgentSet`. What a method does to columns it does to whole arrays; what it does to
anything else (a lambda, an attribute of a subclass, an object agent) it does agent by agent, as
Mesa does.

Differences from Mesa, all by design:
    select     takes a boolean mask `[n]` too
    set        takes an array `[n]` too, one value per agent, where Mesa would give each the array
    agg        sum, min and max are numpy's; numpy functions get the array, all others the list
    array      the numbers themselves, no Python objects
    shuffle    draws a permutation from numpy, seeded by the model's `random`
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from random import Random
from typing import Any, Literal, Self

import numpy as np
from mesa.agent import AgentSet  # type: ignore[import-untyped]
from numpy.typing import NDArray

from abm.model.column import Reader
from abm.model.grouping import ColumnGroups, split_by_array, split_by_list
from abm.model.population import Population
from abm.units import Ints

type Filter = Callable[[Any], bool] | NDArray[np.bool_]

_ON_ARRAYS: dict[Any, Callable[[NDArray[Any]], Any]] = {
    sum: lambda values: values.sum().item(),
    min: lambda values: values.min().item(),
    max: lambda values: values.max().item(),
    len: len,
}
"""Python's reductions as numpy's."""


class TraderSet(AgentSet):  # type: ignore[misc]  # mesa ships no types
    """An ordered set of agents: `places` `[n]` in a population."""

    def __init__(self, population: Population, places: Ints, random: Random) -> None:
        self._population = population
        self._places = places
        self.random = random

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # --- what is in it ----------------------------------------------------------------------------

    @property
    def places(self) -> Ints:
        """Places of the agents `[n]`; object agents that nobody holds any more have gone."""
        population = self._population
        if population.newest < 0 and (self._places < 0).any():
            alive = [place >= 0 or place in population.objects for place in self._places.tolist()]
            if not all(alive):
                self._places = self._places[np.array(alive)]
        return self._places

    def __len__(self) -> int:
        return int(self.places.size)

    def __iter__(self) -> Iterator[Any]:
        return map(self._population.agent, self.places.tolist())

    def __contains__(self, agent: object) -> bool:
        place = self._population.place_of(agent)
        return place is not None and bool((self.places == place).any())

    def to_list(self) -> list[Any]:
        """The agents, in order."""
        return list(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} agents>"

    def _of(self, places: Ints) -> "TraderSet":
        return TraderSet(self._population, places, self.random)

    def _take(self, places: Ints, inplace: bool) -> "TraderSet":
        if not inplace:
            return self._of(places)
        self._places = places
        return self

    def _from_iterable(self, agents: Iterable[Any]) -> "TraderSet":
        """A set of these agents; `&`, `|`, `-` and `^` make their results with it."""
        places = dict.fromkeys(self._known(agent) for agent in agents)
        return self._of(np.array(list(places), np.int64))

    def _known(self, agent: Any) -> int:
        """The place of an agent of this model."""
        place = self._population.place_of(agent)
        if place is None:
            raise ValueError(f"{agent!r} belongs to another model: create it with this one.")
        return place

    def _reader(self, name: str) -> Reader[Any] | None:
        """The column of this name, if every agent of the set has it there."""
        reader = self._population.readers.get(name)
        if reader is None or (self._population.newest < 0 and (self.places < 0).any()):
            return None
        return reader

    # --- reading and writing attributes -----------------------------------------------------------

    def array(self, name: str) -> NDArray[Any]:
        """A column as numbers: `[n]` or `[n, K]`, a copy.

        Raises:
            ValueError: the attribute is not a column of every agent in the set.
        """
        reader = self._reader(name)
        if reader is None:
            raise ValueError(
                f"{name!r} is not a column of all these agents: select(agent_type=Trader) first, "
                "or use get()."
            )
        return reader.many(self._population.world, self.places)

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Attributes of every agent: a list of values, or of lists of values."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is {handle_missing!r}: use 'error' or 'default'.")
        missing = () if handle_missing == "error" else (default_value,)
        if isinstance(attr_names, str):
            return self._values(attr_names, *missing)
        columns = [self._values(name, *missing) for name in attr_names]
        return [list(values) for values in zip(*columns, strict=True)] if columns else []

    def _values(self, name: str, *missing: Any) -> list[Any]:
        """One attribute of every agent."""
        reader = self._reader(name)
        if reader is None:
            return [getattr(agent, name, *missing) for agent in self]
        values = reader.many(self._population.world, self.places)
        listed: list[Any] = values.tolist() if values.ndim == 1 else list(values)
        return listed

    def set(self, attr_name: str, value: Any) -> Self:
        """Give every agent this value, or its own one of an array `[n]`."""
        reader = self._reader(attr_name)
        if reader is not None:
            reader.write(self._population.world, self.places, value)
            return self
        own = isinstance(value, np.ndarray) and value.shape == (len(self),)
        for agent, one in zip(self, value.tolist() if own else repeat(value), strict=False):
            setattr(agent, attr_name, one)
        return self

    def agg(
        self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]
    ) -> Any | list[Any]:
        """One or several functions of an attribute's values."""
        several = [func] if callable(func) else list(func)
        reader = self._reader(attribute)
        if reader is None:
            values = self._values(attribute)
            found = [one(values) for one in several]
        else:
            numbers = reader.many(self._population.world, self.places)
            found = [_aggregate(one, numbers) for one in several]
        return found[0] if callable(func) else found

    # --- subsets and orders -----------------------------------------------------------------------

    def select(
        self,
        filter_func: Filter | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> "TraderSet":
        """The agents that pass: a function or a mask `[n]`, a type, the first so many (or a share).

        Raises:
            ValueError: the mask has another length.
        """
        places = self.places
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(places.size * at_most)
        passes = np.ones(places.size, np.bool_)
        if isinstance(filter_func, np.ndarray):
            if filter_func.shape != passes.shape or filter_func.dtype != np.bool_:
                raise ValueError(
                    f"the mask is {filter_func.dtype} of shape {filter_func.shape}: give one "
                    f"boolean per agent, {passes.shape}."
                )
            passes &= filter_func
        if agent_type is not None:
            passes &= self._population.is_type(places, agent_type)
        places = places[passes]
        if callable(filter_func):
            places = self._first_that_pass(places, filter_func, at_most)
        if at_most < places.size:
            places = places[: int(at_most)]
        return self._take(places, inplace)

    def _first_that_pass(self, places: Ints, passes: Callable[[Any], bool], at_most: float) -> Ints:
        """Ask agent by agent, and stop when there are enough."""
        found: list[int] = []
        for place in places.tolist():
            if len(found) >= at_most:
                break
            if passes(self._population.agent(place)):
                found.append(place)
        return np.array(found, np.int64)

    def sort(
        self,
        key: Callable[[Any], Any] | str,
        ascending: bool = False,
        inplace: bool = False,
    ) -> "TraderSet":
        """In order of an attribute or a function, largest first unless `ascending`; stable."""
        reader = self._reader(key) if isinstance(key, str) else None
        places = self.places
        if reader is None:
            rank = operator.attrgetter(key) if isinstance(key, str) else key
            in_order = sorted(self, key=rank, reverse=not ascending)
            return self._take(self._from_iterable(in_order)._places, inplace)
        values = reader.many(self._population.world, places)
        if ascending:
            order = np.argsort(values, kind="stable")
        else:  # stable from the far end: equal values keep their order
            order = values.size - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._take(places[order], inplace)

    def shuffle(self, inplace: bool = False) -> "TraderSet":
        """In random order."""
        luck = np.random.default_rng(self.random.getrandbits(64))
        return self._take(luck.permutation(self.places), inplace)

    def groupby(
        self,
        by: Callable[[Any], Any] | str,
        result_type: Literal["agentset", "list"] = "agentset",
    ) -> ColumnGroups:
        """Groups of equal attribute or function value, in order of first appearance."""
        reader = self._reader(by) if isinstance(by, str) else None
        places = self.places
        if reader is not None:
            parts = split_by_array(reader.many(self._population.world, places))
        else:
            key = operator.attrgetter(by) if isinstance(by, str) else by
            parts = split_by_list([key(agent) for agent in self])
        sets = {value: self._of(places[part]) for value, part in parts.items()}
        if result_type == "list":
            return ColumnGroups({value: group.to_list() for value, group in sets.items()})
        return ColumnGroups(sets)

    # --- doing ------------------------------------------------------------------------------------

    def _staying(self) -> Iterator[Any]:
        """The agents in order, without those that are removed from the model meanwhile."""
        population = self._population
        for place in self.places.tolist():
            if population.is_present(place):
                yield population.agent(place)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method, or a function, with every agent."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """`do` in random order; the set keeps its own."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What a method, or a function, returns for every agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self._staying()]
        return [method(agent, *args, **kwargs) for agent in self._staying()]

    # --- members ----------------------------------------------------------------------------------

    def add(self, agent: Any) -> None:
        """Add an agent of this model."""
        if agent not in self:
            self._places = np.append(self.places, self._known(agent))

    def discard(self, agent: Any) -> None:
        """Take an agent out of the set, if it is in it; it stays in the model."""
        place = self._population.place_of(agent)
        if place is not None:
            self._places = self.places[self.places != place]

    def remove(self, agent: Any) -> None:
        """Take an agent out of the set; it stays in the model.

        Raises:
            KeyError: it is not in the set.
        """
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def copy(self) -> "TraderSet":
        """A set of the same agents."""
        return self._of(self.places)

    __copy__ = copy


def _aggregate(function: Callable[..., Any], values: NDArray[Any]) -> Any:
    """A function of numbers: on the array where it surely can, else on the list that Mesa gives."""
    if function in _ON_ARRAYS:
        return _ON_ARRAYS[function](values)
    if str(getattr(function, "__module__", "")).split(".")[0] == "numpy":
        return function(values)
    return function(values.tolist() if values.ndim == 1 else list(values))
