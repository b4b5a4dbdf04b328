"""The outcomes of all claims on disk and on one screen.

    OUT/claims.csv     one row per measurement; one row with the error of a claim that failed
    OUT/claims.json    settings and everything that was found; unknown numbers are null
    OUT/report.md      source, statement, verdict and sentence of each claim
    OUT/data/*.csv     the tables the figures are drawn from

Same claims, settings and program, same bytes: no times or machine names. Tables that an earlier
run left in OUT and this one has not are removed, so that no figure mixes two runs. What an
earlier run says it left is read before anything is run.
"""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table as Screen
from rich.text import Text

from experiments.errors import DiskError
from experiments.files import written_atomically
from experiments.validate.claim import Measurement, Settings, Verdict
from experiments.validate.runner import Outcome

COLUMNS = (
    "claim",
    "title",
    "source",
    "verdict",
    "measurement",
    "predicted",
    "measured",
    "low",
    "high",
    "unit",
    "error",
)
"""Columns of claims.csv."""

SOURCES: Mapping[str, str] = {
    "V": "[Chitra2025] = arXiv:2512.01112, corrected version; [Chitra2026] = arXiv:2602.15182.",
    "C": "[Thurner2012] = Quantitative Finance 12(5); [GaiKapadia2010] = Proceedings of the Royal "
    "Society A 466; [Watts2002] = PNAS 99(9); [Caccioli2014] = Journal of Banking & Finance 46; "
    "[KlagesMundt2021] = arXiv:1906.02152; [ContWagalath2013] = Mathematical Finance 23(4); "
    "[Cont2001] = Quantitative Finance 1; [Takaishi2021] = arXiv 2009.06874; "
    "[AymannsFarmer2015] = Journal of Economic Dynamics and Control 50; [Aymanns2016] = Journal of "
    "Financial Stability 27; [Caccioli2012] = arXiv:1204.0922; [DonierBonart2015] = Market "
    "Microstructure and Liquidity 1(2); [Toth2011] = Physical Review X 1; [Almgren2005] = Risk "
    "18(7). What is compared with an independent program was measured by it, not printed there.",
}
"""What the abbreviations of the table stand for, by letter of the claims."""

SHORT: Mapping[Verdict, str] = {
    "holds": "holds",
    "holds with correction": "corrected",
    "refuted": "refuted",
    "unclear": "unclear",
}
"""Verdicts as the screen shows them."""


def prepared(out: Path) -> Path:
    """The output folder with its folder of tables, made if need be, before anything is run.

    Raises:
        DiskError: it cannot be made, or an earlier run's `claims.json` in it cannot be read.
    """
    try:
        (out / "data").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"{out} cannot be made ({error.strerror}); choose --out DIR") from error
    _earlier_tables(out)
    return out


def write(outcomes: Sequence[Outcome], settings: Settings, out: Path) -> list[Path]:
    """Write everything, each file whole or not at all.

    Args:
        outcomes: of the claims that were run.
        settings: they were run with.
        out: a folder, made if need be.

    Returns:
        The files written, `claims.json` last.

    Raises:
        DiskError: a file cannot be written.
        ValueError: two claims have a table of one name.
    """
    tables = _tables(outcomes)
    prepared(out)
    _remove_stale(out, set(tables))
    files = {
        **{Path("data") / f"{name}.csv": text for name, text in tables.items()},
        Path("claims.csv"): _csv(COLUMNS, _rows(outcomes)),
        Path("report.md"): markdown(outcomes, settings),
        Path("claims.json"): as_json(outcomes, settings),
    }
    for name, text in files.items():
        with written_atomically(out / name) as stream:
            stream.write(text.encode())
    return [out / name for name in files]


