"""Arrow columns straight from memory, so that workers never load pandas.

`pyarrow.array` looks whether its input might be a pandas object and imports pandas to find out:
0.8 s and 60 MB per worker. A column without nulls is only buffers: numbers as they are, flags as
bits, texts as n + 1 offsets and the bytes between them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

_NUMBERS = {pa.int64(): np.int64, pa.float64(): np.float64}


def table_of(columns: dict[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """A table without nulls from columns of equal length.

    Args:
        columns: values by name; `[n]` each.
        schema: names and types; int64, float64, bool and string are known.

    Raises:
        KeyError: a column is missing.
        ValueError: columns differ in length.
    """
    lengths = {len(columns[field.name]) for field in schema}
    if len(lengths) > 1:
        raise ValueError(f"columns of one table differ in length: {sorted(lengths)}")
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """One column."""
    if kind in _NUMBERS:
        numbers = np.ascontiguousarray(values, dtype=_NUMBERS[kind])
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(numbers)])
    if kind == pa.bool_():
        bits = np.packbits(np.asarray(values, dtype=np.bool_), bitorder="little")
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(bits)])
    texts = [str(value).encode() for value in values]
    offsets = np.zeros(len(texts) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)
