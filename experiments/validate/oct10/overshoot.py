"""Overshoot taken apart: the transfer of ADL itself, and what the price did afterwards.

B_needed values every ADL fill against the mark of its own moment, so it already is what the fills
cost the winners at once. H_prod values the same fills at the end of the wave, at the last fill
price (ADL prints included). Hence, over all waves,

    H_prod = B_needed                     transfer, at the mark of each fill
           + (H - B), waves of 0 ms       transfer again: two marks of one moment
           + (H - B), waves of seconds    markout: the price path after each fill, and both marks

and H_prod(D) - H_prod(0) is the price path of the D milliseconds after the wave: markout alone. The
benchmarks of [Chitra2026] are given H = B by construction: none of them carries a markout.
"""

import numpy as np

from abm.units import Flags
from experiments.validate.oct10.files import HORIZONS_MS, Episode
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave, overshoot

SECTION = "overshoot decomposition"


def decomposition(episode: Episode) -> Part:
    """Transfer and markout of every wave, and their sums at every horizon."""
    duration_ms = episode.loser("t_end_ms") - episode.loser("t_start_ms")
    instant = duration_ms == 0
    at_once = overshoot(episode)
    largest = int(np.argmax(at_once))
    concentration = Row(
        SECTION,
        f"wave {episode.waves[largest]} alone, as a share of the signed sum",
        float(at_once[largest] / at_once.sum()),
        "1",
        f"it lasts {duration_ms[largest] / 1000.0:.1f} s",
    )
    return Part(
        rows=(*_split_rows(episode, instant), concentration, *_later_rows(episode, instant)),
        tables={
            "oct10_overshoot": {
                "wave": episode.waves,
                "duration_s": duration_ms / 1000.0,
                "needed_usd": needed_by_wave(episode),
                "taken_usd": episode.horizon("budget_prod_usd"),
                "transfer_usd": np.where(instant, at_once, 0.0),
                "markout_usd": np.where(instant, 0.0, at_once),
            },
            "oct10_horizons": {
                "horizon_ms": list(HORIZONS_MS),
                "instant_usd": [overshoot(episode, h)[instant].sum() for h in HORIZONS_MS],
                "lasting_usd": [overshoot(episode, h)[~instant].sum() for h in HORIZONS_MS],
            },
        },
    )


def _split_rows(episode: Episode, instant: Flags) -> list[Row]:
    """The three parts of what production took."""
    at_once = overshoot(episode)
    return [
        Row(
            SECTION,
            "transfer at the mark of each fill",
            float(needed_by_wave(episode).sum()),
            "USD",
            "the needed budget itself; with the next two it sums to what production took",
        ),
        Row(
            SECTION,
            f"transfer: {int(instant.sum())} waves of zero duration",
            float(at_once[instant].sum()),
            "USD",
            "below 0 production took less, at one moment, than was needed",
        ),
        Row(
            SECTION,
            f"markout: {int((~instant).sum())} waves lasting seconds",
            float(at_once[~instant].sum()),
            "USD",
            "price path within the wave; holds the difference of marks too",
        ),
    ]


def _later_rows(episode: Episode, instant: Flags) -> list[Row]:
    """What the prices after the wave add."""
    added = overshoot(episode, HORIZONS_MS[-1]) - overshoot(episode)
    return [
        Row(
            SECTION,
            f"markout alone: the {HORIZONS_MS[-1] / 1000:g} s after each wave",
            float(added.sum()),
            "USD",
            f"{float(added[instant].sum()):,.0f} of it after waves of zero duration",
        ),
        *(
            Row(
                SECTION,
                f"waves of zero duration, valued {horizon} ms later",
                float(overshoot(episode, horizon)[instant].sum()),
                "USD",
                "the same fills, later prices",
            )
            for horizon in HORIZONS_MS[1:]
        ),
    ]
