"""Figures of the validation: one file per family of claims, each with its tuple `FIGURES`.

They read the CSV files that `adlab validate` leaves in `OUT/data` and are drawn by
`analysis.validation.build`.
"""

from analysis.validation.figure import Tables, ValidationFigure

__all__ = ["Tables", "ValidationFigure"]
