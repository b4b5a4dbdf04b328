"""One attribute = one column: descriptors that let a row of an array look like an object.

A view holds `_world` and `_row`; a descriptor knows where the numbers are. Each reads one row (what
`trader.wallet_usd` does) and many rows at once (what `agents.get("wallet_usd")` does), so that an
attribute and its vectorised twin are the same definition and the same bits.

    Column   a number per row, `[T]`                  -> a Python int, float or bool
    Vector   a number per row and instrument, `[T, K]` -> a row of the array, `[K]`
    Derived  a function of (world, rows)              -> as Column or Vector, never written
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol, Self, overload

import numpy as np
from numpy.typing import NDArray

from abm.engine.world import World
from abm.units import Ints

type Table = Callable[[World], Any]


class Row(Protocol):
    """A view on one row of a world's columns."""

    _world: World
    _row: int


def trader_table(world: World) -> Any:
    """The columns of the traders."""
    return world.traders


def account_table(world: World) -> Any:
    """The columns of the accounts."""
    return world.state.accounts


class Reader[T](ABC):
    """What the descriptors share: a name, one row, many rows, and a refusal to be written.

    Attributes:
        name: the attribute's name, which is the column's.
    """

    name: str

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, view: None, owner: type) -> Self: ...
    @overload
    def __get__(self, view: Row, owner: type) -> T: ...
    def __get__(self, view: Row | None, owner: type) -> Self | T:
        return self if view is None else self.one(view._world, view._row)

    def __set__(self, view: Row, value: Any) -> None:
        self.write(view._world, view._row, value)

    @abstractmethod
    def one(self, world: World, row: int) -> T:
        """The value of one row."""

    @abstractmethod
    def many(self, world: World, rows: Ints) -> NDArray[Any]:
        """The values of many rows: `[n]` or `[n, K]`, a copy."""

    def write(self, world: World, rows: int | Ints, value: Any) -> None:
        """Write one value, or one per row, into the column."""
        del world, rows, value
        raise AttributeError(f"{self.name} is read-only: it follows from the rest of the world.")


class Column[T](Reader[T]):
    """A number per row; `writable` columns are choices of the trader, the others identify it."""

    def __init__(self, *, writable: bool = False, table: Table = trader_table) -> None:
        self.writable = writable
        self.table = table

    def one(self, world: World, row: int) -> T:
        value: T = getattr(self.table(world), self.name).item(row)
        return value

    def many(self, world: World, rows: Ints) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self.table(world), self.name)[rows]
        return values

    def write(self, world: World, rows: int | Ints, value: Any) -> None:
        if not self.writable:
            super().write(world, rows, value)
        getattr(self.table(world), self.name)[rows] = value


class Vector(Column[NDArray[Any]]):
    """A number per row and instrument; reading one row gives a live view, read-only if fixed."""

    def one(self, world: World, row: int) -> NDArray[Any]:
        lane: NDArray[Any] = getattr(self.table(world), self.name)[row]
        lane.flags.writeable = self.writable
        return lane


class Derived[T](Reader[T]):
    """A quantity that follows from the columns: `function(world, rows)` gives `[n]` or `[n, K]`."""

    def __init__(self, function: Callable[[World, Ints], NDArray[Any]]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def one(self, world: World, row: int) -> T:
        values = self.function(world, np.array([row]))
        value: T = values.item() if values.ndim == 1 else values[0]
        return value

    def many(self, world: World, rows: Ints) -> NDArray[Any]:
        return self.function(world, rows)


def readers_of(view_class: type) -> dict[str, Reader[Any]]:
    """Every descriptor of a class of views, by name."""
    found = {name: getattr(view_class, name, None) for name in dir(view_class)}
    return {name: reader for name, reader in found.items() if isinstance(reader, Reader)}
