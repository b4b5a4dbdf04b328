"""The moments a model of the episode is calibrated to, as rows of the record and as a table.

Typed moments of the per-user table are not rows: nothing was recomputed. They are in the table with
origin "published", and one row says which file would make them computed ones.
"""

import math

from experiments.validate.claim import Table
from experiments.validate.oct10.accounts import FETCH
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.moments import Moment, moments_of
from experiments.validate.oct10.record import Part, Row

SECTION = "calibration targets"


def calibration(episode: Episode) -> Part:
    """Every moment that was computed here, and the table of all."""
    found = moments_of(episode)
    rows = [_row(name, one) for name, one in found.items() if one.origin == "data"]
    if any(one.origin == "published" and "hill" in name for name, one in found.items()):
        rows.append(
            Row(SECTION, "moments of accounts: Gini, Hill, quantiles", math.nan, "1", FETCH)
        )
    columns: Table = {
        "moment": list(found),
        "value": [one.value for one in found.values()],
        "low": [one.low for one in found.values()],
        "high": [one.high for one in found.values()],
        "unit": [one.unit for one in found.values()],
        "origin": [one.origin for one in found.values()],
    }
    return Part(rows=tuple(rows), tables={"oct10_moments": columns})


def _row(name: str, one: Moment) -> Row:
    """A moment with its interval in the note."""
    has_interval = math.isfinite(one.low)
    note = f"95 % interval [{one.low:.4g}, {one.high:.4g}]" if has_interval else "no interval"
    return Row(SECTION, name, one.value, one.unit, note, one.published, detail=True)
