"""A world that starts from a real book: positions, entries and cash of every account, from Parquet.

One row per (account, instrument): `account_id`, `instrument` (0, 1, ...), `qty_contracts`,
`entry_price`, `cash_usd` (repeated on each row of the account), optionally `venue` (0, 1, ...),
`isolated_margin_usd` (isolated when present and not null) and `trader_id`. Equity and
target leverage are those of the book; what it does not say of a trader (attention, reaction) is
drawn from `Population`. Makers take the side that a
partial book leaves open, at the mark, so that open interest nets to zero.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from abm.agents.population import Population
from abm.units import Flags, Floats, Ints

REQUIRED = ("account_id", "instrument", "qty_contracts", "entry_price", "cash_usd")
"""Columns a book must have."""


@dataclass(frozen=True)
class RealBook:
    """A population read from a file.

    Attributes:
        path: Parquet file.
        behaviour: distributions of everything the file does not say.
    """

    path: str
    kind: Literal["real_book"] = "real_book"
    behaviour: Population = field(default_factory=Population)

    def __post_init__(self) -> None:
        if not self.behaviour.cross_venue.is_off:
            raise ValueError(
                "a real book brings its own hedges across venues: leave behaviour.cross_venue out."
            )


class BookRows(NamedTuple):
    """Columns of a book file, one row per position."""

    account_id: Ints
    instrument: Ints
    qty_contracts: Floats
    entry_price: Floats
    cash_usd: Floats
    venue: Ints
    trader_id: Ints
    margin_usd: Floats  # isolated margin, 0 when cross
    is_isolated: Flags


def read_book(path: str, venues: int, instruments: int) -> BookRows:
    """Read and check a book.

    Raises:
        ValueError: no such file, a missing or empty column, NaN, an instrument or venue that the
            scenario does not have, or an account with two different cash balances.
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: no such file; give the path of a Parquet book.")
    table = pq.read_table(path)
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise ValueError(f"{path}: column {missing[0]} is missing; a book needs {REQUIRED}.")
    if table.num_rows == 0:
        raise ValueError(f"{path}: the book is empty; give at least one position.")
    account = _ints(table, "account_id", path)
    rows = BookRows(
        account_id=account,
        instrument=_ints(table, "instrument", path),
        qty_contracts=_floats(table, "qty_contracts", path),
        entry_price=_floats(table, "entry_price", path),
        cash_usd=_floats(table, "cash_usd", path),
        venue=_ints(table, "venue", path) if "venue" in table.column_names else 0 * account,
        trader_id=_ints(table, "trader_id", path) if "trader_id" in table.column_names else account,
        margin_usd=np.zeros(account.size),
        is_isolated=np.zeros(account.size, np.bool_),
    )
    if "isolated_margin_usd" in table.column_names:
        margin = table["isolated_margin_usd"].cast(pa.float64()).to_numpy()
        rows.is_isolated[:] = ~np.isnan(margin)
        rows.margin_usd[:] = np.where(rows.is_isolated, margin, 0.0)
    _check(rows, path, venues, instruments)
    return rows


def _ints(table: pa.Table, name: str, path: str) -> Ints:
    if table[name].null_count:
        raise ValueError(f"{path}: column {name} has empty cells; fill them in.")
    return np.asarray(table[name].to_numpy()).astype(np.int64)


def _floats(table: pa.Table, name: str, path: str) -> Floats:
    values = np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(f"{path}: column {name} is not a number in row {row}; fill it in.")
    return values


def _check(rows: BookRows, path: str, venues: int, instruments: int) -> None:
    limits = (("instrument", rows.instrument, instruments), ("venue", rows.venue, venues))
    for name, values, limit in limits:
        if values.min() < 0 or values.max() >= limit:
            raise ValueError(
                f"{path}: {name} runs to {values.max()}, but the scenario has {limit}; "
                "count from 0."
            )
    held = rows.qty_contracts != 0.0
    if (rows.entry_price[held] <= 0.0).any():
        raise ValueError(f"{path}: an open position has an entry price of 0 or less.")
    keys = np.unique(np.stack([rows.account_id, rows.instrument]), axis=1)
    if keys.shape[1] != rows.account_id.size:
        raise ValueError(f"{path}: an account has two rows for one instrument; add them up.")
    repeated = (("cash_usd", rows.cash_usd), ("venue", rows.venue.astype(np.float64)))
    for name, numbers in repeated:
        pairs = np.unique(np.stack([rows.account_id.astype(np.float64), numbers]), axis=1)
        if pairs.shape[1] != np.unique(rows.account_id).size:
            raise ValueError(
                f"{path}: an account has two values of {name}; repeat one on each row."
            )
