"""The smallest largest burden that any rule could have reached, certified from released columns.

Raising B from accounts with capacities c_i <= E_i (profit, at most equity) puts a burden x_i / E_i
on each. The least possible largest burden is

    V = min_x max_i x_i / E_i    subject to    sum_i x_i >= B,  0 <= x_i <= c_i
      = the M with sum_i min(c_i, M E_i) = B,

because a rule with all x_i <= m E_i raises at most sum_i min(c_i, m E_i), which is below B for
every m < M, and x_i = min(c_i, M E_i) attains M. That allocation is capped equity pro-rata, whose
largest burden the data release gives wave by wave (`max_pct_eq_pr`, raised: `budget_eq_pr` = B). So
that column *is* V: a bound for every rule that raises at least B from these accounts, in whole
contracts or not, since lots and per-coin limits only remove allocations.

What is not certified: a rule that raises less than B may stay below V, which is no merit (its lack
shows in tracking), so burdens are compared one-sidedly, (m - V)+; production's burden, because its
column divides by another equity (at the end of the wave, without ADL) and is cut off at 1.
In the capacity norm x_i / c_i the bound is B/U, attained by pro-rata only. Since c_i <= E_i it lies
above V. B over winners' equity at the start of the wave (another replay) is no bound: V undercuts
it in most waves, and V is attained.
Source of the norm: data release, src/oss_adl/policy_per_wave.py; [Chitra2026] eq. (23) has x_i/u_i.
"""

import numpy as np

from abm.units import Flags, Floats
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.published import POLICIES
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

CENT_USD = 0.01
"""A budget this close to its target is raised in full [USD]."""

SECTION = "certified burden"


def certified_bound(episode: Episode) -> Floats:
    """Least possible largest burden of each wave: [waves], share of equity.

    Raises:
        ValueError: the released equity pro-rata does not raise the needed budget, or lies above a
            rule that does, so that it cannot be the bound.
    """
    bound, needed = episode.policy("max_pct_eq_pr"), needed_by_wave(episode)
    if np.any(np.abs(episode.policy("budget_eq_pr") - needed) > CENT_USD):
        raise ValueError(
            "equity pro-rata misses the needed budget in policy_per_wave_metrics.csv, so its "
            "burden bounds nothing; take the file again from the data release"
        )
    for policy in _comparable():
        undercut = raises_all(episode, policy) & (episode.policy(f"max_pct_{policy}") < bound)
        if undercut.any():
            wave = episode.waves[int(np.flatnonzero(undercut)[0])]
            raise ValueError(
                f"{POLICIES[policy]} raises the needed budget of wave {wave} with a smaller burden "
                "than equity pro-rata; take policy_per_wave_metrics.csv again from the data release"
            )
    return bound


def raises_all(episode: Episode, policy: str) -> Flags:
    """In which waves a policy raises at least the needed budget: [waves]."""
    raised = episode.policy(f"budget_{policy}")
    return np.asarray(raised >= needed_by_wave(episode) - CENT_USD, dtype=np.bool_)


def burden(episode: Episode) -> Part:
    """What is certified, and what the released "optimum" is worth."""
    bound, needed = certified_bound(episode), needed_by_wave(episode)
    pro_rata_norm = needed / episode.policy("total_cap")
    start = needed / episode.horizon("winners_equity_start_usd")
    waves = len(bound)
    rows = [
        Row(
            SECTION,
            "waves in which B over start equity is no bound",
            float(np.sum(start > bound)),
            "waves",
            f"of {waves}: a rule that raises B undercuts it, the two equities differ",
        ),
        Row(
            SECTION,
            "waves in which B/U lies above the bound",
            float(np.sum(pro_rata_norm >= bound)),
            "waves",
            f"of {waves}; must be all, since capacity <= equity",
        ),
        *_released_optimum(episode, bound),
    ]
    rows += [
        Row(SECTION, "least largest burden", float(v), "1", "certified and attained", None, wave)
        for wave, v in zip(episode.waves, bound, strict=True)
    ]
    return Part(rows=tuple(rows), tables={})


def _comparable() -> list[str]:
    """Policies whose burden is a share of the same equity: all but production."""
    return [policy for policy in POLICIES if policy != "prod"]


def _released_optimum(episode: Episode, bound: Floats) -> list[Row]:
    """Signs that the released ILP column holds no min-max optimum."""
    ilp = episode.policy("max_pct_fixed_point_ilp_integer")
    needed = needed_by_wave(episode)
    waves = len(bound)
    beaten = {
        policy: float(np.sum(episode.policy(f"max_pct_{policy}") < ilp))
        for policy in ("pr", "vector")
    }
    return [
        Row(
            SECTION,
            'largest "optimal burden" of the ILP column',
            float(episode.policy("fixed_point_ilp_scale").max()),
            "1",
            "an optimum lies in [0, 1]; the column holds the scale of a rounding fallback",
        ),
        Row(
            SECTION,
            'waves in which the "min-max ILP" exceeds the bound',
            float(np.sum(ilp > bound)),
            "waves",
            f"of {waves}",
        ),
        Row(
            SECTION,
            'burden of the "min-max ILP" above the bound, times B',
            float(np.sum(needed * (ilp - bound))),
            "USD",
            "",
        ),
        *(
            Row(
                SECTION,
                f'waves in which {POLICIES[policy]} undercuts the "min-max ILP"',
                count,
                "waves",
                f"of {waves}",
            )
            for policy, count in beaten.items()
        ),
    ]
