"""Tables of numbers: every point and outcome, and every paired contrast.

`summary_table` has one row per point and outcome: the levers, the unit, mean, median and expected
shortfall with their intervals, and how many runs stand behind them. `contrast_table` has one row
per effect shown in the contrast and disclosure figures. Both hold full precision.
"""

import pandas as pd

from analysis.contrasts import Contrast
from analysis.effects import design_effects, disclosure_effects
from analysis.estimators import Estimate, expected_shortfall, mean, median
from analysis.load import Results
from analysis.slices import DESIGN, DISCLOSURE, REACTING, cut

TAIL = 0.95
"""Tail of the expected shortfall: the mean of the worst 5 % [1]."""

KEY_OUTCOMES = (
    "deficit_before_adl_usd",
    "residual_share",
    "taken_usd",
    "taken_gini",
    "taken_top1_share",
    "largest_burden",
    "largest_burden_excess",
    "retained_value_beta5",
    "fees_usd",
    "min_price_ratio",
)
"""What a reader compares designs by; outcomes a study lacks are left out of the short table."""


def summary_table(results: Results) -> pd.DataFrame:
    """Every point and outcome: levers, outcome, unit, n, unknown, failed, estimates."""
    failed = results.failed["point"].value_counts()
    rows = []
    for point, runs in results.runs.groupby("point", sort=True):
        setting = {name: runs[name].iloc[0] for name in results.levers}
        for outcome in results.outcomes():
            values = runs[outcome]
            middle, average = median(values), mean(values)
            worst = expected_shortfall(values, TAIL)
            rows.append(
                {
                    "point": point,
                    **setting,
                    "outcome": outcome,
                    "unit": results.unit(outcome),
                    "n": middle.n,
                    "unknown": middle.unknown,
                    "failed": int(failed.get(point, 0)),
                    **_columns("mean", average),
                    **_columns("median", middle),
                    **_columns("shortfall_95", worst),
                }
            )
    return pd.DataFrame(rows)


def design_table(results: Results) -> dict[str, dict[str, Estimate]]:
    """Median of the key outcomes by design, other levers held: outcome -> design -> estimate."""
    shown = cut(results, (DESIGN,))
    present = [name for name in KEY_OUTCOMES if name in results.runs.columns]
    return {
        outcome: {design: median(shown.of(design)[outcome]) for design in shown.designs}
        for outcome in present
    }


def design_contrasts(results: Results) -> list[Contrast]:
    """Every design against the control, on every key outcome; one family per outcome."""
    shown = cut(results, (DESIGN,))
    present = [name for name in KEY_OUTCOMES if name in results.runs.columns]
    return [contrast for outcome in present for contrast in design_effects(results, shown, outcome)]


def disclosure_contrasts(results: Results) -> list[tuple[str, object, Contrast]]:
    """Every disclosure against none: (design, reacting, contrast); empty without that lever."""
    shown = cut(results, (DESIGN, DISCLOSURE, REACTING))
    present = [name for name in KEY_OUTCOMES if name in results.runs.columns]
    return [
        (design, reacting, contrast)
        for outcome in present
        for reacting in shown.reactions
        for design, contrasts in disclosure_effects(shown, outcome, reacting).items()
        for contrast in contrasts
    ]


def contrast_table(results: Results) -> pd.DataFrame:
    """One row per contrast, with both intervals, p-values and what pairing gained.

    `lever` says what is changed; `design` and `reacting` where, empty where they do not apply.
    """
    rows = [
        {"lever": DESIGN, "design": "", "reacting": "", **_contrast_columns(contrast)}
        for contrast in design_contrasts(results)
    ]
    rows += [
        {"lever": DISCLOSURE, "design": design, "reacting": reacting, **_contrast_columns(contrast)}
        for design, reacting, contrast in disclosure_contrasts(results)
    ]
    return pd.DataFrame(rows)


def _contrast_columns(contrast: Contrast) -> dict[str, object]:
    return {
        "outcome": contrast.outcome,
        "treated": contrast.treated,
        "control": contrast.control,
        "n": contrast.effect.n,
        "unpaired": contrast.unpaired,
        "confidence": contrast.effect.confidence,
        **_columns("effect", contrast.effect),
        "family_low": contrast.simultaneous.low,
        "family_high": contrast.simultaneous.high,
        "p_value": contrast.p_value,
        "holm_p_value": contrast.holm_p_value,
        "variance_reduction": contrast.variance_reduction,
    }


def _columns(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
