"""Deficits with the account that was counted in several waves counted once, or left out.

D_t sums, over the accounts liquidated in wave t, the worst equity seen within that wave. An account
that stays in deficit is counted again in every wave in which it is liquidated: the largest single
shortfall of the released waves is the same number to all its digits in most large waves. Where the
number repeats it is taken to be one account; its shortfall is subtracted

    counted once   from every wave but its first,      left out   from every wave.

Everything with D in it inherits the count: severities B/D and H/D, the variation P_T, the bound of
[Chitra2026] Proposition 1, and the released PTSR = max_i (w_i - x_i) / (D - B), which has no value
where D <= B. Its namesake in the papers, over the budget B, does not depend on D.
Only each wave's largest shortfall is released: other accounts may repeat too.
Source: data release, src/oss_adl/bad_debt.py and policy_per_wave.py.
"""

from collections.abc import Mapping

import numpy as np

from abm.adl.mechanisms.controllers import dynamic_regret_bound, needed_severity, path_length
from abm.units import Flags, Floats
from experiments.validate.oct10.endowments import top_survivor_pro_rata
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

SAME_USD = 1e-6
"""Two shortfalls this close are one account's [USD]."""

COUNTS = {"published": "as published", "once": "counted once", "left_out": "left out"}
"""How the repeated account is counted."""

SECTION = "deficits"


def repeated(max_loss_usd: Floats) -> Flags:
    """Waves whose largest shortfall is also that of another wave: [waves]."""
    same = np.abs(max_loss_usd[:, None] - max_loss_usd[None, :]) < SAME_USD  # [waves, waves]
    return np.asarray(same.sum(axis=1) > 1, dtype=np.bool_)


def deficits_by_count(episode: Episode) -> Mapping[str, Floats]:
    """Deficit of each wave for each way of counting: name -> [waves], USD."""
    deficit, largest = episode.loser("deficit_usd"), episode.loser("max_loss_usd")
    again = repeated(largest)
    earlier = np.array(
        [np.any(np.abs(largest[:t] - largest[t]) < SAME_USD) for t in range(largest.size)]
    )
    return {
        "published": deficit,
        "once": _less(deficit, largest, earlier),
        "left_out": _less(deficit, largest, again),
    }


def deficits(episode: Episode) -> Part:
    """What changes when the repeated account is counted once or not at all."""
    largest = episode.loser("max_loss_usd")
    again = repeated(largest)
    note = "equal to 1e-6 USD in all of them; that it is one account is inferred from that"
    rows = [
        Row(SECTION, "waves with the same largest shortfall", float(again.sum()), "waves", note),
        Row(SECTION, "that shortfall", float(largest[again].max(initial=0.0)), "USD"),
    ]
    table: dict[str, Floats | list[int]] = {
        "wave": episode.waves,
        "needed_usd": needed_by_wave(episode),
    }
    for count, deficit in deficits_by_count(episode).items():
        rows += _count_rows(episode, COUNTS[count], deficit)
        table |= {f"{name}_{count}": found for name, found in _columns(episode, deficit).items()}
    rows.append(
        Row(
            SECTION,
            "PMR without the repeated account",
            float("nan"),
            "1",
            "needs each wave's second largest shortfall, not released",
        )
    )
    return Part(rows=tuple(rows), tables={"oct10_deficits": table})


def _less(deficit: Floats, largest: Floats, where: Flags) -> Floats:
    """Deficits without the largest shortfall of some waves; a rest of rounding is no deficit."""
    rest = np.where(where, deficit - largest, deficit)
    return np.where(rest < SAME_USD, 0.0, rest)


def _columns(episode: Episode, deficit: Floats) -> dict[str, Floats]:
    """Deficit, severities and PTSR of every wave; unknown where there is no deficit left."""
    needed, taken = needed_by_wave(episode), episode.horizon("budget_prod_usd")
    known = np.where(deficit > 0.0, deficit, np.nan)
    uncovered = deficit - needed
    return {
        "deficit_usd": deficit,
        "severity_needed": needed / known,
        "severity_production": taken / known,
        "ptsr_pro_rata": top_survivor_pro_rata(episode)
        / np.where(uncovered > 0.0, uncovered, np.nan),
    }


def _count_rows(episode: Episode, name: str, deficit: Floats) -> list[Row]:
    """Totals for one way of counting."""
    needed = needed_by_wave(episode)
    columns = _columns(episode, deficit)
    some = deficit > 0.0
    path = needed_severity(needed[some], deficit[some])
    ptsr = columns["ptsr_pro_rata"]
    known = ptsr[np.isfinite(ptsr)]
    return [
        Row(SECTION, f"sum of deficits, {name}", float(deficit.sum()), "USD"),
        Row(
            SECTION,
            f"needed over deficit in all, {name}",
            float(needed.sum() / deficit.sum()),
            "1",
            "the severity that would raise all needed budgets; above 1 no severity does",
        ),
        Row(
            SECTION,
            f"waves that need more than their deficit, {name}",
            float(np.sum(needed[some] > deficit[some])),
            "waves",
            f"of {int(some.sum())} with a deficit: a needed severity above 1",
        ),
        Row(
            SECTION,
            f"waves in which production exceeds the deficit, {name}",
            float(np.nansum(columns["severity_production"] > 1.0)),
            "waves",
            "outside the domain [0, 1] of the bound",
        ),
        Row(SECTION, f"variation P_T, {name}", path_length(path), "1"),
        Row(
            SECTION,
            f"bound, {name}",
            dynamic_regret_bound(path, deficit[some]),
            "USD",
            "Proposition 1 on the same path of needed budgets",
        ),
        Row(
            SECTION,
            f"median released PTSR of pro-rata, {name}",
            float(np.median(known)) if known.size else float("nan"),
            "1",
            f"has a value in {known.size} of {deficit.size} waves",
        ),
    ]
