"""From the tables of a validation to its figures: `python -m analysis.validation.build OUT`.

    OUT/data/*.csv -> OUT/figures/*.pdf, *.png

Draws every figure whose tables are there and leaves out the others, so that a validation of a few
claims has the figures of those claims. Same tables, same bytes; a figure is there whole or not.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis import style
from analysis.validation import (
    axioms,
    calibration,
    churn,
    contagion_branching,
    contagion_cascades,
    contagion_feedback,
    contagion_leverage,
    contagion_prices,
    coordination,
    fair_claims,
    forecast,
    october,
    october_budgets,
    queue_claims,
    regret,
    scaling,
    spiral,
    trilemma,
    welfare,
)
from analysis.validation.figure import ValidationFigure

FIGURES: tuple[ValidationFigure, ...] = (
    *axioms.FIGURES,
    *scaling.FIGURES,
    *queue_claims.FIGURES,
    *fair_claims.FIGURES,
    *trilemma.FIGURES,
    *welfare.FIGURES,
    *regret.FIGURES,
    *churn.FIGURES,
    *spiral.FIGURES,
    *coordination.FIGURES,
    *contagion_leverage.FIGURES,
    *contagion_cascades.FIGURES,
    *contagion_feedback.FIGURES,
    *contagion_branching.FIGURES,
    *contagion_prices.FIGURES,
    *october.FIGURES,
    *october_budgets.FIGURES,
    *calibration.FIGURES,
    *forecast.FIGURES,
)
"""Every figure, in the order of the claims."""


def build(folder: Path) -> list[Path]:
    """Draw the figures of a validation inside its own folder, and remove those without tables.

    Args:
        folder: a folder with the tables in `data`.

    Returns:
        The files written, PDF and PNG of each figure whose tables are all there.
    """
    written: list[Path] = []
    for figure in FIGURES:
        if not figure.missing(folder / "data"):
            written += _save(figure, folder)
        else:
            for suffix in ("pdf", "png"):  # of an earlier validation in the same folder
                (folder / "figures" / f"{figure.name}.{suffix}").unlink(missing_ok=True)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.validation.build",
        description="Draw the figures of a validation again.",
        epilog="example: python -m analysis.validation.build results/validate-theory",
    )
    parser.add_argument("folder", type=Path, help="folder that `adlab validate` wrote")
    folder = parser.parse_args(arguments).folder
    if not (folder / "data").is_dir():
        sys.stderr.write(f"{folder} has no folder data; make one with: adlab validate theory\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in build(folder))
    return 0


def _save(figure: ValidationFigure, folder: Path) -> list[Path]:
    """Draw one figure next to its place and move it there when it is complete."""
    target = folder / "figures"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing-", dir=target) as beside:
        files = style.save(figure.draw_from(folder / "data"), Path(beside) / figure.name)
        return [file.replace(target / file.name) for file in files]


if __name__ == "__main__":
    sys.exit(main())
