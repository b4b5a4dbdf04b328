"""What deleveraged accounts did next: undo classes and how many traded at all.

    undo        min(|closed by ADL|, later opposite trades) / |closed by ADL|, mean over events
    strategic   >= 5 events, traded within 60 s after >= 50 % of them, mean undo at 60 s >= 25 %
    passive     >= 5 events, traded within 300 s after <= 5 % of them

Measured after ADL, in a crash: it says nothing about positions taken in view of ADL.
Source: data release, out/two_time/report.md (thresholds).
"""

import pandas as pd

from experiments.validate.oct10.files import Episode, floats
from experiments.validate.oct10.published import PUBLISHED, shipped
from experiments.validate.oct10.record import Part, Row

MIN_EVENTS = 5
"""Fewest ADL events of a classified account."""

SECTION = "reactions"


def is_strategic(accounts: pd.DataFrame, min_events: int = MIN_EVENTS) -> "pd.Series[bool]":
    """Accounts that trade back soon and often: [accounts]."""
    return (
        (accounts["n_adl_events"] >= min_events)
        & (accounts["share_any_nonadl_fill_60000ms"] >= 0.5)
        & (accounts["mean_undo_frac_60000ms"] >= 0.25)
    )


def is_passive(accounts: pd.DataFrame, min_events: int = MIN_EVENTS) -> "pd.Series[bool]":
    """Accounts that hardly ever trade within five minutes: [accounts]."""
    return (accounts["n_adl_events"] >= min_events) & (
        accounts["share_any_nonadl_fill_300000ms"] <= 0.05
    )


def reactions(episode: Episode) -> Part:
    """Classes and reactivity."""
    accounts = episode.reactions
    strategic, passive = is_strategic(accounts), is_passive(accounts)
    same = {
        "strategic": set(accounts.loc[strategic, "user"]) == set(episode.strategic["user"]),
        "passive": set(accounts.loc[passive, "user"]) == set(episode.passive["user"]),
    }
    file = "two_time"
    rows = [
        _row("accounts", len(accounts), "accounts", "", "reaction_rows"),
        _row("ADL fills", int(accounts["n_adl_events"].sum()), "fills", "", "reaction_fills"),
        Row(
            SECTION,
            "strategic accounts",
            float(strategic.sum()),
            "accounts",
            f"{'the same' if same['strategic'] else 'other'} accounts as released",
            shipped(len(episode.strategic), f"{file}/strategic_accounts.csv"),
        ),
        Row(
            SECTION,
            "passive accounts",
            float(passive.sum()),
            "accounts",
            f"{'the same' if same['passive'] else 'other'} accounts as released",
            shipped(len(episode.passive), f"{file}/passive_accounts.csv"),
        ),
        _row(
            "strategic accounts, one event suffices",
            int(is_strategic(accounts, 1).sum()),
            "accounts",
            "",
            "strategic_any_count",
        ),
        _row(
            "passive accounts, one event suffices",
            int(is_passive(accounts, 1).sum()),
            "accounts",
            "the report does not say with which threshold it counted",
            "passive_any_count",
        ),
    ]
    return Part(rows=(*rows, *_reactivity(accounts)), tables={})


def _reactivity(accounts: pd.DataFrame) -> list[Row]:
    """How many traded the same coin afterwards, how soon, and how much they undid."""
    latency = accounts["median_latency_ms"]
    rows = [
        Row(
            SECTION,
            "share that ever traded the coin again",
            float(latency.notna().mean()),
            "1",
            "within the recorded window",
        )
    ]
    rows += [
        Row(
            SECTION,
            f"share that traded it within {window // 1000} s",
            float((floats(accounts, f"share_any_nonadl_fill_{window}ms") > 0.0).mean()),
            "1",
        )
        for window in (60000, 300000)
    ]
    return [
        *rows,
        Row(SECTION, "median latency of those", float(latency.median()) / 1000.0, "s"),
        Row(
            SECTION,
            "mean undo within 300 s",
            float(floats(accounts, "mean_undo_frac_300000ms").mean()),
            "1",
        ),
    ]


def _row(quantity: str, value: int, unit: str, note: str, key: str) -> Row:
    return Row(SECTION, quantity, float(value), unit, note, PUBLISHED[key])
