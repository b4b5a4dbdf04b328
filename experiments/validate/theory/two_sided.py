"""Fairness with bounds on both sides, F1 and F2 of V11: do PTSR and PMR stay bounded together?

PMR / PTSR = sum d / max d, whatever the rule and the severity, which for Pareto deficits d of index
a grows like n^(1 - 1/a). Source: [Chitra2025], appendix "Formal Proof of the ADL Trilemma".
"""

import numpy as np

from abm.units import Floats
from experiments.validate.claim import Measurement, Settings
from experiments.validate.intervals import Interval, log_slope, median_band
from experiments.validate.theory.random_books import pareto_books
from experiments.validate.theory.sampled import share_of

LOSER_TAILS = (1.5, 2.0, 3.0)

RATIO_SPAN = 100.0
"""Upper bound on PMR over lower bound on PTSR in the two-sided condition F1 and F2 [1]."""


def two_sided(
    settings: Settings, rng: np.random.Generator
) -> tuple[dict[str, Floats], list[Interval], list[Measurement]]:
    """PMR at PTSR = 1 by number of accounts and tail: sum d / max d whatever the rule.

    Returns:
        Its table, its slope in n by tail of `LOSER_TAILS`, and the share of markets of the
        smallest and the largest size in which it is below `RATIO_SPAN`, tail 2.
    """
    sizes = settings.pick((1_000, 3_200, 10_000, 32_000), (1_000, 5_600, 32_000, 180_000))
    replicates = settings.pick(2_000, 6_000)
    books = pareto_books(LOSER_TAILS, sizes, replicates, rng)
    values = [book.total / book.top for book in books]
    bands = [median_band(rows) for rows in values]
    table = {
        "tail": np.repeat(LOSER_TAILS, len(sizes)),
        "n": np.tile(np.asarray(sizes, np.float64), len(LOSER_TAILS)),
        "median": np.concatenate([band.median for band in bands]),
        "low": np.concatenate([band.low for band in bands]),
        "high": np.concatenate([band.high for band in bands]),
    }
    both = [
        share_of(
            f"markets of {sizes[place]} accounts where F1 and F2 can both hold",
            1.0 if place == 0 else 0.0,
            int(np.count_nonzero(values[1][place] <= RATIO_SPAN)),
            replicates,
        )
        for place in (0, -1)
    ]
    return table, [log_slope(sizes, rows, rng) for rows in values], both
