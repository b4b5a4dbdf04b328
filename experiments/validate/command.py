"""Claims of one literature from the command line: run, written, shown; failures at the end.

adlab validate theory     the papers on auto-deleveraging, V1 to V33
adlab validate contagion  the dynamics of the contagion literature, C1 on
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from experiments.executors import usable_cores
from experiments.progress import RunProgress, console_for
from experiments.validate.claim import Claim, Settings
from experiments.validate.report import prepared, screen, summary, write
from experiments.validate.runner import chosen, run_claims

type Finish = Callable[[Any, Path], None]


def run_literature(claims: Sequence[Claim], options: Any, finish: Finish) -> str:
    """Run the claims that were asked for; a sentence about those that failed, "" when none did.

    Args:
        claims: of the literature.
        options: `what`, `only`, `full`, `seed`, `workers`, `out`, and `data` where there is one.
        finish: called with the console and the file that holds everything.

    Raises:
        StudyError: a claim that is not there, or a number out of range.
        DiskError: the folder cannot be written.
    """
    asked = chosen(claims, options.only)
    settings = Settings(options.full, options.seed, vars(options).get("data"))
    workers = options.workers if options.workers is not None else usable_cores()
    out, console = prepared(Path(options.out)), console_for(sys.stdout)
    with RunProgress(f"validate {options.what}", console, "claims") as progress:
        progress.begin(len(asked), 0)
        outcomes = run_claims(asked, settings, workers, progress.advance)
    written = write(outcomes, settings, out)
    console.print(screen(outcomes))
    console.print(summary(outcomes), highlight=False, markup=False, soft_wrap=True)
    finish(console, written[-1])
    failed = [outcome for outcome in outcomes if outcome.finding is None]
    if not failed:
        return ""
    first = failed[0]
    return (
        f"{len(failed)} of {len(outcomes)} claims failed; the first is {first.claim.id}: "
        f"{first.error}"
    )
