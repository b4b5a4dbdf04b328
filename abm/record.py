"""Hand a nested NamedTuple of arrays to kernels as one pointer.

A world has more than a hundred columns. numba would unbox each on every call and pass each by value
from function to function: microseconds per step and minutes of compilation. `bind` writes the
addresses and shapes of all arrays into one table of int64 and gives a handle; inside a kernel the
handle has the same attributes as the NamedTuple (`world.state.accounts.cash_usd`), each a view of
the same memory, without reference counts. In plain Python (`NUMBA_DISABLE_JIT=1`) `bind` gives the
NamedTuple itself: the kernels cannot tell the difference.

The table is constant while the handle lives, and the loads say so (`!invariant.load`), so the
compiler hoists them out of loops. A handle keeps its arrays alive; replace an array, bind again.
"""

import functools
import hashlib
from typing import Any, NamedTuple, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.core.typing.templates import AttributeTemplate
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

_WORD = ir.IntType(64)


class Field(NamedTuple):
    """One attribute: where its words start in the table, and its type."""

    name: str
    slot: int
    type: Any


class RecordType(types.Type):
    """numba's type of a handle: the names, slots and types of its fields, and its length."""

    def __init__(self, fields: tuple[Field, ...], words: int) -> None:
        self.fields = fields
        self.words = words
        layout = hashlib.sha256(str(fields).encode()).hexdigest()[:16]
        super().__init__(name=f"Record_{layout}")

    def field(self, name: str) -> Field | None:
        """The field of this name, if any."""
        return next((field for field in self.fields if field.name == name), None)


class Handle:
    """What Python holds: the table, its address, and the arrays it points to."""

    __slots__ = ("_numba_type_", "address", "columns", "table")

    def __init__(self, columns: Any) -> None:
        words: list[int] = []
        self._numba_type_ = record_type(*_lay_out(columns, words))
        self.columns = columns
        self.table = np.array(words, np.int64)
        self.address = int(self.table.ctypes.data)


def _lay_out(columns: Any, words: list[int]) -> tuple[Any, ...]:
    """Append the words of a NamedTuple to the table; its names and the kinds of its values."""
    kinds: list[Any] = []
    for name, value in zip(columns._fields, columns, strict=True):
        if isinstance(value, np.ndarray):
            if not value.flags.c_contiguous:
                raise ValueError(f"column {name} is not contiguous: copy it before binding.")
            kinds.append((value.dtype, value.ndim))
            words.append(value.__array_interface__["data"][0])  # .ctypes.data is slower
            words.extend(value.shape)
        else:
            kinds.append(_lay_out(value, words))
    return columns._fields, tuple(kinds)


@functools.cache
def record_type(names: tuple[str, ...], kinds: tuple[Any, ...]) -> RecordType:
    """The type of a layout: per name (dtype, dimensions), or (names, kinds) of a nested one."""
    fields = []
    slot = 0
    for name, kind in zip(names, kinds, strict=True):
        if isinstance(kind[1], int):
            dtype, dimensions = kind
            fields.append(Field(name, slot, types.Array(from_dtype(dtype), dimensions, "C")))
            slot += 1 + dimensions
        else:
            nested = record_type(*kind)
            fields.append(Field(name, slot, nested))
            slot += nested.words
    return RecordType(tuple(fields), slot)


def bind[T](columns: T) -> T:
    """A handle that kernels take in place of `columns`, a NamedTuple of arrays and NamedTuples."""
    if numba.config.DISABLE_JIT:
        return columns
    return cast(T, Handle(columns))


@typeof_impl.register(Handle)  # type: ignore[untyped-decorator]
def _typeof_handle(handle: Handle, context: Any) -> RecordType:
    del context
    return handle._numba_type_


@register_model(RecordType)
class _RecordModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, record: RecordType) -> None:
        super().__init__(manager, record, _WORD.as_pointer())


@unbox(RecordType)  # type: ignore[untyped-decorator]
def _unbox_handle(record: RecordType, obj: Any, c: Any) -> Any:
    del record
    address = c.pyapi.object_getattr_string(obj, "address")
    word = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    pointer = c.builder.inttoptr(word, _WORD.as_pointer())
    return NativeValue(pointer)


@infer_getattr
class _RecordAttributes(AttributeTemplate):  # type: ignore[misc]
    key = RecordType

    def generic_resolve(self, record: RecordType, name: str) -> Any:
        field = record.field(name)
        return None if field is None else field.type


@lower_getattr_generic(RecordType)  # type: ignore[untyped-decorator]
def _load_field(context: Any, builder: Any, record: RecordType, pointer: Any, name: str) -> Any:
    field = record.field(name)
    assert field is not None
    if isinstance(field.type, RecordType):
        return builder.gep(pointer, [ir.Constant(_WORD, field.slot)])
    return _array_view(context, builder, field, pointer)


def _array_view(context: Any, builder: Any, field: Field, pointer: Any) -> Any:
    """An array that borrows its memory: C order, no owner, no reference count."""
    constant = builder.module.add_metadata([])

    def word(offset: int) -> Any:
        place = builder.gep(pointer, [ir.Constant(_WORD, field.slot + offset)])
        loaded = builder.load(place)
        loaded.set_metadata("invariant.load", constant)
        return loaded

    array = make_array(field.type)(context, builder)
    item = context.get_abi_sizeof(context.get_data_type(field.type.dtype))
    shape = [word(1 + axis) for axis in range(field.type.ndim)]
    strides: list[Any] = []
    step = ir.Constant(_WORD, item)
    for extent in reversed(shape):
        strides.insert(0, step)
        step = builder.mul(step, extent)
    data_type = context.get_data_type(field.type.dtype).as_pointer()
    populate_array(
        array,
        data=builder.inttoptr(word(0), data_type),
        shape=shape,
        strides=strides,
        itemsize=ir.Constant(_WORD, item),
        meminfo=None,
    )
    return array._getvalue()
