"""The per-user table of deleveraged accounts, which is not part of the data release.

One row per deleveraged account: closed notional and realised profit of its ADL fills, its cash,
mean leverage (notional / cash) and mean profit in percent of the positions that were closed. It is
read when it lies in the data folder, in a folder of it, or in a clone of its repository there.
Caveats: deleveraged accounts only, closed slices instead of whole books.
Source: github.com/ConejoCapital/HyperMultiAssetedADL, adl_by_user_REALTIME.csv (no licence, so it
is neither shipped nor copied); HyperReplay, data/canonical, has another reconstruction of it.
"""

from pathlib import Path

import pandas as pd

from experiments.validate.oct10.files import check_numbers, read_table

NAME = "adl_by_user_REALTIME.csv"
FETCH = f"put {NAME} of https://github.com/ConejoCapital/HyperMultiAssetedADL into the data folder"
PLACES = ("", "oss_adl", "out", "*", "data/canonical", "*/data/canonical")
"""Folders below the data folder in which it is looked for, in this order."""

COLUMNS = (
    "adl_notional",
    "closed_pnl",
    "account_value_realtime",
    "leverage_realtime",
    "pnl_percent",
)


def find_accounts(data: Path) -> Path | None:
    """The table's file, None when it is not there."""
    found = (sorted(data.glob(f"{place}/{NAME}" if place else NAME)) for place in PLACES)
    return next((files[0] for files in found if files), None)


def read_accounts(file: Path) -> pd.DataFrame:
    """The table, one row per account.

    Raises:
        ValueError: it lacks a column, has something else than numbers, or no rows.
    """
    frame = read_table(file)
    for column in COLUMNS:
        if column not in frame.columns:
            raise ValueError(f"{file} has no column '{column}'; {FETCH} again")
        check_numbers(file, frame[column])
    if frame.empty:
        raise ValueError(f"{file} has no rows; {FETCH} again")
    return frame
