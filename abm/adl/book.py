"""A book of positions, read from Parquet: what `deleverage` needs and nothing else.

One row per position; every account is one cross-margin scope (give an isolated bucket an account
id of its own). Columns of the file:

    account_id, instrument, qty_contracts (long > 0), entry_price, cash_usd (of the account,
    repeated), mark_price (of the instrument, repeated) and, where a design reads them:
    previous_mark_price, maintenance_rate (requirement / notional), lot_contracts,
    opening_leverage, hedged_share (of the position, by the trader's others), snapshot_profit_usd

An optional column that is missing is NaN, and a rule that reads it then says so; a missing lot is
0, any size. Shapes: A accounts, K instruments, M positions. Rows are kept sorted by (instrument,
account id), so that results do not depend on the order in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.adl.exposure import Candidates
from abm.units import Flags, Floats, Ints

REQUIRED = (
    "account_id",
    "instrument",
    "qty_contracts",
    "entry_price",
    "cash_usd",
    "mark_price",
)
OPTIONAL = (
    "previous_mark_price",
    "maintenance_rate",
    "lot_contracts",
    "opening_leverage",
    "hedged_share",
    "snapshot_profit_usd",
)


@dataclass(frozen=True)
class Book:
    """Positions, entries, cash and marks at one moment; see `from_columns`, `from_parquet`.

    Attributes:
        account_id: `[A]`, ascending.
        cash_usd: `[A]`.
        instrument: `[K]` names, ascending.
        mark_price, previous_mark_price, maintenance_rate, lot_contracts: `[K]`.
        position_account: `[M]` row in `account_id`.
        position_instrument: `[M]` row in `instrument`, ascending.
        qty_contracts, entry_price, opening_leverage, hedged_share, snapshot_profit_usd: `[M]`.
    """

    account_id: Ints
    cash_usd: Floats
    instrument: tuple[str, ...]
    mark_price: Floats
    previous_mark_price: Floats
    maintenance_rate: Floats
    lot_contracts: Floats
    position_account: Ints
    position_instrument: Ints
    qty_contracts: Floats
    entry_price: Floats
    opening_leverage: Floats
    hedged_share: Floats
    snapshot_profit_usd: Floats

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any]) -> Book:
        """Build from one column per name, one row per position, in any order.

        Raises:
            ValueError: a column is missing, a value is not finite, a mark is not positive, a
            position
                appears twice, or rows of one account or instrument disagree.
        """
        _require_columns(columns)
        raw_account = np.asarray(columns["account_id"])
        if not np.issubdtype(raw_account.dtype, np.integer):
            raise ValueError("account_id must be integers: number the accounts first")
        account_id, account = np.unique(raw_account.astype(np.int64), return_inverse=True)
        names, instrument = np.unique(np.asarray(columns["instrument"]), return_inverse=True)
        order = np.lexsort((account, instrument))
        account, instrument = account[order], instrument[order]
        numbers = _numbers(columns, order)
        _require_unique(account, instrument)
        position_of = {
            "instrument": (instrument, names.size),
            "account": (account, account_id.size),
        }

        def of(owner: str, column: str) -> Floats:
            rows, count = position_of[owner]
            return _one_value_each(numbers[column], rows, count, column, owner)

        return cls(
            account_id=account_id,
            cash_usd=of("account", "cash_usd"),
            instrument=tuple(str(name) for name in names),
            mark_price=of("instrument", "mark_price"),
            previous_mark_price=of("instrument", "previous_mark_price"),
            maintenance_rate=of("instrument", "maintenance_rate"),
            lot_contracts=of("instrument", "lot_contracts"),
            position_account=account,
            position_instrument=instrument,
            qty_contracts=numbers["qty_contracts"],
            entry_price=numbers["entry_price"],
            opening_leverage=numbers["opening_leverage"],
            hedged_share=numbers["hedged_share"],
            snapshot_profit_usd=numbers["snapshot_profit_usd"],
        )

    @classmethod
    def from_parquet(cls, path: Path | str) -> Book:
        """Read one Parquet file with the columns named at the top of this file."""
        import pyarrow.parquet as parquet

        table = parquet.read_table(path)
        return cls.from_columns({name: table[name].to_numpy() for name in table.column_names})

    def to_columns(self) -> dict[str, Any]:
        """The columns that `from_columns` reads, one row per position."""
        account, instrument = self.position_account, self.position_instrument
        return {
            "account_id": self.account_id[account],
            "instrument": np.array(self.instrument)[instrument],
            "qty_contracts": self.qty_contracts,
            "entry_price": self.entry_price,
            "cash_usd": self.cash_usd[account],
            "mark_price": self.mark_price[instrument],
            "previous_mark_price": self.previous_mark_price[instrument],
            "maintenance_rate": self.maintenance_rate[instrument],
            "lot_contracts": self.lot_contracts[instrument],
            "opening_leverage": self.opening_leverage,
            "hedged_share": self.hedged_share,
            "snapshot_profit_usd": self.snapshot_profit_usd,
        }

    def to_parquet(self, path: Path | str) -> None:
        """Write the file that `from_parquet` reads."""
        import pyarrow
        import pyarrow.parquet as parquet

        parquet.write_table(pyarrow.table(self.to_columns()), path)

    @property
    def pnl_usd(self) -> Floats:
        """Unrealised profit of each position at the mark, `[M]`."""
        return self.qty_contracts * (self.mark_price[self.position_instrument] - self.entry_price)

    @property
    def notional_usd(self) -> Floats:
        """|qty| mark of each position, `[M]`."""
        return np.abs(self.qty_contracts) * self.mark_price[self.position_instrument]

    @property
    def equity_usd(self) -> Floats:
        """Cash and unrealised profit of each account, `[A]`."""
        return self.cash_usd + self._per_account(self.pnl_usd)

    @property
    def maintenance_margin_usd(self) -> Floats:
        """Requirement of each position, `[M]`; NaN where the rate is unknown, 0 where flat."""
        rate = self.maintenance_rate[self.position_instrument]
        return np.where(self.qty_contracts == 0.0, 0.0, rate * self.notional_usd)

    def _per_account(self, values: Floats) -> Floats:
        return np.bincount(self.position_account, values, self.account_id.size)

    def candidates(self, instrument: int, eligible: Flags) -> tuple[Ints, Candidates]:
        """Rows of one instrument's positions, and the columns a design reads about them.

        Args:
            instrument: row in `instrument`.
            eligible: `[A]`, who may be touched.
        """
        rows = np.flatnonzero(self.position_instrument == instrument)
        account = self.position_account[rows]

        def each(value: float) -> Floats:
            return np.full(rows.size, value)

        return rows, Candidates(
            account_id=self.account_id[account],
            qty_contracts=self.qty_contracts[rows],
            entry_price=self.entry_price[rows],
            mark_price=each(self.mark_price[instrument]),
            previous_mark_price=each(self.previous_mark_price[instrument]),
            notional_usd=self.notional_usd[rows],
            pnl_usd=self.pnl_usd[rows],
            wallet_usd=self.cash_usd[account],
            equity_usd=self.equity_usd[account],
            maintenance_margin_usd=self._per_account(self.maintenance_margin_usd)[account],
            account_pnl_usd=self._per_account(self.pnl_usd)[account],
            account_notional_usd=self._per_account(self.notional_usd)[account],
            opening_leverage=self.opening_leverage[rows],
            hedged_share=self.hedged_share[rows],
            snapshot_profit_usd=self.snapshot_profit_usd[rows],
            eligible=eligible[account],
        )


def _require_columns(columns: Mapping[str, Any]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ValueError(f"the book lacks {', '.join(missing)}: add one column for each")
    if len({len(columns[name]) for name in columns}) != 1:
        raise ValueError("the book's columns differ in length: give one row per position")


def _numbers(columns: Mapping[str, Any], order: Ints) -> dict[str, Floats]:
    """All numeric columns as float64 in sorted row order; a missing optional one is unknown."""
    numbers = {}
    for name in (*REQUIRED[2:], *OPTIONAL):
        if name in columns:
            numbers[name] = np.asarray(columns[name], np.float64)[order]
        else:
            numbers[name] = np.full(order.size, 0.0 if name == "lot_contracts" else np.nan)
    for name in (*REQUIRED[2:], "lot_contracts"):
        if not np.isfinite(numbers[name]).all():
            raise ValueError(f"{name} holds a value that is not finite: fill it in")
    share = numbers["hedged_share"]
    if ((share < 0.0) | (share > 1.0)).any():
        raise ValueError("a hedged_share is outside [0, 1]: give the share that is offset")
    if (numbers["maintenance_rate"] <= 0.0).any():
        raise ValueError("a maintenance_rate is not above 0: give requirement / notional")
    if (numbers["mark_price"] <= 0.0).any() or (numbers["lot_contracts"] < 0.0).any():
        raise ValueError(
            "a mark_price is not above 0 or a lot_contracts is below 0: correct the book"
        )
    return numbers


def _require_unique(account: Ints, instrument: Ints) -> None:
    same = (np.diff(account) == 0) & (np.diff(instrument) == 0)
    if same.any():
        raise ValueError(
            "an account holds one instrument twice: net the rows, or split the account"
        )


def _one_value_each(values: Floats, rows: Ints, count: int, column: str, owner: str) -> Floats:
    """The value that all rows of one owner share, `[count]`."""
    first = np.full(count, np.nan)
    first[rows[::-1]] = values[::-1]
    if not np.array_equal(first[rows], values, equal_nan=True):
        raise ValueError(f"{column} differs between rows of one {owner}: give one value for each")
    return first
