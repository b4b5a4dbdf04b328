"""report.html: one file that holds a study's figures, numbers, provenance and model description.

It reads what `build` has drawn and `load` has checked, and states what a reader must know before
believing a number: which levers are held, which runs failed, which figures the study cannot have.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import page, prose, style
from analysis.estimators import Estimate
from analysis.figures import FigureSpec
from analysis.load import Results
from analysis.slices import DESIGN, designs, held, value_label
from analysis.summary import design_table

FAILED_SHOWN = 20
"""Failed runs listed one by one; the others are counted."""


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn: what it is, and its PNG."""

    spec: FigureSpec
    png: Path


def report(results: Results, drawn: Sequence[Drawn], notes: Sequence[str]) -> str:
    """The page.

    Args:
        results: the study.
        drawn: figures in order.
        notes: sentences on what could not be drawn.

    Returns:
        HTML without any request to elsewhere.
    """
    parts = [
        ("study", "Study", _study(results)),
        ("figures", "Figures", _figures(results, drawn, notes)),
        ("numbers", "Designs and outcomes", _numbers(results)),
        ("provenance", "Provenance", _provenance(results.provenance)),
        ("dictionary", "Data dictionary", _dictionary(results)),
    ]
    if results.description:
        parts.append(("model", "Model description (ODD)", prose.to_html(results.description)))
    links = "".join(f'<a href="#{anchor}">{title}</a>' for anchor, title, _ in parts)
    short_hash = f"<code>{page.escape(results.study.hash[:8])}</code>"
    heading = (
        f"<h1>{page.escape(results.study.name)}</h1>\n"
        f'<p class="quiet">Auto-deleveraging study {short_hash}, {_counted(results)}</p>\n'
        f"<nav>{links}</nav>"
    )
    body = "\n".join([heading, *(page.section(*part) for part in parts)])
    return page.document(f"{results.study.name}: report", body)


def number(value: float) -> str:
    """A number as printed in a table: three significant digits, k, M, B; a dash for unknown."""
    if math.isnan(value):
        return "–"
    if abs(value) < style.TINY or not math.isfinite(value):
        return style.short_number(value if math.isinf(value) else 0.0)
    rounded = round(value, 2 - math.floor(math.log10(abs(value))))
    return style.short_number(rounded)


def _counted(results: Results) -> str:
    runs = len(results.runs) + len(results.failed)
    text = f"{runs} runs, {results.study.replicates} replicates of each point"
    return f"{text}, {len(results.failed)} failed" if len(results.failed) else text


def _study(results: Results) -> str:
    rows = [
        (page.escape(name), page.escape(", ".join(value_label(value) for value in values)))
        for name, values in results.levers.items()
    ]
    levers = page.table(("Lever", "Values"), rows) if rows else page.paragraph("No lever varies.")
    text = page.paragraph(
        "All designs meet the same crashes at the same replicate (common random numbers), so "
        "differences between them are taken pair by pair. Amounts and burdens have heavy tails: "
        "they are shown as medians with distribution-free intervals. Shares are bounded and shown "
        "as means with bootstrap intervals. Axes that a tail would squeeze are logarithmic on both "
        "sides of zero. Unknown values are left out and counted, never zero."
    )
    return "\n".join([text, levers, _failed(results)])


def _failed(results: Results) -> str:
    if results.failed.empty:
        return ""
    named = results.failed.head(FAILED_SHOWN)
    rows = [
        (page.escape(task), page.escape(error))
        for task, error in named[["task", "error"]].itertuples(index=False, name=None)
    ]
    warning = page.paragraph(
        f"{len(results.failed)} of {len(results.failed) + len(results.runs)} runs ended in an "
        "error and are part of no estimate.",
        "warning",
    )
    more = len(results.failed) - len(named)
    rest = page.paragraph(f"and {more} more", "quiet") if more else ""
    return warning + page.table(("Failed run", "Error"), rows) + rest


def _figures(results: Results, drawn: Sequence[Drawn], notes: Sequence[str]) -> str:
    blocks = []
    for figure_number, figure in enumerate(drawn, start=1):
        spec = figure.spec
        fixed = held(results, spec.shown_in(results))
        caption = f"{spec.caption} Held: {fixed}." if fixed else spec.caption
        title = f"<h3>{figure_number}. {page.escape(spec.title)}</h3>"
        blocks.append(f"{title}\n{page.image(figure.png, spec.title, caption)}")
    blocks += [page.paragraph(note, "quiet") for note in notes]
    return "\n".join(blocks)


def _numbers(results: Results) -> str:
    by_outcome = design_table(results)
    header = ["Design"]
    for outcome in by_outcome:
        unit = results.unit(outcome)
        suffix = "" if unit in style.DIMENSIONLESS else f" [{unit}]"
        header.append(style.words(outcome) + suffix)
    rows = [
        [page.escape(style.design_label(design))]
        + [_cell(by_design[design]) for by_design in by_outcome.values()]
        for design in designs(results)
    ]
    fixed = held(results, (DESIGN,))
    text = "Median over replicates with its 95 % interval; a dash where nothing is known."
    text += f" Held: {fixed}." if fixed else ""
    text += " Every point and outcome, with means and expected shortfalls, is in summary.csv."
    return page.paragraph(text) + page.table(header, rows, numbers=True)


def _cell(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return number(estimate.value)
    interval = f"{number(estimate.low)} to {number(estimate.high)}"
    return f'{number(estimate.value)}<span class="interval">{interval}</span>'


def _provenance(provenance: Mapping[str, object]) -> str:
    rows = [
        (page.escape(key), f"<code>{page.escape(value)}</code>")
        for key, value in flattened(provenance)
    ]
    return page.table(("Item", "Value"), rows)


def flattened(value: object, key: str = "") -> list[tuple[str, str]]:
    """Nested JSON as (dotted key, text) rows; lists of plain values stay on one row."""
    if isinstance(value, Mapping):
        return [
            row
            for name, inner in value.items()
            for row in flattened(inner, f"{key}.{name}" if key else str(name))
        ]
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        return [row for i, item in enumerate(value) for row in flattened(item, f"{key}.{i}")]
    if isinstance(value, list):
        return [(key, ", ".join(str(item) for item in value))]
    return [(key, "" if value is None else str(value))]


def _dictionary(results: Results) -> str:
    columns = ["name", "table", "unit", "meaning"]
    rows = [
        (f"<code>{page.escape(name)}</code>", *(page.escape(cell) for cell in others))
        for name, *others in results.dictionary[columns].itertuples(index=False, name=None)
    ]
    return page.table(("Column", "Table", "Unit", "Meaning"), rows)
