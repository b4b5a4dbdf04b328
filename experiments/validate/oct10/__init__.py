"""The record of 10 October 2025: published numbers recomputed, and what was not published.

    record = recompute(Path(data))      from the authors' released files
    write(record, Path(out))            oct10.csv, oct10.json, data/*.csv
    table(record)                       for an 80-column terminal

What is new: burdens against a certified min-max bound, deficits without the account that was
counted nine times, overshoot split into transfer and markout, naive players beside controllers,
budgets from earlier waves only, and the waves that were left out.
Sources: [Chitra2025] = arXiv:2512.01112, [Chitra2026] = arXiv:2602.15182, their data release
github.com/pluriholonomic/autodeleveraging-analysis at aae0be8 (MIT).
"""

from experiments.validate.oct10.recompute import recompute
from experiments.validate.oct10.record import Record, Row
from experiments.validate.oct10.report import table, write

__all__ = ["Record", "Row", "recompute", "table", "write"]
