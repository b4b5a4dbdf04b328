r"""Every number a paper may quote, as JSON and as LaTeX macros: none is typed by hand.

A claim has a name, a value, an interval, a unit and the hash of the study it came from. In LaTeX
`\ResidualShareProRata` prints the value and `\ResidualShareProRataInterval` its interval; names of
macros hold letters only, so digits become words. Numbers are rounded to three significant digits in
the macros and kept in full in the JSON.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.contrasts import Contrast
from analysis.estimators import Estimate
from analysis.figures import f03_frontier
from analysis.frontier import membership
from analysis.load import Results
from analysis.slices import DESIGN, cut, designs, held
from analysis.summary import design_contrasts, design_table

DIGIT_WORDS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


EXACT_BELOW = 100_000
"""Whole numbers below this are counts and printed in full."""


@dataclass(frozen=True)
class Claim:
    """One number.

    Attributes:
        name: macro name, letters only.
        what: what it is, in words.
        value: the number.
        low: lower end of its interval; NaN when it has none.
        high: upper end.
        unit: unit of the data dictionary; empty for counts and shares.
        n: replicates behind it.
    """

    name: str
    what: str
    value: float
    low: float
    high: float
    unit: str
    n: int


def claims(results: Results) -> list[Claim]:
    """All claims of a study, in a fixed order."""
    found = [
        _count("StudyRuns", "runs that ended well", len(results.runs)),
        _count("StudyFailedRuns", "runs that ended in an error", len(results.failed)),
        _count("StudyReplicates", "replicates of each point", results.study.replicates),
        _count("StudyDesigns", "designs compared", len(designs(results))),
    ]
    for outcome, by_design in design_table(results).items():
        found += [
            _estimate(
                macro_name(outcome, design),
                f"median {outcome} under {design}",
                estimate,
                results.unit(outcome),
            )
            for design, estimate in by_design.items()
        ]
    for contrast in design_contrasts(results):
        found += _contrast(contrast, results.unit(contrast.outcome))
    return found + _memberships(results)


def write_claims(results: Results, folder: Path) -> list[Path]:
    """Write `claims.json` and `claims.tex` into a folder.

    Raises:
        ValueError: when two claims would have the same macro name.
    """
    found = claims(results)
    names = [claim.name for claim in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two claims are called {', '.join(twice)}: rename a design.")
    written = [folder / "claims.json", folder / "claims.tex"]
    content = {
        "study": results.study.name,
        "study_hash": results.study.hash,
        "held": held(results, (DESIGN,)),
        "claims": [_json_fields(claim) for claim in found],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    written[0].write_text(text + "\n", encoding="utf-8")
    written[1].write_text(_latex(results, found), encoding="utf-8")
    return written


def macro_name(*parts: str) -> str:
    """Letters-only name: "taken_top1_share", "pro_rata" -> "TakenTopOneShareProRata"."""
    spelled = "".join(
        f" {DIGIT_WORDS[int(letter)]} " if letter.isdigit() and letter.isascii() else letter
        for letter in "_".join(parts).removesuffix("_usd").replace("_usd_", "_")
    )
    letters = "".join(
        letter if letter.isascii() and letter.isalpha() else " " for letter in spelled
    )
    return "".join(word[0].upper() + word[1:] for word in letters.split())


NOISE = 1e-9
"""Rounding of the simulator: smaller numbers are printed as zero."""


def printed(value: float) -> str:
    """Three significant digits for LaTeX text; thousands apart, "unknown" for NaN."""
    if math.isnan(value):
        return "unknown"
    if abs(value) < NOISE:
        return "0"
    if value == 0.0 or math.isinf(value):
        return {0.0: "0", math.inf: r"$\infty$", -math.inf: r"$-\infty$"}[value]
    if value.is_integer() and abs(value) < EXACT_BELOW:
        return f"{int(value):,}".replace(",", r"\,").replace("-", "$-$")
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    text = f"{rounded:,.{max(digits, 0)}f}".replace(",", r"\,")
    return text.replace("-", "$-$")


def _count(name: str, what: str, count: int) -> Claim:
    return Claim(name, what, float(count), math.nan, math.nan, "", count)


def _estimate(name: str, what: str, estimate: Estimate, unit: str) -> Claim:
    return Claim(name, what, estimate.value, estimate.low, estimate.high, unit, estimate.n)


def _contrast(contrast: Contrast, unit: str) -> list[Claim]:
    treated, control = str(contrast.treated), str(contrast.control)
    name = f"{macro_name(contrast.outcome, treated)}Against{macro_name(control)}"
    what = f"{contrast.outcome}: {treated} minus {control}, paired by replicate"
    effect = contrast.simultaneous
    return [
        _estimate(name, f"{what}; median, interval for the family", effect, unit),
        Claim(
            f"{name}HolmP",
            f"{what}; sign test adjusted by Holm",
            contrast.holm_p_value,
            math.nan,
            math.nan,
            "",
            effect.n,
        ),
        Claim(
            f"{name}Gain",
            f"{what}; variance-reduction factor of pairing",
            contrast.variance_reduction,
            math.nan,
            math.nan,
            "",
            effect.n,
        ),
    ]


def _memberships(results: Results) -> list[Claim]:
    objectives = f03_frontier.COLUMNS
    if any(name not in results.runs.columns for name in objectives):
        return []
    shown = cut(results, (DESIGN,))
    samples = f03_frontier.samples(shown)
    shares = membership(samples, f03_frontier.LARGER_IS_BETTER)
    return [
        Claim(
            f"{macro_name(design)}OnFrontier",
            f"share of bootstrap worlds in which {design} is on the frontier",
            float(share),
            math.nan,
            math.nan,
            "",
            samples.shape[1],
        )
        for design, share in zip(shown.designs, shares, strict=True)
    ]


def _json_fields(claim: Claim) -> dict[str, object]:
    """JSON has neither NaN nor infinity: unknown is null, infinity a string."""

    def number(value: float) -> float | str | None:
        if np.isnan(value):
            return None
        return value if np.isfinite(value) else str(value)

    return {
        "name": claim.name,
        "what": claim.what,
        "value": number(claim.value),
        "low": number(claim.low),
        "high": number(claim.high),
        "unit": claim.unit,
        "n": claim.n,
    }


def _latex(results: Results, found: list[Claim]) -> str:
    lines = [f"% study {results.study.name}, hash {results.study.hash}; written by analysis.claims"]
    for claim in found:
        lines.append(f"\\newcommand{{\\{claim.name}}}{{{printed(claim.value)}}}")
        if not math.isnan(claim.low):
            interval = f"[{printed(claim.low)}, {printed(claim.high)}]"
            lines.append(f"\\newcommand{{\\{claim.name}Interval}}{{{interval}}}")
    return "\n".join(lines) + "\n"
