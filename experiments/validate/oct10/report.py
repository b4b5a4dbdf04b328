"""The record on disk and on one screen.

    OUT/oct10.csv, OUT/oct10.json    every row: published, recomputed, difference, note, source
    OUT/oct10.md                     the same to be read
    OUT/data/*.csv                   the tables the figures are drawn from

Same data, same bytes: no times or machine names; unknown numbers are empty in CSV, null in JSON.
A recomputation is exact and has no interval; where a number estimates something about a
population, its 95 % interval stands in the note.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table as Screen
from rich.text import Text

from experiments.files import written_atomically
from experiments.validate.oct10.published import ABOUT, Published
from experiments.validate.oct10.record import Record, Row

COLUMNS = (
    "section",
    "wave",
    "quantity",
    "unit",
    "published",
    "recomputed",
    "difference",
    "agrees",
    "note",
    "source",
)
"""Columns of the written record."""

EXACT = "A recomputation is exact and has no interval."

WHOLE_USD = 1e9
"""From here on the screen shows whole dollars."""

WHOLE_DIFFERENCE_USD = 1e4
"""From here on the screen shows whole differences."""

ROUND_USD = 1e11
"""From here on the screen shows four digits."""


def write(record: Record, out: Path) -> list[Path]:
    """Write the record and its tables.

    Args:
        record: what was recomputed.
        out: a folder, made if need be.

    Returns:
        The files written.

    Raises:
        DiskError: a file cannot be written.
    """
    (out / "data").mkdir(parents=True, exist_ok=True)
    rows = [_fields(row) for row in record.rows]
    whole = {"event": "2025-10-10", "inputs": dict(record.inputs), "rows": rows}
    texts = {
        out / "oct10.csv": _csv(COLUMNS, [[row[name] for name in COLUMNS] for row in rows]),
        out / "oct10.json": json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    }
    texts[out / "oct10.md"] = markdown(record)
    for name, columns in record.tables.items():
        values = [np.asarray(column).tolist() for column in columns.values()]
        lines = [[_known(value) for value in line] for line in zip(*values, strict=True)]
        texts[out / "data" / f"{name}.csv"] = _csv(list(columns), lines)
    for file, text in texts.items():
        with written_atomically(file) as stream:
            stream.write(text.encode())
    return list(texts)


def table(record: Record) -> Screen:
    """The record in 80 columns, without single waves and details, which the files have."""
    made = Screen(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        title="10 October 2025: published and recomputed\n",
        title_justify="left",
        caption=_caption(record),
        caption_justify="left",
    )
    made.add_column("quantity", width=33, overflow="fold")
    for name, width in (("published", 14), ("recomputed", 14), ("difference", 12)):
        made.add_column(name, justify="right", width=width, no_wrap=True)
    section = ""
    for row in record.rows:
        if row.wave or row.detail or not _is_known(row):
            continue
        if row.section != section:
            section = row.section
            made.add_section()
            made.add_row(Text(section, style="bold"))
        made.add_row(*_cells(row))
    return made


def markdown(record: Record) -> str:
    """The whole record for readers: one table per section, what cannot be had at the end."""
    lines = ["# 10 October 2025: published and recomputed", "", f"{tally(record)}. {EXACT}"]
    sections = dict.fromkeys(row.section for row in record.rows)
    for section in sections:
        rows = [row for row in record.rows if row.section == section and _is_known(row)]
        if rows:
            lines += ["", f"## {section[0].upper()}{section[1:]}", ""]
            lines += ["| quantity | published | recomputed | difference | note |"]
            lines += ["|---|--:|--:|--:|---|", *map(_line, rows)]
    lines += ["", "## Not recomputable", "", *_reasons(record)]
    lines += ["", "## Sources", ""]
    lines += [f"- {source}" for source in dict.fromkeys(row.source for row in record.rows)]
    return "\n".join(lines) + "\n"


def tally(record: Record) -> str:
    """How many rows agree, differ, are new."""
    words = {
        "yes": "agree to the last printed digit",
        "no": "differ",
        "about": 'are printed as "about" only',
        "new": "are new",
    }
    counts = {key: sum(row.agrees == key for row in record.rows) for key in words}
    return ", ".join(f"{counts[key]} numbers {text}" for key, text in words.items())


def _caption(record: Record) -> str:
    """How many rows agree, differ, are new; what cannot be had, and why."""
    lines = [f"{tally(record)}. {EXACT}"]
    lines += ["Single waves, details, notes and sources are in oct10.md and oct10.csv.", ""]
    return "\n".join([*lines, "Not recomputable:", *_reasons(record)])


def _is_known(row: Row) -> bool:
    return row.agrees != "not recomputable"


def _reasons(record: Record) -> list[str]:
    """What cannot be recomputed, by reason."""
    reasons: dict[str, list[str]] = {}
    for row in record.rows:
        if not _is_known(row):
            reasons.setdefault(row.note, []).append(row.quantity)
    return [f"- {'; '.join(found)}: {reason}" for reason, found in reasons.items()]


def _line(row: Row) -> str:
    """One line of a Markdown table."""
    quantity = f"{row.quantity}, wave {row.wave}" if row.wave else row.quantity
    printed = _as_printed(row.published, row.unit) if row.published else ""
    cells = (quantity, printed, number(row.recomputed, row.unit), _difference(row), row.note)
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"


def _difference(row: Row, whole_from: float = math.inf) -> str:
    """Agrees, new, or the difference in the digits of the recomputed number."""
    agreed = {"yes": "agrees", "new": "new"}.get(row.agrees)
    if agreed:
        return agreed
    if abs(row.difference) >= whole_from:
        return f"{row.difference:,.0f}"
    return number(row.difference, row.unit)


def _cells(row: Row) -> list[Text]:
    """One line of the screen; a row that differs says why."""
    quantity = Text(row.quantity)
    if row.agrees == "no" and row.note:
        quantity.append(f"\n({row.note})", style="dim")
    printed = _as_printed(row.published, row.unit) if row.published else "-"
    return [
        quantity,
        Text(printed),
        Text(number(row.recomputed, row.unit)),
        Text(_difference(row, whole_from=WHOLE_DIFFERENCE_USD)),
    ]


def number(value: float, unit: str) -> str:
    """A number as the screen shows it: cents, four significant digits, or a whole count."""
    if math.isnan(value):
        return "-"
    if unit == "USD":
        if abs(value) >= ROUND_USD:
            return f"{value:.4g}"
        return f"{value:,.2f}" if abs(value) < WHOLE_USD else f"{value:,.0f}"
    if unit in ("1", "s"):
        return f"{value:.4g}"
    return f"{value:,.0f}"


def _as_printed(published: Published, unit: str) -> str:
    """A published number with the digits it was printed with; millions when it was rounded."""
    value = published.value
    if published.is_about:
        return f"{ABOUT}{value:,}"
    exponent = int(value.as_tuple().exponent)
    if exponent > 0:
        return f"{value.scaleb(-6):,.{max(6 - exponent, 0)}f} M"
    return f"{value:,}" if unit == "USD" else number(float(value), unit)


def _fields(row: Row) -> dict[str, str | float | int | None]:
    """A row by column."""
    return {
        "section": row.section,
        "wave": row.wave or None,
        "quantity": row.quantity,
        "unit": row.unit,
        "published": _known(row.published_value),
        "recomputed": _known(row.recomputed),
        "difference": _known(row.difference),
        "agrees": row.agrees,
        "note": row.note,
        "source": row.source,
    }


def _known[T](value: T) -> T | None:
    """The value, None when it is an unknown number."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _csv(header: Sequence[str], lines: Iterable[Iterable[object]]) -> str:
    """A CSV file as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()
