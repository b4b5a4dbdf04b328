"""Arrow columns from buffers equal those that pyarrow itself would make."""

import numpy as np
import pyarrow as pa
import pytest

from experiments.columns import table_of

SCHEMA = pa.schema(
    [("n", pa.int64()), ("x", pa.float64()), ("flag", pa.bool_()), ("text", pa.string())]
)


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 100])
def test_all_types_and_lengths(rows: int) -> None:
    columns = {
        "n": list(range(rows)),
        "x": np.linspace(0.0, 1.0, rows)[::-1],
        "flag": [index % 3 == 0 for index in range(rows)],
        "text": [f"größe {index}" * (index % 4) for index in range(rows)],
    }
    table = table_of(columns, SCHEMA)
    table.validate(full=True)
    expected = pa.table({name: pa.array(list(columns[name]), SCHEMA.field(name).type)
                         for name in SCHEMA.names})  # fmt: skip
    assert table.equals(expected)
    assert all(column.null_count == 0 for column in table.columns)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        table_of({"n": [1], "x": [1.0, 2.0], "flag": [True], "text": ["a"]}, SCHEMA)
