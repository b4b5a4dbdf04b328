"""The effects a study asks for: of a design against the control, of publishing the queue.

Both are families of paired contrasts (see `contrasts`), one family per outcome. The control of the
designs is the one without ADL when there is one, else the first; for an outcome that is never known
under it (there is no burden without ADL) the next design takes its place. The control of the
disclosures is to publish nothing.
"""

from collections.abc import Sequence

from analysis.contrasts import Contrast, adjust, family, pair
from analysis.load import Results
from analysis.slices import DESIGN, DISCLOSURE, NOTHING, Slice, reference_design


def control_of(results: Results, shown: Slice, outcome: str) -> str:
    """The study's control, or the first design for which the outcome is ever known."""
    control = reference_design(results)
    candidates = (control, *shown.designs)
    known = (name for name in candidates if shown.of(name)[outcome].notna().any())
    return next(known, control)


def design_effects(results: Results, shown: Slice, outcome: str) -> list[Contrast]:
    """Every other design against the control, one family.

    Args:
        results: the study.
        shown: its runs, with every lever but the design held.
        outcome: column to compare.
    """
    control = control_of(results, shown, outcome)
    comparisons = [(design, control) for design in shown.designs if design != control]
    return family(shown.frame, outcome, DESIGN, comparisons)


def published_and_control(shown: Slice) -> tuple[list[object], object]:
    """The disclosures that publish something, and the one they are compared with."""
    control = NOTHING if NOTHING in shown.disclosures else shown.disclosures[0]
    return [value for value in shown.disclosures if value != control], control


def disclosure_effects(shown: Slice, outcome: str, reacting: object) -> dict[str, list[Contrast]]:
    """Effect of each disclosure under each design, all one family.

    Args:
        shown: runs with designs, disclosures and reactions separated.
        outcome: column to compare.
        reacting: whether traders react; None when that is not a lever.

    Returns:
        Design -> one contrast per disclosure that publishes something, in order.
    """
    published, control = published_and_control(shown)
    matched = []
    for design in shown.designs:
        runs = shown.of(design, reacting=reacting)
        matched += [pair(runs, outcome, DISCLOSURE, value, control) for value in published]
    comparisons = [(value, control) for _ in shown.designs for value in published]
    flat = adjust(outcome, comparisons, matched)
    return {design: _part(flat, row, len(published)) for row, design in enumerate(shown.designs)}


def _part(flat: Sequence[Contrast], row: int, width: int) -> list[Contrast]:
    return list(flat[row * width : (row + 1) * width])