def screen(outcomes: Sequence[Outcome]) -> Screen:
    """One line or two per claim in 80 columns: its first measurement stands for it."""
    made = Screen(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    made.add_column("id", min_width=3, no_wrap=True)
    made.add_column("claim, and what was measured first", overflow="fold")
    made.add_column("verdict", min_width=9, no_wrap=True)
    made.add_column("predicted", min_width=9, justify="right", no_wrap=True)
    made.add_column("measured", min_width=14, overflow="fold")
    for outcome in outcomes:
        made.add_row(*_cells(outcome))
    return made


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many claims hold, hold with a correction, are refuted, are unclear, failed."""
    counts = Counter(SHORT[o.finding.verdict] if o.finding else "failed" for o in outcomes)
    words = (*SHORT.values(), "failed")
    found = ", ".join(f"{counts[word]} {word}" for word in words if counts[word])
    return f"{len(outcomes)} claims: {found}"


def markdown(outcomes: Sequence[Outcome], settings: Settings) -> str:
    """A table for readers: source, statement, verdict, sentence."""
    size = "full" if settings.full else "quick"
    letters = dict.fromkeys(outcome.claim.id[0] for outcome in outcomes)
    lines = [
        "# Claims of the literature",
        "",
        f"{summary(outcomes)} ({size} settings, seed {settings.seed}).",
        "",
        f"Sources: {' '.join(SOURCES[letter] for letter in letters)}",
        "",
        "| claim | source | statement | verdict | what was seen |",
        "|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        claim, finding = outcome.claim, outcome.finding
        statement = claim.statement
        if claim.correction:
            statement += f" *Correction:* {claim.correction}"
        seen = finding.sentence if finding else f"failed: {outcome.error}"
        verdict = finding.verdict if finding else "-"
        cells = (f"{claim.id} {claim.title}", claim.source, statement, verdict, seen)
        lines.append(f"| {' | '.join(_escaped(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def as_json(outcomes: Sequence[Outcome], settings: Settings) -> str:
    """Settings, claims and findings; strict JSON."""
    claims = []
    for outcome in outcomes:
        claim, finding = outcome.claim, outcome.finding
        claims.append(
            {
                "id": claim.id,
                "title": claim.title,
                "source": claim.source,
                "statement": claim.statement,
                "correction": claim.correction,
                "verdict": finding.verdict if finding else None,
                "sentence": finding.sentence if finding else None,
                "error": outcome.error or None,
                "measurements": [_numbers(one) for one in finding.measurements] if finding else [],
                "tables": sorted(finding.tables) if finding else [],
            }
        )
    whole = {"seed": settings.seed, "full": settings.full, "claims": claims}
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def number(value: float) -> str:
    """Three digits; an unknown number is a dash."""
    if math.isnan(value):
        return "-"
    if value and abs(value) < 1e-3:
        return f"{value:.0e}"
    return f"{value:.3g}" if abs(value) < 1e5 else f"{value:.2e}"


def _cells(outcome: Outcome) -> list[Text]:
    """One line of the screen."""
    claim, finding = outcome.claim, outcome.finding
    head = Text(claim.title)
    if finding is None:
        head.append(f"\n{outcome.error}", style="dim")
        return [Text(claim.id), head, Text("failed", style="red"), Text("-"), Text("-")]
    first = finding.measurements[0]
    head.append(f"\n{first.name}", style="dim")
    measured = number(first.measured)
    if not math.isnan(first.low):
        measured += f"\n[{number(first.low)}, {number(first.high)}]"
    return [
        Text(claim.id),
        head,
        Text(SHORT[finding.verdict]),
        Text(number(first.predicted)),
        Text(measured),
    ]


def _rows(outcomes: Iterable[Outcome]) -> Iterable[Sequence[object]]:
    """Lines of claims.csv."""
    for outcome in outcomes:
        claim, finding = outcome.claim, outcome.finding
        head = (claim.id, claim.title, claim.source)
        if finding is None:
            yield (*head, *[None] * 7, outcome.error)
            continue
        for one in finding.measurements:
            numbers = _numbers(one)
            values = (numbers[key] for key in ("name", "predicted", "measured", "low", "high"))
            yield (*head, finding.verdict, *values, one.unit, None)


def _numbers(one: Measurement) -> dict[str, str | float | None]:
    """A measurement; unknown and infinite numbers are None."""
    return {
        "name": one.name,
        "predicted": _known(float(one.predicted)),
        "measured": _known(float(one.measured)),
        "low": _known(float(one.low)),
        "high": _known(float(one.high)),
        "unit": one.unit,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tables(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Every table as CSV text, by name."""
    made: dict[str, str] = {}
    for outcome in outcomes:
        for name, table in (outcome.finding.tables if outcome.finding else {}).items():
            if name in made:
                raise ValueError(f"two claims have a table {name}; rename that of {outcome.claim}")
            columns = [np.asarray(column).tolist() for column in table.values()]
            lines = [
                [
                    None if isinstance(value, float) and math.isnan(value) else value
                    for value in line
                ]
                for line in zip(*columns, strict=True)
            ]
            made[name] = _csv(tuple(table), lines)
    return made


def _remove_stale(out: Path, tables: set[str]) -> None:
    """Remove tables of an earlier run in the same folder that this one has not."""
    for name in _earlier_tables(out) - tables:
        (out / "data" / f"{name}.csv").unlink(missing_ok=True)


def _earlier_tables(out: Path) -> set[str]:
    """Names of the tables that an earlier run left in a folder.

    Raises:
        DiskError: its `claims.json` is damaged or of something else.
    """
    earlier = out / "claims.json"
    try:
        listed = json.loads(earlier.read_text(encoding="utf-8"))["claims"]
        names = {str(table) for claim in listed for table in claim["tables"]}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DiskError(
            f"{earlier} is damaged and does not say which tables are from an earlier run; remove "
            "it, or choose --out DIR"
        ) from error
    return {name for name in names if name == Path(name).name}


def _csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A CSV file as text; None is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def _escaped(cell: str) -> str:
    """Text of a Markdown table's cell."""
    return " ".join(cell.split()).replace("|", "\\|")
