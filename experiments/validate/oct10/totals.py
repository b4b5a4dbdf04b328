"""Totals of the episode: deficits, needed budgets, what production took, overshoot by horizon.

    B_needed = sum over coins of gap_usd_x_qty        per wave, gap = |mark - execution price|
    O(D)     = sum over waves of H_prod(D) - B_needed
    O_disc   = integral of w(D) O(D) / integral of w(D),   w(D) = 2^(-D / half-life)

H_prod is what the winners of a wave lost by ADL, valued D milliseconds after the wave's last fill.
The integrals are trapezoids over the released horizons. Naive mapping: the stylised queue's
overshoot in equity, divided by winners' mean equity over PnL, against O(0).
Source: [Chitra2026] section 5; data release, src/oss_adl/two_pass_replay.py.
"""

import numpy as np

from abm.units import Floats
from experiments.validate.oct10.files import HORIZONS_MS, Episode, floats
from experiments.validate.oct10.published import PUBLISHED, shipped
from experiments.validate.oct10.record import Part, Row

HALF_LIVES_MS = (500, 1000, 2000, 5000)
"""Half-lives of the discounted overshoot that were published."""

SECTION = "totals"


def needed_by_wave(episode: Episode) -> Floats:
    """Needed budget of each wave from the coin gaps: [waves], USD."""
    sums = episode.gaps.groupby("wave")["gap_usd_x_qty"].sum()
    return sums.loc[episode.waves].to_numpy(dtype=np.float64)


def overshoot(episode: Episode, horizon_ms: int = 0) -> Floats:
    """What production took beyond the needed budget, by wave: [waves], USD."""
    return episode.horizon("budget_prod_usd", horizon_ms) - needed_by_wave(episode)


def discounted(overshoots: Floats, horizons_ms: Floats, half_life_ms: float) -> float:
    """Overshoot averaged over horizons with weights that halve every `half_life_ms`: USD."""
    weights = np.exp2(-horizons_ms / half_life_ms)
    return float(
        np.trapezoid(weights * overshoots, horizons_ms) / np.trapezoid(weights, horizons_ms)
    )


def totals(episode: Episode) -> Part:
    """Totals, horizons and the naive mapping."""
    needed = needed_by_wave(episode)
    rows = [
        *_needed_rows(episode, needed),
        _row("sum of deficits", episode.loser("deficit_usd").sum(), "deficit"),
        _row("sum of needed budgets", needed.sum(), "needed", "from the coin gaps"),
    ]
    for horizon in HORIZONS_MS:
        taken = episode.horizon("budget_prod_usd", horizon).sum()
        rows += [
            _row(f"taken by production, {horizon} ms", taken, f"taken_{horizon}ms"),
            _row(
                f"overshoot, {horizon} ms",
                overshoot(episode, horizon).sum(),
                f"overshoot_{horizon}ms",
                "signed: waves that took too little are set off against those that took too much",
            ),
        ]
    return Part(rows=(*rows, *_discounted_rows(episode)), tables={})


def naive_mapping(episode: Episode) -> Part:
    """The published arithmetic from the stylised queue to dollars of profit."""
    shocks = episode.shocks
    beyond = floats(shocks, "budget_queue_usd") - floats(shocks, "deficit_usd")
    queue = float(np.maximum(beyond, 0.0).sum())
    mapped = queue / float(PUBLISHED["equity_to_pnl"].value)
    observed = float(overshoot(episode).sum())
    note = "winners' equity over PnL, trimmed mean, is taken as published"
    section = "naive mapping"
    return Part(
        rows=(
            Row(section, "mapped overshoot", mapped, "USD", note, PUBLISHED["naive_mapping"]),
            Row(
                section,
                "mapped over observed",
                mapped / observed,
                "1",
                "the denominator is the signed sum",
                PUBLISHED["naive_factor"],
            ),
            Row(
                section,
                "ratio that would reconcile both",
                queue / observed,
                "1",
                "",
                PUBLISHED["reconciling_ratio"],
            ),
        ),
        tables={},
    )


def _row(quantity: str, value: float, key: str, note: str = "") -> Row:
    return Row(SECTION, quantity, float(value), "USD", note, PUBLISHED[key])


def _needed_rows(episode: Episode, needed: Floats) -> list[Row]:
    """The needed budget of every wave beside the released one."""
    released = episode.horizon("budget_needed_usd")
    file = "horizon_ms=0/two_pass_equity_delta_by_wave.csv"
    rows = [
        Row(SECTION, "needed budget", float(own), "USD", "", shipped(float(other), file), wave)
        for wave, own, other in zip(episode.waves, needed, released, strict=True)
    ]
    same = float(sum(row.agrees == "yes" for row in rows))
    note = "from the coin gaps, to the cent; single waves are in the files"
    quantity = "waves with the released needed budget"
    return [*rows, Row(SECTION, quantity, same, "waves", note, PUBLISHED["rounds"])]


def _discounted_rows(episode: Episode) -> list[Row]:
    """Discounted overshoot for each half-life."""
    sums = np.array([overshoot(episode, horizon).sum() for horizon in HORIZONS_MS])
    horizons = np.array(HORIZONS_MS, dtype=np.float64)
    return [
        _row(
            f"discounted overshoot, {half_life} ms",
            discounted(sums, horizons, half_life),
            f"discounted_{half_life}ms",
            "named by the half-life of its weights",
        )
        for half_life in HALF_LIVES_MS
    ]
