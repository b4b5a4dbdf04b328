"""Who is in a model: rows of the world's traders, and plain Mesa agents beside them.

An agent is known by its *place*: a trader by its row (0, 1, ...), an object agent by a negative
number (-1, -2, ...) in order of arrival. Sets of agents are arrays of places, so sorting, shuffling
and selecting are array operations whatever the agents are.

The house (owner of vaults and estates) is a row of the world, but not an agent: it decides nothing.
"""

import difflib
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from abm.engine.world import World
from abm.market.columns import HOUSE, MARKET_MAKER, ROLE_NAMES
from abm.model.column import Reader, readers_of
from abm.model.information import InformationSet
from abm.model.orders import submit
from abm.model.trader import Trader
from abm.units import Flags, Ints

type TraderClasses = Mapping[str, type[Trader]] | Callable[[Trader], type[Trader]]
"""A class per role name, or a function from a trader to its class."""


class Population:
    """The agents of one model.

    Attributes:
        model, world: whose.
        classes: classes of traders; the first is `Trader`.
        class_of: `[T]` place in `classes`.
        present: `[T]` is the trader in the model?
        readers: attributes of traders that are columns, by name.
        deciding: `[D]` rows of the traders that decide in Python.
        objects, places: object agents by place and places by agent; weak, Mesa's registry holds
            the agents.
        beside: places of the object agents that are in the model.
    """

    def __init__(self, model: Any, world: World, trader_classes: TraderClasses | None) -> None:
        self.model = model
        self.world = world
        self.present: Flags = world.traders.role != HOUSE
        self.classes, self.class_of = _assign(model, world, trader_classes)
        decides = np.array([cls.decide is not Trader.decide for cls in self.classes])
        self.deciding: Ints = np.flatnonzero(self.present & decides[self.class_of])
        world.traders.overridden[self.deciding] = True
        self.readers = _shared_readers(self.classes)
        self.views: dict[int, Trader] = {}
        self.objects: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self.places: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self.beside: set[int] = set()
        self.newest = 0  # place of the newest object agent

    def __getstate__(self) -> dict[str, Any]:
        known = list(self.objects.items())
        return {**self.__dict__, "objects": known, "places": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.objects = weakref.WeakValueDictionary(state["objects"])
        self.places = weakref.WeakKeyDictionary({a: place for place, a in state["objects"]})

    def trader(self, row: int) -> Trader:
        """The view on one row: the same object every time."""
        view = self.views.get(row)
        if view is None:
            view_class = self.classes[self.class_of[row]]
            view = self.views[row] = view_class._view(self.model, self.world, row)
        return view

    def agent(self, place: int) -> Any:
        """The agent at a place."""
        return self.trader(place) if place >= 0 else self.objects[place]

    def place_of(self, agent: Any) -> int | None:
        """The place of an agent; None for a stranger."""
        if isinstance(agent, Trader):
            return agent._row if agent.model is self.model else None
        return self.places.get(agent)

    def welcome(self, agent: Any) -> int:
        """Give a new object agent its place."""
        self.newest -= 1
        self.objects[self.newest] = agent
        self.places[agent] = self.newest
        self.beside.add(self.newest)
        return self.newest

    def see_off(self, agent: Any) -> int:
        """Take an object agent out of the model; its place.

        Raises:
            KeyError: it is not in the model.
        """
        place = self.places[agent]
        self.beside.remove(place)
        return place

    def dismiss(self, row: int) -> None:
        """Take a trader out of the model: it decides nothing any more.

        Raises:
            ValueError: it makes the market or is the house.
            KeyError: it has left the model already.
        """
        role = self.world.traders.role[row]
        if role in (MARKET_MAKER, HOUSE):
            raise ValueError(
                f"trader {row} is a {ROLE_NAMES[role]} and cannot be removed: a book needs its "
                "quotes; set the population's makers instead."
            )
        if not self.present[row]:
            raise KeyError(row)
        self.present[row] = False
        self.world.traders.overridden[row] = True
        self.deciding = self.deciding[self.deciding != row]

    def is_present(self, place: int) -> bool:
        """Is the agent at this place in the model?"""
        if place >= 0:
            return self.present.item(place)
        return place in self.beside

    def is_type(self, places: Ints, agent_type: type) -> Flags:
        """Which agents are of this type (or of a subclass)? `[n]`."""
        fits = np.array([issubclass(cls, agent_type) for cls in self.classes])
        answer = fits[self.class_of[np.maximum(places, 0)]]
        for i in np.flatnonzero(places < 0).tolist():
            answer[i] = isinstance(self.objects[places.item(i)], agent_type)
        return answer

    def decide(self, handle: World) -> int:
        """Let every trader that decides in Python decide, by row; orders that venues rejected."""
        rejected = 0
        left = self.world.traders.left
        for row in self.deciding.tolist():
            if left[row]:
                self.world.traders.overridden[row] = False  # wound up by the compiled rule
                continue
            orders = self.trader(row).decide(InformationSet(self.world, row))
            if orders is not None:
                rejected += submit(self.world, handle, row, orders)
        return rejected


def _assign(
    model: Any, world: World, trader_classes: TraderClasses | None
) -> tuple[tuple[type[Trader], ...], Ints]:
    """The classes of traders, and which trader is of which."""
    role = world.traders.role
    people = np.flatnonzero(role != HOUSE)
    wanted: list[type[Trader]] = [Trader] * role.size
    if isinstance(trader_classes, Mapping):
        for name, cls in trader_classes.items():
            for row in np.flatnonzero(role == _role_code(name)).tolist():
                wanted[row] = cls
    elif trader_classes is not None:
        for row in people.tolist():
            wanted[row] = trader_classes(Trader._view(model, world, row))
    classes: tuple[type[Trader], ...] = tuple(dict.fromkeys([Trader, *wanted]))
    for cls in classes:
        _refuse_class(cls, any(wanted[row] is cls for row in np.flatnonzero(role == MARKET_MAKER)))
    code = {cls: i for i, cls in enumerate(classes)}
    return classes, np.array([code[cls] for cls in wanted], np.int64)


def _role_code(name: str) -> int:
    """Code of a role that people have."""
    known = ROLE_NAMES[:HOUSE]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f": use one of {', '.join(known)}."
        raise ValueError(f"trader_classes names the role {name!r}{hint}")
    return known.index(name)


def _refuse_class(cls: Any, makes_markets: bool) -> None:
    """Raise if traders cannot be of this class."""
    if not (isinstance(cls, type) and issubclass(cls, Trader)):
        raise ValueError(f"trader_classes gives {cls!r}: give a subclass of Trader.")
    if makes_markets and cls.decide is not Trader.decide:
        raise ValueError(
            f"{cls.__name__} overrides decide, but makers do not decide, they quote: "
            "use it for directional traders or hedgers."
        )


def _shared_readers(classes: tuple[type[Trader], ...]) -> dict[str, Reader[Any]]:
    """Attributes that are the same column in every class of traders, `unique_id` included."""
    readers = {
        name: reader
        for name, reader in readers_of(Trader).items()
        if all(getattr(cls, name) is reader for cls in classes)
    }
    return {**readers, "unique_id": Trader.trader_id}
