"""From a results folder to everything a reader sees: `python -m analysis.build RESULTS_DIR`.

    figures/*.pdf, *.png   every figure the study can have
    figures/notes.txt      figures it cannot have, and why; levers that are held
    summary.csv            every point and outcome: mean, median, shortfall, intervals, n
    contrasts.csv          every design against the control, every disclosure against none
    claims.json, .tex      the numbers a paper may quote
    report.html            all of it on one page

The same folder gives the same bytes. A missing column is an error; a lever or a time series that
the study does not have is a note.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis import style
from analysis.claims import write_claims
from analysis.figures import FIGURES
from analysis.load import Results, ResultsError, load
from analysis.report import Drawn, report
from analysis.slices import held
from analysis.summary import contrast_table, summary_table

PRECISION = "%.10g"
"""Digits of the CSV tables: ten are far beyond any interval, and short enough to read."""


def build(results_dir: Path) -> list[Path]:
    """Draw, tabulate and report one study, inside its own folder.

    Args:
        results_dir: `results/<study>-<hash8>`.

    Returns:
        The files written, figures first, `report.html` last; `figures/notes.txt` says which
        figures the study cannot have.

    Raises:
        ResultsError: when the folder is not a complete study or a figure's column is missing.
    """
    results = load(results_dir)
    drawn, written, absent = _draw_all(results)
    notes_file = _write_notes(results, absent)
    tables = {
        "summary.csv": summary_table(results),
        "contrasts.csv": contrast_table(results),
    }
    for name, table in tables.items():
        path = results.folder / name
        table.to_csv(path, index=False, float_format=PRECISION, lineterminator="\n")
    claims = write_claims(results, results.folder)
    page = results.folder / "report.html"
    page.write_text(report(results, drawn, absent), encoding="utf-8")
    tabulated = [results.folder / name for name in tables]
    return [*written, notes_file, *tabulated, *claims, page]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.build",
        description="Draw the figures of a finished study and write its report.",
        epilog="example: python -m analysis.build results/crash-1a2b3c4d",
    )
    parser.add_argument("results_dir", type=Path, help="folder of one finished study")
    chosen = parser.parse_args(arguments)
    try:
        written = build(chosen.results_dir)
    except ResultsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in written)
    return 0


def _draw_all(results: Results) -> tuple[list[Drawn], list[Path], list[str]]:
    """Figures drawn, files written, and a sentence on each figure the study cannot have."""
    drawn, written, absent = [], [], []
    for spec in FIGURES:
        reason = spec.absent_because(results)
        if reason is None:
            files = style.save(spec.draw(results), results.folder / "figures" / spec.name)
            drawn.append(Drawn(spec, files[-1]))
            written += files
        else:
            absent.append(f'There is no figure "{spec.title}": {reason}.')
    return drawn, written, absent


def _write_notes(results: Results, absent: Sequence[str]) -> Path:
    """What a caption must add: levers each figure holds, figures that are absent."""
    drawn = [spec for spec in FIGURES if spec.absent_because(results) is None]
    fixed = [(spec, held(results, spec.shown_in(results))) for spec in drawn]
    notes = [f'"{spec.title}" holds {words}.' for spec, words in fixed if words]
    path = results.folder / "figures" / "notes.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{note}\n" for note in [*notes, *absent]), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
