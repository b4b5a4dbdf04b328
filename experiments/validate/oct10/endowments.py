"""The largest endowment of each wave, which is not released, by algebra from what is.

Pro-rata leaves every endowment the share 1 - B/U, so its top survivor is m = v (1 - B/U), v the
largest endowment. Two released ratios hold m:

    PTSR   = m / (D - B)            no value where D <= B
    RD-NSE = m / (m + D - B)        hence  m = r (D - B) / (1 - r), in every wave

Source: data release, src/oss_adl/policy_per_wave.py.
"""

import numpy as np

from abm.units import Floats
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

SECTION = "largest endowment"


def top_survivor_pro_rata(episode: Episode) -> Floats:
    """Largest endowment that pro-rata leaves: [waves], USD."""
    ratio = episode.policy("rd_nse_pr")
    uncovered = episode.policy("deficit_usd") - needed_by_wave(episode)
    return np.asarray(ratio * uncovered / (1.0 - ratio))


def largest_endowment(episode: Episode) -> Floats:
    """Largest endowment before ADL: [waves], USD."""
    kept = 1.0 - needed_by_wave(episode) / episode.policy("total_cap")
    return np.asarray(top_survivor_pro_rata(episode) / kept)


def endowments(episode: Episode) -> Part:
    """Largest endowments, checked against the other ratio."""
    top, total = largest_endowment(episode), episode.policy("total_cap")
    uncovered = episode.policy("deficit_usd") - needed_by_wave(episode)
    other = episode.policy("ptsr_pr") * uncovered
    apart = np.abs(other / top_survivor_pro_rata(episode) - 1.0)
    share = top / total
    rows = [
        Row(
            SECTION,
            "largest relative difference between the two ratios",
            float(np.nanmax(apart)),
            "1",
            f"over the {int(np.isfinite(apart).sum())} waves with a released PTSR",
        ),
        Row(SECTION, "smallest share of the largest endowment", float(share.min()), "1"),
        Row(SECTION, "largest share of the largest endowment", float(share.max()), "1"),
    ]
    rows += [
        Row(SECTION, "largest endowment", float(v), "USD", "from RD-NSE of pro-rata", None, wave)
        for wave, v in zip(episode.waves, top, strict=True)
    ]
    return Part(rows=tuple(rows), tables={})
